"""The boundary between the kernels and the decisions: readings and ticks go in, transitions come out. (Signatures first.)"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.points import PointSpec, Transition
from streams.engine.rules import RuleSet


class PointMinuteColumns(NamedTuple):
    """One minute of log time, one row a point id (0..points). Rows with n = 0 hold zeros in mean, low, high and the last value."""

    minute_ms: int
    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last: NDArray[np.float64]
    good: NDArray[np.int64]
    online_s: NDArray[np.int64]


class Judge:
    """Quality tests, windows, rules and alarm states of the points of one partition."""

    points: int  # ids given out so far
    rules: RuleSet
    # Arrays indexed by point id, for reading only; ask again after `define` (they grow by moving).
    last_log_ms: NDArray[np.int64]  # last reading with a value; 0 = never
    last_good_log_ms: NDArray[np.int64]  # last reading with quality GOOD
    last_event_ms: NDArray[np.int64]
    last_value: NDArray[np.float64]
    flags: NDArray[np.int64]  # Flag bits of the last reading
    quality: NDArray[np.int64]  # domain.scale.Quality of the last reading

    def __init__(self, plain: bool = False) -> None:
        raise NotImplementedError

    def define(self, specs: Sequence[PointSpec]) -> list[Transition]:
        """Add or redefine points; state is kept; a tighter limit is held against the last value at once."""
        raise NotImplementedError

    def use(self, rules: RuleSet, at_ms: int) -> list[Transition]:
        """Swap the rules; state is kept by rule id. Active alarms of removed rules are reported as ALARM_OFF with CONFIG."""
        raise NotImplementedError

    def judge(self, point: NDArray[np.int32], event_ms: NDArray[np.int64], log_ms: NDArray[np.int64],
              value: NDArray[np.float64], wire: NDArray[np.uint8]) -> list[Transition]:  # fmt: skip
        """Readings in log order. Ids must have been defined."""
        raise NotImplementedError

    def tick(self, at_ms: int) -> list[Transition]:
        """Delays that ran out by log time `at_ms` with no new reading. A stale point's off-delay does not run out."""
        raise NotImplementedError

    def active(self, point: int) -> list[int]:
        """Indexes of the rules whose alarm is on at that point."""
        raise NotImplementedError

    def verify(self, points: Iterable[int]) -> None:
        """A person (or a second point) confirmed these gas readings: SUDDEN_ZERO no longer holds them."""
        raise NotImplementedError

    def close_minute(self, minute_ms: int) -> PointMinuteColumns:
        """The minute [minute_ms, minute_ms + 60 000) of log time; starts the next one."""
        raise NotImplementedError

    def snapshot(self) -> list[tuple[str, bytes]]:
        raise NotImplementedError

    @staticmethod
    def restore(chunks: Iterable[tuple[str, bytes | memoryview]], plain: bool = False) -> Judge:
        raise NotImplementedError
