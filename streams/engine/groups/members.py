"""Points as members of devices, sources and enterprises, by quantity and role; and groups of their values: highest, total, spread ...

What is not good right now is unknown. A value that is good for nothing but is beyond everything still counts on the dangerous side:
a saturated thermometer is not a missing one. A point that a person took out of service, that never sent anything, or that is silent
under a filed outage is no member for the time being.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.domain.scale import Quality
from streams.domain.units import canonical, conversion, dimension_of
from streams.engine.desk import Desk
from streams.engine.groups.numbers import Interval, exactly
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.quality import FAILS
from streams.engine.presence import Presence

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


LANES = 64


class Series(NamedTuple):
    """The points of one quantity and role in the groups of one scope. Points stand lane by lane: the first of each group, the second of
    each that has two, and so on, largest groups first; so a group function is a few operations over whole columns. What the
    largest groups have beyond the lanes stands behind, group by group."""

    points: Ids
    rows: Ids  # the groups, largest first
    size: Ids
    lanes: tuple[tuple[int, int], ...]  # (first place, how many groups reach it)
    tail: Ids  # where the rest of each of the first groups begins
    scale: Floats  # value in the base unit = (value + before) * scale + after
    before: Floats
    after: Floats
    mixed: NDArray[np.bool_]  # groups whose members measure different things
    high: NDArray[np.bool_]  # members that are dangerous when high
    low: NDArray[np.bool_]

    def folded(self, how: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """`how` over the members of each group, in the order of `rows`; always in the same order of members."""
        first, count = self.lanes[0]
        found = values[first : first + count].copy()
        for start, reach in self.lanes[1:]:
            how(found[:reach], values[start : start + reach], out=found[:reach])
        if len(self.tail):
            rest = how.reduceat(values, self.tail)
            how(found[: len(rest)], rest, out=found[: len(rest)])
        return found

    def members(self, row: int) -> list[int]:
        """The points of one group."""
        at = np.flatnonzero(self.rows == row)
        if not len(at):
            return []
        place = int(at[0])
        found = [int(self.points[start + place]) for start, reach in self.lanes if place < reach]
        if place < len(self.tail):
            end = int(self.tail[place + 1]) if place + 1 < len(self.tail) else len(self.points)
            found += self.points[int(self.tail[place]) : end].tolist()
        return found


class Now(NamedTuple):
    """The members of one series at this tick: value in the base unit, and what it is good for."""

    value: Floats
    good: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]  # not good, but a value that may be a real excess
    member: NDArray[np.bool_]


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
    points, rows, size, lanes, tail = _laid(points[np.argsort(group[points], kind="stable")], group)
    units, of = np.unique(c[points, UNIT], return_inverse=True)
    known = [bases[int(u)] for u in units]
    names = {name: i for i, name in enumerate(dict.fromkeys(base[0] for base in known))}
    kind = np.array([names[base[0]] for base in known], np.int64)[of] if known else np.zeros(0, np.int64)
    before, scale, after = (np.array([base[k] for base in known], np.float64)[of] if known else np.zeros(0) for k in (1, 2, 3))
    made = Series(points, rows, size, lanes, tail, scale, before, after, np.zeros(len(rows), np.bool_), c[points, HIGH] == 1,
                  c[points, LOW] == 1)  # fmt: skip
    if not len(rows):
        return made
    return made._replace(mixed=made.folded(np.maximum, kind) != made.folded(np.minimum, kind))


def _laid(points: Ids, group: Ids) -> tuple[Ids, Ids, Ids, tuple[tuple[int, int], ...], Ids]:
    """Points sorted by group -> lane by lane."""
    rows, start, size = np.unique(group[points], return_index=True, return_counts=True)
    order = np.argsort(-size, kind="stable")
    rows, start, size = rows[order].astype(np.int64), start[order].astype(np.int64), size[order].astype(np.int64)
    lanes: list[tuple[int, int]] = []
    parts: list[Ids] = []
    placed = 0
    for lane in range(min(int(size.max()) if len(size) else 0, LANES)):
        reach = int(np.count_nonzero(size > lane))
        lanes.append((placed, reach))
        parts.append(points[start[:reach] + lane])
        placed += reach
    tail: list[int] = []
    for place in range(int(np.count_nonzero(size > LANES))):
        tail.append(placed)
        parts.append(points[int(start[place]) + LANES : int(start[place] + size[place])])
        placed += len(parts[-1])
    laid = np.concatenate(parts) if parts else points
    return laid, rows, size, tuple(lanes), np.array(tail, np.int64)


def current(desk: Desk, judge: Judge, silence: Presence, series: Series, at_ms: int) -> Now:
    """What each member says now."""
    ids = series.points
    heard = judge.last_event_ms[ids] >= 0
    quality, flags = judge.quality[ids], judge.flags[ids]
    expected = silence.expected[ids] != 0
    silent = silence.stale[ids] != 0
    others = np.flatnonzero(~expected)  # silent under a filed outage, or gone from the registry
    if others.size:
        some = ids[others]
        silent[others] = at_ms - silence.seen_ms(judge.last_log_ms, some) > silence.limit_ms[some]
    member = heard & (expected | ~silent)
    if desk.state.out_of_service:
        out = [p for p in desk.state.out_of_service if desk.point(p).out_until_ms > at_ms]
        member &= ~np.isin(ids, np.array(out, np.int64))
    fresh = member & ~silent
    good = fresh & (quality == int(Quality.GOOD))
    value = (judge.last_value[ids] + series.before) * series.scale + series.after
    return Now(value, good, fresh & ~good & ((flags & FAILS) != 0), member)


def grouped(how: str, series: Series, now: Now, value: Floats, valid: NDArray[np.bool_], groups: int) -> Interval:
    """`how` over the members of each group; `value` is what is asked of them and `valid` where it is known."""
    lo, hi = np.full(groups, -np.inf), np.full(groups, np.inf)
    if not series.points.size:
        return Interval(lo, hi) if how != "number" else exactly(np.zeros(groups))
    known = valid & now.member
    missing = series.folded(np.add, (now.member & ~valid).astype(np.int32))
    count = series.folded(np.add, known.astype(np.int32))
    if how == "number":
        total = np.zeros(groups)
        total[series.rows] = count
        return exactly(total)
    low, high = _bounds(how, series, now, value, known, count, missing)
    low, high = np.where(series.mixed, -np.inf, low), np.where(series.mixed, np.inf, high)
    lo[series.rows], hi[series.rows] = low, high
    return Interval(lo, hi)


def _bounds(
    how: str, series: Series, now: Now, value: Floats, known: NDArray[np.bool_], count: Ids, missing: Ids
) -> tuple[Floats, Floats]:
    whole = (count > 0) & (missing == 0)
    if how in ("total", "average"):
        total = series.folded(np.add, np.where(known, value, 0.0))
        result = total if how == "total" else total / np.maximum(count, 1)
        return np.where(whole, result, -np.inf), np.where(whole, result, np.inf)
    top = series.folded(np.maximum, np.where(known, value, -np.inf))
    bottom = series.folded(np.minimum, np.where(known, value, np.inf))
    if how == "spread":
        return np.where(count > 0, top - np.where(count > 0, bottom, 0.0), -np.inf), np.where(whole, top - bottom, np.inf)
    if how == "highest":
        beyond = series.folded(np.maximum, np.where(now.doubtful & now.member & series.high, value, -np.inf))
        return np.maximum(top, beyond), np.where(whole, top, np.inf)
    beyond = series.folded(np.minimum, np.where(now.doubtful & now.member & series.low, value, np.inf))
    return np.where(whole, bottom, -np.inf), np.minimum(bottom, beyond)


def single(series: Series, value: Floats, valid: NDArray[np.bool_], groups: int) -> Interval:
    """The only member of each group; more than one is unknown: nobody said which."""
    lo, hi = np.full(groups, -np.inf), np.full(groups, np.inf)
    if series.points.size:
        first = slice(0, len(series.rows))  # the first lane
        answer = (series.size == 1) & valid[first]
        lo[series.rows] = np.where(answer, value[first], -np.inf)
        hi[series.rows] = np.where(answer, value[first], np.inf)
    return Interval(lo, hi)
