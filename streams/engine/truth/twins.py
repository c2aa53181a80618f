"""Two points that send the same series: the marks of a point are looked for among those that others have just left (QUA-4).

A table of what was marked last, by the mark itself, is all that it needs; a mark that another point of the enterprise left a short
while ago begins a run with that point, each next one makes it longer, one that stands alone ends it. Marks know neither shift nor
factor, so a copy in other units is one too. Two instruments at one vessel have noises of their own and share no run. Only the later of
the two is named; which of them is real, a person must see. It is a finding and no flag: both values go on to count in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from streams.engine.truth.table import Table

SLOTS = 1 << 14


class Twin(NamedTuple):
    """A run of marks that another point had just before."""

    other: int
    began_ms: int
    marks: int


NONE = Twin(-1, 0, 0)


class Twins:
    """The last marks of everybody, and the run that each point is in; `row` is that of its ring."""

    def __init__(self) -> None:
        self.seen = Table("truth.seen", {"mark": (np.uint32, 0, 0), "point": (np.int32, 0, -1), "at": (np.int64, 0, 0)})
        self.runs = Table("truth.twins", {"other": (np.int32, 0, -1), "run": (np.int32, 0, 0), "began": (np.int64, 0, 0)})

    def take(self, point: int, row: int, mark: int, at_ms: int, within_ms: int, related: Callable[[int], bool]) -> Twin:
        """One mark of a point, and the run that it is in now. `related`: whether that other point may be named to it."""
        if not self.seen.n:
            self.seen.grow(SLOTS)
        if row >= self.runs.n:
            self.runs.grow(row + 1)
        marks, points, times = self.seen.whole("mark"), self.seen.whole("point"), self.seen.whole("at")
        slot = mark & SLOTS - 1
        other = int(points[slot]) if marks[slot] == mark and at_ms - int(times[slot]) <= within_ms else -1
        marks[slot], points[slot], times[slot] = mark, point, at_ms
        others = self.runs.whole("other")
        if other < 0 or other == point or not related(other):
            others[row] = -1
            return NONE
        run, began = self.runs.whole("run"), self.runs.whole("began")
        if other == others[row]:
            run[row] += 1
        else:
            run[row], others[row], began[row] = 1, other, at_ms
        return Twin(other, int(began[row]), int(run[row]))

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [*self.seen.snapshot(), *self.runs.snapshot()]

    def load(self, chunks: Mapping[str, bytes]) -> None:
        self.seen.load(chunks)
        self.runs.load(chunks)
