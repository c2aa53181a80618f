"""Score 0 to 100 of a hazard source: its place inside the band of its level, for ranking, trend and distribution only.

The level is decided by the matrix over open causes, elsewhere; this score can never contradict it, because it is computed
inside the level's own half-open band. All numbers come from `ScoreParameters`; a score names their hash.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from models.datafile import content_hash, packaged
from models.exact import interpolated, log10

MICRO = 1_000_000

Points = tuple[tuple[float, float], ...]


class Band(NamedTuple):
    """Scores of one level: lo <= score < hi. Index in `bands` = the level's number (0 blue .. 3 red)."""

    level: str
    lo: float
    hi: float


class ScoreParameters(NamedTuple):
    """The numbers of the score as data; `hash` covers the file they came from."""

    version: str
    hash: str
    inherent_points: Points  # (R, score)
    five_high_points: Points  # (index, score)
    inherent_floor: float
    management_floor: float
    weights: tuple[float, float, float]  # of active alarms of low, middle, high tier
    age_points: Points  # (age in seconds, weight)
    bands: tuple[Band, ...]


class ActiveAlarm(NamedTuple):
    """An active alarm: `rank` 0 low, 1 middle, 2 high tier."""

    rank: int
    age_s: float


class ParameterError(ValueError):
    """A parameter file that makes no sense; the message names the field."""


def _ascending(points: Points, field: str) -> Points:
    if len(points) < 2 or any(b[0] <= a[0] or b[1] < a[1] for a, b in itertools.pairwise(points)):
        raise ParameterError(f"{field}: points must ascend, got {points}")
    return points


def parameters_from(content: Mapping[str, Any]) -> ScoreParameters:
    """Checked parameters from the content of a file of the form of `data/score.json`."""
    bands = tuple(Band(b["level"], float(b["lo"]), float(b["hi"])) for b in content["bands"])
    if any(b.lo >= b.hi for b in bands) or any(a.hi != b.lo for a, b in itertools.pairwise(bands)):
        raise ParameterError(f"bands: must follow each other without a gap, got {bands}")
    weights = content["alarm_weights"]
    return ScoreParameters(
        version=str(content["version"]),
        hash=content_hash(dict(content)),
        inherent_points=_ascending(
            tuple((float(p["r"]), float(p["score"])) for p in content["inherent_points"]), "inherent_points"
        ),
        five_high_points=_ascending(
            tuple((float(p["index"]), float(p["score"])) for p in content["five_high_points"]), "five_high_points"
        ),
        inherent_floor=float(content["inherent_floor"]["value"]),
        management_floor=float(content["management_floor"]["value"]),
        weights=(float(weights["low"]), float(weights["middle"]), float(weights["high"])),
        age_points=_ascending(tuple((float(p["age_s"]), float(p["weight"])) for p in content["age_points"]), "age_points"),
        bands=bands,
    )


@cache
def parameters() -> ScoreParameters:
    """The parameters shipped with this package."""
    return parameters_from(packaged("score.json"))


def inherent_score(r: float, p: ScoreParameters | None = None) -> float:
    """Inherent score I, 0 to 100, from R: linear in log R through the legal cut points; the first line goes on below R = 1.

    >>> [inherent_score(r) for r in (0.0, 0.1, 1.0, 10.0, 50.0, 100.0, 1000.0, 5000.0)]
    [0.0, 0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 100.0]
    """
    p = p or parameters()
    if not r > 0.0:
        return 0.0
    points = p.inherent_points
    if r >= points[-1][0]:
        return points[-1][1]
    upper = next(i for i, point in enumerate(points) if r < point[0]) if r >= points[0][0] else 1
    (r0, i0), (r1, i1) = points[upper - 1], points[upper]
    return max(0.0, round(i0 + (i1 - i0) * (log10(r / r0) / log10(r1 / r0)), 9))


def five_high_score(index: float, p: ScoreParameters | None = None) -> float:
    """Inherent score of a source that has a five-high index instead of an R (steel, aluminium).

    >>> five_high_score(50.0)
    60.0
    """
    return interpolated(index, (p or parameters()).five_high_points)


def activity(alarms: Iterable[ActiveAlarm], p: ScoreParameters | None = None) -> float:
    """Activity D >= 1: active alarms by tier, each weighted by its age.

    >>> activity([ActiveAlarm(2, 0.0)]), activity([ActiveAlarm(0, 3600.0)])
    (1.6, 1.2)
    """
    p = p or parameters()
    # fsum is correctly rounded: the order in which alarms are listed cannot show in a score.
    return 1.0 + math.fsum(p.weights[alarm.rank] * interpolated(alarm.age_s, p.age_points) for alarm in alarms)


def score(level: int, inherent: float, activity: float, management: float, p: ScoreParameters | None = None) -> float:
    """Score in the band of `level` (0 blue .. 3 red) from inherent score I, activity D and management score v (0 to 100)."""
    p = p or parameters()
    band = p.bands[level]
    y = max(inherent, p.inherent_floor) / 100.0 * activity * 100.0 / max(management, p.management_floor)
    place = band.lo + (band.hi - band.lo) * (y / (1.0 + y))
    return min(place, math.nextafter(band.hi, band.lo))  # half-open, also when y is huge


def micro(value: float) -> int:
    """`value` in integer micro-units, rounded down so that a half-open band stays half-open.

    >>> micro(29.9999999)
    29999999
    """
    return math.floor(value * MICRO)
