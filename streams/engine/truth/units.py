"""Unit suspicion: the values of a point jump to ten or a thousand times what they were, or by the offset of another scale, and stay.

It is a suspicion about a series and never an explanation of a reading: the flag makes the point's values doubtful, so that they prove no
recovery; every limit is still held against them as they came. A real excursion that happens to be tenfold alarms like any other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.engine.kernels.quality import UNIT
from streams.engine.truth.hours import Found, figure
from streams.engine.truth.points import HI, LO, spans
from streams.engine.truth.settings import Truth
from streams.engine.truth.table import Table

KINDS = ("", "x10", "/10", "x1000", "/1000", "C->K", "K->C", "C->F", "F->C")  # MPa sent as kPa is x1000
_SCALES = ((10.0, 0.0), (0.1, 0.0), (1000.0, 0.0), (0.001, 0.0), (1.0, 273.15), (1.0, -273.15), (1.8, 32.0), (1 / 1.8, -32 / 1.8))
_FIRST_HEAT = 5  # kinds from here on are for temperatures
_RELEARN_MINUTES = 1440


def minute(t: Table, seen: NDArray[np.bool_], value: NDArray[np.float64], settings: Truth) -> list[Found]:
    """One minute: `value` is the mean of the minute where `seen`. Sets and takes back UNIT; what began is returned."""
    base, learned = t["base"], t["minutes"] >= settings.unit_learn_minutes
    span = spans(t)
    usual = seen & (np.abs(value - base) <= 0.1 * np.abs(base) + 0.005 * span)
    kind = _kinds(t, seen & ~usual, learned, value, span, settings)
    sudden = (t["away"] <= 2) | ~learned
    kept = (kind > 0) & np.where(t["multiple"] > 0, kind == t["kind"], sudden)
    t["multiple"][:] = np.where(kept, np.minimum(t["multiple"] + 1, 30_000), np.where(seen, 0, t["multiple"]))
    t["kind"][:] = np.where(kept, kind, np.where(seen, 0, t["kind"]))
    t["away"][:] = np.where(usual, 0, np.where(seen, np.minimum(t["away"] + 1, 99), t["away"]))
    _learn(t, seen & ~kept & (usual | ~learned | (t["away"] > settings.unit_minutes)), value, learned)
    standing = t["multiple"] >= settings.unit_minutes
    t["stand"][:] = t["stand"] & ~UNIT | np.where(standing, UNIT, 0)
    return [Found(int(p), "unit_suspect", {"kind": KINDS[t["kind"][p]], "value": figure(value[p]), "usual": figure(base[p]) if learned[p] else None,
                                           "range_lo": figure(t["lim"][p, LO]), "range_hi": figure(t["lim"][p, HI])})
            for p in np.flatnonzero(kept & (t["multiple"] == settings.unit_minutes))]  # fmt: skip


def _kinds(t: Table, open_: NDArray[np.bool_], learned: NDArray[np.bool_], value: NDArray[np.float64], span: NDArray[np.float64],
           settings: Truth) -> NDArray[np.int8]:  # fmt: skip
    """Which scale would bring each value back to what is usual, or, where nothing is known yet, into the range. 0: none."""
    kind = np.zeros(t.n, np.int8)
    if not open_.any():
        return kind
    at = np.flatnonzero(open_)
    v, b, heat = value[at], t["base"][at], t["heat"][at] != 0
    lo, hi, known = t["lim"][at, LO], t["lim"][at, HI], learned[at]
    weighty = np.abs(b) > 0.01 * span[at]
    outside = (v < lo) | (v > hi)
    chosen = np.zeros(len(at), np.int8)
    for i, (factor, offset) in enumerate(_SCALES, 1):
        wanted = b * factor + offset
        like = known & (weighty | (i >= _FIRST_HEAT)) & (np.abs(v - wanted) <= settings.unit_tolerance * np.abs(wanted))
        back = (v - offset) / factor
        like |= ~known & outside & (back >= lo) & (back <= hi) & (np.abs(back) > 0.005 * span[at])
        like &= heat if i >= _FIRST_HEAT else True
        chosen = np.where((chosen == 0) & like, np.int8(i), chosen)
    kind[at] = chosen
    return kind


def _learn(t: Table, usable: NDArray[np.bool_], value: NDArray[np.float64], learned: NDArray[np.bool_]) -> None:
    """What is usual: a mean of about an hour, and the new normal after a day at a multiple."""
    base, minutes = t["base"], t["minutes"]
    n = minutes[usable].astype(np.float64)
    base[usable] += (value[usable] - base[usable]) / np.minimum(n + 1.0, 60.0)
    minutes[usable] = np.minimum(minutes[usable] + 1, 1_000_000)
    settled = learned & (t["multiple"] >= _RELEARN_MINUTES)
    base[settled], t["multiple"][settled], t["away"][settled] = value[settled], 0, 0
