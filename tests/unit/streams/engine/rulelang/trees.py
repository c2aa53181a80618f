"""Random expressions: any tree the parser can make, and well-typed ones with a plain evaluator beside them.

The evaluator is the meaning of the language written a second time, as plainly as possible: numbers or None, True, False or None
(Kleene), and an exception for what such a point cannot be asked. Code of the kernels is held against it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from streams.engine.rulelang import tree as t
from streams.engine.rulelang.show import show

WORDS = ("value", "span", "limit.h", "flow.inlet", "weather.thunder", "x", "permit.hot_work.live")
UNITS = ("", "", "%LEL", "kPa", "m3/h", "m/s", "℃")

_leaves = st.one_of(
    st.builds(t.Num, st.floats(0, 1e15, allow_nan=False), st.sampled_from(UNITS)),
    st.builds(t.Name, st.sampled_from(WORDS)),
    st.builds(t.Window, st.sampled_from((60, 600, 3600, 86_400, 45))),
)


def _grown(parts: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(t.Call, st.sampled_from(("rise", "first", "abs")), st.lists(parts, max_size=3).map(tuple)),
        st.builds(t.Neg, parts),
        st.builds(t.Arith, st.sampled_from(("+", "-", "*", "/")), parts, parts),
        st.builds(t.Compare, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), parts, parts),
        st.builds(t.All, several),
        st.builds(t.Any, several),
        st.builds(t.Not, parts),
    )


def _flat(node: t.Node) -> t.Node:
    """As the parser makes it: no chain directly inside a chain of the same word."""
    if isinstance(node, t.All | t.Any):
        parts: list[t.Node] = []
        for part in node.parts:
            parts += part.parts if isinstance(part, type(node)) else [part]
        return type(node)(tuple(parts))
    return node


def _has_chained_comparison(node: t.Node) -> bool:
    return any(isinstance(n, t.Compare) and any(isinstance(c, t.Compare) for c in t.children(n)) for n in t.walk(node))


trees = (
    st.recursive(_leaves, _grown, max_leaves=20)
    .map(lambda node: t.rebuilt(node, _flat))
    .filter(lambda node: t.count(node) <= 64 and t.depth(node) <= 12 and not _has_chained_comparison(node))
)

# --- well-typed conditions of a point rule on a temperature in degC

CONSTANTS = ("limit.h", "limit.hh", "limit.l", "span", "range.lo", "range.hi", "deadband")
READINGS = ("value", "mean(10m)", "rise(1m)", "fall(1h)", "max(24h)", "delta(10m)")
OUTSIDE_NUMBERS = ("temperature.outlet", "highest(temperature)")
OUTSIDE_CONDITIONS = ("weather.thunder", "flow.inlet < 5 m3/h", "permit.live >= 2 and not casting")
REMEMBERED = ("since(value > limit.h)", "for_share(value > 20 degC, 10m)", "since(weather.thunder)")
NUMBERS = (0.0, 1.0, 20.0, 60.0, 80.0)


def _paths(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


_constants = st.one_of(
    _paths(CONSTANTS),
    st.sampled_from([f"{n:g} degC" for n in NUMBERS] + ["333 K"]),
    st.builds("{} * {}".format, st.sampled_from((0.5, 2)), _paths(CONSTANTS)),
    st.builds("first({}, {})".format, _paths(CONSTANTS), _paths(CONSTANTS)),
    st.builds("lowest({}, {}, 60 degC)".format, _paths(CONSTANTS), _paths(CONSTANTS)),
    st.just("range(0.25)"),
)
_numbers = st.recursive(
    st.one_of(_paths(READINGS), _constants, _paths(OUTSIDE_NUMBERS)),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} - {})".format, inner, inner),
        st.builds("({} * {})".format, inner, st.sampled_from(("2", "0.5", "for_share(value > 20 degC, 10m)"))),
        st.builds("({} / {})".format, inner, st.sampled_from(("2", "for_share(value > 20 degC, 10m)"))),
        st.builds("-{}".format, inner),
        st.builds("abs({})".format, inner),
    ),
    max_leaves=3,
)
_comparisons = st.one_of(
    st.builds("{} {} {}".format, _numbers, st.sampled_from((">=", ">", "<=", "<")), _numbers),
    st.builds("value {} {}".format, st.sampled_from((">=", "<=")), _constants),
    st.builds(
        "{} {} 600 s".format, st.sampled_from(("since(value > limit.h)", "since(weather.thunder)")), st.sampled_from((">", "<="))
    ),
    st.sampled_from(("value >= 25 %LEL", "value > oel", "for_share(value > 20 degC, 10m) == 1", "permit.live != 0")),
    _paths(OUTSIDE_CONDITIONS),
)
conditions = st.recursive(
    _comparisons,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


class Missing(Exception):
    """Such a point cannot be asked."""


class Point:
    """The plain evaluator. `seen`: readings, columns from outside and memories by their text; None is unknown. `constants`: what the
    point has, by name."""

    def __init__(self, constants: dict[str, float], seen: dict[str, Any]) -> None:
        self.constants, self.seen = constants, seen

    def truth(self, node: t.Node) -> bool | None:
        text = show(node)
        if text in self.seen:
            found = self.seen[text]
            return None if found is None else bool(found)
        if isinstance(node, t.Not):
            inner = self.truth(node.part)
            return None if inner is None else not inner
        if isinstance(node, t.All):
            answers = [self.truth(part) for part in node.parts]
            return False if False in answers else None if None in answers else True
        if isinstance(node, t.Any):
            answers = self.some(node.parts)
            return True if True in answers else None if None in answers else False
        assert isinstance(node, t.Compare), text
        return self.compared(node)

    def some(self, parts: tuple[t.Node, ...]) -> list[bool | None]:
        found = []
        for part in parts:
            try:
                found.append(self.truth(part))
            except Missing:
                continue
        if not found:
            raise Missing
        return found

    def compared(self, node: t.Compare) -> bool | None:
        is_time = "since(" in show(node)
        absolute = next((a for side in (node.l, node.r) if (a := absolute_of(side)) is not None), True)
        x, y = (self.number(side, absolute and not is_time) for side in (node.l, node.r))
        if x is None or y is None:
            return None
        return {">=": x >= y, ">": x > y, "<=": x <= y, "<": x < y, "==": x == y, "!=": x != y}[node.op]

    def number(self, node: t.Node, absolute: bool) -> float | None:
        text = show(node)
        if text in self.seen:
            found: float | None = self.seen[text]
            return found
        match node:
            case t.Num():
                return self.literal(node, absolute)
            case t.Name():
                if node.path not in self.constants:
                    raise Missing
                return self.constants[node.path]
            case t.Neg():
                inner = self.number(node.x, absolute)
                return None if inner is None else -inner
            case t.Call(name="abs"):
                inner = self.number(node.args[0], absolute)
                return None if inner is None else abs(inner)
            case t.Call(name="range"):
                share = self.number(node.args[0], False)
                assert share is not None
                return self.constants["range.lo"] + (self.constants["range.hi"] - self.constants["range.lo"]) * share
            case t.Call():
                return self.chosen(node, absolute)
            case t.Arith():
                return self.computed(node, absolute)
        raise AssertionError(text)

    def literal(self, node: t.Num, absolute: bool) -> float:
        if node.unit == "K":
            return node.value - 273.15 if absolute else node.value
        if node.unit not in ("", "degC", "s"):
            raise Missing
        return node.value

    def chosen(self, node: t.Call, absolute: bool) -> float:
        found: list[float] = []
        for arg in node.args:
            try:
                number = self.number(arg, absolute)
            except Missing:
                continue
            assert number is not None
            found.append(number)
        if not found:
            raise Missing
        return found[0] if node.name == "first" else min(found) if node.name == "lowest" else max(found)

    def computed(self, node: t.Arith, absolute: bool) -> float | None:
        left, right = absolute_of(node.l), absolute_of(node.r)
        if node.op in "*/":
            sides = absolute and right is None, absolute and left is None
        elif node.op == "-":  # value - value is a difference; value - difference is a value
            sides = absolute and left is not False, absolute and left is False
        else:
            sides = absolute and left is not False, absolute and left is False
        x, y = self.number(node.l, sides[0]), self.number(node.r, sides[1])
        if x is None or y is None or (node.op == "/" and y == 0.0):
            return None
        return {"+": x + y, "-": x - y, "*": x * y}[node.op] if node.op != "/" else x / y


def absolute_of(node: t.Node) -> bool | None:
    """Whether a number is a value (True) or a difference of values; None: a bare literal."""
    from streams.engine.rulelang.constants import stands_for_value

    return stands_for_value(node)
