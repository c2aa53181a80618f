"""Rules as data: what a rule says, and the set that is in force. `rules_load.py` reads them from files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

import msgspec

from streams.domain.registry import Danger, Profile, Quantity, SourceKind
from streams.engine.rulelang.catalogue import Scope
from streams.engine.rulelang.parse import parse
from streams.engine.rulelang.tree import Node

Evidence = Literal["hh", "h", "l", "ll", "gas_1", "gas_2", "trend", "deviation", "rule"]
Side = Literal["high", "low", "any"]
Status = Literal["sandbox", "stable", "deprecated"]
Severity = Literal["low", "medium", "high", "critical"]
Provenance = Literal["regulation", "standard", "source", "recalled", "proposal"]
Grade = Literal["I", "II", "III", "IV"]


class Title(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    zh: str
    en: str


class Select(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the rule is for; an empty field means all. `profile` also comes from the folder of the file."""

    profile: tuple[Profile, ...] = ()
    kind: tuple[SourceKind, ...] = ()
    chemical: tuple[str, ...] = ()  # name or CAS number: medium of the point, or a substance of its source
    grade: tuple[Grade, ...] = ()
    device: tuple[str, ...] = ()  # kinds of device
    # of points only
    quantity: tuple[Quantity, ...] = ()
    danger: tuple[Danger, ...] = ()
    unit: tuple[str, ...] = ()
    lacks: tuple[Literal["ll", "l", "h", "hh"], ...] = ()  # only points that have none of these limits of their own
    role: tuple[str, ...] = ()


class Effect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the rule does, one of three. Evidence opens a cause; `side`: its tier counts only where the point's danger includes that
    side. A step up is an item of the site's management: one step at most, never to red. A finding is an event without a level."""

    evidence: Evidence | Literal[""] = ""
    tier: int = 0
    side: Side = "any"
    annunciate: bool = True
    step_up: str = ""
    from_rest: bool = False
    finding: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule. Expressions are kept as their canonical text, so that writing one differently changes no hash."""

    id: str
    version: str
    title: Title
    when: str
    effect: Effect
    scope: Scope = "point"
    status: Status = "stable"
    select: Select = Select()
    clear: str = ""  # empty: the negation of `when`, each comparison moved back by the deadband
    deadband: str = ""  # of constants; the point's own filed one wins on comparisons of `value`
    saturation: bool = False  # the end of the instrument's range is beyond, whatever the limit
    on_delay_s: float = 0.0
    n_of_m: tuple[int, int] | None = None  # instead of an on-delay: so many of the last readings
    off_delay_s: float = 0.0
    on_delay_max_s: float = 60.0  # a point's own on-delay counts up to here
    severity: Severity = "medium"
    runbook: str = ""
    reference: str = ""
    provenance: Provenance = "proposal"
    ing: tuple[str, ...] = ()  # rows of the requirements that it serves
    owner: str = ""
    file: str = ""
    line: int = 0

    @property
    def tree(self) -> Node:
        return parse(self.when)

    @property
    def clear_tree(self) -> Node | None:
        return parse(self.clear) if self.clear else None

    @property
    def deadband_tree(self) -> Node | None:
        return parse(self.deadband) if self.deadband else None

    @property
    def raises(self) -> bool:
        """Whether it may raise anything; a sandbox rule is judged and recorded only."""
        return self.status != "sandbox" and not self.effect.finding

    def tier_at(self, danger: str) -> int:
        """The tier of this rule's evidence at a point with that `danger`; 0: a point alarm that makes no level."""
        side = self.effect.side
        return self.effect.tier if side == "any" or danger in (side, "both") else 0

    @property
    def content(self) -> bytes:
        """What the rule says, without where it stands in a file."""
        return msgspec.json.encode(msgspec.structs.replace(self, file="", line=0))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]


