"""The registry inside the log: who and what is watched, changed at a definite place. Ids are given once and never reused.

Tightening acts at once. Whatever would relax (a higher limit, a removed point, a milder grade) is judged together with what was in
force, the strictest counts, until the direct supervisor confirms it. A removed point excuses missing data, never its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from streams.domain.columns import RegistryChange
from streams.domain.registry import SITE, Camera, Device, Enterprise, HazardSource, Park, Point, Region
from streams.domain.scale import Grade
from streams.engine.desk import Desk
from streams.engine.kernels.points import PointSpec
from streams.engine.matrix import standing
from streams.engine.parameters_strict import strictest as strictest_numbers
from streams.engine.relaxing import comparable, strictest
from streams.engine.site.management import regions_above
from streams.engine.state import PointEntry, Site, Source
from streams.engine.state_papers import CameraState

Kept = TypeVar("Kept", Region, Park)


def spec_of(desk: Desk, entry: PointEntry) -> PointSpec:
    """The point as the kernels need it, with its effective limits."""
    source, p = desk.source(entry.source), entry.point
    limits = p.limits
    return PointSpec(
        id=entry.id, quantity=p.quantity, profile=desk.state.sites[entry.enterprise].record.profile, source_kind=source.kind,
        danger=p.danger, unit=p.unit, range_lo=p.range_lo, range_hi=p.range_hi, resolution=p.resolution, deadband=p.deadband,
        on_delay_s=p.on_delay_s, off_delay_s=p.off_delay_s, period_s=p.period_s, rate_max=p.rate_max,
        ll=limits.ll, l=limits.l, h=limits.h, hh=limits.hh, medium=p.medium, role=p.role,
        grade=Grade(source.column).code, device=_device_kind(desk, source, entry), chemicals=tuple(source.substances),
    )  # fmt: skip


def _device_kind(desk: Desk, source: Source, entry: PointEntry) -> str:
    devices = source.record.devices if source.record is not None else desk.state.sites[entry.enterprise].record.devices
    return next((d.kind for d in devices if d.code == entry.device), "")


def _substances(hazard: HazardSource | None) -> set[str]:
    """Names and CAS numbers of its chemicals, as rules select by them."""
    given = hazard.chemicals if hazard is not None else ()
    return {word.casefold() for c in given for word in (c.name.strip(), c.cas.strip()) if word}


def _selected_by(spec: PointSpec) -> tuple[object, ...]:
    """What of a point's surroundings decides which rules it has."""
    return spec.profile, spec.source_kind, spec.device, spec.grade, spec.chemicals


def _specs(desk: Desk, sources: Iterable[int]) -> dict[int, PointSpec]:
    return {p: spec_of(desk, desk.point(p)) for s in sources for p in desk.source(s).points}


def _elsewhere(desk: Desk, before: dict[int, PointSpec], sources: Iterable[int]) -> list[int]:
    """Points that stay what they were while what is around them changed."""
    now = _specs(desk, sources)
    return [p for p, spec in now.items() if p in before and _selected_by(spec) != _selected_by(before[p])]


def apply(desk: Desk, change: RegistryChange, at_ms: int, mine: bool) -> list[PointSpec]:
    """Take a registry record at its place in the log; returns the points to define. `mine`: this partition keeps the enterprise."""
    kind, _, code = change.key.partition("/")
    record = change.record
    if kind == "region" or isinstance(record, Region):
        _keep(desk.state.regions, code, record if isinstance(record, Region) else None)
    elif kind == "park" or isinstance(record, Park):
        _keep(desk.state.parks, code, record if isinstance(record, Park) else None)
    elif mine and isinstance(record, Enterprise):
        return _enterprise(desk, record, at_ms)
    elif mine and record is None and code in desk.state.sites:
        return _removed(desk, desk.state.sites[code], at_ms)
    return []


def _keep(table: dict[str, Kept], code: str, record: Kept | None) -> None:
    if record is None:
        table.pop(code, None)
    else:
        table[code] = record


def _enterprise(desk: Desk, record: Enterprise, at_ms: int) -> list[PointSpec]:
    site = desk.state.sites.get(record.code)
    if site is None:
        site = desk.state.sites[record.code] = Site(code=record.code, record=record, sources=[], since_ms=at_ms)
        _new_source(desk, site, f"{record.code}-{SITE}", record.name, "site", None, at_ms)
    before = _specs(desk, site.sources)
    site.record, site.removed = record, False
    site_source = desk.site_source(site)
    site_source.name = record.name
    seen: set[int] = set()
    changed: list[int] = list(_devices(desk, site, site_source, record.devices, seen, at_ms))
    kept = {site_source.id}
    for hazard in record.sources:
        source = _source(desk, site, hazard, at_ms)
        kept.add(source.id)
        changed += _devices(desk, site, source, hazard.devices, seen, at_ms)
    for source_id in site.sources:
        desk.source(source_id).removed = source_id not in kept or record.closed
    _missing(desk, site, seen, record.closed, at_ms)
    for source_id in site.sources:
        _guards(desk, site, desk.source(source_id))
    _cameras(desk, site, record)
    restand(desk, site, at_ms)
    changed += _elsewhere(desk, before, site.sources)
    desk.touch_site(site)
    return [spec_of(desk, desk.point(p)) for p in dict.fromkeys(changed)]


