"""Actions of people (ING-15): who may do what, and what it ends. What is not signed by whom it must be changes nothing, and is said.

Acknowledging ends nothing. Shelving quiets point alarms, never a warning, never a clock. Only `verify` ends what readings cannot end,
and only `out_of_service` makes the readings of a stuck sensor harmless, for 72 hours at most and never below yellow.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.messages import Action
from streams.domain.scale import Level
from streams.engine import roster
from streams.engine.causes import opened, start_hold
from streams.engine.desk import Desk
from streams.engine.evidence import Condition
from streams.engine.points import PointSpec
from streams.engine.state import Asked, Cause, PointEntry, Site, Source

HIGHER = ("direct_supervisor", "city_office", "province_office")


class Effect(NamedTuple):
    """What the engine has to do beyond the desk: points to define anew, gas points that a person confirmed, expectations to renew."""

    define: tuple[PointSpec, ...] = ()
    verified: tuple[int, ...] = ()
    expect: tuple[int, ...] = ()


NOTHING = Effect()


def act(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """Carry out an action; one with an id that was seen already does nothing."""
    if action.id in site.actions:
        return NOTHING
    site.actions[action.id] = at_ms
    for old in [k for k, t in site.actions.items() if t < at_ms - 7 * 86_400_000]:
        del site.actions[old]
    source = desk.source_named(site, action.source)
    if source is None:
        return _refused(desk, site, action, at_ms, "unknown_source")
    todo = {"acknowledge": _acknowledge, "shelve": _shelve, "unshelve": _unshelve, "verify": _verify, "report": _report,
            "out_of_service": _out_of_service, "restore": _restore, "confirm_relaxed": _confirm_relaxed}  # fmt: skip
    do = todo.get(action.kind)
    return do(desk, site, source, action, at_ms) if do is not None else NOTHING


def _refused(desk: Desk, site: Site, action: Action, at_ms: int, why: str) -> Effect:
    desk.voice.finding("action_refused", site.code, at_ms, subject=action.id, source=action.source, region=site.record.region,
                       detail={"action": action.kind, "id": action.id, "why": why, "author": action.author})  # fmt: skip
    return NOTHING


def _points(desk: Desk, site: Site, action: Action) -> list[PointEntry]:
    ids = [desk.point_named(site.code, code) for code in action.points]
    return [desk.point(p) for p in ids if p >= 0]


def _acknowledge(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    for entry in _points(desk, site, action):
        for alarm in desk.source(entry.source).alarms.values():
            if alarm.point == entry.id and not alarm.off_ms:
                alarm.acknowledged_by = action.author
    return NOTHING


def _shelve(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    if action.until is None or not action.reason:
        return _refused(desk, site, action, at_ms, "reason_and_end_needed")
    until_ms = min(action.until, at_ms + desk.parameters.signing.shelve_max_s * 1000)
    for entry in _points(desk, site, action):
        entry.shelved_until_ms = until_ms
    return NOTHING


def _unshelve(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    for entry in _points(desk, site, action):
        entry.shelved_until_ms = 0
    return NOTHING


def _report(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    """A person says that it is an emergency. Nobody has to sign that."""
    detail = (("author", action.author), ("role", action.role), ("text", action.reason or action.evidence))
    condition = Condition("report", action.id, 4, min(action.at, at_ms), by_person=True, ages=False, detail=detail)
    opened(source, condition, at_ms)
    desk.touch(source.id)
    return NOTHING


# --- signatures --------------------------------------------------------------------------------------------------------------
def signed(desk: Desk, source: Source, subject: str, action: Action, at_ms: int) -> bool:
    """Whether all who must sign at the present level have signed for `subject`, with this action or earlier ones.

    An office that has been asked and is silent for 30 min may be replaced by the next one.
    """
    signing = desk.parameters.signing
    groups = {Level.ORANGE: signing.orange, Level.RED: signing.red}.get(Level(source.level), signing.yellow)
    asked = source.asked.get(subject)
    if asked is None:
        asked = Asked(at_ms=at_ms, roles=[], authors=[])
    roles = [*asked.roles, action.role, *(s.split(":", 1)[0] for s in action.co_signers)]
    late = at_ms - asked.at_ms >= signing.unanswered_s * 1000
    missing = [g for g in groups if not any(r in roles or (late and signing.next_office.get(r, "") in roles) for r in g)]
    if not missing:
        source.asked.pop(subject, None)
        return True
    asked.roles, asked.authors = list(dict.fromkeys(roles)), [*asked.authors, action.author]
    source.asked[subject] = asked
    return False


def _verify(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    """Somebody on site says what it was: it ends these causes, as they are up to now."""
    if not action.on_site or not action.verdict or not action.evidence:
        return _refused(desk, site, action, at_ms, "on_site_verdict_and_evidence_needed")
    verified: list[int] = []
    named = [(s, c) for s in (desk.source(i) for i in site.sources) for c in s.causes.values() if c.id in action.causes]
    if len(named) < len(set(action.causes)):
        _refused(desk, site, action, at_ms, "unknown_cause")
    unsigned = False
    for place, cause in named:
        if not signed(desk, place, cause.id, action, at_ms):
            unsigned = True
            continue
        verified += _verified(desk, place, cause, action, at_ms)
        desk.touch(place.id)
    if unsigned:
        return _refused(desk, site, action, at_ms, "signature_missing")
    return Effect(verified=tuple(verified))


def _verified(desk: Desk, source: Source, cause: Cause, action: Action, at_ms: int) -> list[int]:
    """Mark one cause; where readings would end it, they still have to. Returns gas points that are free of their hold."""
    cause.verdict, cause.ended_by = action.verdict, action.id
    if not cause.by_person:
        return []
    if cause.kind in ("flame", "fire_process") and cause.key.split("|", 1)[1] in source.videos:
        source.videos[cause.key.split("|", 1)[1]].verified = True
    held = [p for p in cause.points if "sudden_zero" in cause.detail]
    for other in source.causes.values():
        if held and other.detail.get("sudden_zero") == cause.detail["sudden_zero"]:
            other.by_person = False  # it is the reading that was confirmed, for whatever it had raised
            other.verdict, other.ended_by = action.verdict, action.id
    cause.by_person = False
    alarm = source.alarms.get(cause.alarm)
    if alarm is not None and alarm.config and not alarm.off_ms:
        alarm.off_ms = at_ms
    if cause.kind in ("report", "lost_serious", "lost_attention", "flame", "fire_process") and not cause.over_ms:
        start_hold(cause, at_ms)
    return held


def _out_of_service(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    """A stuck sensor: its readings make no level, the source is at least yellow, everything else counts on."""
    longest_ms = desk.parameters.signing.out_of_service_max_s * 1000
    if action.until is None or not action.reason or not action.substitute or not action.on_site:
        return _refused(desk, site, action, at_ms, "fault_substitute_end_on_site_needed")
    if action.until > at_ms + longest_ms:
        return _refused(desk, site, action, at_ms, "longer_than_allowed")
    done: list[int] = []
    for entry in _points(desk, site, action):
        place = desk.source(entry.source)
        if not signed(desk, place, f"out_of_service|{entry.code}", action, at_ms):
            _refused(desk, site, action, at_ms, "signature_missing")
            continue
        entry.out_until_ms, entry.out_action = action.until, action.id
        for cause in place.causes.values():
            if cause.points == [entry.id]:
                cause.verdict, cause.ended_by, cause.by_person = "maintenance", action.id, False
        desk.touch(place.id)
        done.append(entry.id)
        if entry.id not in desk.state.out_of_service:
            desk.state.out_of_service.append(entry.id)
    return Effect(expect=tuple(done))


def _restore(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    entries = [e for e in _points(desk, site, action) if e.out_until_ms > at_ms]
    for entry in entries:
        entry.out_until_ms = at_ms
        desk.touch(entry.source)
    return Effect(expect=tuple(e.id for e in entries))


def _confirm_relaxed(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    roles = [action.role, *(s.split(":", 1)[0] for s in action.co_signers)]
    if not any(role in HIGHER for role in roles):
        return _refused(desk, site, action, at_ms, "direct_supervisor_needed")
    return Effect(define=tuple(roster.confirm(desk, site, action.points, action.source)))
