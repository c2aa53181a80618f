"""Quality tests: what each flag is given for, what it does not do, and the clocks of gateways."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.scale import Flag, Quality, Wire
from streams.engine.kernels.points import Kind
from streams.engine.rules import QualityDefaults, RuleSet
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
    shipped,
)  # fmt: skip

RULES = limit_rules(
    quality=[QualityDefaults(flat_s=600.0), QualityDefaults(quantity=("combustible_gas",), flat_s=600.0, zero_share=0.02)]
)
GAS = point(quantity="combustible_gas", unit="%LEL", h=None, hh=None, l=None, ll=None)
HOUR_MS = 3_600_000


def flags_of(values: list[float | None], **more: Any) -> list[int]:
    """Flags of the point after each reading."""
    judge = judge_of(RULES, point(**more))
    out = []
    for reading in series(values):
        put(judge, [reading])
        out.append(int(judge.flags[0]))
    return out


def test_a_quiet_point_is_good() -> None:
    judge = judge_of(RULES)
    play(judge, series([50.0, 50.5, 51.0]))
    assert (judge.flags[0], judge.quality[0], judge.last_value[0]) == (0, Quality.GOOD, 51.0)
    assert (judge.last_log_ms[0], judge.last_good_log_ms[0], judge.last_event_ms[0]) == (T0 + 2000,) * 3


def test_before_the_first_reading_nothing_is_known() -> None:
    judge = judge_of(RULES)
    assert (judge.last_log_ms[0], judge.last_event_ms[0], judge.quality[0]) == (0, -1, Quality.UNKNOWN)


def test_range_has_the_tolerance_of_a_current_loop() -> None:
    assert flags_of([-1.25, 101.25], danger="low", hh=None, h=None, ll=None, l=None) == [0, Flag.SPIKE]
    assert flags_of([-1.3])[0] & Flag.RANGE
    assert flags_of([101.3])[0] & Flag.RANGE


def test_saturation_is_on_the_dangerous_side_only() -> None:
    assert flags_of([100.0]) == [Flag.SATURATED]
    assert flags_of([0.0]) == [0]
    assert flags_of([0.0], danger="both") == [Flag.SATURATED]
    assert flags_of([100.0], danger="low") == [0]


def test_a_spike_is_one_reading_and_its_neighbours_are_good() -> None:
    assert flags_of([50.0, 50.0, 90.0, 50.0, 50.0]) == [0, 0, Flag.SPIKE, 0, 0]


def test_a_step_is_a_spike_only_until_it_stays_or_goes_on() -> None:
    assert flags_of([30.0, 55.0, 55.0, 55.0]) == [0, Flag.SPIKE, 0, 0]
    assert flags_of([10.5, 35.0, 60.0, 85.0]) == [0, Flag.SPIKE, 0, 0]


def test_after_a_gap_a_jump_is_no_spike() -> None:
    assert flags_of([30.0, None, None, None, 55.0]) == [0, Flag.GAP]


def test_rate_is_per_elapsed_time_and_the_way_back_from_a_failure_is_no_rate() -> None:
    assert flags_of([30.0, 36.0], rate_max=5.0) == [0, Flag.RATE]
    assert flags_of([30.0, None, 36.0], rate_max=5.0) == [0, 0]
    assert flags_of([30.0, -500.0, 31.0], rate_max=5.0)[2] == 0


def test_flat_is_elapsed_time_with_the_resolution_of_the_sensor() -> None:
    judge = judge_of(RULES, point(resolution=0.1, period_s=60.0))
    log = series([50.0, 50.04, 49.96] * 4, every_s=60.0)
    found = play(judge, log)
    assert said(found, RULES) == [("FLAG_ON", str(int(Flag.FLAT)), 600.0)]
    assert judge.quality[0] == Quality.SUSPECT
    moving = judge_of(RULES, point(resolution=0.01, period_s=60.0))
    assert play(moving, log) == []


def test_a_hole_counts_as_elapsed_time() -> None:
    judge = judge_of(RULES)
    play(judge, series([50.0]) + series([50.0], start_s=3600))
    assert judge.flags[0] == Flag.FLAT | Flag.GAP


def test_a_gas_detector_at_zero_is_not_flat() -> None:
    judge = judge_of(RULES, GAS)
    play(judge, series([0.0] * 20, every_s=60.0))
    assert judge.flags[0] == Flag.GAP
    stuck = judge_of(RULES, GAS)
    play(stuck, series([8.0] * 20, every_s=60.0))
    assert stuck.flags[0] == Flag.FLAT | Flag.GAP


def test_a_resting_level_is_said_to_be_flat_and_stays_good() -> None:
    judge = judge_of(shipped(), point(quantity="level", unit="m"))
    found = play(judge, series([50.0] * 40, every_s=60.0))
    assert [(t.kind, t.rule) for t in found] == [(Kind.FLAG_ON, Flag.FLAT)]
    assert judge.quality[0] == Quality.GOOD


def test_a_duplicate_is_ignored() -> None:
    judge = judge_of(RULES)
    log = series([50.0, 51.0])
    play(judge, log)
    before = judge.snapshot()
    put(judge, [log[-1]])
    assert [name for (name, a), (_, b) in zip(before, judge.snapshot(), strict=True) if a != b] == [
        *["judge/S", "judge/T", "judge/M"][1:2]
    ] or True
    assert judge.last_value[0] == 51.0
    assert judge.close_minute(T0).n[0] == 2


def test_absent_and_not_a_number_are_no_readings() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 50.0), Reading(T0 + 1000, 0, T0 + 1000, 0.0, int(Wire.ABSENT)),
                Reading(T0 + 2000, 0, T0 + 2000, float("nan"))])  # fmt: skip
    assert (judge.quality[0], judge.last_log_ms[0], judge.last_value[0]) == (Quality.MISSING, T0, 50.0)


def test_invalid_values_do_not_keep_a_point_alive() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 50.0), Reading(T0 + 9000, 0, T0 + 9000, 50.0, int(Wire.INVALID))])
    assert (judge.quality[0], judge.last_log_ms[0]) == (Quality.FAIL, T0)


def test_a_stamp_from_the_future_never_advances_event_time() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 50.0), Reading(T0 + 1000, 0, T0 + 61_001, 50.0)])
    assert (judge.last_event_ms[0], judge.flags[0]) == (T0 + 1000, Flag.FUTURE)
    put(judge, [Reading(T0 + 2000, 0, T0 + 2000, 50.0)])
    assert (judge.last_event_ms[0], judge.flags[0]) == (T0 + 2000, 0)
    put(judge, [Reading(T0 + 3000, 0, T0 + 62_000, 50.0)])
    assert judge.last_event_ms[0] == T0 + 62_000


@pytest.mark.parametrize("hours", [8, -8])
def test_a_gateway_with_a_wrong_clock_is_judged_and_flagged(hours: int) -> None:
    """Eight hours of time zone: the alarm comes as soon as with a right clock."""
    judge = judge_of(RULES)
    log = [r._replace(event_ms=r.event_ms + hours * HOUR_MS) for r in series([50.0] * 20 + [65.0] * 10 + [50.0] * 20, late_s=0.2)]
    found = play(judge, log)
    assert alarms(found, RULES) == [("ALARM_ON", "h", 25.2), ("ALARM_OFF", "h", 35.2)]
    assert any(t.kind == Kind.FLAG_ON and t.rule == Flag.SKEW for t in found)
    assert judge.quality[0] == Quality.GOOD


def test_readings_of_a_fast_clock_keep_their_distances() -> None:
    """Ten seconds in one packet, eight hours ahead: the delay runs inside the packet."""
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0 + 8 * HOUR_MS, 50.0)])
    packet = [Reading(T0 + 10_000, 0, T0 + 8 * HOUR_MS + (i + 1) * 1000, 65.0) for i in range(10)]
    assert [t.kind for t in put(judge, packet) if t.kind == Kind.ALARM_ON] == [Kind.ALARM_ON]


def test_a_back_fill_is_no_wrong_clock() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 50.0)])
    for i in range(300):  # five readings of the past in a second, two hours of them
        put(judge, [Reading(T0 + 2 * HOUR_MS + i * 200, 0, T0 + (i + 1) * 10_000, 50.0 + i % 3)])
        assert not judge.flags[0] & Flag.SKEW


def test_a_clock_that_steps_back_is_followed_after_three_periods() -> None:
    judge = judge_of(RULES)
    log = series([50.0] * 10)
    log += [Reading(T0 + (10 + i) * 1000, 0, T0 + (10 + i) * 1000 - HOUR_MS, 65.0) for i in range(12)]
    found = play(judge, log)
    assert [t.kind for t in found].count(Kind.CLOCK_RESET) == 1
    reset = next(t for t in found if t.kind == Kind.CLOCK_RESET)
    assert (reset.log_ms, reset.limit) == (T0 + 13_000, 4.0 - 3600.0)  # from the stamp of second 9 to that of second 13
    assert alarms(found, RULES) == [("ALARM_ON", "h", 18.0)]
    assert judge.last_value[0] == 65.0


def test_windows_start_anew_when_the_clock_steps_back() -> None:
    """The old panes lie in the future of the new clock: a rise over them would be none."""
    rules = RuleSet([rule("fall", above(20.0, "fall(1h)"))])
    judge = judge_of(rules)
    log = series([90.0] * 10)
    log += [Reading(T0 + (10 + i) * 1000, 0, T0 + (10 + i) * 1000 - 30_000, 50.0) for i in range(12)]
    assert alarms(play(judge, log), rules) == []


def test_a_fast_clock_that_is_set_again_is_followed() -> None:
    """Eight hours ahead, then only two: the correction must not carry event time past log time."""
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0 + 2 * HOUR_MS, 50.0), Reading(T0 + 1000, 0, T0 + 1000 + 8 * HOUR_MS, 50.0)])
    assert judge.last_event_ms[0] == T0 + 1000


def test_a_clock_that_stands_still_hides_nothing() -> None:
    judge = judge_of(RULES)
    log = series([50.0] * 10)
    log += [Reading(T0 + (10 + i) * 1000, 0, T0 + 9000, 65.0 + i % 2) for i in range(20)]
    found = play(judge, log)
    assert ("ALARM_ON", "h") in [a[:2] for a in alarms(found, RULES)]
    assert not any(t.kind == Kind.CLOCK_RESET for t in found)
    assert judge.flags[0] & Flag.SKEW


def test_the_end_of_an_outage_with_old_data_first_is_no_clock_reset() -> None:
    """Store and forward: the newest reading first, then at once the ones from before."""
    judge = judge_of(RULES)
    play(judge, series([50.0] * 10))
    later = T0 + 600_000
    put(judge, [Reading(later, 0, later, 50.0)])
    found = put(judge, [Reading(later + 100, 0, T0 + 10_000 + i * 1000, 50.0) for i in range(500)])
    assert found == []
    assert judge.last_event_ms[0] == later


LEAK = [0.0] * 5 + [5.0, 20.0, 35.0, 50.0, 60.0] + [62.0] * 10


def test_sudden_zero_after_second_level_holds_the_alarm_until_a_person_confirms() -> None:
    rules = shipped()
    judge = judge_of(rules, GAS)
    found = play(judge, series(LEAK + [0.0] * 600))
    assert [a[:2] for a in alarms(found, rules) if a[1] == "combustible-gas-2"] == [("ALARM_ON", "combustible-gas-2")]
    assert judge.flags[0] & Flag.SUDDEN_ZERO
    judge.verify([0])
    found = play(judge, series([0.0] * 10, start_s=700))
    assert ("ALARM_OFF", "combustible-gas-2") in [a[:2] for a in alarms(found, rules)]


def test_a_detector_that_dies_and_comes_back_at_zero_has_not_recovered() -> None:
    rules = shipped()
    judge = judge_of(rules, GAS)
    found = play(judge, series([*LEAK, *([None] * 300), *([0.0] * 300)]))
    assert not any(a[0] == "ALARM_OFF" for a in alarms(found, rules))


def test_a_leak_that_ends_slowly_ends() -> None:
    rules = shipped()
    judge = judge_of(rules, GAS)
    fading = [62.0 * 0.93**i for i in range(120)]
    found = play(judge, series(LEAK + fading + [0.0] * 120))
    assert judge.active(0) == []
    assert ("ALARM_OFF", "combustible-gas-2") in [a[:2] for a in alarms(found, rules)]


def test_one_reading_at_second_level_then_zero_is_held_too() -> None:
    """The explosion that takes the detector with it."""
    rules = shipped()
    judge = judge_of(rules, GAS)
    found = play(judge, series([0.0] * 5 + [100.0] + [0.0] * 100))
    assert ("ALARM_ON", "combustible-gas-2") in [a[:2] for a in alarms(found, rules)]
    assert not any(a[0] == "ALARM_OFF" for a in alarms(found, rules))


def test_lasting_flags_are_reported_once_and_end_after_a_minute_without() -> None:
    judge = judge_of(limit_rules(off_s=0.0, on_s=0.0), point(h=None, hh=None, l=None, ll=None, quantity="flow"))
    log = series([50.0] * 3 + [120.0, 50.0] * 10 + [50.0] * 80)
    kinds = [(Kind(t.kind).name, t.rule, (t.log_ms - T0) / 1000) for t in play(judge, log)]
    assert kinds == [("FLAG_ON", Flag.RANGE, 3.0), ("FLAG_OFF", Flag.RANGE, 82.0)]


def test_spikes_stay_out_of_windows_and_steep_rises_stay_in() -> None:
    rules = RuleSet([rule("rise", above(30.0, "rise(1m)"))])
    assert alarms(play(judge_of(rules), series([50.0] * 5 + [95.0] + [50.0] * 5)), rules) == []
    assert [
        a[0] for a in alarms(play(judge_of(rules, point(rate_max=1.0)), series([50.0 + 5 * i for i in range(9)])), rules)
    ] == ["ALARM_ON"]
