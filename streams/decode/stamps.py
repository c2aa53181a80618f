"""Which time stamps a message may carry at all. Whether a clock is off is for the engine, which knows log time."""

from __future__ import annotations

EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
LATEST_MS = 4_102_444_800_000  # 2100-01-01T00:00:00Z


def plausible(stamp_ms: int) -> bool:
    return EARLIEST_MS <= stamp_ms < LATEST_MS


def clamped(stamp_ms: int) -> int:
    """The nearest plausible stamp. An observation whose clock is impossible is still an observation: with the clamped
    stamp the engine sees a clock that is years off, judges by log time and says so, instead of losing a leak."""
    return min(max(stamp_ms, EARLIEST_MS), LATEST_MS - 1)
