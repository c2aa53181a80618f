"""Whether a condition of a rule can hold: its comparisons as linear inequalities over the names it reads, with all that is known of them.

Choices (`first`, `lowest`, `highest`) are tried one by one; what is not linear is a name of its own. A comparison that needs what such a
point does not have is left out of an `or` and makes an `and` not exist, as in the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from typing import NamedTuple

from backfill.lint.facts import LO, SPAN, Facts, integers_of
from backfill.lint.kinds import BASE, Kind
from backfill.lint.linear import Bound, Sum, below, made, name, number, possible
from backfill.lint.settings import Settings
from streams.engine.rulelang.catalogue import NAMES, OWN, OWN_RATE
from streams.engine.rulelang.constants import is_constant, stands_for_value
from streams.engine.rulelang.measures import literal_in, unit_dimension
from streams.engine.rulelang.outside import is_own_window
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, CompareOp, Name, Neg, Node, Not, Num, walk

MOST_WAYS = 600  # conjunctions of one condition, and choices tried; beyond them nothing is proven
Way = tuple[Bound, ...]
Choices = dict[str, Node]
_NEGATED: dict[CompareOp, CompareOp] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FLAG = "?"  # before the name of a condition among the names of numbers


class NotApplicable(Exception):
    """Such points do not have what a comparison needs."""


class TooMany(Exception):
    """More ways to hold than are worth trying."""


class World(NamedTuple):
    """Points of one kind, and limits that the selector says they lack."""

    kind: Kind
    settings: Settings
    lacks: frozenset[str] = frozenset()
    slack: bool = False  # values a little outside of the range are meant: the rule doubts the instrument
    positive: bool = False  # no value is below zero: what is held against a share of a mean is meant so

    def can_hold(self, *conditions: tuple[Node, bool]) -> bool | None:
        """Whether all conditions (each as it is, or negated where False) can be so at one moment. None: one of them does not exist
        for such points. What cannot be decided can be so."""
        nodes = [node for node, _ in conditions]
        try:
            for choices in self.choices(nodes):
                ways = [self.ways(node, wanted, choices) for node, wanted in conditions]
                for combined in islice(product(*ways), MOST_WAYS):
                    if self.together([b for way in combined for b in way]):
                        return True
        except NotApplicable:
            return None
        except TooMany:
            return True
        return False

    def together(self, bounds: Sequence[Bound]) -> bool:
        names = {n for bound in bounds for n, _ in bound.sum.factors}
        return possible([*bounds, *Facts(self.kind, self.settings, self.positive, self.slack).about(names)], integers_of(names))

    # --- choices

    def choices(self, nodes: Sequence[Node]) -> Iterator[Choices]:
        """Every way in which `first`, `lowest` and `highest` of the conditions may fall out, the same text always alike."""
        found: dict[str, tuple[Node, ...]] = {}
        for node in nodes:
            for part in walk(node):
                if isinstance(part, Call) and _is_choice(part):
                    found.setdefault(show(part), tuple(self.candidates(part)))
        if any(not candidates for candidates in found.values()):
            raise NotApplicable
        for tried, picked in enumerate(product(*found.values())):
            if tried >= MOST_WAYS:
                raise TooMany
            yield dict(zip(found, picked, strict=True))

    def candidates(self, node: Call) -> Iterator[Node]:
        for arg in node.args:
            applies = self.applies(arg)
            if applies is not False:
                yield arg
            if applies is True and node.name == "first":
                return

    def applies(self, node: Node) -> bool | None:
        """Whether points of this kind have what a constant needs; None: some do."""
        found: bool | None = True
        for part in walk(node):
            if isinstance(part, Num) and part.unit and self.kind.unit:
                if literal_in(part, self.kind.unit, True) is None and unit_dimension(part.unit) != "time":
                    return False
            elif isinstance(part, Name):
                if part.path.removeprefix("limit.") in self.lacks and part.path.startswith("limit."):
                    return False
                if part.path.startswith("limit.") or part.path in ("oel", "deadband"):
                    found = None
        return found

    # --- conditions

    def ways(self, node: Node, wanted: bool, choices: Choices) -> list[Way]:
        """Disjunctive normal form."""
        match node:
            case Not():
                return self.ways(node.part, not wanted, choices)
            case All() | Any():
                return self.several(node, wanted, choices)
            case Compare():
                return self.compared(node, node.op if wanted else _NEGATED[node.op], choices)
            case _:
                flag = name(_FLAG + show(node))
                return [(below(number(1.0), flag),) if wanted else (below(flag, number(0.0)),)]

    def several(self, node: All | Any, wanted: bool, choices: Choices) -> list[Way]:
        parts: list[list[Way]] = []
        for part in node.parts:
            try:
                parts.append(self.ways(part, wanted, choices))
            except NotApplicable:
                if isinstance(node, All):
                    raise
        if not parts:
            raise NotApplicable
        if isinstance(node, All) != wanted:
            return [way for ways in parts for way in ways]
        combined: list[Way] = [()]
        for ways in parts:
            combined = [(*one, *other) for one in combined for other in ways]
            if len(combined) > MOST_WAYS:
                raise TooMany
        return combined

    def compared(self, node: Compare, op: CompareOp, choices: Choices) -> list[Way]:
        if self.kind.unit and is_own(node) and self.applies_to(node, choices) is False:
            raise NotApplicable
        if any(isinstance(p, Name) and p.path.startswith("limit.") and p.path[6:] in self.lacks
               for side in (node.l, node.r) for p in _chosen(side, choices)):  # fmt: skip
            raise NotApplicable
        numbers = _Numbers(self.kind, choices, _unit_of(node, self.kind), _absolute(node))
        left, right = numbers.of(node.l), numbers.of(node.r)
        more = numbers.multiplied if self.positive else ()
        match op:
            case "<" | "<=":
                return [(below(left, right, op == "<"), *more)]
            case ">" | ">=":
                return [(below(right, left, op == ">"), *more)]
            case "==":
                return [(below(left, right), below(right, left), *more)]
            case "!=":
                return [(below(left, right, True), *more), (below(right, left, True), *more)]

    def applies_to(self, node: Compare, choices: Choices) -> bool:
        absolute = _absolute(node)
        literals = [p for side in (node.l, node.r) for p in _chosen(side, choices) if isinstance(p, Num) and p.unit]
        return all(literal_in(n, self.kind.unit, absolute) is not None or unit_dimension(n.unit) == "time" for n in literals)


class _Numbers:
    """Numbers of one comparison, in one unit."""

    def __init__(self, kind: Kind, choices: Choices, unit: str, absolute: bool) -> None:
        self.kind, self.choices, self.unit, self.absolute = kind, choices, unit, absolute
        self.multiplied: tuple[Bound, ...] = ()  # that what is multiplied is not below zero

    def of(self, node: Node) -> Sum:
        match node:
            case Num():
                return self.literal(node)
            case Name(path="span"):
                return SPAN
            case Name():
                return name(node.path)
            case Neg():
                return self.of(node.x).times(Fraction(-1))
            case Arith():
                return self.arith(node)
            case Call(name="range", args=(Num() as share,)):
                return name(LO).plus(SPAN, Fraction(repr(share.value)))
            case Call() if _is_choice(node):
                return self.of(self.choices[show(node)])
            case Call() if is_own_window(node):
                return name(show(replace(node, args=node.args[-1:])))
            case _:
                return name(show(node))

    def literal(self, node: Num) -> Sum:
        if not node.unit or not self.unit:
            return number(node.value)
        found = literal_in(node, self.unit, self.absolute)
        return number(node.value if found is None else found)

    def arith(self, node: Arith) -> Sum:
        left, right = self.of(node.l), self.of(node.r)
        if node.op in "+-":
            return left.plus(right, Fraction(1 if node.op == "+" else -1))
        if node.op == "*" and not (left.factors and right.factors):
            of, by = (right, left.const) if right.factors else (left, right.const)
            self.multiplied += (below(Sum(), of),)
            return of.times(by)
        if node.op == "/" and not right.factors and right.const:
            return left.times(1 / right.const)
        return made({show(node): Fraction(1)}, 0)  # not linear: something of its own


def _is_choice(node: Call) -> bool:
    return node.name == "first" or (node.name in ("lowest", "highest") and len(node.args) > 1 and is_constant(node))


def _chosen(node: Node, choices: Choices) -> Iterator[Node]:
    """The parts of a number as it fell out."""
    if isinstance(node, Call) and _is_choice(node):
        yield from _chosen(choices[show(node)], choices)
        return
    yield node
    match node:
        case Arith():
            yield from _chosen(node.l, choices)
            yield from _chosen(node.r, choices)
        case Neg():
            yield from _chosen(node.x, choices)
        case _:
            pass


def is_own(node: Compare) -> bool:
    """Whether a comparison is of numbers in the unit of the point."""
    for side in (node.l, node.r):
        for part in walk(side):
            if isinstance(part, Name) and part.path in NAMES and NAMES[part.path].unit in (OWN, OWN_RATE):
                return True
            if is_own_window(part) or (isinstance(part, Call) and part.name == "range"):
                return True
    return False


def _absolute(node: Compare) -> bool:
    found = stands_for_value(node.l)
    return stands_for_value(node.r) is not False if found is None else found


def _unit_of(node: Compare, kind: Kind) -> str:
    """The unit in which the numbers of a comparison are: that of the point, of a name of the catalogue, of its literals."""
    if kind.unit and is_own(node):
        return kind.unit
    parts = [part for side in (node.l, node.r) for part in walk(side)]
    for part in parts:
        if isinstance(part, Name) and part.path in NAMES and NAMES[part.path].unit not in (OWN, OWN_RATE, "", "share"):
            return NAMES[part.path].unit
    for part in parts:
        if isinstance(part, Num) and part.unit:
            return BASE.get(unit_dimension(part.unit) or "", "")
    return ""
