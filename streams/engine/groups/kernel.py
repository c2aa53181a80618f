"""One group function over the members of every group, in one pass: what `highest(rise(temperature, 10m))` is of each source right now.

A member that is not good right now is missing, and an open end says so. A value that is good for nothing but beyond everything still
counts on the dangerous side: a saturated thermometer is not a missing one. A point that never sent anything, that a person took out
of service or that is silent under a filed outage is no member for the time being. Windows are read as of the last reading.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernels/layout; their imports are a table

from __future__ import annotations

from functools import cache
from math import inf
from typing import Any

from streams.domain.scale import Quality
from streams.engine.kernels.kernel import HAVE_COMPILER, compiled, inner, source_stamp
from streams.engine.kernels.layout import (
    DAY, EVENT, FLAGS, HOUR_COUNT, LOG, LONG, LONG_COUNT, QUALITY, SHORT, VALUE, W_CLOSED, W_CLOSED_HOUR, W_N,
)  # fmt: skip
from streams.engine.kernels.quality import FAILS
from streams.engine.kernels.windows import features

Array = Any
GOOD = int(Quality.GOOD)
SINGLE, HIGHEST, LOWEST, TOTAL, AVERAGE, SPREAD, NUMBER = range(7)
VALUES, COUNTS, DIFFERENCES = range(3)  # what is asked of a member: a value of the point, a count, a difference of values
PRESENT, MINUTE, TEN, HOUR, DAILY = range(5)  # over which window
NEVER = 1 << 62


@inner
def _leaves(p: int, at_ms: int, T: Array, limit_ms: Array, floor_ms: Array, credit_ms: Array, credit_base: Array, expected: Array,
            out: Array) -> int:  # fmt: skip
    """When the point leaves its groups by being silent; -1: it is no member."""
    if T[p, EVENT] < 0 or out[p] != 0:
        return -1
    if expected[p] != 0:
        return NEVER
    heard = T[p, LOG]
    since = heard if heard > floor_ms[p] else floor_ms[p]
    if heard == credit_base[p]:
        since += credit_ms[p]
    return -1 if at_ms - since > limit_ms[p] else since + limit_ms[p] + 1


@inner
def _value(p: int, window: int, feature: int, S: Array, T: Array, C: Array, W1: Array, W2: Array, X: Array) -> bool:
    """What is asked of the point into X[0, feature]; whether it is known."""
    if window == PRESENT:
        X[0, feature] = S[p, VALUE]
        return True
    wants = 1 << feature
    x, event = S[p, VALUE], T[p, EVENT]
    valid = 0
    if window in (MINUTE, DAILY):
        row = C[p, SHORT] if window == MINUTE else C[p, DAY]
        if row >= 0 and W1[row, W_N] > 0.0:
            valid = features(X, 0, 0, W1, row, W_CLOSED, 30_000 if window == MINUTE else 43_200_000, x, event, wants)
    else:
        row = C[p, LONG]
        if row >= 0 and W2[row, W_N] > 0.0:
            if window == TEN:
                valid = features(X, 0, 0, W2, row, W_CLOSED, 300_000, x, event, wants)
            elif C[p, LONG_COUNT] == HOUR_COUNT:
                valid = features(X, 0, 0, W2, row, W_CLOSED_HOUR, 1_800_000, x, event, wants)
    return (valid >> feature) & 1 != 0


@inner
def _low(
    how: int, size: int, mixed: bool, count: int, missing: int, total: float, top: float, bottom: float, above: float
) -> float:
    """At least so much it is."""
    if how == NUMBER:
        return float(count)
    if how == SINGLE:  # more than one is unknown: nobody said which
        return total if count == 1 and size == 1 else -inf
    if mixed:
        return -inf
    if how == HIGHEST:
        return top if top > above else above
    if how == SPREAD:
        return top - bottom if count > 0 else -inf
    if count == 0 or missing > 0:
        return -inf
    return bottom if how == LOWEST else total if how == TOTAL else total / count


@inner
def _high(
    how: int, size: int, mixed: bool, count: int, missing: int, total: float, top: float, bottom: float, below: float
) -> float:
    """At most so much it is."""
    if how == NUMBER:
        return float(count)
    if how == SINGLE:
        return total if count == 1 and size == 1 else inf
    if mixed:
        return inf
    if how == LOWEST:
        return bottom if bottom < below else below
    if count == 0 or missing > 0:
        return inf
    return top if how == HIGHEST else top - bottom if how == SPREAD else total if how == TOTAL else total / count


def make(stamp: int) -> Any:
    """The kernel. `stamp` is in its closure, which is in the key of numba's cache."""

    def fold(how: int, window: int, feature: int, measure: int, at_ms: int, points: Array, starts: Array, rows: Array,
             before: Array, scale: Array, after: Array, high: Array, low: Array, mixed: Array, S: Array, T: Array, C: Array,
             W1: Array, W2: Array, limit_ms: Array, floor_ms: Array, credit_ms: Array, credit_base: Array, expected: Array,
             stale: Array, out: Array, X: Array, lo: Array, hi: Array) -> int:  # fmt: skip
        """`lo` and `hi` of the rows of all groups that have members; returns when a member leaves by time alone."""
        if stamp == 0:
            return -1
        turn_ms = NEVER
        for group in range(rows.shape[0]):
            count, missing, total = 0, 0, 0.0
            top, bottom, above, below = -inf, inf, -inf, inf
            for k in range(starts[group], starts[group + 1]):
                p = points[k]
                leaves_ms = _leaves(p, at_ms, T, limit_ms, floor_ms, credit_ms, credit_base, expected, out)
                if leaves_ms < 0:
                    continue
                turn_ms = leaves_ms if leaves_ms < turn_ms else turn_ms
                silent = expected[p] != 0 and stale[p] != 0
                known = not silent and _value(p, window, feature, S, T, C, W1, W2, X)
                x = X[0, feature]
                if measure == VALUES:
                    x = (x + before[k]) * scale[k] + after[k]
                elif measure == DIFFERENCES:
                    x = x * scale[k]
                if not known or C[p, QUALITY] != GOOD:
                    missing += 1
                    if known and C[p, FLAGS] & FAILS != 0:
                        above = x if high[k] and x > above else above
                        below = x if low[k] and x < below else below
                    continue
                count += 1
                total += x
                top = x if x > top else top
                bottom = x if x < bottom else bottom
            g, size = rows[group], starts[group + 1] - starts[group]
            lo[g] = _low(how, size, mixed[group], count, missing, total, top, bottom, above)
            hi[g] = _high(how, size, mixed[group], count, missing, total, top, bottom, below)
        return turn_ms

    return fold


@cache
def folder(plain: bool) -> Any:
    """The kernel, as plain Python or as machine code."""
    if plain or not HAVE_COMPILER:
        return make(1)
    return compiled(make(source_stamp()))
