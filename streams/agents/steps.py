"""The steps agent: one runner a partition that this worker owns; batches go to it, positions come from it.

Every rebalance of Faust takes all partitions away and gives some back. Runners go on meanwhile: a partition that somebody else
got is fenced by its new owner, one that comes back has lost nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Protocol

from streams.domain.log import Batch, TopicPartition
from streams.steps.observing import Status
from streams.steps.runner import PartitionRunner
from streams.steps.state import Intake

_log = logging.getLogger(__name__)
POSITIONS_WITHIN_S = 20.0


class MakeRunner(Protocol):
    def __call__(self, partition: int, intake: Intake, owns: Callable[[], Awaitable[bool]]) -> PartitionRunner: ...


class StepsAgent:
    """`make` builds the runner of a partition; `is_member` asks the group's coordinator whether we still belong to it."""

    def __init__(self, make: MakeRunner, intake: Intake, is_member: Callable[[], Awaitable[bool]]) -> None:
        self._make = make
        self._intake = intake
        self._is_member = is_member
        self._runners: dict[int, PartitionRunner] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.assigned: frozenset[int] = frozenset()
        self.failure: asyncio.Future[None] | None = None
        self._assigned_once = asyncio.Event()
        self.on_assigned: Callable[[frozenset[int]], None] = lambda partitions: None

    def statuses(self) -> list[Status]:
        return [self._runners[p].status for p in sorted(self._runners)]

    def runner(self, partition: int) -> PartitionRunner:
        return self._runners[partition]

    async def take(self, batch: Batch) -> None:
        """A fetched batch of any raw topic."""
        runner = self._runners.get(batch.partition)
        if runner is None:
            self._intake.release(batch)
        else:
            await runner.feed(batch)

    async def positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where to fetch from, asked at each assignment: starts the runners of new partitions and stops those that went away."""
        self.own({place.partition for place in places})
        runners = {p: self._runners[p] for p in self.assigned}
        with suppress(TimeoutError):  # a runner that cannot read its tail yet seeks by itself later
            async with asyncio.timeout(POSITIONS_WITHIN_S):
                await asyncio.gather(*(runner.positioned() for runner in runners.values()))
        known: dict[TopicPartition, int] = {}
        for place in places:
            position = runners[place.partition].position(place)
            if position is not None:
                known[place] = position
        return known

    def own(self, partitions: Collection[int]) -> None:
        """These partitions are ours from now on, and no others."""
        self.assigned = frozenset(partitions)
        for partition in sorted(self._runners.keys() - self.assigned):
            _log.info("partition %d goes to another worker", partition)
            self._dismiss(partition, save=False)
        for partition in sorted(self.assigned):
            task = self._tasks.get(partition)
            if task is None or task.done():
                self._employ(partition)
        self._assigned_once.set()
        self.on_assigned(self.assigned)

    def _employ(self, partition: int) -> None:
        async def owns() -> bool:
            return partition in self.assigned and await self._is_member()

        runner = self._runners[partition] = self._make(partition, self._intake, owns)
        task = self._tasks[partition] = asyncio.create_task(runner.run(), name=f"partition-{partition}")
        task.add_done_callback(self._ended)

    def _dismiss(self, partition: int, save: bool) -> None:
        self._runners.pop(partition).stop(save)
        task = self._tasks.pop(partition)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A runner ends when it is told to, or when its partition is somebody else's. Anything else is a defect of ours, and a
        worker that goes on without one of its partitions would be the worst of all outcomes."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.critical("%s ended: %s", task.get_name(), error, exc_info=error)
            if self.failure is not None and not self.failure.done():
                self.failure.set_exception(error)

    async def stop(self, within_s: float = 8.0) -> None:
        """Checkpoint all partitions at their last committed step, and end."""
        self.assigned = frozenset()
        for partition in list(self._runners):
            self._dismiss(partition, save=True)
        if self._ending:
            _, late = await asyncio.wait(set(self._ending), timeout=within_s)
            for task in late:
                _log.warning("%s did not end within %.0f s", task.get_name(), within_s)
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def serving(self) -> None:
        """Wait until partitions are assigned and all of them serve."""
        while not self._runners:
            self._assigned_once.clear()
            await self._assigned_once.wait()
        await asyncio.gather(*(runner.serving() for runner in self._runners.values()))

    def kick(self) -> None:
        """Somebody appended to the log or moved its clock: look now."""
        for runner in self._runners.values():
            runner.kick()

    async def drained(self) -> None:
        """Wait until all partitions have taken what is in the log by now and log time stands where the log's clock does."""
        await asyncio.gather(*(runner.drained() for runner in self._runners.values()))
