"""Expressions of constants: what is known of a point before any reading. Whether they apply to a kind of point, and their numbers for
a whole column of points at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.rulelang.catalogue import NAMES, is_absolute
from streams.engine.rulelang.measures import literal_in
from streams.engine.rulelang.tree import Arith, Call, Name, Neg, Node, Num, children

Floats = NDArray[np.float64]
LIMITS = ("ll", "l", "h", "hh")


class PointKind(NamedTuple):
    """What decides which rules a point has, and which constants."""

    profile: str
    quantity: str
    source_kind: str
    danger: str
    unit: str
    medium: str
    limits: tuple[bool, bool, bool, bool]  # has ll, l, h, hh
    role: str = ""
    device: str = ""  # kind of device
    grade: str = ""
    chemicals: tuple[str, ...] = ()  # names and CAS numbers of its source, case-folded
    has_deadband: bool = False


class Columns(NamedTuple):
    """Numbers of some points, as columns."""

    range_lo: Floats
    range_hi: Floats
    deadband: Floats  # -1 = none
    on_delay_s: Floats  # -1 = none
    off_delay_s: Floats  # -1 = none
    limits: Floats  # shape (n, 4); 0 where there is none
    rows: int
    period_s: Floats


def is_constant(node: Node) -> bool:
    """Whether every leaf is known with the point."""
    match node:
        case Num():
            return True
        case Name():
            return node.path in NAMES and NAMES[node.path].constant
        case Call():
            return node.name in ("first", "lowest", "highest", "range", "abs") and all(map(is_constant, node.args))
        case Neg() | Arith():
            return all(map(is_constant, children(node)))
        case _:
            return False


def stands_for_value(node: Node) -> bool | None:
    """Whether the number is a value of the point (True) or a difference of values (False); None: a bare literal, which takes after
    its neighbour. Units with an offset need it: 60 degC is 333 K, a rise by 60 degC is one by 60 K."""
    match node:
        case Name():
            return NAMES[node.path].absolute if node.path in NAMES else True  # a sibling is a value
        case Call():
            if node.name in ("first", "lowest", "highest") and len(node.args) > 1:
                return next((found for a in node.args if (found := stands_for_value(a)) is not None), None)
            return node.name == "range" or is_absolute(node.name)
        case Neg():
            return stands_for_value(node.x)
        case Arith(op="+"):
            return stands_for_value(node.l) or stands_for_value(node.r)
        case Arith(op="-"):
            left, right = stands_for_value(node.l), stands_for_value(node.r)
            return left if left is None or not right else False
        case Arith():
            left, right = stands_for_value(node.l), stands_for_value(node.r)
            return left if right is None else right if left is None else left or right
        case _:
            return None


class Constants(NamedTuple):
    """The constants of one kind of point."""

    kind: PointKind
    exposure: float | None  # exposure limit of its medium in its unit

    def applies(self, node: Node, absolute: bool) -> bool:
        """Whether such points have all that `node` needs."""
        match node:
            case Num():
                return self.literal(node, absolute) is not None
            case Name(path="oel"):
                return self.exposure is not None
            case Name(path="deadband"):
                return self.kind.has_deadband
            case Name():
                prefix, _, which = node.path.partition(".")
                return prefix != "limit" or self.kind.limits[LIMITS.index(which)]
            case Call(name="first" | "lowest" | "highest"):
                return any(self.applies(a, absolute) for a in node.args)
            case Call(name="range"):
                return True
            case Arith():
                return self.applies(node.l, self.side(node, absolute, True)) and self.applies(
                    node.r, self.side(node, absolute, False)
                )
            case _:
                return all(self.applies(child, absolute) for child in children(node))

    def literal(self, node: Num, absolute: bool) -> float | None:
        """In the unit of the point; lengths of time in seconds. None: not comparable with such a point."""
        if not node.unit:
            return node.value
        own = literal_in(node, self.kind.unit, absolute)
        return literal_in(node, "s", False) if own is None else own

    @staticmethod
    def side(node: Arith, absolute: bool, left: bool) -> bool:
        """Whether a literal on that side of a sum, difference or product stands for a value."""
        if node.op in "*/":
            other = stands_for_value(node.r if left else node.l)
            return absolute and other is None
        return absolute and (left if stands_for_value(node.l) is not False else not left)

    def numbers(self, node: Node, points: Columns, absolute: bool) -> Floats:
        """`node` for each of these points; it must apply to their kind."""
        match node:
            case Num():
                return np.full(points.rows, self.literal(node, absolute) or 0.0)
            case Name():
                return self.named(node.path, points)
            case Neg():
                return -self.numbers(node.x, points, absolute)
            case Arith():
                left = self.numbers(node.l, points, self.side(node, absolute, True))
                right = self.numbers(node.r, points, self.side(node, absolute, False))
                return arithmetic(node.op, left, right)
            case Call(name="range"):
                share = self.numbers(node.args[0], points, False)
                return points.range_lo + (points.range_hi - points.range_lo) * share
            case Call(name="abs"):
                return np.abs(self.numbers(node.args[0], points, absolute))
            case Call():
                return self.chosen(node, points, absolute)
            case _:
                raise TypeError(node)

    def chosen(self, node: Call, points: Columns, absolute: bool) -> Floats:
        found = [self.numbers(a, points, absolute) for a in node.args if self.applies(a, absolute)]
        if node.name == "first":
            return found[0]
        pick = np.minimum if node.name == "lowest" else np.maximum
        out = found[0]
        for other in found[1:]:
            out = pick(out, other)
        return out

    def named(self, path: str, points: Columns) -> Floats:
        match path:
            case "span":
                return points.range_hi - points.range_lo
            case "range.lo":
                return points.range_lo
            case "range.hi":
                return points.range_hi
            case "deadband":
                return np.maximum(points.deadband, 0.0)
            case "period_s":
                return points.period_s
            case "oel":
                return np.full(points.rows, self.exposure or 0.0)
            case _:
                return points.limits[:, LIMITS.index(path.removeprefix("limit."))]


def arithmetic(op: str, left: Floats, right: Floats) -> Floats:
    """Division by zero is no number: nothing compares with it."""
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    out = np.full(len(left), np.nan)
    np.divide(left, right, out=out, where=right != 0.0)
    return out
