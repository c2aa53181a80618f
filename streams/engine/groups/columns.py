"""What point rules ask of more than their own point: columns filled at each tick and handed to the kernels.

The expression is asked of the device of the point; of its source where it has no device. A condition is 1 or 0, a number is in the
unit of the point where it measures the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from streams.engine.desk import NEVER
from streams.engine.groups.code import Ask, code_of, feature_scale
from streams.engine.groups.features import table_of
from streams.engine.groups.layout import Table
from streams.engine.groups.members import DEVICE, SOURCE, UNIT, Series, base_unit
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
        self.code = code_of(text)
        self.points: dict[Table, Ints] = {}
        self.scale: dict[Table, tuple[Any, Any]] = {}
        self.turn_ms = 0  # to be handed on at this time at the latest
        self.quiet = self.code.static  # nothing but records and time changes it
        self.hears: list[tuple[Table, str]] = []

    def series(self, groups: Groups) -> list[Series]:
        """The points whose readings it may depend on. Only a device has siblings."""
        return groups.series_of("device", self.code) if len(self.points["device"]) else []

    def place(self, groups: Groups, points: Ints) -> None:
        """These points ask for it now."""
        c = groups.layout.members.columns
        with_device = c[points, DEVICE] >= 0
        self.points = {"device": points[with_device], "source": points[~with_device]}
        tables = [table for table, ids in self.points.items() if len(ids)]
        self.hears = list(dict.fromkeys((table_of(name, table), name) for name in sorted(self.code.features) for table in tables))
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
        found, silent_ms = self.groups.member_value(self.table, how, ask, self.at_ms)
        self.turn_ms = min(self.turn_ms, silent_ms)
        return found

    def since(self, place: str, answer: object) -> Interval:
        raise NotImplementedError(place)  # memories belong to the point, not to a column

    def share(self, place: str, answer: object, seconds: int) -> Interval:
        raise NotImplementedError(place)

    def turn(self, when_ms: object) -> None:
        self.turn_ms = min(self.turn_ms, int(np.min(np.asarray(when_ms))))


def names_asked(columns: list[Column]) -> set[tuple[str, Table]]:
    return {(name, table_of(name, table)) for column in columns for name in column.code.features for table in _TABLES}


def provide(groups: Groups, column: Column, at_ms: int) -> None:
    """Hand the column on as it is now."""
    column.turn_ms = NEVER
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
        up, down = (_of_rows(a, rows) for a in column.code.when(look))
        return up.astype(np.float64), up | down
    found = column.code.value(look)
    lo, hi = _of_rows(found.lo, rows), _of_rows(found.hi, rows)
    valid = lo == hi
    if _moving(found.slope):
        look.turn(look.at_ms + 1000)
    return np.where(valid, lo, 0.0), valid


def _moving(slope: Any) -> bool:
    return bool(np.any(np.asarray(slope) != 0.0))


def _of_rows(of_groups: Any, rows: Ints) -> Any:
    """What is the same for all groups is one number."""
    of = np.asarray(of_groups)
    return of[rows] if of.ndim else np.full(len(rows), of)
