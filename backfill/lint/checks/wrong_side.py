"""Evidence of one side raised by the other: an HH that comes when the value is low, or an effect for points whose danger excludes it."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.ground import Subject
from backfill.lint.reading import parts_of
from streams.domain.problems import Problem
from streams.engine.rulelang.constants import is_constant
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Compare, Name

HIGH, LOW = ("hh", "h", "gas_1", "gas_2"), ("l", "ll")


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        yield from _compared(subject)
        yield from _danger(subject)


def _compared(subject: Subject) -> Iterator[Problem]:
    """Every comparison of the value looks the other way."""
    evidence, side_said = subject.rule.effect.evidence, subject.rule.effect.side
    if evidence not in (*HIGH, *LOW) and (not subject.rule.effect.tier or side_said == "any"):
        return
    sides = [(part, side) for part in parts_of(subject.when) if (side := side_of(part)) is not None]
    wanted = "high" if evidence in HIGH else "low" if evidence in LOW else side_said
    if sides and all(side != wanted for _, side in sides):
        part = sides[0][0]
        yield subject.problem(subject.within("when", part), "wrong-side", "error", part=show(part),
                              evidence=evidence if evidence in (*HIGH, *LOW) else f"{evidence} (side: {side_said})")  # fmt: skip


def side_of(node: Compare) -> str | None:
    """The side on which a comparison of the value with constants holds."""
    for this, other, flipped in ((node.l, node.r, False), (node.r, node.l, True)):
        if this == Name("value") and is_constant(other) and node.op[0] in "<>":
            return "high" if (node.op[0] == ">") != flipped else "low"
    return None


def _danger(subject: Subject) -> Iterator[Problem]:
    effect, danger = subject.rule.effect, subject.rule.select.danger
    if effect.tier and effect.side != "any" and danger and not set(danger) & {effect.side, "both"}:
        yield subject.problem(subject.at("select", "danger"), "wrong-side", "error", "danger", danger=", ".join(danger),
                              side=effect.side, tier=effect.tier)  # fmt: skip


CHECK = Check(
    "wrong-side", "error", run,
    fires="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value <= limit.hh"
    deadband: "0.01 * span"
    effect: {evidence: hh, tier: 2, side: high}
    severity: high
""",
    silent="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    deadband: "0.01 * span"
    effect: {evidence: hh, tier: 2, side: high}
    severity: high
""",
)  # fmt: skip
