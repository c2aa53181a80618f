"""Rows out of output records: every example of the topics, and what happens to the unreadable."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.domain.cloudevents import dressed
from streams.domain.log import Output, RawRecord
from streams.domain.outputs import CommitmentState, Finding, OnlineMinute, PointMinute
from streams.sinks.rows import TOPICS, rows_of
from streams.sinks.tables import TABLES

SCHEMAS = Path(__file__).parents[4] / "schemas"
T = 1_772_410_530_000


def record(topic: str, value: bytes | None, key: bytes = b"k", offset: int = 7) -> RawRecord:
    return RawRecord(topic, 3, offset, T, key, value)


def example(name: str) -> RawRecord:
    topic = name.split("/")[0]
    message = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    kind = "enterprise" if "supervisor" in message else "park" if "region" in message else "region"
    return record(topic, json.dumps(message).encode(), f"{kind}/{message.get('code')}".encode())


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("warnings/v1.example.json", "warnings", {"level": "orange", "source_name": "液氨罐区", "part": 3, "offset": 7}),
        ("warnings/v1.point-alarm.example.json", "point_alarms", {"kind": "alarm_on", "alarm_limit": 40.0, "owner": "赵强"}),
        ("warnings/v1.finding.example.json", "findings", {"code": "finding.clock_off", "detail": '{"off_s":-10800}'}),
        ("level/v1.example.json", "levels", {"code": "210921007001", "level": "orange"}),
        ("risk/v1.example.json", "risk", {"score": 71.4, "stock_share": 0.675}),
        ("aggregates/v1.online.example.json", "online_minutes", {"subject": "enterprise", "up_s": 60}),
        ("aggregates/v1.quality.example.json", "quality_days", {"subject": "source", "due": 60480, "complete_score": 99.6}),
        ("aggregates/v1.commitment.example.json", "commitments", {"date": "2026-03-02", "state": "on_time"}),
        ("region-risk/v1.example.json", "region_risk", {"worst": "210921007", "provisional": False}),
        ("dead-letters/v1.example.json", "dead_letters", {"topic": "readings", "topic_offset": 99120331, "stands_for": 1}),
        ("registry/v1.example.json", "enterprises", {"sources": 1, "points": 5, "cameras": 3, "known_ms": T, "gone": 0}),
        ("registry/v1.region.example.json", "regions", {"parent": "2109", "kind": "county"}),
        ("registry/v1.park.example.json", "parks", {"region": "210921"}),
    ],
)
def test_an_example_of_each_kind_is_one_row(name: str, table: str, expected: dict[str, Any]) -> None:
    rows = rows_of([example(name)])
    assert list(rows) == [table]
    row = {column: values[0] for column, values in rows[table].items()}
    assert {name: row[name] for name in expected} == expected
    assert list(row) == list(TABLES[table].columns)


def test_a_block_of_points_is_a_row_a_point() -> None:
    rows = rows_of([example("aggregates/v1.example.json")])["point_minutes"]
    assert rows["point"] == ["LI-1101", "PI-1101"]
    assert rows["good"] == [60, 59]
    assert rows["offset"] == [7, 7]


def test_defaults_left_out_on_the_wire_still_tell_the_kinds_apart() -> None:
    finding = msgspec.json.encode(Finding(id="f", code="finding.x", enterprise="E", at_ms=T))
    state = msgspec.json.encode(CommitmentState(enterprise="E", region="R", date="2026-03-02", state="late", at_ms=T))
    assert b"kind" not in finding + state
    assert set(rows_of([record("warnings", finding), record("aggregates", state)])) == {"findings", "commitments"}


def test_a_removed_enterprise_is_a_row_that_says_so() -> None:
    rows = rows_of([record("registry", None, b"enterprise/E1")])["enterprises"]
    assert (rows["code"], rows["gone"], rows["longitude"], rows["closed"]) == (["E1"], [1], [None], [0])


@pytest.mark.parametrize("topic", [t for t in TOPICS if t not in ("registry", "level")])
@pytest.mark.parametrize("value", [b"", b"\xff", b"[]", b'{"kind":"points"}', b'{"kind":"alarm_on"}', b'{"episode":"e"}', None])
def test_an_unreadable_record_is_a_dead_letter_and_leaves_no_half_rows(topic: str, value: bytes | None) -> None:
    good = example("aggregates/v1.example.json")
    rows = rows_of([good, record(topic, value), good])
    assert rows["dead_letters"]["reason"] == ["reject.unreadable"]
    assert rows["dead_letters"]["topic"] == [topic]
    assert len(rows["point_minutes"]["point"]) == 4
    assert all(len({len(v) for v in columns.values()}) == 1 for columns in rows.values())


def test_a_block_whose_columns_differ_in_length_is_unreadable() -> None:
    block = PointMinute(at_ms=T, enterprise=["E"], source=["S"], point=["A", "B"], n=[1], mean=[1.0], low=[1.0], high=[1.0], last=[1.0],
                        good=[1], online_s=[60])  # fmt: skip
    assert list(rows_of([record("aggregates", msgspec.json.encode(block))])) == ["dead_letters"]


@pytest.mark.parametrize(
    "change", [{"tier": 300}, {"tier": -1}, {"due_ms": 2**63}, {"at_ms": -1}, {"at_ms": 2**62}, {"flags": 2**40}]
)
def test_a_number_that_no_column_can_hold_costs_its_record_only(change: dict[str, int]) -> None:
    """The server would refuse the whole batch, now and at every retry."""
    message = json.loads((SCHEMAS / "warnings" / "v1.point-alarm.example.json").read_text(encoding="utf-8")) | change
    rows = rows_of([record("warnings", json.dumps(message).encode()), example("warnings/v1.point-alarm.example.json")])
    assert rows["dead_letters"]["reason"] == ["reject.unreadable"]
    assert len(rows["point_alarms"]["id"]) == 1


def test_a_dead_letter_that_stands_for_many_has_no_offset() -> None:
    message = json.loads((SCHEMAS / "dead-letters" / "v1.example.json").read_text(encoding="utf-8")) | {
        "offset": -1,
        "count": 5000,
    }
    rows = rows_of([record("dead-letters", json.dumps(message).encode())])["dead_letters"]
    assert (rows["topic_offset"], rows["stands_for"]) == ([-1], [5000])


def test_a_block_with_an_impossible_number_is_unreadable() -> None:
    message = json.loads((SCHEMAS / "aggregates" / "v1.example.json").read_text(encoding="utf-8")) | {"n": [60, -1]}
    assert list(rows_of([record("aggregates", json.dumps(message).encode())])) == ["dead_letters"]


def test_an_empty_block_gives_no_rows() -> None:
    block = OnlineMinute(at_ms=T, of="camera", region=[], enterprise=[], code=[], online_s=[], due_s=[], filed_s=[], up_s=[])
    assert rows_of([record("aggregates", msgspec.json.encode(block)), record("steps", b"{}")]) == {}


def test_every_table_has_all_that_replacing_needs() -> None:
    for table in TABLES.values():
        assert set(table.key) <= table.columns.keys()
        assert table.version in table.columns
        assert not table.keep_days or table.partition


@pytest.mark.parametrize("name", ["warnings/v1.example.json", "level/v1.example.json", "aggregates/v1.example.json"])
def test_an_output_in_an_envelope_gives_the_same_rows(name: str) -> None:
    """A deployment may write structured CloudEvents; its tables must not differ."""
    bare = example(name)
    [event] = dressed([Output(bare.topic, bare.key, bare.value or b"")], 1, "structured")
    assert rows_of([bare._replace(value=event.value)]) == rows_of([bare])
