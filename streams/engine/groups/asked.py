"""Which windows a point must keep because a group or a sibling asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.engine.rulelang.catalogue import WINDOWED, WINDOWS, series_of
from streams.engine.rulelang.constants import PointKind
from streams.engine.rulelang.lower import FEATURES
from streams.engine.rulelang.tree import Call, Name, Node, Window, walk
from streams.engine.rules import Rule


class Asked(NamedTuple):
    """A window of points of one quantity and role that somebody else than the point asks for."""

    quantity: str
    role: str
    bit: int


def asked_of_others(rules: Iterable[Rule]) -> list[Asked]:
    """All windows that rules ask of member points or siblings."""
    trees = [tree for rule in rules for tree in (rule.tree, rule.clear_tree) if tree is not None]
    return list(dict.fromkeys(found for tree in trees for found in _of_tree(tree)))


def _of_tree(tree: Node) -> Iterator[Asked]:
    for node in walk(tree):
        if not isinstance(node, Call) or node.name not in WINDOWED or len(node.args) != 2:
            continue
        of, window = node.args
        series = series_of(of.path) if isinstance(of, Name) else None
        if series is not None and isinstance(window, Window):
            yield Asked(*series, 1 << FEATURES[f"{node.name}_{WINDOWS[window.seconds]}"])


def wanted_bits(asked: list[Asked], kind: PointKind) -> int:
    """What a point of this kind must keep for others."""
    bits = 0
    for a in asked:
        if a.quantity == kind.quantity and a.role in ("", kind.role):
            bits |= a.bit
    return bits
