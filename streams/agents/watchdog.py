"""Ends a process that stood still for longer than its group session: others own its partitions by now, and waking up half-way
through a commit is how two owners come about. Fencing would stop it too; this stops it before it tries.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable

STALLED_EXIT_CODE = 70
LOOK_S = 0.5


def _end(stalled_s: float) -> None:
    sys.stderr.write(f"stood still for {stalled_s:.1f} s, longer than the group session; ending\n")
    sys.stderr.flush()
    os._exit(STALLED_EXIT_CODE)


class Watchdog:
    """Looks from a thread at how long the event loop has been silent. `clock` is monotonic seconds and goes on while stopped."""

    def __init__(
        self,
        limit_s: float,
        end: Callable[[float], None] = _end,
        clock: Callable[[], float] = time.monotonic,
        beat: Callable[[float], None] = lambda late_s: None,
    ) -> None:
        self._limit_s = limit_s
        self._end = end
        self._clock = clock
        self._beat = beat
        self._last = clock()
        self._stopped = threading.Event()

    async def run(self) -> None:
        """Beat until cancelled."""
        self._last = self._clock()
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        thread.start()
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                self.look()  # before the beat: a process that was stopped wakes up in either thread first
                now = self._clock()
                self._beat(max(0.0, now - self._last - LOOK_S))
                self._last = now
        finally:
            self._stopped.set()

    def look(self) -> None:
        """End the process if the loop has been silent for too long."""
        silent_s = self._clock() - self._last
        if silent_s > self._limit_s:
            self._end(silent_s)

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_S):
            self.look()
