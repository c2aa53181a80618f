"""What the log is made of: raw records, batches of them, steps, and the outcome of a step.

A step together with the raw topics *is* the history (docs/architecture.md): everything that a step caused can be computed
again from its record. Times are epoch milliseconds of the broker, never of a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec


class TopicPartition(NamedTuple):
    topic: str
    partition: int


class RawRecord(NamedTuple):
    """One record as the log holds it. `broker_ms` is the append time given by the broker."""

    topic: str
    partition: int
    offset: int
    broker_ms: int
    key: bytes | None
    value: bytes | None


class Batch(NamedTuple):
    """Records of one topic partition together with the positions they cover.

    The interval [start, stop) may be wider than the records in it (transaction markers, compaction).
    A reader that expects another `start` must refuse the batch and seek.
    """

    topic: str
    partition: int
    start: int
    stop: int
    records: Sequence[RawRecord]


class Output(NamedTuple):
    """A record that a step causes. It goes to the partition of the step, whatever its key."""

    topic: str
    key: bytes | None
    value: bytes


class Range(msgspec.Struct, frozen=True, array_like=True):
    """Offsets first..last (inclusive) of one topic partition that a step took."""

    topic: str
    partition: int
    first: int
    last: int


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Offsets first..last that retention or an operator removed before they could be read."""

    topic: str
    partition: int
    first: int
    last: int


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record on `steps`: what was taken, in which log time, under which versions, and the hash of what it caused.

    `previous` is the chain hash of the step before (64 hex digits, zeros for the first); `outcome` is the running hash of all
    outputs of this partition up to and including this step, which does not depend on how the log was cut into steps.
    """

    partition: int
    number: int
    log_ms: int
    previous: str
    outcome: str
    ranges: tuple[Range, ...] = ()
    outputs: int = 0
    versions: dict[str, str] = {}
    blind: tuple[str, ...] = ()  # topics without a fetch answer for 10 s; their deadlines are extended
    gaps: tuple[Gap, ...] = ()
    skip: tuple[Range, ...] = ()  # records that made the engine fail; passed over, said aloud
    platform_gap_ms: int = 0  # log time in which nobody could observe anything, before this step


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one step causes, in order, and the partition's running hash after it (64 hex digits)."""

    outputs: tuple[Output, ...]
    hash: str
    readings: int = 0


NO_HASH = "0" * 64