def _removed(desk: Desk, site: Site, at_ms: int) -> list[PointSpec]:
    site.removed = True
    for source_id in site.sources:
        desk.source(source_id).removed = True
    _missing(desk, site, set(), True, at_ms)
    for camera in site.cameras.values():
        camera.removed = True
    desk.touch_site(site)
    return []


def _new_source(desk: Desk, site: Site, code: str, name: str, kind: str, record: HazardSource | None, at_ms: int) -> Source:
    source = Source(
        id=len(desk.state.sources),
        code=code,
        name=name,
        enterprise=site.code,
        kind=kind,
        record=record,
        since_ms=at_ms,
        substances=sorted(_substances(record)),
    )
    desk.state.sources.append(source)
    desk.source_ids[(site.code, code)] = source.id
    site.sources.append(source.id)
    _sort_out(desk, source)
    return source


def _source(desk: Desk, site: Site, hazard: HazardSource, at_ms: int) -> Source:
    found = desk.source_named(site, hazard.code)
    if found is None or not hazard.code:
        return _new_source(desk, site, hazard.code, hazard.name, hazard.kind, hazard, at_ms)
    found.name, found.kind, found.record = hazard.name, hazard.kind, hazard
    found.substances = sorted({*found.substances, *_substances(hazard)})  # one that is gone selects rules until it is confirmed
    _sort_out(desk, found)
    return found


def _sort_out(desk: Desk, source: Source) -> None:
    (desk.casting.add if source.kind == "casting_well" else desk.casting.discard)(source.id)


def _devices(desk: Desk, site: Site, source: Source, devices: Iterable[Device], seen: set[int], at_ms: int) -> Iterator[int]:
    """Define the points of `devices`; yields those whose definition in force is new or changed."""
    for device in devices:
        for point in device.points:
            area = point.area or device.area
            entry_id = desk.point_named(site.code, point.code)
            if entry_id < 0:
                entry_id = len(desk.state.points)
                desk.state.points.append(PointEntry(id=entry_id, code=point.code, enterprise=site.code, source=source.id,
                                                    device=device.code, area=area, point=point, since_ms=at_ms))  # fmt: skip
                desk.point_ids[(site.code, point.code)] = entry_id
                source.points.append(entry_id)
                yield entry_id
            elif entry_id not in seen and _redefine(desk, site, desk.point(entry_id), source, device.code, area, point, at_ms):
                yield entry_id
            seen.add(entry_id)


def _redefine(
    desk: Desk, site: Site, entry: PointEntry, source: Source, device: str, area: str, point: Point, at_ms: int
) -> bool:
    before, entry.removed = entry.point, False
    moved = entry.source != source.id
    if moved:
        _move(desk, entry, source)
    entry.device, entry.area = device, area
    if not comparable(entry.point, point):
        _pending(desk, site, entry.code, "definition", at_ms)
        for alarm in source.alarms.values():
            alarm.config = alarm.config or alarm.point == entry.id
        desk.touch(source.id)
    strict = strictest(entry.point, point)
    wanted = point if strict != point else None
    entry.point = strict if wanted is not None else point
    if wanted is not None and wanted != entry.wanted:
        _pending(desk, site, entry.code, "point", at_ms)
    entry.wanted = wanted
    return moved or entry.point != before


def _move(desk: Desk, entry: PointEntry, to: Source) -> None:
    """A point that now belongs to another source takes its alarms along; where it came from, a person must look first."""
    origin = desk.source(entry.source)
    origin.points.remove(entry.id)
    to.points.append(entry.id)
    for key, alarm in origin.alarms.items():
        if alarm.point == entry.id and not alarm.off_ms:
            to.alarms[key] = msgspec.structs.replace(alarm)
            alarm.config = True
    entry.source = to.id


def _missing(desk: Desk, site: Site, seen: set[int], closed: bool, at_ms: int) -> None:
    """Points that the record no longer has, or of a closed enterprise."""
    for source_id in site.sources:
        for point_id in desk.source(source_id).points:
            entry = desk.point(point_id)
            gone = closed or point_id not in seen
            if gone and not entry.removed and not entry.retired:
                _pending(desk, site, entry.code, "removed", at_ms)
            entry.removed = gone


def _pending(desk: Desk, site: Site, subject: str, what: str, at_ms: int) -> None:
    """The supervisor is asked to confirm a relaxation."""
    point = subject if what not in ("grade", "region") else ""
    source = subject if what == "grade" else ""
    desk.voice.finding("relaxing_pending", site.code, at_ms, subject=f"{what}:{subject}", region=site.record.region, point=point,
                       source=source, detail={"what": what, "supervisor": site.record.supervisor})  # fmt: skip


def _guards(desk: Desk, site: Site, source: Source) -> None:
    """Which points each interlock guards. An interlock that is gone from the record keeps its state: paperwork ends nothing."""
    for lock in source.record.interlocks if source.record is not None else ():
        guarded = [desk.point_named(site.code, code) for code in lock.guards]
        source.guards[lock.code] = sorted({*source.guards.get(lock.code, []), *(p for p in guarded if p >= 0)})


