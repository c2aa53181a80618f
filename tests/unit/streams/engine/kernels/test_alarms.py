"""On-delay, off-delay, deadband, timers: when an alarm begins, and above all when it may end."""

from __future__ import annotations

import pytest

from streams.domain.scale import Flag, Wire
from streams.engine.kernels.points import CONFIG, TIMER, Kind
from streams.engine.rules import RuleSet
from tests.unit.streams.engine.kernels.judging import (
    T0,
    Reading,
    above,
    alarms,
    judge_of,
    limit_rules,
    play,
    point,
    put,
    rule,
    said,
    series,
)  # fmt: skip

RULES = limit_rules()


def test_an_alarm_begins_after_its_on_delay_and_ends_after_its_off_delay() -> None:
    judge = judge_of(RULES)
    log = series([50.0] * 3 + [65.0] * 10 + [50.0] * 10)
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 8.0), ("ALARM_OFF", "h", 18.0)]


def test_a_short_excursion_is_no_alarm() -> None:
    assert alarms(play(judge_of(RULES), series([50.0] * 3 + [65.0] * 4 + [50.0] * 10)), RULES) == []


def test_inside_the_deadband_an_alarm_neither_ends_nor_is_its_on_delay_forgotten() -> None:
    judge = judge_of(RULES)
    log = series([65.0] * 2 + [59.5] * 20)
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 5.0)]


def test_the_limit_itself_is_beyond_and_the_edge_of_the_deadband_is_not_back() -> None:
    assert alarms(play(judge_of(RULES), series([60.0] * 7)), RULES) == [("ALARM_ON", "h", 5.0)]
    assert alarms(play(judge_of(RULES), series([60.0] * 7 + [59.0] * 9)), RULES) == [("ALARM_ON", "h", 5.0)]
    assert len(alarms(play(judge_of(RULES), series([60.0] * 7 + [58.9] * 9)), RULES)) == 2


def test_one_reading_is_enough_when_no_other_comes() -> None:
    """Sparse data are not slow data: the on-delay is a timer, never a count of samples."""
    judge = judge_of(RULES, point(period_s=300.0))
    found = play(judge, series([65.0]), until_s=30)
    assert said(found, RULES) == [("ALARM_ON", "h", 5.0)]
    assert found[0].flags & TIMER
    assert found[0].event_ms == T0 + 5000


def test_delays_run_in_event_time_within_one_batch() -> None:
    """A gateway that sends ten readings at once has shown ten seconds."""
    judge = judge_of(RULES)
    log = [Reading(T0 + 9000, 0, T0 + i * 1000, 65.0) for i in range(10)]
    found = put(judge, log)
    assert [(t.kind, t.event_ms) for t in found] == [(Kind.ALARM_ON, T0 + 5000)]


def test_lost_data_are_no_recovery() -> None:
    """After one good reading below the deadband nothing comes any more: a stale point's off-delay does not run out."""
    judge = judge_of(limit_rules(off_s=120.0))
    assert alarms(play(judge, series([65.0] * 8 + [50.0] * 2), until_s=4000), RULES) == [("ALARM_ON", "h", 5.0)]


def test_an_off_delay_starts_again_after_a_gap() -> None:
    rules = limit_rules(off_s=90.0)
    judge = judge_of(rules)
    log = series([65.0] * 8 + [50.0] * 5) + series([50.0] * 200, start_s=100)
    assert alarms(play(judge, log), rules) == [("ALARM_ON", "h", 5.0), ("ALARM_OFF", "h", 190.0)]


def test_a_sparse_point_ends_its_alarm_by_the_timer() -> None:
    judge = judge_of(RULES, point(period_s=60.0))
    log = series([65.0, 65.0, 50.0], every_s=60.0)
    assert alarms(play(judge, log, until_s=200), RULES) == [("ALARM_ON", "h", 5.0), ("ALARM_OFF", "h", 125.0)]


def test_a_return_above_the_deadband_starts_the_off_delay_again() -> None:
    judge = judge_of(RULES)
    log = series([65.0] * 8 + [50.0] * 4 + [59.5] + [50.0] * 10)
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 5.0), ("ALARM_OFF", "h", 18.0)]


@pytest.mark.parametrize("bad", [Reading(0, 0, 0, 0.0, int(Wire.INVALID)), Reading(0, 0, 0, -999.0)])
def test_bad_values_on_the_safe_side_end_nothing(bad: Reading) -> None:
    judge = judge_of(RULES)
    log = series([65.0] * 8)
    log += [bad._replace(log_ms=T0 + i * 1000, event_ms=T0 + i * 1000) for i in range(8, 200)]
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 5.0)]


