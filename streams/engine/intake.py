"""Frames to columns of point ids: codes are looked up once for each list of codes, units are converted or refused value by value.

An unknown point is a dead letter written here and not by decode, because only the log knows which points exist.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.domain.columns import FrameColumns
from streams.domain.partitions import partition_of
from streams.domain.units import Conversion, conversion
from streams.engine.desk import Desk

_REMEMBERED = 200_000
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
    """Columns of some frames, ready for the kernels, and for each reading its frame."""

    point: NDArray[np.int32]
    event_ms: NDArray[np.int64]
    log_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    wire: NDArray[np.uint8]
    frame: NDArray[np.int64]


class Intake:
    """Resolves code lists. The cache is emptied whenever the registry changes; results never depend on it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[tuple[str, bytes, bytes], Resolved] = {}

    def forget(self) -> None:
        self._known.clear()

    def resolve(self, enterprise: str, codes: bytes, units: bytes) -> Resolved:
        key = (enterprise, codes, units)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self.forget()  # a sender that never repeats itself must not fill the memory
            found = self._known[key] = self._resolved(enterprise, codes, units)
        return found

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
        lo, hi = int(frames.start[first]), int(frames.start[stop])
        value = frames.value[lo:hi]
        ids: list[NDArray[np.int32]] = []
        flawed: list[tuple[int, Resolved]] = []
        copied = False
        for f in range(first, stop):
            resolved = self.resolve(frames.enterprise[f], frames.codes[f], frames.units[f])
            ids.append(resolved.ids)
            if resolved.problems or resolved.whole:
                flawed.append((f, resolved))
            if resolved.convert:
                if not copied:
                    value, copied = value.copy(), True
                base = int(frames.start[f]) - lo
                for i, how in resolved.convert:
                    value[base + i] = how.of(float(value[base + i]))
        point = np.concatenate(ids)
        counts = np.diff(frames.start[first : stop + 1])
        frame = np.repeat(np.arange(first, stop), counts)
        log_ms = np.repeat(np.array([frames.at[f].log_ms for f in range(first, stop)], np.int64), counts)
        columns = Stretch(point, frames.event_ms[lo:hi], log_ms, value, frames.wire[lo:hi], frame)
        if flawed:
            usable = point >= 0
            columns = Stretch(columns.point[usable], columns.event_ms[usable], columns.log_ms[usable], columns.value[usable],
                              columns.wire[usable], columns.frame[usable])  # fmt: skip
        return columns, flawed
