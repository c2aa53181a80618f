"""Alarm limits of points that come without any, from normal rows only: never from the rows that are then judged."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from backfill.datasets.dataset import Floats
from streams.domain.registry import Danger, Limits


class Spread(NamedTuple):
    """Distance of limits from the median in robust standard deviations."""

    alarm: float = 6.0
    grave: float = 9.0


def scale_of(values: Floats) -> float:
    """Robust standard deviation: by the median deviation, or by the middle 99 % where most values are the same."""
    low, middle, high = np.quantile(values, [0.005, 0.5, 0.995])
    deviation = 1.4826 * float(np.median(np.abs(values - middle)))
    return max(deviation, float(high - low) / 5.15, 1e-9 * max(1.0, abs(float(middle))))


def rounded(value: float, scale: float) -> float:
    """`value` with the digits that mean something where `scale` is the usual deviation, as a person would set a limit.

    >>> rounded(2705.3141, 4.5), rounded(120.4612, 0.02)
    (2705.3, 120.461)
    """
    return round(value, max(0, 1 - math.floor(math.log10(scale))))


def limits_from(
    values: Floats, danger: Danger, reach: tuple[float, float], grave: bool = True, spread: Spread | None = None
) -> Limits:
    """Limits from the normal `values` of one point, inside `reach` (range of the instrument).

    H lies at least half a deviation beyond the highest normal value. A limit that would fall out of the range, or on the one
    before it, is left out: a limit that cannot be reached only looks like a guard.
    """
    spread = spread or Spread()
    middle, scale = float(np.median(values)), scale_of(values)
    low, high = float(values.min()), float(values.max())
    h = max(middle + spread.alarm * scale, high + 0.5 * scale)
    l = min(middle - spread.alarm * scale, low - 0.5 * scale)  # noqa: E741 - the field's own name
    step = (spread.grave - spread.alarm) * scale
    found = {
        "h": h if danger != "low" else None,
        "hh": h + step if danger != "low" and grave else None,
        "l": l if danger != "high" else None,
        "ll": l - step if danger != "high" and grave else None,
    }
    inside = {
        name: rounded(value, scale) if value is not None and reach[0] < value < reach[1] else None
        for name, value in found.items()
    }
    if inside["h"] is not None and inside["hh"] is not None and not inside["h"] < inside["hh"]:
        inside["hh"] = None
    if inside["l"] is not None and inside["ll"] is not None and not inside["ll"] < inside["l"]:
        inside["ll"] = None
    return Limits(ll=inside["ll"], l=inside["l"], h=inside["h"], hh=inside["hh"])
