"""What wakes a rule over groups: a fact that it names changed, or something of a point that it reads.

Of a point everything counts that `kernel.py` looks at: a reading came, its flags or quality changed, it fell silent or was heard
again, somebody expects it or no longer does, a person took it out of service. What comes by time alone is known beforehand (`next_ms`
of a rule). So a rule that is not woken would answer as before, and a reading of today wakes it at the first tick after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.engine.desk import Desk
from streams.engine.groups.features import Changes
from streams.engine.groups.layout import Table
from streams.engine.groups.members import Series
from streams.engine.kernels.judge import Judge
from streams.engine.presence import Presence

TICK_MS = 1000


class Wakes:
    """Sleepers by number, each with the features that it hears and the series that it reads."""

    def __init__(self, sleepers: Sequence[tuple[Sequence[tuple[Table, str]], Sequence[Series]]]) -> None:
        self.out = np.zeros(0, np.uint8)  # points that a person took out of service
        self._hears: dict[tuple[Table, str], list[int]] = {}
        self._readers: dict[Series, list[int]] = {}
        for number, (names, series) in enumerate(sleepers):
            for name in names:
                self._hears.setdefault(name, []).append(number)
            for one in series:
                self._readers.setdefault(one, []).append(number)
        self._points = np.concatenate([s.points for s in self._readers]) if self._readers else np.zeros(0, np.int64)
        self._of = list(self._readers.values())
        self._starts = np.cumsum([0, *(len(s.points) for s in self._readers)])[:-1]
        self._before: NDArray[np.int64] | None = None

    def woken(self, desk: Desk, judge: Judge, silence: Presence, read: Changes, at_ms: int) -> set[int]:
        """Who has to look at this tick."""
        found: set[int] = set()
        for key in read:
            found.update(self._hears.get(key, ()))
        if self._of:
            moved = self._moved(desk, judge, silence, at_ms)
            if moved.any():
                for place in np.flatnonzero(np.logical_or.reduceat(moved[self._points], self._starts)).tolist():
                    found.update(self._of[place])
        return found

    def _moved(self, desk: Desk, judge: Judge, silence: Presence, at_ms: int) -> NDArray[np.bool_]:
        n = judge.points
        if len(self.out) != n or self.out.any() or desk.state.out_of_service:
            self.out = np.zeros(n, np.uint8)
            self.out[[p for p in desk.state.out_of_service if desk.point(p).out_until_ms > at_ms]] = 1
        now = judge.standing()
        now |= silence.stale[:n].astype(np.int64) << 1 | silence.expected[:n].astype(np.int64) << 2 | self.out
        moved: NDArray[np.bool_] = judge.last_log_ms > at_ms - TICK_MS
        if self._before is not None and len(self._before) == n:
            moved |= now != self._before
        self._before = now
        return moved
