"""A small pure engine and a log in memory with faults, for tests of steps: what they do is plain enough to be checked by eye."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from streams.domain.columns import Coordinates, Decoded, FrameColumns, LoggedEvent
from streams.domain.log import NO_HASH, Cut, Outcome, Output, RawRecord, TopicPartition, chained
from streams.steps.applying import Kernel
from streams.steps.ports import CommitUnknown, Fenced, LogError, PositionLost

RAW = ("actions", "readings")
BROADCAST = ("registry",)


def no_frames() -> FrameColumns:
    return FrameColumns(
        at=[], enterprise=[], gateway=[], connected=[], codes=[], units=[], start=np.zeros(1, np.int64), value=np.zeros(0),
        event_ms=np.zeros(0, np.int64), wire=np.zeros(0, np.uint8),
    )  # fmt: skip


class CountingDecoder:
    """Every record is an event that carries the record itself."""

    def decode(self, records: Sequence[RawRecord], log_ms: Sequence[int]) -> Decoded:
        events = [
            LoggedEvent(Coordinates(i, at, r.topic, r.partition, r.offset), r, r.key)  # type: ignore[arg-type]
            for i, (r, at) in enumerate(zip(records, log_ms, strict=True))
        ]
        return Decoded(frames=no_frames(), events=events)


class CountingEngine:
    """Counts records a key and says so: one output a record, one a tick with anything new, one a rejection or platform gap.

    The value `poison` makes it raise, `huge` makes an output that no log takes.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.partition = partition
        self.hash = NO_HASH
        self.counts: dict[str, int] = {}
        self.log_ms = 0
        self.fresh = 0
        self.broken = False

    def apply(self, cut: Cut, decoded: Decoded) -> Outcome:
        if self.broken:
            raise AssertionError("an engine that raised was used again")
        self.broken = True
        outputs: list[Output] = []
        if cut.platform_gap_ms:
            outputs.append(Output("warnings", b"platform", f"gap {cut.platform_gap_ms}".encode()))
        rejected = list(decoded.rejected)
        for logged in decoded.events:
            while rejected and rejected[0].at.order <= logged.at.order:
                outputs.append(self._rejection(rejected.pop(0)))
            self._advance(logged.at.log_ms, outputs)
            outputs.append(self._counted(logged))
        outputs.extend(map(self._rejection, rejected))
        self._advance(cut.log_ms, outputs)
        self.hash = chained(self.hash, outputs)
        self.broken = False
        return Outcome(tuple(outputs), self.hash, len(decoded.events))

    def _counted(self, logged: LoggedEvent) -> Output:
        record: Any = logged.event
        if record.value == b"poison":
            raise ValueError("poison")
        key = (record.key or b"").decode()
        self.counts[key] = self.counts.get(key, 0) + 1
        self.fresh += 1
        said = f"{record.topic}/{record.partition}/{record.offset} at {logged.at.log_ms}: {key} {self.counts[key]}"
        return Output("warnings", record.key, said.encode() + b"x" * (2_000_000 if record.value == b"huge" else 0))

    def _rejection(self, rejected: Any) -> Output:
        return Output("dead-letters", None, f"{rejected.at.topic}/{rejected.at.offset} {rejected.reason}".encode())

    def _advance(self, log_ms: int, outputs: list[Output]) -> None:
        """Ticks up to `log_ms`: whole seconds that log time passes strictly."""
        if self.log_ms:
            second = -(-self.log_ms // 1000) * 1000
            if second < log_ms and self.fresh:
                outputs.append(Output("level", b"all", f"tick {second}: {self.fresh} new".encode()))
                self.fresh = 0
        self.log_ms = max(self.log_ms, log_ms)

    def snapshot(self) -> list[tuple[str, bytes]]:
        plain = {"hash": self.hash, "log_ms": self.log_ms, "fresh": self.fresh}
        return [("plain", json.dumps(plain).encode()), ("counts", json.dumps(self.counts).encode())]

    @classmethod
    def restore(cls, partition: int, partitions: int, chunks: Sequence[tuple[str, bytes | memoryview]]) -> CountingEngine:
        parts = {name: json.loads(bytes(data)) for name, data in chunks}
        engine = cls(partition, partitions)
        engine.hash, engine.log_ms, engine.fresh = parts["plain"]["hash"], parts["plain"]["log_ms"], parts["plain"]["fresh"]
        engine.counts = parts["counts"]
        return engine

    def versions(self) -> dict[str, str]:
        return {"engine": "counting-1"}


COUNTING = Kernel(CountingEngine, CountingEngine.restore, CountingDecoder)


class MemoryLog:
    """A log in memory with transactions, fencing and faults. `now_ms` moves only by `tick`, or is hidden (`clock_known` False)."""

    def __init__(self, clock_known: bool = True) -> None:
        self.records: dict[TopicPartition, list[RawRecord]] = defaultdict(list)
        self.ends: dict[TopicPartition, int] = defaultdict(int)
        self.begins: dict[TopicPartition, int] = defaultdict(int)
        self.epochs: dict[tuple[str, int], int] = defaultdict(int)
        self.at_ms = 1_000_000
        self.clock_known = clock_known
        self.fault: Callable[[str, Output | None], str] = lambda where, step: ""
        self.commits = 0

    def now_ms(self) -> int | None:
        return self.at_ms if self.clock_known else None

    def append(self, topic: str, partition: int, key: bytes | None, value: bytes | None, broker_ms: int | None = None) -> int:
        place = TopicPartition(topic, partition)
        offset = self.ends[place]
        stamp = self.at_ms if broker_ms is None else broker_ms
        self.records[place].append(RawRecord(topic, partition, offset, stamp, key, value))
        self.ends[place] = offset + 1
        return offset

    def marker(self, topic: str, partition: int) -> None:
        """An offset without a record, as a transaction leaves it."""
        self.ends[TopicPartition(topic, partition)] += 1

    def reader(self) -> MemoryReader:
        return MemoryReader(self)

    def writer(self, partition: int, role: str = "steps") -> MemoryWriter:
        return MemoryWriter(self, partition, role)

    def values(self, topic: str, partition: int) -> list[bytes]:
        return [r.value or b"" for r in self.records[TopicPartition(topic, partition)]]


class MemoryReader:
    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        await asyncio.sleep(0)
        return {p: self._log.ends[p] for p in partitions}

    async def begin_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        await asyncio.sleep(0)
        return {p: self._log.begins[p] for p in partitions}

    async def read(
        self, partition: TopicPartition, start: int, stop: int, max_bytes: int = 8 << 20
    ) -> tuple[Sequence[RawRecord], int]:
        await asyncio.sleep(0)
        if start < self._log.begins[partition]:
            raise PositionLost(partition, start, self._log.begins[partition])
        stop = min(stop, self._log.ends[partition])
        found = [r for r in self._log.records[partition] if start <= r.offset < stop]
        return found, max(start, stop)

    async def close(self) -> None: ...


class MemoryWriter:
    """Faults by `log.fault(where, step)`: "open", "before", "torn" (fails, nothing written), "lost" (written, no answer)."""

    def __init__(self, log: MemoryLog, partition: int, role: str) -> None:
        self._log = log
        self._partition = partition
        self._role = role
        self._epoch = 0

    async def open(self) -> None:
        await asyncio.sleep(0)
        self._fail("open", None)
        self._log.epochs[self._role, self._partition] += 1
        self._epoch = self._log.epochs[self._role, self._partition]

    async def commit(self, outputs: Sequence[Output], step: Output) -> int:
        await asyncio.sleep(0)
        self._fail("before", step)
        if self._epoch != self._log.epochs[self._role, self._partition]:
            raise Fenced("another writer")
        for output in (*outputs, step):
            self._log.append(output.topic, self._partition, output.key, output.value)
            self._log.marker(output.topic, self._partition)
        self._log.commits += 1
        await asyncio.sleep(0)
        self._fail("after", step)
        return self._log.at_ms

    def _fail(self, where: str, step: Output | None) -> None:
        how = self._log.fault(where, step)
        if how == "unknown":
            raise CommitUnknown(where)
        if how == "fenced":
            raise Fenced(where)
        if how:
            raise LogError(f"{where}: {how}")

    async def close(self) -> None:
        self._epoch = 0
