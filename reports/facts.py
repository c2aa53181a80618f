"""What a daily report is computed from: one day of every enterprise, out of the tables. The only SQL of the daily report."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from streams.sinks.ports import SinkEngine

UTC_OFFSET_S = 8 * 3600
S = TypeVar("S", bound=msgspec.Struct)


class RegionFact(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    kind: str
    parent: str


class ParkFact(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    region: str


class EnterpriseFact(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    region: str
    park: str
    closed: int
    cameras: int


class CommitmentFact(msgspec.Struct, frozen=True):
    enterprise: str
    state: str


class OnlineFact(msgspec.Struct, frozen=True):
    """Seconds of the points of one enterprise in the day; `last_*` are those of the last minute stored."""

    enterprise: str
    online_s: int
    due_s: int
    filed_s: int
    up_s: int
    minutes: int
    first_ms: int
    last_ms: int
    last_up_s: int
    last_due_s: int
    last_filed_s: int


class CameraFact(msgspec.Struct, frozen=True):
    """Seconds of the cameras of one enterprise in the day, and how many were online in the last minute stored."""

    enterprise: str
    online_s: int
    due_s: int
    filed_s: int
    cameras: int
    cameras_up: int


class WarningFact(msgspec.Struct, frozen=True):
    enterprise: str
    kind: str
    level: str
    drill: int
    count: int


class LevelFact(msgspec.Struct, frozen=True):
    """Level of a source at the end of the day, by its last warning event."""

    enterprise: str
    source: str
    source_name: str
    level: str
    last_ms: int  # of that event


class OrderFact(msgspec.Struct, frozen=True):
    """Supervision orders of one enterprise without a result at the end of the day."""

    enterprise: str
    open: int


class AlarmFact(msgspec.Struct, frozen=True):
    """Point alarms of one enterprise: raised in the day, of these cleared and cleared in time; all cleared or overdue in the day."""

    enterprise: str
    raised: int
    raised_cleared: int
    raised_in_time: int
    cleared: int
    overdue: int


class DayFacts(msgspec.Struct, frozen=True):
    """Everything that a report of one day may use."""

    date: str
    from_ms: int
    to_ms: int
    regions: tuple[RegionFact, ...] = ()
    parks: tuple[ParkFact, ...] = ()
    enterprises: tuple[EnterpriseFact, ...] = ()
    commitments: tuple[CommitmentFact, ...] = ()
    online: tuple[OnlineFact, ...] = ()
    cameras: tuple[CameraFact, ...] = ()
    warnings: tuple[WarningFact, ...] = ()
    levels: tuple[LevelFact, ...] = ()
    alarms: tuple[AlarmFact, ...] = ()
    orders: tuple[OrderFact, ...] = ()

    def hash(self) -> str:
        """SHA-256 of the facts: two reports with the same hash were made from the same numbers."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def day_window(day: date, utc_offset_s: int = UTC_OFFSET_S) -> tuple[int, int]:
    """Epoch ms of the local day [from, to).

    >>> day_window(date(1970, 1, 2))
    (57600000, 144000000)
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(seconds=utc_offset_s)
    begin_ms = round(midnight.timestamp()) * 1000
    return begin_ms, begin_ms + 86_400_000


def facts_of(engine: SinkEngine, day: date, utc_offset_s: int = UTC_OFFSET_S) -> DayFacts:
    """The facts of a local day, with the registry as it was at its end."""
    from_ms, to_ms = day_window(day, utc_offset_s)
    window: dict[str, Any] = {"from": from_ms, "to": to_ms, "day0": day - timedelta(days=1), "day1": day + timedelta(days=1)}

    def all_of(kind: type[S], sql: str, *names: str, **more: Any) -> tuple[S, ...]:
        rows = engine.query(sql, {name: window[name] for name in names} | more)
        return tuple(sorted((kind(*row) for row in rows), key=msgspec.structs.astuple))

    in_day = ("from", "to", "day0", "day1")
    return DayFacts(
        date=day.isoformat(), from_ms=from_ms, to_ms=to_ms,
        regions=all_of(RegionFact, _REGIONS, "to"),
        parks=all_of(ParkFact, _PARKS, "to"),
        enterprises=all_of(EnterpriseFact, _ENTERPRISES, "to"),
        commitments=all_of(CommitmentFact, _COMMITMENTS, date=day.isoformat()),
        online=all_of(OnlineFact, _ONLINE, *in_day),
        cameras=all_of(CameraFact, _CAMERAS, *in_day),
        warnings=all_of(WarningFact, _WARNINGS, *in_day),
        levels=all_of(LevelFact, _LEVELS, "to"),
        alarms=all_of(AlarmFact, _ALARMS, *in_day),
        orders=all_of(OrderFact, _ORDERS, "to"),
    )  # fmt: skip


# The day columns are those of UTC and only let the server skip partitions; at_ms decides.
_IN_DAY = "at_ms >= %(from)s AND at_ms < %(to)s AND day >= %(day0)s AND day <= %(day1)s"

_REGIONS = """
SELECT code, argMax(name, offset), argMax(name_en, offset), argMax(kind, offset), argMax(parent, offset)
FROM {db}.regions WHERE known_ms < %(to)s GROUP BY code HAVING argMax(gone, offset) = 0
"""
_PARKS = """
SELECT code, argMax(name, offset), argMax(name_en, offset), argMax(region, offset)
FROM {db}.parks WHERE known_ms < %(to)s GROUP BY code HAVING argMax(gone, offset) = 0
"""
_ENTERPRISES = """
SELECT code, argMax(name, offset), argMax(name_en, offset), argMax(region, offset), argMax(park, offset), argMax(closed, offset),
    argMax(cameras, offset)
