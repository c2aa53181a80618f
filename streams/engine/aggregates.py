"""What is said at each minute of log time: point columns, online seconds, and the region sums for the roll-up."""

from __future__ import annotations

import numpy as np

from models.rollup import Sums, sums_of
from models.score import micro
from streams.domain.outputs import OnlineMinute, PointMinute, RegionClose
from streams.domain.scale import Level
from streams.engine import cameras, outages
from streams.engine.desk import Desk
from streams.engine.judge import Judge, PointMinuteColumns
from streams.engine.state import Site

MINUTE_MS = 60_000


def close_minute(desk: Desk, judge: Judge, minute_ms: int) -> None:
    """Say everything about the minute that begins at `minute_ms`, at the tick that ends it."""
    columns = judge.close_minute(minute_ms)
    _say_points(desk, columns)
    _say_enterprises(desk, columns)
    _say_cameras(desk, minute_ms)
    _say_regions(desk, minute_ms)


def _say_points(desk: Desk, columns: PointMinuteColumns) -> None:
    entries = [p for p in desk.state.points if not p.retired and not p.removed]
    if not entries:
        return
    rows = np.array([p.id for p in entries], np.int64)
    desk.voice.say_columns("points", PointMinute(
        at_ms=columns.minute_ms, enterprise=[p.enterprise for p in entries], source=[desk.source(p.source).code for p in entries],
        point=[p.code for p in entries], n=columns.n[rows].tolist(), mean=columns.mean[rows].tolist(),
        low=columns.low[rows].tolist(), high=columns.high[rows].tolist(), last=columns.last[rows].tolist(),
        good=columns.good[rows].tolist(), online_s=columns.online_s[rows].tolist(),
    ))  # fmt: skip


def _say_enterprises(desk: Desk, columns: PointMinuteColumns) -> None:
    """Online seconds of the points of each enterprise: due, online, and excused by a filed outage."""
    sites = [s for s in desk.state.sites.values() if not s.removed and not s.record.closed]
    at_ms = columns.minute_ms + MINUTE_MS
    online: list[int] = []
    due: list[int] = []
    filed: list[int] = []
    up: list[int] = []
    for site in sites:
        points = [p for p in (desk.point(i) for s in site.sources for i in desk.source(s).points) if not p.removed]
        seconds = columns.online_s[np.array([p.id for p in points], np.int64)]
        online.append(int(seconds.sum()))
        due.append(60 * len(points))
        filed.append(60 * sum(outages.excused(desk, p, at_ms) for p in points) if site.outages else 0)
        up.append(int(seconds.max()) if len(points) else 0)
    _say_online(desk, "enterprise", columns.minute_ms, sites, [s.code for s in sites], online, due, filed, up)


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
    if codes:
        desk.voice.say_columns(f"online-{of}", OnlineMinute(
            at_ms=minute_ms, of=of, region=[s.record.region for s in sites], enterprise=[s.code for s in sites], code=codes,  # type: ignore[arg-type]
            online_s=online, due_s=due, filed_s=filed, up_s=up,
        ))  # fmt: skip


def _say_regions(desk: Desk, minute_ms: int) -> None:
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
        online=[sum(not s.lost for s in members[r]) for r in regions],
    ))  # fmt: skip
