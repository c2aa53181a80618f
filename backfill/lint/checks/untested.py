"""A stable rule without its four kinds of cases. Whether the cases are what they say is for `riskstream rules test --coverage`."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.cases.covering import NEEDED
from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    if linted.ground.cases is None:
        return
    there = {(rule, case.kind) for case in linted.ground.cases if not case.pending for rule in case.rules}
    for subject in linted.subjects:
        missing = [kind for kind in NEEDED if (subject.rule.id, kind) not in there]
        if subject.rule.status == "stable" and missing:
            yield subject.problem(subject.at("id"), "untested", "warning", kinds=", ".join(missing))


CHECK = Check(
    "untested", "warning", run,
    fires="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-high
    status: sandbox
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
