"""Weather and calendar as facts of an enterprise: a region's record reaches those under it by parent links."""

from __future__ import annotations

from typing import NamedTuple

from streams.engine.desk import NEVER, Desk
from streams.engine.groups.facts import UNKNOWN, Facts, View, next_after
from streams.engine.site.management import regions_above
from streams.engine.state import Site

DAY_S = 86_400
_WARNINGS = ("none", "blue", "yellow", "orange", "red")
_KINDS = ("thunder", "gale", "heat", "cold", "rainstorm", "flood", "typhoon", "snow")


class Day(NamedTuple):
    """What kind of time it is at a site, and when that changes."""

    special: bool
    rest: bool
    night: bool
    next_ms: int

    @property
    def upgraded(self) -> bool:
        """Whether hot work is to be managed one grade up (GB 30871: holidays, rest days, nights)."""
        return self.special or self.rest or self.night


def day_of(desk: Desk, site: Site, at_ms: int) -> Day:
    """Special period (holidays are), rest day (a weekend or holiday, unless the calendar calls it a workday), night."""
    places = regions_above(desk, site.record.region)
    own = [p for p in desk.state.periods.values() if p[0] in places]
    kinds = {kind for _, start, end, kind in own if start <= at_ms < end}
    day = desk.parameters.day
    local_s = at_ms // 1000 + day.utc_offset_s
    weekend = (local_s // DAY_S + 3) % 7 >= 5  # day 0 was a Thursday
    of_day_s = local_s % DAY_S
    night = of_day_s >= day.night_from_s or of_day_s < day.night_until_s
    midnight_ms = (local_s // DAY_S * DAY_S - day.utc_offset_s) * 1000
    edges = [midnight_ms + s * 1000 for s in (day.night_until_s, day.night_from_s, DAY_S)]
    next_ms = next_after(at_ms, *edges, *(t for _, start, end, _ in own for t in (start, end)))
    return Day(bool(kinds & {"special", "holiday"}), "holiday" in kinds or (weekend and "workday" not in kinds), night, next_ms)


def calendar(view: View, facts: Facts) -> int:
    day = day_of(view.desk, view.site, view.at_ms)
    facts["special_period"] = float(day.special)
    facts["rest_day"] = float(day.rest)
    facts["night"] = float(day.night)
    return day.next_ms


def weather(view: View, facts: Facts) -> int:
    """The worst of what is said of the region and those above it. A record that is out of date counts as calm: weather that nobody
    speaks of any more must not lift a nation for ever. Where none ever came, nothing is known."""
    desk, at_ms = view.desk, view.at_ms
    valid_ms = desk.policy(view.site.code).management.weather_valid_s * 1000
    wind: list[float] = []
    temperature: list[float] = []
    warning, heard, next_ms = 0, False, NEVER
    kinds = dict.fromkeys(_KINDS, False)
    for region in regions_above(desk, view.site.record.region):
        if region not in desk.state.weather:
            continue
        record, heard_ms = desk.state.weather[region]
        ends_ms = record.until if record.until is not None else heard_ms + valid_ms
        heard = True
        if at_ms >= ends_ms:
            continue
        next_ms = min(next_ms, ends_ms)
        wind += [record.wind_ms] if record.wind_ms is not None else []
        temperature += [record.temperature_c] if record.temperature_c is not None else []
        warning = max(warning, _WARNINGS.index(record.warning))
        for kind in _KINDS:
            kinds[kind] = kinds[kind] or kind in record.kind
    facts["weather.wind_ms"] = max(wind) if wind else 0.0 if heard else UNKNOWN
    facts["weather.temperature_c"] = temperature[0] if temperature else UNKNOWN
    facts["weather.warning"] = float(warning) if heard else UNKNOWN
    for kind, on in kinds.items():
        facts[f"weather.{kind}"] = float(on) if heard else UNKNOWN
    return next_ms
