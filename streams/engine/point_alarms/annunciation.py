"""What is said of a point alarm, and whether it makes a noise. Display only: no level, no clock and no count is decided here.

States are the union of ISA-18.2: acknowledged is kept apart from returned, and both apart from shelved, suppressed by a worse
alarm of the same point, and out of service. What was quiet and still holds when the reason ends is announced again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from streams.domain.outputs import AlarmKind, AlarmState, PointAlarm
from streams.engine.desk import Desk
from streams.engine.point_alarms import chatter
from streams.engine.site import outages
from streams.engine.state import PointEntry, Site, Source
from streams.engine.state_alarms import Alarm, Shelf

LIMIT_KIND = {"h": "H", "hh": "HH", "l": "L", "ll": "LL", "gas_1": "H", "gas_2": "HH"}
WORSE = {"h": "hh", "l": "ll", "gas_1": "gas_2"}
GRAVER = 2  # from this tier on the enterprise alone cannot shelve

End = Literal["", "real", "false", "maintenance", "calibration", "config"]


def shelf_of(site: Site, alarm: Alarm, at_ms: int) -> Shelf | None:
    """The shelving that covers this alarm now. Second-level gas and tier 2 need a signature from outside the enterprise."""
    shelf = site.shelves.get(alarm.point)
    if shelf is None or shelf.until_ms <= at_ms or (alarm.tier >= GRAVER and not shelf.graver):
        return None
    return shelf


def state_of(desk: Desk, source: Source, alarm: Alarm, at_ms: int) -> AlarmState:
    """The one state in which an operator sees the alarm."""
    if alarm.off_ms:
        return "normal" if alarm.acknowledged_ms else "returned_unacknowledged"
    if desk.point(alarm.point).out_until_ms > at_ms:
        return "out_of_service"
    if shelf_of(desk.site_of(source), alarm, at_ms) is not None:
        return "shelved"
    if alarm.suppressed_by:
        return "suppressed"
    return "acknowledged" if alarm.acknowledged_ms else "unacknowledged"


def is_quiet(desk: Desk, source: Source, key: str, at_ms: int) -> bool:
    """Whether an active alarm is out of display and sound for now."""
    state = state_of(desk, source, source.alarms[key], at_ms)
    return state in ("out_of_service", "shelved", "suppressed") or chatter.is_chattering(source, key)


def of_point(source: Source, point: int) -> Iterator[tuple[str, Alarm]]:
    """Active alarms of a point, in the order in which they began."""
    return ((key, alarm) for key, alarm in source.alarms.items() if alarm.point == point and not alarm.off_ms)


def rank_point(desk: Desk, source: Source, point: int, at_ms: int) -> None:
    """A worse alarm of the same point takes the lesser one off the display; when it ends the lesser one is announced again."""
    active = list(of_point(source, point))
    for key, alarm in active:
        worse = next((a.id for _, a in active if a.annunciate and a.evidence == WORSE.get(alarm.evidence)), "")
        fresh, alarm.suppressed_by = worse and not alarm.suppressed_by, worse
        if fresh:
            alarm.quiet = True
            say(desk, source, alarm, "alarm_suppressed", at_ms)
        settle(desk, source, key, at_ms)


def settle(desk: Desk, source: Source, key: str, at_ms: int) -> None:
    """Announce again what was quiet and is no longer."""
    alarm = source.alarms[key]
    was, alarm.quiet = alarm.quiet, is_quiet(desk, source, key, at_ms)
    if was and not alarm.quiet and not alarm.off_ms:
        say(desk, source, alarm, "alarm_again", at_ms)


def settle_point(desk: Desk, entry: PointEntry, at_ms: int, kind: AlarmKind | None = None, **words: Any) -> None:
    """After shelving or service of a point changed: say so of each active alarm that it concerns, or announce it again."""
    source = desk.source(entry.source)
    for key, alarm in list(of_point(source, entry.id)):
        was = alarm.quiet
        alarm.quiet = is_quiet(desk, source, key, at_ms)
        if kind is not None and alarm.quiet:
            say(desk, source, alarm, kind, at_ms, **words)
        elif was and not alarm.quiet:
            say(desk, source, alarm, "alarm_again", at_ms, **words)


def say(desk: Desk, source: Source, alarm: Alarm, kind: AlarmKind, at_ms: int, event_ms: int = 0, **words: Any) -> None:
    """One event of an alarm. Alarms of rules that only give evidence have none."""
    if not alarm.annunciate:
        return
    entry, site = desk.point(alarm.point), desk.site_of(source)
    shelf = shelf_of(site, alarm, at_ms)
    desk.voice.say(source.code, PointAlarm(
        id=alarm.id, kind=kind, enterprise=source.enterprise, source=source.code, region=site.record.region, point=entry.code,
        device=entry.device, quantity=entry.point.quantity, limit_kind=LIMIT_KIND.get(alarm.evidence, alarm.rule), rule=alarm.rule,
        at_ms=at_ms, event_ms=event_ms or at_ms, value=alarm.value, limit=alarm.limit, unit=entry.point.unit, flags=alarm.flags,
        tier=alarm.tier, owner=owner_of(desk, source), due_ms=alarm.due_ms, shelved=shelf is not None, rule_version=alarm.version,
        rule_hash=alarm.hash, sequence=alarm.sequence, state=state_of(desk, source, alarm, at_ms), since_ms=alarm.since_ms,
        peak=alarm.peak, acknowledged_by=alarm.acknowledged_by, acknowledged_role=alarm.acknowledged_role,
        acknowledged_ms=alarm.acknowledged_ms, cause=_cause(desk, entry, alarm, at_ms), ended_by=alarm.verdict_by if alarm.off_ms else "",
        day_count=alarm.day_count, week_count=alarm.week_count, overdue_count=alarm.overdue_count, quiet=alarm.quiet,
        suppressed_by=alarm.suppressed_by, shelved_until_ms=shelf.until_ms if shelf is not None else 0,
        drill=outages.drilled(desk, entry, at_ms), **words,
    ))  # fmt: skip
    alarm.sequence += 1


def worst_so_far(desk: Desk, alarm: Alarm) -> None:
    """Ask the kernels for the peak of an active alarm; at events and ticks only, where their columns are of a definite place."""
    found = desk.judge.worst(alarm.point) if not alarm.off_ms else {}
    for rule, (value, _) in found.items():
        if desk.rules[rule][0].id == alarm.rule:
            alarm.peak = value


def _cause(desk: Desk, entry: PointEntry, alarm: Alarm, at_ms: int) -> End:
    """Why an alarm ended: what a person found, else what was going on at its point, else it was real."""
    if not alarm.off_ms:
        return ""
    if alarm.verdict:
        return alarm.verdict  # type: ignore[return-value]
    if entry.out_until_ms > at_ms:
        return "maintenance"
    return "calibration" if outages.tests(desk, entry, alarm.since_ms, at_ms) else "real"


def owner_of(desk: Desk, source: Source) -> str:
    """Who has to deal with a point alarm: the operational responsible person, else another one, else the enterprise."""
    site = desk.site_of(source)
    persons = source.record.persons if source.record is not None else site.record.persons
    for role in ("operational", "technical", "principal"):
        for person in (*persons, *site.record.persons):
            if person.role == role:
                return person.name
    return site.record.name
