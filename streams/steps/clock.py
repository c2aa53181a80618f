"""Log time between records, and the time in which nobody observed anything. Monotonic time is an argument, so tests own it.

No wall clock of a worker decides anything: the only clock is the broker's, known from the append time of the last acknowledged
step and carried on by monotonic time. A log that owns its clock (embedded log, demo, replay) is asked instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PLATFORM_GAP_MS = 5_000
GAP_WINDOW_MS = 3_600_000
GAP_BUDGET_MS = 600_000


@dataclass(slots=True)
class LogClock:
    """Broker time, carried on from the last acknowledged step."""

    broker_ms: int | None = None
    acknowledged_at_ms: int = 0  # monotonic
    unclaimed_gap_ms: int = 0
    claimed_ms: int = 0  # part of the way to the next acknowledgement that a cut has named already

    def acknowledged(self, broker_ms: int, at_ms: int | None) -> None:
        """A step was appended at `broker_ms`; the answer came at monotonic `at_ms`. None: known from reading the log only,
        which says when someone last observed, not what time it is."""
        if self.broker_ms is not None:
            silent_ms = broker_ms - self.broker_ms - self.claimed_ms
            if silent_ms > PLATFORM_GAP_MS:
                self.unclaimed_gap_ms += silent_ms
        self.claimed_ms = 0
        self.broker_ms = broker_ms if self.broker_ms is None else max(self.broker_ms, broker_ms)
        self.acknowledged_at_ms = -1 if at_ms is None else at_ms

    def estimate_ms(self, at_ms: int) -> int | None:
        """Broker time at monotonic `at_ms`; never more than the true one. None before the first own acknowledgement."""
        if self.broker_ms is None or self.acknowledged_at_ms < 0:
            return None
        return self.broker_ms + at_ms - self.acknowledged_at_ms

    def claim_gap_ms(self, now_ms: int | None) -> int:
        """Time without a step from anyone that the next cut has to name; `now_ms` is broker time, when known."""
        gap_ms, self.unclaimed_gap_ms = self.unclaimed_gap_ms, 0
        if now_ms is not None and self.broker_ms is not None:
            silent_ms = now_ms - self.broker_ms - self.claimed_ms
            if silent_ms > PLATFORM_GAP_MS:
                self.claimed_ms += silent_ms
                gap_ms += silent_ms
        return gap_ms


@dataclass(slots=True)
class GapBudget:
    """How much of a platform gap may extend deadlines. The first gap in an hour counts in full (a broker that was down for
    two hours); further ones share ten minutes, so that a crash loop cannot keep every point "not yet offline" for ever.

    Rebuilt from steps after a restart, so it is a function of the log.
    """

    window_from_ms: int | None = None
    used_ms: int = field(default=0)

    def grant(self, gap_ms: int, log_ms: int) -> int:
        """What of `gap_ms` a step at log time `log_ms` may name; counts it."""
        granted_ms = self._granted(gap_ms, log_ms)
        self.note(granted_ms, log_ms)
        return granted_ms

    def note(self, named_ms: int, log_ms: int) -> None:
        """Count a gap that a step of the log names."""
        if named_ms <= 0:
            return
        if self._is_first(log_ms):
            self.window_from_ms, self.used_ms = log_ms + named_ms, 0
        else:
            self.used_ms += named_ms

    def _is_first(self, log_ms: int) -> bool:
        return self.window_from_ms is None or log_ms > self.window_from_ms + GAP_WINDOW_MS

    def _granted(self, gap_ms: int, log_ms: int) -> int:
        return gap_ms if self._is_first(log_ms) else max(0, min(gap_ms, GAP_BUDGET_MS - self.used_ms))
