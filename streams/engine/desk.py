"""The desk at which decisions are made: state, parameters, rules, kernels and voice in one place, and what is to be looked at again.

Its sets (`dirty`, `flat`, `filed` ...) only say where to look, follow from the state, and are always walked in sorted order.

Only `Engine` makes one. Modules of decisions are functions of a desk and the log time; none keeps anything of its own.
"""

from __future__ import annotations

import heapq
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.engine.parameters import Parameters
from streams.engine.policies import Chain, InForce
from streams.engine.rules import Rule, RuleSet
from streams.engine.state import PointEntry, Site, Source, State
from streams.engine.voice import Voice

GASES = ("combustible_gas", "toxic_gas")
NEVER = 1 << 62


class Columns(Protocol):
    """What decisions read of the kernels: arrays by point id, as of the last record, so only at events and ticks."""

    @property
    def last_log_ms(self) -> NDArray[np.int64]: ...
    @property
    def last_good_log_ms(self) -> NDArray[np.int64]: ...
    @property
    def last_value(self) -> NDArray[np.float64]: ...
    def worst(self, point: int) -> dict[int, tuple[float, int]]: ...


class RuleBook:
    """The rule set in force, with a content hash for each rule: a warning names id, version and hash of its rule."""

    def __init__(self, rules: RuleSet) -> None:
        self.set = rules
        self.hashes = [rule.hash for rule in rules.rules]

    def __getitem__(self, index: int) -> tuple[Rule, str]:
        return self.set[index], self.hashes[index]


class Desk:
    """State and tools of one partition's decisions."""

    def __init__(self, state: State, in_force: InForce, rules: RuleSet, judge: Columns) -> None:
        self.state = state
        self.rules = RuleBook(rules)
        self.judge = judge
        self.voice = Voice()
        self.use(in_force)
        self.dirty: set[int] = set()  # always walked in sorted order
        self.sharpened: set[int] = set()  # sources whose staleness limits changed
        self.flat: set[int] = {s.id for s in state.sources if s.flat}
        self.casting: set[int] = {s.id for s in state.sources if s.kind == "casting_well"}
        self.touched: set[int] = set()  # sources whose facts may have changed since the rules over groups looked last
        self.alarmed: set[int] = set()  # sources of which only the point alarms changed
        self.unread: set[tuple[str, str]] = {(code, "") for code in state.sites}  # (site, family of facts; "": all) to read again
        self.relaid: set[str] = set(state.sites)  # sites whose registered points changed
        self.device_ids: dict[tuple[str, str], int] = {(d.enterprise, d.code): d.id for d in state.devices}
        self.filed: set[str] = {s.code for s in state.sites.values() if s.outages}
        self.losing: set[str] = {s.code for s in state.sites.values() if s.losses}
        self.zeroed: set[int] = {s.id for s in state.sources if s.zeros}
        self.shelved: set[str] = {s.code for s in state.sites.values() if s.shelves}
        self.asked: set[int] = {s.id for s in state.sources if s.asked}
        self.own_alarms: set[str] = {s.code for s in state.sites.values() if s.own_alarms}
        self.layout = 0  # grows whenever the registered points change
        self.definitions = 0  # grows whenever anything about a point or a registry record changes
        self.point_ids: dict[tuple[str, str], int] = {(p.enterprise, p.code): p.id for p in state.points if not p.retired}
        self.source_ids: dict[tuple[str, str], int] = {(s.enterprise, s.code): s.id for s in state.sources}

    # --- numbers --------------------------------------------------------------------------------------------------
    def use(self, in_force: InForce) -> None:
        self.in_force = in_force
        self.parameters = in_force.policy(())  # for everywhere; what a place has of its own is its policy
        self.parameters_hash = in_force.hash
        self.voice.limit_bytes = self.parameters.poison.output_bytes
        self._regional = in_force.regions()
        self._policies: dict[tuple[Chain, ...], Parameters] = {}
        self._policy_of: dict[str, Parameters] = {}

    def policy(self, enterprise: str) -> Parameters:
        """The numbers in force at an enterprise: those of its region, of the nearest above it, or for everywhere."""
        if not self._regional:
            return self.parameters
        found = self._policy_of.get(enterprise)
        if found is None:
            places = tuple(tuple(r for r in chain if r in self._regional) for chain in self.state.sites[enterprise].places)
            found = self._policies.get(places)
            if found is None:
                found = self._policies[places] = self.in_force.policy(places)
            self._policy_of[enterprise] = found
        return found

    def moved(self, enterprise: str) -> None:
        """Its places changed: its policy is worked out anew."""
        self._policy_of.pop(enterprise, None)

    # --- who is who -----------------------------------------------------------------------------------------------
    def point(self, point: int) -> PointEntry:
        return self.state.points[point]

    def source(self, source: int) -> Source:
        return self.state.sources[source]

    def site_of(self, source: Source) -> Site:
        return self.state.sites[source.enterprise]

    def site_source(self, site: Site) -> Source:
        """The site source of an enterprise: plant-wide points, loss of the site."""
        return self.state.sources[site.sources[0]]

    def source_named(self, site: Site, code: str) -> Source | None:
        """Source `code` of this enterprise; the site source for an empty code; None for a code that is not its own."""
        if not code:
            return self.site_source(site)
        found = self.source_ids.get((site.code, code))
        return None if found is None else self.state.sources[found]

    def point_named(self, enterprise: str, code: str) -> int:
        """Id of a point, or -1."""
        return self.point_ids.get((enterprise, code), -1)

    # --- what is to be looked at ----------------------------------------------------------------------------------
    def touch(self, source: int) -> None:
        """Something about the source changed: look at it before the next record."""
        self.dirty.add(source)
        self.touched.add(source)

    def touch_alarms(self, source: int) -> None:
        """A point alarm of the source began, ended or is overdue: look at it, and nothing else about it changed."""
        self.dirty.add(source)
        self.alarmed.add(source)

    def touch_site(self, site: Site) -> None:
        self.dirty.update(site.sources)
        self.unread.add((site.code, ""))

    def look_at(self, source: Source, due_ms: int) -> None:
        """Look at the source again at the first tick at or after `due_ms`."""
        if due_ms < NEVER and due_ms != source.due_ms:
            heapq.heappush(self.state.due, (due_ms, source.id))
        source.due_ms = due_ms if due_ms < NEVER else 0

    def take_due(self, at_ms: int) -> None:
        """Touch every source whose time has come."""
        due = self.state.due
        while due and due[0][0] <= at_ms:
            _, source = heapq.heappop(due)
            self.state.sources[source].due_ms = 0
            self.dirty.add(source)
