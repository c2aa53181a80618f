"""Faust on the embedded log: `embedded:///path/to/log.db`. One worker a process has all partitions; no rebalance but at start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from faust.assignor.client_assignment import ClientAssignment
from faust.transport import base
from faust.types import TP, RecordMetadata

from streams.domain.log import Batch, TopicPartition
from streams.steps.ports import PositionLost, Standing
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.faust_batches import BatchConsumer, beyond, register

register()


def url_of(path: str | Path) -> str:
    """The broker URL of a log file."""
    return "embedded://" + quote(str(Path(path).resolve()))


class Consumer(BatchConsumer, base.Consumer):
    """Reads all partitions of the app's topics from the file."""

    transport: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._log: EmbeddedLog = self.transport.log
        self._reader = self._log.reader()
        self._assigned: set[TP] = set()
        self._positions: dict[TP, int] = {}
        self._room = asyncio.Event()
        self._generation = 0

    async def on_start(self) -> None:
        await super().on_start()
        self._running = asyncio.get_running_loop()
        self.hooks.flow.on_room(self._wake)

    def _wake(self) -> None:
        if not self._running.is_closed():
            self._running.call_soon_threadsafe(self._room.set)

    async def on_stop(self) -> None:
        await super().on_stop()
        await self._reader.close()

    # -- assignment ---------------------------------------------------------------------------------------------------------

    async def subscribe(self, topics: Iterable[str]) -> None:
        assigned = {TP(topic, p) for topic in topics for p in range(self._log.partitions(topic))}
        # Not awaited: the assignment waits for the conductor, and the conductor waits for this call.
        self.add_future(self._assign(assigned))

    async def _assign(self, assigned: set[TP]) -> None:
        self.app.on_rebalance_start()
        await self.on_partitions_revoked(set(self._assigned))
        self._generation += 1
        self._assigned = assigned
        self.app.consumer_generation_id = self._generation
        assignor = self.app.assignor
        actives = {topic: sorted(tp.partition for tp in assigned if tp.topic == topic) for topic in {tp.topic for tp in assigned}}
        assignor._assignment = ClientAssignment(actives=actives, standbys={})
        assignor._active_tps, assignor._standby_tps = set(assigned), set()
        await self.on_partitions_assigned(set(assigned), self._generation)

    def assignment(self) -> set[TP]:
        return set(self._assigned)

    def topic_partitions(self, topic: str) -> int | None:
        kept = self._log.topics().get(topic)
        return None if kept is None else kept.partitions

    # -- positions ----------------------------------------------------------------------------------------------------------

    async def position(self, tp: TP) -> int | None:
        return self._positions.get(tp)

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions[TP(*partition)] = offset
        self._room.set()

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            if offset > self.highwater(tp):
                raise beyond(tp, offset, self.highwater(tp))
            self._positions[tp] = offset
            self._read_offset[tp] = offset if offset > 0 else None
        self._room.set()

    async def seek_to_beginning(self, *partitions: TP) -> None:
        await self.seek_wait(await self.earliest_offsets(*partitions))

    def highwater(self, tp: TP) -> int:
        return self._log.store.extent(TopicPartition(*tp)).end

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.highwater(tp) for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self._log.store.extent(TopicPartition(*tp)).begin for tp in partitions}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        await self._log.commit_positions(self.app.conf.id, {TopicPartition(*tp): o for tp, o in offsets.items()})
        return True

    async def _committed_positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return await self._log.committed_positions(self.app.conf.id, places)

    # -- fetching -----------------------------------------------------------------------------------------------------------

    async def _fetch(self, places: set[TP], timeout_s: float) -> list[Batch]:
        waiter = self._log.store.bell.hang({TopicPartition(*tp) for tp in places})
        # One event for both reasons to look again: records came, or a full partition has room.
        self._room = waiter.event
        try:
            batches = await self._there(places)
            if not batches:
                await self.wait(waiter.event, timeout=timeout_s)
                batches = await self._there(places) if self.flow_active else []
            return batches
        finally:
            self._log.store.bell.take_down(waiter)

    async def _there(self, places: set[TP]) -> list[Batch]:
        batches = []
        for tp in sorted(places):
            start = self._positions.get(tp)
            end = self.highwater(tp)
            if start is None or start >= end:
                continue
            place = TopicPartition(*tp)
            try:
                records, stop = await self._reader.read(place, start, end, self.hooks.max_partition_fetch_bytes)
            except PositionLost as lost:
                await self.seek(tp, self._start(place, start, lost.begin))
                continue
            # Someone may have sought elsewhere meanwhile: then these records are not the next ones.
            if stop > start and self._positions.get(tp) == start:
                self._positions[tp] = stop
                batches.append(Batch(place.topic, place.partition, start, stop, records))
        return batches

    def standing(self) -> Mapping[TopicPartition, Standing]:
        """How far the consumer is in each assigned partition; the log always answers."""
        now_s = time.monotonic()
        return {TopicPartition(*tp): Standing(position, self.highwater(tp), now_s) for tp, position in self._positions.items()}

    async def is_member(self) -> bool:
        """The file's lock is the membership."""
        return True

    # -- the rest of what Faust asks for ------------------------------------------------------------------------------------

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        return partition if partition is not None else self._log.partition_for(topic, key)

    def verify_recovery_event_path(self, now: float, tp: TP) -> None: ...

    async def create_topic(self, topic: str, partitions: int, replication: int, **_: Any) -> None:
        """Topics come from topics.yaml; Faust declares nothing."""

    def close(self) -> None: ...


class Producer(base.Producer):
    """For the few records that Faust itself may send; the outputs of steps have a writer of their own."""

    transport: Any

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, timestamp: float | None, headers: Any,
        *, transactional_id: str | None = None,
    ) -> Any:  # fmt: skip
        log: EmbeddedLog = self.transport.log
        done = asyncio.wrap_future(log.submit([Append(topic, partition, key, value)]))
        place = log.partition_for(topic, key) if partition is None else partition

        async def sent() -> RecordMetadata:
            offset = (await done)[0]
            return RecordMetadata(topic, place, TP(topic, place), offset)

        return asyncio.ensure_future(sent())

    async def send_and_wait(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, timestamp: float | None, headers: Any,
        *, transactional_id: str | None = None,
    ) -> RecordMetadata:  # fmt: skip
        return await (await self.send(topic, key, value, partition, timestamp, headers))

    async def flush(self) -> None: ...

    def key_partition(self, topic: str, key: bytes) -> TP:
        return TP(topic, self.transport.log.partition_for(topic, key))

    async def create_topic(self, topic: str, partitions: int, replication: int, **_: Any) -> None:
        """Topics come from topics.yaml; Faust declares nothing."""

    def supports_headers(self) -> bool:
        return False


class Transport(base.Transport):
    """Shares the log that the process has open under this path, or opens it for as long as the process lives."""

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer
    default_port = 0
    driver_version = "embedded"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._log: EmbeddedLog | None = None

    @property
    def log(self) -> EmbeddedLog:
        if self._log is None:
            path = Path(self.url[0].path)
            self._log = EmbeddedLog.opened(path) or EmbeddedLog.open(path)
        return self._log
