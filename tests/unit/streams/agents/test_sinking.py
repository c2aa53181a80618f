"""The sink agent hands over every position once and in order, whatever the reader repeats or drops."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from streams.agents.sinking import SinkAgent
from streams.domain.log import Batch, TopicPartition

PLACE = TopicPartition("warnings", 0)


class Store:
    """A sink that remembers intervals, and what it was told is lost."""

    def __init__(self, start: int = 0) -> None:
        self.at = {PLACE: start}
        self.intervals: list[tuple[int, int]] = []
        self.gaps: list[int] = []

    async def open(self) -> Mapping[TopicPartition, int]:
        return dict(self.at)

    async def take(self, batches: Sequence[Batch]) -> Mapping[TopicPartition, int]:
        await asyncio.sleep(0)
        for batch in batches:
            assert batch.start <= self.at[PLACE]
            if batch.stop > self.at[PLACE]:
                self.intervals.append((self.at[PLACE], batch.stop))
                self.at[PLACE] = batch.stop
        return dict(self.at)

    def position(self, partition: TopicPartition) -> int | None:
        return self.at.get(partition)

    async def accept_gap(self, partition: TopicPartition, begin: int) -> None:
        self.gaps.append(begin)
        self.at[partition] = begin

    async def close(self) -> None: ...


class Fetching:
    def __init__(self) -> None:
        self.sought: list[int] = []
        self.released: list[Batch] = []

    async def seek(self, place: TopicPartition, position: int) -> None:
        self.sought.append(position)

    def release(self, batch: Batch) -> None:
        self.released.append(batch)


def batch(start: int, stop: int) -> Batch:
    return Batch(*PLACE, start, stop, [])


async def played(batches: list[Batch], stop: int) -> tuple[Store, Fetching]:
    """All batches; what was refused is fetched again from where the agent asked."""
    store, fetching = Store(), Fetching()
    agent = SinkAgent(store, fetching)
    await agent.start()
    for given_batch in batches:
        await agent.take(given_batch)
        if fetching.sought:
            await agent.take(batch(fetching.sought.pop(), given_batch.stop))
    await asyncio.wait_for(agent.caught_up({PLACE: stop}), 10)
    await agent.stop()
    return store, fetching


async def test_repeated_and_skipped_batches_are_stored_once_each() -> None:
    store, fetching = await played([batch(0, 3), batch(1, 3), batch(2, 6), batch(8, 9), batch(9, 12)], 12)
    assert store.intervals[0][0] == 0
    assert [a for a, _ in store.intervals[1:]] == [b for _, b in store.intervals[:-1]]
    assert store.intervals[-1][1] == 12
    assert len(fetching.released) == 6


async def test_positions_after_an_assignment_include_what_waits() -> None:
    agent = SinkAgent(Store(5), Fetching())
    await agent.start()
    await agent.take(batch(5, 9))
    assert await agent.positions([PLACE]) == {PLACE: 9}
    await agent.stop()


async def test_a_range_that_is_gone_is_accepted_as_a_gap_in_its_place() -> None:
    store, fetching = Store(), Fetching()
    agent = SinkAgent(store, fetching)
    await agent.start()
    await agent.take(batch(0, 4))
    agent.gap(PLACE, 4, 10)
    await agent.take(batch(10, 12))
    await asyncio.wait_for(agent.caught_up({PLACE: 12}), 10)
    await agent.stop()
    assert store.gaps == [10]
    assert store.intervals == [(0, 4), (10, 12)]


async def test_a_sink_that_raises_ends_the_process_instead_of_going_silent() -> None:
    class Broken(Store):
        async def take(self, batches: Sequence[Batch]) -> Mapping[TopicPartition, int]:
            raise RuntimeError("a defect")

    agent = SinkAgent(Broken(), Fetching())
    agent.failure = asyncio.get_running_loop().create_future()
    await agent.start()
    await agent.take(batch(0, 1))
    with pytest.raises(RuntimeError, match="a defect"):
        await asyncio.wait_for(agent.failure, 10)
    await agent.stop()
