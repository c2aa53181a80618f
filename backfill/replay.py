"""Replay: recorded input, or the steps of a log, through the same decode and engine as live, with the outcome hash.

A recording (JSON lines, Parquet, a folder of them) carries arrival times; they become broker times, each topic partition gets
offsets in arrival order, and the merge of `streams.steps.merging` fixes the order, as live does. A log is replayed step by step,
and each step's hash is compared with the one that live wrote down.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from backfill.inputs import InputRecord
from streams.decode.decoder import Decoder
from streams.domain.log import NO_HASH, Cut, Outcome, Range, RawRecord
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.partitions import partition_of
from streams.engine.engine import Engine
from streams.steps.applying import Kernel, Machine
from streams.steps.merging import merged
from streams.steps.ports import Log
from streams.steps.replaying import replayed

KERNEL = Kernel(fresh=Engine, restored=Engine.restore, decoder=Decoder)
WINDOW_MS = 1_000

Listener = Callable[[int, Outcome], None]  # partition, what one step caused


@dataclass(slots=True)
class Summary:
    """What a replay did. `hashes` holds the running outcome hash of each partition."""

    readings: int = 0
    records: int = 0
    steps: int = 0
    log_ms: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    outputs: Counter[str] = field(default_factory=Counter)
    diverged: list[tuple[int, int]] = field(default_factory=list)  # (partition, step) whose hash is not what live wrote

    def log_hash(self) -> str:
        return log_hash(self.hashes)

    def add(self, partition: int, outcome: Outcome) -> None:
        self.steps += 1
        self.readings += outcome.readings
        self.hashes[partition] = outcome.hash
        self.outputs.update(output.topic for output in outcome.outputs)


def log_hash(hashes: dict[int, str]) -> str:
    """One hash for a whole log: SHA-256 over the partitions' running hashes in partition order; a partition that caused
    nothing counts with zeros."""
    digest = hashlib.sha256()
    for partition in range(max(hashes, default=-1) + 1):
        digest.update(bytes.fromhex(hashes.get(partition, NO_HASH)))
    return digest.hexdigest()


class Recording:
    """Engines of all partitions fed from records with arrival times, window by window."""

    def __init__(self, partitions: int, listener: Listener | None = None) -> None:
        self.summary = Summary(hashes=dict.fromkeys(range(partitions), NO_HASH))
        self._partitions = partitions
        self._listener = listener
        self._machines = [Machine.fresh(KERNEL, p, partitions) for p in range(partitions)]
        self._numbers = [0] * partitions
        self._offsets: dict[tuple[str, int], int] = {}

    def play(self, records: Iterable[InputRecord], until_ms: int | None = None) -> Iterator[int]:
        """Apply `records` (in arrival order); yields the log time reached after each window. Ends at `until_ms`, or just
        past the second of the last arrival."""
        window: list[InputRecord] = []
        end_ms: int | None = None
        for record in records:
            if until_ms is not None and record.arrival_ms > until_ms:
                break
            if end_ms is None:
                end_ms = -(-record.arrival_ms // WINDOW_MS) * WINDOW_MS
            if record.arrival_ms > end_ms:
                self._apply(window, end_ms)
                yield end_ms
                window = []
                end_ms = -(-record.arrival_ms // WINDOW_MS) * WINDOW_MS
            window.append(record)
        if end_ms is not None:
            self._apply(window, end_ms if until_ms is None else max(until_ms, window[-1].arrival_ms if window else 0))
            yield self.summary.log_ms

    def engines(self) -> list[Engine]:
        """The engines as they are now, by partition."""
        return [machine.engine for machine in self._machines if isinstance(machine.engine, Engine)]

    def _apply(self, window: Sequence[InputRecord], end_ms: int) -> None:
        base_ms = self.summary.log_ms
        taken: list[dict[str, list[RawRecord]]] = [{} for _ in range(self._partitions)]
        for record in window:
            self._place(record, taken)
        self.summary.records += len(window)
        for partition, topics in enumerate(taken):
            records, log_ms = merged(base_ms, [topics[name] for name in sorted(topics)])
            self._numbers[partition] += 1
            ranges = tuple(
                Range(name, rows[0].partition, rows[0].offset, rows[-1].offset) for name, rows in sorted(topics.items())
            )
            cut = Cut(partition=partition, number=self._numbers[partition], log_ms=max(end_ms, base_ms), ranges=ranges)
            outcome = self._machines[partition].apply(cut, records, log_ms)
            self.summary.add(partition, outcome)
            if self._listener is not None:
                self._listener(partition, outcome)
        self.summary.log_ms = max(end_ms, base_ms)

    def _place(self, record: InputRecord, taken: list[dict[str, list[RawRecord]]]) -> None:
        """Give `record` its offset; a broadcast record goes to every partition's engine from the one partition of its topic."""
        broadcast = record.topic in BROADCAST_TOPICS
        own = 0 if broadcast or record.key is None else partition_of(record.key, self._partitions)
        offset = self._offsets.get((record.topic, own), 0)
        self._offsets[record.topic, own] = offset + 1
        raw = RawRecord(record.topic, own, offset, record.arrival_ms, record.key, record.value)
        for partition in range(self._partitions) if broadcast else (own,):
            taken[partition].setdefault(record.topic, []).append(raw)


def known(records: Iterable[InputRecord], skipped: Counter[str]) -> Iterator[InputRecord]:
    """`records` of raw and broadcast topics; others (labels, outputs) are counted in `skipped`, not played."""
    for record in records:
        if record.topic in RAW_TOPICS or record.topic in BROADCAST_TOPICS:
            yield record
        else:
            skipped[record.topic] += 1


async def replay_log(log: Log, partitions: Sequence[int], total: int, listener: Listener | None = None,
                     progress: Callable[[int, int], None] | None = None) -> Summary:  # fmt: skip
    """Apply all steps of `partitions` (of `total`) as the log holds them. Raises LogError when a part of the history is gone."""
    summary = Summary()
    reader = log.reader()
    try:
        for partition in partitions:
            machine = Machine.fresh(KERNEL, partition, total)
            summary.hashes[partition] = NO_HASH
            async for given in replayed(reader, partition):
                outcome = machine.apply(given.cut, given.records, given.log_ms)
                summary.add(partition, outcome)
                summary.records += len(given.records)
                summary.log_ms = max(summary.log_ms, given.cut.log_ms)
                if outcome.hash != given.logged.step.outcome:
                    summary.diverged.append((partition, given.cut.number))
                if listener is not None:
                    listener(partition, outcome)
                if progress is not None:
                    progress(partition, given.cut.number)
    finally:
        await reader.close()
    return summary
