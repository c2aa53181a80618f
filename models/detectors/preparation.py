"""What a training stretch must be before a detector may learn from it: gaps, dead channels, slow channels, said by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from models.detectors.arithmetic import Bools, Floats

MISSING_MAX = 0.2  # share of missing values up to which a channel is used, its gaps filled with the value before
ROWS_PER_CHANNEL = 4
ROWS_MIN = 100
DUPLICATE = 0.9999  # correlation beyond which two channels are one
SLOW = 0.1  # von Neumann ratio below which a channel is slow
WANDERING = 2.0  # squared error on blocks left out, relative to the variance inside, from which a slow channel is treated


class TrainingRefused(ValueError):
    """The stretch cannot be learnt from. `code` is a key of the texts (models.train.*), `details` fills it in."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details: dict[str, object] = details


class Prepared(NamedTuple):
    """Rows without gaps, of the channels that are used; `dropped` says why the others are not."""

    rows: Floats
    points: tuple[str, ...]
    columns: tuple[int, ...]  # of the original rows
    dropped: dict[str, str]


def blocks(n: int, folds: int) -> list[tuple[int, int]]:
    """`folds` stretches of neighbouring rows that cover 0..n.

    >>> blocks(10, 4)
    [(0, 2), (2, 5), (5, 7), (7, 10)]
    """
    return [(n * i // folds, n * (i + 1) // folds) for i in range(folds)]


def filled(rows: Floats, usable: Bools) -> Floats:
    """Each gap filled with the value before it, at the start with the first value after it."""
    n = len(rows)
    place = np.where(usable, np.arange(n)[:, None], -1)
    place = np.maximum.accumulate(place, axis=0)
    first = np.argmax(usable, axis=0)
    place = np.where(place < 0, first[None, :], place)
    out: Floats = np.take_along_axis(rows, place, axis=0)
    return out


def von_neumann(rows: Floats) -> Floats:
    """var(diff) / 2 var of each column: 1 for independent rows, near 0 for a slow channel."""
    steps = np.diff(rows, axis=0)
    ratio: Floats = np.mean(steps * steps, axis=0) / (2.0 * np.var(rows, axis=0))
    return ratio


def wandering(rows: Floats, folds: int) -> Floats:
    """How much further from the mean a block lies than the rest of the rows says, 1 for a channel that stays where it is."""
    ratios = []
    for start, stop in blocks(len(rows), folds):
        rest = np.concatenate([rows[:start], rows[stop:]])
        variance = np.maximum(np.var(rest, axis=0), 1e-12)
        ratios.append(np.mean((rows[start:stop] - np.mean(rest, axis=0)) ** 2, axis=0) / variance)
    mean: Floats = np.mean(ratios, axis=0)
    return mean


def _reason(rows: Floats, usable: Bools, missing: float, folds: int) -> str:
    """Why a channel is not used (a code, with a detail after a colon), or nothing."""
    if missing > MISSING_MAX:
        return f"missing:{missing:.2f}"
    seen = rows[usable]
    if np.ptp(seen) <= 1e-9 * max(1.0, float(np.max(np.abs(seen)))):
        return "constant"
    # A channel that does not move inside some training blocks has no scale there: its limit would mean nothing.
    whole = filled(rows[:, None], usable[:, None])[:, 0]
    for start, stop in blocks(len(whole), folds):
        if np.ptp(np.concatenate([whole[:start], whole[stop:]])) <= 1e-6 * float(np.ptp(whole)):
            return "one_block"
    return ""


def prepared(rows: Floats, points: Sequence[str], valid: Bools | None = None, folds: int = 4) -> Prepared:
    """Usable channels of a normal stretch. Raises TrainingRefused when too little is left."""
    if rows.ndim != 2 or rows.shape[1] != len(points):
        raise TrainingRefused(
            "columns", f"rows have {rows.shape[-1]} columns, {len(points)} points are named",
            found=rows.shape[-1], named=len(points),
        )  # fmt: skip
    if len(rows) < ROWS_MIN:
        raise TrainingRefused("rows", f"{len(rows)} rows, at least {ROWS_MIN} are needed", rows=len(rows), needed=ROWS_MIN)
    usable = np.isfinite(rows) if valid is None else np.isfinite(rows) & valid
    dropped: dict[str, str] = {}
    keep: list[int] = []
    for j, point in enumerate(points):
        reason = _reason(rows[:, j], usable[:, j], 1.0 - float(np.mean(usable[:, j])), folds)
        if reason:
            dropped[point] = reason
        else:
            keep.append(j)
    whole = filled(rows[:, keep], usable[:, keep]) if keep else np.empty((len(rows), 0))
    keep, whole = _without_duplicates(whole, keep, points, dropped)
    needed = max(ROWS_MIN, ROWS_PER_CHANNEL * len(keep))
    if not keep or len(rows) < needed:
        raise TrainingRefused(
            "rows", f"{len(rows)} rows for {len(keep)} channels, {needed} are needed", rows=len(rows), needed=needed
        )
    return Prepared(whole, tuple(points[j] for j in keep), tuple(keep), dropped)


def _without_duplicates(
    whole: Floats, keep: list[int], points: Sequence[str], dropped: dict[str, str]
) -> tuple[list[int], Floats]:
    """Of channels that are copies of each other the first one stays: the others carry no information, only singularity."""
    if len(keep) < 2:
        return keep, whole
    correlation = np.abs(np.corrcoef(whole, rowvar=False))
    stays: list[int] = []
    for a in range(len(keep)):
        twin = next((b for b in stays if correlation[a, b] > DUPLICATE), None)
        if twin is None:
            stays.append(a)
        else:
            dropped[points[keep[a]]] = f"copy:{points[keep[twin]]}"
    return [keep[a] for a in stays], whole[:, stays]
