"""One suite for both engines: the same statements mean the same on a server and in the process."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.domain.outputs import CommitmentState, PointMinute
from streams.sinks.chdb_engine import ChdbEngine
from streams.sinks.clickhouse_engine import ClickHouseEngine
from streams.sinks.ports import Refused, SinkEngine, Unavailable
from streams.sinks.rows import rows_of
from streams.sinks.sink import Sink
from streams.sinks.tables import PRESENT, TABLES, ddl, mends

SCHEMAS = Path(__file__).parents[2] / "schemas"
T = 1_772_409_600_000
NASTY = [
    "",
    "'",
    "\\",
    "\\'",
    "a'; DROP TABLE warnings; --",
    "换行\n制表\t零\0",
    "%(x)s {db} {}",
    '"',
    "`",
    "\u2028",
    "🔥",
    "\x07\x1b",
]
_numbers = itertools.count()
Maker = Callable[[], SinkEngine]


@pytest.fixture(params=["chdb", "clickhouse"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Makes connections to an empty database of this test's own; they are closed at the end."""
    made: list[SinkEngine] = []
    database = f"contract_{next(_numbers)}"
    server = request.getfixturevalue("clickhouse_server") if request.param == "clickhouse" else None
    if server is None:
        pytest.importorskip("chdb")

    def make() -> SinkEngine:
        engine = ChdbEngine(tmp_path / "chdb", database) if server is None else ClickHouseEngine(server.url, database)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def engine(connect: Maker) -> SinkEngine:
    """A connection to a database with all tables."""
    engine = connect()
    for statement in [*ddl(engine.version), *ddl(engine.version)]:  # twice: making what is there changes nothing
        engine.execute(statement)
    return engine


def example(name: str) -> RawRecord:
    message = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    kind = "enterprise" if "supervisor" in message else "park" if "region" in message else "region"
    return RawRecord(name.split("/")[0], 3, 7, T, f"{kind}/{message.get('code')}".encode(), json.dumps(message).encode())


EVERY_EXAMPLE = [str(p.relative_to(SCHEMAS)) for t in ("warnings", "level", "risk", "aggregates", "region-risk", "dead-letters", "registry")
                 for p in sorted((SCHEMAS / t).glob("*.example.json"))]  # fmt: skip


def test_every_kind_of_row_goes_in_and_comes_out(engine: SinkEngine) -> None:
    rows = rows_of(example(name) for name in EVERY_EXAMPLE)
    for table, columns in rows.items():
        engine.insert_columns(table, columns)
        names = [name for name in columns if name != "day"]
        found = engine.query(f"SELECT {', '.join(names)} FROM {{db}}.{table}")  # noqa: S608 - names of our own tables
        expected = list(zip(*(columns[name] for name in names), strict=True))
        assert sorted(map(_plain, found)) == sorted(map(_plain, expected)), table
    assert set(rows) | {"point_hours", "sink_positions", "sink_gaps"} == set(TABLES)


