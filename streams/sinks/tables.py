"""The tables, once for every engine. Rows are told apart by ids of the log, so that a repeated batch changes nothing.

All tables replace by key: plain `SELECT` may see a row twice for a while, `FROM table FINAL` never does. The partition is a
function of the key's own immutable fields; two versions of a row in two partitions would never meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MODERN = (20, 3)  # from here on: LowCardinality, codecs, TTL

# types of columns; the ones on the right only where the server knows them
_MODERN_TYPES = {
    "Code": "LowCardinality(String)",
    "Stamp": "Int64 CODEC(DoubleDelta, LZ4)",
    "Measure": "Float64 CODEC(Gorilla, LZ4)",
}
_PLAIN_TYPES = {"Code": "String", "Stamp": "Int64", "Measure": "Float64"}


@dataclass(frozen=True, slots=True)
class Table:
    """`key` tells rows apart; of equal keys the row with the greatest `version` stays. `keep_days` 0: for ever; an old server
    keeps everything until its operator drops a partition."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    version: str = "offset"
    partition: str = "toYYYYMM(day)"
    keep_days: int = 0

    def typed(self, server: tuple[int, ...]) -> dict[str, str]:
        """Column -> type, as a server of this version writes it."""
        types = _MODERN_TYPES if server >= MODERN else _PLAIN_TYPES
        return {name: types.get(kind, kind) for name, kind in self.columns.items()}

    def ddl(self, server: tuple[int, ...]) -> str:
        modern = server >= MODERN
        columns = ", ".join(f"{name} {kind}" for name, kind in self.typed(server).items())
        expires = ""
        if modern and self.keep_days:
            # counted from when a row was stored, not from its own time: replayed history is old and must not vanish on arrival
            columns += ", stored Date DEFAULT today()"
            expires = f" TTL stored + INTERVAL {self.keep_days} DAY"
        where = f" PARTITION BY {self.partition}" if self.partition else ""
        return (
            f"CREATE TABLE IF NOT EXISTS {{db}}.{self.name} ({columns}) "
            f"ENGINE = ReplacingMergeTree({self.version}){where} ORDER BY ({', '.join(self.key)}){expires}"
        )


