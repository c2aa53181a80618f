"""Pass (b0): what a point remembers of conditions, `since(condition)` and `for_share(condition, window)`, as features.

Only points whose rules ask have such memory, a few cells of A. It is causal and in event time: a reading says whether the
condition holds (raise), does not (clear), or nothing; what it says holds until the next reading. `for_share` adds that time up
in panes of integer milliseconds; a pause longer than three periods is time of which nothing is known, and the share is of what
is known, once that is half of the window. Conditions are answered without a band, else the band would be unknown time.

Late readings, and those that do not count in windows (broken, spikes, twins), say nothing and leave the memory as it is.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    ACT_LATE, ACT_RESET, ACT_SKIP, A_BEFORE, A_KNOWN, A_LAST, A_PANE, A_PANES, A_SAID, A_TRUE, AUX_BASE, AUX_CELL, AUX_CODE,
    AUX_END, AUX_KIND, AUX_SINCE, AUX_WINDOW, CLASS, EXT_BASE, GAP_MS, SAID_FALSE, SAID_NOTHING, SAID_TRUE, SHARE_PANES,
    TERM_BASE, X_AUX,
)  # fmt: skip
from streams.engine.kernels.rule_code import run
from streams.engine.kernels.quality import NOT_IN_WINDOWS

Array = Any


@inner
def shift(cell: int, kind: int, step: int, event: int, A: Array) -> None:
    """The event time of the point stepped back: moments move with it, panes would lie in the future."""
    if kind == AUX_SINCE:
        if A[cell + A_LAST] >= 0:
            A[cell + A_LAST] = max(0, A[cell + A_LAST] + step)
        return
    for i in range(A_PANES + 2 * SHARE_PANES):
        A[cell + i] = 0
    A[cell + A_BEFORE] = event


@inner
def open_pane(cell: int, pane: int, A: Array) -> None:
    """Make `pane` the newest one; what falls out of the window is taken off the sums."""
    newest = A[cell + A_PANE]
    if pane <= newest:
        return
    for index in range(max(newest + 1, pane - SHARE_PANES + 1), pane + 1):
        at = cell + A_PANES + 2 * (index % SHARE_PANES)
        A[cell + A_TRUE] -= A[at]
        A[cell + A_KNOWN] -= A[at + 1]
        A[at] = 0
        A[at + 1] = 0
    A[cell + A_PANE] = pane


@inner
def shared(cell: int, window: int, gap_ms: float, event: int, said: int, A: Array) -> None:
    """The time since the reading before, under what that one said, into its panes; then this reading."""
    width = window // SHARE_PANES
    before = A[cell + A_BEFORE]
    held = A[cell + A_SAID]
    if held != SAID_NOTHING and event - before <= gap_ms:
        t = max(before, event - window)
        while t < event:
            pane = t // width
            open_pane(cell, pane, A)
            end = min(event, (pane + 1) * width)
            at = cell + A_PANES + 2 * (pane % SHARE_PANES)
            if held == SAID_TRUE:
                A[at] += end - t
                A[cell + A_TRUE] += end - t
            A[at + 1] += end - t
            A[cell + A_KNOWN] += end - t
            t = end
    open_pane(cell, event // width, A)
    A[cell + A_BEFORE] = event
    A[cell + A_SAID] = said


def remember(n: int, point: Array, start: int, P: Array, C: Array, TH: Array, E: Array, A: Array, aux: Array, aux_at: Array,
             code: Array, X: Array, valid: Array, event: Array, flags: Array, act: Array, step: Array,
             stack: Array) -> None:  # fmt: skip
    """Readings 0..n of the chunk through the memories of their points; their features into X."""
    if aux_at[len(aux_at) - 1] == 0:
        return
    for o in range(n):
        if act[o] == ACT_SKIP or act[o] & ACT_LATE:
            continue
        p = point[start + o]
        k = C[p, CLASS]
        first = aux_at[k]
        for j in range(first, aux_at[k + 1]):
            cell = C[p, AUX_BASE] + aux[j, AUX_CELL]
            kind = aux[j, AUX_KIND]
            if act[o] & ACT_RESET:
                shift(cell, kind, step[o], event[o], A)
            counts = flags[o] & NOT_IN_WINDOWS == 0
            said = SAID_NOTHING
            if counts:
                r, c, _ = run(
                    o, aux[j, AUX_CODE], aux[j, AUX_END], C[p, TERM_BASE], C[p, EXT_BASE], code, TH, E, X, valid[o], stack
                )
                said = SAID_TRUE if r & 1 else SAID_FALSE if c & 1 else SAID_NOTHING
            column = X_AUX + j - first
            if kind == AUX_SINCE:
                if said == SAID_TRUE:
                    A[cell + A_LAST] = event[o]
                if A[cell + A_LAST] >= 0:
                    X[o, column] = (event[o] - A[cell + A_LAST]) / 1000.0
                    valid[o] |= 1 << column
                continue
            if counts:
                shared(cell, aux[j, AUX_WINDOW], P[p, GAP_MS], event[o], said, A)
            if 2 * A[cell + A_KNOWN] >= aux[j, AUX_WINDOW]:
                X[o, column] = A[cell + A_TRUE] / A[cell + A_KNOWN]
                valid[o] |= 1 << column
