"""What is said at each minute of log time: point columns, online seconds, and the region sums for the roll-up."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.rollup import Sums, sums_of
from models.score import micro
from streams.domain.log import Output
from streams.domain.outputs import OnlineMinute, PointMinute, RegionClose
from streams.domain.scale import Level
from streams.engine.desk import Desk
from streams.engine.kernels.judge import Judge, PointMinuteColumns
from streams.engine.site import cameras, outages
from streams.engine.state import Site

MINUTE_MS = 60_000
ROWS = 2000  # of a block of points: about 300 KB; a block that is larger still is halved
_NUMBERS = ("n", "mean", "low", "high", "last", "good", "online_s")


class Block(NamedTuple):
    """Registered points that share a record each minute; their names are encoded once for as long as the registry stays."""

    rows: NDArray[np.int64]
    names: dict[str, msgspec.Raw]


class SiteRows(NamedTuple):
    """Points of the enterprises, one after the other: `starts[i]` is where those of site i begin."""

    sites: list[Site]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]


class Minutes:
    """Says each minute. What it keeps follows from the registry and is made anew when that changes."""

    def __init__(self, desk: Desk, judge: Judge) -> None:
        self._desk = desk
        self._judge = judge
        self._layout = -1
        self._blocks: list[Block] = []
        self.columns: PointMinuteColumns  # of the minute that was closed last
        self._sites = SiteRows([], np.zeros(0, np.int64), np.zeros(0, np.int64))

    def close(self, minute_ms: int) -> None:
        """Say everything about the minute that begins at `minute_ms`, at the tick that ends it."""
        if self._layout != self._desk.layout:
            self._lay_out()
        columns = self.columns = self._judge.close_minute(minute_ms)
        for block in self._blocks:
            self._say_points(columns, block)
        self._say_enterprises(columns)
        _say_cameras(self._desk, minute_ms)
        _say_regions(self._desk, minute_ms, self._never_heard())

    def _never_heard(self) -> set[str]:
        """Enterprises of whose points not one ever reported: what is not there is not online."""
        sites, rows, starts = self._sites
        if not sites:
            return set()
        newest = _by_site(np.maximum, self._desk.judge.last_log_ms[rows], starts)
        return {s.code for s, heard_ms, n in zip(sites, newest, np.diff(starts).tolist(), strict=True) if n and not heard_ms}

    def _lay_out(self) -> None:
        desk = self._desk
        self._layout = desk.layout
        entries = [p for p in desk.state.points if not p.retired and not p.removed]
        self._blocks = []
        for first in range(0, len(entries), ROWS):
            part = entries[first : first + ROWS]
            names = {"enterprise": [p.enterprise for p in part], "source": [desk.source(p.source).code for p in part],
                     "point": [p.code for p in part]}  # fmt: skip
            rows = np.array([p.id for p in part], np.int64)
            self._blocks.append(Block(rows, {k: msgspec.Raw(msgspec.json.encode(v)) for k, v in names.items()}))
        sites = [s for s in desk.state.sites.values() if not s.removed and not s.record.closed]
        groups = [[p for i in s.sources for p in desk.source(i).points if not desk.point(p).removed] for s in sites]
        starts = np.cumsum([0, *(len(g) for g in groups)])
        self._sites = SiteRows(sites, np.array([p for g in groups for p in g], np.int64), starts.astype(np.int64))

    def _say_points(self, columns: PointMinuteColumns, block: Block) -> None:
        """A block as `PointMinute` encodes it, without making a list of 2,000 names each minute."""
        numbers = {name: getattr(columns, name)[block.rows].tolist() for name in _NUMBERS}
        fields: dict[str, Any] = {"at_ms": columns.minute_ms, **block.names, **numbers, "kind": "points"}
        value = msgspec.json.encode(fields)
        if len(value) <= self._desk.voice.limit_bytes:
            self._desk.voice.outputs.append(Output("aggregates", b"points", value))
        else:
            names: dict[str, Any] = {name: msgspec.json.decode(raw, type=list[str]) for name, raw in block.names.items()}
            self._desk.voice.say_columns("points", PointMinute(at_ms=columns.minute_ms, **names, **numbers))

    def _say_enterprises(self, columns: PointMinuteColumns) -> None:
        """Online seconds of the points of each enterprise: due, online, and excused by a filed outage."""
        sites, rows, starts = self._sites
        if not sites:
            return
        seconds = columns.online_s[rows]
        ends_ms = columns.minute_ms + MINUTE_MS
        online, up = _by_site(np.add, seconds, starts), _by_site(np.maximum, seconds, starts)
        due = (60 * np.diff(starts)).tolist()
        filed = [60 * sum(outages.excused(self._desk, self._desk.point(p), ends_ms) for p in rows[a:b].tolist()) if s.outages else 0
                 for s, a, b in zip(sites, starts, starts[1:], strict=False)]  # fmt: skip
        _say_online(self._desk, "enterprise", columns.minute_ms, sites, [s.code for s in sites], online, due, filed, up)


def _by_site(how: np.ufunc, seconds: NDArray[np.int64], starts: NDArray[np.int64]) -> list[int]:
    """Sum or maximum over the points of each site; 0 for a site without points."""
    result = np.zeros(len(starts) - 1, np.int64)
    some = np.flatnonzero(np.diff(starts))
    if some.size:
        result[some] = how.reduceat(seconds, starts[some])
    return [int(x) for x in result]


def _say_cameras(desk: Desk, minute_ms: int) -> None:
    end_ms = minute_ms + MINUTE_MS
    sites: list[Site] = []
    codes: list[str] = []
    online: list[int] = []
    filed: list[int] = []
    for site in desk.state.sites.values():
        excused = {c for o in site.outages.values() if o.start_ms <= end_ms < o.end_ms for c in o.outage.cameras}
        for code, camera in site.cameras.items():
            cameras.count_to(desk, camera, end_ms)
            if not camera.removed:
                sites.append(site)
                codes.append(code)
                online.append(min(60, round(camera.online_ms / 1000)))
                filed.append(60 if code in excused else 0)
            camera.online_ms = 0
    if codes:
        _say_online(desk, "camera", minute_ms, sites, codes, online, [60] * len(codes), filed, online)


def _say_online(desk: Desk, of: str, minute_ms: int, sites: list[Site], codes: list[str], online: list[int], due: list[int],
                filed: list[int], up: list[int]) -> None:  # fmt: skip
    desk.voice.say_columns(f"online-{of}", OnlineMinute(
        at_ms=minute_ms, of=of, region=[s.record.region for s in sites], enterprise=[s.code for s in sites], code=codes,  # type: ignore[arg-type]
        online_s=online, due_s=due, filed_s=filed, up_s=up,
    ))  # fmt: skip


def _say_regions(desk: Desk, minute_ms: int, never_heard: set[str]) -> None:
    """Sums of each county over the enterprises of this partition; an empty block too, so that the roll-up knows that we are done."""
    members: dict[str, list[Site]] = {}
    for site in desk.state.sites.values():
        if not site.removed and not site.record.closed:
            members.setdefault(site.record.region, []).append(site)
    regions = sorted(members)
    sums: list[Sums] = [sums_of((s.level, micro(s.score)) for s in members[r]) for r in regions]
    worst = [max(members[r], key=lambda s: (s.level, s.score, s.code)) for r in regions]
    desk.voice.say_columns(str(desk.state.partition), RegionClose(
        at_ms=minute_ms, partition=desk.state.partition, region=regions, enterprises=[s.n for s in sums],
        score_sum=[s.score_sum for s in sums], score_max=[s.score_max for s in sums], red=[s.by_level[Level.RED] for s in sums],
        orange=[s.by_level[Level.ORANGE] for s in sums], yellow=[s.by_level[Level.YELLOW] for s in sums],
        blue=[s.by_level[Level.BLUE] for s in sums], worst=[s.code for s in worst],
        online=[sum(not s.lost and s.code not in never_heard for s in members[r]) for r in regions],
    ))  # fmt: skip
