"""One rule for one kind of point -> rows of code of the kernels, and where their thresholds come from.

A comparison that such points cannot make (no such limit, a unit that does not convert, an unknown exposure limit) is dropped from an
`or`; an `and`, or a rule of that comparison alone, does not exist for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from streams.engine.kernels import layout as at
from streams.engine.rulelang.catalogue import WINDOWS
from streams.engine.rulelang.constants import Columns, Constants, Floats, PointKind, is_constant, stands_for_value
from streams.engine.rulelang.measures import PURE, agree
from streams.engine.rulelang.outside import MEMORIES, is_outside, is_own_window
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, CompareOp, Name, Neg, Node, Not, Num, Window
from streams.engine.rulelang.types import Where, type_of
from streams.engine.rules import Rule

Row = tuple[int, int, int, int]
WINDOW_NAMES = ("mean", "min", "max", "deviation", "rate", "rise", "fall", "count", "delta")
FIRST_COLUMN = {60: at.X_1M, 600: at.X_10M, 3600: at.X_1H, 86_400: at.X_24H}
OF_READING = {"value": at.X_VALUE, "rate": at.X_RATE}
FEATURES: dict[str, int] = OF_READING | {
    f"{name}_{WINDOWS[seconds]}": first + i for seconds, first in FIRST_COLUMN.items() for i, name in enumerate(WINDOW_NAMES)
}
"""Columns of X by name, such as `rise_10m`."""
OPERATORS: dict[CompareOp, int] = {">=": 0, ">": 1, "<=": 2, "<": 3}
_FLIPPED: dict[CompareOp, CompareOp] = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "==": "==", "!=": "!="}
_ARITHMETIC = {"+": at.OP_ADD, "-": at.OP_SUB, "*": at.OP_MUL, "/": at.OP_DIV}
_VALUE = Name("value")
SATURATING = ("combustible_gas", "toxic_gas", "pressure", "temperature", "level")
"""Quantities whose upper end of range is beyond any limit, even where none is filed. Others only where a limit is filed:
a valve that is fully open is at the end of its range all day."""


class NotApplicable(Exception):
    """Such points do not have what a comparison needs."""


class Aux(NamedTuple):
    """`since(condition)` or `for_share(condition, window)` of a class: column `at.X_AUX` + its place in `Plan.aux`. What it
    remembers goes along with `key`, the expression in one way of writing it, through changes of rules and limits."""

    key: str
    kind: int  # at.AUX_SINCE, at.AUX_SHARE
    window_ms: int  # 0 for since
    code: tuple[Row, ...]  # answers the condition into slot 0: its last row is (at.OP_END, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Term:
    """A row of TH: (beyond, back) of a comparison; of `band_only`, (0, band) behind a computed threshold."""

    beyond: Node
    upward: bool
    constants: Constants
    absolute: bool = True
    band: Node | None = None
    of_value: bool = False
    saturates: bool = False
    band_only: bool = False

    def thresholds(self, points: Columns) -> tuple[Floats, Floats]:
        """(raise, clear) for these points."""
        band = self.bands(points)
        if self.band_only:
            return np.zeros(points.rows), band
        end = points.range_hi if self.upward else points.range_lo
        if not self.constants.applies(self.beyond, self.absolute):
            beyond = end
        else:
            beyond = self.constants.numbers(self.beyond, points, self.absolute)
            if self.saturates:
                beyond = np.minimum(beyond, end) if self.upward else np.maximum(beyond, end)
        return beyond, beyond - band if self.upward else beyond + band

    def bands(self, points: Columns) -> Floats:
        """How far back it must be; the point's own filed deadband wins on comparisons of its value."""
        default = np.zeros(points.rows)
        if self.band is not None and self.constants.applies(self.band, False):
            default = self.constants.numbers(self.band, points, False)
        return np.where(points.deadband >= 0.0, points.deadband, default) if self.of_value else default


class Lowered(NamedTuple):
    """The code of one rule. `shown`: the term whose threshold is its limit; `guard`: (term, upward) of a comparison of the value
    without which the rule cannot hold."""

    code: list[Row]
    terms: list[Term]
    shown: int
    guard: tuple[int, bool] | None
    wants: int
    upward: bool


def saturates(kind: PointKind, upward: bool) -> bool:
    """Whether the end of the range, on that side, counts as beyond HH (or LL) for such a point."""
    ll, low, high, hh = kind.limits
    if upward:
        return kind.danger in ("high", "both") and (high or hh or kind.quantity in SATURATING)
    return kind.danger in ("low", "both") and (low or ll)


def single(tree: Node) -> tuple[CompareOp, Node] | None:
    """(operator, threshold) when the expression is one comparison of the value itself with a constant."""
    if isinstance(tree, Compare):
        left, op, right = _constant_right(tree)
        if left == _VALUE and op in OPERATORS and is_constant(right):
            return op, right
    return None


