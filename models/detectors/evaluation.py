"""Detection figures under one protocol, with the floors beside them: a figure without its floors proves nothing.

A run is one stretch of rows; from `fault_row` on everything should be alarmed, before it nothing. Detection rate = share of
faulty rows flagged, false-alarm rate = share of normal rows flagged, delay = from the fault to the first of `RUN` flagged rows
in a row. A detector is judged by `over` (row by row, comparable with published figures) and by `alarmed` (episodes, as served).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from models.detectors.arithmetic import Bools, Floats
from models.detectors.detector import Detector

RUN = 6  # flagged rows in a row that count as found

Flags = Callable[[Floats], Bools]


class Run(NamedTuple):
    """One stretch; `fault_row` None: normal throughout. `hard`: reported apart, it cannot be seen honestly.
    `repeated`: its normal part is another run's, so it is not counted again."""

    name: str
    rows: Floats
    fault_row: int | None = None
    hard: bool = False
    repeated: bool = False


class RunFigures(NamedTuple):
    name: str
    detection: float  # share of faulty rows
    delay_rows: int | None  # None: never found
    hard: bool


class Figures(NamedTuple):
    """Means over runs. `delay_rows` is the median over runs that are not hard, infinity where more than half are never found."""

    detection: float
    detection_all: float
    false_alarms: float  # normal runs
    false_alarms_before: float  # normal rows before a fault
    delay_rows: float
    episodes_per_1000: float  # separate alarms on normal runs, per 1,000 rows
    runs: tuple[RunFigures, ...]


def delay_of(flags: Bools, run: int = RUN) -> int | None:
    """Rows until the first of `run` flagged rows in a row.

    >>> delay_of(np.array([0, 1, 1, 1, 1, 1, 1], dtype=bool)), delay_of(np.zeros(9, dtype=bool))
    (1, None)
    """
    if len(flags) < run:
        return None
    whole = np.convolve(flags.astype(np.int64), np.ones(run, dtype=np.int64), "valid") == run
    return int(np.argmax(whole)) if whole.any() else None


def figures(flags_of: Flags, runs: Sequence[Run]) -> Figures:
    """Figures of a function from rows to flags over `runs`."""
    flagged = [(run, flags_of(run.rows)) for run in runs]
    faulty = [_run_figures(run, flags) for run, flags in flagged if run.fault_row is not None]
    seen = [run for run in faulty if not run.hard]
    normal = [flags for run, flags in flagged if run.fault_row is None]
    before = [flags[: run.fault_row] for run, flags in flagged if run.fault_row and not run.repeated]
    delays = [np.inf if run.delay_rows is None else float(run.delay_rows) for run in seen]
    return Figures(
        detection=_mean([run.detection for run in seen]),
        detection_all=_mean([run.detection for run in faulty]),
        false_alarms=_share(normal),
        false_alarms_before=_share(before),
        delay_rows=statistics.median(delays) if delays else np.inf,
        episodes_per_1000=1000.0 * sum(_episodes(flags) for flags in normal) / max(sum(map(len, normal)), 1),
        runs=tuple(faulty),
    )


def _run_figures(run: Run, flags: Bools) -> RunFigures:
    faulty = flags[run.fault_row :]
    return RunFigures(run.name, float(np.mean(faulty)) if len(faulty) else 0.0, delay_of(faulty), run.hard)


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


def _share(parts: Sequence[Bools]) -> float:
    rows = sum(map(len, parts))
    return sum(int(np.count_nonzero(part)) for part in parts) / rows if rows else 0.0


def _episodes(flags: Bools) -> int:
    return int(np.count_nonzero(np.diff(flags.astype(np.int8), prepend=0) > 0))


def over_of(detector: Detector, columns: Sequence[int]) -> Flags:
    """Row-by-row flags of a detector on rows that hold its channels at `columns`."""
    return lambda rows: detector.score(rows[:, list(columns)]).over


def alarmed_of(detector: Detector, columns: Sequence[int]) -> Flags:
    """Episode flags of a detector, as it serves."""
    return lambda rows: detector.score(rows[:, list(columns)]).alarmed


def _random(rate: float, seed: int) -> Flags:
    generator = np.random.default_rng(seed)
    return lambda rows: generator.random(len(rows)) < rate


def _clock(every: int, lasts: int) -> Flags:
    return lambda rows: np.arange(len(rows)) % every >= every - lasts


def floors(rate: float = 0.01, seed: int = 1) -> Mapping[str, Flags]:
    """Detectors that look at nothing: any real one must beat them all."""
    return {
        "always on": lambda rows: np.ones(len(rows), dtype=bool),
        "never on": lambda rows: np.zeros(len(rows), dtype=bool),
        "clock (6 of every 60 rows)": _clock(60, 6),
        f"random ({rate:.0%})": _random(rate, seed),
        "random (50%)": _random(0.5, seed),
    }
