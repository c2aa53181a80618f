"""Rows that only some points need: windows, memories of conditions, features from outside. A point has what its rules ask for."""

# ruff: noqa: N803, N806 - state arrays keep the capital names of kernel_layout

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.kernels import layout as at
from streams.engine.rulecode import Aux, Plan

if TYPE_CHECKING:
    from streams.engine.kernels.state import State

Ids = NDArray[np.int64]


class Room(NamedTuple):
    """A window: its row in W1 or W2 and its ring of closed panes in R."""

    used: str  # counter of rows in `State`
    array: str
    row_at: int  # columns of C
    panes_at: int
    panes: int


ROOMS = {
    "short": Room("short", "W1", at.SHORT, at.SHORT_PANES, at.SHORT_COUNT),
    "ten": Room("long", "W2", at.LONG, at.LONG_PANES, at.TEN_COUNT),
    "hour": Room("long", "W2", at.LONG, at.LONG_PANES, at.HOUR_COUNT),
    "day": Room("short", "W1", at.DAY, at.DAY_PANES, at.DAY_COUNT),
}


def grown(array: NDArray[np.generic], rows: int, fill: float = 0) -> NDArray[np.generic]:
    """`array` with room for at least `rows` rows; doubling, so that adding points one by one stays linear."""
    if len(array) >= rows:
        return array
    bigger = np.full((max(rows, 2 * len(array), 64), *array.shape[1:]), fill, array.dtype)
    bigger[: len(array)] = array
    return bigger


def lay_windows(state: State, plan: Plan, ids: Ids) -> None:
    """Give the points the windows that their rules ask for, and take back others."""
    asked = {x: plan.wants >> x & (1 << at.WINDOW_FEATURES) - 1 != 0 for x in (at.X_1M, at.X_10M, at.X_1H, at.X_24H)}
    for name, wanted in (("short", asked[at.X_1M]), ("day", asked[at.X_24H])):
        changed = ids[(state.C[ids, ROOMS[name].row_at] >= 0) != wanted]
        if wanted:
            _take(state, name, changed)
        else:
            _give_back(state, name, changed)
    count = at.HOUR_COUNT if asked[at.X_1H] else at.TEN_COUNT if asked[at.X_10M] else 0
    has = np.where(state.C[ids, at.LONG] >= 0, state.C[ids, at.LONG_COUNT], 0)
    for name in ("ten", "hour"):
        size = ROOMS[name].panes
        _give_back(state, name, ids[(has == size) & (count != size)])
        if count == size:
            _take(state, name, ids[has != size])
            state.C[ids, at.LONG_COUNT] = count


def _take(state: State, name: str, ids: Ids) -> None:
    """Window rows and rings for these points, empty; those given back first."""
    room = ROOMS[name]
    free = [state.free[name].pop() for _ in range(min(len(ids), len(state.free[name])))]
    new = len(ids) - len(free)
    used = getattr(state, room.used)
    row = np.array([r for r, _ in free] + list(range(used, used + new)), np.int64)
    panes = np.array([r for _, r in free] + list(range(state.panes, state.panes + new * room.panes, room.panes)), np.int64)
    setattr(state, room.used, used + new)
    state.panes += new * room.panes
    W = grown(getattr(state, room.array), used + new)
    setattr(state, room.array, W)
    state.R = np.asarray(grown(state.R, state.panes), np.float64)
    W[row] = 0.0
    ring = (panes[:, None] + np.arange(room.panes)).ravel()
    state.R[ring] = 0.0
    state.R[ring, at.R_INDEX] = -1.0
    state.C[ids, room.row_at], state.C[ids, room.panes_at] = row, panes


def _give_back(state: State, name: str, ids: Ids) -> None:
    room = ROOMS[name]
    state.free[name] += zip(state.C[ids, room.row_at].tolist(), state.C[ids, room.panes_at].tolist(), strict=True)
    state.C[ids, room.row_at] = -1


def lay_memory(state: State, plan: Plan, fresh: Ids) -> None:
    """Cells of A and rows of E for these points, empty."""
    cells = sum(at.AUX_CELLS[aux.kind] for aux in plan.aux)
    state.C[fresh, at.AUX_BASE] = state.cells + np.arange(len(fresh)) * cells
    state.C[fresh, at.EXT_BASE] = state.outside + np.arange(len(fresh)) * len(plan.ext)
    state.cells += len(fresh) * cells
    state.outside += len(fresh) * len(plan.ext)
    state.A = np.asarray(grown(state.A, state.cells), np.int64)
    state.E = np.asarray(grown(state.E, state.outside), np.float64)
    for cell, aux in _cells(plan).values():
        if aux.kind == at.AUX_SINCE:
            state.A[state.C[fresh, at.AUX_BASE] + cell + at.A_LAST] = -1


def _cells(plan: Plan) -> dict[str, tuple[int, Aux]]:
    """Where in its block an aux stands, by key."""
    out: dict[str, tuple[int, Aux]] = {}
    cell = 0
    for aux in plan.aux:
        out[aux.key] = cell, aux
        cell += at.AUX_CELLS[aux.kind]
    return out


def carry_memory(state: State, old_plan: Plan, new_plan: Plan, old: NDArray[np.int32], ids: Ids, A: NDArray[np.int64],
                 E: NDArray[np.float64]) -> None:  # fmt: skip
    """What these points, with rows `old` of C until now, remember; of what the new rules ask for too."""
    before = _cells(old_plan)
    for key, (cell, aux) in _cells(new_plan).items():
        if key in before and before[key][1][1:3] == aux[1:3]:
            span = np.arange(at.AUX_CELLS[aux.kind])
            to = state.C[ids, at.AUX_BASE, None] + cell + span
            state.A[to] = A[old[:, at.AUX_BASE, None] + before[key][0] + span]
    for column, name in enumerate(new_plan.ext):
        if name in old_plan.ext:
            state.E[state.C[ids, at.EXT_BASE] + column] = E[old[:, at.EXT_BASE] + old_plan.ext.index(name)]


def gathered(base: NDArray[np.int32], counts: NDArray[np.int32]) -> tuple[Ids, Ids]:
    """Where the rows of each point begin when gathered one behind the other, and where all of them are now."""
    ends = np.cumsum(counts, dtype=np.int64)
    starts = ends - counts
    total = int(ends[-1]) if len(ends) else 0
    return starts, np.repeat(base.astype(np.int64) - starts, counts) + np.arange(total)


def outside_rows(state: State, ids: Ids) -> Ids:
    """The rows of E of these points."""
    if state.outside == 0:
        return np.zeros(0, np.int64)
    counts = np.array([len(state.book.of_class(k).ext) for k in range(len(state.tables.slots_of))], np.int32)
    return gathered(state.C[ids, at.EXT_BASE], counts[state.C[ids, at.CLASS]])[1]
