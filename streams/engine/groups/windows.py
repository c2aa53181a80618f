"""Windowed features of member points at a tick.

The panes are those of the kernels (`windows.py`); here the same numbers are read for many points at once, as of their last reading.
"""

# ruff: noqa: N806 - state arrays keep the capital names of kernel_layout

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.engine.kernels import layout as at
from streams.engine.kernels.state import State

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def windowed(state: State, points: Ints, feature: str, seconds: int) -> tuple[Floats, Bools]:
    """A feature of these points as of their last reading, and where it is known."""
    W, row, block, half_ms = _window(state, points, seconds)
    value, event_ms = state.S[points, at.VALUE], state.T[points, at.EVENT]
    known = (row >= 0) & (event_ms >= 0)
    w = W[np.where(known, row, 0)] if len(W) else np.zeros((len(points), at.W2_COLUMNS))
    known = known & (w[:, at.W_N] > 0.0)
    closed = w[:, block + at.A_N] > 0.0
    lo = np.where(closed, np.minimum(w[:, at.W_LO], w[:, block + at.A_LO]), w[:, at.W_LO])
    hi = np.where(closed, np.maximum(w[:, at.W_HI], w[:, block + at.A_HI]), w[:, at.W_HI])
    match feature:
        case "min":
            return lo, known
        case "max":
            return hi, known
        case "rise":
            return value - lo, known
        case "fall":
            return hi - value, known
        case "count":
            return w[:, at.W_N] + w[:, block + at.A_N], known
        case "mean" | "deviation":
            return _moments(w, block, closed, known, feature)
    first = np.where(closed, w[:, block + at.A_FIRST], w[:, at.W_FIRST])
    since_ms = event_ms - np.where(closed, w[:, block + at.A_FIRST_MS], w[:, at.W_FIRST_MS])
    known = known & (since_ms >= half_ms)
    delta = value - first
    return (delta if feature == "delta" else delta / np.where(known, since_ms, 1.0) * 1000.0), known


def _window(state: State, points: Ints, seconds: int) -> tuple[Floats, Ints, int, int]:
    """Array, rows of the points (-1 none), closed block, and how much of the window a change needs."""
    C = state.C
    if seconds == 60:
        return state.W1, C[points, at.SHORT].astype(np.int64), at.W_CLOSED, 30_000
    if seconds == 86_400:
        return state.W1, C[points, at.DAY].astype(np.int64), at.W_CLOSED, 43_200_000
    rows = C[points, at.LONG].astype(np.int64)
    if seconds == 600:
        return state.W2, rows, at.W_CLOSED, 300_000
    return state.W2, np.where(C[points, at.LONG_COUNT] == at.HOUR_COUNT, rows, -1), at.W_CLOSED_HOUR, 1_800_000


def _moments(w: Floats, block: int, closed: Bools, known: Bools, feature: str) -> tuple[Floats, Bools]:
    n = np.where(known, w[:, at.W_N] + w[:, block + at.A_N], 1.0)
    d = np.where(closed, w[:, block + at.A_MEAN] - w[:, at.W_SHIFT], 0.0)
    shifted = (w[:, at.W_SUM] + w[:, block + at.A_N] * d) / n
    if feature == "mean":
        return w[:, at.W_SHIFT] + shifted, known
    m2 = w[:, at.W_SQ] - (w[:, at.W_SUM] + w[:, block + at.A_N] * d) * shifted
    m2 = m2 + np.where(closed, w[:, block + at.A_M2] + w[:, block + at.A_N] * d * d, 0.0)
    return np.sqrt(np.maximum(m2, 0.0) / n), known & (n >= 2.0)
