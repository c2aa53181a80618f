"""The one order of a step's records, and the log time of each: the same function live, at restart, in replay and in an audit.

Kafka orders each topic, not topics among each other. Within a step the order is (running maximum of broker time per topic,
topic name, offset), the running maximum starting at the log time of the step before. So step and ranges alone fix the order,
whatever arrived first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence

from streams.domain.log import Cut, Gap, Range, RawRecord, TopicPartition

TICK_MS = 1000


def merged(base_ms: int, sources: Iterable[Sequence[RawRecord]]) -> tuple[list[RawRecord], list[int]]:
    """All records of `sources` (each in offset order, one topic each) in the order of the log, and the log time of each.

    >>> late = RawRecord("b", 0, 7, 90, None, None)
    >>> merged(100, [[late], [RawRecord("a", 0, 1, 120, None, None)]])[1]
    [100, 120]
    """
    rows: list[tuple[int, str, int, RawRecord]] = []
    for records in sources:
        running_ms = base_ms
        for record in records:
            if record.broker_ms > running_ms:
                running_ms = record.broker_ms
            rows.append((running_ms, record.topic, record.offset, record))
    rows.sort(key=_place)
    return [row[3] for row in rows], [row[0] for row in rows]


def _place(row: tuple[int, str, int, RawRecord]) -> tuple[int, str, int]:
    return row[:3]


def crosses_tick(before_ms: int, after_ms: int) -> bool:
    """Whether log time passes a whole second strictly on the way from `before_ms` to `after_ms`.

    >>> crosses_tick(1500, 2000), crosses_tick(1500, 2001), crosses_tick(2000, 2001), crosses_tick(2001, 2500)
    (False, True, True, False)
    """
    return -(-before_ms // TICK_MS) * TICK_MS < after_ms


def move(positions: MutableMapping[TopicPartition, int], cut: Cut) -> None:
    """Move `positions` (next offset to take, per topic partition) past what `cut` took or named as lost."""
    named_intervals: tuple[Gap | Range, ...] = (*cut.gaps, *cut.ranges)
    for named in named_intervals:
        place = TopicPartition(named.topic, named.partition)
        positions[place] = max(positions.get(place, 0), named.last + 1)


def positions_text(positions: Mapping[TopicPartition, int]) -> str:
    """Positions as people read them in a log line."""
    return ", ".join(f"{topic}[{partition}]@{at}" for (topic, partition), at in sorted(positions.items()))
