"""Waking those who wait for records: an event set from the writing thread, never a poll."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterable

from streams.domain.log import TopicPartition


class Waiter:
    """One waiting consumer in one event loop. `partitions` None: every one."""

    def __init__(self, partitions: Collection[TopicPartition] | None) -> None:
        self.partitions = None if partitions is None else frozenset(partitions)
        self.loop = asyncio.get_running_loop()
        self.event = asyncio.Event()


class Bell:
    """Hang a waiter on it *before* looking at the log, then wait: a ring in between is not lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: list[Waiter] = []

    def hang(self, partitions: Collection[TopicPartition] | None) -> Waiter:
        waiter = Waiter(partitions)
        with self._lock:
            self._waiters.append(waiter)
        return waiter

    def take_down(self, waiter: Waiter) -> None:
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def ring(self, changed: Iterable[TopicPartition]) -> None:
        """Wake those who wait for one of `changed`. Any thread."""
        changed = set(changed)
        with self._lock:
            called = [w for w in self._waiters if changed and (w.partitions is None or not w.partitions.isdisjoint(changed))]
        _wake(called)

    def ring_all(self) -> None:
        """Wake everybody: the clock moved, or the log closes."""
        with self._lock:
            called = list(self._waiters)
        _wake(called)


def _wake(waiters: Iterable[Waiter]) -> None:
    for waiter in waiters:
        try:
            waiter.loop.call_soon_threadsafe(waiter.event.set)
        except RuntimeError:  # its loop is closed: nobody waits there any more
            continue
