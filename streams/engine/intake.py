"""Frames to columns of point ids: codes are looked up once for each list of codes, units are converted or refused value by value.

An unknown point is a dead letter written here and not by decode, because only the log knows which points exist.
"""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.domain.columns import FrameColumns
from streams.domain.partitions import partition_of
from streams.domain.units import Conversion, conversion
from streams.engine.desk import Desk

_REMEMBERED = 200_000
_LOG_MS = itemgetter(1)  # of the coordinates of a record
_codes = msgspec.json.Decoder(list[str])


class Problem(NamedTuple):
    """A value of a frame that cannot be used: its place in the code list, a reason, and what would help."""

    place: int
    reason: str
    detail: str


class Resolved(NamedTuple):
    """A list of codes: point ids (-1 = not usable), conversions by place, problems. `whole` names a problem of the whole frame."""

    ids: NDArray[np.int32]
    convert: tuple[tuple[int, Conversion], ...]
    problems: tuple[Problem, ...]
    whole: str = ""


class Stretch(NamedTuple):
    """Columns of some frames, ready for the kernels, for each reading its frame, and for each frame its log time."""

    point: NDArray[np.int32]
    event_ms: NDArray[np.int64]
    log_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    wire: NDArray[np.uint8]
    frame: NDArray[np.int64]
    frame_ms: NDArray[np.int64]


class Intake:
    """Resolves code lists. What it knows is emptied whenever the registry changes; results never depend on it.

    Lists have numbers, and their ids stand one behind the other in one column: a stretch of known lists is a few operations over
    columns, whatever its number of frames.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.forget()

    def forget(self) -> None:
        self._numbers: dict[tuple[str, bytes, bytes], int] = {}
        self._lists: list[Resolved] = []
        self._ids = np.zeros(1024, np.int32)
        self._ends = [0]
        self._starts = np.zeros(0, np.int64)  # of the lists in `_ids`
        self._odd = np.zeros(0, np.bool_)  # lists with something to convert or to complain about

    def resolve(self, frames: FrameColumns, first: int, stop: int) -> NDArray[np.int64]:
        """Number of the list of each of these frames."""
        numbers = self._known(frames, first, stop)
        fresh = np.flatnonzero(numbers < 0)
        if not fresh.size:
            return numbers
        if len(self._lists) + fresh.size > _REMEMBERED:
            self.forget()  # a sender that never repeats itself must not fill the memory
            fresh = np.arange(stop - first)
        for i in fresh.tolist():
            key = (frames.enterprise[first + i], frames.codes[first + i], frames.units[first + i])
            if key not in self._numbers:
                self._learn(key)
        self._starts = np.array(self._ends[:-1], np.int64)
        self._odd = np.array([bool(r.convert or r.problems or r.whole) for r in self._lists], np.bool_)
        return self._known(frames, first, stop)

    def _known(self, frames: FrameColumns, first: int, stop: int) -> NDArray[np.int64]:
        """Numbers of the lists; -1 = not seen yet."""
        keys = zip(frames.enterprise[first:stop], frames.codes[first:stop], frames.units[first:stop], strict=True)
        return np.fromiter(map(self._numbers.get, keys, repeat(-1)), np.int64, stop - first)

    def _learn(self, key: tuple[str, bytes, bytes]) -> None:
        made = self._resolved(*key)
        begin, end = self._ends[-1], self._ends[-1] + len(made.ids)
        if end > len(self._ids):
            self._ids = np.concatenate([self._ids, np.zeros(max(end, len(self._ids)), np.int32)])
        self._ids[begin:end] = made.ids
        self._numbers[key] = len(self._lists)
        self._lists.append(made)
        self._ends.append(end)

    def _resolved(self, enterprise: str, codes: bytes, units: bytes) -> Resolved:
        desk = self._desk
        state = desk.state
        whole = ""
        if partition_of(enterprise, state.partitions) != state.partition:
            whole = "wrong_partition"
        elif enterprise not in state.sites:
            whole = "unknown_enterprise"
        names = _codes.decode(codes)
        if whole:
            return Resolved(np.full(len(names), -1, np.int32), (), (), whole)
        given = _codes.decode(units) if units else []
        ids = np.array([desk.point_named(enterprise, name) for name in names], np.int32)
        problems = [Problem(i, "unknown_point", names[i]) for i in np.flatnonzero(ids < 0).tolist()]
        convert: list[tuple[int, Conversion]] = []
        for i, unit in enumerate(given[: len(names)]):
            if ids[i] < 0 or not unit:
                continue
            wanted = desk.point(int(ids[i])).point.unit
            how = conversion(unit, wanted)
            if unit != wanted and how is None:
                problems.append(Problem(i, "unit", f"{names[i]}: {unit} is not {wanted}"))
                ids[i] = -1
            elif how is not None and how != (0.0, 1.0, 1.0, 0.0):
                convert.append((i, how))
        return Resolved(ids, tuple(convert), tuple(problems))

    def stretch(self, frames: FrameColumns, first: int, stop: int) -> tuple[Stretch, list[tuple[int, Resolved]]]:
        """Columns of frames first..stop, and the frames that have problems."""
        starts = frames.start[first:stop]
        lo, hi = int(starts[0]), int(frames.start[stop])
        numbers = self.resolve(frames, first, stop)
        counts = np.diff(frames.start[first : stop + 1])
        frame_ms = np.fromiter(map(_LOG_MS, frames.at[first:stop]), np.int64, stop - first)
        point = self._ids[np.arange(hi - lo) + np.repeat(self._starts[numbers] - (starts - lo), counts)]
        value, flawed = self._corrected(frames, first, numbers, frames.value[lo:hi])
        columns = Stretch(point, frames.event_ms[lo:hi], np.repeat(frame_ms, counts), value, frames.wire[lo:hi],
                          np.repeat(np.arange(first, stop), counts), frame_ms)  # fmt: skip
        if flawed:
            usable = point >= 0
            columns = Stretch(columns.point[usable], columns.event_ms[usable], columns.log_ms[usable], columns.value[usable],
                              columns.wire[usable], columns.frame[usable], frame_ms)  # fmt: skip
        return columns, flawed

    def _corrected(self, frames: FrameColumns, first: int, numbers: NDArray[np.int64],
                   value: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[tuple[int, Resolved]]]:  # fmt: skip
        """Values in the units of their points, and the frames that have problems."""
        flawed: list[tuple[int, Resolved]] = []
        copied = False
        for i in np.flatnonzero(self._odd[numbers]).tolist():
            resolved = self._lists[int(numbers[i])]
            if resolved.problems or resolved.whole:
                flawed.append((first + i, resolved))
            if resolved.convert:
                if not copied:
                    value, copied = value.copy(), True
                base = int(frames.start[first + i]) - int(frames.start[first])
                for place, how in resolved.convert:
                    value[base + place] = how.of(float(value[base + place]))
        return value, flawed
