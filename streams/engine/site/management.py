"""Site management (RSK-6): commitment, dual prevention, duty, permits, positioning, weather, special period, model evidence.

Together they lift a level by one step at most, never to red, never down. Most of them only add to an open cause: else every holiday
would turn the nation yellow, and nobody would look any more. What speaks of people or process by itself lifts from rest too.
"""

from __future__ import annotations

from streams.domain.messages import DutyRecord, PositioningAlarm, PreventionIndicator, SpecialPeriod, Weather
from streams.engine.desk import NEVER, Desk
from streams.engine.state import Judged, Site, Source
from streams.engine.state_papers import Duty

EMERGENCY = ("sos", "motionless")


def note_prevention(site: Site, indicator: PreventionIndicator, at_ms: int) -> None:
    """Rates of the newest period that ended; an older one does not replace it."""
    if site.prevention is None or indicator.date >= site.prevention.date:
        site.prevention, site.prevention_ms = indicator, at_ms


def note_positioning(desk: Desk, site: Site, alarm: PositioningAlarm, at_ms: int) -> None:
    if alarm.state == "off":
        site.positioning.pop(alarm.id, None)
        return
    place = desk.source_named(site, alarm.source) or desk.site_source(site)
    site.positioning.setdefault(alarm.id, (alarm.kind, place.id, at_ms))


def note_duty(site: Site, duty: DutyRecord, at_ms: int) -> None:
    """Duty done or missed, by kind and source. A duty told late counts from when it was done, never from the future."""
    site.duty[f"{duty.kind}|{duty.source}"] = Duty(result=duty.result, done_ms=min(duty.done_at, at_ms))


def note_weather(desk: Desk, weather: Weather, at_ms: int) -> None:
    desk.state.weather[weather.region] = (weather, at_ms)


def note_period(desk: Desk, period: SpecialPeriod) -> None:
    if period.cancelled:
        desk.state.periods.pop(period.id, None)
    else:
        desk.state.periods[period.id] = (period.region, period.start_at, period.end_at, period.kind)


def items_of(desk: Desk, source: Source, at_ms: int) -> dict[str, int]:
    """What speaks against this source, with since when."""
    steps = _steps(desk, source)
    if not steps and not source.model_since_ms:
        return {}  # as it is nearly everywhere, and each look asks
    allowed = desk.policy(source.enterprise).management.items
    items: dict[str, int] = {}
    for judged in steps:
        if judged.item in allowed:
            items[judged.item] = min(items.get(judged.item, judged.since_ms), judged.since_ms)
    if source.model_since_ms and "model" in allowed:
        items["model"] = source.model_since_ms
    return {name: items[name] for name in allowed if name in items}


def _steps(desk: Desk, source: Source) -> list[Judged]:
    """Step-ups by rules: its own, and those of the site source, which may be about anywhere on the site."""
    of_site = desk.site_source(desk.site_of(source))
    found = [j for j in source.judged.values() if j.effect == "step_up"]
    if of_site is not source:
        found += [j for j in of_site.judged.values() if j.effect == "step_up"]
    return found


def lifts(desk: Desk, source: Source, at_ms: int) -> bool:
    """Whether site management lifts the level of this source now."""
    items = items_of(desk, source, at_ms)
    if not items:
        return False
    if any(c.tier for c in source.causes.values()):
        return True
    if any(j.from_rest and (j.scope == "enterprise" or j in source.judged.values()) for j in _steps(desk, source)):
        return True
    return "model" in items and "model" in desk.policy(source.enterprise).management.from_rest


def management_score(desk: Desk, source: Source, items: dict[str, int]) -> float:
    """Management score v, 0 to 100, of the score formula: deductions for what is wrong."""
    deductions = desk.policy(source.enterprise).management.deductions
    return max(0.0, 100.0 - sum(deductions.get(name, 0.0) for name in sorted(items)))


def regions_above(desk: Desk, code: str) -> list[str]:
    """A region and those above it, by parent links."""
    found: list[str] = []
    while code and code not in found:
        found.append(code)
        region = desk.state.regions.get(code)
        code = region.parent or "" if region is not None else ""
    return found


def next_change(desk: Desk, source: Source, at_ms: int) -> int:
    """When the lift of a source ends by time."""
    return source.lift_until_ms if source.lifted and source.lift_until_ms > at_ms else NEVER


def lift(desk: Desk, source: Source, at_ms: int) -> bool:
    """Whether the level is lifted now; it stays lifted for the hold time after the last reason ended."""
    if lifts(desk, source, at_ms):
        source.lifted, source.lift_until_ms = True, 0
    elif source.lifted and not source.lift_until_ms:
        source.lift_until_ms = at_ms + desk.policy(source.enterprise).holds.min_s * 1000
    elif source.lifted and at_ms >= source.lift_until_ms:
        source.lifted, source.lift_until_ms = False, 0
    return source.lifted


def date_text(days: int) -> str:
    """Local date of a day number since 1970-01-01.

    >>> date_text(20000)
    '2024-10-04'
    """
    year, month, day = _civil(days)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _civil(days: int) -> tuple[int, int, int]:
    """Gregorian date of a day number, by counting years from March; no time zone, no clock."""
    era_day = days + 719_468
    era, doe = divmod(era_day, 146_097)
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    month_from_march = (5 * doy + 2) // 153
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * month_from_march + 2) // 5 + 1
