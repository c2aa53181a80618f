"""Rules that look further than a reading: since, for_share, a day, features from outside, a clear expression of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from streams.domain.scale import Wire
from streams.engine.kernels.judge import Judge
from streams.engine.rules import RuleSet
from tests.unit.streams.engine.kernels.judging import T0, Reading, alarms, judge_of, limit_rules, play, point, rule, series


def one(when: str, **more: Any) -> RuleSet:
    return RuleSet([rule("r", when, **more)])


def turns(rules: RuleSet, log: list[Reading], judge: Judge | None = None, **more: Any) -> list[tuple[str, float]]:
    """When the rule's alarm began and ended."""
    return [(kind[6:], at_s) for kind, name, at_s in alarms(play(judge or judge_of(rules), log, **more), rules) if name == "r"]


SINCE = one("since(value < 30) > 10")


def test_since_counts_from_the_last_reading_at_which_it_held() -> None:
    assert turns(SINCE, series([28.0] * 3 + [45.0] * 20 + [28.0] * 3)) == [("ON", 13.0), ("OFF", 23.0)]


def test_since_of_what_never_held_is_unknown() -> None:
    assert turns(SINCE, series([50.0] * 60)) == []


def test_a_late_reading_changes_no_memory() -> None:
    log = series([20.0] * 3 + [50.0] * 20)
    late = Reading(T0 + 7_500, 0, T0 + 5_500, 20.0)
    assert turns(SINCE, sorted([*log, late])) == turns(SINCE, log)


def test_a_reading_that_the_gateway_calls_invalid_is_no_proof_that_it_held() -> None:
    log = series([20.0] * 3 + [50.0] * 20)
    log[8] = log[8]._replace(value=20.0, wire=int(Wire.INVALID))
    assert turns(SINCE, log) == [("ON", 13.0)]


SHARE = one("for_share(value >= 50, 1m) >= 0.5")


def test_a_share_is_of_the_time_that_is_known() -> None:
    """Sixty readings a minute or six: the time between them counts, not their number."""
    assert turns(SHARE, series([40.0] * 40 + [55.0] * 60))[0][1] == pytest.approx(70.0, abs=2.5)
    assert turns(SHARE, series([40.0] * 4 + [55.0] * 6, every_s=10.0), judge_of(SHARE, point(period_s=10.0))) == [("ON", 70.0)]


def test_a_share_is_unknown_until_half_of_its_window_is_known() -> None:
    assert turns(SHARE, series([55.0] * 40)) == [("ON", 30.0)]


def test_a_pause_is_time_of_which_nothing_is_known() -> None:
    log = series([55.0] * 20) + series([55.0] * 9, start_s=40.0)
    assert turns(SHARE, log) == []
    assert turns(SHARE, log + series([55.0] * 9, start_s=49.0)) == [("ON", 51.0)]


DAY = one("delta(24h) > 10")


def test_a_day_compares_with_yesterday_and_forgets_it() -> None:
    judge = judge_of(DAY, point(period_s=600.0))
    log = series([30.0] * 78 + [45.0] * 144, every_s=600.0)
    (on, off) = turns(DAY, log, judge)
    assert on == ("ON", 78 * 600.0)
    assert off[0] == "OFF"
    assert 78 * 600 + 23.7 * 3600 <= off[1] <= 78 * 600 + 24 * 3600


def test_half_a_day_must_be_known_first() -> None:
    judge = judge_of(DAY, point(period_s=600.0))
    assert turns(DAY, series([30.0] * 6 + [45.0] * 60, every_s=600.0), judge) == []


def test_only_points_with_a_rule_for_it_pay_for_a_day() -> None:
    asked, not_asked = judge_of(DAY), judge_of(limit_rules())
    sizes = [len(dict(j.snapshot())["judge/R"]) for j in (asked, not_asked)]
    assert sizes == [96 * 64, 0]


def test_an_own_clear_expression_ends_the_alarm_and_nothing_else_does() -> None:
    rules = one("value >= 60", clear="value < 30", off_delay_s=0.0)
    assert turns(rules, series([50.0, 65.0, 50.0, 35.0, 29.0])) == [("ON", 1.0), ("OFF", 4.0)]


OUTSIDE = one("value - pressure >= 30", on_delay_s=2.0, deadband="0.02 * span")


def told(judge: Judge, values: dict[int, float | None]) -> Callable[[int], None]:
    """Provides at the ticks of these seconds; None = unknown from then on."""

    def at_tick(at_ms: int) -> None:
        second = (at_ms - T0) // 1000
        if second in values:
            given = values[second]
            judge.provide(np.array([0]), "pressure", given or 0.0, given is not None)

    return at_tick


def test_a_feature_from_outside_is_unknown_until_told_and_after() -> None:
    judge = judge_of(OUTSIDE)
    assert judge.asks(np.array([0])).keys() == {"pressure"}
    log = series([50.0] * 30)
    assert turns(OUTSIDE, log, judge, at_tick=told(judge, {5: 30.0, 10: 10.0, 20: None, 25: 40.0})) == [
        ("ON", 13.0),
        ("OFF", 26.0),
    ]


def test_what_was_told_survives_a_restart_and_a_change_of_rules() -> None:
    judge = judge_of(OUTSIDE)
    play(judge, series([30.0] * 3), at_tick=told(judge, {1: 10.0}))
    wider = RuleSet([rule("a", "value + flow > 1"), *OUTSIDE.rules])
    for again in (Judge.restore(judge.snapshot()), judge):
        again.use(wider, 0)
        assert turns(wider, series([50.0] * 5, start_s=3.0), again) == [("ON", 5.0)]


def test_telling_points_that_do_not_ask_does_nothing() -> None:
    judge = judge_of(limit_rules())
    before = judge.snapshot()
    judge.provide(np.array([0]), "pressure", 1.0)
    assert judge.snapshot() == before


def test_a_memory_survives_other_limits_of_its_point() -> None:
    rules = RuleSet([rule("r", "since(value < 0.5 * limit.h) > 10")])
    judge = judge_of(rules)
    play(judge, series([20.0] * 3 + [50.0] * 5))
    judge.define([point(h=70.0, hh=None)])
    assert turns(rules, series([50.0] * 9, start_s=8.0), judge) == [("ON", 13.0)]
