"""What a family of event features looks at, and what it says: numbers, flags and times that ages count from.

A family is a pure function of the state and the log time. It says when its answer will change by time alone (a permit period, a
camera that falls silent, midnight), so nothing is polled: ages are kept as the time that they count from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streams.engine.desk import NEVER, Desk
from streams.engine.presence import Presence
from streams.engine.state import Site, Source

UNKNOWN = None


class Since(NamedTuple):
    """An age: it grows from this log time on. Before it, the age is 0."""

    ms: int


Fact = float | Since | None
Facts = dict[str, Fact]


class View(NamedTuple):
    """Whose features are asked for: a device, a source, or a whole enterprise (all of its sources)."""

    desk: Desk
    silence: Presence
    site: Site
    sources: tuple[Source, ...]
    whole: bool
    at_ms: int
    device: str = ""

    def here(self, source: str) -> bool:
        """Whether something that names this source is within the view. What names none may be anywhere on the site."""
        return self.whole or not source or source == self.sources[0].code

    def owns(self, source: int) -> bool:
        """Whether a thing kept at this source is counted here: exactly once among the sources of a site."""
        return self.whole or source == self.sources[0].id


Family = Callable[[View, Facts], int]
"""Writes its facts; returns when they may change by time alone."""


def longest(times: list[int]) -> Fact:
    """The age of the oldest; nothing there has lasted no time at all."""
    return Since(min(times)) if times else 0.0


def next_after(at_ms: int, *times: int) -> int:
    """The first of these times that is still ahead."""
    return min((t for t in times if t > at_ms), default=NEVER)
