"""What the tests on truth remember of each point: one table, a row a point id. About 700 bytes a row, measured in docs/quality.md."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from streams.domain.registry import Point
from streams.engine.desk import Desk
from streams.engine.state import PointEntry
from streams.engine.truth import kernel as k
from streams.engine.truth.settings import Truth
from streams.engine.truth.table import Table

HOURS = 24
# columns of `lim`
LO, HI, LL, L, H, HH = 0, 1, 2, 3, 4, 5
# columns of `day`
D_DUE_MS, D_SEEN, D_UNTRUE, D_UNTIMELY, D_IRREGULAR, D_INACCURATE, D_ABSENT = 0, 1, 2, 3, 4, 5, 6
D_COLUMNS = 8

SPEC: dict[str, tuple[object, int, float]] = {
    "V": (np.float64, k.V_COLUMNS, 0), "H": (np.int64, k.H_COLUMNS, 0),
    "lim": (np.float64, 6, np.nan), "zero": (np.float64, 0, -np.inf), "heat": (np.uint8, 0, 0), "source": (np.int32, 0, -1),
    # the running hour
    "n": (np.int32, 0, 0), "sum": (np.float64, 0, 0), "low": (np.float64, 0, 0), "high": (np.float64, 0, 0),
    # roughness: usual, hours learned, hours in a row that were quiet, the longest rest it came back from, hours that were smooth
    "usual": (np.float64, 0, 0), "learned": (np.int16, 0, 0), "quiet": (np.int16, 0, 0), "rested": (np.int16, 0, 0), "smooth": (np.int16, 0, 0),
    # pinned: hours in a row at the same edge, and the edge
    "pinned": (np.int16, 0, 0), "edge": (np.float64, 0, np.nan),
    # the last 24 hours: low, high, mean of each; hours in a row that equal those of the day before
    "profile": (np.float32, 3 * HOURS, np.nan), "equal": (np.int16, 0, 0),
    # unit: usual value, minutes learned, minutes since it was usual, minutes at a multiple, which
    "base": (np.float64, 0, 0), "minutes": (np.int32, 0, 0), "away": (np.int16, 0, 99), "multiple": (np.int16, 0, 0),
    "kind": (np.int8, 0, 0),
    "stand": (np.int32, 0, 0), "copied_until": (np.int64, 0, 0),
    "day": (np.int32, D_COLUMNS, 0), "before": (np.int32, D_COLUMNS, 0),  # of today and of yesterday
    "period_ms": (np.int32, 0, 1000), "alarmed": (np.int64, 0, 0), "removed": (np.int64, 0, 0),
}  # fmt: skip


def new_table() -> Table:
    return Table("truth.points", SPEC)


def asked(entry: PointEntry) -> Point:
    """The newest definition, whether or not the supervisor has confirmed it."""
    return entry.wanted if entry.wanted is not None else entry.point


def limits_of(point: Point) -> list[float]:
    """Range and limits as a row of `lim`."""
    limits = point.limits
    ends = (limits.ll, limits.l, limits.h, limits.hh)
    return [point.range_lo, point.range_hi, *(np.nan if v is None else v for v in ends)]


def define(table: Table, desk: Desk, ids: Iterable[int], settings: Truth) -> None:
    """New or changed points."""
    table.grow(len(desk.state.points))
    for p in ids:
        entry = desk.point(p)
        point = entry.point
        table["lim"][p] = limits_of(asked(entry))
        table["heat"][p] = point.quantity == "temperature"
        table["source"][p] = entry.source
        table["period_ms"][p] = max(1, min(86_400_000, round(point.period_s * 1000)))
        span = point.range_hi - point.range_lo
        table["V"][p, k.V_TOL] = (point.resolution or 0.0) * 0.5 or span * 1e-9
        wished = int(settings.copy_mark_s / max(point.period_s, 0.1))
        table["H"][p, k.H_MASK] = (1 << min(10, max(4, wished.bit_length()))) - 1


def spans(table: Table) -> NDArray[np.float64]:
    lim = table["lim"]
    return np.asarray(lim[:, HI] - lim[:, LO], np.float64)
