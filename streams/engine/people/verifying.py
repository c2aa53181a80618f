"""Verification on site and reports by people: the only end, and the gravest beginning, of what readings cannot decide.

A verification is about the causes that it names, as they are up to its log time: what returns after it was written needs another one.
"""

from __future__ import annotations

from streams.domain.messages import Action
from streams.engine.causes import opened, start_hold
from streams.engine.desk import Desk
from streams.engine.evidence import Condition
from streams.engine.groups import effects as groups_effects
from streams.engine.people import signing
from streams.engine.people.refusing import NOTHING, Effect, refused
from streams.engine.point_alarms import alarm_clocks, zeros
from streams.engine.state import Cause, Site, Source

ENDS_WITH_A_WORD = ("report", "lost_serious", "lost_attention", "flame", "fire_process")


def report(desk: Desk, site: Site, source: Source, action: Action, at_ms: int) -> Effect:
    """A person says that it is an emergency. Nobody has to sign that, and no form makes it void."""
    detail = (("author", action.author), ("role", action.role), ("text", action.reason or action.evidence))
    subject = action.id
    if f"report|{subject}" in source.causes:
        subject = f"{action.id}#{at_ms}"
    condition = Condition("report", subject, 4, min(action.at, at_ms), by_person=True, ages=False, detail=detail)
    opened(source, condition, at_ms)
    desk.touch(source.id)
    return NOTHING


def verify(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """Somebody on site says what it was: it ends these causes, as they are up to now."""
    if not action.on_site or not action.verdict or not action.evidence:
        return refused(desk, site, action, at_ms, "on_site_verdict_and_evidence_needed")
    if not action.causes:
        return refused(desk, site, action, at_ms, "causes_needed")
    present = {c.id: (s, c) for s in (desk.source(i) for i in site.sources) for c in s.causes.values()}
    unknown = [c for c in action.causes if c not in present]
    if unknown:
        refused(desk, site, action, at_ms, "unknown_cause", *unknown)
    confirmed: list[int] = []
    for cause_id in dict.fromkeys(action.causes):
        if cause_id in present:
            confirmed += _one(desk, site, *present[cause_id], action, at_ms)
    return Effect(verified=tuple(confirmed))


def _one(desk: Desk, site: Site, source: Source, cause: Cause, action: Action, at_ms: int) -> list[int]:
    """Verify one cause; gas points that are free of their hold."""
    slack_ms = desk.policy(site.code).signing.clock_slack_s * 1000
    if action.at < max(cause.opened_ms, cause.returned_ms) - slack_ms:
        refused(desk, site, action, at_ms, "older_than_the_cause", cause.id)
        return []
    left = signing.sign(desk, source, cause.id, action, at_ms)
    if left:
        refused(desk, site, action, at_ms, "signature_missing", cause.id, *left)
        return []
    desk.touch(source.id)
    return _verified(desk, source, cause, action, at_ms)


def _verified(desk: Desk, source: Source, cause: Cause, action: Action, at_ms: int) -> list[int]:
    """Mark one cause; where readings would end it, they still have to."""
    cause.verdict, cause.ended_by = action.verdict, action.id
    alarm = source.alarms.get(cause.alarm)
    if alarm is not None:
        alarm.verdict, alarm.verdict_by = action.verdict, action.id
    if not cause.by_person:
        return []
    if cause.kind in ("flame", "fire_process") and cause.key.split("|", 1)[1] in source.videos:
        source.videos[cause.key.split("|", 1)[1]].verified = True
    held = [p for p in cause.points if desk.point(p).code in cause.detail.get(zeros.MARK, [])]
    cause.by_person = False
    for point in held:
        _explain(desk, source, point, action)
    if alarm is not None and alarm.config and not alarm.off_ms:
        alarm.off_ms = at_ms
        alarm_clocks.ended(desk, source, alarm, at_ms, at_ms)
    groups_effects.forget_verified(source, cause.alarm)
    if cause.kind in ENDS_WITH_A_WORD and not cause.over_ms:
        start_hold(cause, at_ms)
    return held


def _explain(desk: Desk, source: Source, point: int, action: Action) -> None:
    """It is the reading that was confirmed, for whatever it had raised."""
    entry = desk.point(point)
    for other in source.causes.values():
        if entry.code in other.detail.get(zeros.MARK, []):
            other.verdict, other.ended_by = action.verdict, action.id
    zeros.release(desk, source, entry)
