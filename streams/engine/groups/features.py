"""Event features as columns: one row a device, source or enterprise, filled when a record touches the site or its time has come.

Only features that some rule in force names are kept. A column holds a number, or the time that an age counts from: ages are exact to
the second and nothing is polled. All of it follows from the state and the log time, so it is no part of a checkpoint.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.desk import NEVER, Desk
from streams.engine.groups import calendar as groups_calendar
from streams.engine.groups import papers as groups_papers
from streams.engine.groups import people as groups_people
from streams.engine.groups import running as groups_running
from streams.engine.groups import work as groups_work
from streams.engine.groups.code import feature_scale
from streams.engine.groups.facts import Fact, Facts, Family, Since, View
from streams.engine.groups.layout import TABLES, Layout, Table
from streams.engine.groups.numbers import Floats, Interval, Ints, known
from streams.engine.presence import Presence
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES
from streams.engine.state import Site, Source

FAMILIES: dict[str, Family] = {
    "alarm": groups_running.alarms, "calendar": groups_calendar.calendar, "camera": groups_people.cameras,
    "commitment": groups_papers.commitment, "duty": groups_people.duty, "holdings": groups_running.holdings,
    "interlock": groups_people.interlocks, "lost": groups_running.lost, "outage": groups_running.outages,
    "own_alarm": groups_running.own_alarms, "permit": groups_work.work, "positioning": groups_people.positioning,
    "prevention": groups_papers.prevention, "video": groups_people.video, "weather": groups_calendar.weather,
}  # fmt: skip
_ELSEWHERE = {
    "special_period": "calendar", "rest_day": "calendar", "night": "calendar", "people": "holdings", "stock": "holdings",
    "grade": "holdings", "key_process": "holdings", "casting": "holdings",
    "cast_still": "holdings", "cast_over": "holdings", "calibration": "outage", "drill": "outage",
    "start_stop": "outage", "stale": "lost",
}  # fmt: skip
BY_READINGS = ("alarm", "holdings", "interlock", "lost", "outage", "own_alarm", "video")
"""Families that change with a touch of a source, without a record of paper."""


def _no_alarms(site: Site, desk: Desk) -> bool:
    return not any(desk.source(s).alarms for s in site.sources)


NOTHING: dict[str, Callable[[Site, Desk], bool]] = {
    "alarm": _no_alarms,
    "camera": lambda site, desk: not site.cameras and not site.outages,
    "duty": lambda site, desk: not site.duty,
    "interlock": lambda site, desk: not any(desk.source(s).interlocks for s in site.sources),
    "own_alarm": lambda site, desk: not site.own_alarms and not site.own_alarms_heard_ms and _no_alarms(site, desk),
    "permit": lambda site, desk: not site.permits,
    "positioning": lambda site, desk: not site.positioning,
    "prevention": lambda site, desk: site.prevention is None,
    "video": lambda site, desk: not site.video_alarms and not any(desk.source(s).videos for s in site.sources),
}
"""Where a family has nothing to look at, so that it says the same of all such sites, at any time."""
MANY = 64  # so much is to be read at once after a restart or with another set of rules only
_UNKNOWN, _NUMBER, _SINCE = 0, 1, 2
Changes = dict[tuple[Table, str], set[int]]
"""Rows of features that changed."""


def family_of(feature: str) -> str:
    """
    >>> family_of("permit.live"), family_of("night"), family_of("stale.share")
    ('permit', 'calendar', 'lost')
    """
    first = feature.partition(".")[0]
    return _ELSEWHERE.get(first, first)


def table_of(feature: str, scope: str) -> Table:
    """Where the feature is kept for a rule of that scope: at its home, or at the wider one that the rule is about."""
    home = EVENT_FEATURES[feature].home
    return TABLES[max(TABLES.index(home), TABLES.index(scope) if scope in TABLES else 0)]


class Column(NamedTuple):
    value: Floats
    kind: NDArray[np.uint8]


class Features:
    """The columns that rules in force ask for."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[Table, set[str]]] = {}  # family -> table -> names
        self.columns: dict[tuple[Table, str], Column] = {}
        self.turns: list[tuple[int, str, str]] = []  # heap of (when, enterprise, family)
        self._next_ms: dict[tuple[str, str], int] = {}  # the first of them, by enterprise and family

    def ask(self, names: Iterable[tuple[str, Table]]) -> None:
        """These and no others, from now on."""
        self.asked, self.columns, self.turns, self._next_ms = {}, {}, [], {}
        for name, table in sorted(names):
            self.asked.setdefault(family_of(name), {}).setdefault(table, set()).add(name)
            self.columns[table, name] = Column(np.zeros(0), np.zeros(0, np.uint8))

    def grow(self, layout: Layout) -> None:
        for (table, name), column in self.columns.items():
            more = layout.rows[table] - len(column.value)
            if more > 0:
                self.columns[table, name] = Column(np.concatenate([column.value, np.zeros(more)]),
                                                   np.concatenate([column.kind, np.zeros(more, np.uint8)]))  # fmt: skip

    def refresh(self, desk: Desk, layout: Layout, silence: Presence, at_ms: int) -> Changes:
        """Read again what may have changed; returns what did."""
        changes: Changes = {}
        if not (desk.unread or desk.touched or desk.alarmed or (self.turns and self.turns[0][0] <= at_ms)):
            return changes
        due: set[tuple[str, str]] = set()
        for code, family in desk.unread:
            due.update((code, f) for f in (self.asked if not family else (family,)))
        for source in desk.touched:
            due.update((desk.source(source).enterprise, f) for f in BY_READINGS)
        while self.turns and self.turns[0][0] <= at_ms:
            when_ms, code, family = heapq.heappop(self.turns)
            if self._next_ms.get((code, family)) == when_ms:
                del self._next_ms[code, family]
                due.add((code, family))
        for source in sorted(desk.alarmed - desk.touched):
            due.update(self._read_alarms(desk, layout, silence, desk.source(source), at_ms, changes))
        desk.unread.clear()
        desk.touched.clear()
        desk.alarmed.clear()
        wanted = sorted(pair for pair in due if pair[1] in self.asked)
        if len(wanted) >= MANY:
            wanted = self._read_blank(desk, layout, silence, wanted, at_ms, changes)
        for code, family in wanted:
            self._read(desk, layout, silence, code, family, at_ms, changes)
        return changes

    def _read_alarms(
        self, desk: Desk, layout: Layout, silence: Presence, source: Source, at_ms: int, changes: Changes
    ) -> list[tuple[str, str]]:
        """Only the point alarms of this source changed: its own rows and that of its site are read. Returns what has to be read of
        the whole site: alarms of its own system are compared with ours where it tells of any."""
        site = desk.site_of(source)
        for table, names in self.asked.get("alarm", {}).items():
            for row in layout.rows_of_source(table, source.id, layout.place[site.code]).tolist():
                facts: Facts = {}
                FAMILIES["alarm"](_view(desk, layout, silence, table, row, at_ms), facts)
                for name in sorted(names):
                    if _written(self.columns[table, name], row, facts[name]):
                        changes.setdefault((table, name), set()).add(row)
        return [(site.code, "own_alarm")] if site.own_alarms or site.own_alarms_heard_ms else []

    def _read_blank(
        self, desk: Desk, layout: Layout, silence: Presence, wanted: list[tuple[str, str]], at_ms: int, changes: Changes
    ) -> list[tuple[str, str]]:
        """Sites of which a family has nothing at all are alike: one of them is read for all. Returns what is left to read."""
        blank: dict[str, list[str]] = {}
        left: list[tuple[str, str]] = []
        for code, family in wanted:
            if family in NOTHING and NOTHING[family](desk.state.sites[code], desk):
                blank.setdefault(family, []).append(code)
            else:
                left.append((code, family))
        for family, codes in blank.items():
            for table, names in self.asked[family].items():
                rows = np.concatenate([layout.rows_of_site(table, layout.place[code]) for code in codes])
                if not len(rows):
                    continue
                facts: Facts = {}
                FAMILIES[family](_view(desk, layout, silence, table, int(rows[0]), at_ms), facts)
                for name in sorted(names):
                    other = _written_all(self.columns[table, name], rows, facts[name])
                    if len(other):
                        changes.setdefault((table, name), set()).update(other.tolist())
        return left

    def _read(self, desk: Desk, layout: Layout, silence: Presence, code: str, family: str, at_ms: int, changes: Changes) -> None:
        next_ms = NEVER
        for table, names in self.asked[family].items():
            columns = [(name, self.columns[table, name]) for name in sorted(names)]
            for row in layout.rows_of_site(table, layout.place[code]).tolist():
                facts: Facts = {}
                view = _view(desk, layout, silence, table, row, at_ms)
                next_ms = min(next_ms, FAMILIES[family](view, facts))
                for name, column in columns:
                    if _written(column, row, facts[name]):
                        changes.setdefault((table, name), set()).add(row)
        if next_ms < NEVER and self._next_ms.get((code, family)) != next_ms:
            self._next_ms[code, family] = next_ms
            heapq.heappush(self.turns, (next_ms, code, family))

    def interval(self, table: Table, name: str, rows: Ints | None, at_ms: int) -> tuple[Interval, Ints | None]:
        """A feature of some rows (None: all) in the base unit, and when an age begins to grow."""
        column = self.columns[table, name]
        value, kind = (column.value, column.kind) if rows is None else (column.value[rows], column.kind[rows])
        if not EVENT_FEATURES[name].grows:
            return known(value * feature_scale(name), kind != _UNKNOWN), None
        ages = kind == _SINCE
        ahead = ages & (value > at_ms)
        age_s = np.where(ages, np.maximum(at_ms - value, 0.0) / 1000.0, value)
        begins = np.where(ahead, value, float(NEVER)).astype(np.int64) if ahead.any() else None
        return known(age_s, kind != _UNKNOWN, np.where(ages & ~ahead, 1.0, 0.0)), begins


