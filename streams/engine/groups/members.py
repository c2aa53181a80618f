"""Points as members of devices, sources and enterprises, by quantity and role; and groups of their values: highest, total, spread ...

What a member counts for is said in `kernel.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.domain.units import canonical, conversion, dimension_of
from streams.engine.desk import NEVER, Desk
from streams.engine.groups import kernel
from streams.engine.groups.numbers import Interval
from streams.engine.kernels import layout
from streams.engine.kernels.judge import Judge
from streams.engine.presence import Presence

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The points of one quantity and role in the groups of one scope, group by group."""

    points: Ids
    starts: Ids  # first place of each group, and the end
    rows: Ids  # the groups
    before: Floats  # value in the base unit = (value + before) * scale + after
    scale: Floats
    after: Floats
    high: NDArray[np.bool_]  # members that are dangerous when high
    low: NDArray[np.bool_]
    mixed: NDArray[np.bool_]  # groups whose members measure different things

    def members(self, row: int) -> list[int]:
        """The points of one group."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return []
        found: list[int] = self.points[int(self.starts[place]) : int(self.starts[place + 1])].tolist()
        return found


def among(series: Series, chosen: NDArray[np.bool_]) -> Series:
    """The same for the chosen groups only."""
    of = chosen[series.rows]
    if of.all():
        return series
    sizes = np.diff(series.starts)
    points = np.repeat(of, sizes)
    starts = np.concatenate([[0], np.cumsum(sizes[of])]).astype(np.int64)
    return Series(series.points[points], starts, series.rows[of], series.before[points], series.scale[points],
                  series.after[points], series.high[points], series.low[points], series.mixed[of])  # fmt: skip


def base_unit(unit: str) -> tuple[str, float, float, float] | None:
    """(dimension, before, scale, after) of a unit; None: not in the table, so it is its own dimension."""
    dimension = dimension_of(unit)
    name = canonical(unit)
    if dimension is None or name is None:
        return None
    how = conversion(name, _BASES[dimension])
    return None if how is None else (dimension, how.before, how.multiply / how.divide, how.after)


_BASES = {
    "pressure": "Pa", "absolute_pressure": "Pa(A)", "temperature": "degC", "length": "m", "share": "%", "explosive_share": "%LEL",
    "mass_concentration": "mg/m3", "volume_flow": "m3/h", "normal_volume_flow": "Nm3/h", "mass_flow": "kg/h", "rotation": "rpm",
    "speed": "m/s", "acceleration": "m/s2", "current": "A", "voltage": "V", "power": "W", "mass": "kg", "volume": "m3",
    "angle": "deg", "time": "s", "acidity": "pH", "none": "1",
}  # fmt: skip


def base_name(dimension: str) -> str:
    return _BASES.get(dimension, dimension)


class Members:
    """What the points are, as columns by point id: quantity, role, unit, dangerous sides, and the group of each scope."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {"": 0}  # only compared for equality, so their numbers mean nothing
        self.columns = np.zeros((0, COLUMNS), np.int64)

    def word(self, text: str) -> int:
        return self.words.setdefault(text, len(self.words))

    def read(self, desk: Desk, points: Iterable[int]) -> None:
        """Take these points as they are registered now. Their devices must be known."""
        n = len(desk.state.points)
        if n > len(self.columns):
            more = max(n - len(self.columns), len(self.columns) // 2, 1024)
            self.columns = np.concatenate([self.columns, np.full((more, COLUMNS), -1, np.int64)])
        word = self.word
        for point_id in points:
            entry = desk.point(point_id)
            p = entry.point
            device = desk.device_ids.get((entry.enterprise, entry.device), -1) if entry.device else -1
            quantity = word(f"quantity {p.quantity}") if not entry.retired else -1
            self.columns[point_id] = (quantity, word(f"role {p.role}"), word(f"unit {p.unit}"), p.danger != "low",
                                      p.danger != "high", device, entry.source)  # fmt: skip

    def unit_names(self) -> dict[int, str]:
        return {number: text.removeprefix("unit ") for text, number in self.words.items() if text.startswith("unit ")}


QUANTITY, ROLE, UNIT, HIGH, LOW, DEVICE, SOURCE = range(7)
COLUMNS = 7


def series_of(members: Members, group: Ids, quantity: str, role: str, dimensions: frozenset[str]) -> Series:
    """Members of all groups. `group`: the group of each point, -1 none. `dimensions`: only points that measure one of these."""
    c = members.columns[: len(group)]
    mine = (c[:, QUANTITY] == members.words.get(f"quantity {quantity}", -2)) & (group >= 0)
    if role:
        mine &= c[:, ROLE] == members.words.get(f"role {role}", -2)
    points = np.flatnonzero(mine).astype(np.int64)
    bases = {number: base_unit(unit) or (unit, 0.0, 1.0, 0.0) for number, unit in members.unit_names().items()}
    if dimensions:
        fits = [number for number, base in bases.items() if base[0] in dimensions]
        points = points[np.isin(c[points, UNIT], np.array(fits, np.int64))]
    points = points[np.argsort(group[points], kind="stable")]
    rows, first = np.unique(group[points], return_index=True)
    units, of = np.unique(c[points, UNIT], return_inverse=True)
    known = [bases[int(u)] for u in units]
    names = {name: i for i, name in enumerate(dict.fromkeys(base[0] for base in known))}
    kind = np.array([names[base[0]] for base in known], np.int64)[of] if known else np.zeros(0, np.int64)
    before, scale, after = (np.array([base[k] for base in known], np.float64)[of] if known else np.zeros(0) for k in (1, 2, 3))
    mixed = np.maximum.reduceat(kind, first) != np.minimum.reduceat(kind, first) if len(rows) else np.zeros(0, np.bool_)
    return Series(points, np.append(first, len(points)).astype(np.int64), rows.astype(np.int64), before, scale, after,
                  c[points, HIGH] == 1, c[points, LOW] == 1, mixed)  # fmt: skip


class Fold:
    """One group function as rules ask for it: `kernel.fold` with what does not change between two ticks."""

    def __init__(self, how: str, feature: str, seconds: int, series: Series, rows: int) -> None:
        self.series = series
        window = _WINDOWS[seconds] if feature else kernel.PRESENT
        measure = kernel.COUNTS if feature == "count" else kernel.VALUES if feature in _VALUES else kernel.DIFFERENCES
        self._asked = (_HOW[how], window, _FEATURES.get(feature, 0), measure)
        self._lo, self._hi = np.full(rows, -np.inf), np.full(rows, np.inf)
        if how == "number":  # nothing is zero, and always known
            self._lo = self._hi = np.zeros(rows)
        self._value = Interval(self._lo, self._hi)

    def at(self, judge: Judge, silence: Presence, out: NDArray[np.uint8], at_ms: int) -> tuple[Interval, int]:
        """Its value of all groups at this tick, and when it changes by time alone. The arrays are used again at the next tick."""
        if not len(self.series.points):
            return self._value, NEVER
        return self._value, judge.fold(self._asked, at_ms, self.series, silence, out, self._lo, self._hi)


_HOW = {"single": kernel.SINGLE, "highest": kernel.HIGHEST, "lowest": kernel.LOWEST, "total": kernel.TOTAL, "average": kernel.AVERAGE,
        "spread": kernel.SPREAD, "number": kernel.NUMBER}  # fmt: skip
_WINDOWS = {60: kernel.MINUTE, 600: kernel.TEN, 3600: kernel.HOUR, 86_400: kernel.DAILY}
_FEATURES = {"mean": layout.F_MEAN, "min": layout.F_MIN, "max": layout.F_MAX, "deviation": layout.F_DEVIATION, "rate": layout.F_RATE,
             "rise": layout.F_RISE, "fall": layout.F_FALL, "count": layout.F_COUNT, "delta": layout.F_DELTA}  # fmt: skip
_VALUES = ("", "mean", "min", "max")
