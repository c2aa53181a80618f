"""From what the kernels report to point alarms (报警): opened, ended, overdue. They have an owner and a due time and are no warnings."""

from __future__ import annotations

from streams.domain.outputs import PointAlarm
from streams.domain.scale import Flag
from streams.engine.desk import GASES, Desk
from streams.engine.points import CONFIG, Kind, Transition
from streams.engine.state import Alarm, PointEntry, Source
from streams.engine.voice import identity

LIMIT_KIND = {"h": "H", "hh": "HH", "l": "L", "ll": "LL", "gas_1": "H", "gas_2": "HH"}
_CLOCK_FLAGS = Flag.SKEW | Flag.FUTURE


def take(desk: Desk, t: Transition, signed: bool = True) -> None:
    """One transition. Not `signed`: it is the direct consequence of a change that nobody answers for, so an end is none.

    Later ends are ends, because what nobody signed can only have tightened: relaxations are judged together with what was in force.
    """
    entry = desk.point(t.point)
    if entry.retired and t.kind != Kind.ALARM_OFF:
        return
    source = desk.source(entry.source)
    if t.kind == Kind.ALARM_ON:
        _on(desk, source, entry, t)
    elif t.kind == Kind.ALARM_OFF:
        _off(desk, source, entry, t, signed)
    elif t.kind in (Kind.FLAG_ON, Kind.FLAG_OFF):
        _flag(desk, source, entry, t)
    else:
        code = "late_excursion" if t.kind == Kind.LATE_EXCURSION else "clock_reset"
        _finding(
            desk,
            source,
            entry,
            code,
            t,
            {"value": t.value, "limit": t.limit} if code == "late_excursion" else {"step_s": t.limit},
        )


def _on(desk: Desk, source: Source, entry: PointEntry, t: Transition) -> None:
    rule, rule_hash = desk.rules[t.rule]
    if not rule.raises:
        return
    key = f"{entry.id}|{rule.id}"
    before = source.alarms.get(key)
    if before is not None and not before.off_ms and not before.config:
        return
    alarm = source.alarms[key] = Alarm(
        id=identity("alarm", entry.enterprise, entry.code, rule.id, t.log_ms), point=entry.id, rule=rule.id, version=rule.version,
        hash=rule_hash, evidence=rule.effect.evidence, tier=rule.tier_at(entry.point.danger), since_ms=t.log_ms, event_ms=t.event_ms,
        value=t.value, limit=t.limit, flags=t.flags & ~CONFIG, due_ms=t.log_ms + desk.parameters.tiers.alarm_due_s * 1000,
        annunciate=rule.effect.annunciate,
    )  # fmt: skip
    _say(desk, source, entry, alarm, "alarm_on", t.log_ms, t.event_ms)
    desk.touch(source.id)


def _off(desk: Desk, source: Source, entry: PointEntry, t: Transition, signed: bool) -> None:
    """An alarm ended. By an unsigned change of a limit, a rule or the point it did not: then a person must look."""
    rule, _ = desk.rules[t.rule]
    key = f"{entry.id}|{rule.id}"
    alarm = source.alarms.get(key)
    if alarm is None or alarm.off_ms or alarm.config:
        return
    if t.flags & CONFIG and not signed:
        hold_for_config(desk, source, alarm)
        return
    end(desk, source, entry, alarm, t.log_ms, t.event_ms)
    if t.flags & CONFIG and _still_beyond(alarm, t.value):
        for cause in source.causes.values():
            if cause.alarm == key:
                cause.verdict = "config"


def hold_for_config(desk: Desk, source: Source, alarm: Alarm) -> None:
    """The alarm cannot end by readings any more: what it was about was changed."""
    alarm.config = True
    desk.touch(source.id)


def _still_beyond(alarm: Alarm, value: float) -> bool:
    """Whether the reading is still beyond the limit at which the alarm began: then it was the limit that moved."""
    return value <= alarm.limit if alarm.evidence in ("l", "ll") else value >= alarm.limit


def end(desk: Desk, source: Source, entry: PointEntry, alarm: Alarm, at_ms: int, event_ms: int) -> None:
    """The alarm is over; it is remembered as long as a fire in its area would count together with it."""
    alarm.off_ms = at_ms
    _say(desk, source, entry, alarm, "alarm_off", at_ms, event_ms)
    desk.touch(source.id)


