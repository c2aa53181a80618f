"""What steps need of a log. Implemented by `streams.transport` for Kafka and for the embedded log; one contract suite for both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from streams.domain.log import Batch, Output, RawRecord, TopicPartition


class LogError(Exception):
    """The log could not do what was asked; the incarnation ends and a new one reads what really happened."""


class Fenced(LogError):
    """Another writer took this partition over."""


class CommitUnknown(LogError):
    """The commit was sent and no answer came: it may or may not be in the log."""


class PositionLost(LogError):
    """The position asked for is below the first one that the log still holds: retention or an operator removed it."""

    def __init__(self, partition: TopicPartition, position: int, begin: int) -> None:
        super().__init__(
            f"position {position} of {partition.topic}/{partition.partition} is gone; the first one still held is {begin}"
        )
        self.partition = partition
        self.position = position
        self.begin = begin


class LogReader(Protocol):
    """Reads committed records only. Offsets are those of the log; positions may skip markers and compacted records."""

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Position after the last committed record (for Kafka: the last stable offset), as of now."""
        ...

    async def begin_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """First position still held."""
        ...

    async def read(
        self, partition: TopicPartition, start: int, stop: int, max_bytes: int = 8 << 20
    ) -> tuple[Sequence[RawRecord], int]:
        """Committed records with start <= offset < stop, in order, about `max_bytes` at most, and the position to go on from.

        Returns ((), stop) when nothing is left in the interval; never waits for records to come, so a `stop` beyond the end gives
        back the end. Raises PositionLost when `start` is below the first held position.
        """
        ...

    async def close(self) -> None: ...


class PartitionWriter(Protocol):
    """The one transactional writer of a partition. Outputs and step become visible together or never."""

    async def open(self) -> None:
        """Fence every earlier writer of this partition; afterwards none of their open transactions can commit.

        Raises LogError within a bounded time when the log cannot be reached; try again with a new writer.
        """
        ...

    async def commit(self, outputs: Sequence[Output], step: Output) -> int:
        """Write outputs and step as one transaction; return the broker's append time of the step in ms.

        Raises Fenced, CommitUnknown or LogError; after any of them this writer is finished and must be closed.
        """
        ...

    async def close(self) -> None:
        """Give up the writer within a bounded time; aborts what is open."""
        ...


class Log(Protocol):
    """Everything the steps of a worker need of one log."""

    def reader(self) -> LogReader: ...

    def writer(self, partition: int) -> PartitionWriter: ...

    def now_ms(self) -> int | None:
        """Broker time as the log itself owns it (embedded log; the player sets it in demo and replay), or None when
        only append times of acknowledged records tell it (Kafka)."""
        ...


class Standing(NamedTuple):
    """How far a consumer is in one partition. Caught up is `position >= end`; `answered_s` is the monotonic time of the broker's
    last answer about it, so a topic that is idle differs from one that nobody can reach."""

    position: int
    end: int | None  # position after the last committed record as of that answer; None before the first one
    answered_s: float


class Feed(Protocol):
    """A plain consumer outside any group: broadcast topics, sinks of the embedded stack, tools."""

    def follow(self, start: Mapping[TopicPartition, int]) -> AsyncIterator[Batch]:
        """Batches of these partitions for ever, each contiguous with the one before; `start` gives the first positions.

        A batch without records moves the position over transaction markers and compacted records. Raises PositionLost.
        """
        ...

    def standing(self) -> Mapping[TopicPartition, Standing]:
        """Where it stands in each partition that it follows."""
        ...

    async def close(self) -> None: ...


class RecordPort(Protocol):
    """Where simulate, demo and the tools put records of raw topics."""

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        """Append one record; partition None means by key. Returns when the log has it or will report an error at `flush`."""
        ...

    async def flush(self) -> None:
        """Wait until everything appended so far is in the log. Raises LogError when anything of it is not."""
        ...