_LINEAGE = {"part": "UInt16", "offset": "UInt64"}  # where in its topic the row came from
_WHEN = {"day": "Date", "at_ms": "Stamp"}  # day is that of at_ms in UTC, for partitions only

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "warnings",
            _WHEN | {
                "id": "String", "episode": "String", "sequence": "UInt32", "kind": "Code", "scope": "Code", "enterprise": "Code",
                "enterprise_name": "String", "source": "Code", "source_name": "String", "region": "Code", "level": "Code",
                "previous": "Code", "event_ms": "Int64", "cause": "Code", "causation": "String", "repeated": "UInt8", "drill": "UInt8",
                "park": "Code", "supervisor": "Code", "profile": "Code", "grade": "Code", "score": "Float64", "inherent": "Float64",
                "parameters": "String", "reasons": "String", "ladder": "Code", "step": "Code", "n": "UInt32", "due_ms": "Int64",
                "task": "String", "assignee": "Code", "basis": "Code", "receivers": "String", "next_due": "String", "detail": "String",
            } | _LINEAGE,
            ("at_ms", "id"),
        ),
        Table(
            "point_alarms",
            _WHEN | {
                "id": "String", "kind": "Code", "enterprise": "Code", "source": "Code", "region": "Code", "point": "Code",
                "device": "Code", "quantity": "Code", "limit_kind": "Code", "rule": "Code", "event_ms": "Int64",
                "value": "Nullable(Float64)", "alarm_limit": "Nullable(Float64)", "unit": "Code", "flags": "UInt32", "tier": "UInt8",
                "owner": "String", "due_ms": "Int64", "shelved": "UInt8", "rule_version": "String", "rule_hash": "String",
                "sequence": "UInt32", "state": "Code", "since_ms": "Int64", "peak": "Nullable(Float64)", "acknowledged_by": "String",
                "acknowledged_role": "Code", "acknowledged_ms": "Int64", "cause": "Code", "ended_by": "String", "day_count": "UInt32",
                "week_count": "UInt32", "overdue_count": "UInt32", "quiet": "UInt8", "suppressed_by": "String",
                "shelved_until_ms": "Int64", "author": "String", "reason": "String", "chatter_count": "UInt32", "flap_share": "Float64",
                "drill": "UInt8",
            } | _LINEAGE,
            ("at_ms", "id", "kind", "sequence"),
        ),
        Table(
            "findings",
            _WHEN | {
                "id": "String", "code": "Code", "enterprise": "Code", "source": "Code", "region": "Code", "point": "Code",
                "camera": "Code", "event_ms": "Int64", "detail": "String",
            } | _LINEAGE,
            ("at_ms", "id"),
        ),
        Table(
            "levels",
            {
                "scope": "Code", "code": "String", "enterprise": "Code", "region": "Code", "level": "Code", "since_ms": "Int64",
                "at_ms": "Int64", "episode": "String", "grade": "Code",
            } | _LINEAGE,
            ("scope", "enterprise", "code"),
            partition="",
        ),
        Table(
            "risk",
            _WHEN | {
                "scope": "Code", "code": "Code", "enterprise": "Code", "region": "Code", "level": "Code", "score": "Float64",
                "inherent": "Float64", "activity": "Float64", "management": "Float64", "target": "Code", "causes": "UInt32",
                "grade": "Code", "stock_share": "Nullable(Float64)", "parameters": "String",
            } | _LINEAGE,
            ("scope", "code", "at_ms", "part", "offset"),
            keep_days=1100,
        ),
        Table(
            "point_minutes",
            _WHEN | {
                "enterprise": "Code", "source": "Code", "point": "Code", "n": "UInt32", "mean": "Measure", "low": "Measure",
                "high": "Measure", "last": "Measure", "good": "UInt32", "online_s": "UInt8",
            } | _LINEAGE,
            ("enterprise", "point", "at_ms"),
            partition="toYYYYMMDD(day)",
            keep_days=31,
        ),
        Table(
            "point_hours",
            _WHEN | {
                "enterprise": "Code", "source": "Code", "point": "Code", "n": "UInt32", "mean": "Measure", "low": "Measure",
                "high": "Measure", "last": "Measure", "good": "UInt32", "online_s": "UInt32",
            } | _LINEAGE,
            ("enterprise", "point", "at_ms"),
            keep_days=1100,
        ),
        Table(
            "online_minutes",
            _WHEN | {
                "subject": "Code", "region": "Code", "enterprise": "Code", "code": "Code", "online_s": "UInt32", "due_s": "UInt32",
                "filed_s": "UInt32", "up_s": "UInt32",
            } | _LINEAGE,
            ("subject", "enterprise", "code", "at_ms"),
            partition="toYYYYMMDD(day)",
            keep_days=400,
        ),
        Table(
            "quality_days",  # of a region: a row a partition, whose sums are added
            _WHEN | {
                "subject": "Code", "region": "Code", "enterprise": "Code", "code": "Code", "due": "UInt64", "got": "UInt64",
                "seen": "UInt64", "untrue": "UInt64", "untimely": "UInt64", "irregular": "UInt64", "inaccurate": "UInt64",
                "true_score": "Nullable(Float64)", "immediate_score": "Nullable(Float64)", "complete_score": "Nullable(Float64)",
                "normalised_score": "Nullable(Float64)", "accurate_score": "Nullable(Float64)", "score": "Nullable(Float64)",
            } | _LINEAGE,
            ("subject", "enterprise", "code", "at_ms", "part"),
            keep_days=1100,
        ),
        Table(
            "commitments",
            {
                "day": "Date", "date": "String", "enterprise": "Code", "region": "Code", "state": "Code", "at_ms": "Int64",
                "received_ms": "Int64", "missing_fields": "String",
            } | _LINEAGE,
            ("date", "enterprise"),
        ),
        Table(
            "region_risk",
            _WHEN | {
                "region": "Code", "level": "Code", "score": "Float64", "enterprises": "UInt32", "red": "UInt32", "orange": "UInt32",
                "yellow": "UInt32", "blue": "UInt32", "worst": "Code", "provisional": "UInt8", "partitions": "UInt16",
            } | _LINEAGE,
            ("region", "at_ms"),
        ),
        Table(
            "dead_letters",
            _WHEN | {
                "topic": "Code", "topic_partition": "UInt16", "topic_offset": "Int64", "field": "String", "reason": "Code",
                "detail": "String", "enterprise": "Code", "payload": "String", "payload_bytes": "UInt64", "payload_sha256": "String",
                "stands_for": "UInt64",
            } | _LINEAGE,
            ("topic", "topic_partition", "topic_offset", "field", "part", "offset"),
            keep_days=400,
        ),
        # every version of every record, so that a report sees the registry as it was at the end of its day
        Table(
            "regions",
            {"code": "String", "name": "String", "name_en": "String", "kind": "Code", "parent": "String", "known_ms": "Int64",
             "gone": "UInt8"} | _LINEAGE,
            ("code", "offset"),
            partition="",
        ),
        Table(
            "parks",
            {"code": "String", "name": "String", "name_en": "String", "region": "String", "known_ms": "Int64", "gone": "UInt8"} | _LINEAGE,
            ("code", "offset"),
            partition="",
        ),
        Table(
            "enterprises",
            {"code": "String", "name": "String", "name_en": "String", "region": "String", "park": "String", "supervisor": "String",
             "profile": "Code", "closed": "UInt8", "sources": "UInt32", "points": "UInt32", "cameras": "UInt32",
             "longitude": "Nullable(Float64)", "latitude": "Nullable(Float64)", "known_ms": "Int64", "gone": "UInt8"} | _LINEAGE,
            ("code", "offset"),
            partition="",
        ),
        Table(
            "sink_positions",
            {"topic": "String", "part": "UInt16", "stop": "UInt64"},
            ("topic", "part"),
            version="stop",
            partition="",
        ),
        Table(
            "sink_gaps",
            {"topic": "String", "part": "UInt16", "first": "UInt64", "stop": "UInt64"},
            ("topic", "part", "first"),
            version="stop",
            partition="",
        ),
    )
}  # fmt: skip


def ddl(server: tuple[int, ...]) -> list[str]:
    """Statements that make the database and every table that is not there yet, for a server of this version."""
    return ["CREATE DATABASE IF NOT EXISTS {db}", *(table.ddl(server) for table in TABLES.values())]


PRESENT = "SELECT table, name FROM system.columns WHERE database = '{db}'"


def mends(server: tuple[int, ...], present: Iterable[tuple[object, ...]]) -> list[str]:
    """Statements that add the columns which tables of an earlier version lack; `present` is the answer to PRESENT.

    What earlier rows do not have reads as the type's empty value.
    """
    held = {(str(table), str(column)) for table, column in present}
    return [
        f"ALTER TABLE {{db}}.{table.name} ADD COLUMN {column} {kind}"
        for table in TABLES.values() for column, kind in table.typed(server).items() if (table.name, column) not in held
    ]  # fmt: skip
