"""Series of a case as frames, instant by instant: what one gateway sends at one time is one frame."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from backfill.cases.building import Sent
from backfill.cases.case import Series
from backfill.cases.series import Sample


class Arrival(NamedTuple):
    at_ms: int  # after the start of the case
    order: int  # of the series, so that frames are the same everywhere
    stamp_ms: int
    series: Series
    sample: Sample


def arrivals(series: Sequence[Series], end_ms: int) -> Iterator[Arrival]:
    """Every sample that arrives until `end_ms`, in order of arrival."""
    yield from heapq.merge(*(_of(i, one, end_ms) for i, one in enumerate(series)), key=lambda a: a[:2])


def frames(taken: Sequence[Arrival], start_ms: int) -> list[Sent]:
    """The frames of one instant: one an enterprise, gateway and time stamp; a sample sent twice is a second frame."""
    groups: dict[tuple[str, str, int], list[Arrival]] = {}
    again: dict[tuple[str, str, int], list[Arrival]] = {}
    for arrival in taken:
        key = (arrival.series.enterprise, arrival.series.gateway, arrival.stamp_ms)
        groups.setdefault(key, []).append(arrival)
        if arrival.sample.twice:
            again.setdefault(key, []).append(arrival)
    return [_frame(key, of, start_ms) for group in (groups, again) for key, of in group.items()]


def _of(order: int, series: Series, end_ms: int) -> Iterator[Arrival]:
    at_ms = series.start_ms
    last: Sample | None = None
    for run in series.runs:
        for index in range(run.length):
            if at_ms + series.delay_ms > end_ms:
                return
            last = run.at(index)
            if last is not None:
                yield _arrival(order, series, at_ms, last)
            at_ms += series.every_ms
    while last is not None and not series.stale and at_ms + series.delay_ms <= end_ms:
        yield _arrival(order, series, at_ms, last)
        at_ms += series.every_ms


def _arrival(order: int, series: Series, at_ms: int, sample: Sample) -> Arrival:
    return Arrival(at_ms + series.delay_ms, order, at_ms + series.clock_ms + sample.stamp_ms, series, sample)


def _frame(key: tuple[str, str, int], of: Sequence[Arrival], start_ms: int) -> Sent:
    enterprise, gateway, stamp_ms = key
    record: dict[str, Any] = {
        "enterprise": enterprise, "gateway": gateway, "collected_at": start_ms + stamp_ms,
        "codes": [a.series.point for a in of],
        "values": [math.nan if a.sample.nan else a.sample.value for a in of],
    }  # fmt: skip
    units = [a.sample.unit or a.series.unit for a in of]
    if any(units):
        record["units"] = units
    if not all(a.sample.valid for a in of):
        record["valid"] = [a.sample.valid for a in of]
    return Sent("readings", enterprise.encode(), json.dumps(record, ensure_ascii=False).encode())