FROM {db}.enterprises WHERE known_ms < %(to)s GROUP BY code HAVING argMax(gone, offset) = 0
"""
_COMMITMENTS = "SELECT enterprise, state FROM {db}.commitments FINAL WHERE date = %(date)s"
_ONLINE = f"""
SELECT enterprise, sum(online_s), sum(due_s), sum(filed_s), sum(up_s), count(), min(at_ms), max(at_ms), argMax(up_s, at_ms), argMax(due_s, at_ms),
    argMax(filed_s, at_ms)
FROM {{db}}.online_minutes FINAL WHERE subject = 'enterprise' AND {_IN_DAY} GROUP BY enterprise
"""  # noqa: S608 - our own text
_CAMERAS = f"""
SELECT owner, sum(online), sum(due), sum(filed), count(), sum(up) FROM (
    SELECT any(enterprise) AS owner, code, sum(online_s) AS online, sum(due_s) AS due, sum(filed_s) AS filed,
        argMax(online_s, at_ms) > 0 AS up
    FROM {{db}}.online_minutes FINAL WHERE subject = 'camera' AND {_IN_DAY} GROUP BY enterprise, code
) GROUP BY owner
"""  # noqa: S608 - our own text
_WARNINGS = f"""
SELECT enterprise, kind, level, drill, count() FROM {{db}}.warnings FINAL WHERE {_IN_DAY}
GROUP BY enterprise, kind, level, drill
"""  # noqa: S608 - our own text
_LEVELS = """
SELECT enterprise, source, argMax(source_name, offset), argMax(level, offset) AS last_level, max(at_ms)
FROM {db}.warnings FINAL
WHERE at_ms < %(to)s AND drill = 0 AND kind IN ('raise', 'upgrade', 'downgrade', 'clear', 'update')
GROUP BY enterprise, source HAVING last_level IN ('red', 'orange', 'yellow')
"""
_ORDERS = """
SELECT owner, count() FROM (
    SELECT any(enterprise) AS owner, task, countIf(kind = 'supervision') AS asked, countIf(kind = 'supervision_result') AS answered
    FROM {db}.warnings FINAL
    WHERE at_ms < %(to)s AND drill = 0 AND kind IN ('supervision', 'supervision_result') GROUP BY task
) WHERE asked > 0 AND answered = 0 GROUP BY owner
"""
_ALARMS = f"""
SELECT owner, sum(was_on), sum(was_on AND off_ms > 0), sum(was_on AND off_ms > 0 AND off_ms <= due), sum(off_ms > 0), sum(late) FROM (
    SELECT any(enterprise) AS owner, id, countIf(kind = 'alarm_on') > 0 AS was_on, maxIf(at_ms, kind = 'alarm_off') AS off_ms,
        max(due_ms) AS due, countIf(kind = 'alarm_overdue') > 0 AS late
    FROM {{db}}.point_alarms FINAL WHERE {_IN_DAY} GROUP BY id
) GROUP BY owner
"""  # noqa: S608 - our own text
