"""Five-high index: factors, weighting by exposure, grade boundaries."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datafile import packaged
from models.five_high import RiskPoint, enterprise_index, grade_of_index, parameters, parameters_from, point_index, unit_index

POINTS = st.builds(
    RiskPoint,
    equipment=st.sampled_from(["isolation", "fault_safe", "fault_risk"]),
    errors=st.sampled_from(["error_safe", "error_risk"]),
    m=st.floats(0, 1e4),
    people=st.integers(0, 500),
    failure_rate=st.floats(0, 1),
    high_risk_operations=st.integers(0, 8),
)


@pytest.mark.parametrize(
    ("point", "h"),
    [
        (RiskPoint("isolation", "error_safe", 0.5, 0), 1.0),
        (RiskPoint("fault_risk", "error_risk", 100, 100), 1.7 * 81),
        (RiskPoint("fault_safe", "error_risk", 50, 30, failure_rate=0.5, high_risk_operations=2), 1.4 * 49 * 1.5 * 1.1),
        (RiskPoint("fault_risk", "error_safe", 1, 3), 1.3 * 9),
    ],
)
def test_point_index(point: RiskPoint, h: float) -> None:
    assert point_index(point).h == pytest.approx(h)


def test_unit_weighs_points_by_exposure() -> None:
    crowded, empty = RiskPoint("isolation", "error_safe", 100, 100), RiskPoint("isolation", "error_safe", 0, 0)
    unit = unit_index([crowded, empty], standardisation=80, alarms=(1, 1, 1))
    assert unit.inherent == pytest.approx((81 * 9 + 1 * 1) / 10)
    assert unit.frequency == pytest.approx(1.25)
    assert (unit.initial, unit.k3, unit.real) == pytest.approx((1.25 * 73, 2.0, 2.0 * 1.25 * 73))
    assert unit.parameters == parameters().hash


@given(st.lists(POINTS, min_size=1, max_size=5), st.floats(0, 100), st.tuples(*[st.integers(0, 5)] * 3))
def test_a_unit_lies_between_its_points_and_alarms_only_add(
    points: list[RiskPoint], v: float, alarms: tuple[int, int, int]
) -> None:
    unit = unit_index(points, v, alarms)
    h = [p.h for p in unit.points]
    assert min(h) * (1 - 1e-9) <= unit.inherent <= max(h) * (1 + 1e-9)
    assert unit.real >= unit.initial >= unit.inherent * (1 - 1e-9)


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        (0.0, "IV"),
        (29.99, "IV"),
        (30.0, "III"),
        (50.0, "II"),
        (84.99, "II"),
        (85.0, "I"),
        (None, "II"),
        (math.nan, "II"),
        (-1, "IV"),
    ],
)
def test_grade_of_index(index: float | None, grade: str) -> None:
    assert grade_of_index(index) == grade


@pytest.mark.parametrize("wrong", [{"m": -1.0}, {"people": -1}, {"failure_rate": 1.5}, {"equipment": "none"}])
def test_points_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    good = RiskPoint("fault_safe", "error_safe", 1.0, 1)
    with pytest.raises(ValueError, match=r"risk point|equipment"):
        point_index(good._replace(**wrong))  # type: ignore[arg-type]


def test_an_empty_unit_and_a_bad_standardisation_score_are_refused() -> None:
    with pytest.raises(ValueError, match="risk point"):
        unit_index([], 80)
    with pytest.raises(ValueError, match="standardisation"):
        unit_index([RiskPoint("isolation", "error_safe", 1, 1)], 101)


def test_every_number_has_a_known_tag() -> None:
    content = packaged("five_high.json")
    rows = [row for value in content.values() if isinstance(value, list) for row in value]
    rows += [value for value in content.values() if isinstance(value, dict) and "value" in value]
    assert rows
    assert all(row["tag"] in content["tags"] for row in rows)


def test_steps_that_do_not_reach_zero_are_refused() -> None:
    content = packaged("five_high.json")
    del content["material"][-1]
    with pytest.raises(ValueError, match="m_min"):
        parameters_from(content)


def test_enterprise_is_its_worst_unit() -> None:
    assert enterprise_index([3.0, 99.0, 5.0]) == 99.0
    assert enterprise_index([]) == 0.0
