"""Minute columns: what a minute of log time holds, and how long a point was online in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.domain.scale import Wire
from tests.unit.streams.engine.kernels.judging import T0, Reading, judge_of, limit_rules, play, point, put, series

RULES = limit_rules()


def test_a_minute_of_good_readings() -> None:
    judge = judge_of(RULES)
    put(judge, series([50.0 + i % 3 for i in range(60)]))
    m = judge.close_minute(T0)
    assert (m.n[0], m.mean[0], m.low[0], m.high[0], m.last[0], m.good[0], m.online_s[0]) == (60, 51.0, 50.0, 52.0, 52.0, 60, 60)


def test_a_minute_without_readings_has_zeros_and_the_last_value() -> None:
    judge = judge_of(RULES)
    put(judge, series([50.0]))
    judge.close_minute(T0)
    m = judge.close_minute(T0 + 60_000)
    assert (m.n[0], m.mean[0], m.low[0], m.high[0], m.last[0], m.good[0], m.online_s[0]) == (0, 0.0, 0.0, 0.0, 50.0, 0, 0)


def test_what_the_gateway_calls_invalid_is_neither_counted_nor_online() -> None:
    judge = judge_of(RULES)
    put(judge, series([50.0] * 60, wire=int(Wire.INVALID)))
    m = judge.close_minute(T0)
    assert (m.n[0], m.good[0], m.online_s[0]) == (0, 0, 0)


def test_impossible_values_are_online_but_no_statistics() -> None:
    judge = judge_of(RULES)
    put(judge, series([50.0] * 30 + [-999.0] * 30))
    m = judge.close_minute(T0)
    assert (m.n[0], m.low[0], m.online_s[0]) == (30, 50.0, 60)


def test_a_point_is_online_for_three_periods_after_a_reading_and_into_the_next_minute() -> None:
    judge = judge_of(RULES, point(period_s=60.0))
    put(judge, [Reading(T0 + 30_000, 0, T0 + 30_000, 50.0)])
    assert [int(judge.close_minute(T0 + i * 60_000).online_s[0]) for i in range(5)] == [30, 60, 60, 30, 0]


def test_a_gap_in_the_minute_counts_as_offline() -> None:
    judge = judge_of(RULES)
    put(judge, series([50.0] * 10) + series([50.0] * 10, start_s=40))
    assert judge.close_minute(T0).online_s[0] == 9 + 5 + 9 + 5


@given(st.lists(st.integers(0, 200_000), max_size=30), st.sampled_from([1.0, 20.0, 60.0]))
def test_online_seconds_are_the_union_of_what_each_reading_covers(at: list[int], period_s: float) -> None:
    judge = judge_of(RULES, point(period_s=period_s))
    stamps = sorted(at)
    hold_ms = round(max(3 * period_s, 5.0) * 1000)
    for minute in range(8):
        start = minute * 60_000
        log = [Reading(T0 + s, 0, T0 + s, 50.0) for s in stamps if start <= s < start + 60_000]
        play(judge, log)
        covered = sum(any(s <= ms < s + hold_ms for s in stamps) for ms in range(start, start + 60_000, 100))
        assert abs(int(judge.close_minute(T0 + start).online_s[0]) - covered / 10) <= 1.5
