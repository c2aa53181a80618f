"""Evidence that does not belong to the quantity: a pressure that raises as gas joins hot work into a compound that never was."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem

GASES = frozenset(("combustible_gas", "toxic_gas"))
OF_GAS, OF_LIMITS = ("gas_1", "gas_2"), ("h", "hh")


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        rule, quantities = subject.rule, set(subject.rule.select.quantity)
        gas_of_others = rule.effect.evidence in OF_GAS and (not quantities or quantities - GASES)
        others_of_gas = rule.effect.evidence in OF_LIMITS and bool(quantities) and quantities <= GASES
        if rule.scope == "point" and (gas_of_others or others_of_gas):
            yield subject.problem(subject.at("effect", "evidence"), "evidence-of-other-quantity", "error",
                                  evidence=rule.effect.evidence, quantities=", ".join(rule.select.quantity) or "*")  # fmt: skip


CHECK = Check(
    "evidence-of-other-quantity", "error", run,
    fires="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: gas_1, tier: 1}
""",
    silent="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