@pytest.mark.parametrize("wire", [Wire.OK, Wire.INVALID])
def test_a_value_beyond_the_range_alarms_whatever_its_flags(wire: Wire) -> None:
    """A broken loop and a fire look the same: FAIL, and HH."""
    judge = judge_of(RULES)
    found = play(judge, series([50.0] * 3) + series([9999.0] * 8, start_s=3, wire=int(wire)))
    on = [t for t in found if t.kind == Kind.ALARM_ON]
    assert [RULES[t.rule].id for t in on] == ["h", "hh"]
    assert on[1].flags & Flag.RANGE
    assert on[1].flags & Flag.SATURATED


def test_a_broken_sensor_makes_no_alarm_on_the_harmless_side() -> None:
    judge = judge_of(RULES)
    assert alarms(play(judge, series([50.0] * 3 + [-999.0] * 20)), RULES) == []
    both = judge_of(RULES, point(danger="both"))
    assert [a[1] for a in alarms(play(both, series([50.0] * 3 + [-999.0] * 20)), RULES)] == ["l", "ll"]


def test_the_end_of_the_range_is_hh_even_without_a_limit() -> None:
    judge = judge_of(RULES, point(h=None, hh=None, l=None, ll=None))
    assert alarms(play(judge, series([50.0] * 3 + [100.0] * 9)), RULES) == [("ALARM_ON", "hh", 8.0)]


def test_an_open_valve_is_no_alarm() -> None:
    judge = judge_of(RULES, point(quantity="position", h=None, hh=None, l=None, ll=None))
    found = play(judge, series([100.0] * 20))
    assert found == []
    assert judge.quality[0] == 1


def test_a_spike_cancels_no_on_delay_and_ends_no_alarm() -> None:
    judge = judge_of(RULES)
    log = series([85.0] * 3 + [10.0] + [85.0] * 3 + [10.0] + [85.0] * 8)
    assert [a for a in alarms(play(judge, log), RULES) if a[1] == "hh"] == [("ALARM_ON", "hh", 5.0)]


def test_readings_at_one_instant_count_as_evidence() -> None:
    judge = judge_of(limit_rules(on_s=0.0))
    found = put(judge, [Reading(T0, 0, T0, 50.0), Reading(T0, 0, T0, 90.0)])
    assert [t.kind for t in found][-2:] == [Kind.ALARM_ON, Kind.ALARM_ON]
    assert found[-1].flags & Flag.DUPLICATE


def test_stamps_in_whole_seconds_do_not_keep_an_alarm_for_ever() -> None:
    """Four readings a second with one stamp: the first proves the return, the others neither help nor harm."""
    judge = judge_of(RULES)
    values = [65.0] * 8 + [50.0] * 8
    log = [Reading(T0 + i * 1000 + j * 250, 0, T0 + i * 1000, v + j / 8) for i, v in enumerate(values) for j in range(4)]
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 5.0), ("ALARM_OFF", "h", 13.0)]


def test_a_second_value_of_the_same_stamp_that_is_not_back_holds_the_alarm() -> None:
    judge = judge_of(RULES)
    values = [65.0] * 8 + [50.0] * 20
    log = [
        Reading(T0 + i * 1000 + j * 250, 0, T0 + i * 1000, v if j == 0 else 65.0) for i, v in enumerate(values) for j in range(2)
    ]
    assert alarms(play(judge, log), RULES) == [("ALARM_ON", "h", 5.0)]


def test_all_any_not_and_their_way_back() -> None:
    both = rule("both", "value >= 60 and not max(1m) <= 30", deadband="5")
    rules = RuleSet([both, rule("either", "value >= 60 or value <= 10", clear="value < 55 and value > 12")])
    judge = judge_of(rules)
    found = alarms(play(judge, series([50.0, 65.0, 57.0, 54.0, 9.0, 11.0, 13.0, 13.0])), rules)
    assert found == [
        ("ALARM_ON", "both", 1.0), ("ALARM_ON", "either", 1.0), ("ALARM_OFF", "both", 3.0), ("ALARM_OFF", "either", 3.0),
        ("ALARM_ON", "either", 4.0), ("ALARM_OFF", "either", 6.0),
    ]  # fmt: skip


