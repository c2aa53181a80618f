"""From what the kernels report to point alarms (报警): opened and ended. They have an owner and a due time and are no warnings."""

from __future__ import annotations

from streams.domain.scale import Flag
from streams.engine.desk import GASES, Desk
from streams.engine.groups import effects as groups_effects
from streams.engine.kernels.points import CONFIG, Kind, Transition
from streams.engine.point_alarms import alarm_clocks, zeros
from streams.engine.state import PointEntry, Source
from streams.engine.state_alarms import Alarm
from streams.engine.voice import identity

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
    if not rule.raises or not rule.effect.evidence:
        seen = groups_effects.Seen(t.value, t.limit, entry.point.unit, (entry.id,))
        groups_effects.begin(desk, source, rule, rule_hash, entry.code, seen, t.log_ms)
        return
    key = f"{entry.id}|{rule.id}"
    before = source.alarms.get(key)
    if before is not None and not before.off_ms and not before.config:
        return
    policy = desk.policy(entry.enterprise)
    alarm = source.alarms[key] = Alarm(
        id=identity("alarm", entry.enterprise, entry.code, rule.id, t.log_ms), point=entry.id, rule=rule.id, version=rule.version,
        hash=rule_hash, evidence=rule.effect.evidence, tier=rule.tier_at(entry.point.danger), since_ms=t.log_ms, event_ms=t.event_ms,
        value=t.value, limit=t.limit, flags=t.flags & ~CONFIG, due_ms=t.log_ms + policy.tiers.alarm_due_s * 1000,
        annunciate=rule.effect.annunciate, first_ms=t.log_ms, peak=t.worst,
        standing_next_ms=t.log_ms + policy.alarms.standing_s * 1000,
    )  # fmt: skip
    if before is not None and before.off_ms and t.log_ms - before.off_ms <= policy.alarms.same_run_s * 1000:
        _go_on(alarm, before)
    alarm_clocks.began(desk, source, key, t)
    desk.touch_alarms(source.id)


def _go_on(alarm: Alarm, before: Alarm) -> None:
    """An alarm that bounces keeps its clocks: when it is due, how long it stands, how long it was in alarm."""
    alarm.first_ms, alarm.due_ms = before.first_ms, before.due_ms
    alarm.run_ms = before.run_ms + before.off_ms - before.since_ms
    alarm.overdue, alarm.overdue_count, alarm.overdue_next_ms = before.overdue, before.overdue_count, before.overdue_next_ms
    alarm.standing_next_ms = before.standing_next_ms


def _off(desk: Desk, source: Source, entry: PointEntry, t: Transition, signed: bool) -> None:
    """An alarm ended. By an unsigned change of a limit, a rule or the point it did not: then a person must look."""
    rule, _ = desk.rules[t.rule]
    key = f"{entry.id}|{rule.id}"
    alarm = source.alarms.get(key)
    if alarm is None and t.flags & CONFIG:
        groups_effects.gone(desk, source, groups_effects.key_of(rule.id, entry.code), signed, t.log_ms)
    elif alarm is None:
        groups_effects.end(desk, source, rule.id, entry.code, t.log_ms)
    if alarm is None or alarm.off_ms or alarm.config:
        return
    if t.flags & CONFIG and not signed:
        hold_for_config(desk, source, alarm)
        return
    alarm.peak = t.worst
    end(desk, source, alarm, t.log_ms, t.event_ms)
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


def end(desk: Desk, source: Source, alarm: Alarm, at_ms: int, event_ms: int) -> None:
    """The alarm is over; it is remembered as long as a fire in its area would count together with it, and until it is acknowledged."""
    alarm.off_ms = at_ms
    alarm_clocks.ended(desk, source, alarm, at_ms, event_ms)
    desk.touch_alarms(source.id)


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
        zeros.hold(desk, source, entry, t.log_ms)
    elif t.rule & _CLOCK_FLAGS and on:
        _finding(desk, source, entry, "clock_off", t, {"flag": Flag(t.rule).name, "off_s": (t.event_ms - t.log_ms) // 1000})


def _finding(desk: Desk, source: Source, entry: PointEntry, code: str, t: Transition, detail: dict[str, object]) -> None:
    desk.voice.finding(code, source.enterprise, t.log_ms, subject=f"{entry.code}:{t.rule}:{t.event_ms}", source=source.code,
                       region=desk.site_of(source).record.region, point=entry.code, event_ms=t.event_ms, detail=detail)  # fmt: skip
