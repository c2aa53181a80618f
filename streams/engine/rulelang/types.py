"""Types of expressions: what is a number of what, what is true or false, what may stand where. All mistakes of one text at once.

The rules are few. A comparison or sum needs the same measure on both sides. A number without a unit fits counts, shares, times and
other names whose unit the catalogue fixes; held against a value of a point it needs a unit, unless it is 0 or the rule selects units.
Equality of measured values is refused: it is true by accident only.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Literal, NamedTuple

from streams.domain.problems import Word
from streams.engine.rulelang.catalogue import (
    AGGREGATES,
    FUNCTIONS,
    NAMES,
    OWN,
    OWN_RATE,
    QUANTITIES,
    WINDOWED,
    WINDOWS,
    Scope,
    series_of,
)
from streams.engine.rulelang.measures import (
    PURE,
    SECONDS,
    Measure,
    agree,
    is_known_unit,
    multiplied,
    named,
    of_quantities,
    of_unit,
)
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, Name, Neg, Node, Not, Num, Window, walk

MOST_MEMORIES = 4  # since and for_share of one rule: each costs up to 400 bytes a point


class Mistake(NamedTuple):
    """A mistake at column `at` (from 0) of the text; keys of the catalogue `expr.<what>` and `expr.hint.<hint>`."""

    at: int
    what: str
    hint: str
    args: dict[str, object]


class Type(NamedTuple):
    """`measure` None: a number without a unit, which takes that of its neighbour. `fixed`: in a unit that the catalogue fixes.
    `constant`: known before any reading. `series`: may stand in a window or a group function."""

    kind: Literal["number", "boolean", "window", "unknown"]
    measure: Measure | None = PURE
    fixed: bool = True
    constant: bool = False
    series: bool = False


UNKNOWN = Type("unknown")  # after a mistake; says nothing more
BOOLEAN = Type("boolean")


class Where(NamedTuple):
    """What an expression is typed against."""

    scope: Scope = "point"
    quantities: Sequence[str] = ()
    units: Sequence[str] = ()


def checked(node: Node, where: Where, wants: Literal["boolean", "constant"] = "boolean") -> list[Mistake]:
    """Mistakes of a condition, or of an expression of constants."""
    checker = _Checker(where)
    found = checker.type_of(node)
    if wants == "boolean" and found.kind in ("number", "window"):
        checker.say(node, "not_a_condition", "compare", found=show(node))
    if wants == "constant" and (found.kind in ("boolean", "window") or (not found.constant and found.kind == "number")):
        checker.say(node, "not_constant", "constants", found=show(node))
    if wants == "constant" and found.kind == "number" and found.measure is None and not where.units and not _is_zero(node):
        checker.say(node, "unit_missing", "unit_or_select", found=show(node), measure=named(checker.own))
    memories = sum(isinstance(n, Call) and n.name in ("since", "for_share") for n in walk(node))
    if memories > MOST_MEMORIES:
        checker.say(node, "memories", "split", found=memories, most=MOST_MEMORIES)
    return sorted(checker.mistakes, key=lambda m: (m.at, m.what))


def type_of(node: Node, where: Where) -> Type:
    """The type of an expression without mistakes."""
    return _Checker(where).type_of(node)


class _Checker:
    def __init__(self, where: Where) -> None:
        self.where = where
        self.own = of_quantities(where.quantities, where.units)
        self.mistakes: list[Mistake] = []
        self.remembering = False

    def say(self, node: Node, what: str, hint: str = "", **args: object) -> Type:
        self.mistakes.append(Mistake(node.at, what, hint, args))
        return UNKNOWN

    def type_of(self, node: Node) -> Type:
        match node:
            case Num():
                return self.number(node)
            case Name():
                return self.name(node)
            case Window():
                return self.say(node, "window_here", "window", found=show(node))
            case Call():
                return self.call(node)
            case Neg():
                return self.wanted(node.x, "number")._replace(series=False)
            case Arith():
                return self.arith(node)
            case Compare():
                return self.compare(node)
            case All() | Any():
                for part in node.parts:
                    self.wanted(part, "boolean")
                return BOOLEAN
            case Not():
                self.wanted(node.part, "boolean")
                return BOOLEAN

    def wanted(self, node: Node, kind: Literal["number", "boolean"]) -> Type:
        found = self.type_of(node)
        if found.kind in ("unknown", kind):
            return found
        if kind == "boolean":
            return self.say(node, "not_a_condition", "compare", found=show(node))
        return self.say(node, "not_a_number", "condition", found=show(node))

    # --- leaves

    def number(self, node: Num) -> Type:
        if not node.unit:
            return Type("number", None, constant=True)
        if not is_known_unit(node.unit):
            hint = "times" if node.unit in NAMES else "unit"
            return self.say(node, "unknown_unit", hint, found=node.unit, number=show(Num(node.value)))
        return Type("number", of_unit(node.unit), constant=True)

    def name(self, node: Name) -> Type:
        entry = NAMES.get(node.path)
        if entry is not None:
            if self.where.scope not in entry.scopes:
                return self.say(node, "out_of_scope", "scope", found=node.path, scope=self.where.scope)
            if entry.kind == "boolean":
                return BOOLEAN
            if entry.unit in (OWN, OWN_RATE):
                measure = self.own if entry.unit == OWN else multiplied(self.own, SECONDS, -1)
                return Type("number", measure, False, entry.constant, entry.name == "value")
            return Type("number", of_unit(entry.unit), True, entry.constant)
        series = series_of(node.path)
        if series is None:
            return self.unknown(node, "unknown_name", node.path)
        return Type("number", of_quantities((series[0],)), fixed=False, series=True)

    def unknown(self, node: Name | Call, what: str, name: str) -> Type:
        close = difflib.get_close_matches(name, [*NAMES, *FUNCTIONS, *QUANTITIES], 3, 0.6)
        return self.say(node, what, "did_you_mean" if close else "catalogue", found=name, like=", ".join(close))

    # --- operators

    def arith(self, node: Arith) -> Type:
        left, right = self.wanted(node.l, "number"), self.wanted(node.r, "number")
        if "unknown" in (left.kind, right.kind):
            return UNKNOWN
        constant = left.constant and right.constant
        if node.op in "*/":
            if node.op == "/" and isinstance(node.r, Num) and node.r.value == 0:
                return self.say(node, "by_zero", "by_zero", found=show(node))
            power = 1 if node.op == "*" else -1
            if left.measure is None and right.measure is None:
                return Type("number", None, constant=constant)
            measure = multiplied(left.measure or PURE, right.measure or PURE, power)
            return Type("number", measure, left.fixed and right.fixed, constant)
        self.alike(node, left, right)
        measured = left if left.measure is not None else right
        return Type("number", measured.measure, left.fixed and right.fixed, constant)

    def compare(self, node: Compare) -> Type:
        left, right = self.wanted(node.l, "number"), self.wanted(node.r, "number")
        if "unknown" in (left.kind, right.kind):
            return BOOLEAN
        self.alike(node, left, right)
        if node.op in ("==", "!=") and not (left.fixed and right.fixed):
            self.say(node, "equality", "inequality", found=show(node))
        return BOOLEAN

    def alike(self, node: Arith | Compare, left: Type, right: Type) -> None:
        """Both sides measure the same, and a number without a unit is only where its unit is beyond doubt."""
        if left.measure is None and right.measure is None:
            return
        if left.measure is not None and right.measure is not None:
            if not agree(left.measure, right.measure):
                self.say(node, "measures", "", left=show(node.l), right=show(node.r), one=Word(_text_key(left.measure)),
                         other=Word(_text_key(right.measure)), one_name=named(left.measure), other_name=named(right.measure))  # fmt: skip
            return
        measured, side = (right, node.l) if left.measure is None else (left, node.r)
        if not measured.fixed and measured.measure != PURE and not self.where.units and not _is_zero(side):
            self.say(side, "unit_missing", "unit_or_select", found=show(side), measure=named(measured.measure or PURE))

    # --- calls

    def call(self, node: Call) -> Type:
        function = FUNCTIONS.get(node.name)
        if function is None:
            return self.unknown(node, "unknown_function", node.name)
        if self.where.scope not in function.scopes:
            return self.say(node, "out_of_scope", "scope", found=node.name, scope=self.where.scope)
        if node.name in WINDOWED:
            return self.windowed(node)
        if (node.name in ("first", "lowest", "highest") and len(node.args) > 1) or node.name == "first":
            return self.choice(node)
        if node.name in AGGREGATES:
            return self.aggregate(node)
        if node.name in ("since", "for_share"):
            return self.memory(node)
        return self.plain(node)

    def form(self, node: Call) -> Type:
        return self.say(node, "arguments", "form", found=node.name, forms=" | ".join(FUNCTIONS[node.name].forms))

    def window(self, node: Node, call: Call) -> bool:
        if not isinstance(node, Window):
            self.form(call)
            return False
        if node.seconds not in WINDOWS:
            self.say(node, "unknown_window", "windows", found=show(node), known=", ".join(WINDOWS.values()))
            return False
        return True

    def windowed(self, node: Call) -> Type:
        """`rise(10m)` is `rise(value, 10m)`."""
        if len(node.args) not in (1, 2):
            return self.form(node)
        if len(node.args) == 1 and self.where.scope != "point":
            return self.say(node, "whose", "form", found=node.name, forms=f"{node.name}(q, 10m)")
        series = self.own_series() if len(node.args) == 1 else self.type_of(node.args[0])
        if series.kind == "unknown" or not self.window(node.args[-1], node):
            return UNKNOWN
        if not series.series:
            return self.say(node.args[0], "not_a_series", "series", found=show(node.args[0]))
        if node.name == "count":
            return Type("number", PURE, series=True)
        measure = multiplied(series.measure or PURE, SECONDS, -1) if node.name == "rate" else series.measure
        return Type("number", measure, False, series=True)

    def own_series(self) -> Type:
        return Type("number", self.own, fixed=False, series=True)

    def aggregate(self, node: Call) -> Type:
        if len(node.args) != 1:
            return self.form(node)
        found = self.type_of(node.args[0])
        if found.kind == "unknown":
            return UNKNOWN
        over_own = any(isinstance(n, Name) and n.path == "value" for n in walk(node.args[0])) or _bare_window(node.args[0])
        if not found.series or over_own:
            return self.say(node.args[0], "not_a_series", "series", found=show(node.args[0]))
        if node.name == "number":
            return Type("number", PURE)
        return Type("number", found.measure, found.measure == PURE)

    def choice(self, node: Call) -> Type:
        """first, lowest, highest of constants: of one measure, a bare number takes that of the others."""
        if len(node.args) < 2:
            return self.form(node)
        out = Type("number", None, constant=True)
        for arg in node.args:
            found = self.wanted(arg, "number")
            if found.kind == "unknown":
                return UNKNOWN
            if not found.constant:
                return self.say(arg, "not_constant", "constants", found=show(arg))
            if out.measure is not None and found.measure is not None and not agree(out.measure, found.measure):
                self.say(arg, "measures", "", left=show(node.args[0]), right=show(arg), one=Word(_text_key(out.measure)),
                         other=Word(_text_key(found.measure)), one_name=named(out.measure), other_name=named(found.measure))  # fmt: skip
            out = found if out.measure is None or not found.fixed else out
        return out._replace(constant=True, series=False)

    def memory(self, node: Call) -> Type:
        if len(node.args) != (1 if node.name == "since" else 2):
            return self.form(node)
        if self.remembering:
            return self.say(node, "memory_in_memory", "split", found=node.name)
        self.remembering = True
        self.wanted(node.args[0], "boolean")
        self.remembering = False
        if node.name == "since":
            return Type("number", SECONDS)
        return Type("number", PURE) if self.window(node.args[1], node) else UNKNOWN

    def plain(self, node: Call) -> Type:
        """abs(x) and range(0.25)."""
        if len(node.args) != 1:
            return self.form(node)
        found = self.wanted(node.args[0], "number")
        if node.name == "abs":
            return found._replace(series=False)
        share = node.args[0]
        if not isinstance(share, Num) or share.unit or not 0.0 <= share.value <= 1.0:
            return self.form(node)
        return Type("number", self.own, False, True)


def _bare_window(node: Node) -> bool:
    return isinstance(node, Call) and node.name in WINDOWED and len(node.args) == 1


def _is_zero(node: Node) -> bool:
    return isinstance(node, Num) and node.value == 0.0


def _text_key(measure: Measure) -> str:
    """The words for a plain measure; others are named by their dimensions."""
    if not measure:
        return "measure.pure"
    if len(measure) == 1 and measure[0][1] == 1 and len(measure[0][0]) == 1:
        return f"measure.{next(iter(measure[0][0]))}"
    return "measure.several"
