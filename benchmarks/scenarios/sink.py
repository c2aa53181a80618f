"""`sink`: output records into ClickHouse and chDB as the sink writes them, and the daily report over a simulated province-year.

Records are those of `outputs`: a block of point minutes an enterprise and minute, with levels, risk and warnings among them. Rows are
counted by the database at the end, so rows that never arrived are not counted. The year of minutes is made inside the database; the
report's facts must be the same in both.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec

from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Case, Contender, Unavailable
from benchmarks.harness.memory import peak_mb
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.peers.timing import Stopwatch
from reports.facts import day_window, facts_of
from streams.domain.log import Batch, RawRecord
from streams.domain.outputs import LevelNow, PointMinute, RiskNow
from streams.domain.registry import Enterprise, Region
from streams.sinks.engines import connector
from streams.sinks.ports import SinkEngine
from streams.sinks.rows import rows_of
from streams.sinks.sink import Sink
from tests.support.process import StartFailed
from tests.support.process import Unavailable as NoServer
from tests.support.servers import clickhouse

SEED = 20240105
ENTERPRISES, POINTS = 400, 60  # a block an enterprise and minute
_MINUTES = """INSERT INTO {db}.online_minutes
    (day, at_ms, subject, region, enterprise, code, online_s, due_s, filed_s, up_s, part, offset)
    SELECT toDate(intDiv(%(first)s, 1000), 'UTC'), %(first)s + intDiv(number, %(enterprises)s) * 60000, 'enterprise',
        concat('C', toString((number % %(enterprises)s) % 48)), concat('E', toString(number % %(enterprises)s)),
        concat('E', toString(number % %(enterprises)s)), 3600 - (number % 7) * 60, 3600, 0, 60, 0,
        %(day)s * 1000000000 + number
    FROM numbers(%(count)s)"""
DAY = date(2026, 6, 30)
T0 = day_window(DAY)[0]


def records(rows: int) -> Iterator[Batch]:
    """About `rows` rows: each minute a block of points, a level and a score of each of `ENTERPRISES`."""
    for minute in range(max(1, rows // (ENTERPRISES * (POINTS + 2)))):
        values = [of for e in range(ENTERPRISES) for of in _of_minute(e, T0 + minute * 60_000)]
        first, stop = minute * ENTERPRISES, (minute + 1) * ENTERPRISES
        for topic in ("aggregates", "level", "risk"):
            mine = [msgspec.json.encode(value) for name, value in values if name == topic]
            raw = [RawRecord(topic, 0, first + i, T0, b"k", value) for i, value in enumerate(mine)]
            yield Batch(topic, 0, first, stop, raw)


def _of_minute(e: int, at_ms: int) -> Iterator[tuple[str, PointMinute | LevelNow | RiskNow]]:
    many = range(POINTS)
    yield "aggregates", PointMinute(
        at_ms=at_ms, enterprise=[f"E{e}"] * POINTS, source=["S"] * POINTS, point=[f"P{i}" for i in many], n=[60] * POINTS,
        mean=[20.0 + i + e / 7 for i in many], low=[19.5 + i for i in many], high=[21.25 + i for i in many],
        last=[20.5 + i for i in many], good=[60] * POINTS, online_s=[60] * POINTS,
    )  # fmt: skip
    yield "level", LevelNow(scope="source", code=f"S{e}", enterprise=f"E{e}", region="R1", level="blue", since_ms=T0, at_ms=at_ms)
    yield "risk", RiskNow(
        scope="source", code=f"S{e}", enterprise=f"E{e}", region="R1", at_ms=at_ms, level="blue", score=12.5, inherent=40.0,
        activity=0.0, management=0.0, target="blue", causes=0, grade="III", parameters="p",
    )  # fmt: skip


def stored(target: str, rows: int, database: str) -> Sample:
    """Through `Sink.take`, three topics at a time; wall time, because most of it is the database's."""
    batches = list(records(rows))

    async def whole() -> tuple[float, float]:
        sink = Sink(connector(target, database))
        await sink.open()
        began, watch = time.perf_counter(), Stopwatch()
        for i in range(0, len(batches), 3):
            await sink.take(batches[i : i + 3])
        took = time.perf_counter() - began
        await sink.close()
        return took, watch.cpu_s()

    took, cpu_s = asyncio.run(whole())
    engine = connector(target, database)()
    try:
        count = int(str(engine.query("SELECT count() FROM {db}.point_minutes FINAL")[0][0]))
        risk = int(str(engine.query("SELECT count() FROM {db}.risk FINAL")[0][0]))
        told = engine.query("SELECT sum(n), sum(mean), max(at_ms) FROM {db}.point_minutes FINAL")
        engine.execute("DROP DATABASE {db}")
    finally:
        engine.close()
    found = hashlib.sha256(repr([(count, risk, [round(float(str(v)), 3) for v in told[0]])]).encode()).hexdigest()
    return Sample(work=count + risk, seconds=took, hash=found, more={"client_cpu_s": cpu_s, "memory_MB": peak_mb()})


