"""Taking what an aiokafka consumer has fetched, as batches with exact positions.

aiokafka's own `getmany` hides two things that steps need: positions that move over transaction markers and compacted records when
no record comes with them, and where exactly each chunk begins. So this reads its buffer (aiokafka is pinned; a test holds the
assumptions). It also skips the object aiokafka would build for each record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.steps.ports import Standing


async def fetch(consumer: Any, places: Collection[Any] | None, wait_s: float) -> list[Batch]:
    """Everything fetched of `places` (None: of all), one batch a partition; waits at most `wait_s` for the first one.

    May come back early with nothing when `wake` was called. Raises aiokafka's errors, OffsetOutOfRangeError among them.
    """
    fetcher = consumer._fetcher
    if consumer._closed or fetcher._closed:
        raise ConsumerStoppedError
    if fetcher._subscriptions.reassignment_in_progress:
        await fetcher._subscriptions.wait_for_assignment()
    batches = _drained(fetcher, places)
    if batches or wait_s <= 0:
        return batches
    waiter = fetcher._create_fetch_waiter()
    done, _ = await asyncio.wait([waiter], timeout=wait_s)
    if not done:
        waiter.cancel()
        return []
    waiter.result()  # raises what the coordinator reported
    if fetcher._closed:
        raise ConsumerStoppedError
    return _drained(fetcher, places)


def wake(consumer: Any) -> None:
    """Make a waiting `fetch` come back. In the consumer's own loop only."""
    for waiter in list(consumer._fetcher._fetch_waiters):
        if not waiter.done():
            waiter.set_result(None)


def _drained(fetcher: Any, places: Collection[Any] | None) -> list[Batch]:
    batches: list[Batch] = []
    for place in list(fetcher._records):
        if places is not None and place not in places:
            if not fetcher._subscriptions.is_assigned(place):
                del fetcher._records[place]
            continue
        entry = fetcher._records[place]
        if type(entry) is not FetchResult and batches:
            return batches  # its error is raised by the next call, after these were handed over
        del fetcher._records[place]
        fetcher._notify(fetcher._wait_consume_future)
        if type(entry) is not FetchResult:
            entry.check_raise()
        batch = _batch(entry, place)
        if batch is not None:
            batches.append(batch)
    return batches


def _batch(entry: Any, place: Any) -> Batch | None:
    if not entry._assignment.active:
        return None
    state = entry._assignment.state_value(place)
    start = state.position
    if entry._partition_records is not None:
        entry._partition_records._consumer_record = _raw
    records: list[RawRecord] = entry.getall()
    stop = state.position
    return Batch(place.topic, place.partition, start, stop, records) if stop > start else None


def _raw(place: Any, record: Any) -> RawRecord:
    return RawRecord(place.topic, place.partition, record.offset, record.timestamp, record.key, record.value)


class Standings:
    """Where a consumer stands, with the monotonic time at which each answer of the broker was first seen."""

    def __init__(self) -> None:
        self._seen: dict[TopicPartition, tuple[int, Standing]] = {}

    def observe(self, consumer: Any, places: Collection[Any]) -> None:
        """Look at the consumer's state. In its own loop, at least once a second."""
        subscription = consumer._fetcher._subscriptions.subscription
        assignment = None if subscription is None else subscription.assignment
        if assignment is None:
            return
        now_s = time.monotonic()
        for place in places:
            state = assignment.state_value(place)
            if state is None or not state.has_valid_position:
                continue
            stamp = state.timestamp or 0
            key = TopicPartition(place.topic, place.partition)
            seen = self._seen.get(key)
            answered_s = now_s if seen is None or seen[0] != stamp else seen[1].answered_s
            # Under read_committed the last stable offset is the end; before the first answer nothing is known.
            end = state.lso if state.lso is not None and state.lso >= 0 else state.highwater
            self._seen[key] = (stamp, Standing(state.position, end, answered_s))

    def now(self) -> Mapping[TopicPartition, Standing]:
        return {place: standing for place, (_, standing) in self._seen.items()}

    def forget(self) -> None:
        self._seen = {}
