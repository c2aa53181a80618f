"""Combining minutes: sums of counties from all partitions become risk of every region. Pure, so that any owner gives the same.

Scope follows parent links of the registry, and Nemerow is taken over enterprises of a region directly, never over counties again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from models.rollup import Sums, combined, nemerow, worst_level
from streams.domain.log import Output
from streams.domain.outputs import RegionClose, RegionRisk, encode
from streams.domain.registry import Region
from streams.domain.scale import Level

MICRO = 1_000_000
PROVISIONAL_AFTER_MS = 90_000
_MOST_ANCESTORS = 8  # a loop of parents must not hang the roll-up

_close_decoder = msgspec.json.Decoder(RegionClose)
_region_decoder = msgspec.json.Decoder(Region)


@dataclass(slots=True)
class Minute:
    """What the partitions have said about one minute so far."""

    at_ms: int
    since_ms: int  # monotonic: when the first of them said it
    parts: dict[int, list[RegionClose]] = field(default_factory=dict)
    provisional: bool = False  # was said once already without all partitions


class Minutes:
    """Minutes that are not combined yet. A partition closes its minutes in order, so a closed one is closed for good."""

    def __init__(self, partitions: int, done_ms: int = -1) -> None:
        self._partitions = partitions
        self.done_ms = done_ms  # the last combined minute
        self._open: dict[int, Minute] = {}

    def add(self, close: RegionClose, now_ms: int) -> None:
        """A partition has closed a minute; what belongs to a combined minute was counted there."""
        if close.at_ms > self.done_ms:
            minute = self._open.setdefault(close.at_ms, Minute(close.at_ms, now_ms))
            minute.parts.setdefault(close.partition, []).append(close)

    def complete(self) -> list[Minute]:
        """Minutes that all partitions have closed, oldest first. They are done with."""
        done: list[Minute] = []
        for at_ms in sorted(self._open):
            minute = self._open[at_ms]
            if len(minute.parts) < self._partitions and not self._passed_by_all(at_ms):
                break
            done.append(self._open.pop(at_ms))
            self.done_ms = at_ms
        return done

    def overdue(self, now_ms: int) -> list[Minute]:
        """Minutes that still miss a partition after 90 s, each given once."""
        late = [m for m in self._open.values() if not m.provisional and now_ms - m.since_ms > PROVISIONAL_AFTER_MS]
        for minute in late:
            minute.provisional = True
        return sorted(late, key=lambda m: m.at_ms)

    def _passed_by_all(self, at_ms: int) -> bool:
        """Whether every partition has closed this minute or a later one: one that began its log later never closes this one."""
        closed = {p for m in self._open.values() if m.at_ms >= at_ms for p in m.parts}
        return len(closed) >= self._partitions


class Tree:
    """Regions by their parents, as the registry has them now."""

    def __init__(self) -> None:
        self._parent: dict[str, str | None] = {}

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """A record of the topic `registry`; all but regions is passed over."""
        name = (key or b"").decode(errors="replace")
        if not name.startswith("region/"):
            return
        code = name.removeprefix("region/")
        if value is None:
            self._parent.pop(code, None)
            return
        try:
            self._parent[code] = _region_decoder.decode(value).parent
        except msgspec.MsgspecError:
            return  # refused by decode, with a dead letter; what was known before stands

    def above(self, code: str) -> Iterable[str]:
        """`code` and all regions that it lies in."""
        seen: list[str] = []
        here: str | None = code
        while here is not None and here not in seen and len(seen) < _MOST_ANCESTORS:
            seen.append(here)
            here = self._parent.get(here)
        return seen


def decode_close(value: bytes) -> RegionClose:
    return _close_decoder.decode(value)


def region_risks(minute: Minute, tree: Tree, provisional: bool) -> list[Output]:
    """The minute of every region, in order of region codes."""
    sums: dict[str, list[Sums]] = {}
    worst: dict[str, tuple[int, str]] = {}
    for close in (close for _, closes in sorted(minute.parts.items()) for close in closes):
        for i, county in enumerate(close.region):
            part = _sums(close, i)
            for region in tree.above(county):
                sums.setdefault(region, []).append(part)
                worst[region] = max(worst.get(region, (-1, "")), (part.score_max, close.worst[i]))
    return [
        _risk(region, minute, combined(sums[region]), worst[region][1], provisional, len(minute.parts)) for region in sorted(sums)
    ]


def _sums(close: RegionClose, i: int) -> Sums:
    levels = (close.blue[i], close.yellow[i], close.orange[i], close.red[i])
    return Sums(close.enterprises[i], close.score_sum[i], close.score_max[i], levels)


def _risk(region: str, minute: Minute, total: Sums, worst: str, provisional: bool, partitions: int) -> Output:
    blue, yellow, orange, red = total.by_level
    risk = RegionRisk(
        region=region, at_ms=minute.at_ms, level=Level(worst_level(total.by_level)).code,
        score=nemerow(total.n, total.score_sum, total.score_max) / MICRO, enterprises=total.n, red=red, orange=orange, yellow=yellow,
        blue=blue, worst=worst, provisional=provisional, partitions=partitions,
    )  # fmt: skip
    return encode("region-risk", region, risk)


class Progress(msgspec.Struct, frozen=True):
    """What the roll-up's own transaction says beside its results: the last combined minute, and where to read on."""

    done_ms: int
    positions: Mapping[int, int]  # partition of region-close -> offset
