"""What a rule over groups remembers of each group: its delay, whether it is on, when something last held, how long it held.

Arrays by row, one set a rule. A snapshot holds only the rows that remember anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.engine.groups.numbers import Answer, Bools, Interval, Ints

IDLE, RISING, ON, FALLING = 0, 1, 2, 3
PANES = 10


class Since:
    """Of one `since`: whether it holds, and when it last did."""

    def __init__(self) -> None:
        self.held = np.zeros(0, np.uint8)  # 2 = it held, and nobody knows whether it still does
        self.last_ms = np.zeros(0, np.int64)

    def grow(self, rows: int) -> None:
        self.held, self.last_ms = _grown(self.held, rows), _grown(self.last_ms, rows)

    def seen(self, rows: Ints, answer: Answer, at_ms: int) -> Interval:
        """Seconds since it held: 0 while it does; unknown if it never did, and while nobody knows."""
        held, last_ms = self.held[rows], self.last_ms[rows]
        last_ms = np.where((held > 0) & answer.down, at_ms, last_ms)
        held = np.where(answer.up, 1, np.where(answer.down, 0, np.where(held > 0, 2, 0))).astype(np.uint8)
        self.held[rows], self.last_ms[rows] = held, last_ms
        ago = (at_ms - last_ms) / 1000.0
        known = (held == 1) | ((held == 0) & (last_ms > 0) & answer.down)
        value = np.where(held == 1, 0.0, ago)
        slope = np.where(known & (held == 0), 1.0, 0.0)
        return Interval(np.where(known, value, -np.inf), np.where(known, value, np.inf), slope)


class Share:
    """Of one `for_share`: seconds that it held and seconds in which that was known, in ten panes of the window."""

    def __init__(self) -> None:
        self.held = np.zeros((0, PANES), np.int32)
        self.known = np.zeros((0, PANES), np.int32)
        self.pane = 0  # number of the open pane
        self.ticks = 0  # seconds in it

    def grow(self, rows: int) -> None:
        self.held, self.known = _grown(self.held, rows), _grown(self.known, rows)

    def seen(self, answer: Answer, at_ms: int, seconds: int) -> Interval:
        """All rows at once: the share is between what held for certain and what may have."""
        pane_ms = seconds * 1000 // PANES
        pane = at_ms // pane_ms
        if pane != self.pane:
            for number in range(max(self.pane + 1, pane - PANES + 1), pane + 1):
                self.held[:, number % PANES] = self.known[:, number % PANES] = 0
            self.pane, self.ticks = pane, 0
        self.ticks += 1
        here = pane % PANES
        self.held[:, here] += answer.up
        self.known[:, here] += answer.up | answer.down
        covered = float((PANES - 1) * (pane_ms // 1000) + self.ticks)
        held, known = self.held.sum(axis=1), self.known.sum(axis=1)
        return Interval(held / covered, np.minimum((held + np.maximum(covered - known, 0.0)) / covered, 1.0))


class Memory:
    """One rule: state and begin of the running delay by row; when to look again by itself."""

    def __init__(self, places: Iterable[str], shares: Iterable[str]) -> None:
        self.state = np.zeros(0, np.uint8)
        self.from_ms = np.zeros(0, np.int64)
        self.next_ms = np.zeros(0, np.int64)
        self.busy = False  # whether any row is not at rest
        self.shares = {place: Share() for place in sorted(shares)}
        self.since = {place: Since() for place in sorted(places) if place not in self.shares}

    def grow(self, rows: int) -> None:
        self.state, self.from_ms, self.next_ms = (_grown(a, rows) for a in (self.state, self.from_ms, self.next_ms))
        for since in self.since.values():
            since.grow(rows)
        for share in self.shares.values():
            share.grow(rows)

    def advance(self, rows: Ints, answer: Answer, denied: Bools, on_ms: int, off_ms: int, at_ms: int) -> tuple[Ints, Ints]:
        """One look at some rows: which went on, which went off. Between the two answers a delay goes on running, as at points;
        where the condition is `denied` one that is not through starts again."""
        state, from_ms = self.state[rows], self.from_ms[rows]
        up, down = answer
        idle, rising = state == IDLE, state == RISING
        on, falling = state == ON, state == FALLING
        starts, stays = idle & up, rising & ~denied
        due_on, due_off = at_ms - from_ms >= on_ms, at_ms - from_ms >= off_ms
        new = np.where(starts, RISING, np.where(rising & denied, IDLE, state))
        new = np.where(on & down, FALLING, np.where(falling & ~down, ON, new))
        begun = starts | (on & down)
        from_ms = np.where(begun, at_ms, from_ms)
        went_on = (stays & due_on) | (starts & (on_ms <= 0))
        went_off = (falling & down & due_off) | (on & down & (off_ms <= 0))
        new = np.where(went_on, ON, np.where(went_off, IDLE, new)).astype(np.uint8)
        self.state[rows] = new
        self.busy = bool(self.state.any())
        self.from_ms[rows] = np.where((new == RISING) | (new == FALLING), from_ms, 0)
        return rows[went_on], rows[went_off]

    def due_ms(self, rows: Ints, on_ms: int, off_ms: int) -> Ints:
        """When the delays of these rows run out; far ahead where none runs."""
        state, from_ms = self.state[rows], self.from_ms[rows]
        far = np.int64(1 << 61)
        return np.where(state == RISING, from_ms + on_ms, np.where(state == FALLING, from_ms + off_ms, far))

    # --- snapshot

    def pack(self) -> bytes:
        rows = np.flatnonzero(self.state).astype(np.int64)
        kept: dict[str, object] = {
            "rows": rows.tobytes(),
            "state": self.state[rows].tobytes(),
            "from": self.from_ms[rows].tobytes(),
        }
        for place, since in self.since.items():
            some = np.flatnonzero((since.held > 0) | (since.last_ms > 0)).astype(np.int64)
            kept[f"since:{place}"] = [some.tobytes(), since.held[some].tobytes(), since.last_ms[some].tobytes()]
        for place, share in self.shares.items():
            some = np.flatnonzero(share.known.any(axis=1)).astype(np.int64)
            kept[f"share:{place}"] = [
                some.tobytes(),
                share.held[some].tobytes(),
                share.known[some].tobytes(),
                share.pane,
                share.ticks,
            ]
        return msgspec.msgpack.encode(kept)

    def unpack(self, data: bytes, rows: int) -> None:
        kept = msgspec.msgpack.decode(data)
        self.grow(rows)
        some = _ints(kept["rows"])
        self.state[some] = np.frombuffer(kept["state"], np.uint8)
        self.from_ms[some] = _ints(kept["from"])
        self.busy = len(some) > 0
        for place, since in self.since.items():
            some = _ints(kept[f"since:{place}"][0])
            since.held[some] = np.frombuffer(kept[f"since:{place}"][1], np.uint8)
            since.last_ms[some] = _ints(kept[f"since:{place}"][2])
        for place, share in self.shares.items():
            ids, held, known, share.pane, share.ticks = kept[f"share:{place}"]
            some = _ints(ids)
            share.held[some] = np.frombuffer(held, np.int32).reshape(-1, PANES)
            share.known[some] = np.frombuffer(known, np.int32).reshape(-1, PANES)

    def take_over(self, before: Memory) -> None:
        """State goes along by rule, memory by the text of its call."""
        self.state, self.from_ms, self.next_ms = before.state, before.from_ms, before.next_ms
        self.busy = before.busy
        self.since.update({place: before.since[place] for place in self.since.keys() & before.since.keys()})
        self.shares.update({place: before.shares[place] for place in self.shares.keys() & before.shares.keys()})


def _ints(data: bytes) -> NDArray[np.int64]:
    return np.frombuffer(data, np.int64)


def _grown(array: NDArray[Any], rows: int) -> NDArray[Any]:
    if len(array) >= rows:
        return array
    more = np.zeros((rows - len(array), *array.shape[1:]), array.dtype)
    return np.concatenate([array, more])
