"""What time itself brings: silence, filed records that start and end, casting and filling, minutes and hours, gaps of the platform."""

from __future__ import annotations

import numpy as np

from streams.domain.log import Cut
from streams.engine import aggregates, casting, causes, presence, scores
from streams.engine.desk import Desk
from streams.engine.kernels.judge import Judge
from streams.engine.people import servicing, shelving, signing
from streams.engine.point_alarms import lost_points, zeros
from streams.engine.presence import Presence
from streams.engine.site import cameras, outages
from streams.engine.state import PointEntry, Site, Source

HOUR_MS = 3_600_000
FLOWS = ("flow", "flow_difference")
OUTFLOW = ("outlet", "return", "drain")


def platform_gap(desk: Desk, silence: Presence, cut: Cut, gap_ms: int) -> None:
    """Nobody could observe anything for a while: silence is not the senders' fault, holds start again, and it is said."""
    at_ms = desk.state.log_ms
    most_ms = [desk.policy(p.enterprise).holds.platform_credit_max_s * 1000 for p in desk.state.points]
    silence.credit(desk.judge.last_log_ms, gap_ms, np.array(most_ms, np.int64))
    for source in desk.state.sources:
        if any(c.over_ms for c in source.causes.values()):
            causes.restart_holds(source, at_ms + gap_ms)
            desk.touch(source.id)
    if cut.platform_gap_ms:
        desk.state.unseen_until_ms = max(desk.state.unseen_until_ms, at_ms + cut.platform_gap_ms)
        desk.voice.finding("platform_gap", "", at_ms, subject=str(desk.state.partition), detail={"gap_ms": gap_ms})


def records_lost(desk: Desk, cut: Cut) -> None:
    """Records that retention or an operator removed before anybody could read them."""
    at_ms = desk.state.log_ms or cut.log_ms
    for gap in cut.gaps:
        detail = {"topic": gap.topic, "partition": gap.partition, "first": gap.first, "last": gap.last}
        desk.voice.finding("records_lost", "", at_ms, subject=f"{gap.topic}:{gap.first}", detail=detail)


def degraded(desk: Desk, cut: Cut) -> None:
    """Whoever relies on us must know when we watch late or doubt ourselves: lag, a broker clock that jumped, a failed hash check."""
    at_ms = desk.state.log_ms or cut.log_ms
    for what in cut.degraded:
        desk.voice.finding(
            f"degraded_{what}", "", at_ms, subject=str(desk.state.partition), detail={"partition": desk.state.partition}
        )


def unjudged(desk: Desk, at_ms: int) -> None:
    """Readings came and no rule is in force: a platform that looks quiet because it looks at nothing must say so, each hour anew."""
    state = desk.state
    if state.unjudged_told_ms and at_ms < state.unjudged_told_ms + HOUR_MS:
        return
    detail = {"frames": state.unjudged_frames}
    desk.voice.finding("no_rules", "", at_ms, subject=str(state.partition), detail=detail)
    state.unjudged_frames, state.unjudged_told_ms = 0, at_ms


def tick(desk: Desk, silence: Presence, judge: Judge, gateways: list[tuple[str, str]], at_ms: int) -> None:
    """Facts that change by time alone, before anybody is looked at."""
    for code in sorted(desk.filed):
        _turn_outages(desk, silence, desk.state.sites[code], at_ms)
    for code in sorted(desk.own_alarms):
        compare_own_alarms(desk, desk.state.sites[code], at_ms)
    for source_id in silence.tick(desk, at_ms):
        presence.count(desk, silence, desk.source(source_id), at_ms)
        _count_site(desk, silence, desk.source(source_id))
    if silence.turned or desk.losing:
        lost_points.tick(desk, silence, gateways, at_ms)
    for source_id in sorted(desk.flat):
        _filling(desk, judge, desk.source(source_id), at_ms)
    for source_id in sorted(desk.casting):
        casting.tick(desk, silence, judge, desk.source(source_id), at_ms)
    _expire_points(desk, silence, at_ms)
    zeros.tick(desk, judge, at_ms)
    shelving.tick(desk, at_ms)
    signing.tick(desk, at_ms)


