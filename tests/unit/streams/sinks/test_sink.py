"""The sink's driver over an engine that fails whenever it likes: nothing is lost, nothing counts twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.domain.outputs import CommitmentState, PointMinute
from streams.sinks.ports import Columns, Refused, Row, Unavailable, Value
from streams.sinks.sink import Hole, Sink
from streams.sinks.tables import TABLES

T = 1_772_409_600_000  # a whole hour
PLACE = TopicPartition("aggregates", 1)


class Store:
    """What survives a crash of the engine: rows by table, with the semantics of ReplacingMergeTree under FINAL."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def insert(self, table: str, columns: Columns, most: int | None = None) -> None:
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        self.tables.setdefault(table, []).extend(rows[:most])

    def final(self, table: str) -> list[dict[str, Any]]:
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in self.tables.get(table, []):
            key = tuple(row[k] for k in TABLES[table].key)
            if key not in newest or row[TABLES[table].version] >= newest[key][TABLES[table].version]:
                newest[key] = row
        return [newest[k] for k in sorted(newest)]


class MemoryEngine:
    """Answers what the driver asks. `failures` says, call by call, whether and how it breaks."""

    version = (18, 16, 1)

    def __init__(self, store: Store, failures: list[str]) -> None:
        self.store, self._failures = store, failures
        self.closed = False

    def _fail(self, table: str = "", columns: Columns | None = None) -> None:
        how = self._failures.pop(0) if self._failures else ""
        if how == "before":
            raise Unavailable("gone before")
        if how == "refused":
            raise Refused("no such luck")
        if how == "half" and columns:
            self.store.insert(table, columns, most=1)
            raise Unavailable("gone in the middle")
        if how == "after":
            if columns:
                self.store.insert(table, columns)
            raise Unavailable("done, but who knows")

    def execute(self, sql: str, params: Mapping[str, Value] | None = None) -> None:
        self._fail()
        if "INSERT INTO {db}.point_hours" in sql and params:
            hour = params["begin"]
            self.store.insert(
                "point_hours", {"enterprise": ["E"], "point": ["A"], "at_ms": [hour], "part": [params["part"]], "offset": [1]}
            )

    def insert_columns(self, table: str, columns: Columns) -> None:
        self._fail(table, columns)
        self.store.insert(table, columns)

    def query(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        self._fail()
        if "system.columns" in sql:
            return [(table.name, column) for table in TABLES.values() for column in table.columns]
        if "sink_positions" in sql:
            return [(r["topic"], r["part"], r["stop"]) for r in self.store.final("sink_positions")]
        if "DISTINCT" in sql and params:
            begin, end = int(str(params["begin"])), int(str(params["end"]))
            hours = {r["at_ms"] // 3_600_000 * 3_600_000 for r in self.store.final("point_minutes") if begin <= r["at_ms"] < end}
            return [(h,) for h in hours]
        closed: dict[int, int] = {}
        for row in self.store.final("point_hours"):
            closed[row["part"]] = max(closed.get(row["part"], 0), row["at_ms"])
        return list(closed.items())

    def close(self) -> None:
        self.closed = True


async def no_pause(_: float) -> None: ...


def sink_over(store: Store, failures: Sequence[str] = ()) -> Sink:
    left = list(failures)
    return Sink(lambda: MemoryEngine(store, left), pause=no_pause, jitter=random.Random(1))


def minute(offset: int, at_ms: int) -> RawRecord:
    block = PointMinute(at_ms=at_ms, enterprise=["E", "E"], source=["S", "S"], point=["A", "B"], n=[1, 1], mean=[1.0, 2.0], low=[1.0, 2.0],
                        high=[1.0, 2.0], last=[1.0, 2.0], good=[1, 1], online_s=[60, 60])  # fmt: skip
    return RawRecord(PLACE.topic, PLACE.partition, offset, T, b"k", msgspec.json.encode(block))


def commitment(offset: int) -> RawRecord:
    state = CommitmentState(enterprise=f"E{offset}", region="R", date="2026-03-02", state="on_time", at_ms=T)
    return RawRecord(PLACE.topic, PLACE.partition, offset, T, b"k", msgspec.json.encode(state))


LOG = [minute(i, T + i * 1_500_000) if i % 2 else commitment(i) for i in range(10)]


def batch(start: int, stop: int) -> Batch:
    return Batch(PLACE.topic, PLACE.partition, start, stop, [r for r in LOG if start <= r.offset < stop])


def stored(store: Store) -> dict[str, Any]:
    return {
        table: store.final(table) for table in ("point_minutes", "commitments", "point_hours", "sink_positions", "dead_letters")
    }


async def run(store: Store, cuts: Sequence[int], failures: Sequence[str] = (), restart_after: int | None = None) -> None:
    """Take the log in batches that end at `cuts`, in a second incarnation after `restart_after` of them."""
    sink = sink_over(store, failures)
    await sink.open()
    for i, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(LOG)], strict=True)):
        if i == restart_after:
            await sink.close()
            sink = sink_over(store)
            await sink.open()
        await sink.take([batch(start, stop)])
    await sink.close()


