"""A part of a condition that the other parts already decide: one of the numbers is probably not the one that was meant."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "redundant", "redundant-part", "warning")


CHECK = Check(
    "redundant-part", "warning", run,
    fires="""
  - id: gas-high
    select: {quantity: [combustible_gas], unit: ["%LEL"]}
    when: "value >= 25 %LEL and value >= 20 %LEL"
    deadband: "2 %LEL"
    effect: {evidence: gas_1, tier: 1}
""",
    silent="""
  - id: gas-high
    select: {quantity: [combustible_gas], unit: ["%LEL"]}
    when: "value >= 25 %LEL and max(10m) >= 30 %LEL"
    deadband: "2 %LEL"
    effect: {evidence: gas_1, tier: 1}
""",
)  # fmt: skip
