"""The embedded log: one SQLite file behind the same contract as Kafka, so that demo, small sites and tests run the same agents.

What a broker would do is done here: order in each partition, append times, transactions, fencing, retention, compaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from streams.domain.catalogue import text
from streams.domain.log import Output, RawRecord, TopicPartition
from streams.domain.partitions import partition_of
from streams.steps.ports import Fenced, LogError, PositionLost
from streams.transport.clocks import Clock, PlayerClock, WallClock
from streams.transport.embedded_store import Extent, Store, Topic
from streams.transport.embedded_upkeep import compacted, load_positions, retained, save_positions

_CHUNK = 64  # rows taken from SQLite at once; a read may go over its bytes by so many records

_keyed = lru_cache(maxsize=65_536)(partition_of)  # keys are enterprises: few, and asked for with every record


class Append(NamedTuple):
    """A record to append. Partition None: by key, as Kafka's default partitioner does it; without a key partition 0."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    broker_ms: int | None = None


class _Tail:
    """The growing end of one partition while a transaction is written."""

    __slots__ = ("begin", "end", "last_ms", "max_record_bytes", "stream")

    def __init__(self, extent: Extent, max_record_bytes: int) -> None:
        self.stream, self.begin, self.end, self.last_ms = extent
        self.max_record_bytes = max_record_bytes


