"""What the log is made of: raw records, batches of them, steps, and the outcome of a step.

A step together with the raw topics *is* the history (docs/architecture.md): everything that a step caused can be computed
again from its record. Times are epoch milliseconds of the broker, never of a worker.
"""

from __future__ import annotations

import hashlib
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
    headers: tuple[tuple[str, bytes], ...] = ()  # given on the way to the log; no part of any hash


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


class Cut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one step takes, before anyone has computed what it causes. `log_ms` is the log time at its end."""

    partition: int
    number: int
    log_ms: int
    ranges: tuple[Range, ...] = ()
    blind: tuple[str, ...] = ()  # topics without a fetch answer for 10 s; their deadlines are extended
    gaps: tuple[Gap, ...] = ()
    skip: tuple[Range, ...] = ()  # records that made the engine fail; passed over, said aloud
    platform_gap_ms: int = 0  # log time before this step in which nobody could observe anything
    # monitoring degraded, noticed before or in this step: lag, lag_over, divergence, clock, passed_over
    degraded: tuple[str, ...] = ()


class Step(Cut, frozen=True, kw_only=True, omit_defaults=True):
    """The record on `steps`: a cut, under which versions it was applied, and the hash of what it caused.

    `previous` is the SHA-256 of the encoded step before (64 hex digits, zeros for the first); `outcome` is the running hash of
    all outputs of this partition up to and including this step, which does not depend on how the log was cut into steps.
    """

    previous: str
    outcome: str
    outputs: int = 0
    versions: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one step causes, in order, and the partition's running hash after it (64 hex digits)."""

    outputs: tuple[Output, ...]
    hash: str
    readings: int = 0


NO_HASH = "0" * 64


def chained(previous: str, outputs: Sequence[Output]) -> str:
    """Running hash after `outputs`: one BLAKE2b link an output, so that it is the same however outputs are grouped."""
    digest = bytes.fromhex(previous)
    for topic, key, value, _ in outputs:
        link = hashlib.blake2b(digest, digest_size=32)
        for part in (topic.encode(), b"\x00" if key is None else b"\x01" + key, value):
            link.update(len(part).to_bytes(8, "big"))
            link.update(part)
        digest = link.digest()
    return digest.hex()
