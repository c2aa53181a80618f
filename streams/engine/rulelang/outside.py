"""What a rule asks of more than its own point: siblings on the device, the source, the enterprise, records of the site.

A point rule sees such a part as one column, filled at ticks by whoever keeps the groups: the largest part of the expression that needs
nothing of the point itself. A condition (`flow.inlet < 5 m3/h and weather.thunder`) is a column of truth, 1 or 0; a number is in the
unit of the point where it converts (`value - temperature.outlet`), else as the catalogue says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from streams.engine.rulelang.catalogue import NAMES, WINDOWED
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Call, Compare, Name, Node, Not, children, walk

if TYPE_CHECKING:
    from streams.engine.rules import Rule

MEMORIES: Final = ("since", "for_share")


def is_outside(node: Node) -> bool:
    """Whether the node asks something of others and nothing of the point: it can be one column."""
    asks = False
    for part in walk(node):
        if isinstance(part, Name):
            if part.path in NAMES and NAMES[part.path].scopes == ("point",):
                return False
            asks = True
        elif isinstance(part, Call) and (part.name in (*MEMORIES, "range") or (part.name in WINDOWED and len(part.args) == 1)):
            return False
    return asks


def is_truth(node: Node) -> bool:
    """Whether the column of that node is one of conditions."""
    if isinstance(node, Name):
        return node.path in NAMES and NAMES[node.path].kind == "boolean"
    return isinstance(node, Compare | All | Any | Not)


def outside_parts(node: Node) -> Iterator[Node]:
    """The largest parts of a point rule's expression that are outside, in reading order."""
    if is_outside(node):
        yield node
        return
    for child in children(node):
        yield from outside_parts(child)


def columns_of(rule: Rule) -> dict[str, Node]:
    """Columns that a point rule needs from outside: canonical text -> tree, in reading order of `when`, then `clear`."""
    found: dict[str, Node] = {}
    for tree in (rule.tree, rule.clear_tree):
        if tree is not None:
            for part in outside_parts(tree):
                found.setdefault(show(part), part)
    return found


def is_own_window(node: Node) -> bool:
    """A window function of the point's own readings: `rise(10m)`, `rise(value, 10m)`."""
    if not isinstance(node, Call) or node.name not in WINDOWED:
        return False
    return len(node.args) == 1 or node.args[0] == Name("value")


def names_of(node: Node) -> set[str]:
    """Catalogue names and series that the expression reads, for lint and documents."""
    return {part.path for part in walk(node) if isinstance(part, Name)}