def _view(desk: Desk, layout: Layout, silence: Presence, table: Table, row: int, at_ms: int) -> View:
    """What a row looks at."""
    site = layout.sites[int(layout.site_of[table][row])]
    if table == "enterprise":
        return View(desk, silence, site, tuple(desk.source(s) for s in site.sources), True, at_ms)
    device = desk.state.devices[row].code if table == "device" else ""
    return View(desk, silence, site, (layout.source_at(table, row),), False, at_ms, device)


def _written(column: Column, row: int, fact: Fact) -> bool:
    """Put the fact into its column; whether it is another one than before."""
    kind, value = _stored(fact)
    if column.kind[row] == kind and column.value[row] == value:
        return False
    column.kind[row], column.value[row] = kind, value
    return True


def _written_all(column: Column, rows: Ints, fact: Fact) -> Ints:
    """The same fact into many rows; those in which it is another one than before."""
    kind, value = _stored(fact)
    other: Ints = rows[(column.kind[rows] != kind) | (column.value[rows] != value)]
    column.kind[other], column.value[other] = kind, value
    return other


def _stored(fact: Fact) -> tuple[int, float]:
    if fact is None:
        return _UNKNOWN, 0.0
    return (_SINCE, float(fact.ms)) if isinstance(fact, Since) else (_NUMBER, float(fact))
