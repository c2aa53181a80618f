"""The statutory clocks as pure functions of an episode and log time.

A(L) is the log time spent at level L or above: it runs at or above L, is frozen below, and begins anew after more than an hour
below. A level that bounces therefore gains nothing: each article's deadline, counted from the raise that it speaks of, is never
before ours. What is due at the instant of a lowering was lowered in time.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.engine.state_episodes import Clock, Episode

NEVER = 1 << 62
RED = 3


class Due(NamedTuple):
    """The next multiple of a step: its number, and the log time at which it is to be said."""

    n: int
    at_ms: int


def account(episode: Episode, level: int, at_ms: int, forget_ms: int, by: str = "", *, restart: bool = False) -> None:
    """The level became `level` at `at_ms`, by the warning `by`. `restart`: every clock begins anew with each change."""
    for each, clock in enumerate(episode.clocks, start=1):
        running = clock.entered_ms and not clock.left_ms
        if running and level < each:
            clock.left_ms = at_ms
        elif level >= each and (restart or not running):
            _enter(episode, each, clock, at_ms, forget_ms, restart)
            clock.by = by


def forgetting(episode: Episode, level: int, at_ms: int, forget_ms: int, *, restart: bool = False) -> list[int]:
    """Levels whose clocks would begin anew if the level became `level` now: what they still owe must be said before."""
    return [
        each
        for each, clock in enumerate(episode.clocks[:level], start=1)
        if clock.entered_ms and (restart or (clock.left_ms and at_ms - clock.left_ms > forget_ms))
    ]


def _enter(episode: Episode, level: int, clock: Clock, at_ms: int, forget_ms: int, restart: bool) -> None:
    forgotten = restart or not clock.entered_ms or at_ms - clock.left_ms > forget_ms
    if forgotten:
        for rung in episode.rungs.values():
            if rung.level == level:
                rung.n = rung.said_ms = rung.settled_ms = 0
    clock.base_ms = 0 if forgotten else gathered(clock, at_ms)
    clock.again = not forgotten
    clock.entered_ms, clock.left_ms = at_ms, 0


def gathered(clock: Clock, at_ms: int) -> int:
    """A(L) at `at_ms`, in ms; of a frozen clock what it stopped at."""
    return clock.base_ms + (clock.left_ms or at_ms) - clock.entered_ms if clock.entered_ms else 0


def due(clock: Clock, every_ms: int, said_ms: int, quiet_ms: int) -> Due | None:
    """The first multiple of `every_ms` beyond `said_ms`; None when the clock stopped before it.

    After a return to the level it waits for the end of `quiet_ms`: the warning has just been sent again. It waits so long once,
    in time of the clock itself, or else whoever bounces fast enough would never be told of.
    """
    if not clock.entered_ms:
        return None
    n = said_ms // every_ms + 1
    passed_ms = clock.entered_ms + n * every_ms - clock.base_ms
    at_ms = max(passed_ms, clock.entered_ms)
    if clock.again:
        at_ms = max(at_ms, min(clock.entered_ms, passed_ms) + quiet_ms)
    if clock.left_ms and at_ms >= clock.left_ms:
        return None
    return Due(n, at_ms)


def multiple(clock: Clock, every_ms: int, at_ms: int) -> int:
    """How many multiples of `every_ms` the clock has passed at `at_ms`; one at which it just stopped is not passed."""
    return max(0, gathered(clock, at_ms) - bool(clock.left_ms)) // every_ms
