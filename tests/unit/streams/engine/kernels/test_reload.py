"""Changing rules, limits and points while alarms are active: tightening acts at once, nothing ends in silence."""

from __future__ import annotations

import msgspec
import numpy as np

from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import CONFIG, Kind, Transition
from streams.engine.rules import Rule, RuleSet
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
    series,
)

RULES = limit_rules()


def in_alarm(rules: RuleSet = RULES, value: float = 65.0) -> Judge:
    judge = judge_of(rules)
    play(judge, series([value] * 10))
    assert judge.active(0)
    return judge


def changed(rules: RuleSet, name: str, **fields: object) -> RuleSet:
    return RuleSet([msgspec.structs.replace(r, **fields) if r.id == name else r for r in rules.rules], (), rules.quality)


def test_a_tighter_limit_is_held_against_the_last_value_at_once() -> None:
    judge = judge_of(RULES)
    play(judge, series([55.0] * 3))
    assert judge.define([point(h=52.0)]) == []
    assert judge.tick(T0 + 6_999) == []
    found = judge.tick(T0 + 7_000)
    assert [(t.kind, t.limit) for t in found] == [(Kind.ALARM_ON, 52.0)]


def test_with_no_on_delay_it_is_an_alarm_at_once() -> None:
    judge = judge_of(limit_rules(on_s=0.0))
    play(judge, series([55.0] * 3))
    assert [t.kind for t in judge.define([point(h=52.0)])] == [Kind.ALARM_ON]


def test_a_stale_value_counts_against_a_tighter_limit_too() -> None:
    judge = judge_of(limit_rules(on_s=0.0))
    put(judge, [Reading(T0, 0, T0, 55.0)])
    judge.tick(T0 + 86_400_000)
    assert [(t.kind, t.log_ms) for t in judge.define([point(h=52.0)])] == [(Kind.ALARM_ON, T0 + 86_400_000)]


def test_a_relaxed_limit_does_not_end_an_alarm_as_if_it_had_recovered() -> None:
    judge = in_alarm()
    assert judge.define([point(h=70.0)]) == []
    assert judge.active(0)
    found = play(judge, series([65.0] * 10, start_s=10))
    assert [(t.kind, bool(t.flags & CONFIG)) for t in found] == [(Kind.ALARM_OFF, True)]


def test_after_the_relaxed_limit_was_passed_too_an_end_is_a_recovery() -> None:
    judge = in_alarm()
    judge.define([point(h=70.0)])
    found = play(judge, series([75.0] * 3 + [50.0] * 10, start_s=10))
    assert [(t.kind, bool(t.flags & CONFIG)) for t in found] == [(Kind.ALARM_OFF, False)]


def test_a_tightened_limit_ends_like_any_other() -> None:
    judge = in_alarm()
    judge.define([point(h=55.0)])
    found = play(judge, series([50.0] * 10, start_s=10))
    assert [(t.kind, t.limit, bool(t.flags & CONFIG)) for t in found] == [(Kind.ALARM_OFF, 55.0, False)]


def test_a_limit_that_is_taken_away_is_reported() -> None:
    judge = in_alarm()
    found = judge.define([point(h=None)])
    assert [(t.kind, t.rule, bool(t.flags & CONFIG)) for t in found] == [(Kind.ALARM_OFF, RULES.index["h"], True)]
    assert judge.active(0) == []
    assert judge.tick(T0 + 60_000) == []


def test_a_rule_that_is_taken_away_is_reported_with_its_old_index() -> None:
    judge = in_alarm()
    fewer = RuleSet([r for r in RULES.rules if r.id not in ("h", "hh")], (), ())
    found = judge.use(fewer, T0 + 20_000)
    assert [(t.kind, RULES[t.rule].id, t.log_ms, bool(t.flags & CONFIG)) for t in found] == [
        (Kind.ALARM_OFF, "h", T0 + 20_000, True)
    ]


def test_other_rules_before_it_move_the_index_and_nothing_else() -> None:
    judge = in_alarm()
    more = RuleSet([rule("a-first", above(1000.0)), *RULES.rules])
    assert judge.use(more, T0 + 10_000) == []
    assert judge.active(0) == [more.index["h"]]
    found = play(judge, series([50.0] * 10, start_s=10))
    assert alarms(found, more) == [("ALARM_OFF", "h", 15.0)]
    assert not found[0].flags & CONFIG


def test_a_changed_rule_keeps_its_alarm_and_says_that_its_end_is_no_recovery() -> None:
    judge = in_alarm()
    laxer = changed(RULES, "h", when="value >= 70")
    assert judge.use(laxer, T0 + 10_000) == []
    assert judge.active(0)
    found = play(judge, series([65.0] * 10, start_s=10))
    assert [(t.kind, bool(t.flags & CONFIG)) for t in found] == [(Kind.ALARM_OFF, True)]


