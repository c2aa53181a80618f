"""Five-high index (五高): inherent, initial and real risk of units without a GB 18218 grade, steel and aluminium above all.

Structure as the published family has it; every number is in `data/five_high.json` with its tag, because the tables were
recalled, not read. The ministry's own model is not public: this is not it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from models.datafile import content_hash, packaged

EquipmentGrade = Literal["isolation", "fault_safe", "fault_risk"]
ErrorKind = Literal["error_safe", "error_risk"]
GradeCode = Literal["I", "II", "III", "IV"]


class Colour(NamedTuple):
    level: str
    index_min: float
    grade: GradeCode


class FiveHighParameters(NamedTuple):
    """The numbers of the family as data; `hash` covers the file they came from."""

    version: str
    hash: str
    equipment: Mapping[tuple[str, str], float]
    material: tuple[tuple[float, float], ...]  # (smallest m, value), descending
    exposure: tuple[tuple[float, float], ...]  # (fewest people, value), descending
    operation_step: float
    frequency_base: float
    management_floor: float
    alarm_weights: tuple[float, float, float]  # yellow, orange, red
    colours: tuple[Colour, ...]  # descending


class RiskPoint(NamedTuple):
    """One risk point of a unit. `m` = sum of beta q/Q of its materials, `failure_rate` of its monitoring, 0 to 1."""

    equipment: EquipmentGrade
    errors: ErrorKind
    m: float
    people: int
    failure_rate: float = 0.0
    high_risk_operations: int = 0  # number of kinds present


class PointIndex(NamedTuple):
    """h = hs M E K1 K2 with its factors, so that a person can follow it."""

    h: float
    hs: float
    material: float
    exposure: float
    k1: float
    k2: float


class UnitIndex(NamedTuple):
    """Unit: inherent H, frequency G, initial R0 = G H, live K3, real risk = R0 K3."""

    inherent: float
    frequency: float
    initial: float
    k3: float
    real: float
    points: tuple[PointIndex, ...]
    parameters: str


def _descending(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[tuple[float, float], ...]:
    steps = tuple((float(row[key]), float(row["value"])) for row in rows)
    if any(b[0] >= a[0] for a, b in itertools.pairwise(steps)) or steps[-1][0] != 0.0:
        raise ValueError(f"{key}: steps must descend to 0, got {steps}")
    return steps


def parameters_from(content: Mapping[str, Any]) -> FiveHighParameters:
    """Checked parameters from the content of a file of the form of `data/five_high.json`."""
    equipment = {(row["grade"], row["kind"]): float(row["hs"]) for row in content["equipment"]}
    weights = content["alarm_weights"]
    return FiveHighParameters(
        version=str(content["version"]),
        hash=content_hash(dict(content)),
        equipment=equipment,
        material=_descending(content["material"], "m_min"),
        exposure=_descending(content["exposure"], "people_min"),
        operation_step=float(content["operation_step"]["value"]),
        frequency_base=float(content["frequency_base"]["value"]),
        management_floor=float(content["management_floor"]["value"]),
        alarm_weights=(float(weights["yellow"]), float(weights["orange"]), float(weights["red"])),
        colours=tuple(Colour(c["level"], float(c["index_min"]), c["grade"]) for c in content["colours"]),
    )


@cache
def parameters() -> FiveHighParameters:
    """The parameters shipped with this package."""
    return parameters_from(packaged("five_high.json"))


def _step(steps: tuple[tuple[float, float], ...], x: float) -> float:
    return next(value for least, value in steps if x >= least)


def point_index(point: RiskPoint, p: FiveHighParameters | None = None) -> PointIndex:
    """Index h of one risk point.

    >>> point_index(RiskPoint("isolation", "error_safe", m=10, people=30)).h
    35.0
    """
    p = p or parameters()
    if point.m < 0 or point.people < 0 or not 0.0 <= point.failure_rate <= 1.0 or point.high_risk_operations < 0:
        raise ValueError(f"risk point out of range: {point}")
    hs = p.equipment.get((point.equipment, "any"), p.equipment.get((point.equipment, point.errors), math.nan))
    if math.isnan(hs):
        raise ValueError(f"no equipment factor for {point.equipment!r} and {point.errors!r}")
    material, exposure = _step(p.material, point.m), _step(p.exposure, point.people)
    k1, k2 = 1.0 + point.failure_rate, 1.0 + p.operation_step * point.high_risk_operations
    return PointIndex(hs * material * exposure * k1 * k2, hs, material, exposure, k1, k2)


def unit_index(
    points: Sequence[RiskPoint],
    standardisation: float,
    alarms: tuple[int, int, int] = (0, 0, 0),
    p: FiveHighParameters | None = None,
) -> UnitIndex:
    """Index of one unit: H = sum h E/F weighted by exposure, G = 100/v with the safety-standardisation score v (0 to 100),
    K3 from live alarm counts (yellow, orange, red)."""
    p = p or parameters()
    if not points:
        raise ValueError("a unit needs at least one risk point")
    if not 0.0 <= standardisation <= 100.0 or min(alarms) < 0:
        raise ValueError(f"standardisation {standardisation} or alarm counts {alarms} out of range")
    indexes = tuple(point_index(point, p) for point in points)
    exposure = math.fsum(i.exposure for i in indexes)
    inherent = math.fsum(i.h * (i.exposure / exposure) for i in indexes)
    frequency = p.frequency_base / max(standardisation, p.management_floor)
    k3 = 1.0 + math.fsum(w * count for w, count in zip(p.alarm_weights, alarms, strict=True))
    initial = frequency * inherent
    return UnitIndex(inherent, frequency, initial, k3, initial * k3, indexes, p.hash)


def grade_of_index(index: float | None, p: FiveHighParameters | None = None) -> GradeCode:
    """Column of the level matrix for a source without a GB 18218 grade; unknown counts as II (and is a finding elsewhere).

    >>> [grade_of_index(i) for i in (29.9, 30.0, 50.0, 85.0, None)]
    ['IV', 'III', 'II', 'I', 'II']
    """
    if index is None or math.isnan(index):
        return "II"
    return next(c.grade for c in (p or parameters()).colours if index >= c.index_min or c.index_min == 0.0)


def enterprise_index(units: Sequence[float]) -> float:
    """An enterprise is as bad as its worst unit."""
    return max(units, default=0.0)
