"""Who the groups are: devices, sources and enterprises as rows, what belongs to what, and which of them a rule is for.

Rows are ids given once in log order, so state by row survives everything. After a change of the registry only the points of the
sites that changed are read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streams.engine.desk import Desk
from streams.engine.groups.code import Ask
from streams.engine.groups.members import DEVICE, SOURCE, Fold, Members, Series, among, series_of
from streams.engine.rules import Select
from streams.engine.state import Device, Site, Source

Table = Literal["device", "source", "enterprise"]
TABLES: tuple[Table, ...] = ("device", "source", "enterprise")
Ids = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Layout:
    """Rows and their places. `site_of[table]` is the row of the enterprise of each row, `source_of` that of its source."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.members = Members()
        self.sites: list[Site] = []
        self.place: dict[str, int] = {}
        self.rows: dict[Table, int] = dict.fromkeys(TABLES, 0)
        self.source_of: dict[Table, Ids] = {}
        self.site_of: dict[Table, Ids] = {}
        self.group: dict[Table, Ids] = {}
        self._rows_of_site: dict[Table, list[Ids]] = {}
        self._series: dict[tuple[Table, str, str, frozenset[str]], Series] = {}
        self._folds: dict[tuple[Table, str, Ask], Fold] = {}
        self._words: dict[str, int] = {}  # only compared for equality
        self._what = np.zeros((0, 3), np.int64)
        self._kind = np.zeros(0, np.int64)
        self._with_chemical: dict[str, list[int]] = {}

    def rebuild(self, changed: Iterable[str]) -> None:
        """After a change of these sites."""
        desk, state = self.desk, self.desk.state
        for code in changed:
            site = state.sites[code]
            name_devices(desk, site)
            self.members.read(desk, [p for s in site.sources for p in desk.source(s).points])
        self.sites = list(state.sites.values())
        self.place = {site.code: i for i, site in enumerate(self.sites)}
        self.rows = {"device": len(state.devices), "source": len(state.sources), "enterprise": len(self.sites)}
        site_of_source = np.array([self.place[s.enterprise] for s in state.sources], np.int64)
        of_device = np.array([d.source for d in state.devices], np.int64)
        self.source_of = {"device": of_device, "source": np.arange(len(state.sources), dtype=np.int64)}
        self.site_of = {"device": site_of_source[of_device], "source": site_of_source,
                        "enterprise": np.arange(len(self.sites), dtype=np.int64)}  # fmt: skip
        c = self.members.columns[: len(state.points)]
        source = c[:, SOURCE]
        self.group = {"device": c[:, DEVICE], "source": source,
                      "enterprise": np.where(source >= 0, site_of_source[source], -1) if len(source) else source}  # fmt: skip
        self._rows_of_site, self._series, self._folds = {}, {}, {}
        self._describe()

    def rows_of_site(self, table: Table, site: int) -> Ids:
        """Rows of a table that belong to one enterprise."""
        if table not in self._rows_of_site:
            of = self.site_of[table]
            order = np.argsort(of, kind="stable").astype(np.int64)
            ends = np.cumsum(np.bincount(of, minlength=len(self.sites)))[:-1]
            self._rows_of_site[table] = np.split(order, ends)
        return self._rows_of_site[table][site]

    def rows_of_source(self, table: Table, source: int, site: int) -> Ids:
        """Rows of a table that look at one source: its own, those of its devices, that of its enterprise."""
        if table == "enterprise":
            return np.array([site], np.int64)
        rows = self.rows_of_site(table, site)
        own: Ids = rows[self.source_of[table][rows] == source]
        return own

    def series(self, table: Table, ask: Ask) -> Series:
        """Members of the groups of a table, as one window or value asks for them."""
        key = (table, ask.quantity, ask.role, ask.dimensions)
        if key not in self._series:
            self._series[key] = series_of(self.members, self.group[table], ask.quantity, ask.role, ask.dimensions)
        return self._series[key]

    def fold(self, table: Table, how: str, ask: Ask, chosen: Bools | None) -> Fold:
        """A group function over the rows of a table; `chosen`: only these are asked for, None: all of them."""
        key = (table, how, ask)
        if key not in self._folds:
            series = self.series(table, ask)
            some = series if chosen is None else among(series, chosen)
            self._folds[key] = Fold(how, ask.feature, ask.seconds, some, self.rows[table])
        return self._folds[key]

    def source_at(self, table: Table, row: int) -> Source:
        """The source where what is true of a row is kept: of an enterprise its site source."""
        if table == "enterprise":
            return self.desk.site_source(self.sites[row])
        return self.desk.source(int(self.source_of[table][row]))

    def lifted(self, table: Table, above: Table) -> Ids | None:
        """Row of the wider table for each row of the narrower one; None: they are the same table."""
        if table == above:
            return None
        return self.source_of["device"] if above == "source" else self.site_of[table]

    def selected(self, table: Table, s: Select) -> Bools:
        """Rows that a rule is for. An enterprise is meant when one of its sources is."""
        sources = np.ones(len(self.desk.state.sources), np.bool_)
        for column, wanted in enumerate((s.kind, s.grade, s.profile)):
            if wanted:
                sources &= np.isin(self._what[:, column], [self._words.get(word, -1) for word in wanted])
        if s.chemical:
            with_it = sorted({i for name in s.chemical for i in self._with_chemical.get(name.casefold(), ())})
            has = np.zeros(len(sources), np.bool_)
            has[with_it] = True
            sources &= has
        kinds = np.isin(self._kind, [self._words.get(f"device {kind}", -1) for kind in s.device]) if s.device else None
        if table == "device":
            return sources[self.source_of["device"]] if kinds is None else sources[self.source_of["device"]] & kinds
        if kinds is not None:
            sources &= np.bincount(self.source_of["device"][kinds], minlength=len(sources)) > 0
        if table == "source":
            return sources
        return np.bincount(self.site_of["source"][sources], minlength=len(self.sites)) > 0

    def _describe(self) -> None:
        """Kind, grade, profile and substances of all sources, kinds of devices, as rules select them."""
        state, word = self.desk.state, self._word
        profile = {site.code: word(site.record.profile) for site in self.sites}
        self._what = np.array([(word(s.kind), word(s.grade), profile[s.enterprise]) for s in state.sources], np.int64).reshape(
            -1, 3
        )
        self._kind = np.array([word(f"device {d.kind}") for d in state.devices], np.int64)
        self._with_chemical = {}
        for source in state.sources:
            for name in sorted(_chemicals(source)):
                self._with_chemical.setdefault(name, []).append(source.id)

    def _word(self, text: str) -> int:
        return self._words.setdefault(text, len(self._words))


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _chemicals(source: Source) -> set[str]:
    return _folded(n for c in (source.record.chemicals if source.record is not None else ()) for n in (c.name, c.cas) if n)


def name_devices(desk: Desk, site: Site) -> None:
    """Give ids to the devices of a site, and take their kind and place from the record in force. A device that is gone stays: what
    is true of it ends by readings or by a person, not by paperwork."""
    places = [(desk.site_source(site), site.record.devices)]
    for hazard in site.record.sources:
        source = desk.source_named(site, hazard.code)
        places += [(source, hazard.devices)] if source is not None else []
    for source, devices in places:
        for device in devices:
            key = (site.code, device.code)
            found = desk.device_ids.get(key, -1)
            if found < 0:
                found = desk.device_ids[key] = len(desk.state.devices)
                desk.state.devices.append(Device(id=found, code=device.code, enterprise=site.code, source=source.id))
            entry = desk.state.devices[found]
            entry.source, entry.kind, entry.area = source.id, device.kind, device.area