class EmbeddedLog:
    """One open file; one process at a time. Usable from any thread and any event loop of that process."""

    _open: ClassVar[dict[Path, EmbeddedLog]] = {}  # of this process: agents, sinks and players share one

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._reads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="embedded-read")

    @classmethod
    def open(cls, path: str | Path, clock: Clock | None = None) -> EmbeddedLog:
        """Open or create the file. Raises LogBusy when another process has it, LogError when it is something else."""
        store = Store(Path(path).resolve())
        chosen = WallClock() if clock is None else clock
        log = cls(store, chosen)
        newest_ms = max((e.last_ms for e in store.extents.values()), default=0)
        if isinstance(chosen, WallClock | PlayerClock):
            chosen.start_at(newest_ms)
        cls._open[store.path] = log
        return log

    @classmethod
    def opened(cls, path: str | Path) -> EmbeddedLog | None:
        """The log that this process has open under `path`, if any."""
        return cls._open.get(Path(path).resolve())

    # -- topics -------------------------------------------------------------------------------------------------------------

    def create_topics(self, topics: Iterable[Topic]) -> None:
        """Create what is missing, all or nothing. Raises LogError when a topic exists with another number of partitions."""
        wanted = list(topics)
        self.store.submit(lambda db: _create(self.store, db, wanted)).result()

    def partitions(self, topic: str) -> int:
        """Number of partitions. Raises LogError for an unknown topic."""
        try:
            return self.store.topics[topic].partitions
        except KeyError:
            raise LogError(text("transport.topic_unknown", "en", topic=topic, partition="*")) from None

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """Where a record of this key goes. Raises LogError for an unknown topic."""
        return 0 if key is None else _keyed(key, self.partitions(topic))

    def topics(self) -> Mapping[str, Topic]:
        return self.store.topics

    # -- time ---------------------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def set_now(self, at_ms: int) -> None:
        """Move the player's clock and wake everyone who waits for time. Raises LogError when the log has a clock of its own."""
        if not isinstance(self.clock, PlayerClock):
            raise LogError("only a log that was opened with a PlayerClock can be told the time")
        self.clock.set(at_ms)
        self.store.bell.ring_all()

    # -- producing ----------------------------------------------------------------------------------------------------------

    def submit(self, records: Sequence[Append]) -> Future[list[int]]:
        """Append `records` as one transaction; the future has their offsets once they are on disk. Any thread, any loop."""
        return self.store.submit(lambda db: self._appended(db, records)[0])

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        """Append one record and wait until it is on disk. `broker_ms` only under a PlayerClock; it never goes back either."""
        await asyncio.wrap_future(self.submit([Append(topic, partition, key, value, broker_ms)]))

    async def append_batch(self, records: Sequence[Append]) -> list[int]:
        """Append `records` as one transaction and wait until they are on disk; gives back their offsets."""
        return await asyncio.wrap_future(self.submit(records))

    async def flush(self) -> None:
        """Nothing is left to wait for: every append waited for the disk."""

    def _appended(self, db: sqlite3.Connection, records: Sequence[Append]) -> tuple[list[int], int]:
        """In the writing thread: store `records`; gives back their offsets and the stamp of the last one."""
        now_ms = self.clock.now_ms()
        tails: dict[tuple[str, int | None, bytes | None], _Tail] = {}
        by_place: dict[TopicPartition, _Tail] = {}
        rows: list[tuple[int, int, int, bytes | None, bytes | None]] = []
        offsets: list[int] = []
        stamp_ms = now_ms
        for topic, partition, key, value, broker_ms in records:
            tail = tails.get((topic, partition, key))
            if tail is None:
                tail = tails[topic, partition, key] = self._tail(by_place, topic, partition, key)
            size = (0 if key is None else len(key)) + (0 if value is None else len(value))
            if size > tail.max_record_bytes:
                raise LogError(text("transport.record_too_large", "en", topic=topic, size=size, limit=tail.max_record_bytes))
            stamp_ms = max(tail.last_ms, now_ms if broker_ms is None else self._owned(broker_ms))
            rows.append((tail.stream, tail.end, stamp_ms, key, value))
            offsets.append(tail.end)
            tail.end += 1
            tail.last_ms = stamp_ms
        db.executemany("INSERT INTO records (stream, offset, broker_ms, key, value) VALUES (?, ?, ?, ?, ?)", rows)
        for place, tail in by_place.items():
            self.store.staged[place] = Extent(tail.stream, tail.begin, tail.end, tail.last_ms)
        return offsets, stamp_ms

    def _tail(self, by_place: dict[TopicPartition, _Tail], topic: str, partition: int | None, key: bytes | None) -> _Tail:
        """Where records of this key go; one object a partition, shared by all its keys."""
        kept = self.store.topics.get(topic)
        if kept is None:
            raise LogError(text("transport.topic_unknown", "en", topic=topic, partition="*"))
        if partition is None:
            partition = self.partition_for(topic, key)
        place = TopicPartition(topic, partition)
        if place not in by_place:
            extent = self.store.staged.get(place) or self.store.extent(place)
            by_place[place] = _Tail(extent, kept.max_record_bytes)
        return by_place[place]

    def _owned(self, broker_ms: int) -> int:
        if not isinstance(self.clock, PlayerClock):
            raise LogError("append times are given by the log's own clock")  # a sender must not be able to move log time
        return broker_ms

    # -- steps' ports -------------------------------------------------------------------------------------------------------

    def reader(self) -> EmbeddedReader:
        return EmbeddedReader(self.store, self._reads)

    def writer(self, partition: int, role: str = "steps") -> EmbeddedWriter:
        """The writer of `partition`; writers of one role fence each other, roles do not see each other."""
        return EmbeddedWriter(self, role, partition)

    # -- positions of consumer groups ---------------------------------------------------------------------------------------

    async def commit_positions(self, group: str, positions: Mapping[TopicPartition, int]) -> None:
        """Remember where `group` goes on."""
        await asyncio.wrap_future(self.store.submit(lambda db: save_positions(db, group, positions)))

    async def committed_positions(self, group: str, places: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where `group` goes on in these partitions; without those that it never committed."""
        wanted = set(places)
        found: dict[TopicPartition, int] = await asyncio.wrap_future(self.store.submit(lambda db: load_positions(db, group)))
        return {place: position for place, position in found.items() if place in wanted}

    # -- upkeep -------------------------------------------------------------------------------------------------------------

    def retain(self, at_ms: int | None = None) -> int:
        """Drop what is older than its topic's retention, from the beginning of each partition; gives back the number of records."""
        at = self.now_ms() if at_ms is None else at_ms
        dropped: int = self.store.submit(lambda db: retained(self.store, db, at)).result()
        return dropped

    def compact(self, at_ms: int | None = None) -> int:
        """Drop overwritten records of compacted topics that are older than the lag; gives back the number of records."""
        at = self.now_ms() if at_ms is None else at_ms
        dropped: int = self.store.submit(lambda db: compacted(self.store, db, at)).result()
        return dropped

    def close(self) -> None:
        """Finish what waits, release the file, wake everyone who waits for records."""
        self._open.pop(self.store.path, None)
        self.store.close()
        self.store.bell.ring_all()
        self._reads.shutdown(wait=True)


class EmbeddedReader:
    """A reader with its own connection; WAL lets it read while the writer writes."""

    def __init__(self, store: Store, threads: ThreadPoolExecutor) -> None:
        self._store = store
        self._threads = threads
        self._db = store.reading_connection()
        self._turn = asyncio.Lock()

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {p: self._store.extent(p).end for p in partitions}

    async def begin_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {p: self._store.extent(p).begin for p in partitions}

    async def read(
        self, partition: TopicPartition, start: int, stop: int, max_bytes: int = 8 << 20
    ) -> tuple[Sequence[RawRecord], int]:
        extent = self._store.extent(partition)
        self._check(partition, start)
        stop = min(stop, extent.end)
        if start >= stop:
            return (), max(start, stop)
        loop = asyncio.get_running_loop()
        async with self._turn:
            records, position = await loop.run_in_executor(
                self._threads, _select, self._db, extent.stream, partition, start, stop, max_bytes
            )
        self._check(partition, start)  # retention may have run in between
        return records, position

    def _check(self, partition: TopicPartition, start: int) -> None:
        begin = self._store.extent(partition).begin
        if start < begin:
            raise PositionLost(partition, start, begin)

    async def close(self) -> None:
        async with self._turn:
            self._db.close()


class EmbeddedWriter:
    """The transactional writer of one partition."""

    def __init__(self, log: EmbeddedLog, role: str, partition: int) -> None:
        self._log = log
        self._role = role
        self._partition = partition
        self._epoch: int | None = None

    async def open(self) -> None:
        self._epoch = await asyncio.wrap_future(self._log.store.submit(self._take_over))

    async def commit(self, outputs: Sequence[Output], step: Output) -> int:
        if self._epoch is None:
            raise LogError("the writer is not open")
        epoch = self._epoch
        self._epoch = None  # whatever ends this commit early, its writer is finished
        future = self._log.store.submit(lambda db: self._written(db, epoch, outputs, step))
        broker_ms: int = await asyncio.wrap_future(future)
        self._epoch = epoch
        return broker_ms

    async def close(self) -> None:
        self._epoch = None

    def _take_over(self, db: sqlite3.Connection) -> int:
        row = db.execute(
            "INSERT INTO writers (role, partition, epoch) VALUES (?, ?, 1) "
            "ON CONFLICT (role, partition) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
            (self._role, self._partition),
        ).fetchone()
        return int(row[0])

    def _written(self, db: sqlite3.Connection, epoch: int, outputs: Sequence[Output], step: Output) -> int:
        where = "SELECT epoch FROM writers WHERE role = ? AND partition = ?"
        if db.execute(where, (self._role, self._partition)).fetchone()[0] != epoch:
            raise Fenced(text("transport.fenced", "en", partition=self._partition))
        records = [Append(o.topic, self._partition, o.key, o.value) for o in (*outputs, step)]
        return self._log._appended(db, records)[1]


def _select(
    db: sqlite3.Connection, stream: int, partition: TopicPartition, start: int, stop: int, max_bytes: int
) -> tuple[list[RawRecord], int]:
    topic, number = partition
    records: list[RawRecord] = []
    size = 0
    cursor = db.execute(
        "SELECT offset, broker_ms, key, value FROM records WHERE stream = ? AND offset >= ? AND offset < ? ORDER BY offset",
        (stream, start, stop),
    )
    while rows := cursor.fetchmany(_CHUNK):
        records += [RawRecord(topic, number, *row) for row in rows]
        size += sum([64 + len(row[2] or b"") + len(row[3] or b"") for row in rows])
        if size >= max_bytes:
            cursor.close()
            return records, records[-1].offset + 1
    return records, stop


def _create(store: Store, db: sqlite3.Connection, topics: Sequence[Topic]) -> None:
    for topic in topics:
        found = store.staged_topics.get(topic.name) or store.topics.get(topic.name)
        if found is not None and found.partitions != topic.partitions:
            raise LogError(
                text("transport.partitions_differ", "en", topic=topic.name, found=found.partitions, wanted=topic.partitions)
            )
        values: tuple[Any, ...] = (*topic[:3], int(topic.compacted), *topic[4:])
        db.execute("INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?, ?, ?)", values)
        store.staged_topics[topic.name] = topic
        if found is None:
            for partition in range(topic.partitions):
                row = db.execute(
                    "INSERT INTO streams (topic, partition, begin, end, last_ms) VALUES (?, ?, 0, 0, 0) RETURNING id",
                    (topic.name, partition),
                ).fetchone()
                store.staged[TopicPartition(topic.name, partition)] = Extent(int(row[0]), 0, 0, 0)
