"""Laws of the whole: any cut of the log, a restore anywhere, compiled or plain, gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain.scale import Wire
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.kernel import HAVE_COMPILER
from streams.engine.kernels.points import Kind, PointSpec, Transition
from streams.engine.rules import QualityDefaults, RuleSet
from tests.unit.streams.engine.kernels.judging import T0, Reading, above, below, judge_of, limit_rules, point, put, rule, shipped
from tests.unit.streams.engine.kernels.judging import play as timeline

QUALITY = [QualityDefaults(flat_s=20.0, zero_share=0.02)]
RULES = RuleSet(
    [
        *limit_rules(on_s=3.0, off_s=4.0).rules,
        rule("rise", above(20.0, "rise(1m)", deadband=5.0), evidence="trend", on_delay_s=2.0, off_delay_s=2.0),
        rule("unsteady", above(8.0, "deviation(10m)", deadband=2.0), evidence="deviation"),
        rule("slope", below(-0.4, "rate(1h)"), evidence="trend"),
        rule("mean", above(55.0, "mean(1m)"), evidence="h", on_delay_s=1.0),
        rule("steep", above(5.0, "rate"), evidence="trend"),
        rule("chatter", above("limit.h", deadband="span * 0.01"), n_of_m=(3, 5), on_delay_s=20.0),
        rule("odd", "value / mean(1m) > 1.2 or abs(value - mean(1m)) >= 0.1 * span", evidence="deviation", on_delay_s=1.0),
        rule("own clear", "value >= 0.8 * limit.h and delta(10m) > 0", clear="value < 0.5 * limit.h", off_delay_s=2.0),
        rule("day", "delta(24h) > 10 and value >= mean(24h)", evidence="trend"),
        rule("cold", "since(value >= 50) > 30", evidence="trend", off_delay_s=1.0),
        rule("often", "for_share(value >= 50, 1m) >= 0.5 and since(for_share(value >= 50, 1m) < 0.2) < 600", evidence="trend"),
        rule("beside", "value - pressure >= 45", evidence="deviation", on_delay_s=1.0, deadband="0.02 * span"),
    ],
    quality=QUALITY,
)  # fmt: skip
SPECS = [
    point(0), point(1, danger="both", rate_max=30.0, period_s=5.0), point(2, quantity="combustible_gas", unit="%LEL", h=25.0, hh=50.0),
    point(3, quantity="flow", danger="low", h=None, hh=None, resolution=0.5),
]  # fmt: skip

values = st.sampled_from([0.0, 0.5, 9.0, 15.0, 50.0, 50.25, 58.5, 59.5, 61.0, 79.5, 85.0, 100.0, 101.0, 150.0, -5.0, -999.0])
lags = st.sampled_from([0, 0, 0, 0, 0, 200, 900, 2_500, 7_000, 70_000, 4_000_000, -500, -61_000, -4_000_000])
steps = st.sampled_from([0, 0, 10, 250, 1_000, 1_000, 1_700, 6_000, 61_000, 700_000])
wires = st.sampled_from([Wire.OK] * 12 + [Wire.INVALID, Wire.ABSENT])


@st.composite
def logs(draw: st.DrawFn, longest: int = 120) -> list[Reading]:
    """Readings of four points in log order: bursts, gaps, late and future stamps, resent and broken values."""
    rows = draw(st.lists(st.tuples(st.integers(0, 3), steps, lags, values, wires), min_size=1, max_size=longest))
    log_ms, log = T0, []
    for number, step, lag, value, wire in rows:
        log_ms += step
        log.append(Reading(log_ms, number, max(log_ms - lag, 0), value, int(wire)))
        if draw(st.integers(0, 15)) == 0:
            log.append(log[-1])
    return log


def play(judge: Judge, log: Sequence[Reading], **more: Any) -> list[Transition]:
    """With a sibling that changes at ticks, and is unknown now and then."""

    def at_tick(at_ms: int) -> None:
        if at_ms % 3_000 == 0:
            judge.provide(np.arange(len(SPECS)), "pressure", at_ms // 1000 % 13, at_ms % 7_000 != 0)

    return timeline(judge, log, at_tick=at_tick, **more)


def outcome(judge: Judge, out: list[Transition]) -> tuple[list[Transition], list[tuple[str, bytes]]]:
    return out, judge.snapshot()


def fresh(specs: list[PointSpec] = SPECS, *, plain: bool = not HAVE_COMPILER) -> Judge:
    return judge_of(RULES, *specs, plain=plain)


@given(logs(), st.sets(st.integers(0, 150)))
def test_any_cut_of_the_readings_gives_the_same(log: list[Reading], cuts: set[int]) -> None:
    whole, cut = fresh(), fresh()
    assert outcome(whole, play(whole, log, until_s=10)) == outcome(cut, play(cut, log, until_s=10, cuts=cuts))


@given(logs(), st.integers(0, 150))
def test_a_restore_anywhere_gives_the_same(log: list[Reading], where: int) -> None:
    straight = fresh()
    play(straight, log[:where], until_s=0)
    restored = Judge.restore(straight.snapshot())
    assert restored.snapshot() == straight.snapshot()
    assert outcome(restored, play(restored, log[where:], until_s=10)) == outcome(
        straight, play(straight, log[where:], until_s=10)
    )


@pytest.mark.skipif(not HAVE_COMPILER, reason="no numba: there is only the plain way")
@given(logs(longest=60))
def test_compiled_and_plain_kernels_agree_to_the_bit(log: list[Reading]) -> None:
    compiled, plain = fresh(plain=False), fresh(plain=True)
    assert outcome(compiled, play(compiled, log, until_s=10)) == outcome(plain, play(plain, log, until_s=10))


@given(logs())
def test_points_do_not_see_each_other(log: list[Reading]) -> None:
    """Readings of one point alone give the transitions of that point in the whole."""
    whole = fresh()
    together = play(whole, log, until_s=800)
    for number in range(len(SPECS)):
        alone = fresh()
        own = [r for r in log if r.point == number]
        if own:
            start = [Reading(log[0].log_ms, number, 0, 0.0, int(Wire.ABSENT))]  # same first tick, no reading
            end = [Reading(log[-1].log_ms, number, 0, 0.0, int(Wire.ABSENT))]
            assert [t for t in together if t.point == number] == play(alone, start + own + end, until_s=800)


@given(logs())
def test_a_minute_is_the_same_for_any_cut_and_starts_the_next(log: list[Reading]) -> None:
    whole, cut = fresh(), fresh()
    play(whole, log)
    play(cut, log, cuts=range(len(log)))
    a, b = whole.close_minute(T0), cut.close_minute(T0)
    assert all((x == y).all() for x, y in zip(a[1:], b[1:], strict=True))
    assert (whole.close_minute(T0 + 60_000).n == 0).all()
    assert (a.online_s <= 60).all()


@given(logs())
def test_event_time_is_never_more_than_a_minute_ahead_of_log_time(log: list[Reading]) -> None:
    judge = fresh()
    for reading in log:
        put(judge, [reading])
        assert judge.last_event_ms[reading.point] <= reading.log_ms + 60_000


@given(logs())
def test_beyond_hh_for_long_enough_there_is_always_an_alarm(log: list[Reading]) -> None:
    """Whatever came before, and whatever is wrong with stamps and flags: ten seconds at HH end in an alarm at HH."""
    judge = fresh()
    play(judge, log)
    now = max(log[-1].log_ms, T0) + 1000
    play(judge, [Reading(now + i * 1000, 0, now + i * 1000, 95.0) for i in range(10)])
    assert RULES.index["hh"] in judge.active(0)


@given(logs(longest=80), st.sets(st.integers(0, 80), max_size=4))
def test_the_same_rules_and_points_again_change_nothing(log: list[Reading], when: set[int]) -> None:
    one, two = fresh(), fresh()

    def again() -> list[Transition]:
        return two.use(RULES, 0) + two.define(SPECS)

    assert play(two, log, until_s=10, cuts=when, between=again) == play(one, log, until_s=10)


@given(logs(longest=80), st.sets(st.integers(0, 80), max_size=4))
def test_another_rule_comes_and_goes_and_the_others_remember_everything(log: list[Reading], when: set[int]) -> None:
    """Slots, cells and rows of all points move each time; what alarms, memories and features from outside knew moves along."""
    one, two = fresh(), fresh()
    # in front of all others, with memories and features of its own in front of theirs
    more = rule("a", "since(value < 3) > 5 and value + flow > 400", evidence="trend")
    wider = RuleSet([more, *RULES.rules], quality=QUALITY)
    in_force = [RULES]

    def swap() -> list[Transition]:
        in_force[0] = wider if in_force[0] is RULES else RULES
        return two.use(in_force[0], 0)

    def named(judge: Judge, found: list[Transition]) -> list[Transition]:
        return [t._replace(rule=0) for t in found]

    assert named(two, play(two, log, until_s=10, cuts=when, between=swap)) == named(one, play(one, log, until_s=10))
    assert sorted(two.rules[r].id for p in range(4) for r in two.active(p)) == sorted(
        one.rules[r].id for p in range(4) for r in one.active(p)
    )


@given(logs(longest=60))
def test_n_of_m_is_never_later_than_the_on_delay_alone(log: list[Reading]) -> None:
    def first(n_of_m: tuple[int, int] | None) -> dict[int, int]:
        rules = RuleSet([rule("h", above("limit.h", deadband="span * 0.01"), n_of_m=n_of_m, on_delay_s=4.0)])
        found = play(judge_of(rules, *SPECS, plain=True), log, until_s=10)
        return {t.point: t.log_ms for t in reversed(found) if t.kind == Kind.ALARM_ON}

    with_n, without = first((3, 5)), first(None)
    assert all(number in with_n and with_n[number] <= log_ms for number, log_ms in without.items())


@given(logs())
def test_an_alarm_carries_the_worst_value_beyond_its_limit(log: list[Reading]) -> None:
    for t in play(fresh(), log, until_s=10):
        if t.kind == Kind.ALARM_ON:
            assert t.value == t.worst
            assert 0 <= t.first_ms <= max(t.event_ms, t.log_ms) + 4_000_000
            if RULES[t.rule].id in ("hh", "h"):
                assert t.value >= t.limit
            if RULES[t.rule].id in ("ll", "l"):
                assert t.value <= t.limit


def test_readings_of_unknown_points_are_refused() -> None:
    with pytest.raises(ValueError, match="undefined point"):
        put(fresh(), [Reading(T0, 99, T0, 1.0)])


def test_the_shipped_rules_survive_a_snapshot() -> None:
    judge = judge_of(shipped(), *SPECS)
    play(judge, [Reading(T0 + i * 1000, i % 4, T0 + i * 1000, 50.0 + i) for i in range(60)])
    again = Judge.restore(judge.snapshot())
    assert again.rules.hash == judge.rules.hash
    assert again.snapshot() == judge.snapshot()
