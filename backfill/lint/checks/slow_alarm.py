"""A grave alarm that waits longer than a period of its source. An on-delay is there against a spike, not against the second reading."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem

GRAVE = 2  # tier of HH
OF_LIMITS = ("hh", "ll", "gas_2", "h", "l", "gas_1")  # what changes slowly by its nature may take its time


def run(linted: Linted) -> Iterator[Problem]:
    most = linted.settings.hh_on_delay_s
    for subject in linted.subjects:
        rule = subject.rule
        if rule.effect.evidence in OF_LIMITS and rule.effect.tier >= GRAVE and rule.on_delay_s > most:
            key = "on_delay_s" if "on_delay_s" in subject.written else "n_of_m"
            yield subject.problem(subject.at(key), "slow-alarm", "warning", delay=f"{rule.on_delay_s:g}", most=f"{most:g}",
                                  tier=rule.effect.tier)  # fmt: skip


CHECK = Check(
    "slow-alarm", "warning", run,
    fires="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    deadband: "0.01 * span"
    on_delay_s: 300
    effect: {evidence: hh, tier: 2}
    severity: high
""",
    silent="""
  - id: pressure-hh
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    deadband: "0.01 * span"
    on_delay_s: 10
    effect: {evidence: hh, tier: 2}
    severity: high
""",
)  # fmt: skip
