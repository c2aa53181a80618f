"""The cast: one enterprise a case, all of them played together, each asked for alone."""

from __future__ import annotations

from typing import Any

from streams.domain.registry import Point
from tests.scenarios.plants import QUIET, gas, plant, pressure, source, tank_level, temperature
from tests.scenarios.timeline import Said, Timeline, running

ORDER = ("blue", "yellow", "orange", "red")


class Case(Timeline):
    """A script of one enterprise with one hazard source, `code`-S1."""

    code: str

    @property
    def hazard(self) -> str:
        return f"{self.code}-S1"


def case(
    code: str, r: float, points: tuple[Point, ...] | None = None, feeds: dict[str, float] | None = None, **fields: Any
) -> Case:
    """Enterprise `code` has committed and run quietly for a minute; its source has R = r."""
    given = {key: fields.pop(key) for key in ("period_s", "start") if key in fields}
    record = plant(source(f"{code}-S1", r=r, points=points, **fields), code=code)
    line = running(record, QUIET if feeds is None else feeds, **given)
    line.__class__ = Case
    assert isinstance(line, Case)
    line.code = code
    return line


def levels(said: Said, code: str) -> list[str]:
    """All levels that `code` has had, blue at first."""
    return ["blue", *(v.level for v in said.levels(code))]


def level(said: Said, code: str) -> str:
    return levels(said, code)[-1]


def highest(said: Said, code: str) -> str:
    return max(levels(said, code), key=ORDER.index)


def causes(said: Said, code: str) -> set[str]:
    """Kinds of causes that any warning of a source named."""
    return {r.code.removeprefix("cause.") for w in said.warnings(source=code) for r in w.reasons}


__all__ = ["ORDER", "Case", "case", "causes", "gas", "highest", "level", "levels", "pressure", "tank_level", "temperature"]