OWN = rule("own", "value >= 60", clear="value < 40", on_delay_s=5.0, off_delay_s=5.0)


def test_a_clear_expression_of_its_own_holds_an_alarm_and_prolongs_no_delay() -> None:
    """What is on ends by `clear`; what waits for its on-delay starts again as soon as `when` is false, or one odd reading
    would make an alarm of a point that stays between the two."""
    rules = RuleSet([OWN])
    assert alarms(play(judge_of(rules), series([50.0, 65.0] + [50.0] * 20)), rules) == []
    again = series([65.0] * 4 + [50.0] + [65.0] * 9)
    assert alarms(play(judge_of(rules), again), rules) == [("ALARM_ON", "own", 10.0)]
    held = series([65.0] * 7 + [50.0] * 20 + [39.0] * 6)
    assert alarms(play(judge_of(rules), held), rules) == [("ALARM_ON", "own", 5.0), ("ALARM_OFF", "own", 32.0)]


def test_what_is_unknown_or_doubtful_starts_no_delay_again() -> None:
    rules = RuleSet([OWN])
    bad = series([65.0]) + series([50.0] * 9, start_s=1.0, wire=int(Wire.INVALID))
    assert alarms(play(judge_of(rules), bad), rules) == [("ALARM_ON", "own", 5.0)]
    assert alarms(play(judge_of(rules), series([65.0]), until_s=30), rules) == [("ALARM_ON", "own", 5.0)]


def test_the_deadband_of_a_rule_with_its_own_end_still_lets_the_delay_run() -> None:
    rules = RuleSet([rule("own", "value >= 60", clear="value < 40", deadband="2", on_delay_s=5.0)])
    assert alarms(play(judge_of(rules), series([65.0] + [58.5] * 9)), rules) == [("ALARM_ON", "own", 5.0)]
    assert alarms(play(judge_of(rules), series([65.0] + [57.5] * 9)), rules) == []


def test_a_leak_that_flickers_across_a_rule_with_its_own_end_is_counted() -> None:
    """That is what n of m is for: the delay alone starts again at each return."""
    flicker = series([65.0, 50.0] * 10)
    assert alarms(play(judge_of(RuleSet([OWN])), flicker), RuleSet([OWN])) == []
    counted = RuleSet([rule("own", "value >= 60", clear="value < 40", on_delay_s=5.0, n_of_m=(3, 5))])
    assert alarms(play(judge_of(counted), flicker), counted) == [("ALARM_ON", "own", 4.0)]


def test_an_unknown_feature_neither_raises_nor_ends() -> None:
    rules = RuleSet([rule("slope", above(0.5, "rate(10m)"))])
    judge = judge_of(rules)
    assert play(judge, series([float(i) for i in range(60)])) == []


def test_a_late_excursion_is_said_once_and_is_no_current_alarm() -> None:
    judge = judge_of(RULES)
    log = series([50.0] * 30)
    late = [Reading(T0 + 29_500, 0, T0 + s * 1000 + 500, v) for s, v in ((3, 70.0), (4, 71.0), (5, 50.0), (6, 90.0))]
    found = said(play(judge, log + late), RULES)
    assert found == [("LATE_EXCURSION", "h", 29.5), ("LATE_EXCURSION", "h", 29.5), ("LATE_EXCURSION", "hh", 29.5)]
    assert judge.last_value[0] == 50.0
    assert judge.active(0) == []


def test_a_late_excursion_of_an_alarm_that_is_on_is_nothing_new() -> None:
    judge = judge_of(RULES)
    play(judge, series([65.0] * 10))
    assert put(judge, [Reading(T0 + 9_500, 0, T0 + 7_500, 66.0)]) == []


def test_the_timer_fires_at_the_instant_and_not_before() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 65.0)])
    assert judge.tick(T0 + 4999) == []
    assert [t.kind for t in judge.tick(T0 + 5000)] == [Kind.ALARM_ON]
    assert judge.active(0) == [RULES.index["h"]]
    assert judge.tick(T0 + 5001) == []


def test_an_own_on_delay_counts_up_to_the_rules_cap_only() -> None:
    judge = judge_of(RULES, point(on_delay_s=3600.0))
    assert alarms(play(judge, series([65.0] * 70)), RULES) == [("ALARM_ON", "h", 60.0)]


def test_config_marks_are_not_flags() -> None:
    assert max(Flag) < CONFIG
    assert max(Flag) < TIMER
    assert CONFIG != TIMER
