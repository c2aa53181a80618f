"""The nodes of a rule's expression. Whoever reads rules (types, code, groups, lint, explanations) walks this tree; only `parse.py`
builds it. `at` is the column of the node in its text, from 0; it is no part of what the node means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

ArithOp = Literal["+", "-", "*", "/"]
CompareOp = Literal["<", "<=", ">", ">=", "==", "!="]


def _at() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Num:
    """A number as written, never negative; `unit` as written, "" without one."""

    value: float
    unit: str = ""
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name: `value`, `limit.hh`, `flow.inlet`, `permit.hot_work.live`."""

    path: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Window:
    """A length of time such as `10m`; only an argument of a call."""

    seconds: int
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: tuple[Node, ...]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Neg:
    x: Node
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Arith:
    op: ArithOp
    l: Node  # noqa: E741 - left and right
    r: Node
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Compare:
    op: CompareOp
    l: Node  # noqa: E741
    r: Node
    at: int = _at()


@dataclass(frozen=True, slots=True)
class All:
    """`and` over two parts or more; the parser makes one node of a chain, however it is bracketed."""

    parts: tuple[Node, ...]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Node, ...]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Not:
    part: Node
    at: int = _at()


Node = Num | Name | Window | Call | Neg | Arith | Compare | All | Any | Not


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Num() | Name() | Window():
            return ()
        case Call():
            return node.args
        case Neg():
            return (node.x,)
        case Arith() | Compare():
            return (node.l, node.r)
        case All() | Any():
            return node.parts
        case Not():
            return (node.part,)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it, in reading order of their beginnings."""
    yield node
    for child in children(node):
        yield from walk(child)


def count(node: Node) -> int:
    return sum(1 for _ in walk(node))


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in children(node)), default=0)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every node, leaves first."""
    match node:
        case Call():
            node = replace(node, args=tuple(rebuilt(a, change) for a in node.args))
        case Neg():
            node = replace(node, x=rebuilt(node.x, change))
        case Arith() | Compare():
            node = replace(node, l=rebuilt(node.l, change), r=rebuilt(node.r, change))
        case All() | Any():
            node = replace(node, parts=tuple(rebuilt(p, change) for p in node.parts))
        case Not():
            node = replace(node, part=rebuilt(node.part, change))
        case _:
            pass
    return change(node)
