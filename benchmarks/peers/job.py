"""The small job, told once: data, limits, what must come out, and one reading after the other in plain Python.

500 sources of 20 points, one reading a point and second. Each point: HH, H, L, LL and the mean of a minute against a limit, each
believed after three samples in a row, and given up after three. Target of a source at the end of a second: 2 where any HH or LL is
believed, 1 where any H, L or mean is, else 0. Its level is the highest target of this second and the one before. What comes out is
(source, second, level) whenever the level differs from the one before.

The mean is over panes, the open one and the full ones before it. A pane has 5 s as the engine's minute has: one reading a second in
a pane of 1 s would be more work for everybody who keeps panes in Python, and none for the others.

Values are multiples of a quarter, so sums are exact in any order and no two engines can differ in the last bit.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SOURCES, POINTS = 500, 20
HH, H, L, LL, MEAN = 80.0, 60.0, 20.0, 10.0, 58.0123  # no mean of quarters is as near to MEAN as rounding reaches
SAMPLES = 3
PANE_S, PANES = 5, 12
FACTS = {"sources": float(SOURCES), "points": float(SOURCES * POINTS)}

Reading = tuple[str, int, int, float]  # source, point, second, value
Frame = tuple[str, int, list[float]]  # source, second, values of its points
Said = tuple[str, int, int]  # source, second, level


class Data(NamedTuple):
    """All readings as columns, second by second, source by source, point by point."""

    seconds: int
    value: NDArray[np.float64]  # shape (seconds, SOURCES * POINTS)

    def readings(self) -> list[Reading]:
        """The same as records, as engines that take one after the other are given them."""
        names = [f"S{i // POINTS}" for i in range(SOURCES * POINTS)]
        points = [i % POINTS for i in range(SOURCES * POINTS)]
        out: list[Reading] = []
        for second in range(self.seconds):
            out += zip(names, points, [second] * len(names), self.value[second].tolist(), strict=True)
        return out

    def frames(self) -> list[Frame]:
        """The same as one record a source and second."""
        rows = self.value.reshape(self.seconds, SOURCES, POINTS).tolist()
        return [(f"S{i}", second, values) for second, row in enumerate(rows) for i, values in enumerate(row)]

    @property
    def size(self) -> int:
        return int(self.value.size)


def data(readings: int, seed: int) -> Data:
    """A point drifts about its place; 3 % of the points leave it for a while, upwards or downwards, far or less far."""
    n = SOURCES * POINTS
    seconds = max(2, readings // n)
    rng = np.random.default_rng(seed)
    place = rng.uniform(35.0, 48.0, n)
    values = place + rng.normal(0.0, 2.0, (seconds, n))
    lively = np.flatnonzero(rng.random(n) < 0.03)
    for point in lively:
        for _ in range(max(1, seconds // 40)):
            start, length = int(rng.integers(0, seconds)), int(rng.integers(1, 40))
            values[start : start + length, point] += rng.choice([-36.0, -26.0, 18.0, 22.0, 40.0])
    return Data(seconds, np.round(np.clip(values, 0.0, 100.0) * 4.0) / 4.0)


class Point:
    """Believed or not, five times; the panes of a minute."""

    __slots__ = ("active", "busy", "closed", "count", "pane", "pane_count", "pane_total", "runs", "total")

    def __init__(self) -> None:
        self.busy = False  # anything believed, or on its way to be
        self.active = [False] * 5
        self.runs = [0] * 5
        self.pane = -1
        self.closed: deque[tuple[int, float, int]] = deque()
        self.pane_total, self.pane_count = 0.0, 0
        self.total, self.count = 0.0, 0  # of the closed panes of the window

    def mean(self, second: int, value: float) -> float:
        pane = second // PANE_S
        if pane != self.pane:
            if self.pane_count:
                self.closed.append((self.pane, self.pane_total, self.pane_count))
                self.total += self.pane_total
                self.count += self.pane_count
            while self.closed and self.closed[0][0] <= pane - PANES:
                _, total, count = self.closed.popleft()
                self.total -= total
                self.count -= count
            self.pane, self.pane_total, self.pane_count = pane, 0.0, 0
        self.pane_total += value
        self.pane_count += 1
        return (self.total + self.pane_total) / (self.count + self.pane_count)


class Source:
    """One source: what every engine that goes reading by reading keeps for a key."""

    __slots__ = ("before", "level", "name", "points", "second", "serious", "slight")

    def __init__(self, name: str) -> None:
        self.name = name
        self.points = [Point() for _ in range(POINTS)]
        self.second = -1
        self.serious = self.slight = 0  # how many conditions are believed
        self.before = self.level = 0

    def take(self, point: int, second: int, value: float) -> Said | None:
        """What the reading brings: the level of the second before, when it has ended and the level changed."""
        said = None
        if second != self.second:
            if self.second >= 0:
                said = self.ended()
            self.second = second
        p = self.points[point]
        mean = p.mean(second, value)
        if not p.busy and L < value < H and mean < MEAN:
            return said  # most readings: as quick as Python can be
        beyond = (value >= HH, value <= LL, value >= H, value <= L, mean >= MEAN)
        active = p.active
        for i in range(5):
            if beyond[i] == active[i]:
                p.runs[i] = 0
            else:
                p.runs[i] += 1
                if p.runs[i] == SAMPLES:
                    p.runs[i] = 0
                    active[i] = beyond[i]
                    change = 1 if active[i] else -1
                    if i < 2:
                        self.serious += change
                    else:
                        self.slight += change
        p.busy = any(active) or any(p.runs)
        return said

    def take_frame(self, second: int, values: list[float]) -> Said | None:
        """All readings of a second at once."""
        said = self.take(0, second, values[0])
        for point in range(1, len(values)):
            self.take(point, second, values[point])
        return said

    def ended(self) -> Said | None:
        """The second is over."""
        target = 2 if self.serious else 1 if self.slight else 0
        level = max(target, self.before)
        self.before = target
        if level == self.level:
            return None
        self.level = level
        return self.name, self.second, level


class Job:
    """All sources in one place, for engines that do not keep state by key themselves."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def take(self, reading: Reading) -> Said | None:
        name, point, second, value = reading
        source = self.sources.get(name)
        if source is None:
            source = self.sources[name] = Source(name)
        return source.take(point, second, value)

    def take_frame(self, frame: Frame) -> Said | None:
        name, second, values = frame
        source = self.sources.get(name)
        if source is None:
            source = self.sources[name] = Source(name)
        return source.take_frame(second, values)


def hashed(said: Iterable[Any], seconds: int) -> str:
    """Hash of what came out, in one order for everybody. The last second does not end for those who see readings only."""
    kept = sorted(tuple(s) for s in said if s[1] < seconds - 1)
    return hashlib.sha256(repr([(str(a), int(b), int(c)) for a, b, c in kept]).encode()).hexdigest()
