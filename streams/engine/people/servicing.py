"""Out of service: the only thing that makes the readings of a stuck sensor harmless, for 72 hours at most and never below yellow."""

from __future__ import annotations

from streams.domain.messages import Action
from streams.engine.desk import Desk
from streams.engine.people import signing
from streams.engine.people.refusing import Effect, done, named, refused
from streams.engine.point_alarms import annunciation
from streams.engine.state import PointEntry, Site


def out_of_service(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """A stuck sensor: its readings make no level, the source is at least yellow, everything else counts on."""
    if action.until is None or not action.reason or not action.substitute or not action.on_site:
        return refused(desk, site, action, at_ms, "fault_substitute_end_on_site_needed")
    if action.until <= at_ms:
        return refused(desk, site, action, at_ms, "over_already")
    if action.until > at_ms + desk.policy(site.code).signing.out_of_service_max_s * 1000:
        return refused(desk, site, action, at_ms, "longer_than_allowed")
    taken: list[int] = []
    for entry in named(desk, site, action, at_ms):
        left = signing.sign(desk, desk.source(entry.source), f"out_of_service|{entry.code}", action, at_ms)
        if left:
            refused(desk, site, action, at_ms, "signature_missing", entry.code, *left)
            continue
        _take_out(desk, site, entry, action, at_ms)
        taken.append(entry.id)
    return Effect(expect=tuple(taken))


def _take_out(desk: Desk, site: Site, entry: PointEntry, action: Action, at_ms: int) -> None:
    place = desk.source(entry.source)
    entry.out_until_ms, entry.out_action = action.until or 0, action.id
    for cause in place.causes.values():
        if cause.points == [entry.id]:
            cause.verdict, cause.ended_by, cause.by_person = "maintenance", action.id, False
    if entry.id not in desk.state.out_of_service:
        desk.state.out_of_service.append(entry.id)
    done(desk, site, action, at_ms, "point_out_of_service", entry, until_ms=action.until, fault=action.reason,
         substitute=action.substitute, signers=signing.signers_of(action))  # fmt: skip
    annunciation.settle_point(desk, entry, at_ms, "alarm_out_of_service", author=action.author, reason=action.reason)
    desk.touch(place.id)


def restore(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """The point counts again, before its time: nobody has to sign for that."""
    back: list[int] = []
    for entry in named(desk, site, action, at_ms):
        if entry.out_until_ms <= at_ms:
            refused(desk, site, action, at_ms, "not_out_of_service", entry.code)
            continue
        entry.out_until_ms, entry.out_action = at_ms, ""
        done(desk, site, action, at_ms, "point_restored", entry)
        annunciation.settle_point(desk, entry, at_ms, author=action.author)
        desk.touch(entry.source)
        back.append(entry.id)
    return Effect(expect=tuple(back))


def over(desk: Desk, entry: PointEntry, at_ms: int) -> None:
    """The time out of service has run out: the point counts again, and what still holds is announced again."""
    if entry.out_action:
        source = desk.source(entry.source)
        desk.voice.finding("service_over", entry.enterprise, at_ms, subject=f"{entry.out_action}:{entry.code}", source=source.code,
                           region=desk.site_of(source).record.region, point=entry.code, detail={"id": entry.out_action})  # fmt: skip
    annunciation.settle_point(desk, entry, at_ms)
