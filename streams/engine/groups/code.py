"""Expression trees -> functions over columns of groups. Everything is in base units (Pa, degC, seconds); built once a rule set.

A number without a unit takes that of its neighbour: `permit.hot_work.hours > 8` means hours. What a rule asks of the past (`since`,
`for_share`) is memory of the rule, kept by the place of the call in the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.domain.quantities import DIMENSIONS_OF
from streams.domain.units import canonical, conversion, dimension_of
from streams.engine.groups.members import base_name
from streams.engine.groups.numbers import (
    Answer,
    Bools,
    Interval,
    Ints,
    added,
    compared,
    divided,
    exactly,
    magnitude,
    multiplied,
    negated,
    turns_ms,
)
from streams.engine.rulelang.catalogue import AGGREGATES, NAMES, WINDOWED, series_of
from streams.engine.rulelang.constants import stands_for_value
from streams.engine.rulelang.outside import is_truth
from streams.engine.rulelang.parse import parse
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, Name, Neg, Node, Not, Num, Window, children, walk


class Ask(NamedTuple):
    """What is asked of the members of a group. `dimensions`: of points that measure one of these; empty: whatever they measure."""

    quantity: str
    role: str
    feature: str  # of a window; "": the present value
    seconds: int
    dimensions: frozenset[str]


class Asked(Protocol):
    """The groups that are looked at, at one tick."""

    at_ms: int
    rows: int

    def feature(self, name: str) -> Interval: ...
    def group(self, how: str, ask: Ask) -> Interval: ...
    def since(self, place: str, answer: Answer) -> Interval: ...
    def share(self, place: str, answer: Answer, seconds: int) -> Interval: ...
    def turn(self, when_ms: Ints) -> None: ...


Number = Callable[[Asked], Interval]
Condition = Callable[[Asked], Answer]
_RATIO = ("", "share", "1")


@lru_cache(maxsize=2048)
def code_of(when: str, clear: str = "", deadband: str = "") -> Code:
    """The code of canonical texts. It keeps nothing of its own, so all who ask share it."""
    return Code(parse(when), parse(clear) if clear else None, parse(deadband) if deadband else None)


class Code:
    """One rule as functions. `static`: nothing in it changes but by records and by time, so it is looked at only then."""

    def __init__(self, when: Node, clear: Node | None = None, deadband: Node | None = None) -> None:
        self.places: set[str] = set()  # calls of `since` and `for_share`, by their canonical text
        self.shares: set[str] = set()
        self.asks: set[tuple[str, Ask]] = set()
        self.features: set[str] = set()
        self.compares: list[tuple[str, Number, Number, str]] = []  # of `when`, to tell what was seen
        self._back = deadband
        self._dimensions = _dimensions(when, clear)
        self.value: Number | None = None
        self.steps: list[Condition] = []  # all of them must hold; those that ask no member first, because they are cheap
        if isinstance(when, All):
            self.steps = [self._condition(p) for p in sorted(when.parts, key=_asks_members)]
            self.when: Condition = self._all_steps
        elif is_truth(when):
            self.when = self._condition(when)
            self.steps = [self.when]
        else:
            self.value = self._number(when, "", stands_for_value(when) is not False)
        shown = len(self.compares)
        self.clear = self._condition(clear) if clear is not None else None
        del self.compares[shown:]
        self.static = not self.asks and not self.shares

    def answer(self, asked: Asked) -> tuple[Answer, Bools]:
        """Whether the rule is to be raised, and whether it may end; where a delay that still runs starts again."""
        found = self.when(asked)
        if self.clear is None:
            return found, found.down
        down = self.clear(asked).up & ~found.up
        return Answer(found.up, down), down | found.down

    def _all_steps(self, asked: Asked) -> Answer:
        return _joined([step(asked) for step in self.steps], True)

    def holds(self, asked: Asked, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Where the rule is to be raised, for a rule of which nothing is on: no more is asked than it takes to see that it is not."""
        up = chosen
        for step in self.steps:
            up = up & step(asked).up
            if not up.any():
                break
        return up

    def witness(self, asked: Asked) -> tuple[float | None, float | None, str]:
        """Of one group: value, threshold and unit of the first comparison that holds."""
        for op, left, right, unit in self.compares:
            a, b = left(asked), right(asked)
            if np.all(compared(op, a, b, 0.0).up):
                value, limit = (_from_base(float(np.max(x.lo)), unit) for x in (a, b))
                if np.isfinite(value) and np.isfinite(limit):
                    return value, limit, "" if unit == "share" else unit
        return None, None, ""

    # --- conditions

    def _condition(self, node: Node) -> Condition:
        match node:
            case Compare():
                return self._compare(node)
            case All() | Any():
                parts = [self._condition(p) for p in node.parts]
                whole = isinstance(node, All)
                return lambda asked: _joined([part(asked) for part in parts], whole)
            case Not():
                part = self._condition(node.part)
                return lambda asked: Answer(*reversed(part(asked)))
            case Name():
                self.features.add(node.path)
                path = node.path
                return lambda asked: compared(">=", asked.feature(path), exactly(0.5), 0.0)
        raise ValueError(f"not a condition: {node}")

    def _compare(self, node: Compare) -> Condition:
        unit = _unit_of(node.l) or _unit_of(node.r)
        absolute = _absolute(node.l, node.r)
        left, right = self._number(node.l, unit, absolute), self._number(node.r, unit, absolute)
        back = _constant(self._back, unit) if self._back is not None else 0.0
        op = node.op
        if not any(isinstance(n, Call) and n.name == "for_share" for n in walk(node)):
            self.compares.append((op, left, right, unit))

        def compare(asked: Asked) -> Answer:
            a, b = left(asked), right(asked)
            when_ms = turns_ms(a, b, back, asked.at_ms)
            if when_ms is not None:
                asked.turn(when_ms)
            return compared(op, a, b, back)

        return compare

    # --- numbers

    def _number(self, node: Node, unit: str, absolute: bool) -> Number:
        match node:
            case Num():
                value = exactly(_in_base(node, unit, absolute))
                return lambda asked: value
            case Name():
                return self._name(node)
            case Neg():
                inner = self._number(node.x, unit, absolute)
                return lambda asked: negated(inner(asked))
            case Arith():
                return self._arith(node, unit, absolute)
            case Call():
                return self._call(node, unit, absolute)
        raise ValueError(f"not a number: {node}")

    def _name(self, node: Name) -> Number:
        path = node.path
        if path in NAMES:
            self.features.add(path)
            return lambda asked: asked.feature(path)
        return self._grouped("single", node)

    def _arith(self, node: Arith, unit: str, absolute: bool) -> Number:
        if node.op in "*/":
            left, right = (
                self._number(x, "" if isinstance(x, Num) and not x.unit else _unit_of(x), absolute) for x in (node.l, node.r)
            )
            how = multiplied if node.op == "*" else divided
            return lambda asked: how(left(asked), right(asked))
        own = _unit_of(node.l) or _unit_of(node.r) or unit
        left, right = self._number(node.l, own, absolute), self._number(node.r, own, False)
        if node.op == "+":
            return lambda asked: added(left(asked), right(asked))
        return lambda asked: added(left(asked), negated(right(asked)))

    def _call(self, node: Call, unit: str, absolute: bool) -> Number:
        if node.name == "abs":
            inner = self._number(node.args[0], unit, absolute)
            return lambda asked: magnitude(inner(asked))
        if node.name in ("since", "for_share"):
            return self._memory(node)
        if node.name in AGGREGATES and len(node.args) == 1:
            return self._grouped(node.name, node.args[0])
        if node.name in WINDOWED:
            return self._grouped("single", node)
        if node.name in ("first", "highest", "lowest"):
            values = [_in_base(a, unit, absolute) for a in node.args if isinstance(a, Num)]
            value = exactly(values[0] if node.name == "first" else max(values) if node.name == "highest" else min(values))
            return lambda asked: value
        raise ValueError(f"unknown function: {node.name}")

    def _grouped(self, how: str, of: Node) -> Number:
        windowed = of if isinstance(of, Call) else None
        name = windowed.args[0] if windowed is not None else of
        series = series_of(name.path) if isinstance(name, Name) else None
        if series is None:
            raise ValueError(f"no series: {of}")
        seconds = windowed.args[-1].seconds if windowed is not None and isinstance(windowed.args[-1], Window) else 0
        dimensions = frozenset(self._dimensions) & frozenset(
            d for q, found in DIMENSIONS_OF.items() if q == series[0] for d in found
        )
        ask = Ask(series[0], series[1], windowed.name if windowed is not None else "", seconds, dimensions)
        self.asks.add((how, ask))
        return lambda asked: asked.group(how, ask)

    def _memory(self, node: Call) -> Number:
        place = show(node)
        self.places.add(place)
        condition = self._condition(node.args[0])
        if node.name == "since":
            return lambda asked: asked.since(place, condition(asked))
        window = node.args[1]
        seconds = window.seconds if isinstance(window, Window) else 0
        self.shares.add(place)
        return lambda asked: asked.share(place, condition(asked), seconds)


