"""The serving form itself, on arrays small enough to follow by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.detectors import ArtefactError, Detector
from models.detectors.arithmetic import Floats
from models.detectors.arrays import decoded, encoded

META: dict[str, Any] = {"kind": "mahalanobis", "points": ["A", "B"], "period_s": 1.0, "open_rows": 2, "rearm_rows": 3}


def parts(smoothing: float = 1.0, limit: float = 4.0, on_data: bool = False) -> dict[str, Floats]:
    correlated = np.linalg.inv(np.array([[1.0, 0.5], [0.5, 1.0]]))
    return {
        "center": np.array([10.0, 100.0]),
        "scale": np.array([1.0, 10.0]),
        "precision": correlated,
        "forms": correlated[None],
        "chart_form": np.zeros(1),
        "chart_lambda": np.array([smoothing]),
        "chart_on_data": np.array([float(on_data)]),
        "chart_limit": np.array([limit]),
        "chart_start": np.zeros(1),
    }


def run(detector: Detector, rows: list[list[float]]) -> list[tuple[float, bool]]:
    state, valid, out = detector.initial(), np.ones(2, dtype=bool), []
    for row in rows:
        verdict = detector.step(state, np.array(row), valid)
        state = verdict.state
        out.append((verdict.statistic, verdict.alarmed))
    return out


def test_the_statistic_is_the_mahalanobis_distance() -> None:
    (found, _), *_ = run(Detector.restore(META, parts()), [[11.0, 110.0]])
    assert found == pytest.approx(4 / 3)  # (1, 1) under correlation 0.5


def test_the_alarm_opens_after_two_rows_over_and_is_armed_after_three_below() -> None:
    rows = [[10.0, 100.0], [20.0, 0.0], [10.0, 100.0], [20.0, 0.0], [20.0, 0.0], *[[10.0, 100.0]] * 4]
    alarmed = [a for _, a in run(Detector.restore(META, parts()), rows)]
    assert alarmed == [False, False, False, False, True, True, True, False, False]


def test_memory_on_the_statistic() -> None:
    found = [s for s, _ in run(Detector.restore(META, parts(smoothing=0.5, limit=100.0)), [[11.0, 110.0]] * 3)]
    assert found == pytest.approx([2 / 3, 1.0, 7 / 6])


def test_memory_on_the_data_sees_a_small_lasting_shift_and_forgets_a_swing() -> None:
    detector = Detector.restore(META, parts(smoothing=0.5, limit=100.0, on_data=True))
    lasting = [s for s, _ in run(detector, [[11.0, 110.0]] * 4)]
    swing = [s for s, _ in run(detector, [[11.0, 110.0], [9.0, 90.0]] * 2)]
    assert lasting == pytest.approx([4 / 3 * m * m for m in (0.5, 0.75, 0.875, 0.9375)])
    assert swing[-1] < lasting[-1] / 4


def test_a_missing_value_is_what_the_others_lead_to_expect() -> None:
    detector = Detector.restore(META, parts())
    verdict = detector.step(detector.initial(), np.array([12.0, 1e9]), np.array([True, False]))
    assert verdict.statistic == pytest.approx(4.0)  # 2 squared: the missing channel adds nothing


def test_below_half_of_the_channels_nothing_moves() -> None:
    detector = Detector.restore(META, parts())
    state = detector.step(detector.initial(), np.array([20.0, 0.0]), np.ones(2, dtype=bool)).state
    verdict = detector.step(state, np.array([10.0, 100.0]), np.zeros(2, dtype=bool))
    assert verdict.state.tobytes() == state.tobytes()
    assert verdict.statistic == state[-2]


@settings(max_examples=50)
@given(
    rows=arrays.arrays(np.float64, (12, 2), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)),
    valid=arrays.arrays(np.bool_, (12, 2)),
    cut=st.integers(0, 12),
)
def test_any_numbers_in_any_batches_give_the_same_finite_bits(rows: Floats, valid: Any, cut: int) -> None:
    detector = Detector.restore(META, parts(smoothing=0.3))
    whole = detector.score(rows, valid)
    first = detector.score(rows[:cut], valid[:cut])
    second = detector.score(rows[cut:], valid[cut:], first.state)
    assert second.state.tobytes() == whole.state.tobytes()
    assert np.isfinite(whole.state).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"center": np.zeros(3)}, "arrays.center: shape"),
        ({"scale": np.array([1.0, 0.0])}, "not above 0"),
        ({"chart_limit": np.array([np.nan])}, "arrays.chart_limit"),
        ({"chart_form": np.array([1.0])}, "a form that is not there"),
        ({"forms": None}, "arrays.forms"),
        ({"chart_lambda": np.array([0.0])}, "smoothing"),
        ({"chart_lambda": np.array([1.5])}, "smoothing"),
        ({"precision": np.array([[1.0, 2.0], [2.0, 1.0]])}, "not positive definite"),
        ({"precision": {"shape": [2, 2], "f8": "AAAA"}}, "bytes for shape"),
        ({"precision": {"shape": [2, 10**9], "f8": ""}}, "out of bounds"),
        ({"precision": {"shape": [2, 2], "f8": "%%%"}}, "arrays.precision"),
        ({"precision": {"shape": [2, 2]}}, "arrays.precision"),
        ({"precision": "text"}, "arrays.precision"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, Any], says: str) -> None:
    broken = {name: value for name, value in {**parts(), **change}.items() if value is not None}
    with pytest.raises(ArtefactError, match=says):
        Detector.restore(META, broken)


@pytest.mark.parametrize("name", ["points", "period_s", "open_rows", "rearm_rows", "kind"])
def test_meta_that_lacks_something_is_refused(name: str) -> None:
    with pytest.raises(ArtefactError, match=name):
        Detector.restore({key: value for key, value in META.items() if key != name}, parts())


@pytest.mark.parametrize("change", [{"period_s": 0.0}, {"open_rows": 0}, {"rearm_rows": 1.5}, {"points": ["A", "A"]}])
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ArtefactError, match="must be above 0 and points differ"):
        Detector.restore({**META, **change}, parts())


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=3, min_side=0), elements=st.floats(allow_nan=False)))
def test_arrays_as_text_keep_every_bit(array: Floats) -> None:
    again = decoded("x", encoded(array))
    assert again.shape == array.shape
    assert again.tobytes() == np.ascontiguousarray(array).tobytes()
