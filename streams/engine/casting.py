"""Where a deep well is in its cast: metal flows, metal freezes in the moulds after the platform stopped, or the cast is over.

Told by what is known of metal and platform, never by the water: water that goes while metal is in the mould is the deadliest moment, and
it must not look like the end of a cast. Speed zero alone ends nothing either, it may be an abort with full moulds. So a cast that was
seen is over when the platform has stood for the time that metal takes to freeze *and* the launder is known to be empty; where no launder
is measured, when the furnace is tilted back or the cast has its length; where none of these is measured, by that time alone.

A speed that nobody knows is never "not casting": the metal is assumed, except while the launder is known to be empty after the platform
was seen to stand: between casts none can have begun without metal there, and an end stays one, but does not get nearer to over.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streams.domain.registry import Point
from streams.engine.desk import Desk
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.quality import FAILS
from streams.engine.presence import Presence
from streams.engine.state import PointEntry, Source

LAUNDER = ("outlet", "table", "launder")
KNOWN_MS = 60_000


def tick(desk: Desk, silence: Presence, judge: Judge, source: Source, at_ms: int) -> None:
    """The phase at this second."""
    cast = source.cast
    before = cast.phase, cast.metal
    well = _Well(desk, silence, judge, source, at_ms)
    metal = well.metal()
    cast.metal = metal is True
    moving = well.moving()
    if moving or (moving is None and cast.phase == "ending" and metal is not False):
        cast.phase = "casting"
    elif moving is None and cast.phase == "ending":
        cast.still_ms = at_ms  # the launder is empty, so nothing pours; the time to freeze counts while it is known to stand
    elif moving is None:
        if (cast.phase == "over" and metal is not False) or (cast.phase == "" and well.heard()):
            cast.phase = "assumed"
    elif cast.phase == "" or (cast.phase == "assumed" and metal is False):
        cast.phase = "over"
    elif cast.phase in ("casting", "assumed"):
        cast.phase, cast.still_ms = "ending", at_ms
    elif cast.phase == "ending" and at_ms >= cast.still_ms + well.tiers.mould_freezes_s * 1000 and well.ended(metal):
        cast.phase = "over"
    if (cast.phase, cast.metal) != before:
        desk.touch(source.id)


class _Well:
    """What its points say now: True, False, or None where nobody knows."""

    def __init__(self, desk: Desk, silence: Presence, judge: Judge, source: Source, at_ms: int) -> None:
        self.silence, self.judge, self.at_ms = silence, judge, at_ms
        self.tiers = desk.policy(source.enterprise).tiers
        self.points = [desk.point(p) for p in source.points]

    def heard(self) -> bool:
        """Whether it has ever sent anything."""
        return any(self.judge.last_log_ms[e.id] for e in self.points)

    def moving(self) -> bool | None:
        speeds = self.of("speed", lambda p: p.role != "set")
        return self.some(speeds, lambda e: abs(self.value(e)) > self.tiers.cast_still_share * _span(e.point))

    def metal(self) -> bool | None:
        """Whether a launder holds metal."""
        return self.some(self.of("level", _of_metal), lambda e: self.share(e) > self.tiers.launder_empty_share)

    def ended(self, metal: bool | None) -> bool:
        """The controlled end, by the best witness that there is."""
        if metal is not None:
            return not metal
        tilts = self.of("position", lambda p: p.role == "tilt")
        lengths = self.of("position", lambda p: p.role in ("", "actual"))
        wanted = self.of("position", lambda p: p.role == "set")
        if any(self.known(e) and self.share(e) <= self.tiers.launder_empty_share for e in tilts):
            return True
        if any(self.known(a) and self.known(b) and self.value(a) >= self.value(b) for a in lengths for b in wanted):
            return True
        return not (self.of("level", _of_metal) or tilts or wanted)

    def of(self, quantity: str, which: Callable[[Point], bool]) -> list[PointEntry]:
        return [e for e in self.points if e.point.quantity == quantity and which(e.point)]

    def some(self, entries: list[PointEntry], holds: Callable[[PointEntry], bool]) -> bool | None:
        known = [e for e in entries if self.known(e)]
        if any(holds(e) for e in known):
            return True
        return False if entries and len(known) == len(entries) else None

    def value(self, entry: PointEntry) -> float:
        return float(self.judge.last_value[entry.id])

    def share(self, entry: PointEntry) -> float:
        return (self.value(entry) - entry.point.range_lo) / _span(entry.point)

    def known(self, entry: PointEntry) -> bool:
        """Heard of a short while ago, believable, and nobody holds the instrument in his hands. A flat zero is believable."""
        last, here = self.judge.last_log_ms, np.array([entry.id], np.int64)
        if not last[entry.id] or self.judge.flags[entry.id] & FAILS or entry.out_until_ms > self.at_ms:
            return False
        silent_ms = self.at_ms - int(self.silence.seen_ms(last, here)[0])
        return silent_ms <= max(KNOWN_MS, 3000.0 * entry.point.period_s)


def _span(point: Point) -> float:
    return point.range_hi - point.range_lo


def _of_metal(point: Point) -> bool:
    medium = point.medium.casefold()
    return "铝" in medium or "alumin" in medium or (not medium and point.role in LAUNDER)
