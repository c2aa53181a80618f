"""The roll-up agent: one owner for all partitions of `region-close`, in an app and group of its own, so that its lag delays no warning.

Results and position are one fenced transaction. Faust only says who owns it: whoever has partition 0 reads all partitions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Protocol

import msgspec

from streams.agents.rolling import Minutes, Progress, Tree, decode_close, region_risks
from streams.domain.cloudevents import Mode, data_of, dressed
from streams.domain.log import Batch, Output, TopicPartition
from streams.steps.ports import Feed, LogError, LogReader, PartitionWriter

_log = logging.getLogger(__name__)
REGION_CLOSE, REGISTRY = "region-close", TopicPartition("registry", 0)
PROGRESS = TopicPartition("checkpoints", 0)
PROGRESS_KEY = b"rollup"
LOOK_S = 5.0
RETRY_S = 1.0
MOST_MINUTES = 60  # of one transaction


class RollUpLog(Protocol):
    def reader(self) -> LogReader: ...

    def writer(self, partition: int, role: str = ...) -> PartitionWriter: ...


class RollUp:
    """`feed` makes a plain consumer; `mono_ms` is monotonic and only says when a partition is overdue."""

    def __init__(self, log: RollUpLog, partitions: int, feed: Callable[[], Feed], mono_ms: Callable[[], int],
                 events: Mode = "binary") -> None:  # fmt: skip
        self._events = events
        self._log = log
        self._partitions = partitions
        self._feed = feed
        self._mono_ms = mono_ms
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self.taken: dict[TopicPartition, int] = {}  # read and worked off, by topic partition
        self.minutes = 0
        self.on_minutes: Callable[[int, bool], None] = lambda count, provisional: None
        self._moved = asyncio.Event()

    # --- ownership ----------------------------------------------------------------------------------------------------

    def own(self, partitions: frozenset[int]) -> None:
        """Start when partition 0 of the group is ours, stop when it is not."""
        if 0 in partitions and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run(), name="roll-up")
        elif 0 not in partitions and self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def take(self, batch: Batch) -> None:
        """What Faust fetched; read by the owner itself."""

    async def caught_up(self, ends: Mapping[TopicPartition, int]) -> None:
        """Wait until everything before `ends` (of region-close) is combined as far as it can be."""
        while any(self.taken.get(place, 0) < end for place, end in ends.items()):
            self._moved.clear()
            await self._moved.wait()

    # --- work ---------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            reader = self._log.reader()
            writer = self._log.writer(0, "rollup")
            try:
                await writer.open()
                await self._incarnation(reader, writer)
            except LogError as error:
                _log.warning("roll-up: %s: %s; again", type(error).__name__, error)
            finally:
                with suppress(LogError, TimeoutError):
                    await writer.close()
                    await reader.close()
            await asyncio.sleep(RETRY_S)

    async def _incarnation(self, reader: LogReader, writer: PartitionWriter) -> None:
        progress = await _last_progress(reader)
        minutes, tree = Minutes(self._partitions, progress.done_ms), Tree()
        places = [TopicPartition(REGION_CLOSE, p) for p in range(self._partitions)]
        begins = await reader.begin_offsets([*places, REGISTRY])
        start = {place: max(progress.positions.get(place.partition, 0), begins[place]) for place in places}
        start[REGISTRY] = await self._read_tree(reader, tree, begins[REGISTRY])
        reading = _Reading(minutes, tree, start)
        self.taken = dict(start)
        self._moved.set()
        feed = self._feed()
        late = asyncio.create_task(self._say_overdue(reading, writer))
        try:
            async with aclosing(feed.follow(start)) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    if late.done():
                        late.result()
                    reading.take(batch, self._mono_ms())
                    await self._say_complete(reading, writer)
                    self.taken[TopicPartition(batch.topic, batch.partition)] = batch.stop
                    self._moved.set()
        finally:
            late.cancel()
            await feed.close()

    async def _read_tree(self, reader: LogReader, tree: Tree, at: int) -> int:
        end = (await reader.end_offsets([REGISTRY]))[REGISTRY]
        while at < end:
            records, at = await reader.read(REGISTRY, at, end)
            for record in records:
                tree.take(record.key, record.value)
        return at

    async def _say_complete(self, reading: _Reading, writer: PartitionWriter) -> None:
        done = reading.minutes.complete()
        for first in range(0, len(done), MOST_MINUTES):
            some = done[first : first + MOST_MINUTES]
            outputs = [output for minute in some for output in region_risks(minute, reading.tree, provisional=False)]
            await self._commit(writer, outputs, reading.progress(some[-1].at_ms))
            self.minutes += len(some)
            self.on_minutes(len(some), False)

    async def _say_overdue(self, reading: _Reading, writer: PartitionWriter) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            late = reading.minutes.overdue(self._mono_ms())
            if late:
                outputs = [output for minute in late for output in region_risks(minute, reading.tree, provisional=True)]
                await self._commit(writer, outputs, reading.progress(reading.minutes.done_ms))
                self.on_minutes(len(late), True)

    async def _commit(self, writer: PartitionWriter, outputs: Sequence[Output], progress: Progress) -> None:
        async with self._turn:
            await writer.commit(
                dressed(outputs, progress.done_ms // 60_000, self._events),
                Output(PROGRESS.topic, PROGRESS_KEY, msgspec.json.encode(progress)),
            )


class _Reading:
    """Where the owner stands: open minutes, the tree, and from where a successor must read again."""

    def __init__(self, minutes: Minutes, tree: Tree, start: Mapping[TopicPartition, int]) -> None:
        self.minutes = minutes
        self.tree = tree
        self._closed: dict[int, list[tuple[int, int]]] = {}  # partition -> (minute, position after it), oldest first
        self._from = {place.partition: at for place, at in start.items() if place.topic == REGION_CLOSE}

    def take(self, batch: Batch, now_ms: int) -> None:
        for record in batch.records:
            if batch.topic == REGISTRY.topic:
                self.tree.take(record.key, record.value)
            else:
                close = decode_close(data_of(record.value or b""))
                self.minutes.add(close, now_ms)
                self._closed.setdefault(batch.partition, []).append((close.at_ms, record.offset + 1))

    def progress(self, done_ms: int) -> Progress:
        """Positions after the last record of each partition that belongs to a combined minute."""
        for partition, closed in self._closed.items():
            while closed and closed[0][0] <= done_ms:
                self._from[partition] = closed.pop(0)[1]
        return Progress(done_ms, dict(self._from))


async def _last_progress(reader: LogReader) -> Progress:
    """What the last owner committed; read backwards, since the topic also holds the checkpoints of a partition."""
    begin = (await reader.begin_offsets([PROGRESS]))[PROGRESS]
    end = (await reader.end_offsets([PROGRESS]))[PROGRESS]
    window = 64
    while True:
        start = max(begin, end - window)
        found: Progress | None = None
        at = start
        while at < end:
            records, at = await reader.read(PROGRESS, at, end)
            for record in records:
                if record.key == PROGRESS_KEY and record.value:
                    found = msgspec.json.decode(record.value, type=Progress)
        if found is not None or start <= begin:
            return found or Progress(-1, {})
        window *= 4