def _constant_right(node: Compare) -> tuple[Node, CompareOp, Node]:
    if is_constant(node.l) and not is_constant(node.r):
        return node.r, _FLIPPED[node.op], node.l
    return node.l, node.op, node.r


@lru_cache(maxsize=8192)
def band_measures(of: Node, band: Node, quantity: str, unit: str) -> bool:
    """Whether a deadband is a difference of what is compared, so that it moves that comparison."""
    where = Where("point", (quantity,), (unit,) if unit else ())
    one, other = type_of(of, where).measure, type_of(band, where).measure
    own = type_of(_VALUE, where).measure or PURE
    return agree(one or PURE, own if other is None else other)  # a bare number is in the unit of the point


def lowered(rule: Rule, constants: Constants, first_term: int, aux: list[Aux], ext: list[str]) -> Lowered | None:
    """The code of `rule` for such points; its terms come behind `first_term` others. `aux` and `ext` grow by what it needs.
    None: the rule does not exist for them."""
    known = len(aux), len(ext)
    try:
        return _Lowering(rule, constants, first_term, aux, ext).whole()
    except NotApplicable:
        del aux[known[0] :], ext[known[1] :]
        return None


class _Lowering:
    def __init__(self, rule: Rule, constants: Constants, first_term: int, aux: list[Aux], ext: list[str]) -> None:
        self.rule, self.constants, self.first, self.aux, self.ext = rule, constants, first_term, aux, ext
        self.terms: list[Term] = []
        self.wants = 0
        self.band: Node | None = None
        self.saturation = False
        self.places: dict[int, int] = {}  # column of a comparison -> its term

    def whole(self) -> Lowered:
        tree = self.rule.tree
        self.band, self.saturation = self.rule.deadband_tree, self.rule.saturation
        code = self.answer(tree)
        self.band, self.saturation = None, False
        guard, shown = self.guard(tree), self.shown()
        if not self.terms:
            self.term(Term(Num(0.0), True, self.constants))
        code = self.finished(code)
        return Lowered(code, self.terms, shown, guard, self.wants, self.upward(shown))

    def finished(self, code: list[Row]) -> list[Row]:
        """With the end of the rule: its own clear expression if such points can be held against it, else the negation."""
        clear = self.rule.clear_tree
        if clear is not None:
            before = len(self.terms), len(self.aux), len(self.ext)
            try:
                return [*code, *self.answer(clear), (at.OP_OWN, 0, 0, 0)]
            except NotApplicable:
                del self.terms[before[0] :], self.aux[before[1] :], self.ext[before[2] :]
        if len(code) == 1 and at.OP_GE <= code[0][0] <= at.OP_LT:
            operation, feature, term, _ = code[0]
            return [(operation - at.OP_GE, feature, term, 0)]
        return [*code, (at.OP_END, 0, 0, 0)]

    def shown(self) -> int:
        of_value = (i for i, t in enumerate(self.terms) if t.of_value and not t.band_only)
        others = (i for i, t in enumerate(self.terms) if not t.band_only)
        return next(of_value, next(others, 0))

    def upward(self, shown: int) -> bool:
        """Whether higher values are worse."""
        if self.terms[shown].of_value:
            return self.terms[shown].upward
        side = self.rule.effect.side
        return side == "high" or (side == "any" and self.constants.kind.danger != "low")

    def guard(self, tree: Node) -> tuple[int, bool] | None:
        for part in tree.parts if isinstance(tree, All) else (tree,):
            if single(part) and part.at in self.places:
                place = self.places[part.at]
                return place, self.terms[place].upward
        return None

    # --- answers

    def answer(self, node: Node) -> list[Row]:
        if is_outside(node):
            return [(at.OP_EXT, self.column(node), 0, 0), (at.OP_TRUTH, 0, 0, 0)]
        match node:
            case Compare():
                return self.compare(node)
            case Not():
                return [*self.answer(node.part), (at.OP_NOT, 0, 0, 0)]
            case All():
                return self.chain([self.answer(part) for part in node.parts], at.OP_ALL)
            case Any():
                return self.chain(self.some(node.parts), at.OP_ANY)
            case _:
                raise TypeError(node)

    def chain(self, parts: Sequence[list[Row]], op: int) -> list[Row]:
        """Two by two, so that the stack is never deeper than the tree."""
        code = list(parts[0])
        for part in parts[1:]:
            code += [*part, (op, 2, 0, 0)]
        return code

    def some(self, parts: Sequence[Node]) -> list[list[Row]]:
        found = []
        for part in parts:
            before = len(self.terms), len(self.aux), len(self.ext), self.wants
            try:
                found.append(self.answer(part))
            except NotApplicable:
                del self.terms[before[0] :], self.aux[before[1] :], self.ext[before[2] :]
                self.wants = before[3]
        if not found:
            raise NotApplicable
        return found

    def compare(self, node: Compare) -> list[Row]:
        left, op, right = _constant_right(node)
        feature = self.feature(left)
        absolute = stands_for_value(left)
        if absolute is None:
            absolute = stands_for_value(right) is not False
        if feature is not None and op in OPERATORS and is_constant(right):
            place = self.threshold(left, op, right, absolute)
            self.places[node.at] = place
            return [(at.OP_GE + OPERATORS[op], feature, self.first + place, 0)]
        code = [*self.number(left, absolute), *self.number(right, absolute)]
        band = self.band_of(left)
        term = -1
        if band is not None or left == _VALUE:
            term = self.first + self.term(
                Term(Num(0.0), op[0] == ">", self.constants, band=band, of_value=left == _VALUE, band_only=True)
            )
        if op in OPERATORS:
            return [*code, (at.OP_IS_GE + OPERATORS[op], 0, term, 0)]
        equal: list[Row] = [(at.OP_IS_EQ, 0, term, 0)]
        return [*code, *equal, *([(at.OP_NOT, 0, 0, 0)] if op == "!=" else [])]

    def threshold(self, left: Node, op: CompareOp, right: Node, absolute: bool) -> int:
        constants = self.constants_for(left)
        upward = op[0] == ">"
        saturating = self.saturation and left == _VALUE and saturates(constants.kind, upward)
        if not constants.applies(right, absolute) and not saturating:
            raise NotApplicable
        return self.term(Term(right, upward, constants, absolute, self.band_of(left), left == _VALUE, saturating))

    def constants_for(self, left: Node) -> Constants:
        """Literals beside a time are in seconds, whatever the unit of the point."""
        if isinstance(left, Call) and left.name == "since":
            return self.constants._replace(kind=self.constants.kind._replace(unit="s"))
        return self.constants

    def band_of(self, left: Node) -> Node | None:
        """The rule's deadband, where it measures what is compared."""
        kind = self.constants.kind
        if self.band is None or not band_measures(left, self.band, kind.quantity, kind.unit):
            return None
        return self.band

    def term(self, term: Term) -> int:
        self.terms.append(term)
        return len(self.terms) - 1

    # --- numbers

    def feature(self, node: Node) -> int | None:
        """Column of X of a feature of the point itself; None for everything that must be computed."""
        found: int | None = None
        if isinstance(node, Name) and node.path in OF_READING:
            found = OF_READING[node.path]
        elif isinstance(node, Call) and node.name in MEMORIES:
            return at.X_AUX + self.memory(node)
        elif isinstance(node, Call) and is_own_window(node) and isinstance(node.args[-1], Window):
            found = FIRST_COLUMN[node.args[-1].seconds] + WINDOW_NAMES.index(node.name)
        if found is not None:
            self.wants |= 1 << found
        return found

    def number(self, node: Node, absolute: bool) -> list[Row]:
        if is_constant(node):
            if not self.constants.applies(node, absolute):
                raise NotApplicable
            return [(at.OP_CONST, 0, self.first + self.term(Term(node, True, self.constants, absolute)), 0)]
        if is_outside(node):
            return [(at.OP_EXT, self.column(node), 0, 0)]
        feature = self.feature(node)
        if feature is not None:
            return [(at.OP_PUSH, feature, 0, 0)]
        match node:
            case Neg():
                return [*self.number(node.x, absolute), (at.OP_NEG, 0, 0, 0)]
            case Call(name="abs"):
                return [*self.number(node.args[0], absolute), (at.OP_ABS, 0, 0, 0)]
            case Arith():
                left = self.number(node.l, Constants.side(node, absolute, True))
                right = self.number(node.r, Constants.side(node, absolute, False))
                return [*left, *right, (_ARITHMETIC[node.op], 0, 0, 0)]
            case _:
                raise TypeError(node)

    def column(self, node: Node) -> int:
        key = show(node)
        if key not in self.ext:
            self.ext.append(key)
        return self.ext.index(key)

    def memory(self, node: Call) -> int:
        """Place of `since` or `for_share` among those of the class. Its condition is held without deadband or saturation: it is
        what held, not an alarm."""
        key = show(node)
        for i, known in enumerate(self.aux):
            if known.key == key:
                return i
        kept = self.band, self.saturation
        self.band, self.saturation = None, False
        code = (*self.answer(node.args[0]), (at.OP_END, 0, 0, 0))
        self.band, self.saturation = kept
        window = node.args[1] if len(node.args) > 1 else None
        seconds = window.seconds if isinstance(window, Window) else 0
        kind = at.AUX_SINCE if node.name == "since" else at.AUX_SHARE
        if len(self.aux) >= at.MAX_AUX:
            raise ValueError(f"more than {at.MAX_AUX} of since and for_share at one point")
        self.aux.append(Aux(key, kind, seconds * 1000, code))
        return len(self.aux) - 1


def in_slot(code: Sequence[Row], slot: int) -> list[Row]:
    """Code of a rule, answering into that slot."""
    return [(op, a, term, slot if op <= at.OP_RULE_LT or op in (at.OP_END, at.OP_OWN) else 0) for op, a, term, _ in code]
