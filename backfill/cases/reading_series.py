"""The `series` of a case: point -> shorthand, or a mapping with the shorthand and how it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backfill.cases.case import Series
from backfill.cases.plants import Plant, several
from backfill.cases.scope import Scope
from backfill.cases.series import Run, Sample, SeriesProblem, parsed
from streams.domain.strict_yaml import Path

_FIELDS = ("values", "every", "start", "clock", "delay", "gateway", "unit")


def read_series(scope: Scope, value: Any, path: Path) -> tuple[Series, ...]:
    if not isinstance(value, dict):
        scope.say(path, "series.shape", hint="series")
        return ()
    found = [_one(scope, code, given, (*path, pattern)) for pattern, given in value.items() for code in several(str(pattern))]
    return tuple(series for series in found if series is not None)


def at_rest(plants: Sequence[Plant], series: Sequence[Series], every_ms: int) -> tuple[Series, ...]:
    """What the points send that the case does not mention."""
    told = {(one.enterprise, one.point) for one in series}
    return tuple(Series(code, plant.record.code, (Run(Sample(value), 1),), False, every_ms)
                 for plant in plants for code, value in plant.rest.items() if (plant.record.code, code) not in told)  # fmt: skip


def _one(scope: Scope, code: str, given: Any, path: Path) -> Series | None:
    named = scope.named(code, ("point",), path)
    given = {"values": given} if not isinstance(given, dict) else given
    scope.only(path, given, _FIELDS)
    every_ms = scope.duration(given["every"], (*path, "every")) if "every" in given else scope.every_ms
    times = {key: scope.duration(given[key], (*path, key)) or 0 for key in ("start", "clock", "delay") if key in given}
    text = given.get("values")
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = repr(text)
    if not isinstance(text, str) or not every_ms or every_ms < 0 or named is None:
        if named is not None:
            scope.say(path, "series.shape", hint="series")
        return None
    try:
        runs, stale = parsed(text, every_ms)
    except SeriesProblem as problem:
        scope.say(path, f"series.{problem.code}", hint="series", token=problem.token)
        return None
    return Series(named[1], named[0], tuple(runs), stale, every_ms, times.get("start", 0), times.get("clock", 0), times.get("delay", 0),
                  str(given.get("gateway", "G")), str(given.get("unit", "")))  # fmt: skip
