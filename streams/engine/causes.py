"""Causes: conditions with an identity, an age and an end. A cause ends by readings and a hold time, or by a person; by nothing else.

A cause whose condition is gone is held first: it counts for the level until good readings have come for its whole hold time.
When the condition returns in that time it is the same cause, so bouncing resets no clock and starts no new age.
"""

from __future__ import annotations

from streams.domain.scale import Tier
from streams.engine.desk import NEVER, Desk
from streams.engine.evidence import STEEP, Condition
from streams.engine.matrix import tier_in_force
from streams.engine.state import Cause, Ended, Source

AGEING = ("hh", "ll", "gas_2", "flame")
PLAIN_HOLD = (
    "blind",
    "lost_attention",
    "lost_serious",
    "site_lost",
    "report",
    "two_sources",
    "out_of_service",
    "flame",
    "fire_process",
)


def opened(source: Source, condition: Condition, at_ms: int) -> Cause:
    """A new cause of `source`. Its id can be read aloud on the telephone; a `verify` action names it."""
    cause = Cause(
        id=f"{source.enterprise}/{source.code}:{condition.kind}:{condition.subject}:{at_ms}", key=condition.key, kind=condition.kind,
        tier=condition.tier, opened_ms=at_ms, event_ms=condition.event_ms, by_person=condition.by_person, ages=condition.ages,
        points=list(condition.points), device=condition.device, area=condition.area, alarm=condition.alarm, drill=condition.drill,
        parts=list(condition.parts), detail=dict(condition.detail),
    )  # fmt: skip
    alarm = source.alarms.get(condition.alarm)
    if alarm is not None:
        cause.rule, cause.rule_version, cause.rule_hash = alarm.rule, alarm.version, alarm.hash
        cause.value, cause.limit, cause.flags = alarm.value, alarm.limit, alarm.flags
    judged = source.judged.get(condition.alarm.removeprefix("rule:")) if condition.alarm.startswith("rule:") else None
    if judged is not None:
        cause.rule, cause.rule_version, cause.rule_hash = judged.rule, judged.version, judged.hash
        cause.value, cause.limit = judged.value, judged.limit
    source.causes[cause.key] = cause
    return cause


def reconcile(source: Source, conditions: tuple[Condition, ...], at_ms: int) -> None:
    """Open what is new, take up what returned, and start the hold of what is over."""
    holding = {c.key: c for c in conditions}
    for key, condition in holding.items():
        cause = source.causes.get(key)
        if cause is None:
            opened(source, condition, at_ms)
            continue
        if cause.over_ms:
            cause.over_ms = cause.hold_from_ms = cause.broken_ms = 0
            cause.verdict = cause.ended_by = ""
            cause.returned_ms = at_ms
            source.asked.pop(cause.id, None)  # who signed has not seen this
        if condition.tier > cause.tier:
            cause.tier, cause.told = condition.tier, False
            source.asked.pop(cause.id, None)
        cause.by_person = cause.by_person or condition.by_person
        cause.drill = cause.drill and condition.drill
        cause.ages = cause.ages or condition.ages
        cause.points = sorted({*cause.points, *condition.points})
        cause.parts = list(condition.parts)  # what it rests on now: one that came later keeps it up as well
    for key, cause in source.causes.items():
        if key not in holding and not cause.over_ms and not cause.by_person:
            start_hold(cause, at_ms)


def untold(source: Source) -> list[Cause]:
    """Causes that became new or graver since the last look; from now on they are told."""
    news = [c for c in source.causes.values() if not c.told]
    for cause in news:
        cause.told = True
    return news


def start_hold(cause: Cause, at_ms: int) -> None:
    """The condition is gone or a person has seen it: from now the hold time runs."""
    cause.over_ms = cause.hold_from_ms = at_ms
    cause.broken_ms = 0


def age(desk: Desk, source: Source, at_ms: int) -> int:
    """Make causes graver by age; returns when the next one will be. Only what is still open ages, once."""
    next_ms = NEVER
    for cause in source.causes.values():
        due_ms = ages_at(desk, source, cause)
        if at_ms >= due_ms:
            cause.aged, cause.told = True, False
        else:
            next_ms = min(next_ms, due_ms)
    return next_ms


