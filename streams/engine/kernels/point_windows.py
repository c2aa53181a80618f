"""The windows of one point: which it has, a reading into all of them, their features out. `windows.py` is one window."""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    DAY, DAY_COUNT, DAY_PANE_MS, DAY_PANES, HOUR_COUNT, LONG, LONG_COUNT, LONG_PANE_MS, LONG_PANES, SHORT, SHORT_COUNT,
    SHORT_PANE_MS, SHORT_PANES, TEN_COUNT, W_CLOSED, W_CLOSED_HOUR, X_10M, X_1H, X_1M, X_24H,
)  # fmt: skip
from streams.engine.kernels.windows import features, push, push_late, restart

Array = Any


@inner
def restart_windows(p: int, C: Array, W1: Array, W2: Array, R: Array) -> None:
    if C[p, SHORT] >= 0:
        restart(W1, C[p, SHORT], R, C[p, SHORT_PANES], SHORT_COUNT)
    if C[p, LONG] >= 0:
        restart(W2, C[p, LONG], R, C[p, LONG_PANES], C[p, LONG_COUNT])
    if C[p, DAY] >= 0:
        restart(W1, C[p, DAY], R, C[p, DAY_PANES], DAY_COUNT)


@inner
def late_into_windows(p: int, value: float, event: int, C: Array, W1: Array, W2: Array, R: Array) -> None:
    if C[p, SHORT] >= 0:
        push_late(W1, C[p, SHORT], R, C[p, SHORT_PANES], SHORT_COUNT, SHORT_COUNT, SHORT_PANE_MS, value, event)
    if C[p, LONG] >= 0:
        push_late(W2, C[p, LONG], R, C[p, LONG_PANES], C[p, LONG_COUNT], TEN_COUNT, LONG_PANE_MS, value, event)
    if C[p, DAY] >= 0:
        push_late(W1, C[p, DAY], R, C[p, DAY_PANES], DAY_COUNT, DAY_COUNT, DAY_PANE_MS, value, event)


@inner
def windowed(i: int, p: int, value: float, event: int, wants: int, C: Array, W1: Array, W2: Array, R: Array, X: Array) -> int:
    """Put the value into the windows of its point; their features into X; the validity bits back."""
    valid = 0
    row = C[p, SHORT]
    if row >= 0:
        push(W1, row, R, C[p, SHORT_PANES], SHORT_COUNT, SHORT_COUNT, SHORT_PANE_MS, value, event)
        valid |= features(X, i, X_1M, W1, row, W_CLOSED, 30_000, value, event, wants)
    row = C[p, LONG]
    if row >= 0:
        push(W2, row, R, C[p, LONG_PANES], C[p, LONG_COUNT], TEN_COUNT, LONG_PANE_MS, value, event)
        valid |= features(X, i, X_10M, W2, row, W_CLOSED, 300_000, value, event, wants)
        if C[p, LONG_COUNT] == HOUR_COUNT:
            valid |= features(X, i, X_1H, W2, row, W_CLOSED_HOUR, 1_800_000, value, event, wants)
    row = C[p, DAY]
    if row >= 0:
        push(W1, row, R, C[p, DAY_PANES], DAY_COUNT, DAY_COUNT, DAY_PANE_MS, value, event)
        valid |= features(X, i, X_24H, W1, row, W_CLOSED, 43_200_000, value, event, wants)
    return valid
