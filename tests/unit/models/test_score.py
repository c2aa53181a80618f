"""The score: interpolation points, and the law that it never leaves the band of its level."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datafile import packaged
from models.exact import ln
from models.score import (
    ActiveAlarm,
    ParameterError,
    activity,
    five_high_score,
    inherent_score,
    micro,
    parameters,
    parameters_from,
    score,
)

R = st.floats(min_value=0.0, max_value=1e7)


@pytest.mark.parametrize(
    ("r", "expected"), [(0.0, 0.0), (0.1, 0.0), (0.5, 13.9794), (1, 20), (10, 40), (50, 60), (100, 80), (1000, 100), (1e6, 100)]
)
def test_inherent_score_goes_through_the_legal_cut_points(r: float, expected: float) -> None:
    assert inherent_score(r) == pytest.approx(expected, abs=1e-4)


@given(R, R)
def test_inherent_score_is_monotone_and_bounded(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0.0 <= inherent_score(low) <= inherent_score(high) <= 100.0


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_our_logarithm_is_the_logarithm(x: float) -> None:
    assert ln(x) == pytest.approx(math.log(x), rel=4e-16, abs=2e-16)


@pytest.mark.parametrize("x", [0.0, -1.0, math.nan, math.inf])
def test_no_logarithm_of_nothing(x: float) -> None:
    with pytest.raises(ValueError, match="ln of"):
        ln(x)


@pytest.mark.parametrize(
    ("alarms", "expected"),
    [
        ([], 1.0),
        ([ActiveAlarm(0, 0)], 1.1),
        ([ActiveAlarm(1, 0)], 1.3),
        ([ActiveAlarm(2, 0)], 1.6),
        ([ActiveAlarm(2, 1800)], 1.9),
        ([ActiveAlarm(2, 3600)], 2.2),
        ([ActiveAlarm(2, 12 * 3600)], 2.8),
        ([ActiveAlarm(2, 99 * 3600)], 2.8),
        ([ActiveAlarm(0, 0), ActiveAlarm(1, 0), ActiveAlarm(2, 0)], 2.0),
    ],
)
def test_activity(alarms: list[ActiveAlarm], expected: float) -> None:
    assert activity(alarms) == pytest.approx(expected)


@given(st.integers(0, 3), R, st.floats(1.0, 1e18), st.floats(0.0, 100.0))
def test_a_score_never_leaves_the_band_of_its_level(level: int, r: float, d: float, management: float) -> None:
    value, band = score(level, inherent_score(r), d, management), parameters().bands[level]
    assert band.lo <= value < band.hi
    assert band.lo * 1e6 <= micro(value) < band.hi * 1e6


@given(st.integers(0, 3), R, st.floats(1.0, 50.0), st.floats(0.0, 100.0), st.floats(0.0, 10.0))
def test_more_activity_or_worse_management_never_lowers_a_score(level: int, r: float, d: float, v: float, more: float) -> None:
    inherent = inherent_score(r)
    assert score(level, inherent, d + more, v) >= score(level, inherent, d, v)
    assert score(level, inherent, d, max(v - more, 0.0)) >= score(level, inherent, d, v)


def test_a_worked_score() -> None:
    # I = 80 (R = 100), D = 1.6, v = 80: y = 1.6, place 1.6/2.6 of 30..50
    assert score(1, 80.0, 1.6, 80.0) == pytest.approx(30 + 20 * 1.6 / 2.6)
    assert score(0, 0.0, 1.0, 0.0) == pytest.approx(30 * 0.1 / 1.1)  # both floors


@pytest.mark.parametrize(("index", "expected"), [(0, 0), (30, 40), (50, 60), (85, 80), (170, 100), (999, 100)])
def test_five_high_score(index: float, expected: float) -> None:
    assert five_high_score(index) == expected


def test_parameters_are_data_with_a_hash() -> None:
    content = packaged("score.json")
    assert parameters_from(content).hash == parameters().hash
    content["alarm_weights"]["low"] = 0.2
    changed = parameters_from(content)
    assert changed.hash != parameters().hash
    assert activity([ActiveAlarm(0, 0)], changed) == 1.2


def test_bands_with_a_gap_and_points_that_fall_are_refused() -> None:
    gap = packaged("score.json")
    gap["bands"][1]["lo"] = 31.0
    with pytest.raises(ParameterError, match="bands"):
        parameters_from(gap)
    falling = packaged("score.json")
    falling["inherent_points"][2]["score"] = 10.0
    with pytest.raises(ParameterError, match="inherent_points"):
        parameters_from(falling)
