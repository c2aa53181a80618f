"""A rule that does not say where its number comes from, or claims a standard without naming it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.checks.no_owner import NOBODY
from streams.domain.problems import Problem

CLAIMED = ("regulation", "standard")


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        rule = subject.rule
        if rule.reference.strip().casefold() in NOBODY:
            yield subject.problem(subject.at("reference"), "missing-reference", "warning")
        elif rule.provenance in CLAIMED and not any(re.search(p, rule.reference) for p in linted.settings.regulations):
            yield subject.problem(subject.at("provenance"), "missing-reference", "warning", "unnamed", provenance=rule.provenance,
                                  reference=rule.reference)  # fmt: skip


CHECK = Check(
    "missing-reference", "warning", run,
    fires="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
    provenance: standard
    reference: "as everywhere"
""",
    silent="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
    provenance: standard
    reference: "SH/T 3007-2014: at least one H for a level"
""",
)  # fmt: skip
