"""Filed outages, calibrations and drills (报备): they look ahead, name devices or points, end by themselves.

An outage excuses missing data only: values still alarm. It never covers gas detectors because production stopped. A calibration
makes one gas point an area harmless for at most an hour, unless something else agrees with it. A drill only tags.
"""

from __future__ import annotations

from streams.domain.messages import Outage
from streams.engine.desk import GASES, NEVER, Desk
from streams.engine.state import PointEntry, Site, Source
from streams.engine.state_papers import FiledOutage


def covered(desk: Desk, site: Site, outage: Outage) -> list[int]:
    """Points that the record names, by themselves or by their device."""
    devices, points = set(outage.devices), set(outage.points)
    found = []
    for source in site.sources:
        for point_id in desk.source(source).points:
            point = desk.point(point_id)
            if point.code in points or (point.device in devices and point.device):
                found.append(point_id)
    return found


def file(desk: Desk, site: Site, outage: Outage, at_ms: int) -> None:
    """Take a filed record; one that comes late covers only what is still ahead of it."""
    if outage.cancelled:
        if outage.id in site.outages:
            site.outages[outage.id].end_ms = min(site.outages[outage.id].end_ms, at_ms)
        return
    start_ms, end_ms = max(outage.start_at, at_ms), outage.end_at
    filed = FiledOutage(outage=outage, start_ms=start_ms, end_ms=end_ms, points=covered(desk, site, outage))
    if outage.kind == "calibration":
        problem = _calibration_problem(desk, site, filed, at_ms)
        if problem:
            filed.refused = True
            detail = {"id": outage.id, "problem": problem}
            desk.voice.finding(
                "calibration_refused", site.code, at_ms, subject=outage.id, region=site.record.region, detail=detail
            )
    site.outages[outage.id] = filed
    desk.filed.add(site.code)


def _calibration_problem(desk: Desk, site: Site, filed: FiledOutage, at_ms: int) -> str:
    signing = desk.policy(site.code).signing
    if filed.outage.start_at - at_ms < signing.calibration_ahead_s * 1000:
        return "filed_late"
    if filed.end_ms - filed.start_ms > signing.calibration_max_s * 1000:
        return "too_long"
    points = [desk.point(p) for p in filed.points]
    if not points or any(p.point.quantity not in GASES for p in points):
        return "not_gas"
    taken = [desk.point(p) for o in site.outages.values()
             if o.outage.kind == "calibration" and not o.refused and o.outage.id != filed.outage.id and o.state < 2
             and o.start_ms < filed.end_ms and filed.start_ms < o.end_ms for p in o.points]  # fmt: skip
    places = [(p.source, p.area) for p in (*points, *taken)]
    return "" if len(set(places)) == len(places) else "two_in_one_area"


def calibrating(desk: Desk, point: PointEntry, at_ms: int) -> bool:
    """Whether an accepted calibration of this point is running."""
    return any(
        o.outage.kind == "calibration" and not o.refused and o.start_ms <= at_ms < o.end_ms and point.id in o.points
        for o in desk.state.sites[point.enterprise].outages.values()
    )


def tests(desk: Desk, point: PointEntry, since_ms: int, at_ms: int) -> bool:
    """Whether what began at `since_ms` began in a calibration of this point that is still running: it may be the test itself.

    What was there before is none: filing a calibration lowers nothing.
    """
    return any(
        o.outage.kind == "calibration" and not o.refused and o.start_ms <= since_ms and at_ms < o.end_ms and point.id in o.points
        for o in desk.state.sites[point.enterprise].outages.values()
    )


def agreed(desk: Desk, source: Source, point: PointEntry) -> bool:
    """Whether another point or a camera of the area agrees with a point in calibration: then it is no test."""
    if any(not v.verified and not v.off_ms and _same(v.area, point.area) for v in source.videos.values()):
        return True
    return any(
        a.point != point.id and not a.off_ms and a.tier and _same(desk.point(a.point).area, point.area)
        and a.evidence in ("gas_1", "gas_2", "hh") for a in source.alarms.values()
    )  # fmt: skip


def _same(a: str, b: str) -> bool:
    return not a or not b or a == b


def drilled(desk: Desk, point: PointEntry, at_ms: int) -> bool:
    """Whether a running drill names this point. It tags what comes of it; it quiets nothing."""
    return any(
        o.outage.kind == "drill" and o.start_ms <= at_ms < o.end_ms and point.id in o.points
        for o in desk.state.sites[point.enterprise].outages.values()
    )


def excused(desk: Desk, point: PointEntry, at_ms: int) -> bool:
    """Whether missing data of this point are excused right now."""
    gas = point.point.quantity in GASES
    for o in desk.state.sites[point.enterprise].outages.values():
        if o.refused or not o.start_ms <= at_ms < o.end_ms or point.id not in o.points:
            continue
        if o.outage.kind == "calibration" or (o.outage.kind == "outage" and not gas):
            return True
    return False


def turn(desk: Desk, site: Site, at_ms: int) -> bool:
    """Start and end what is due; True when something changed. Called at each tick for sites with filed records."""
    changed = False
    for key in list(site.outages):
        o = site.outages[key]
        state = 0 if at_ms < o.start_ms else 1 if at_ms < o.end_ms else 2
        if state != o.state:
            o.state = state
            changed = True
        if state == 2:
            del site.outages[key]
    return changed


def next_turn(site: Site, at_ms: int) -> int:
    """When a filed record starts or ends next."""
    times = [t for o in site.outages.values() for t in (o.start_ms, o.end_ms) if t > at_ms]
    return min(times, default=NEVER)