def _joined(answers: list[Answer], whole: bool) -> Answer:
    up, down = answers[0]
    for other in answers[1:]:
        up = up & other.up if whole else up | other.up
        down = down | other.down if whole else down & other.down
    return Answer(up, down)


# --- units


def _unit_of(node: Node) -> str:
    """The unit that a bare number beside this takes, "" where none is fixed."""
    match node:
        case Name(path=path) if path in NAMES:
            return NAMES[path].unit
        case Call(name="since"):
            return "s"
        case Call(name="for_share"):
            return "share"
        case Call(name="count" | "number"):
            return ""
        case Arith(op="*" | "/"):
            return ""
        case Num(unit=unit):
            return unit
        case _:
            return next((unit for child in children(node) if (unit := _unit_of(child))), "")


def _absolute(left: Node, right: Node) -> bool:
    found = stands_for_value(left)
    return bool(found if found is not None else stands_for_value(right) is not False)


def _in_base(number: Num | Node, unit: str, absolute: bool) -> float:
    if not isinstance(number, Num):
        raise ValueError(f"not a constant: {number}")
    own = number.unit or unit
    dimension = dimension_of(own)
    name = canonical(own)
    if own in _RATIO or dimension is None or name is None:
        return number.value
    how = conversion(name, base_name(dimension))
    if how is None:
        return number.value
    return how.of(number.value) if absolute else number.value * how.multiply / how.divide


