"""A threshold that no instrument can show: beyond the end of its range, or beyond what the field measures in that unit at all."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "outside", "threshold-outside-range", "error")


CHECK = Check(
    "threshold-outside-range", "error", run,
    fires="""
  - id: gas-very-high
    select: {quantity: [combustible_gas]}
    when: "value >= 150 %LEL"
    deadband: "0.02 * span"
    effect: {evidence: gas_2, tier: 2}
    severity: high
""",
    silent="""
  - id: gas-very-high
    select: {quantity: [combustible_gas]}
    when: "value >= 50 %LEL"
    deadband: "0.02 * span"
    effect: {evidence: gas_2, tier: 2}
    severity: high
""",
)  # fmt: skip
