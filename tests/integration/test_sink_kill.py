"""ClickHouse is killed with -9 again and again while the sink writes: nothing is lost, nothing counts twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec

from streams.domain.log import Batch, RawRecord
from streams.domain.outputs import CommitmentState, LevelNow, PointMinute
from streams.sinks.clickhouse_engine import ClickHouseEngine
from streams.sinks.sink import Sink
from tests.support.clickhouse_server import ClickHouseServer

T = 1_772_409_600_000
KILLS = 6
MINUTES = 130  # at least, so that hours are closed
POINTS = 200


def block(offset: int) -> RawRecord:
    many = range(POINTS)
    value = PointMinute(
        at_ms=T + offset * 60_000, enterprise=["E"] * POINTS, source=["S"] * POINTS, point=[f"P{i}" for i in many], n=[60] * POINTS,
        mean=[float(i) for i in many], low=[0.0] * POINTS, high=[1.0] * POINTS, last=[float(offset)] * POINTS, good=[60] * POINTS,
        online_s=[60] * POINTS,
    )  # fmt: skip
    return RawRecord("aggregates", 0, offset, T, b"E", msgspec.json.encode(value))


def commitment(offset: int) -> RawRecord:
    value = CommitmentState(enterprise=f"E{offset}", region="R", date="2026-03-02", state="on_time", at_ms=T)
    return RawRecord("aggregates", 1, offset, T, b"E", msgspec.json.encode(value))


def level(offset: int) -> RawRecord:
    value = LevelNow(
        scope="source", code=f"S{offset % 10}", enterprise="E", region="R", level="red", since_ms=T, at_ms=T + offset
    )
    return RawRecord("level", 0, offset, T, b"S", msgspec.json.encode(value))


async def test_kill_9_of_the_server_loses_and_doubles_nothing(clickhouse_factory: Callable[..., ClickHouseServer]) -> None:
    server = clickhouse_factory()

    async def short_pause(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.2))

    sink = Sink(lambda: ClickHouseEngine(server.url, timeout_s=5), pause=short_pause, jitter=random.Random(7))
    await sink.open()
    kills = 0

    async def kill_and_restart() -> None:
        nonlocal kills
        loop = asyncio.get_running_loop()
        chance = random.Random(11)
        while kills < KILLS:
            await asyncio.sleep(chance.uniform(0.05, 0.6))  # the moment of the kill is what is tested
            await loop.run_in_executor(None, server.kill9)
            await loop.run_in_executor(None, server.start)
            kills += 1

    killer = asyncio.create_task(kill_and_restart())
    offset = 0
    while kills < KILLS or offset < MINUTES:
        await sink.take([
            Batch("aggregates", 0, offset, offset + 1, [block(offset)]),
            Batch("aggregates", 1, offset, offset + 1, [commitment(offset)]),
            Batch("level", 0, offset, offset + 1, [level(offset)]),
        ])  # fmt: skip
        offset += 1
    await killer
    await sink.close()
    assert sink.retries > 0, "no kill was ever noticed"

    engine = ClickHouseEngine(server.url)
    try:
        assert engine.query("SELECT count(), sum(mean), sum(n) FROM {db}.point_minutes FINAL") == [
            (offset * POINTS, offset * sum(range(POINTS)), offset * POINTS * 60)
        ]
        assert engine.query("SELECT count() FROM {db}.commitments FINAL") == [(offset,)]
        assert engine.query("SELECT max(at_ms), count() FROM {db}.levels FINAL") == [(T + offset - 1, 10)]
        hours = (offset - 1) // 60
        found = engine.query("SELECT count(), sum(n) FROM {db}.point_hours FINAL")
        assert found == [(hours * POINTS, hours * POINTS * 3600)]
        positions = engine.query("SELECT topic, part, stop FROM {db}.sink_positions FINAL ORDER BY topic, part")
        assert positions == [("aggregates", 0, offset), ("aggregates", 1, offset), ("level", 0, offset)]
    finally:
        engine.close()
