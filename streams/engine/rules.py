"""Rules as data: what a rule file may say, and the set that is in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

import msgspec

from streams.domain.registry import Danger, Profile, Quantity, SourceKind

Evidence = Literal["hh", "h", "l", "ll", "gas_1", "gas_2", "trend", "deviation"]
Op = Literal[">=", ">", "<=", "<"]


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Unknown keys are refused: a misspelt one would be a silent default."""


class Title(Base):
    zh: str
    en: str


class Select(Base):
    """Which points the rule is for; an empty field means all. `profile` comes from the folder of the file."""

    profile: tuple[Profile, ...] = ()
    quantity: tuple[Quantity, ...] = ()
    kind: tuple[SourceKind, ...] = ()
    danger: tuple[Danger, ...] = ()


class Term(Base, tag_field="is", tag="term"):
    """One comparison. `threshold` is a list of texts or numbers, the first that the point can resolve counts:
    `limit.hh`, `25 %LEL` (a number for points of that unit), `oel * 2`, `span * 0.1`, `range * 0.9`, `12.5`."""

    feature: str
    op: Op
    threshold: tuple[str | float, ...]
    at_most: float | str | None = None  # legal cap: a laxer limit of the point is not taken
    saturation: bool = False  # the end of the instrument's range counts as beyond, whatever the limit
    deadband: str | float | None = None  # the point's own deadband wins on `value`


class All(Base, tag_field="is", tag="all"):
    terms: tuple[Condition, ...]


class Any_(Base, tag_field="is", tag="any"):
    terms: tuple[Condition, ...]


class Not(Base, tag_field="is", tag="not"):
    term: Condition


Condition = Term | All | Any_ | Not


class Effect(Base):
    """What the evidence is worth. `side`: the tier counts only where the point's danger includes that side."""

    evidence: Evidence
    tier: int
    side: Literal["high", "low", "any"] = "any"
    annunciate: bool = True


class Rule(Base):
    id: str
    version: str
    title: Title
    when: Condition
    effect: Effect
    status: Literal["active", "shadow", "off"] = "active"
    select: Select = Select()
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    on_delay_max_s: float = 60.0
    reference: str = ""
    provenance: str = "proposed"
    owner: str = ""
    file: str = ""
    line: int = 0

    def tier_at(self, danger: str) -> int:
        """The tier of this rule's evidence at a point with that `danger`; 0: a point alarm that makes no level."""
        side = self.effect.side
        return self.effect.tier if side == "any" or danger in (side, "both") else 0


class RuleSet:
    """Rules in the order of their ids, with the hash of the files they came from."""

    def __init__(self, rules: Iterable[Rule] = (), hash: str = "") -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda r: r.id))
        self.hash = hash or hashlib.sha256(msgspec.json.encode([r.id for r in self.rules])).hexdigest()

    @cached_property
    def index(self) -> dict[str, int]:
        return {rule.id: i for i, rule in enumerate(self.rules)}

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, index: int) -> Rule:
        return self.rules[index]
