"""What point rules ask of more than their own point: columns filled at each tick and handed to the kernels.

The expression is asked of the device of the point; of its source where it has no device. A condition is 1 or 0, a number is in the
unit of the point where it measures the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from streams.engine.desk import NEVER
from streams.engine.groups.code import Ask, Code, feature_scale
from streams.engine.groups.features import family_of, table_of
from streams.engine.groups.layout import Table
from streams.engine.groups.members import DEVICE, SOURCE, UNIT, base_unit
from streams.engine.groups.memory import Memory
from streams.engine.groups.numbers import Interval, Ints
from streams.engine.rulelang.catalogue import NAMES
from streams.engine.rulelang.constants import stands_for_value
from streams.engine.rulelang.parse import parse
from streams.engine.rulelang.tree import Node

if TYPE_CHECKING:
    from streams.engine.groups.groups import Groups

_TABLES: tuple[Table, ...] = ("device", "source")


class Column:
    """One expression, the points that ask for it, and how its number becomes one in their units."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree: Node = parse(text)
        self.code = Code(self.tree)
        self.memory = Memory((), ())
        self.families = {family_of(name) for name in self.code.features}
        self.points: dict[Table, Ints] = {}
        self.scale: dict[Table, tuple[Any, Any]] = {}
        self.turn_ms = 0
        self.members: Ints = np.zeros(0, np.int64)
        self.fresh = True

    def moved(self, came: Any) -> bool:
        """Whether a reading came that it may depend on, or it was not handed on yet. Records and time are asked for elsewhere."""
        if self.fresh or not self.code.asks or self.code.features or self.turn_ms < NEVER:
            return True
        return bool(came[self.members].any())

    def place(self, groups: Groups, points: Ints) -> None:
        """These points ask for it now."""
        c = groups.layout.members.columns
        with_device = c[points, DEVICE] >= 0
        self.points = {"device": points[with_device], "source": points[~with_device]}
        self.fresh = True
        parts = [groups.members_of(table, self.code) for table, ids in self.points.items() if len(ids)]
        self.members = np.unique(np.concatenate(parts)) if parts else self.members[:0]
        for table, ids in self.points.items():
            self.scale[table] = self._scale(groups, ids)
        self.turn_ms = 0

    def _scale(self, groups: Groups, points: Ints) -> tuple[Any, Any]:
        """(factor, shift) from the base unit to what the points read."""
        if self.code.value is None:
            return 1.0, 0.0
        if not self.code.asks:
            names = [name for name in sorted(self.code.features) if NAMES[name].kind == "number"]
            return 1.0 / feature_scale(names[0]) if names else 1.0, 0.0
        absolute = stands_for_value(self.tree) is not False
        names_of = groups.layout.members.unit_names()
        units, of = np.unique(groups.layout.members.columns[points, UNIT], return_inverse=True)
        bases = [base_unit(names_of[int(u)]) or ("", 0.0, 1.0, 0.0) for u in units]
        factor = np.array([1.0 / scale for _, _, scale, _ in bases])
        shift = np.array([-before - after / scale if absolute else 0.0 for _, before, scale, after in bases])
        return (factor[of], shift[of]) if len(points) else (1.0, 0.0)

    def groups_of(self, groups: Groups, table: Table) -> Ints:
        found: Ints = groups.layout.members.columns[self.points[table], DEVICE if table == "device" else SOURCE]
        return found


class ColumnLook:
    """A table of groups at one tick, for a column. Siblings and groups of a point without a device are unknown."""

    def __init__(self, groups: Groups, table: Table, at_ms: int) -> None:
        self.groups, self.table, self.at_ms = groups, table, at_ms
        self.rows = groups.layout.rows[table]
        self.turn_ms = NEVER

    def feature(self, name: str) -> Interval:
        table = table_of(name, self.table)
        rows = self.groups.layout.lifted(self.table, table)
        found, begins = self.groups.features.interval(table, name, rows, self.at_ms)
        if begins is not None:
            self.turn(begins)
        return found

    def group(self, how: str, ask: Ask) -> Interval:
        if self.table != "device":
            return Interval(np.full(self.rows, -np.inf), np.full(self.rows, np.inf))
        return self.groups.member_value(self.table, how, ask, self.at_ms)

    def since(self, place: str, answer: object) -> Interval:
        raise NotImplementedError(place)  # memories belong to the point, not to a column

    def share(self, place: str, answer: object, seconds: int) -> Interval:
        raise NotImplementedError(place)

    def turn(self, when_ms: object) -> None:
        self.turn_ms = min(self.turn_ms, int(np.min(np.asarray(when_ms))))


def names_asked(columns: list[Column]) -> set[tuple[str, Table]]:
    return {(name, table_of(name, table)) for column in columns for name in column.code.features for table in _TABLES}


def provide(groups: Groups, column: Column, read: dict[str, set[int]], at_ms: int) -> None:
    """Hand the column on, if anything in it may have changed."""
    if column.code.static and column.turn_ms > at_ms and not column.families & read.keys():
        return
    column.turn_ms, column.fresh = NEVER, False
    for table, points in column.points.items():
        if not len(points):
            continue
        look = ColumnLook(groups, table, at_ms)
        value, valid = _worked_out(column, look, column.groups_of(groups, table))
        factor, shift = column.scale[table]
        groups.judge.provide(points, column.text, value * factor + shift, valid)
        column.turn_ms = min(column.turn_ms, look.turn_ms)


def _worked_out(column: Column, look: ColumnLook, rows: Ints) -> tuple[Any, Any]:
    if column.code.value is None:
        answer = column.code.when(look)
        up = np.broadcast_to(answer.up, look.rows)[rows]
        down = np.broadcast_to(answer.down, look.rows)[rows]
        return up.astype(np.float64), up | down
    found = column.code.value(look)
    lo, hi = np.broadcast_to(found.lo, look.rows)[rows], np.broadcast_to(found.hi, look.rows)[rows]
    valid = lo == hi
    if _moving(found.slope):
        look.turn(look.at_ms + 1000)
    return np.where(valid, lo, 0.0), valid


def _moving(slope: Any) -> bool:
    return bool(np.any(np.asarray(slope) != 0.0))