class Exposure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Occupational exposure limit of one substance; `names` are what registries write as the medium (also its CAS number)."""

    names: tuple[str, ...]
    mg_m3: float
    molar_mass: float | None = None
    reference: str = ""
    provenance: Provenance = "proposal"


class QualityDefaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Settings of the quality tests for some quantities. Shares are of the instrument's span."""

    quantity: tuple[Quantity, ...] = ()
    tolerance_share: float = 0.0125  # of the loop beyond the range before a value counts as a failure
    jump_share: float | None = 0.2  # None: no spike test
    flat_s: float | None = 86_400.0  # flagged FLAT; None: no flat-line test
    flat_suspect_s: float | None = None  # no longer GOOD; None: with the flag
    zero_share: float = 0.02  # gas: up to here is zero, so that a detector that died is no recovery
    sentinels: tuple[float, ...] = ()  # numbers that gateways write for "no value"; at most 8
    reference: str = ""
    provenance: Provenance = "proposal"


MOLAR_VOLUME = 24.04  # litres a mole at 20 C and 101.3 kPa


class RuleSet:
    """Rules in the order of their ids, with the hash of the files they came from. An index is good for this set only."""

    def __init__(self, rules: Iterable[Rule] = (), exposures: Iterable[Exposure] = (),
                 quality: Iterable[QualityDefaults] = (), files_hash: str = "") -> None:  # fmt: skip
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda r: r.id))
        self.exposures = tuple(exposures)
        self.quality = tuple(quality)
        self.hash = files_hash or hashlib.sha256(self.encode()).hexdigest()
        if len(self.index) != len(self.rules):
            raise ValueError("rule ids are not unique")

    @cached_property
    def index(self) -> dict[str, int]:
        return {rule.id: i for i, rule in enumerate(self.rules)}

    @cached_property
    def point_rules(self) -> tuple[int, ...]:
        """Indexes of the rules that are judged at each reading of a point."""
        return tuple(i for i, rule in enumerate(self.rules) if rule.scope == "point")

    @cached_property
    def group_rules(self) -> tuple[int, ...]:
        """Indexes of the rules of devices, sources and enterprises, judged at each tick."""
        return tuple(i for i, rule in enumerate(self.rules) if rule.scope != "point")

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, index: int) -> Rule:
        return self.rules[index]

    @cached_property
    def chemicals(self) -> frozenset[str]:
        """Chemicals that any rule selects by, case-folded: nothing else of a source's chemicals matters to it."""
        return frozenset(name.casefold() for rule in self.rules for name in rule.select.chemical)

    @cached_property
    def _by_medium(self) -> dict[str, Exposure]:
        return {name.casefold(): e for e in self.exposures for name in e.names}

    def exposure(self, medium: str, unit: str) -> float | None:
        """100 % of the exposure limit of `medium` in `unit`, if both are known."""
        folded = unit.casefold().replace(" ", "").replace("³", "3")
        if folded in ("%oel", "oel%"):
            return 100.0
        found = self._by_medium.get(medium.strip().casefold())
        if found is None:
            return None
        if folded in ("mg/m3", "mg/nm3"):
            return found.mg_m3
        if folded in ("ppm", "umol/mol", "μmol/mol", "µmol/mol") and found.molar_mass:
            return found.mg_m3 * MOLAR_VOLUME / found.molar_mass
        return None

    def quality_of(self, quantity: str) -> QualityDefaults:
        """Settings of the quality tests; those that name the quantity win over those that name none."""
        general = QualityDefaults()
        for entry in self.quality:
            if quantity in entry.quantity:
                return entry
            if not entry.quantity:
                general = entry
        return general

    def encode(self) -> bytes:
        """Everything but the hash, for snapshots."""
        return msgspec.json.encode({"rules": self.rules, "exposures": self.exposures, "quality": self.quality})

    @staticmethod
    def decode(data: bytes, files_hash: str) -> RuleSet:
        content = msgspec.json.decode(data, type=_Content)
        return RuleSet(content.rules, content.exposures, content.quality, files_hash)


class _Content(msgspec.Struct):
    rules: tuple[Rule, ...]
    exposures: tuple[Exposure, ...]
    quality: tuple[QualityDefaults, ...]


def files_hash(files: Mapping[str, str]) -> str:
    """SHA-256 of the canonical JSON of path -> text: the `hash` of RulesPublished."""
    canonical = json.dumps(dict(files), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
