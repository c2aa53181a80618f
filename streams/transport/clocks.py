"""Clocks of the embedded log. The log stamps what is appended, as a broker does; nothing else may read a wall clock for it."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int: ...


class WallClock:
    """The machine's clock, made to stand still where it would go back (a set clock, a restart behind the file's last stamp)."""

    def __init__(self, floor_ms: int = 0) -> None:
        self._last_ms = floor_ms
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        with self._lock:
            self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
            return self._last_ms

    def start_at(self, floor_ms: int) -> None:
        """Never answer less than `floor_ms` from now on."""
        with self._lock:
            self._last_ms = max(self._last_ms, floor_ms)


class PlayerClock:
    """A clock that the player of a recording owns: it stands still until it is told. In demo, replay and tests."""

    def __init__(self, at_ms: int = 0) -> None:
        self._at_ms = at_ms

    def now_ms(self) -> int:
        return self._at_ms

    def set(self, at_ms: int) -> None:
        """Move to `at_ms`. Raises ValueError when that is in the past: log time never goes back."""
        if at_ms < self._at_ms:
            raise ValueError(f"the clock stands at {self._at_ms} and cannot go back to {at_ms}")
        self._at_ms = at_ms

    def start_at(self, floor_ms: int) -> None:
        self._at_ms = max(self._at_ms, floor_ms)