def _from_base(value: float, unit: str) -> float:
    dimension, name = dimension_of(unit), canonical(unit)
    how = conversion(base_name(dimension), name) if dimension is not None and name is not None and unit not in _RATIO else None
    return value if how is None else how.of(value)


def _constant(node: Node, unit: str) -> float:
    """A deadband: a difference. One of another measure than the comparison does not move it."""
    match node:
        case Num():
            if node.unit and dimension_of(node.unit) != dimension_of(unit):
                return 0.0
            return _in_base(node, unit, False)
        case Neg():
            return -_constant(node.x, unit)
        case Arith():
            left, right = _constant(node.l, unit), _constant(node.r, unit if node.op in "+-" else "")
            how = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else 0.0}
            return how[node.op]
    raise ValueError(f"not a constant: {node}")


def _dimensions(*nodes: Node | None) -> set[str]:
    """The dimensions that a rule speaks of in its numbers: where a quantity comes in several, only points of these are meant."""
    units = [n.unit for node in nodes if node is not None for n in walk(node) if isinstance(n, Num) and n.unit]
    return {d for d in map(dimension_of, units) if d is not None}


def feature_scale(name: str) -> float:
    """Factor from the unit of a name in the catalogue to the base unit: hours and minutes become seconds."""
    unit = NAMES[name].unit
    dimension = dimension_of(unit)
    if unit in _RATIO or dimension is None:
        return 1.0
    how = conversion(unit, base_name(dimension))
    return how.multiply / how.divide if how is not None else 1.0


def _asks_members(node: Node) -> bool:
    return any(isinstance(part, Call) for part in walk(node))