def ages_at(desk: Desk, source: Source, cause: Cause) -> int:
    """When the cause becomes graver by age, or NEVER."""
    if cause.aged or cause.over_ms or not cause.ages:
        return NEVER
    tiers = desk.policy(source.enterprise).tiers
    return _age_due(cause, source, tiers.gas_age_s, tiers.serious_age_s, tiers.alarm_due_s)


def _age_due(cause: Cause, source: Source, gas_s: int, serious_s: int, overdue_s: int) -> int:
    if cause.tier == Tier.SERIOUS and cause.kind in AGEING:
        return cause.opened_ms + (gas_s if cause.kind == "gas_2" else serious_s) * 1000
    if cause.tier == Tier.ATTENTION and cause.alarm in source.alarms:
        alarm = source.alarms[cause.alarm]  # an alarm that bounces was due from its first activation on
        return min(alarm.due_ms, alarm.first_ms + overdue_s * 1000)
    return NEVER


def hold_s(desk: Desk, source: Source, cause: Cause) -> float:
    """Hold time: long enough for several readings of the slowest point concerned."""
    holds = desk.policy(source.enterprise).holds
    slowest = max((desk.point(p).point.period_s for p in _watched(cause)), default=0.0)
    return max(float(holds.min_s), holds.periods * slowest)


def _watched(cause: Cause) -> list[int]:
    return [] if cause.kind in PLAIN_HOLD else cause.points


def let_go(desk: Desk, source: Source, at_ms: int) -> int:
    """At a tick: end the causes whose hold time has run out, with good readings all along. Returns when to look again."""
    next_ms = NEVER
    for key in list(source.causes):
        cause = source.causes[key]
        if not cause.over_ms:
            continue
        look_ms = _hold_watch(desk, source, cause, at_ms)
        due_ms = cause.hold_from_ms + int(hold_s(desk, source, cause) * 1000)
        if not cause.broken_ms and at_ms >= due_ms:
            del source.causes[key]
            source.ended.append(Ended(cause=cause, ended_ms=at_ms))
        else:
            next_ms = min(next_ms, look_ms, due_ms if due_ms > at_ms else NEVER)
    return next_ms


def _hold_watch(desk: Desk, source: Source, cause: Cause, at_ms: int) -> int:
    """Follow the good readings of a held cause: a gap of more than some periods starts the hold again. Returns the next look."""
    periods = desk.policy(source.enterprise).holds.periods
    good = desk.judge.last_good_log_ms
    next_ms = NEVER
    for p in _watched(cause):
        point = desk.point(p)
        if point.out_until_ms > at_ms or point.retired:
            continue
        patience_ms = int(periods * point.point.period_s * 1000)
        seen_ms = max(int(good[p]), cause.hold_from_ms)
        if cause.broken_ms:
            if int(good[p]) <= cause.broken_ms:
                return at_ms + 1000
        elif at_ms - seen_ms > patience_ms:
            cause.broken_ms = at_ms
            return at_ms + 1000
        next_ms = min(next_ms, seen_ms + patience_ms + 1)
    if cause.broken_ms:
        cause.broken_ms, cause.hold_from_ms = 0, at_ms
    return max(next_ms, at_ms + 1000) if next_ms < NEVER else NEVER


def restart_holds(source: Source, at_ms: int) -> None:
    """After a platform gap nobody can say that readings were good all along."""
    for cause in source.causes.values():
        if cause.over_ms:
            cause.hold_from_ms = at_ms


def remember_evidence(source: Source, at_ms: int) -> None:
    """Last moments with serious and grave causes open: what a loss of data that follows them is measured against."""
    present = [c for c in source.causes.values() if not c.over_ms or c.over_ms == at_ms]
    if any(tier_in_force(c) >= Tier.SERIOUS or c.kind in STEEP for c in present):
        source.serious_ms = at_ms
    if any(tier_in_force(c) >= Tier.GRAVE for c in present):
        source.grave_ms = at_ms
