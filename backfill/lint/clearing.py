"""What ends a rule, as a condition: its own clear expression, or the negation of `when` with each comparison moved back by the deadband."""

from __future__ import annotations

from dataclasses import replace

from backfill.lint.ground import Subject
from streams.engine.rulelang.constants import is_constant
from streams.engine.rulelang.lower import band_measures
from streams.engine.rulelang.tree import All, Any, Arith, Compare, Node, Not
from streams.engine.rules import Rule

QUANTITY_OF_NONE = "generic"


def clear_condition(subject: Subject) -> Node:
    """When the alarm may end."""
    own = subject.trees.get("clear")
    if own is not None:
        return own
    band = subject.trees.get("deadband")
    return Not(subject.when if band is None else moved(subject.when, band, subject.rule))


def moved(node: Node, by: Node, rule: Rule, back: bool = True) -> Node:
    """The condition with each comparison that `by` measures moved by it: `back` holds longer, else shorter."""
    match node:
        case Compare():
            return _compared(node, by, back) if measured_by(node, by, rule) else node
        case All() | Any():
            return replace(node, parts=tuple(moved(part, by, rule, back) for part in node.parts))
        case Not():
            return replace(node, part=moved(node.part, by, rule, not back))
        case _:
            return node


def measured_by(node: Compare, by: Node, rule: Rule) -> bool:
    """Whether `by` is a difference of what is compared, as the engine decides it."""
    of = node.r if is_constant(node.l) else node.l
    quantities, units = rule.select.quantity or (QUANTITY_OF_NONE,), rule.select.unit
    return any(band_measures(of, by, quantity, unit) for quantity in quantities for unit in units or ("",))


def _compared(node: Compare, by: Node, back: bool) -> Compare:
    """Moved on the side of the constants."""
    upward = (node.op[0] == ">") != is_constant(node.l)
    op = "-" if upward == back else "+"
    if is_constant(node.l):
        return replace(node, l=Arith("-" if op == "-" else "+", node.l, by, node.l.at))
    return replace(node, r=Arith("-" if op == "-" else "+", node.r, by, node.r.at))