def _plain(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(str(int(v) if isinstance(v, bool) else v) for v in row)


def test_texts_survive_as_they_are(engine: SinkEngine) -> None:
    count = len(NASTY)
    columns: dict[str, list[Any]] = {"topic": NASTY, "part": [1] * count, "stop": list(range(count))}
    engine.insert_columns("sink_positions", columns)
    found = engine.query("SELECT topic, stop FROM {db}.sink_positions ORDER BY stop")
    assert found == [(text, i) for i, text in enumerate(NASTY)]
    for i, text in enumerate(NASTY):
        assert engine.query("SELECT stop FROM {db}.sink_positions WHERE topic = %(t)s", {"t": text}) == [(i,)], repr(text)
    assert len(engine.query("SELECT stop FROM {db}.sink_positions WHERE topic IN %(t)s", {"t": NASTY[1:4]})) == 3
    assert engine.query("SELECT stop FROM {db}.sink_positions WHERE topic IN %(t)s AND topic != ''", {"t": []}) == []


def test_numbers_survive_as_they_are(engine: SinkEngine) -> None:
    numbers = [0.1, -0.0, 1e-300, 1.7976931348623157e308, 5e-324, 123456789.123456789, 1 / 3]
    count = len(numbers)
    columns: dict[str, list[Any]] = {
        "day": [date(2026, 3, 2)] * count, "at_ms": [2**62 + i for i in range(count)], "enterprise": ["E"] * count, "source": ["S"] * count,
        "point": ["P"] * count, "n": [2**32 - 1] * count, "mean": numbers, "low": numbers, "high": numbers, "last": numbers,
        "good": [0] * count, "online_s": [60] * count, "part": [7] * count, "offset": [2**64 - 1] * count,
    }  # fmt: skip
    engine.insert_columns("point_minutes", columns)
    found = engine.query("SELECT at_ms, mean, n, offset FROM {db}.point_minutes ORDER BY at_ms")
    assert found == [(2**62 + i, number, 2**32 - 1, 2**64 - 1) for i, number in enumerate(numbers)]


def test_the_newest_version_of_a_row_stays(engine: SinkEngine) -> None:
    for stop in (5, 9, 7):
        engine.insert_columns("sink_positions", {"topic": ["a", "b"], "part": [0, 0], "stop": [stop, stop]})
    assert engine.query("SELECT topic, stop FROM {db}.sink_positions FINAL ORDER BY topic") == [("a", 9), ("b", 9)]


def test_the_address_may_name_a_database_that_is_not_there_yet(clickhouse_server: Any) -> None:
    address = clickhouse_server.url.rpartition("/")[0]
    engine = ClickHouseEngine(f"{address}/named_by_address")
    try:
        for statement in ddl(engine.version):
            engine.execute(statement)
        assert engine.query("SELECT name FROM system.databases WHERE name = 'named_by_address'") == [("named_by_address",)]
    finally:
        engine.close()


@pytest.mark.parametrize("url", ["clickhouse://127.0.0.1:1", "clickhouse://127.0.0.1:1/x"])
def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(Unavailable):
        ClickHouseEngine(url)


def test_an_empty_insert_is_nothing(engine: SinkEngine) -> None:
    engine.insert_columns("sink_positions", {"topic": [], "part": [], "stop": []})
    assert engine.query("SELECT count() FROM {db}.sink_positions") == [(0,)]


@pytest.mark.parametrize("sql", ["SELECT nope FROM {db}.warnings", "SELEC 1", "SELECT 1 FROM {db}.nowhere"])
def test_nonsense_is_refused(engine: SinkEngine, sql: str) -> None:
    with pytest.raises(Refused):
        engine.query(sql)
    assert engine.query("SELECT 1") == [(1,)]


def test_a_column_that_does_not_exist_is_refused(engine: SinkEngine) -> None:
    with pytest.raises((Refused, Unavailable)):
        engine.insert_columns("sink_positions", {"topic": ["a"], "nope": [1]})


def minutes(part: int, offset: int, at_ms: int) -> RawRecord:
    n, value = [3, 0], [float(at_ms % 97), 0.0]
    block = PointMinute(at_ms=at_ms, enterprise=["E", "E"], source=["S", "S"], point=["A", "B"], n=n, mean=value, low=[v - 1 for v in value],
                        high=[v + 1 for v in value], last=value, good=n, online_s=[60, 0])  # fmt: skip
    return RawRecord("aggregates", part, offset, at_ms, b"k", msgspec.json.encode(block))


async def test_the_sink_keeps_its_place_in_the_database(connect: Maker) -> None:
    place = TopicPartition("aggregates", 1)
    log = [minutes(1, i, T + i * 60_000) for i in range(150)]
    sink = Sink(connect)
    assert await sink.open() == {}
    await sink.take([Batch("aggregates", 1, 0, 70, log[:70])])
    await sink.close()
    again = Sink(connect)
    assert await again.open() == {place: 70}
    await again.take([Batch("aggregates", 1, 60, 150, log[60:])])
    await again.close()
    engine = connect()
    assert engine.query("SELECT count() FROM {db}.point_minutes FINAL") == [(300,)]
    hours = engine.query(
        "SELECT at_ms, point, n, mean, low, high, last, good, online_s FROM {db}.point_hours FINAL ORDER BY at_ms, point"
    )
    for hour in (0, 1):
        values = [float((T + i * 60_000) % 97) for i in range(hour * 60, hour * 60 + 60)]
        at_ms, point, n, mean, low, high, last, good, online_s = hours[hour * 2]
        assert (at_ms, point, n, low, high, good, online_s) == (
            T + hour * 3_600_000,
            "A",
            180,
            min(values) - 1,
            max(values) + 1,
            180,
            3600,
        )
        assert mean == pytest.approx(sum(values) / 60)
        assert last == values[-1]
        assert hours[hour * 2 + 1][1:4] == ("B", 0, 0.0)
    assert len(hours) == 4


async def test_a_repeated_batch_changes_nothing(connect: Maker) -> None:
    records = [example(name)._replace(offset=i) for i, name in enumerate(EVERY_EXAMPLE)]
    for _ in range(3):  # three sinks that all believe that nothing was stored yet
        sink = Sink(connect)
        await sink.open()
        sink._positions = {}
        for i, record in enumerate(records):
            await sink.take([Batch(record.topic, record.partition, i, i + 1, [record])])
        await sink.close()
    engine = connect()
    for table, columns in rows_of(records).items():
        count = engine.query(f"SELECT count() FROM {{db}}.{table} FINAL")  # noqa: S608 - names of our own tables
        assert count == [(len(columns["offset"]),)], table


async def test_a_later_state_of_a_commitment_replaces_the_earlier(connect: Maker) -> None:
    def state(offset: int, name: Any) -> RawRecord:
        value = CommitmentState(enterprise="E", region="R", date="2026-03-02", state=name, at_ms=T + offset * 40_000_000)
        return RawRecord("aggregates", 0, offset, T, b"E", msgspec.json.encode(value))

    sink = Sink(connect)
    await sink.open()
    await sink.take([Batch("aggregates", 0, 0, 1, [state(0, "missing")]), Batch("aggregates", 0, 1, 2, [state(1, "late")])])
    await sink.close()
    assert connect().query("SELECT date, state FROM {db}.commitments FINAL") == [("2026-03-02", "late")]


def test_tables_of_an_earlier_version_get_what_they_lack_and_keep_their_rows(connect: Maker) -> None:
    """A site is updated without losing its history: new columns are added, old rows read as empty there."""
    engine = connect()
    for statement in ddl(engine.version):
        engine.execute(statement)
    assert mends(engine.version, engine.query(PRESENT)) == []
    rows = rows_of([example("level/v1.example.json")])["levels"]
    engine.insert_columns("levels", rows)
    engine.execute("ALTER TABLE {db}.levels DROP COLUMN grade")
    [statement] = mends(engine.version, engine.query(PRESENT))
    engine.execute(statement)
    assert engine.query("SELECT code, grade FROM {db}.levels") == [(rows["code"][0], "")]
