"""Traps of quality tests that well-known libraries fall into, one test each, and values that stand for no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streams.domain.scale import Flag, Quality
from streams.engine.kernels.judge import Judge
from streams.engine.rules import QualityDefaults
from tests.unit.streams.engine.kernels.judging import T0, Reading, alarms, judge_of, limit_rules, play, point, put, series

RULES = limit_rules(quality=[QualityDefaults(flat_s=600.0, sentinels=(-999.0, 65535.0, 77.0))])


@pytest.fixture(params=[pytest.param(False, marks=pytest.mark.slow), True], ids=["compiled", "plain"])
def plain(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def flags_of(log: list[Reading], judge: Judge) -> list[int]:
    out = []
    for reading in log:
        put(judge, [reading])
        out.append(int(judge.flags[0]))
    return out


def at(*pairs: tuple[float, float]) -> list[Reading]:
    """(event second, value), each arriving a second after the one before."""
    return [Reading(T0 + i * 1000, 0, T0 + round(s * 1000), v) for i, (s, v) in enumerate(pairs)]


def test_a_perfectly_constant_series_is_flat_although_the_tolerance_is_zero(plain: bool) -> None:
    judge = judge_of(RULES, point(period_s=60.0, resolution=None), plain=plain)
    found = flags_of(series([50.0] * 15, every_s=60.0), judge)
    assert found == [0] * 10 + [Flag.FLAT] * 5
    assert judge.quality[0] == Quality.SUSPECT


def test_every_stamp_three_times_is_no_crash_and_no_rate(plain: bool) -> None:
    judge = judge_of(RULES, point(period_s=10.0, rate_max=1.0), plain=plain)
    found = flags_of(at(*((10.0 * (i // 3), 50.0 + i // 3) for i in range(12))), judge)
    assert [f & ~Flag.DUPLICATE for f in found] == [0] * 12
    assert judge.last_value[0] == 53.0


def test_a_hole_in_a_flat_series_counts_as_elapsed_time(plain: bool) -> None:
    judge = judge_of(RULES, plain=plain)
    assert flags_of(series([50.0, 50.0]) + series([50.0], start_s=3600), judge) == [0, 0, Flag.FLAT | Flag.GAP]


def test_one_spike_does_not_mark_its_neighbours(plain: bool) -> None:
    assert flags_of(series([1.0, 1.0, 90.0, 1.0, 1.0]), judge_of(RULES, plain=plain)) == [0, 0, Flag.SPIKE, 0, 0]


def test_a_repeated_stamp_with_a_changed_value_is_a_fault_of_time_and_not_a_rate(plain: bool) -> None:
    judge = judge_of(RULES, point(period_s=10.0, rate_max=0.05), plain=plain)
    assert flags_of(at((0, 1.0), (0, 2.0), (10, 2.0), (20, 3.0)), judge) == [0, Flag.DUPLICATE, 0, Flag.RATE]


@pytest.mark.parametrize("value", [-999.0, 65535.0])
def test_a_number_for_no_value_fails_and_is_named(value: float, plain: bool) -> None:
    judge = judge_of(RULES, point(rate_max=1.0), plain=plain)
    found = flags_of(series([50.0, value, 50.0]), judge)
    assert found[1] & (Flag.SENTINEL | Flag.RANGE) == Flag.SENTINEL | Flag.RANGE
    assert found[2] == 0


def test_one_inside_the_range_is_doubted_and_still_raises() -> None:
    judge = judge_of(RULES)
    log = series([50.0] * 3 + [77.0] * 10 + [50.0] * 20)
    assert alarms(play(judge, log[:13]), RULES) == [("ALARM_ON", "h", 8.0)]
    assert judge.quality[0] == Quality.SUSPECT


def test_a_sentinel_neither_clears_an_alarm_nor_enters_a_window() -> None:
    judge = judge_of(RULES, point(danger="high"))
    found = alarms(play(judge, series([85.0] * 10 + [-999.0] * 40)), RULES)
    assert [f[0] for f in found] == ["ALARM_ON", "ALARM_ON"]


@pytest.mark.parametrize("flag", [Flag.UNIT, Flag.ATTENUATED, Flag.NOISELESS, Flag.COPIED])
def test_a_standing_flag_is_on_each_reading_and_takes_no_alarm_away(flag: Any, plain: bool) -> None:
    judge = judge_of(RULES, plain=plain)
    put(judge, series([50.0]))
    judge.stand(np.array([int(flag)], np.int32))
    raised = play(judge, series([85.0] * 10, start_s=1))
    assert [f[1] for f in alarms(raised, RULES)] == ["h", "hh"]
    assert judge.flags[0] & flag
    assert judge.quality[0] == Quality.SUSPECT
    assert alarms(play(judge, series([50.0] * 20, start_s=11)), RULES) == [], "doubtful readings prove no recovery"
    judge.stand(np.zeros(1, np.int32))
    assert [f[1] for f in alarms(play(judge, series([50.0] * 20, start_s=31)), RULES)] == ["h", "hh"]
    assert judge.flags[0] == 0


def test_what_speaks_against_readings_is_counted_once_a_minute() -> None:
    judge = judge_of(RULES)
    put(judge, [*series([50.0, -999.0, None, 50.0, 90.0, 50.0]), Reading(T0 + 8_000, 0, T0 + 7_000, float("nan"))])
    other, absent, untrue, untimely, irregular, inaccurate = judge.close_minute(T0).against[0].tolist()
    assert (other, absent, untrue, untimely, irregular, inaccurate) == (1, 1, 0, 0, 1, 2)
    assert judge.close_minute(T0 + 60_000).against.sum() == 0
