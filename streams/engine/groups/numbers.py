"""Numbers of many groups at once, each as an interval: what is known of it. Exact where everything is known, open where it is not.

Two open ends say *unknown*. The highest of three temperatures of which one is missing is at least the highest of the two that are
known: it can raise, and it cannot clear. So missing data never make danger vanish, and never invent one. A comparison answers twice,
like the point rules do: `up` (it holds for certain) and `down` (it is safely away for certain).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Interval(NamedTuple):
    """`lo is hi` where all rows are exact. `slope`: change a second by time alone, of exact rows."""

    lo: Any  # Floats or float
    hi: Any
    slope: Any = 0.0  # Floats or float

    @property
    def exact(self) -> bool:
        return self.lo is self.hi


class Answer(NamedTuple):
    up: Bools
    down: Bools


UNKNOWN = Interval(-np.inf, np.inf)


def exactly(value: Any, slope: Any = 0.0) -> Interval:
    return Interval(value, value, slope)


def known(value: Floats, valid: Bools, slope: Any = 0.0) -> Interval:
    """Exact where valid, open elsewhere."""
    if valid.all():
        return exactly(value, slope)
    return Interval(np.where(valid, value, -np.inf), np.where(valid, value, np.inf), slope)


def negated(x: Interval) -> Interval:
    if x.exact:
        return exactly(-x.lo, -x.slope)
    return Interval(-x.hi, -x.lo, -x.slope)


def added(a: Interval, b: Interval) -> Interval:
    if a.exact and b.exact:
        return exactly(a.lo + b.lo, a.slope + b.slope)
    return Interval(a.lo + b.lo, a.hi + b.hi, a.slope + b.slope)


def multiplied(a: Interval, b: Interval) -> Interval:
    """Exact times exact; an open end survives a constant factor only."""
    if a.exact and b.exact:
        return exactly(a.lo * b.lo, a.slope * b.lo + b.slope * a.lo)
    if isinstance(a.lo, float) and a.exact:
        a, b = b, a
    if isinstance(b.lo, float) and b.exact:
        factor = b.lo
        if factor == 0.0:
            return exactly(0.0)
        ends = (a.lo * factor, a.hi * factor)
        return Interval(*(ends if factor > 0.0 else ends[::-1]), a.slope * factor)
    return _where_exact(a, b, lambda x, y: x * y)


def divided(a: Interval, b: Interval) -> Interval:
    """Nothing is known of a division by zero."""
    if isinstance(b.lo, float) and b.exact and b.lo != 0.0:
        return multiplied(a, exactly(1.0 / b.lo)) if _power_of_two(b.lo) else _scaled_down(a, b.lo)
    if isinstance(b.lo, float) and b.exact:
        return UNKNOWN
    return _where_exact(a, b, lambda x, y: x / y, nonzero=True)


def _power_of_two(x: float) -> bool:
    return bool(abs(np.frexp(x)[0]) == 0.5)


def _scaled_down(a: Interval, divisor: float) -> Interval:
    if a.exact:
        return exactly(a.lo / divisor, a.slope / divisor)
    ends = (a.lo / divisor, a.hi / divisor)
    return Interval(*(ends if divisor > 0.0 else ends[::-1]), a.slope / divisor)


def _where_exact(a: Interval, b: Interval, how: Any, nonzero: bool = False) -> Interval:
    """`how` of the rows in which both are known. Its change by time is not known, so it is looked at each second."""
    x, x_hi, y, y_hi = np.broadcast_arrays(*map(np.asarray, (a.lo, a.hi, b.lo, b.hi)))
    valid = (x == x_hi) & (y == y_hi)
    if nonzero:
        valid = valid & (y != 0.0)
    moving = _moves(a.slope) or _moves(b.slope)
    value = how(np.where(valid, x, 1.0), np.where(valid, y, 1.0))
    return known(value, valid, np.full(value.shape, np.nan) if moving else 0.0)


def _moves(slope: Any) -> bool:
    return bool(np.any(slope != 0.0))


def magnitude(x: Interval) -> Interval:
    if x.exact:
        return exactly(np.abs(x.lo), x.slope * np.sign(x.lo))
    lo = np.where(x.lo >= 0.0, x.lo, np.where(x.hi <= 0.0, -x.hi, 0.0))
    return Interval(lo, np.maximum(np.abs(x.lo), np.abs(x.hi)), np.nan if _moves(x.slope) else 0.0)


def compared(op: str, a: Interval, b: Interval, back: float) -> Answer:
    """Whether `a op b`, and whether it is away by more than `back`."""
    match op:
        case ">=":
            return Answer(a.lo >= b.hi, a.hi < b.lo - back)
        case ">":
            return Answer(a.lo > b.hi, a.hi <= b.lo - back)
        case "<=":
            return Answer(a.hi <= b.lo, a.lo > b.hi + back)
        case "<":
            return Answer(a.hi < b.lo, a.lo >= b.hi + back)
        case "==":
            return Answer((a.lo >= b.hi) & (a.hi <= b.lo), (a.lo > b.hi) | (a.hi < b.lo))
    return Answer((a.lo > b.hi) | (a.hi < b.lo), (a.lo >= b.hi) & (a.hi <= b.lo))


def turns_ms(a: Interval, b: Interval, back: float, at_ms: int) -> Ints | None:
    """When the comparison may answer otherwise by time alone, a second early to be safe; None: never. Far ahead is no promise."""
    slope = a.slope - b.slope
    if isinstance(slope, float) and slope == 0.0:
        return None
    with np.errstate(all="ignore"):
        apart = np.asarray(a.lo - b.lo, np.float64)
        steps = np.stack([-(apart - shift) / slope for shift in (0.0, back, -back)]) if back else -apart[None] / slope
        steps = np.where(np.isnan(slope), 0.0, np.where(steps > -1.0, steps, np.inf))
        steps = np.where(np.asarray(slope) == 0.0, np.inf, steps)
        ahead = np.minimum(np.where(np.isnan(steps), np.inf, steps).min(axis=0), 1e12)
    return np.asarray(at_ms + np.maximum(ahead - 1.0, 0.0) * 1000.0, np.int64)
