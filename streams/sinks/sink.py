"""The sink: batches of output records into tables, so that a crash of anybody at any moment loses and doubles nothing.

A batch is cut by offsets only. Its rows go in first, the position after it goes in last, into the same database; what a crash
left half done is inserted again, and rows with the same key replace each other. The place in the log is therefore known by
the database itself, not by a consumer group.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.sinks import hours
from streams.sinks.ports import Columns, EngineError, SinkEngine
from streams.sinks.rows import TOPICS, Rows, rows_of
from streams.sinks.tables import PRESENT, ddl, mends

__all__ = ["TOPICS", "Hole", "Sink", "Watch"]

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
R = TypeVar("R")


class Hole(Exception):
    """A batch starts after the position that is due: its reader must seek to `due`, or say that the range is lost (`accept_gap`)."""

    def __init__(self, partition: TopicPartition, due: int, got: int) -> None:
        super().__init__(f"{partition.topic}/{partition.partition}: {due} is due, {got} came")
        self.partition, self.due, self.got = partition, due, got


class Watch(Protocol):
    """Is told what the sink does, from its thread; for metrics."""

    def inserted(self, table: str, rows: int, seconds: float) -> None: ...

    def failed(self, table: str) -> None:
        """An insert into `table` failed and will be tried again."""
        ...


class _Nobody:
    def inserted(self, table: str, rows: int, seconds: float) -> None: ...

    def failed(self, table: str) -> None: ...


class Sink:
    """Owns one connection, used from a thread of its own. Retries for ever; `retries` counts, for health."""

    def __init__(
        self,
        connect: Callable[[], SinkEngine],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: random.Random | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._connect = connect
        self._pause = pause
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads retries, decides nothing
        self._watch: Watch = watch or _Nobody()
        self._engine: SinkEngine | None = None
        self._thread = ThreadPoolExecutor(1, "sink")
        self._positions: dict[TopicPartition, int] = {}
        self._hours: dict[int, int] = {}
        self.retries = 0
        self.rows = 0

    async def open(self) -> Mapping[TopicPartition, int]:
        """Make the tables where they are missing; the next offset due in each topic partition that was ever written."""
        await self._until_done(self._prepare)
        return dict(self._positions)

    def position(self, partition: TopicPartition) -> int | None:
        """The next offset due, None when nothing of it was ever stored."""
        return self._positions.get(partition)

    async def take(self, batches: Sequence[Batch]) -> Mapping[TopicPartition, int]:
        """Store batches; when it returns, their rows and positions are in the database. Gives the positions after them.

        What is already stored is passed over. Raises Hole, before anything of these batches is stored.
        """
        records: list[RawRecord] = []
        after: dict[TopicPartition, int] = {}
        for batch in batches:
            place = TopicPartition(batch.topic, batch.partition)
            due = after.get(place, self._positions.get(place))
            if due is not None and batch.start > due:
                raise Hole(place, due, batch.start)
            if due is None or batch.stop > due:
                records.extend(r for r in batch.records if due is None or r.offset >= due)
                after[place] = batch.stop
        if after:
            # an output record is a few hundred bytes: cheap enough here; a block of a minute is not, so it goes to the thread
            await self._until_done(lambda engine: self._store(engine, records, after))
            self._positions |= after
        return after

    async def accept_gap(self, partition: TopicPartition, begin: int) -> None:
        """Go on at `begin`: the records before it are gone from the log. The gap is kept in `sink_gaps`."""
        due = self._positions.get(partition, 0)
        if begin <= due:
            return
        _log.error("sink: %s/%s offsets %s to %s are lost", partition.topic, partition.partition, due, begin - 1)
        gap: Columns = {"topic": [partition.topic], "part": [partition.partition], "first": [due], "stop": [begin]}

        def store(engine: SinkEngine) -> None:
            engine.insert_columns("sink_gaps", gap)
            self._store_positions(engine, {partition: begin})

        await self._until_done(store)
        self._positions[partition] = begin

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, engine.close)
        self._thread.shutdown(wait=False)

    def _prepare(self, engine: SinkEngine) -> None:
        for statement in ddl(engine.version):
            engine.execute(statement)
        for statement in mends(engine.version, engine.query(PRESENT)):
            engine.execute(statement)
        rows = engine.query("SELECT topic, part, max(stop) FROM {db}.sink_positions GROUP BY topic, part")
        self._positions = {TopicPartition(str(t), _whole(p)): _whole(stop) for t, p, stop in rows}
        self._hours = hours.closed(engine)

    def _store(self, engine: SinkEngine, records: list[RawRecord], after: Mapping[TopicPartition, int]) -> None:
        rows = rows_of(records)
        for table, columns in rows.items():
            self._insert(engine, table, columns)
        self._close_hours(engine, rows)
        self._store_positions(engine, after)
        self.rows += sum(len(columns["offset"]) for columns in rows.values())

    def _insert(self, engine: SinkEngine, table: str, columns: Columns) -> None:
        began = time.monotonic()
        try:
            engine.insert_columns(table, columns)
        except EngineError:
            self._watch.failed(table)
            raise
        self._watch.inserted(table, len(columns["offset"]), time.monotonic() - began)

    def _close_hours(self, engine: SinkEngine, rows: Rows) -> None:
        minutes = rows.get("point_minutes")
        if minutes is None:
            return
        newest: dict[int, int] = {}
        for part, at_ms in zip(minutes["part"], minutes["at_ms"], strict=True):
            newest[part] = max(newest.get(part, 0), at_ms)
        for part in sorted(newest):
            self._hours[part] = hours.close(engine, part, self._hours.get(part), newest[part])

    def _store_positions(self, engine: SinkEngine, after: Mapping[TopicPartition, int]) -> None:
        places = sorted(after)
        columns: Columns = {
            "topic": [p.topic for p in places],
            "part": [p.partition for p in places],
            "stop": [after[p] for p in places],
        }
        engine.insert_columns("sink_positions", columns)

    async def _until_done(self, work: Callable[[SinkEngine], R]) -> R:
        """Run `work` in the sink's thread, again and again until it succeeds, each time on a new connection after an error."""
        loop = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await loop.run_in_executor(self._thread, self._once, work)
            except EngineError as error:
                self.retries += 1
                _log.warning("sink: %s; again in about %.1f s", error, pause_s)
            await self._pause(pause_s * (0.5 + self._jitter.random()))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _once(self, work: Callable[[SinkEngine], R]) -> R:
        if self._engine is None:
            self._engine = self._connect()
        try:
            return work(self._engine)
        except EngineError:
            engine, self._engine = self._engine, None
            try:
                engine.close()
            except (EngineError, OSError) as error:
                _log.debug("sink: closing a broken connection: %s", error)
            raise


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
