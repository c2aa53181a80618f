"""The sink agent: fetched batches of output topics go to the sink's engine, in an app and group of its own.

The place in the log is known by the database, not by the group; group offsets are only for tools that show lag.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from streams.domain.log import Batch, TopicPartition
from streams.steps.state import Intake

_log = logging.getLogger(__name__)
MOST_BATCHES = 512
GATHER_S = 0.5  # an insert makes a part in each of many tables: few large ones cost a tenth of many small ones


class SinkPort(Protocol):
    """What the agent needs of a sink; `take` stores rows and positions together and retries for ever."""

    async def open(self) -> Mapping[TopicPartition, int]: ...

    async def take(self, batches: Sequence[Batch]) -> Mapping[TopicPartition, int]: ...

    def position(self, partition: TopicPartition) -> int | None: ...

    async def accept_gap(self, partition: TopicPartition, begin: int) -> None: ...

    async def close(self) -> None: ...


class SinkAgent:
    """Collects what is fetched and stores it in the order of each partition; what skips positions is fetched again."""

    def __init__(self, sink: SinkPort, intake: Intake) -> None:
        self.sink = sink
        self._intake = intake
        self._waiting: list[Batch] = []
        self._expected: dict[TopicPartition, int] = {}  # after what waits or is stored
        self._rung = asyncio.Event()
        self._moved = asyncio.Event()
        self._hurry = asyncio.Event()  # enough has gathered, or somebody waits for what is there
        self._task: asyncio.Task[None] | None = None
        self.failure: asyncio.Future[None] | None = None
        self.on_stored: Callable[[int], None] = lambda batches: None
        self.commit_group: Callable[[Mapping[TopicPartition, int]], Awaitable[object]] | None = None

    async def start(self) -> None:
        self._expected = dict(await self.sink.open())
        self._task = asyncio.create_task(self._run(), name="sink")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sink.close()

    async def positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where to fetch from after an assignment: what waits here was not dropped by Faust."""
        return {place: self._expected[place] for place in places if place in self._expected}

    def gap(self, place: TopicPartition, first: int, begin: int) -> None:
        """The log no longer has what the sink needed next."""
        _log.error("sink: %s/%d from %d to %d is gone from the log", place.topic, place.partition, first, begin - 1)
        self._waiting.append(Batch(place.topic, place.partition, begin, begin, ()))
        self._expected[place] = begin
        self._rung.set()

    async def take(self, batch: Batch) -> None:
        place = TopicPartition(batch.topic, batch.partition)
        expected = self._expected.get(place, batch.start)
        if batch.start > expected:
            self._intake.release(batch)
            await self._intake.seek(place, expected)
            return
        if batch.stop <= expected and place in self._expected:
            self._intake.release(batch)
            return
        self._expected[place] = batch.stop
        self._waiting.append(batch)
        self._rung.set()
        if len(self._waiting) >= MOST_BATCHES:
            self._hurry.set()

    async def caught_up(self, ends: Mapping[TopicPartition, int]) -> None:
        """Wait until everything before `ends` is stored."""
        while any((self.sink.position(place) or 0) < end for place, end in ends.items()):
            self._moved.clear()
            self._hurry.set()
            await self._moved.wait()

    async def _run(self) -> None:
        while True:
            await self._gathered()
            self._rung.clear()
            some, self._waiting = self._waiting[:MOST_BATCHES], self._waiting[MOST_BATCHES:]
            if some:
                await self._store(some)
            else:
                await self._rung.wait()

    async def _gathered(self) -> None:
        """Until enough waits, or some time has passed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), GATHER_S)
        self._hurry.clear()

    async def _store(self, batches: list[Batch]) -> None:
        run: list[Batch] = []
        for batch in batches:
            if batch.stop == batch.start and not batch.records:  # a gap, see `gap`
                await self._stored(run)
                run = []
                await self.sink.accept_gap(TopicPartition(batch.topic, batch.partition), batch.start)
            else:
                run.append(batch)
        await self._stored(run)
        self._moved.set()

    async def _stored(self, batches: list[Batch]) -> None:
        if not batches:
            return
        after = await self.sink.take(batches)
        for batch in batches:
            self._intake.release(batch)
        self.on_stored(len(batches))
        if after and self.commit_group is not None:
            await self.commit_group(after)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.critical("sink ended: %s", error, exc_info=error)
            if self.failure is not None and not self.failure.done():
                self.failure.set_exception(error)