def _cameras(desk: Desk, site: Site, record: Enterprise) -> None:
    named: list[tuple[Camera, int]] = [(camera, site.sources[0]) for camera in record.cameras]
    for hazard in record.sources:
        source = desk.source_named(site, hazard.code)
        named += [(camera, source.id if source is not None else site.sources[0]) for camera in hazard.cameras]
    codes = {camera.code for camera, _ in named}
    for camera, source_id in named:
        state = site.cameras.setdefault(camera.code, CameraState(area=camera.area, source=source_id))
        state.area, state.source = camera.area, source_id
    for code, state in site.cameras.items():
        state.removed = code not in codes or record.closed


def restand(desk: Desk, site: Site, at_ms: int) -> None:
    """Score the inherent risk of all sources anew: a graver column at once, a milder one when the supervisor confirms."""
    columns = desk.parameters.columns
    others = [desk.source(s) for s in site.sources[1:]]
    for source in others:
        if source.record is None:
            continue
        now = standing(source.record, columns)
        for code, detail in now.findings:
            if (now.grade, now.r) != (source.grade, source.r):
                desk.voice.finding(code, site.code, at_ms, subject=source.code, source=source.code, region=site.record.region,
                                   detail={"about": detail})  # fmt: skip
        source.grade, source.r, source.inherent, source.stock_share = now.grade, now.r, now.inherent, now.stock_share
        if now.column < source.column and now.column != source.wanted_column:
            _pending(desk, site, source.code, "grade", at_ms)
        source.wanted_column, source.column = now.column, max(source.column, now.column)
    _stand_site(desk, site, [s for s in others if not s.removed])


def _stand_site(desk: Desk, site: Site, others: list[Source]) -> None:
    """The site source takes the column of the worst source."""
    own = desk.site_source(site)
    empty = Grade[desk.parameters.columns.empty_site]
    own.column = own.wanted_column = max((s.column for s in others), default=empty)
    own.grade = Grade(own.column).code
    own.r = max((s.r for s in others), default=0.0)
    own.inherent = max((s.inherent for s in others), default=40.0)


def regrade(desk: Desk, site: Site, at_ms: int) -> list[PointSpec]:
    """After a change of the numbers by which grades are given; returns the points whose rules may be others now."""
    before = {s: desk.source(s).column for s in site.sources}
    restand(desk, site, at_ms)
    other = [s for s in site.sources if desk.source(s).column != before[s]]
    return list(_specs(desk, other).values())


def locate(desk: Desk, site: Site, at_ms: int) -> bool:
    """Where the enterprise is now, by parent links. Milder numbers there wait for the supervisor; returns whether its numbers changed."""
    here = regions_above(desk, site.record.region)
    if site.places and site.places[-1] == here:
        return False
    before, left = desk.policy(site.code), [place for place in site.places if place != here]
    site.places = [here]
    desk.moved(site.code)
    after = desk.policy(site.code)
    if left and strictest_numbers(before, after) != after:
        site.places = [*left, here]
        desk.moved(site.code)
        _pending(desk, site, site.code, "region", at_ms)
    return desk.policy(site.code) != before


def confirm(desk: Desk, site: Site, points: list[str], source_code: str) -> list[PointSpec]:
    """The direct supervisor confirms relaxations: of the points named, of a source, or (neither named) of the whole enterprise."""
    changed: list[PointSpec] = []
    before = _specs(desk, site.sources)
    if not points and not source_code:
        site.places = site.places[-1:]
        desk.moved(site.code)
    for source_id in site.sources:
        source = desk.source(source_id)
        whole = not points and source_code in ("", source.code)
        if whole:
            source.column = source.wanted_column
            source.substances = sorted(_substances(source.record))
        for point_id in list(source.points):
            entry = desk.point(point_id)
            if not whole and entry.code not in points:
                continue
            if entry.removed and not entry.retired:
                changed.append(_retire(desk, source, entry))
            elif entry.wanted is not None:
                entry.point, entry.wanted = entry.wanted, None
                changed.append(spec_of(desk, entry))
    _stand_site(desk, site, [s for s in (desk.source(i) for i in site.sources[1:]) if not s.removed])
    done = {spec.id for spec in changed}
    changed += [spec_of(desk, desk.point(p)) for p in _elsewhere(desk, before, site.sources) if p not in done]
    desk.touch_site(site)
    return changed


def _retire(desk: Desk, source: Source, entry: PointEntry) -> PointSpec:
    """The point is gone for good. What it had raised stays until a person has looked."""
    entry.retired = True
    del desk.point_ids[(entry.enterprise, entry.code)]
    source.points.remove(entry.id)
    source.flat.pop(entry.id, None)
    source.filling.pop(entry.id, None)
    for alarm in source.alarms.values():
        if alarm.point == entry.id and not alarm.off_ms:
            alarm.config = True
    return spec_of(desk, entry)._replace(ll=None, l=None, h=None, hh=None)
