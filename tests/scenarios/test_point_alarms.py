"""Point alarms (WRN-10): states, who has seen them, counts, clocks that bouncing does not reset, flap and chatter, worse over lesser."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from streams.domain.messages import ParametersPublished
from streams.domain.outputs import PointAlarm
from streams.engine.rules import Rule, RuleSet
from tests.scenarios.plants import QUIET, gas, plant, pressure, source
from tests.scenarios.standard_rules import standard_rules
from tests.scenarios.timeline import Timeline, running

IV, II = 0.5, 60.0
H, HH = "level-h", "level-hh"
HOUR_MS = 3_600_000


def quiet(r: float = IV, **fields: Any) -> Timeline:
    return running(plant(source(r=r, **fields)), QUIET, plain=True)


def pulse(line: Timeline, value: float, on_s: float, off_s: float, times: int, point: str = "P1") -> None:
    for _ in range(times):
        line.feed(point, value)
        line.wait(seconds=on_s)
        line.feed(point, QUIET[point])
        line.wait(seconds=off_s)


def of(line: Timeline, *kinds: str, rule: str = H) -> list[PointAlarm]:
    return [a for a in line.said.alarms(rule=rule) if not kinds or a.kind in kinds]


# --- states ------------------------------------------------------------------------------------------------------------------
def test_acknowledged_is_kept_apart_from_cleared() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.act("acknowledge", points=["P1"], role="operator")
    acknowledged_ms = line.now_ms
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=1)
    assert [(a.kind, a.state) for a in of(line)] == [
        ("alarm_on", "unacknowledged"), ("alarm_acknowledged", "acknowledged"), ("alarm_off", "normal")]  # fmt: skip
    last = of(line)[-1]
    assert (last.acknowledged_by, last.acknowledged_role, last.acknowledged_ms) == ("Zhang", "operator", acknowledged_ms)
    assert (last.cause, last.ended_by) == ("real", "")
    assert [a.sequence for a in of(line)] == [0, 1, 2]
    assert len({a.id for a in of(line)}) == 1


def test_an_alarm_that_returns_before_anybody_saw_it_waits_for_acknowledgement() -> None:
    line = quiet()
    pulse(line, 1.7, 60, 60, 1)
    assert of(line)[-1].state == "returned_unacknowledged"
    line.wait(minutes=30)
    line.act("acknowledge", points=["P1"])
    assert [(a.kind, a.state) for a in of(line)][-1] == ("alarm_acknowledged", "normal")
    line.act("acknowledge", points=["P1"])
    assert [f.detail["why"] for f in line.said.findings(code="finding.action_refused")] == ["no_alarm"]


@pytest.mark.slow
def test_a_returned_alarm_that_nobody_acknowledges_is_put_away_after_a_week_and_says_so() -> None:
    line = quiet()
    pulse(line, 1.7, 60, 60, 1)
    line.period_ms = 600_000
    line.wait(hours=7 * 24 - 1)
    assert of(line, "alarm_lapsed") == []
    line.wait(hours=2)
    assert [(a.state, a.acknowledged_by) for a in of(line, "alarm_lapsed")] == [("normal", "")]


def test_the_first_acknowledgement_stays_and_a_new_activation_needs_a_new_one() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.act("acknowledge", points=["P1"])
    line.act("acknowledge", points=["P1"], role="principal")
    assert [a.acknowledged_role for a in of(line, "alarm_acknowledged")] == ["responsible_person"]
    line.feed("P1", 1.0)
    line.wait(minutes=1)
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    assert of(line)[-1].state == "unacknowledged"
    assert len({a.id for a in of(line, "alarm_on")}) == 2


def test_the_worst_value_is_told_with_the_end_and_with_what_people_do() -> None:
    line = quiet()
    for value in (1.65, 1.75, 1.72):
        line.feed("P1", value)
        line.wait(seconds=30)
    line.act("acknowledge", points=["P1"])
    line.feed("P1", 1.0)
    line.wait(minutes=1)
    assert [(a.kind, a.peak) for a in of(line)] == [("alarm_on", 1.65), ("alarm_acknowledged", 1.75), ("alarm_off", 1.75)]


@pytest.mark.parametrize("verdict", ["false", "maintenance"])
def test_what_a_person_found_is_the_cause_of_the_end(verdict: str) -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.verify(line.causes("S1")["hh"], verdict=verdict)
    action = line.records[-1].what.id  # type: ignore[union-attr]
    line.feed("P1", 1.0)
    line.wait(minutes=2)
    ended = of(line, "alarm_off", rule=HH)
    assert [(a.cause, a.ended_by) for a in ended] == [(verdict, action)]


# --- clocks ------------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_overdue_is_said_and_said_again_each_hour_whoever_acknowledged() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=5)
    line.act("acknowledge", points=["P1"])
    line.act("shelve", points=["P1"], until=line.now_ms + 8 * HOUR_MS, reason="known")
    line.wait(hours=3)
    due_ms = of(line)[0].due_ms
    told = of(line, "alarm_overdue")
    assert [(a.at_ms - due_ms, a.overdue_count) for a in told] == [(0, 1), (HOUR_MS, 2), (2 * HOUR_MS, 3)]
    assert all(a.quiet and a.state == "shelved" for a in told), "shelved: not announced, and said all the same"


@pytest.mark.slow
def test_a_standing_alarm_is_listed_once_a_day() -> None:
    line = quiet()
    line.period_ms = 60_000
    line.feed("P1", 1.7)
    line.wait(hours=50)
    since_ms = of(line)[0].at_ms
    assert [a.at_ms - since_ms for a in of(line, "alarm_standing")] == [24 * HOUR_MS, 48 * HOUR_MS]


@pytest.mark.slow
def test_bouncing_puts_off_no_due_time() -> None:
    line = quiet()
    pulse(line, 1.7, 240, 60, 13)
    starts = of(line, "alarm_on")
    assert len(starts) == 13
    assert len({a.due_ms for a in starts}) == 1
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    assert [a.overdue_count for a in of(line, "alarm_overdue")] == [1]


def test_away_for_longer_than_a_run_is_a_new_alarm_with_a_new_due_time() -> None:
    line = quiet()
    pulse(line, 1.7, 60, 700, 2)
    first, second = of(line, "alarm_on")
    assert second.due_ms - first.due_ms == second.at_ms - first.at_ms


def test_time_in_alarm_adds_up_over_bounces_until_it_is_attention() -> None:
    """H counts for the level after ten minutes: of being there, however it is cut into pieces."""
    line = quiet(II)
    pulse(line, 1.7, 180, 60, 3)
    assert line.level("S1") == "blue"
    line.feed("P1", 1.7)
    line.wait(minutes=3)
    assert line.level("S1") == "yellow"


def test_short_touches_far_apart_do_not_add_up() -> None:
    line = quiet(II)
    pulse(line, 1.7, 30, 570, 8)
    assert line.highest("S1") == "blue"


# --- counts, flap and chatter ------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_activations_of_a_day_and_a_week_are_counted_for_each_rule_and_point() -> None:
    line = quiet()
    line.period_ms = 30_000
    pulse(line, 1.7, 60, 3540, 3)
    pulse(line, 1.9, 60, 3540, 1)
    line.wait(hours=22, minutes=30)
    pulse(line, 1.7, 60, 60, 1)
    assert [(a.day_count, a.week_count) for a in of(line, "alarm_on")] == [(1, 1), (2, 2), (3, 3), (4, 4), (2, 5)]
    assert [(a.day_count, a.week_count) for a in of(line, "alarm_on", rule=HH)] == [(1, 1)]


def rapid() -> RuleSet:
    """The standard rules without delays: what trembles on a limit is seen to."""
    rules = standard_rules()
    return RuleSet([_undelayed(rule) for rule in rules.rules], rules.exposures, rules.quality)


def _undelayed(rule: Rule) -> Rule:
    return msgspec.structs.replace(rule, on_delay_s=0.0, off_delay_s=0.0)


def trembling(seconds: float = 60, value: float = 1.7, r: float = IV) -> Timeline:
    line = running(plant(source(r=r)), QUIET, plain=True, period_s=1.0, rules=rapid())
    pulse(line, value, 5, 5, int(seconds / 10))
    return line


def test_three_activations_in_a_minute_are_chatter_and_told_in_one_line() -> None:
    line = trembling(60)
    on = of(line, "alarm_on")
    begun = of(line, "alarm_chatter")
    assert len(on) == 6
    assert [a.quiet for a in on] == [False, False, True, True, True, True], (
        "from the third on it is told in the line of the chatter"
    )
    assert [(a.at_ms, a.quiet, a.chatter_count) for a in begun] == [(on[2].at_ms, False, 3)]
    line.wait(minutes=15)
    assert [a.chatter_count for a in of(line, "alarm_chatter_end")] == [6]


def test_two_activations_in_a_minute_are_none() -> None:
    line = running(plant(source(r=IV)), QUIET, plain=True, period_s=1.0, rules=rapid())
    pulse(line, 1.7, 5, 25, 2)
    line.wait(minutes=5)
    assert of(line, "alarm_chatter") == []


def test_a_slow_flap_is_found_by_its_share_of_changes_and_ends_by_it() -> None:
    line = quiet()
    pulse(line, 1.7, 60, 60, 10)
    begun = of(line, "alarm_chatter")
    assert begun
    assert begun[0].flap_share >= 0.5
    line.wait(minutes=12)
    ended = of(line, "alarm_chatter_end")
    assert len(ended) == 1
    assert ended[0].flap_share < 0.25


@pytest.mark.slow
def test_a_chatter_that_goes_on_says_its_count_again() -> None:
    line = trembling(1500)
    told = [a.chatter_count for a in of(line, "alarm_chatter")]
    assert len(told) == 3
    assert told == sorted(told)


def test_what_still_holds_when_the_chatter_ends_is_announced_again() -> None:
    line = trembling(60)
    line.feed("P1", 1.7)
    line.wait(minutes=12)
    kinds = [a.kind for a in of(line)]
    assert kinds[-2:] == ["alarm_chatter_end", "alarm_again"]
    assert of(line)[-1].quiet is False


@pytest.mark.slow
def test_chatter_changes_no_level_and_no_clock() -> None:
    """The same readings, with chatter found and with a parameter under which nothing chatters."""
    told = []
    for activations in (3, 99):
        line = running(plant(source(r=II)), QUIET, plain=True, period_s=1.0, rules=rapid())
        high = 2.0 if activations > 3 else 0.5
        numbers = {"version": "1.1.0", "chatter_activations": {"value": activations, "tag": "proposal"},
                   "flap_high": {"value": high, "tag": "proposal"}}  # fmt: skip
        line.add(ParametersPublished(hash="p", approved_by="Wang", files={"alarms.yaml": json.dumps(numbers)}))
        pulse(line, 1.9, 5, 5, 90)
        line.wait(minutes=20)
        assert bool(of(line, "alarm_chatter")) is (activations == 3)
        told.append([(w.kind, w.level, w.at_ms) for w in line.said.warnings(source="S1")])
    assert told[0] == told[1] != []


def test_a_graver_alarm_of_a_chattering_point_is_announced() -> None:
    line = trembling(60)
    line.feed("P1", 1.9)
    line.wait(seconds=5)
    assert [a.quiet for a in of(line, "alarm_on", rule=HH)] == [False]


# --- worse over lesser -------------------------------------------------------------------------------------------------------
def test_the_worse_alarm_of_a_point_takes_the_lesser_one_off_the_display_and_gives_it_back() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    worse = of(line, "alarm_on", rule=HH)[0].id
    assert [(a.kind, a.state, a.quiet, a.suppressed_by) for a in of(line)] == [
        ("alarm_on", "unacknowledged", False, ""), ("alarm_suppressed", "suppressed", True, worse),
        ("alarm_again", "unacknowledged", False, "")]  # fmt: skip


def test_of_two_that_begin_together_the_worse_one_is_announced() -> None:
    line = quiet()
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert [(a.kind, a.quiet) for a in line.said.alarms(point="G1", rule="gas-2")] == [("alarm_on", False)]
    assert line.said.alarms(point="G1", rule="gas-1")[-1].quiet is True


def test_a_suppressed_alarm_is_stored_and_counted_and_its_clock_runs() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(hours=1, minutes=1)
    assert [a.day_count for a in of(line, "alarm_on")] == [1]
    assert [a.state for a in of(line, "alarm_overdue")] == ["suppressed"]


def test_an_alarm_of_another_point_suppresses_nothing() -> None:
    line = running(
        plant(source(r=IV, points=(pressure("P1"), pressure("P2"), gas("G1")))), {"P1": 1.0, "P2": 1.0, "G1": 0.5}, plain=True
    )
    line.feed("P1", 1.9)
    line.feed("P2", 1.7)
    line.wait(minutes=1)
    assert [a.quiet for a in line.said.alarms(point="P2")] == [False]
