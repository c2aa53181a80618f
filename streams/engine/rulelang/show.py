"""Tree -> the one canonical text of it: what is hashed, shown and compared. `parse(show(tree)) == tree`."""

from __future__ import annotations

from decimal import Decimal

from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, Name, Neg, Node, Not, Num, Window

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEG, _ATOM = range(8)


def show(node: Node) -> str:
    """
    >>> from streams.engine.rulelang.parse import parse
    >>> show(parse("rise( 10m )>=0.10*span and(value>=25%LEL)"))
    'rise(10m) >= 0.1 * span and value >= 25 %LEL'
    """
    return _show(node, _OR)


def number(value: float) -> str:
    """Shortest digits without an exponent: 0.00001, 25, 19.5."""
    digits = format(Decimal(repr(value)), "f")
    return digits.removesuffix(".0")


def window(seconds: int) -> str:
    for size, letter in ((3600, "h"), (60, "m")):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def _show(node: Node, outer: int) -> str:
    strength, text = _said(node)
    return f"({text})" if strength < outer else text


def _said(node: Node) -> tuple[int, str]:
    match node:
        case Num():
            return _ATOM, number(node.value) + (f" {node.unit}" if node.unit else "")
        case Name():
            return _ATOM, node.path
        case Window():
            return _ATOM, window(node.seconds)
        case Call():
            return _ATOM, f"{node.name}({', '.join(_show(a, _OR) for a in node.args)})"
        case Neg():
            return _NEG, f"-{_show(node.x, _NEG)}"
        case Arith():
            own = _SUM if node.op in "+-" else _PRODUCT
            return own, f"{_show(node.l, own)} {node.op} {_show(node.r, own + 1)}"
        case Compare():
            return _COMPARE, f"{_show(node.l, _SUM)} {node.op} {_show(node.r, _SUM)}"
        case All():
            return _AND, " and ".join(_show(p, _NOT) for p in node.parts)
        case Any():
            return _OR, " or ".join(_show(p, _AND) for p in node.parts)
        case Not():
            return _NOT, f"not {_show(node.part, _NOT)}"
