"""One step's way through decode and engine: the only place where live, restart, replay and audit meet the kernel.

Records of the cut's skip list are not decoded; they become a rejection with their payload, so that the engine's ordinary way of
dead letters says aloud what was passed over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, Self

import msgspec

from streams.domain.columns import Coordinates, Decoded, Rejected
from streams.domain.log import Cut, Outcome, Range, RawRecord

MAX_OUTPUT_BYTES = 900_000  # the producer's largest batch; the engine splits at 512 KB
SKIPPED = "reject.engine_failed"

Chunks = Sequence[tuple[str, bytes | memoryview]]


class Engine(Protocol):
    """The pure part: state of one partition. What it says depends on cuts and records alone."""

    def apply(self, cut: Cut, decoded: Decoded) -> Outcome: ...

    def snapshot(self) -> Chunks:
        """A copy of the state at this step boundary, as named chunks."""
        ...

    def versions(self) -> dict[str, str]: ...


class EngineFailed(Exception):
    """The engine or decode raised, or made an output that no log can take; the state is unusable from here on."""


class Decoder(Protocol):
    def decode(self, records: Sequence[RawRecord], log_ms: Sequence[int]) -> Decoded: ...


@dataclass(frozen=True, slots=True)
class Kernel:
    """How engines and decoders are made. One engine and one decoder a partition: nothing is shared between partitions."""

    fresh: Callable[[int, int], Engine]
    restored: Callable[[int, int, Chunks], Engine]
    decoder: Callable[[], Decoder]


_preparing = threading.Lock()
_prepared: set[type] = set()


def prepare_types() -> None:
    """Let msgspec learn every struct once, one thread at a time, before kernels of several partitions use them at the same time.

    msgspec 0.22 builds what it knows of a class at first use and runs Python while it does; two threads that meet there end the
    process with a segmentation fault.
    """
    with _preparing:
        waiting: list[type] = [msgspec.Struct]
        while waiting:
            subclasses: list[type] = waiting.pop().__subclasses__()
            for found in subclasses:
                waiting.append(found)
                if found not in _prepared:
                    _prepared.add(found)
                    with suppress(TypeError, NameError):  # bases that cannot be decoded themselves
                        msgspec.msgpack.Decoder(found)


class Machine:
    """An engine with its decoder."""

    def __init__(self, engine: Engine, decoder: Decoder) -> None:
        self.engine = engine
        self._decoder = decoder

    @classmethod
    def fresh(cls, kernel: Kernel, partition: int, partitions: int) -> Self:
        prepare_types()
        return cls(kernel.fresh(partition, partitions), kernel.decoder())

    @classmethod
    def restored(cls, kernel: Kernel, partition: int, partitions: int, chunks: Chunks) -> Self:
        prepare_types()
        return cls(kernel.restored(partition, partitions, chunks), kernel.decoder())

    def apply(self, cut: Cut, records: Sequence[RawRecord], log_ms: Sequence[int]) -> Outcome:
        """Decode and apply. Raises EngineFailed, whatever went wrong inside; then the machine must be dropped."""
        try:
            outcome = self.engine.apply(cut, self._decoded(cut, records, log_ms))
        except Exception as error:
            raise EngineFailed(f"step {cut.number} of partition {cut.partition}: {type(error).__name__}: {error}") from error
        for output in outcome.outputs:
            if len(output.value) > MAX_OUTPUT_BYTES:
                raise EngineFailed(f"an output of {len(output.value)} bytes for {output.topic}: outputs must be split at 512 KB")
        return outcome

    def _decoded(self, cut: Cut, records: Sequence[RawRecord], log_ms: Sequence[int]) -> Decoded:
        if not cut.skip:
            return self._decoder.decode(records, log_ms)
        kept: list[RawRecord] = []
        kept_ms: list[int] = []
        passed_over: list[Rejected] = []
        for record, at_ms in zip(records, log_ms, strict=True):
            if skipped(record, cut.skip):
                at = Coordinates(len(kept), at_ms, record.topic, record.partition, record.offset)
                passed_over.append(Rejected(at, "", SKIPPED, "", record.value or b""))
            else:
                kept.append(record)
                kept_ms.append(at_ms)
        decoded = self._decoder.decode(kept, kept_ms)
        decoded.rejected.extend(passed_over)
        decoded.rejected.sort(key=_order)
        return decoded


def _order(rejected: Rejected) -> int:
    return rejected.at.order


def skipped(record: RawRecord, skip: Sequence[Range]) -> bool:
    """Whether `record` is on the skip list."""
    return any(r.topic == record.topic and r.partition == record.partition and r.first <= record.offset <= r.last for r in skip)