async def truth() -> dict[str, Any]:
    store = Store()
    await run(store, [])
    return stored(store)


failing = st.lists(st.sampled_from(["", "", "before", "half", "after", "refused"]), max_size=40)


@given(st.lists(st.integers(0, 10), max_size=4).map(sorted), failing, st.none() | st.integers(0, 4))
def test_no_failure_loses_or_doubles_anything(cuts: list[int], failures: list[str], restart_after: int | None) -> None:
    async def check() -> None:
        store = Store()
        await run(store, cuts, failures, restart_after)
        assert stored(store) == await truth()

    asyncio.run(check())


async def test_a_crash_between_rows_and_position_stores_the_batch_again() -> None:
    store = Store()
    await run(store, [5])
    store.tables["sink_positions"] = [r for r in store.tables["sink_positions"] if r["stop"] == 5]
    sink = sink_over(store)
    assert await sink.open() == {PLACE: 5}
    await sink.take([batch(5, 10)])
    await sink.close()
    assert len(store.tables["commitments"]) > len(store.final("commitments"))
    assert stored(store) == await truth()


async def test_what_is_stored_already_is_passed_over() -> None:
    store = Store()
    sink = sink_over(store)
    await sink.open()
    await sink.take([batch(0, 6)])
    before = len(store.tables["commitments"])
    assert await sink.take([batch(0, 6), batch(2, 4)]) == {}
    assert len(store.tables["commitments"]) == before
    assert await sink.take([batch(4, 8)]) == {PLACE: 8}
    assert len(store.tables["commitments"]) == before + 1
    await sink.close()


async def test_a_hole_is_refused_before_anything_is_stored() -> None:
    store = Store()
    sink = sink_over(store)
    await sink.open()
    await sink.take([batch(0, 3)])
    with pytest.raises(Hole) as hole:
        await sink.take([batch(3, 5), batch(7, 9)])
    assert (hole.value.due, hole.value.got) == (5, 7)
    assert sink.position(PLACE) == 3
    await sink.accept_gap(PLACE, 7)
    assert store.final("sink_gaps") == [{"topic": "aggregates", "part": 1, "first": 3, "stop": 7}]
    assert await sink.take([batch(7, 10)]) == {PLACE: 10}
    await sink.close()


async def test_an_empty_batch_moves_the_position_over_markers() -> None:
    store = Store()
    sink = sink_over(store)
    await sink.open()
    assert await sink.take([Batch("warnings", 0, 5, 9, [])]) == {TopicPartition("warnings", 0): 9}
    await sink.close()
    again = sink_over(store)
    assert await again.open() == {TopicPartition("warnings", 0): 9}
    await again.close()


async def test_a_server_that_is_away_is_waited_for_with_longer_and_longer_pauses() -> None:
    store, pauses = Store(), list[float]()
    refusals = 12

    def connect() -> MemoryEngine:
        if len(pauses) < refusals:
            raise Unavailable("nobody listens")
        return MemoryEngine(store, [])

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    sink = Sink(connect, pause=pause, jitter=random.Random(1))
    await sink.open()
    await sink.close()
    assert len(pauses) == sink.retries == refusals
    assert pauses[0] < 0.2
    assert 5.0 <= max(pauses) <= 15.0
    assert len(set(pauses)) == refusals, "jitter"


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[str, int]] = []

    def inserted(self, table: str, rows: int, seconds: float) -> None:
        assert seconds >= 0
        self.said.append((table, rows))

    def failed(self, table: str) -> None:
        self.said.append((table, -1))


async def test_inserts_and_failures_are_told() -> None:
    told = Told()
    left = [""] * (len(TABLES) + 4) + ["before"]  # opening makes a database, its tables, asks three times; then comes an insert
    sink = Sink(lambda: MemoryEngine(Store(), left), pause=no_pause, jitter=random.Random(1), watch=told)
    await sink.open()
    await sink.take([batch(0, 3)])
    await sink.close()
    assert told.said == [("commitments", -1), ("commitments", 2), ("point_minutes", 2)]


async def test_hours_close_when_a_later_minute_comes() -> None:
    store = Store()
    await run(store, [2, 4, 6, 8])
    # minutes lie 25 minutes apart, at odd ones: 0:25, 1:15, 2:05, 2:55, 3:45
    assert [r["at_ms"] for r in store.final("point_hours")] == [T, T + 3_600_000, T + 7_200_000]