def _flag(desk: Desk, source: Source, entry: PointEntry, t: Transition) -> None:
    on = t.kind == Kind.FLAG_ON
    if t.rule == Flag.FLAT and entry.point.quantity == "level":
        if on:
            source.flat[entry.id] = t.log_ms
            desk.flat.add(source.id)
        else:
            source.flat.pop(entry.id, None)
            source.filling.pop(entry.id, None)
        desk.touch(source.id)
    elif t.rule == Flag.SUDDEN_ZERO and on and entry.point.quantity in GASES:
        _hold_for_person(desk, source, entry)
        _finding(desk, source, entry, "sudden_zero", t, {"value": t.value})
    elif t.rule & _CLOCK_FLAGS and on:
        _finding(desk, source, entry, "clock_off", t, {"flag": Flag(t.rule).name, "off_s": (t.event_ms - t.log_ms) // 1000})


def _hold_for_person(desk: Desk, source: Source, entry: PointEntry) -> None:
    """A gas reading that falls to nothing at once after second level is a dead detector until somebody says otherwise."""
    for cause in source.causes.values():
        if entry.id in cause.points:
            cause.by_person = True
            cause.over_ms = 0
            cause.detail["sudden_zero"] = entry.code
    desk.touch(source.id)


def _finding(desk: Desk, source: Source, entry: PointEntry, code: str, t: Transition, detail: dict[str, object]) -> None:
    desk.voice.finding(code, source.enterprise, t.log_ms, subject=f"{entry.code}:{t.rule}:{t.event_ms}", source=source.code,
                       region=desk.site_of(source).record.region, point=entry.code, event_ms=t.event_ms, detail=detail)  # fmt: skip


def overdue(desk: Desk, source: Source, at_ms: int) -> int:
    """At a tick: alarms that nobody cleared in time, and forgotten ones. Returns when the next one is due."""
    keep_ms = desk.parameters.tiers.fire_window_s * 1000
    next_ms = 1 << 62
    for key in list(source.alarms):
        alarm = source.alarms[key]
        if alarm.off_ms:
            if at_ms > alarm.off_ms + keep_ms and not any(c.alarm == key for c in source.causes.values()):
                del source.alarms[key]
            else:
                next_ms = min(next_ms, max(alarm.off_ms + keep_ms + 1, at_ms + 1000))
        elif not alarm.overdue and at_ms >= alarm.due_ms:
            alarm.overdue = True
            _say(desk, source, desk.point(alarm.point), alarm, "alarm_overdue", at_ms, at_ms)
        elif not alarm.overdue:
            next_ms = min(next_ms, alarm.due_ms)
    return next_ms


def _say(desk: Desk, source: Source, entry: PointEntry, alarm: Alarm, kind: str, at_ms: int, event_ms: int) -> None:
    if not alarm.annunciate:
        return
    desk.voice.say(source.code, PointAlarm(
        id=alarm.id, kind=kind, enterprise=source.enterprise, source=source.code, region=desk.site_of(source).record.region,  # type: ignore[arg-type]
        point=entry.code, device=entry.device, quantity=entry.point.quantity, limit_kind=LIMIT_KIND.get(alarm.evidence, alarm.rule),
        rule=alarm.rule, at_ms=at_ms, event_ms=event_ms, value=alarm.value, limit=alarm.limit, unit=entry.point.unit,
        flags=alarm.flags, tier=alarm.tier, owner=owner_of(desk, source), due_ms=alarm.due_ms,
        shelved=entry.shelved_until_ms > at_ms, rule_version=alarm.version, rule_hash=alarm.hash,
    ))  # fmt: skip


def owner_of(desk: Desk, source: Source) -> str:
    """Who has to deal with a point alarm: the operational responsible person, else another one, else the enterprise."""
    site = desk.site_of(source)
    persons = source.record.persons if source.record is not None else site.record.persons
    for role in ("operational", "technical", "principal"):
        for person in (*persons, *site.record.persons):
            if person.role == role:
                return person.name
    return site.record.name
