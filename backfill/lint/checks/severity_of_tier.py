"""A severity that does not fit the tier: people answer to the word, levels to the number."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        rule = subject.rule
        if not rule.effect.evidence:
            continue
        fitting = linted.settings.severities[rule.effect.tier]
        if rule.severity not in fitting:
            yield subject.problem(subject.at("severity"), "severity-of-tier", "warning", severity=rule.severity,
                                  tier=rule.effect.tier, fitting=", ".join(fitting))  # fmt: skip


CHECK = Check(
    "severity-of-tier", "warning", run,
    fires="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    deadband: "0.01 * span"
    effect: {evidence: hh, tier: 2}
    severity: low
""",
    silent="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    deadband: "0.01 * span"
    effect: {evidence: hh, tier: 2}
    severity: high
""",
)  # fmt: skip
