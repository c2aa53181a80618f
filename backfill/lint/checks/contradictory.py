"""Two parts of an `and` that exclude each other: mostly an `or` was meant."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "contradictory", "contradictory", "error")


CHECK = Check(
    "contradictory", "error", run,
    fires="""
  - id: level-off-limits
    select: {quantity: [level]}
    when: "value >= limit.h and value <= limit.l"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-off-limits
    select: {quantity: [level]}
    when: "value >= limit.h or value <= limit.l"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
