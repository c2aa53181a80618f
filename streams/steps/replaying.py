"""Steps plus raw ranges give back exactly the inputs that live had. Restart, replay and audit read the log through this.

Ranges of consecutive steps of one topic partition touch each other, so they are read in large pieces and handed out step by step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple

from streams.domain.log import NO_HASH, Cut, RawRecord, Step, TopicPartition
from streams.steps.codec import STEPS_TOPIC, BadStep, Chain, cut_of
from streams.steps.merging import merged
from streams.steps.ports import LogError, LogReader

READ_BYTES = 1 << 20
_AHEAD = 1 << 62


class LoggedStep(NamedTuple):
    """A step as the log holds it. `link` is what its successor names; `broker_ms` when it was appended."""

    step: Step
    link: str
    offset: int
    broker_ms: int


class StepInput(NamedTuple):
    """What live handed to decode and engine for this step."""

    logged: LoggedStep
    cut: Cut
    records: list[RawRecord]
    log_ms: list[int]


async def logged_steps(
    reader: LogReader, partition: int, start: int, stop: int, number: int = 0, head: str = NO_HASH
) -> AsyncIterator[LoggedStep]:
    """The steps at offsets start <= offset < stop, checked as a chain that follows step `number` with link `head`.

    Raises BadStep where the chain breaks: nothing is computed on top of a history with a hole.
    """
    place = TopicPartition(STEPS_TOPIC, partition)
    chain = Chain(number, head)
    while start < stop:
        records, start = await reader.read(place, start, stop, READ_BYTES)
        for record in records:
            step = chain.follow(record)
            yield LoggedStep(step, chain.head, record.offset, record.broker_ms)


class _Strip:
    """One topic partition read forward in large pieces; hands out intervals that follow each other."""

    def __init__(self, reader: LogReader, place: TopicPartition) -> None:
        self._reader = reader
        self._place = place
        self._at = 0  # everything before is read
        self._held: deque[RawRecord] = deque()

    async def take(self, first: int, last: int) -> list[RawRecord]:
        """Committed records with first <= offset <= last."""
        self._at = max(self._at, first)
        taken: list[RawRecord] = []
        while True:
            while self._held and self._held[0].offset <= last:
                taken.append(self._held.popleft())
            if self._held or self._at > last:
                return taken
            records, at = await self._reader.read(self._place, self._at, _AHEAD, READ_BYTES)
            if at <= self._at:
                raise LogError(f"{self._place.topic}/{self._place.partition} ends at {at}, but a step took it up to {last}")
            self._at = at
            self._held.extend(records)


class Replay:
    """Reads the inputs of consecutive steps. `base_ms` is the log time of the step before the first one (0: there is none)."""

    def __init__(self, reader: LogReader, base_ms: int = 0) -> None:
        self._reader = reader
        self._base_ms = base_ms
        self._strips: dict[TopicPartition, _Strip] = {}

    async def input_of(self, logged: LoggedStep) -> StepInput:
        """The input of the next step. Raises PositionLost when retention removed a part of it."""
        sources: list[list[RawRecord]] = []
        for taken in logged.step.ranges:
            place = TopicPartition(taken.topic, taken.partition)
            strip = self._strips.setdefault(place, _Strip(self._reader, place))
            sources.append(await strip.take(taken.first, taken.last))
        records, log_ms = merged(self._base_ms, sources)
        if log_ms and log_ms[-1] > logged.step.log_ms:
            raise BadStep(f"step {logged.step.number} ends at log time {logged.step.log_ms}, its records at {log_ms[-1]}")
        self._base_ms = logged.step.log_ms
        return StepInput(logged, cut_of(logged.step), records, log_ms)


async def replayed(
    reader: LogReader,
    partition: int,
    *,
    start: int = 0,
    stop: int | None = None,
    number: int = 0,
    head: str = NO_HASH,
    base_ms: int = 0,
) -> AsyncIterator[StepInput]:
    """The inputs of all steps of `partition` from offset `start` of `steps`, in order, as live had them."""
    place = TopicPartition(STEPS_TOPIC, partition)
    if stop is None:
        stop = (await reader.end_offsets([place]))[place]
    replay = Replay(reader, base_ms)
    async for logged in logged_steps(reader, partition, start, stop, number, head):
        yield await replay.input_of(logged)
