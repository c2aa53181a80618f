"""A rule that adds nothing: whenever it holds, another rule of the same points with the same or a graver effect holds too."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.ground import Subject
from backfill.lint.reading import features_of
from backfill.lint.selecting import at_least, within
from streams.domain.problems import Problem
from streams.engine.rulelang.outside import names_of
from streams.engine.rulelang.tree import Call, Node, walk

NEEDED = ("limit.", "oel", "deadband")  # constants that a point may not have


def run(linted: Linted) -> Iterator[Problem]:
    for one, other in linted.ground.pairs():
        if shadows(linted, other, one) and not (one.rule.id < other.rule.id and shadows(linted, one, other)):
            yield one.problem(one.at("when"), "shadowed", "warning", other=other.rule.id, at=f"{other.file}:{other.rule.line}")


def shadows(linted: Linted, other: Subject, one: Subject) -> bool:
    """Whether `other` holds whenever `one` does, at the same points, and does at least as much."""
    if not at_least(other.rule, one.rule) or not within(one.rule.select, other.rule.select):
        return False
    if not features_of(one.when) & features_of(other.when) or linted.reading(one).blames:
        return False
    if not {n for n in _required(other.when) if n.startswith(NEEDED)} <= _required(one.when):
        return False
    return linted.reading(one).can((one.when, True), (other.when, False)) is False


def _required(node: Node) -> set[str]:
    """Names outside of choices."""
    chosen = {
        n for part in walk(node) if isinstance(part, Call) and part.name in ("first", "lowest", "highest") for n in names_of(part)
    }
    return names_of(node) - chosen


CHECK = Check(
    "shadowed", "warning", run,
    fires="""
  - id: pressure-near-end
    select: {quantity: [pressure], kind: [process_unit]}
    when: "value >= range(0.95)"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= range(0.9)"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: pressure-near-end
    select: {quantity: [pressure], kind: [process_unit]}
    when: "value >= range(0.95)"
    deadband: "0.01 * span"
    effect: {evidence: hh, tier: 2}
    severity: high
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= range(0.9)"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
