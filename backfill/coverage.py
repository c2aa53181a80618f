"""Which rule serves which row of the requirements, at which kind of hazard source, for which quantity: computed from the rules.

A cell without a rule needs a written reason (data, `risk_rules/coverage.yaml`), and a reason without an empty cell is refused: the table
cannot be made to look better than the rules are. Rules are counted by shape, so that one rule repeated for another quantity or with
other numbers counts once. Pure: files are read by `riskstream/rules_coverage.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

import msgspec

from streams.domain.registry import Profile, Quantity, SourceKind
from streams.engine.rulelang.catalogue import QUANTITIES, series_of
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Name, Node, Num, Window, rebuilt, walk
from streams.engine.rules import Rule

RECORDS = "-"  # the quantity of a row that is made of records, not of readings
READING_ROWS = ("ING-1", "ING-11")  # one row for all readings: hazchem calls it ING-1, steel and aluminium ING-11
LIVE = ("stable", "deprecated")


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why cells have no rule. An empty field means any."""

    why: Title
    profile: tuple[Profile, ...] = ()
    kind: tuple[SourceKind, ...] = ()
    quantity: tuple[str, ...] = ()
    ing: tuple[str, ...] = ()

    def fits(self, cell: Cell) -> bool:
        asked = ((self.profile, cell.profile), (self.kind, cell.kind), (self.quantity, cell.quantity), (self.ing, cell.ing))
        return all(not wanted or given in wanted for wanted, given in asked)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cells there are: kinds of source of each profile, its row of readings, and the rows that are made of records."""

    schema: int
    kinds: dict[Profile, tuple[SourceKind, ...]]
    readings: dict[Profile, str]
    records: dict[str, Title]
    reasons: tuple[Reason, ...] = ()


class Cell(NamedTuple):
    profile: str
    kind: str
    ing: str
    quantity: str


class Covered(NamedTuple):
    """A cell, the rules made for that kind of source, those made for any, and the reason where there are none."""

    cell: Cell
    own: tuple[str, ...]
    common: tuple[str, ...]
    why: Title | None

    @property
    def empty(self) -> bool:
        return not self.own and not self.common


class Coverage(NamedTuple):
    cells: tuple[Covered, ...]
    idle_reasons: tuple[Reason, ...]  # reasons that no empty cell needs

    @property
    def unexplained(self) -> tuple[Cell, ...]:
        return tuple(c.cell for c in self.cells if c.empty and c.why is None)


def covered(rules: Iterable[Rule], plan: Plan) -> Coverage:
    """The whole table. Sandbox rules cover nothing: they never raise."""
    live = [rule for rule in rules if rule.status in LIVE]
    facts = {rule.id: (frozenset(quantities_of(rule)), _rows(rule)) for rule in live}
    found: list[Covered] = []
    used: set[int] = set()
    for cell in _cells(plan):
        mine = [r for r in live if _serves(r, cell, *facts[r.id])]
        why = None
        if not mine:
            for i, reason in enumerate(plan.reasons):
                if reason.fits(cell):
                    used.add(i)
                    why = reason.why
                    break
        own = tuple(r.id for r in mine if r.select.kind)
        found.append(Covered(cell, own, tuple(r.id for r in mine if not r.select.kind), why))
    return Coverage(tuple(found), tuple(r for i, r in enumerate(plan.reasons) if i not in used))


def quantities_of(rule: Rule) -> Iterator[str]:
    """Quantities that a rule judges: those it selects, and those it names."""
    if rule.scope == "point":
        yield from rule.select.quantity or get_args(Quantity)
    for node in walk(rule.tree):
        series = series_of(node.path) if isinstance(node, Name) else None
        if series is not None:
            yield series[0]


def _rows(rule: Rule) -> frozenset[str]:
    """Rows that a rule serves: those it says, and those of the records that it asks for. A point rule always reads readings."""
    rows = set(rule.ing)
    rows |= {EVENT_FEATURES[n.path].ing for n in walk(rule.tree) if isinstance(n, Name) and n.path in EVENT_FEATURES}
    return frozenset(rows | ({READING_ROWS[0]} if rule.scope == "point" else set()))


def _serves(rule: Rule, cell: Cell, quantities: frozenset[str], rows: frozenset[str]) -> bool:
    select = rule.select
    if select.profile and cell.profile not in select.profile:
        return False
    if select.kind and cell.kind not in select.kind:
        return False
    if cell.quantity != RECORDS:
        return cell.quantity in quantities
    return cell.ing in rows


def _cells(plan: Plan) -> Iterator[Cell]:
    for profile, kinds in plan.kinds.items():
        for kind in kinds:
            for quantity in QUANTITIES:
                yield Cell(profile, kind, plan.readings[profile], quantity)
            for row in plan.records:
                yield Cell(profile, kind, row, RECORDS)


def shape(rule: Rule) -> str:
    """What kind of test a rule is: its condition without numbers, windows, quantities, and without which kind of a record it asks.

    `fall(1m) >= 0.2 * span` of a pressure and `fall(10m) >= 0.1 * span` of a flow have one shape, and so have the permits of hot work
    and of lifting. A plain comparison of a value keeps its limit (LL, L, H, HH, a share of the range) and what it is compared with.
    """
    return show(rebuilt(rule.tree, _plain))


def _plain(node: Node) -> Node:
    match node:
        case Num():
            return Num(1.0)
        case Window():
            return Window(600)
        case Name() if node.path in EVENT_FEATURES:
            return Name(_family(node.path))
        case Name() if series_of(node.path) is not None:
            return Name("q")
        case _:
            return node


_FAMILIES = ("permit", "positioning", "video", "duty", "weather", "camera", "interlock", "prevention", "commitment.undeclared")


def _family(name: str) -> str:
    """`permit.height.hours` -> `permit.x.hours`, `positioning.crowd` -> `positioning.x`: which kind is left out."""
    for family in _FAMILIES:
        head, _, rest = name.partition(family + ".")
        if not head and rest:
            kind, _, what = rest.rpartition(".")
            return f"{family}.x.{what}" if kind else f"{family}.x"
    return name


def shapes(rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    """Shape -> ids of the stable rules that have it."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule.status == "stable":
            found.setdefault(shape(rule), []).append(rule.id)
    return {key: tuple(ids) for key, ids in found.items()}