def rows_only(rows: int) -> Sample:
    """Records to columns, no database: what the sink itself does."""
    batches = list(records(rows))
    watch, count = Stopwatch(), 0
    for batch in batches:
        count += sum(len(columns["offset"]) for columns in rows_of(batch.records).values())
    return Sample(work=count, seconds=watch.cpu_s())


def province(engine: SinkEngine, enterprises: int, days: int) -> int:
    """Registry and `days` days of online minutes of a province, made inside the database; how many rows."""
    registry: list[tuple[str, Region | Enterprise]] = [("region/R", Region(code="R", name="R", kind="province"))]
    registry += [(f"region/C{c}", Region(code=f"C{c}", name=f"C{c}", kind="county", parent="R")) for c in range(48)]
    registry += [(f"enterprise/E{e}", Enterprise(code=f"E{e}", name=f"E{e}", region=f"C{e % 48}", supervisor=f"C{e % 48}"))
                 for e in range(enterprises)]  # fmt: skip
    first_ms = day_window(DAY - timedelta(days=days - 1))[0]
    raw = [RawRecord("registry", 0, i, first_ms - 1000, k.encode(), msgspec.json.encode(v)) for i, (k, v) in enumerate(registry)]
    for table, columns in rows_of(raw).items():
        engine.insert_columns(table, columns)
    for day in range(days):
        at_ms = first_ms + day * 86_400_000
        for first, hours in ((at_ms, 16), (at_ms + 16 * 3_600_000, 8)):  # a local day is in two days of UTC: a partition each
            given = {"first": first, "day": day, "enterprises": enterprises, "count": hours * 60 * enterprises}
            engine.execute(_MINUTES, given)
    return days * 1440 * enterprises


def reported(target: str, enterprises: int, days: int, asked: int, database: str) -> Sample:
    """Facts of `asked` days out of the year; the tables are made before the clock starts."""

    async def tables() -> None:
        sink = Sink(connector(target, database))
        await sink.open()
        await sink.close()

    asyncio.run(tables())
    engine = connector(target, database)()
    try:
        began = time.perf_counter()
        rows = province(engine, enterprises, days)
        made_s = time.perf_counter() - began
        began = time.perf_counter()
        hashes = [facts_of(engine, DAY - timedelta(days=(i * 37) % days)).hash() for i in range(asked)]
        took = time.perf_counter() - began
        engine.execute("DROP DATABASE {db}")
    finally:
        engine.close()
    more = {"rows": float(rows), "making_s": made_s, "s_a_report": took / asked}
    return Sample(work=asked, seconds=took, hash=hashlib.sha256("".join(hashes).encode()).hexdigest(), more=more)


def cases(options: Options, servers: dict[str, str], why: str) -> Iterator[Case]:
    module, quick = "benchmarks.scenarios.sink", options.quick
    rows = 75_000 if quick else 2_000_000
    repeats = 1 if quick else 3

    def contenders(function: str, given: dict[str, object]) -> list[Contender]:
        found = [Contender(name, in_child(module, function, {**given, "target": target, "database": "bench"}, one_core=False))
                 for name, target in servers.items()]  # fmt: skip
        return found if not why else [*found, Contender("ClickHouse", _refusing(why))]

    null = Contender("null work: records to columns", in_child(module, "rows_only", {"rows": rows}), floor=True)
    yield Case("rows stored", "rows", [*contenders("stored", {"rows": rows}), null], repeats=repeats)
    year = {"enterprises": 20, "days": 10, "asked": 3} if quick else {"enterprises": 235, "days": 365, "asked": 20}
    yield Case(f"daily report over {year['days']} days of {year['enterprises']} enterprises", "reports",
               contenders("reported", dict(year)), repeats=repeats, timed=True)  # fmt: skip


def _refusing(why: str) -> Callable[[float], Sample]:
    def run(left_s: float) -> Sample:
        raise Unavailable(why)

    return run


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    chdb = {"chDB, inside the process": f"chdb:{options.folder / 'chdb'}"}
    try:
        with clickhouse(Path(options.folder / "clickhouse")) as server:
            version = ".".join(map(str, connector(server.url)().version))
            yield cases(options, {f"ClickHouse {version}": server.url, **chdb}, "")
    except (NoServer, StartFailed) as problem:
        yield cases(options, chdb, str(problem).splitlines()[0])


SCENARIO = Scenario("sink", SEED, "rows into ClickHouse and chDB, reports over a simulated province-year", 3600, 400, opened)
