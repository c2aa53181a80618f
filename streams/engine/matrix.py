"""Level by inherent grade and tier: which column a source takes, and which level one cause makes in it.

Level and score are kept apart on purpose. A product of inherent risk and activity would hold a grade I source in red with
nothing to clear, and would leave a small tank with a high-high level in blue.
"""

from __future__ import annotations

from typing import NamedTuple

from models.inherent import InherentError, Substance, assess, stock_share
from models.score import five_high_score, inherent_score
from streams.domain.registry import HazardSource
from streams.domain.scale import Grade, Level
from streams.engine.parameters import Columns, Matrix, Parameters, ProfileMatrix, level
from streams.engine.state import Cause

FLOORS = {"site_lost": "site_lost_floor", "out_of_service": "out_of_service_floor"}
_LOWEST_R = {Grade.IV: 1.0, Grade.III: 10.0, Grade.II: 50.0, Grade.I: 100.0}  # legal cut-points, where only the grade is known


class Standing(NamedTuple):
    """Inherent standing of a source: matrix column, grade as shown, R, inherent score, share of it in stock, findings."""

    column: int
    grade: str
    r: float
    inherent: float
    stock_share: float | None
    findings: tuple[tuple[str, str], ...]


def profile_of(matrix: Matrix, profile: str) -> ProfileMatrix:
    """The matrix of a profile."""
    chosen: ProfileMatrix = getattr(matrix, profile)
    return chosen


def _five_high_grade(index: float, columns: Columns) -> Grade:
    return Grade(sum(index >= step for step in columns.five_high_steps))


def standing(source: HazardSource, columns: Columns) -> Standing:
    """Inherent standing of `source`; what is unknown counts strictly and is a finding, it never counts as harmless."""
    findings: list[tuple[str, str]] = []
    r, share, toxic = 0.0, None, False
    grade: Grade | None = None
    computed: Grade | None = None
    if source.chemicals:
        try:
            risk = assess([Substance(c.name, c.design_t, c.cas, c.symbol, c.critical_t, c.beta, c.toxic_gas)
                           for c in source.chemicals], source.people)  # fmt: skip
        except InherentError as error:
            findings.append(("inherent_unknown", str(error)))
        else:
            r, toxic = risk.r, risk.toxic_gas_beta >= columns.toxic_beta
            computed = Grade[risk.grade] if risk.grade else Grade[columns.below_threshold]
            share = stock_share(risk.terms, [c.stock_t for c in source.chemicals])
    toxic = toxic or any(c.toxic_gas and (c.beta or 0.0) >= columns.toxic_beta for c in source.chemicals)
    if source.five_high is not None:
        computed = max(computed or Grade.IV, _five_high_grade(source.five_high, columns))
    filed = Grade[source.grade] if source.grade else None
    if filed is not None and computed is not None and filed < computed:
        findings.append(("grade_differs", f"{filed.code} < {computed.code}"))
    known = [g for g in (filed, computed) if g is not None]
    if known:
        grade = max(known)
    elif source.kind == "filling_station":
        grade = Grade[columns.filling_station]
    else:
        grade = Grade[columns.unknown]
        if not findings:
            findings.append(("inherent_unknown", ""))
    worse = source.key_process or toxic
    score = inherent_score(r) if r > 0.0 else inherent_score(_LOWEST_R[grade])
    if source.five_high is not None:
        score = max(score if r > 0.0 else 0.0, five_high_score(source.five_high))
    return Standing(min(grade + worse, Grade.I), grade.code, r, score, share, tuple(findings))


def cell(cause: Cause, column: int, matrix: Matrix, profile: str) -> Level:
    """The level that `cause` makes in `column`. Ageing counts once, from the cause's own tier."""
    if cause.kind in FLOORS:
        return level(getattr(matrix, FLOORS[cause.kind]))
    rows = profile_of(matrix, profile).rows
    own = level(rows[cause.tier][column])
    if not cause.aged:
        return own
    if cause.kind == "gas_2":
        return max(own, level(rows[3][column]))
    if cause.tier == 1:
        return max(own, level(rows[2][column]))
    ceiling = level(matrix.aged_ceiling)
    return max(own, min(Level(min(own + 1, Level.RED)), ceiling))


def tier_in_force(cause: Cause) -> int:
    """The tier that a cause counts as, for compounds over sources."""
    if cause.aged and cause.kind == "gas_2":
        return max(cause.tier, 3)
    if cause.aged and cause.tier == 1:
        return 2
    return cause.tier


def managed(base: Level, lifted: bool, parameters: Parameters) -> Level:
    """`base` after site management: one step up at most, never to red, never down."""
    ceiling = level(parameters.matrix.management_ceiling)
    return Level(max(base, min(base + 1, ceiling))) if lifted else base
