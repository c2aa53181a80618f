"""Which numbers hold where: a region's own ones for the enterprises in it and below it, by parent links, field by field, nearest wins.

What relaxes waits for an approver in a region exactly as everywhere: sets that nobody signed are judged beside the confirmed one,
place by place, and the stricter number counts. The same holds for a place: an enterprise that moved to a milder region keeps the
numbers of the old one beside those of the new, until its supervisor confirms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec

from streams.engine.parameters import Parameters, Section
from streams.engine.parameters_strict import strictest

Chain = tuple[str, ...]  # region codes from the nearest upwards
MOST_WAITING = 8  # sets that nobody signed


def policy_of(whole: Parameters, chain: Iterable[str]) -> Parameters:
    """The numbers of `whole` in a place; `regions` from the nearest upwards. The result has no regions any more."""
    changed: dict[str, dict[str, Any]] = {}
    for region in reversed([code for code in chain if code in whole.regions]):
        for section, fields in whole.regions[region].changes.items():
            changed[section] = merged(changed.get(section, {}), fields)
    return msgspec.structs.replace(whole, regions={}, **{s: _section(getattr(whole, s), f) for s, f in changed.items()})


def _section(base: Section, fields: Mapping[str, Any]) -> Section:
    return msgspec.convert(merged(msgspec.to_builtins(base), fields), type(base), strict=False)


def merged(base: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` over `base`; tables with names (matrix of a profile, deductions) name by name, lists as a whole.

    >>> merged({"a": {"x": 1, "y": 2}, "b": [1]}, {"a": {"x": 3}, "b": [2, 3]})
    {'a': {'x': 3, 'y': 2}, 'b': [2, 3]}
    """
    found = dict(base)
    for key, value in fields.items():
        old = found.get(key)
        found[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found


class InForce(Section, frozen=True):
    """The confirmed set and, after it, those that nobody signed, in the order of the log."""

    sets: tuple[Parameters, ...]

    @property
    def hash(self) -> str:
        """Of the set; of all together while some wait."""
        if len(self.sets) == 1:
            return self.sets[0].hash
        return hashlib.sha256("\n".join(s.hash for s in self.sets).encode()).hexdigest()[:16]

    def regions(self) -> set[str]:
        """Regions with numbers of their own."""
        return {region for s in self.sets for region in s.regions}

    def policy(self, chains: Sequence[Chain]) -> Parameters:
        """The strictest of all sets in all these places: the last is where the enterprise is, the others wait to be given up."""
        return reduce(strictest, (policy_of(whole, chain) for chain in chains or ((),) for whole in self.sets))

    def names(self, chains: Sequence[Chain]) -> list[str]:
        """Regions whose numbers count in these places, with versions, the nearest first.

        >>> InForce(sets=(Parameters(),)).names([("R1",)])
        []
        """
        return list(dict.fromkeys(
            f"{region} {whole.regions[region].version}" for chain in chains for region in chain for whole in self.sets
            if region in whole.regions
        ))  # fmt: skip

    def beside(self, wanted: Parameters, chains: Iterable[Chain]) -> InForce | None:
        """With a set that nobody signed. It stands alone where it relaxes nothing in any place; what makes no difference is left out.

        None when too many would wait.
        """
        if wanted in self.sets:
            return self
        named = self.regions() | wanted.regions.keys()
        known = {tuple(code for code in chain if code in named) for chain in chains}
        places = sorted(known | {(region,) for region in named} | {()})
        together = InForce(sets=(*self.sets, wanted))
        strict = {place: together.policy((place,)) for place in places}
        if all(_same(policy_of(wanted, place), strict[place]) for place in places):
            return InForce(sets=(wanted,))
        for waiting in together.sets[1:]:
            fewer = InForce(sets=tuple(s for s in together.sets if s is not waiting))
            if all(_same(fewer.policy((place,)), strict[place]) for place in places):
                together = fewer
        return together if len(together.sets) <= MOST_WAITING + 1 else None


def _same(a: Parameters, b: Parameters) -> bool:
    """Whether the numbers are the same, under whatever versions."""
    return a == b or msgspec.structs.replace(a, versions=b.versions) == b
