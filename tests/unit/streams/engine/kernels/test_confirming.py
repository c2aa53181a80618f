"""n of m, and what an alarm carries: the worst value since the first reading beyond, and when that was."""

from __future__ import annotations

from typing import Any

import pytest

from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import TIMER, Kind, PointSpec, Transition
from streams.engine.rules import RuleSet
from tests.unit.streams.engine.kernels.judging import T0, above, alarms, below, judge_of, limit_rules, play, point, rule, series


def counting(n: int = 3, m: int = 5, **more: Any) -> RuleSet:
    return RuleSet([rule("h", above("limit.h", deadband="span * 0.01"), n_of_m=(n, m), **more)])


RULES = counting(on_delay_s=30.0)


def alarms_of(
    values: list[float | None], rules: RuleSet = RULES, spec: PointSpec | None = None, **more: Any
) -> list[tuple[str, str, float]]:
    return alarms(play(judge_of(rules, spec or point()), series(values, **more)), rules)


@pytest.mark.parametrize(("values", "at_s"), [
    ([65.0, 65.0, 65.0], 2.0),
    ([65.0, 50.0, 65.0, 50.0, 65.0], 4.0),  # to and fro: an on-delay alone would never confirm it
    ([65.0, 50.0, 50.0, 65.0, 50.0, 65.0, 65.0], 6.0),  # the first one is six readings ago
    ([65.0, 59.5, 59.5, 65.0, 59.5, 65.0], 5.0),  # inside the deadband: says neither, counts neither
])  # fmt: skip
def test_n_of_the_last_m_readings_confirm(values: list[float | None], at_s: float) -> None:
    assert alarms_of([50.0, *values]) == [("ALARM_ON", "h", at_s + 1.0)]


@pytest.mark.parametrize("values", [[65.0], [65.0, 65.0], [65.0, 50.0, 50.0, 50.0, 65.0, 50.0, 50.0, 50.0]])
def test_odd_readings_are_no_alarm(values: list[float | None]) -> None:
    assert alarms_of([50.0, *values, *[50.0] * 90]) == []


def test_a_return_stops_the_delay_and_the_next_reading_beyond_starts_it_anew() -> None:
    """The timer is that of a rule without n of m: it never makes an alarm of a value that came back."""
    rules = counting(5, 9, on_delay_s=30.0)
    judge = judge_of(rules, point(period_s=60.0))
    log = series([65.0, 50.0]) + series([65.0], start_s=10.0)
    found = play(judge, log, until_s=100)
    assert alarms(found, rules) == [("ALARM_ON", "h", 40.0)]
    assert found[0].first_ms == T0
    assert alarms(play(judge_of(rules), series([65.0, 50.0]), until_s=100), rules) == []


def test_a_source_that_sends_once_an_hour_does_not_wait_for_three_readings() -> None:
    judge = judge_of(RULES, point(period_s=3600.0))
    found = play(judge, series([65.0], every_s=3600.0), until_s=40)
    assert alarms(found, RULES) == [("ALARM_ON", "h", 30.0)]
    assert found[0].flags & TIMER


def test_without_an_on_delay_the_time_of_m_readings_bounds_it_and_a_minute_at_most() -> None:
    rules = counting()
    for period_s, at_s in ((1.0, 5.0), (10.0, 50.0), (3600.0, 60.0)):
        judge = judge_of(rules, point(period_s=period_s))
        assert alarms(play(judge, series([65.0]), until_s=100), rules) == [("ALARM_ON", "h", at_s)]


def test_readings_before_a_gap_are_not_counted() -> None:
    log = series([50.0, 65.0, 50.0, 65.0, 50.0]) + series([65.0, 50.0], start_s=500.0)
    assert alarms(play(judge_of(RULES), log), RULES) == []


def test_what_was_counted_survives_a_restart_and_a_change_of_rules() -> None:
    judge = judge_of(RULES)
    play(judge, series([50.0, 65.0, 50.0, 65.0]))
    other = RuleSet([*RULES.rules, rule("a", below(3.0))])
    for again in (Judge.restore(judge.snapshot()), judge):
        again.use(other, 0)
        found = play(again, series([50.0, 65.0], start_s=4.0))
        assert alarms(found, other) == [("ALARM_ON", "h", 5.0)]
        assert found[0].first_ms == T0 + 1000


def only(found: list[Transition], kind: Kind) -> Transition:
    (one,) = [t for t in found if t.kind == kind]
    return one


def test_an_alarm_carries_the_worst_value_and_not_the_one_that_confirmed_it() -> None:
    """The reading at which the delay ends may lie just inside the limit."""
    found = play(judge_of(limit_rules()), series([50.0, 61.0, 72.0, 59.5, 59.5, 59.5, 59.5]))
    on = only(found, Kind.ALARM_ON)
    assert (on.value, on.worst, on.limit) == (72.0, 72.0, 60.0)
    assert (on.first_ms, on.event_ms) == (T0 + 1000, T0 + 6000)


def test_worst_is_the_lowest_where_low_is_the_danger() -> None:
    judge = judge_of(limit_rules(), point(danger="low"))
    on = only(play(judge, series([50.0, 19.0, 12.0, 20.5, 20.5, 20.5, 20.5])), Kind.ALARM_ON)
    assert (on.value, on.limit) == (12.0, 20.0)


def test_the_worst_value_goes_on_while_the_alarm_is_on() -> None:
    rules = limit_rules()
    judge = judge_of(rules)
    play(judge, series([50.0] + [61.0] * 8 + [75.0, 65.0]))
    assert judge.worst(0) == {rules.index["h"]: (75.0, T0 + 1000)}
    off = only(play(judge, series([50.0] * 10, start_s=11.0)), Kind.ALARM_OFF)
    assert (off.value, off.worst, off.first_ms) == (50.0, 75.0, T0 + 1000)
    assert judge.worst(0) == {}


def test_a_new_alarm_knows_nothing_of_the_one_before() -> None:
    judge = judge_of(limit_rules())
    play(judge, series([50.0] + [75.0] * 8 + [50.0] * 10))
    on = only(play(judge, series([61.0] * 8, start_s=19.0)), Kind.ALARM_ON)
    assert (on.worst, on.first_ms) == (61.0, T0 + 19_000)


def test_a_timer_confirms_with_the_worst_value_too() -> None:
    found = play(judge_of(limit_rules(), point(period_s=60.0)), series([72.0, 59.5]), until_s=20)
    assert only(found, Kind.ALARM_ON).value == 72.0