def test_a_new_rule_is_held_against_last_values_at_once() -> None:
    judge = judge_of(RULES)
    play(judge, series([55.0] * 3))
    stricter = RuleSet([*RULES.rules, rule("warm", above(54.0))])
    assert [(t.kind, stricter[t.rule].id) for t in judge.use(stricter, T0 + 3000)] == [(Kind.ALARM_ON, "warm")]


def test_a_new_rule_of_either_kind_is_held_against_last_values_too() -> None:
    judge = judge_of(RULES)
    play(judge, series([55.0] * 3))
    either = RuleSet([*RULES.rules, rule("either", "value >= 54 or mean(1m) >= 90")])
    assert [(t.kind, either[t.rule].id) for t in judge.use(either, T0 + 3000)] == [(Kind.ALARM_ON, "either")]


def test_a_running_on_delay_survives_a_change_of_rules() -> None:
    judge = judge_of(RULES)
    put(judge, [Reading(T0, 0, T0, 65.0)])
    judge.use(changed(RULES, "l", owner="x"), T0 + 1000)
    assert judge.tick(T0 + 4999) == []
    assert len(judge.tick(T0 + 5000)) == 1


def test_windows_live_on_through_a_reload_and_come_and_go_with_their_rules() -> None:
    rise = rule("rise", above(20.0, "rise(1m)"))
    judge = judge_of(RuleSet([rise]))
    play(judge, series([30.0] * 20))
    judge.use(RuleSet([rise, rule("other", above(99.0))]), T0 + 20_000)
    assert [t.kind for t in play(judge, series([49.9, 51.0], start_s=21))] == [Kind.ALARM_ON]
    for _ in range(5):  # window rows that are given back are taken again
        judge.use(RuleSet([]), T0 + 30_000)
        judge.use(RuleSet([rise, rule("hour", above(20.0, "rise(1h)"))]), T0 + 30_000)
    sizes = {name: len(data) for name, data in judge.snapshot()}
    fresh = {name: len(data) for name, data in judge_of(RuleSet([rise, rule("hour", above(20.0, "rise(1h)"))])).snapshot()}
    assert sizes["judge/W1"] == fresh["judge/W1"]
    assert sizes["judge/W2"] == fresh["judge/W2"]


def alarms_of_points(order: list[int]) -> list[Transition]:
    judge = judge_of(RULES, point(0))
    for number in order:
        judge.define([point(number, quantity="level" if number % 2 else "temperature")])
    return play(judge, sorted(r for i in order for r in series([65.0] * 40, number=i)))


def test_points_are_added_one_by_one_and_in_any_order() -> None:
    up = alarms_of_points(list(range(1, 40)))
    assert up == alarms_of_points(list(reversed(range(1, 40))))
    assert len(up) == 39


def test_many_points_at_once() -> None:
    """More transitions than the buffer of one call holds."""
    judge = judge_of(limit_rules(on_s=0.0), *(point(i) for i in range(5000)))
    n = np.arange(5000, dtype=np.int32)
    stamp = np.full(5000, T0)
    found = judge.judge(n, stamp, stamp, np.full(5000, 90.0), np.zeros(5000, np.uint8))
    assert len(found) == 10_000
    assert [t.point for t in found[::2]] == list(range(5000))
    back = judge.define([point(i, h=None) for i in range(5000)])
    assert [(t.kind, t.rule) for t in back] == [(Kind.ALARM_OFF, RULES.index["h"])] * 5000


def test_without_a_limit_hh_goes_on_at_the_end_of_the_range() -> None:
    judge = in_alarm(value=90.0)
    assert judge.define([point(hh=None)]) == []
    assert RULES.index["hh"] in judge.active(0)


def test_rules_are_ordered_by_id_and_unique() -> None:
    rules = RuleSet([rule("b", above(1.0)), rule("a", above(1.0))])
    assert [r.id for r in rules.rules] == ["a", "b"]
    assert isinstance(rules[0], Rule)


def test_of_several_terms_only_those_of_the_rule_itself_make_its_end_a_matter_of_paper() -> None:
    """A rule that comes beside an active alarm is nothing to it; its own limit, inside a memory too, is."""
    rules = RuleSet([rule("trend", "for_share(value >= 0.9 * limit.h, 1m) >= 0.5 and value >= 40", evidence="trend")])
    wider = RuleSet([rule("a", "mean(1m) >= 0.99 * limit.hh"), *rules.rules])
    for swapped, config in ((True, 0), (False, CONFIG)):
        judge = judge_of(rules)
        play(judge, series([55.0] * 40))
        assert judge.active(0)
        if swapped:
            judge.use(wider, T0)
        else:
            judge.define([point(h=80.0)])
        (off,) = play(judge, series([39.0] * 3, start_s=40.0))
        assert (off.kind, off.flags & CONFIG) == (Kind.ALARM_OFF, config)
