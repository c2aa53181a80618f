"""Output records to rows of tables. Pure: the same records give the same rows, wherever and however often they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, get_args

import msgspec

from streams.domain import outputs as o
from streams.domain.cloudevents import data_of
from streams.domain.log import RawRecord
from streams.domain.registry import Enterprise, Park, Region, RegistryRecord
from streams.sinks.tables import TABLES

Rows = dict[str, dict[str, list[Any]]]
TOPICS = ("warnings", "level", "risk", "aggregates", "region-risk", "dead-letters", "registry")
_MOST_DETAIL = 4096
_LAST_MS = 4_102_444_800_000  # 2100: the type Date ends soon after
_BITS = {"UInt8": (0, 8), "UInt16": (0, 16), "UInt32": (0, 32), "UInt64": (0, 64), "Int64": (1, 64), "Stamp": (1, 64)}
# whole numbers that a column cannot hold would be refused by the server for ever; here they cost their record only
_RANGES = {
    table.name: [
        (name, -signed << bits - 1, (1 << bits - signed) - 1)
        for name, kind in table.columns.items()
        if kind in _BITS
        for signed, bits in [_BITS[kind]]
    ]
    for table in TABLES.values()
}


class _Kind(msgspec.Struct):
    """What tells the values of a topic apart; fields are left out on the wire where they have their default."""

    kind: str = ""
    episode: str = ""


_kind = msgspec.json.Decoder(_Kind)
_decoders: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (o.Warning, o.PointAlarm, o.Finding, o.LevelNow, o.RiskNow, o.PointMinute, o.OnlineMinute, o.QualityDay, o.CommitmentState,
                 o.RegionRisk, o.DeadLetter, Region, Park, Enterprise)
}  # fmt: skip
_REGISTRY: dict[str, type[RegistryRecord]] = {"region": Region, "park": Park, "enterprise": Enterprise}
_REGISTRY_TABLES = {"region": "regions", "park": "parks", "enterprise": "enterprises"}


def rows_of(records: Iterable[RawRecord]) -> Rows:
    """Columns to insert, by table. A record that cannot be read becomes a row of `dead_letters`; topics without tables give nothing."""
    made = _Made()
    for record in records:
        reader = _READERS.get(record.topic)
        if reader is None:
            continue
        mark = made.mark()
        try:
            reader(made, record._replace(value=data_of(record.value)) if record.value else record)
        except (ValueError, RecursionError) as error:
            made.back_to(mark)
            made.unreadable(record, error)
    return made.rows()


class _Made:
    """Columns under construction."""

    def __init__(self) -> None:
        self._tables: Rows = {}

    def columns(self, table: str) -> dict[str, list[Any]]:
        found = self._tables.get(table)
        if found is None:
            found = self._tables[table] = {name: [] for name in TABLES[table].columns}
        return found

    def add(self, table: str, record: RawRecord, **values: Any) -> None:
        """One row; `values` and the place in the log must fill all columns of the table."""
        columns = self.columns(table)
        values |= {"part": record.partition, "offset": record.offset}
        if "day" in columns and "day" not in values:
            values["day"] = _day(values["at_ms"])
        if values.keys() != columns.keys():
            raise AssertionError(f"{table}: {sorted(values.keys() ^ columns.keys())}")
        for name, low, high in _RANGES[table]:
            if not low <= values[name] <= high:
                raise ValueError(f"{name} {values[name]} has no place in a column of {table}")
        for name, value in values.items():
            columns[name].append(value)

    def extend(self, table: str, record: RawRecord, count: int, same: dict[str, Any], lists: dict[str, list[Any]]) -> None:
        """`count` rows at once: `same` values for all of them, `lists` one value a row."""
        if any(len(values) != count for values in lists.values()):
            raise ValueError("columns of a block differ in length")
        for name, low, high in _RANGES[table]:
            if name in lists and count and not (low <= min(lists[name]) and max(lists[name]) <= high):
                raise ValueError(f"{name} has values without a place in a column of {table}")
        columns = self.columns(table)
        for name, value in {**same, "part": record.partition, "offset": record.offset, "day": _day(same["at_ms"])}.items():
            columns[name].extend([value] * count)
        for name, values in lists.items():
            columns[name].extend(values)

    def mark(self) -> dict[str, int]:
        return {name: len(columns["offset"]) for name, columns in self._tables.items()}

    def back_to(self, mark: dict[str, int]) -> None:
        """Forget what a record that turned out to be unreadable has added."""
        for name, columns in self._tables.items():
            for values in columns.values():
                del values[mark.get(name, 0) :]

    def unreadable(self, record: RawRecord, error: Exception) -> None:
        value = record.value or b""
        self.add(
            "dead_letters", record, at_ms=record.broker_ms, topic=record.topic, topic_partition=record.partition,
            topic_offset=record.offset, field="", reason="reject.unreadable", detail=str(error)[:_MOST_DETAIL], enterprise="", payload="",
            payload_bytes=len(value), payload_sha256=hashlib.sha256(value).hexdigest(), stands_for=1,
        )  # fmt: skip

    def rows(self) -> Rows:
        return {name: columns for name, columns in self._tables.items() if columns["offset"]}


def _day(at_ms: int) -> date:
    if not 0 <= at_ms < _LAST_MS:
        raise ValueError(f"{at_ms} is no time that the tables can hold")
    return datetime.fromtimestamp(at_ms // 1000, UTC).date()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _taken(value: msgspec.Struct, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


_ALARM_KINDS = frozenset(get_args(o.AlarmKind))
_WARNING_SAME = ("at_ms", "id", "episode", "sequence", "kind", "scope", "enterprise", "enterprise_name", "source", "source_name",
                 "region", "level", "previous", "event_ms", "cause", "causation", "repeated", "drill", "park", "supervisor", "profile",
                 "grade", "score", "inherent", "parameters", "ladder", "step", "n", "due_ms", "task", "assignee", "basis")  # fmt: skip
_ALARM_SAME = ("at_ms", "id", "kind", "enterprise", "source", "region", "point", "device", "quantity", "limit_kind", "rule", "event_ms",
               "value", "unit", "flags", "tier", "owner", "due_ms", "shelved", "rule_version", "rule_hash", "sequence", "state", "since_ms",
               "peak", "acknowledged_by", "acknowledged_role", "acknowledged_ms", "cause", "ended_by", "day_count", "week_count",
               "overdue_count", "quiet", "suppressed_by", "shelved_until_ms", "author", "reason", "chatter_count", "flap_share", "drill")  # fmt: skip

_QUALITY_SUMS = ("due", "got", "seen", "untrue", "untimely", "irregular", "inaccurate")
_QUALITIES = ("true", "immediate", "complete", "normalised", "accurate")


def _warnings(made: _Made, record: RawRecord) -> None:
    data = record.value or b""
    told = _kind.decode(data)
    if told.kind in _ALARM_KINDS:
        alarm: o.PointAlarm = _decoders[o.PointAlarm].decode(data)
        made.add("point_alarms", record, **_taken(alarm, _ALARM_SAME), alarm_limit=alarm.limit)
    elif told.episode:
        warning: o.Warning = _decoders[o.Warning].decode(data)
        made.add("warnings", record, **_taken(warning, _WARNING_SAME), reasons=_json(warning.reasons),
                 receivers=_json(warning.receivers), next_due=_json(warning.next_due), detail=_json(warning.detail))  # fmt: skip
    else:
        finding: o.Finding = _decoders[o.Finding].decode(data)
        same = _taken(finding, ("at_ms", "id", "code", "enterprise", "source", "region", "point", "camera", "event_ms"))
        made.add("findings", record, **same, detail=_json(finding.detail))


def _level(made: _Made, record: RawRecord) -> None:
    if record.value is None:
        return
    level: o.LevelNow = _decoders[o.LevelNow].decode(record.value)
    made.add("levels", record, **_taken(level, level.__struct_fields__))


def _risk(made: _Made, record: RawRecord) -> None:
    risk: o.RiskNow = _decoders[o.RiskNow].decode(record.value or b"")
    made.add("risk", record, **_taken(risk, risk.__struct_fields__))


def _aggregates(made: _Made, record: RawRecord) -> None:
    data = record.value or b""
    kind = _kind.decode(data).kind
    if kind == "points":
        block: o.PointMinute = _decoders[o.PointMinute].decode(data)
        lists = _taken(block, ("enterprise", "source", "point", "n", "mean", "low", "high", "last", "good", "online_s"))
        made.extend("point_minutes", record, len(block.point), {"at_ms": block.at_ms}, lists)
    elif kind == "online":
        online: o.OnlineMinute = _decoders[o.OnlineMinute].decode(data)
        lists = _taken(online, ("region", "enterprise", "code", "online_s", "due_s", "filed_s", "up_s"))
        made.extend("online_minutes", record, len(online.code), {"at_ms": online.at_ms, "subject": online.of}, lists)
    elif kind == "quality":
        day: o.QualityDay = _decoders[o.QualityDay].decode(data)
        lists = _taken(day, ("region", "enterprise", "code", *_QUALITY_SUMS, "score"))
        lists |= {f"{name}_score": getattr(day, name) for name in _QUALITIES}
        made.extend("quality_days", record, len(day.code), {"at_ms": day.at_ms, "subject": day.of}, lists)
    else:
        state: o.CommitmentState = _decoders[o.CommitmentState].decode(data)
        same = _taken(state, ("date", "enterprise", "region", "state", "at_ms", "received_ms"))
        # by the commitment's own date, which belongs to the key; at_ms differs between its states
        made.add("commitments", record, **same, day=date.fromisoformat(state.date), missing_fields=_json(state.missing_fields))


def _region_risk(made: _Made, record: RawRecord) -> None:
    risk: o.RegionRisk = _decoders[o.RegionRisk].decode(record.value or b"")
    made.add("region_risk", record, **_taken(risk, risk.__struct_fields__))


def _dead_letters(made: _Made, record: RawRecord) -> None:
    letter: o.DeadLetter = _decoders[o.DeadLetter].decode(record.value or b"")
    same = _taken(
        letter, ("at_ms", "topic", "field", "reason", "detail", "enterprise", "payload", "payload_bytes", "payload_sha256")
    )
    made.add(
        "dead_letters", record, **same, topic_partition=letter.partition, topic_offset=letter.offset, stands_for=letter.count
    )  # fmt: skip


def _registry(made: _Made, record: RawRecord) -> None:
    kind, _, code = (record.key or b"").decode(errors="replace").partition("/")
    if kind not in _REGISTRY or not code:
        return  # the engine has said so in a dead letter already
    table, when = _REGISTRY_TABLES[kind], {"code": code, "known_ms": record.broker_ms}
    if record.value is None:
        empty = {
            name: None if kind_.startswith("Nullable") else _EMPTY.get(kind_, "") for name, kind_ in TABLES[table].columns.items()
        }
        made.add(table, record, **(empty | when | {"gone": 1}))
        return
    try:
        item = _decoders[_REGISTRY[kind]].decode(record.value)
    except (ValueError, RecursionError):
        return  # the same
    made.add(table, record, **when, gone=0, **_REGISTRY_ROWS[kind](item))


_EMPTY = {"UInt8": 0, "UInt16": 0, "UInt32": 0, "UInt64": 0, "Int64": 0}


def _region_row(item: Region) -> dict[str, Any]:
    return {"name": item.name, "name_en": item.name_en, "kind": item.kind, "parent": item.parent or ""}


def _park_row(item: Park) -> dict[str, Any]:
    return {"name": item.name, "name_en": item.name_en, "region": item.region}


def _enterprise_row(item: Enterprise) -> dict[str, Any]:
    devices = [*item.devices, *(device for source in item.sources for device in source.devices)]
    cameras = len(item.cameras) + sum(len(source.cameras) for source in item.sources)
    same = _taken(item, ("name", "name_en", "region", "supervisor", "profile", "closed", "longitude", "latitude"))
    return same | {
        "park": item.park or "", "sources": len(item.sources), "points": sum(len(d.points) for d in devices), "cameras": cameras,
    }  # fmt: skip


_REGISTRY_ROWS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "region": _region_row,
    "park": _park_row,
    "enterprise": _enterprise_row,
}
_READERS: dict[str, Callable[[_Made, RawRecord], None]] = {
    "warnings": _warnings,
    "level": _level,
    "risk": _risk,
    "aggregates": _aggregates,
    "region-risk": _region_risk,
    "dead-letters": _dead_letters,
    "registry": _registry,
}
