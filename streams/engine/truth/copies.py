"""Copied stretches: the marks of a point are compared with those that it had before (QUA-4).

A ring holds the marks of about a day. A mark that stands in the ring begins a run; each next mark that is also the next one in
the ring makes it longer, any other ends it. Noise cannot repeat four marks in a row: each stands for at least 31 changes. A signal
that repeats itself by nature is no copy: symbols with a period of up to 15 or without variety are not looked at.
Memory: a ring belongs to a point that has marks at all, so a detector that rests at zero has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from streams.engine.truth.kernel import SYMBOLS
from streams.engine.truth.table import Table

RING = 104
_LEAST = 4  # of 31 symbols: that many ups, downs, larger and smaller ones
_UPS = sum(1 << 2 * i for i in range(SYMBOLS))


class Copy(NamedTuple):
    """A run of marks that stood in the ring one after the other."""

    point: int
    at_ms: int
    began_ms: int  # of the copy
    earlier_ms: int  # of the stretch that it repeats
    marks: int


def varied(symbols: int) -> bool:
    """Whether the symbols tell a stretch from others: neither nearly constant nor periodic."""
    for bits in (symbols & _UPS, symbols >> 1 & _UPS):
        if not _LEAST <= bits.bit_count() <= SYMBOLS - _LEAST:
            return False
    return all(symbols >> 2 * lag != symbols & (1 << 2 * (SYMBOLS - lag)) - 1 for lag in range(1, SYMBOLS // 2 + 1))


def mark_of(symbols: int) -> int:
    """The mark that symbols make; 0 where they tell nothing."""
    return ((symbols ^ symbols >> 30) & 0xFFFF_FFFF or 1) if varied(symbols) else 0


class Copies:
    """Rings of marks, and the run that each point is in."""

    def __init__(self) -> None:
        self.rows = Table("truth.copies", {"row": (np.int32, 0, -1)})
        self.rings = Table("truth.rings", {
            "mark": (np.uint32, RING, 0), "minute": (np.int32, RING, 0), "next": (np.int32, 0, 0), "at": (np.int32, 0, -1),
            "run": (np.int32, 0, 0), "began": (np.int64, 0, 0), "earlier": (np.int64, 0, 0),
        })  # fmt: skip

    def take(self, point: int, mark: int, at_ms: int, least: int) -> Copy | None:
        """One mark of a point; a copy when it makes the run at least `least` long."""
        r = self.row(point)
        rings = self.rings
        ring, run, at = rings["mark"][r], int(rings["run"][r]), int(rings["at"][r])
        ahead = (at + 1) % RING
        if run and ring[ahead] == mark:
            run, at = run + 1, ahead
        else:
            found = np.flatnonzero(ring == mark)
            run, at = (1, int(found[-1])) if found.size else (0, -1)
            if run:
                rings["began"][r], rings["earlier"][r] = at_ms, int(rings["minute"][r, at]) * 60_000
        rings["run"][r], rings["at"][r] = run, at
        place = int(rings["next"][r])
        ring[place], rings["minute"][r, place] = mark, at_ms // 60_000
        rings["next"][r] = (place + 1) % RING
        if run < least:
            return None
        return Copy(point, at_ms, int(rings["began"][r]), int(rings["earlier"][r]), run)

    def row(self, point: int) -> int:
        if point >= self.rows.n:
            self.rows.grow(point + 1)
        row = int(self.rows["row"][point])
        if row < 0:
            row = self.rings.n
            self.rings.grow(row + 1)
            self.rows["row"][point] = row
        return row

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [*self.rows.snapshot(), *self.rings.snapshot()]

    def load(self, chunks: Mapping[str, bytes]) -> None:
        self.rows.load(chunks)
        self.rings.load(chunks)
