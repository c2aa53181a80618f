"""Shelving: a person takes the alarms of a point off the display, with an end, a name and a reason. No warning, no clock and no level
knows of it. Alarms of tier 2 and above stay audible unless somebody outside the enterprise has signed; when the time is over, what
still holds is announced again.
"""

from __future__ import annotations

from streams.domain.messages import Action
from streams.engine.desk import Desk
from streams.engine.people import signing
from streams.engine.people.refusing import NOTHING, Effect, done, named, refused
from streams.engine.point_alarms import annunciation
from streams.engine.state import Site
from streams.engine.state_alarms import Shelf


def shelve(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    if action.until is None or not action.reason:
        return refused(desk, site, action, at_ms, "reason_and_end_needed")
    if action.until <= at_ms:
        return refused(desk, site, action, at_ms, "over_already")
    numbers = desk.policy(site.code).signing
    until_ms = min(action.until, at_ms + numbers.shelve_max_s * 1000)
    graver = not signing.roles_of(signing.signers_of(action)).isdisjoint(numbers.shelve_graver)
    for entry in named(desk, site, action, at_ms):
        site.shelves[entry.id] = Shelf(
            until_ms=until_ms, since_ms=at_ms, action=action.id, author=action.author, role=action.role, reason=action.reason, graver=graver
        )  # fmt: skip
        desk.shelved.add(site.code)
        done(desk, site, action, at_ms, "point_shelved", entry, until_ms=until_ms, asked_ms=action.until, reason=action.reason,
             graver=graver)  # fmt: skip
        annunciation.settle_point(desk, entry, at_ms, "alarm_shelved", author=action.author, reason=action.reason)
        if not graver:
            _still_audible(desk, site, action, entry.id, at_ms)
    return NOTHING


def _still_audible(desk: Desk, site: Site, action: Action, point: int, at_ms: int) -> None:
    """Alarms of the point that are too grave for the enterprise to shelve: the author must know that they were not."""
    entry = desk.point(point)
    source = desk.source(entry.source)
    grave = [a.rule for _, a in annunciation.of_point(source, point) if a.annunciate and a.tier >= annunciation.GRAVER]
    if grave:
        refused(desk, site, action, at_ms, "graver_needs_supervisor", entry.code, *grave)


def unshelve(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    for entry in named(desk, site, action, at_ms):
        if site.shelves.pop(entry.id, None) is None:
            refused(desk, site, action, at_ms, "not_shelved", entry.code)
            continue
        done(desk, site, action, at_ms, "point_unshelved", entry)
        annunciation.settle_point(desk, entry, at_ms, author=action.author)
    return NOTHING


def tick(desk: Desk, at_ms: int) -> None:
    """Shelves whose time is over: what still holds is announced again."""
    for code in sorted(desk.shelved):
        site = desk.state.sites[code]
        for point, shelf in list(site.shelves.items()):
            if at_ms < shelf.until_ms:
                continue
            del site.shelves[point]
            entry = desk.point(point)
            desk.voice.finding("shelf_over", code, at_ms, subject=f"{shelf.action}:{entry.code}", region=site.record.region,
                               source=desk.source(entry.source).code, point=entry.code,
                               detail={"id": shelf.action, "author": shelf.author, "reason": shelf.reason})  # fmt: skip
            annunciation.settle_point(desk, entry, at_ms)
        if not site.shelves:
            desk.shelved.discard(code)
