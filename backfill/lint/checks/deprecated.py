"""A rule that is called deprecated and still raises."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        if subject.rule.status == "deprecated":
            yield subject.problem(subject.at("status"), "deprecated", "warning")


CHECK = Check(
    "deprecated", "warning", run,
    fires="""
  - id: level-high
    status: deprecated
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-high
    status: stable
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
