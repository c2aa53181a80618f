"""What steps need of a log. Implemented by `streams.transport` for Kafka and for the embedded log; one contract suite for both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streams.domain.log import Output, RawRecord, TopicPartition


class LogError(Exception):
    """The log could not do what was asked; the incarnation ends and a new one reads what really happened."""


class Fenced(LogError):
    """Another writer took this partition over."""


class CommitUnknown(LogError):
    """The commit was sent and no answer came: it may or may not be in the log."""


class LogReader(Protocol):
    """Reads committed records only. Offsets are those of the log; positions may skip markers and compacted records."""

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Position after the last committed record (for Kafka: the last stable offset), as of now."""
        ...

    async def begin_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """First position still held."""
        ...

    async def read(self, partition: TopicPartition, start: int, stop: int, max_bytes: int = 8 << 20) -> tuple[Sequence[RawRecord], int]:
        """Committed records with start <= offset < stop, in order, about `max_bytes` at most, and the position to go on from.

        Returns ((), stop) when nothing is left in the interval. Raises LogError when `start` is below the first held position.
        """
        ...

    async def close(self) -> None: ...


class PartitionWriter(Protocol):
    """The one transactional writer of a partition. Outputs and step become visible together or never."""

    async def open(self) -> None:
        """Fence every earlier writer of this partition; afterwards none of their open transactions can commit."""
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
