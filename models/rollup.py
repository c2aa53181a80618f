"""Roll-up of enterprise scores to a region: sums that any partition can add up, Nemerow for ranking, the worst for colour.

Scores travel as integer micro-units, so that the result does not depend on who added first. Nemerow is taken over
enterprises directly, never over counties of a city again: nested, it drifts; and it is no colour, it dilutes a red one.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt
from typing import NamedTuple


class Sums(NamedTuple):
    """What one partition knows of one region: enterprises, sum and maximum of their scores (micro-units), counts by level."""

    n: int = 0
    score_sum: int = 0
    score_max: int = 0
    by_level: tuple[int, int, int, int] = (0, 0, 0, 0)  # blue, yellow, orange, red

    def plus(self, other: Sums) -> Sums:
        """Both together; commutative and associative."""
        counts = tuple(a + b for a, b in zip(self.by_level, other.by_level, strict=True))
        return Sums(
            self.n + other.n,
            self.score_sum + other.score_sum,
            max(self.score_max, other.score_max),
            (counts[0], counts[1], counts[2], counts[3]),
        )


def sums_of(enterprises: Iterable[tuple[int, int]]) -> Sums:
    """Sums over (level, score in micro-units) of each enterprise.

    >>> sums_of([(3, 90_000_000), (0, 2_000_000)])
    Sums(n=2, score_sum=92000000, score_max=90000000, by_level=(1, 0, 0, 1))
    """
    counts, n, total, top = [0, 0, 0, 0], 0, 0, 0
    for level, score_micro in enterprises:
        counts[level] += 1
        n, total, top = n + 1, total + score_micro, max(top, score_micro)
    return Sums(n, total, top, (counts[0], counts[1], counts[2], counts[3]))


def combined(parts: Iterable[Sums]) -> Sums:
    """All parts of one region and minute together."""
    total = Sums()
    for part in parts:
        total = total.plus(part)
    return total


def nemerow(n: int, score_sum: int, score_max: int) -> int:
    """sqrt((max^2 + mean^2) / 2) in micro-units, rounded down; 0 for a region without enterprises. Exact integers throughout.

    >>> nemerow(2, 92_000_000, 90_000_000)
    71470273
    """
    if n <= 0:
        return 0
    return isqrt((score_max * score_max * n * n + score_sum * score_sum) // (2 * n * n))


def worst_level(by_level: tuple[int, int, int, int]) -> int:
    """Colour of the region: that of its worst enterprise (0 blue .. 3 red).

    >>> worst_level((999, 0, 0, 1))
    3
    """
    return max((level for level, count in enumerate(by_level) if count > 0), default=0)
