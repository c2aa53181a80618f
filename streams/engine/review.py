"""One look at a source: conditions to causes, ages and holds, target and level, then what has to be said.

A look is a function of what is remembered and of log time. Looking once more changes nothing, so a source is looked at whenever
anything about it changed and at its own next due time. Holds end at ticks only, because only there the columns of the kernels are
those of a definite place in the log.
"""

from __future__ import annotations

from streams.domain.scale import Level
from streams.engine import causes, evidence, presence, scores
from streams.engine.desk import NEVER, Desk
from streams.engine.episodes import ladder, lifecycle
from streams.engine.evidence import Condition
from streams.engine.matrix import cell, managed, tier_in_force
from streams.engine.point_alarms import alarm_clocks
from streams.engine.presence import Presence
from streams.engine.site import management
from streams.engine.state import Site, Source


def review(desk: Desk, silence: Presence, at_ms: int, ticked: bool) -> None:
    """Look at every source that was touched, in order of their ids; site sources again when one of their sources turned grave."""
    sites: dict[str, Site] = {}
    seen: set[int] = set()  # always walked in sorted order
    while desk.dirty:
        for source_id in sorted(desk.dirty):
            desk.dirty.discard(source_id)
            seen.add(source_id)
            source = desk.source(source_id)
            grave_before = source.grave_ms
            _look(desk, silence, source, at_ms, ticked)
            site = desk.site_of(source)
            sites[site.code] = site
            if source.grave_ms != grave_before and source.id != site.sources[0]:
                desk.dirty.add(site.sources[0])
    for site in sites.values():
        scores.roll_up(desk, site, at_ms)
    for source_id in sorted(seen):  # clocks come after all levels of the instant: lowered exactly when due is in time
        ladder.turn(desk, desk.source(source_id), at_ms, ticked)


def _look(desk: Desk, silence: Presence, source: Source, at_ms: int, ticked: bool) -> None:
    site = desk.site_of(source)
    next_ms = alarm_clocks.tick(desk, source, at_ms) if ticked else NEVER
    seen = evidence.look(desk, source, at_ms)
    conditions = (*seen.conditions, *presence.blind(source))
    own_next = NEVER
    if source.id == site.sources[0]:
        extra, own_next = _of_site(desk, site, at_ms)
        conditions = (*conditions, *extra)
    causes.reconcile(source, conditions, at_ms)
    age_ms = causes.age(desk, source, at_ms)
    causes.remember_evidence(source, at_ms)
    hold_ms = causes.let_go(desk, source, at_ms) if ticked else at_ms
    sharp_ms = presence.sharpen(desk, silence, source, at_ms)
    _level(desk, source, at_ms)
    next_ms = min(next_ms, seen.next_ms, own_next, age_ms, hold_ms, sharp_ms, management.next_change(desk, source, at_ms))
    if not ticked and (source.alarms or any(c.over_ms for c in source.causes.values())):
        next_ms = at_ms  # whatever needs a tick is looked at by the next one
    desk.look_at(source, _out_of_service_ends(desk, source, next_ms, at_ms))


def _out_of_service_ends(desk: Desk, source: Source, next_ms: int, at_ms: int) -> int:
    if not any(c.kind == "out_of_service" for c in source.causes.values()):
        return next_ms
    ends = [desk.point(p).out_until_ms for p in source.points if desk.point(p).out_until_ms > at_ms]
    return min([next_ms, *ends])


def _level(desk: Desk, source: Source, at_ms: int) -> None:
    """Target and level in force. What is held counts like what is open: the level is the highest target of the last hold time."""
    policy, profile = desk.policy(source.enterprise), desk.site_of(source).record.profile
    base = max((cell(c, source.column, policy.matrix, profile) for c in source.causes.values()), default=Level.BLUE)
    before, lifted = source.level, source.lifted
    source.base = int(base)
    after = managed(base, management.lift(desk, source, at_ms), policy)
    if after != before:
        source.level, source.since_ms = int(after), at_ms
    change = lifecycle.Change(before, int(after), causes.untold(source), released=lifted and not source.lifted)
    lifecycle.follow(desk, source, change, at_ms)
    if after != before:
        scores.say_level(desk, source, at_ms)
    scores.say_risk(desk, source, at_ms)


def _of_site(desk: Desk, site: Site, at_ms: int) -> tuple[list[Condition], int]:
    """What only the site as a whole can have: all its signals lost, two of its sources grave at about the same time."""
    found: list[Condition] = []
    next_ms = NEVER
    if site.lost:
        found.append(Condition("site_lost", "", 0, at_ms, ages=False))
    window_ms = desk.policy(site.code).tiers.two_sources_window_s * 1000
    grave = [s for s in (desk.source(i) for i in site.sources[1:]) if _is_grave(s) or 0 < at_ms - s.grave_ms <= window_ms]
    if len(grave) >= 2:
        found.append(Condition("two_sources", "", 4, at_ms, ages=False, parts=tuple(s.code for s in grave)))
        next_ms = min((s.grave_ms + window_ms + 1 for s in grave if not _is_grave(s)), default=NEVER)
    return found, next_ms


def _is_grave(source: Source) -> bool:
    return any(not c.over_ms and tier_in_force(c) >= 3 for c in source.causes.values())
