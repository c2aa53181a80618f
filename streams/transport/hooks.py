"""What an app tells its transport: where to start, whom to tell of lost ranges, how many bytes may wait.

Faust builds the transport from a URL and hands nothing else in, so the app leaves its hooks here before it starts.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from streams.domain.log import Batch, TopicPartition

PositionSource = Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
GapSink = Callable[[TopicPartition, int, int], None]

_RECORD_BYTES = 96  # what a record costs in memory beside its key and value


def bytes_of(batch: Batch) -> int:
    """Memory that a batch holds, roughly; the same number is taken and given back."""
    payload = sum((0 if r.key is None else len(r.key)) + (0 if r.value is None else len(r.value)) for r in batch.records)
    return payload + _RECORD_BYTES * (len(batch.records) + 1)


class Flow:
    """Bytes handed to agents and not yet worked off, a topic partition at a time. Any thread.

    A partition over its limit is not fetched from; the others are. One batch may go over the limit, so that any batch fits.
    """

    def __init__(self, limit_bytes: int = 8 << 20) -> None:
        self.limit_bytes = limit_bytes
        self._held: dict[TopicPartition, int] = {}
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def has_room(self, place: TopicPartition) -> bool:
        return self._held.get(place, 0) < self.limit_bytes

    def held_bytes(self) -> int:
        with self._lock:
            return sum(self._held.values())

    def took(self, batch: Batch) -> None:
        place = TopicPartition(batch.topic, batch.partition)
        with self._lock:
            self._held[place] = self._held.get(place, 0) + bytes_of(batch)

    def gave_back(self, batch: Batch) -> None:
        """The records of `batch` are worked off, or dropped."""
        place = TopicPartition(batch.topic, batch.partition)
        with self._lock:
            was = self._held.get(place, 0)
            now = self._held[place] = max(0, was - bytes_of(batch))
        if was >= self.limit_bytes > now:
            self._tell()

    def forget(self, places: Collection[TopicPartition] | None = None) -> None:
        """Nothing of these partitions is held any more (of all of them with None): revoked, or sought elsewhere."""
        with self._lock:
            if places is None:
                self._held.clear()
            else:
                for place in places:
                    self._held.pop(TopicPartition(*place), None)
        self._tell()

    def on_room(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a full partition has room again."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


@dataclass(slots=True)
class Hooks:
    """`positions` None: the group's committed positions. An answer without a partition means its first record, never its end.

    `on_gap(partition, first, begin)`: offsets first..begin-1 are gone for good. `co_partitioned`: topics of which a worker must
    have the same partition numbers. `release_on_ack`: an agent has worked a batch off when it asks for the next one; agents that
    keep batches set it False and call `flow.gave_back`.
    """

    positions: PositionSource | None = None
    on_gap: GapSink | None = None
    co_partitioned: frozenset[str] = frozenset()
    release_on_ack: bool = True
    flow: Flow = field(default_factory=Flow)
    fetch_wait_ms: int = 100  # how long the broker holds an empty fetch; data wakes it at once
    max_partition_fetch_bytes: int = 2 << 20


_HOOKS: WeakKeyDictionary[Any, Hooks] = WeakKeyDictionary()


def install(app: Any, hooks: Hooks) -> None:
    """Give `app` its hooks; before it starts."""
    _HOOKS[app] = hooks


def hooks_of(app: Any) -> Hooks:
    """The hooks of `app`; defaults when it has none."""
    return _HOOKS.setdefault(app, Hooks())