def _turn_outages(desk: Desk, silence: Presence, site: Site, at_ms: int) -> None:
    points = [desk.point(p) for o in site.outages.values() for p in o.points]
    if outages.turn(desk, site, at_ms):
        for entry in points:
            silence.expect(desk, entry, at_ms)
        desk.touch_site(site)
    if not site.outages:
        desk.filed.discard(site.code)


def _count_site(desk: Desk, silence: Presence, source: Source) -> None:
    site = desk.site_of(source)
    lost = presence.site_lost(desk, silence, site)
    if lost != site.lost:
        site.lost = lost
        desk.touch(site.sources[0])


def _expire_points(desk: Desk, silence: Presence, at_ms: int) -> None:
    """Points whose time out of service is over count again."""
    for point_id in list(desk.state.out_of_service):
        entry = desk.point(point_id)
        if entry.out_until_ms <= at_ms:
            desk.state.out_of_service.remove(point_id)
            silence.expect(desk, entry, at_ms)
            servicing.over(desk, entry, at_ms)
            desk.touch(entry.source)


def _filling(desk: Desk, judge: Judge, source: Source, at_ms: int) -> None:
    """A level that does not move while its device is being filled is a stuck gauge on its way to an overfill."""
    if not source.flat:
        desk.flat.discard(source.id)
    for point_id in source.flat:
        filled = any(judge.last_value[e.id] > _seeping(desk, e) for e in _inflows(desk, source, desk.point(point_id)))
        if filled and point_id not in source.filling:
            source.filling[point_id] = at_ms
            desk.touch(source.id)
        elif not filled and point_id in source.filling:
            del source.filling[point_id]
            desk.touch(source.id)


def _inflows(desk: Desk, source: Source, level: PointEntry) -> list[PointEntry]:
    """Flows of the device, unless their role says that they leave it."""
    entries = [desk.point(p) for p in source.points]
    return [e for e in entries if e.device == level.device and e.point.quantity in FLOWS and e.point.role not in OUTFLOW]


def _seeping(desk: Desk, flow: PointEntry) -> float:
    """Up to here a flow is a meter that does not show zero, or a valve that passes a little."""
    return flow.point.range_lo + desk.policy(flow.enterprise).tiers.filling_share * (flow.point.range_hi - flow.point.range_lo)


def compare_own_alarms(desk: Desk, site: Site, at_ms: int) -> None:
    """The enterprise's own system says alarm and we see none: one of the two is wrong, and the supervisor must know."""
    wait_ms = desk.policy(site.code).tiers.own_alarm_unseen_s * 1000
    waiting = False
    for code, own in site.own_alarms.items():
        if own.told or at_ms < own.since_ms + wait_ms:
            waiting = waiting or not own.told
            continue
        own.told = True
        entry = desk.point(own.point)
        source = desk.source(entry.source)
        if not any(a.point == own.point and not a.off_ms for a in source.alarms.values()):
            desk.voice.finding("own_alarm_unseen", site.code, at_ms, subject=code, source=source.code, region=site.record.region,
                               point=code, detail={"state": own.state, "since_ms": own.since_ms, "value": own.value})  # fmt: skip
    if not waiting:
        desk.own_alarms.discard(site.code)


def minute(desk: Desk, minutes: aggregates.Minutes, at_ms: int) -> None:
    """The minute that ends at `at_ms`, and at full hours the scores of everybody."""
    for site in desk.state.sites.values():
        cameras.forget(desk, site, at_ms)
    if at_ms % HOUR_MS == 0:
        for source in desk.state.sources:
            if not source.removed or source.causes:
                scores.say_risk(desk, source, at_ms, hourly=True)
        for site in desk.state.sites.values():
            scores.roll_up(desk, site, at_ms, hourly=True)
    minutes.close(at_ms - aggregates.MINUTE_MS)
