"""Takes what has arrived for one partition, merges it by broker time, fixes log time, names it: a cut. Pure and single-threaded.

Held back: a topic with known lag and nothing in hand stops the merge at its own place, so that no record overtakes an older one
that merely was fetched later. A topic that does not answer for 10 s is named blind and no longer waited for: the others must go
on being judged. Time moves without records only when everything up to asked end offsets is taken, and never past the asking.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from streams.domain.log import Batch, Cut, Gap, Range, RawRecord, TopicPartition
from streams.steps.merging import crosses_tick

BLIND_AFTER_MS = 10_000
IDLE_WAKE_MS = 200
BYTES_A_READING = 20  # of a JSON column frame; only bounds the size of a step


_NO_BOUND = (1 << 62, "")


@dataclass(frozen=True, slots=True)
class Pace:
    """How large and how frequent steps are. Outcomes do not depend on it."""

    interval_ms: int = 200
    weight: int = 50_000  # readings, estimated from bytes
    by_clock: bool = False  # a player owns the clock: take nothing stamped after the time of the last asking


@dataclass(frozen=True, slots=True)
class Prepared:
    """A cut with its records in the order of the log, and the positions after it."""

    cut: Cut
    records: list[RawRecord]
    log_ms: list[int]
    positions: dict[TopicPartition, int]


@dataclass(slots=True)
class _Source:
    """One topic partition: taken up to `next`, in hand up to `expected`, known to reach `end`."""

    place: TopicPartition
    named: int  # position after what the cuts so far have named
    next: int
    expected: int
    answered_ms: int
    end: int | None = None
    buffer: deque[RawRecord] = field(default_factory=deque)
    gaps: list[Gap] = field(default_factory=list)
    fetched: deque[Batch] = field(default_factory=deque)  # batches whose records are not all taken yet

    def lag(self) -> int:
        return max(0, (self.end or 0) - self.expected)

    def position(self) -> int:
        """The next offset to take; past markers and compacted records when nothing is in hand before them."""
        return self.next if self.buffer else self.expected

    def blind(self, at_ms: int) -> bool:
        return not self.buffer and self.lag() > 0 and at_ms - self.answered_ms > BLIND_AFTER_MS


class Sequencer:
    """The cuts of one partition, in order. `at_ms` is always monotonic time of this process; it decides only when to cut."""

    def __init__(
        self, partition: int, positions: Mapping[TopicPartition, int], *, number: int, log_ms: int, at_ms: int, pace: Pace = Pace(),
    ) -> None:  # fmt: skip
        self.partition = partition
        self.number = number
        self.log_ms = log_ms
        self.buffered_bytes = 0
        self._pace = pace
        self._sources = {place: _Source(place, at, at, at, at_ms) for place, at in sorted(positions.items())}
        self._last_cut_ms = at_ms - pace.interval_ms
        self._asked: tuple[Mapping[TopicPartition, int], int | None] | None = None
        self._done_with: list[Batch] = []

    # --- what arrives -------------------------------------------------------------------------------------------------

    def offer(self, batch: Batch, at_ms: int, counted: bool = False) -> int | None:
        """Take a fetched batch. Returns None, or the position to seek to when records before the batch are missing.

        A reader may repeat records (trimmed here) and, when its flow stops in mid-fetch, silently drop some (refused here).
        `counted`: whoever fetched it counts its bytes until it comes out of `done_with`.
        """
        source = self._sources[TopicPartition(batch.topic, batch.partition)]
        refused = batch.start > source.expected
        if not refused:
            source.answered_ms = at_ms
        if refused or batch.stop <= source.expected:
            if counted:
                self._done_with.append(batch)
            return source.expected if refused else None
        for record in batch.records:
            if record.offset >= source.expected:
                source.buffer.append(record)
                self.buffered_bytes += len(record.value or b"")
        source.expected = batch.stop
        if counted:
            source.fetched.append(batch)
        return None

    def done_with(self) -> list[Batch]:
        """Counted batches of which nothing is needed any more, since the last call."""
        for source in self._sources.values():
            while source.fetched and source.fetched[0].stop <= source.position():
                self._done_with.append(source.fetched.popleft())
        done, self._done_with = self._done_with, []
        return done

    def learned(self, ends: Mapping[TopicPartition, int], clock_ms: int | None, at_ms: int) -> None:
        """End offsets as asked at log-clock time `clock_ms` (None: not known); answered at `at_ms`."""
        for place, end in ends.items():
            source = self._sources[place]
            source.end = end
            if source.expected >= end:
                source.answered_ms = at_ms
        if self._sources.keys() <= ends.keys():
            self._asked = (dict(ends), clock_ms)

    def lost(self, place: TopicPartition, begin: int) -> None:
        """Everything of `place` before `begin` is gone from the log; named as a gap in the next cut."""
        source = self._sources[place]
        if begin > source.expected and not source.buffer:
            source.gaps.append(Gap(place.topic, place.partition, source.next, begin - 1))
            source.next = source.expected = begin

    # --- what is known ------------------------------------------------------------------------------------------------

    def expected(self, place: TopicPartition) -> int:
        return self._sources[place].expected

    def lagging(self) -> Iterator[tuple[TopicPartition, int, int]]:
        """Topic partitions with nothing in hand and known lag: (place, end, monotonic ms of the last answer)."""
        for source in self._sources.values():
            if not source.buffer and source.lag():
                yield source.place, source.end or 0, source.answered_ms

    def lag(self) -> int:
        """Records known to exist that are not in hand yet, plus those in hand."""
        return sum(source.lag() + len(source.buffer) for source in self._sources.values())

    def blind(self, at_ms: int) -> tuple[str, ...]:
        return tuple(sorted(s.place.topic for s in self._sources.values() if s.blind(at_ms)))

    def drained(self, clock_ms: int) -> bool:
        """Whether everything asked for is taken and log time has been brought to `clock_ms`, as far as a tick could tell."""
        return self._asked is not None and self._taken(()) and not crosses_tick(self.log_ms, clock_ms)

    def wake_in_ms(self, at_ms: int) -> int:
        """When to try `cut` again if nothing arrives before."""
        left_ms = self._last_cut_ms + self._pace.interval_ms - at_ms
        return left_ms if left_ms > 0 else IDLE_WAKE_MS

    # --- cuts ---------------------------------------------------------------------------------------------------------

    def hello(self, at_ms: int) -> Prepared:
        """An empty cut at the present log time: its append time tells a new owner what time it is at the broker."""
        self._last_cut_ms = at_ms - self._pace.interval_ms
        self.number += 1
        cut = Cut(partition=self.partition, number=self.number, log_ms=self.log_ms)
        return Prepared(cut, [], [], {s.place: s.named for s in self._sources.values()})

    def cut(self, at_ms: int, platform_gap_ms: int = 0) -> Prepared | None:
        """The next cut, or None when there is no reason for one yet."""
        blind = self.blind(at_ms)
        must = platform_gap_ms > 0 or self._tick_due(blind) or any(s.gaps for s in self._sources.values())
        if not (must or self._due(at_ms)):
            return None
        records, log_ms = self._take(blind)
        if not (must or records):
            return None
        self._last_cut_ms = at_ms
        return self._named(records, log_ms, blind, platform_gap_ms)

    def _named(self, records: list[RawRecord], log_ms: list[int], blind: tuple[str, ...], gap_ms: int) -> Prepared:
        self.number += 1
        if log_ms:
            self.log_ms = log_ms[-1]
        clock_ms = self._asked_ms()
        if clock_ms is not None and self._taken(blind):
            self.log_ms = max(self.log_ms, clock_ms)
        ranges, gaps = self._ranges_and_gaps()
        cut = Cut(partition=self.partition, number=self.number, log_ms=self.log_ms, ranges=ranges, blind=blind, gaps=gaps,
                  platform_gap_ms=gap_ms)  # fmt: skip
        return Prepared(cut, records, log_ms, {s.place: s.next for s in self._sources.values()})

    def _due(self, at_ms: int) -> bool:
        heavy = self.buffered_bytes >= self._pace.weight * BYTES_A_READING
        return heavy or at_ms - self._last_cut_ms >= self._pace.interval_ms

    def _asked_ms(self) -> int | None:
        return None if self._asked is None else self._asked[1]

    def _tick_due(self, blind: tuple[str, ...]) -> bool:
        clock_ms = self._asked_ms()
        if self._asked is None or clock_ms is None or not crosses_tick(self.log_ms, clock_ms):
            return False
        ends = self._asked[0]
        return all(s.expected >= ends[s.place] for s in self._sources.values() if s.place.topic not in blind)

    def _taken(self, blind: tuple[str, ...]) -> bool:
        """Whether every topic that is not blind is taken up to the end offsets asked for (by a player's clock: up to that time)."""
        if self._asked is None:
            return False
        ends, clock_ms = self._asked
        later_ms = clock_ms if self._pace.by_clock and clock_ms is not None else _NO_BOUND[0]
        return all(
            s.position() >= ends[s.place] or (s.expected >= ends[s.place] and s.buffer[0].broker_ms > later_ms)
            for s in self._sources.values()
            if s.place.topic not in blind
        )

    def _take(self, blind: tuple[str, ...]) -> tuple[list[RawRecord], list[int]]:
        """A prefix of the merge of all buffers: as much as is safe, at most the pace's weight, at least one record."""
        records: list[RawRecord] = []
        log_ms: list[int] = []
        room = self._pace.weight * BYTES_A_READING
        sources = list(self._sources.values())
        heads = [(max(self.log_ms, s.buffer[0].broker_ms), s.place.topic, i) for i, s in enumerate(sources) if s.buffer]
        heapq.heapify(heads)
        bound = min(((self.log_ms, s.place.topic) for s in sources if not s.buffer and s.lag() and s.place.topic not in blind),
                    default=_NO_BOUND)  # fmt: skip
        if self._pace.by_clock:  # all that is stamped up to then is known, so the order is the same in every run
            bound = min(bound, ((self._asked_ms() or 0) + 1, ""))
        while heads and heads[0][:2] < bound and room > 0:
            running_ms, topic, i = heapq.heappop(heads)
            source = sources[i]
            stop = min(bound, heads[0][:2]) if heads else bound
            while True:  # a run of one topic
                record = source.buffer.popleft()
                source.next = record.offset + 1
                records.append(record)
                log_ms.append(running_ms)
                taken = len(record.value or b"")
                self.buffered_bytes -= taken
                room -= taken + BYTES_A_READING
                if not source.buffer:
                    if source.lag():
                        bound = min(bound, (running_ms, topic))
                    break
                running_ms = max(running_ms, source.buffer[0].broker_ms)
                if (running_ms, topic) > stop or room <= 0:
                    heapq.heappush(heads, (running_ms, topic, i))
                    break
        return records, log_ms

    def _ranges_and_gaps(self) -> tuple[tuple[Range, ...], tuple[Gap, ...]]:
        ranges: list[Range] = []
        gaps: list[Gap] = []
        for source in self._sources.values():
            topic, partition = source.place
            source.next = source.position()
            first = max([source.named, *(gap.last + 1 for gap in source.gaps)])
            if source.next > first:
                ranges.append(Range(topic, partition, first, source.next - 1))
            gaps.extend(source.gaps)
            source.gaps.clear()
            source.named = source.next
        return tuple(ranges), tuple(gaps)
