"""What a measurement says, as plain data: one sample, a row of repeats, a table, a whole run with its machine."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of one contender: how much work, how long it took, and what came out of it.

    `hash` covers everything that came out, so that two ways of doing the same work can be told to have done it; empty: nothing to
    compare. `more` are further figures of the run by name (its unit is the end of the name).
    """

    work: int
    seconds: float
    hash: str = ""
    more: dict[str, float] = {}


class Spread(NamedTuple):
    """Median, least and most of the repeats. With three repeats a quartile would say nothing."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """
        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, least=1.0, most=3.0)
        """
        return cls(statistics.median(values), min(values), max(values))


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One contender in one table. `refused` says why there is no figure; then there is none."""

    name: str
    rate: Spread | None = None  # work a second
    seconds: Spread | None = None  # of one run
    work: int = 0
    ratio: float | None = None  # median rate against that of the table's baseline, or the other way round
    floor: bool = False  # null work: what the harness itself costs
    more: dict[str, Spread] = {}
    hash: str = ""
    repeats: int = 0
    refused: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Contenders at the same work in the same run."""

    name: str
    unit: str  # of the work: readings, rows, frames, queries
    rows: tuple[Row, ...]
    agreed: bool | None = None  # None: one contender, or nothing to compare
    facts: dict[str, float] = {}  # of the work: points, rules, share in alarm
    axes: dict[str, float] = {}  # where this table stands on the plots
    timed: bool = False  # shown as seconds of one piece of work
    times_of: str = ""  # ratios say how many times as fast this row is as each


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one `python -m benchmarks SCENARIO` found."""

    scenario: str
    seed: int
    quick: bool
    began: str
    took_s: float
    machine: dict[str, str]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    revision: str = ""
