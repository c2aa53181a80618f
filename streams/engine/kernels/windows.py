"""Windows as panes: 1 min = 12 panes of 5 s; 10 min and 1 h share panes of 1 min; 24 h = 96 panes of 15 min.

A reading moves only the open pane; when a pane closes, the closed ones are combined once, from oldest to newest. So a window
at event time t covers the open pane and the full panes before it: between 55 and 60 s, 9 and 10 min,
59 and 60 min, 23:45 and 24 h.

The open pane keeps n, the sum and the sum of squares of (value - shift), with the mean of the closed panes as shift, else its
first value: no division a reading, and no cancellation worth the name, for the shift lies inside the data. Closed panes keep
mean and M2 and are combined in two passes, about their common mean.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from math import sqrt
from typing import Any

from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    A_FIRST, A_FIRST_MS, A_HI, A_LO, A_M2, A_MEAN, A_N, F_COUNT, F_DELTA, F_DEVIATION, F_FALL, F_MAX, F_MEAN, F_MIN, F_RATE, F_RISE,
    R_FIRST, R_FIRST_MS, R_HI, R_INDEX, R_LO, R_M2, R_MEAN, R_N, W_CLOSED, W_CLOSED_HOUR, W_END, W_FIRST, W_FIRST_MS, W_HI,
    W_LO, W_N, W_SHIFT, W_SQ, W_SUM,
)  # fmt: skip

Array = Any  # numpy arrays; kernels are checked by numba's own types


@inner
def lower(a: float, b: float) -> float:
    """min, but the same for -0.0 and 0.0 in both ways of running."""
    return b if b < a else a


@inner
def higher(a: float, b: float) -> float:
    return b if b > a else a


@inner
def combine(W: Array, row: int, block: int, R: Array, base: int, count: int, oldest: int, open_index: int) -> None:
    """Closed panes [oldest, open_index) of the ring at `base` -> the closed block of W."""
    n = 0.0
    shift = 0.0
    total = 0.0
    lo = 0.0
    hi = 0.0
    first = 0.0
    first_ms = 0.0
    start = oldest % count
    at = start
    for index in range(oldest, open_index):
        r = base + at
        at += 1
        if at == count:
            at = 0
        if R[r, R_INDEX] != index:
            continue
        if n == 0.0:
            shift = R[r, R_MEAN]
            lo = R[r, R_LO]
            hi = R[r, R_HI]
            first = R[r, R_FIRST]
            first_ms = R[r, R_FIRST_MS]
        else:
            lo = lower(lo, R[r, R_LO])
            hi = higher(hi, R[r, R_HI])
        n += R[r, R_N]
        total += R[r, R_N] * (R[r, R_MEAN] - shift)
    mean = 0.0
    m2 = 0.0
    if n > 0.0:
        mean = shift + total / n
        at = start
        for index in range(oldest, open_index):
            r = base + at
            at += 1
            if at == count:
                at = 0
            if R[r, R_INDEX] == index:
                d = R[r, R_MEAN] - mean
                m2 += R[r, R_M2] + R[r, R_N] * d * d
    W[row, block + A_N] = n
    W[row, block + A_MEAN] = mean
    W[row, block + A_M2] = m2
    W[row, block + A_LO] = lo
    W[row, block + A_HI] = hi
    W[row, block + A_FIRST] = first
    W[row, block + A_FIRST_MS] = first_ms


@inner
def combine_all(W: Array, row: int, R: Array, base: int, count: int, short: int, open_index: int) -> None:
    """All closed blocks of one window row: `short` panes in the first block, the whole ring in the second if it is longer."""
    combine(W, row, W_CLOSED, R, base, count, open_index - short + 1, open_index)
    if count > short:
        combine(W, row, W_CLOSED_HOUR, R, base, count, open_index - count + 1, open_index)


@inner
def close_pane(W: Array, row: int, R: Array, base: int, count: int, width: int) -> None:
    """The open pane as a closed one, into its place in the ring."""
    n = W[row, W_N]
    if n > 0.0:
        index = int(W[row, W_END]) // width - 1
        r = base + index % count
        total = W[row, W_SUM]
        m2 = W[row, W_SQ] - total * total / n
        R[r, R_INDEX] = index
        R[r, R_N] = n
        R[r, R_MEAN] = W[row, W_SHIFT] + total / n
        R[r, R_M2] = m2 if m2 > 0.0 else 0.0
        R[r, R_LO] = W[row, W_LO]
        R[r, R_HI] = W[row, W_HI]
        R[r, R_FIRST] = W[row, W_FIRST]
        R[r, R_FIRST_MS] = W[row, W_FIRST_MS]


@inner
def push(W: Array, row: int, R: Array, base: int, count: int, short: int, width: int, value: float, event_ms: int) -> None:
    """One reading in event order."""
    if event_ms >= W[row, W_END]:
        close_pane(W, row, R, base, count, width)
        index = event_ms // width
        W[row, W_END] = (index + 1) * width
        W[row, W_N] = 0.0
        combine_all(W, row, R, base, count, short, index)
    n = W[row, W_N]
    if n == 0.0:
        shift = W[row, W_CLOSED + A_MEAN] if W[row, W_CLOSED + A_N] > 0.0 else value
        W[row, W_SHIFT] = shift
        d = value - shift
        W[row, W_N] = 1.0
        W[row, W_SUM] = d
        W[row, W_SQ] = d * d
        W[row, W_LO] = value
        W[row, W_HI] = value
        W[row, W_FIRST] = value
        W[row, W_FIRST_MS] = event_ms
        return
    d = value - W[row, W_SHIFT]
    W[row, W_N] = n + 1.0
    W[row, W_SUM] += d
    W[row, W_SQ] += d * d
    W[row, W_LO] = lower(W[row, W_LO], value)
    W[row, W_HI] = higher(W[row, W_HI], value)


@inner
def push_late(W: Array, row: int, R: Array, base: int, count: int, short: int, width: int, value: float, event_ms: int) -> None:
    """A reading older than the newest one: into the pane of its event time, if a window still covers it."""
    open_index = int(W[row, W_END]) // width - 1
    index = event_ms // width
    if W[row, W_END] == 0.0 or index > open_index or index <= open_index - count:
        return
    if index == open_index and W[row, W_N] > 0.0:
        d = value - W[row, W_SHIFT]
        W[row, W_N] += 1.0
        W[row, W_SUM] += d
        W[row, W_SQ] += d * d
        W[row, W_LO] = lower(W[row, W_LO], value)
        W[row, W_HI] = higher(W[row, W_HI], value)
        if event_ms < W[row, W_FIRST_MS]:
            W[row, W_FIRST] = value
            W[row, W_FIRST_MS] = event_ms
        return
    r = base + index % count
    if R[r, R_INDEX] != index:
        R[r, R_INDEX] = index
        R[r, R_N] = 1.0
        R[r, R_MEAN] = value
        R[r, R_M2] = 0.0
        R[r, R_LO] = value
        R[r, R_HI] = value
        R[r, R_FIRST] = value
        R[r, R_FIRST_MS] = event_ms
    else:
        R[r, R_N] += 1.0
        d = value - R[r, R_MEAN]
        R[r, R_MEAN] += d / R[r, R_N]
        R[r, R_M2] += d * (value - R[r, R_MEAN])
        R[r, R_LO] = lower(R[r, R_LO], value)
        R[r, R_HI] = higher(R[r, R_HI], value)
        if event_ms < R[r, R_FIRST_MS]:
            R[r, R_FIRST] = value
            R[r, R_FIRST_MS] = event_ms
    combine_all(W, row, R, base, count, short, open_index)


@inner
def restart(W: Array, row: int, R: Array, base: int, count: int) -> None:
    """Forget everything: the event time of the point stepped back, so its panes would lie in the future."""
    for column in range(W.shape[1]):
        W[row, column] = 0.0
    for r in range(base, base + count):
        R[r, R_INDEX] = -1.0


@inner
def features(X: Array, i: int, at: int, W: Array, row: int, block: int, half_ms: int, value: float, event_ms: int,
             wants: int) -> int:  # fmt: skip
    """The features of one window at reading i into X[i, at:at + 9]; returns the validity bits, already in place."""
    wants >>= at
    closed_n = W[row, block + A_N]
    n = W[row, W_N] + closed_n
    X[i, at + F_COUNT] = n
    valid = 1 << (at + F_COUNT)
    if wants & (1 << F_MIN | 1 << F_MAX | 1 << F_RISE | 1 << F_FALL):
        lo = W[row, W_LO]
        hi = W[row, W_HI]
        if closed_n > 0.0:
            lo = lower(lo, W[row, block + A_LO])
            hi = higher(hi, W[row, block + A_HI])
        X[i, at + F_MIN] = lo
        X[i, at + F_MAX] = hi
        X[i, at + F_RISE] = value - lo
        X[i, at + F_FALL] = hi - value
        valid |= (1 << F_MIN | 1 << F_MAX | 1 << F_RISE | 1 << F_FALL) << at
    if wants & (1 << F_MEAN | 1 << F_DEVIATION):
        d = 0.0
        total = W[row, W_SUM]
        if closed_n > 0.0:
            d = W[row, block + A_MEAN] - W[row, W_SHIFT]
            total += closed_n * d
        shifted = total / n
        X[i, at + F_MEAN] = W[row, W_SHIFT] + shifted
        valid |= 1 << (at + F_MEAN)
        if n >= 2.0 and wants & 1 << F_DEVIATION:
            m2 = W[row, W_SQ] - total * shifted
            if closed_n > 0.0:
                m2 += W[row, block + A_M2] + closed_n * d * d
            X[i, at + F_DEVIATION] = sqrt(m2 / n) if m2 > 0.0 else 0.0
            valid |= 1 << (at + F_DEVIATION)
    if wants & (1 << F_RATE | 1 << F_DELTA):
        of = block + A_FIRST if closed_n > 0.0 else W_FIRST
        first = W[row, of]
        first_ms = W[row, of + 1]  # A_FIRST_MS, W_FIRST_MS
        if event_ms - first_ms >= half_ms:
            X[i, at + F_DELTA] = value - first
            X[i, at + F_RATE] = (value - first) / (event_ms - first_ms) * 1000.0
            valid |= (1 << F_RATE | 1 << F_DELTA) << at
    return valid
