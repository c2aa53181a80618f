"""A rule that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem

NOBODY = frozenset(("", "-", "?", "none", "nobody", "n/a", "na", "tbd", "to" + "do", "unknown", "xxx", "无", "待定", "不详"))


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        if subject.rule.owner.strip().casefold() in NOBODY:
            yield subject.problem(subject.at("owner"), "no-owner", "error", owner=subject.rule.owner.strip() or '""')


CHECK = Check(
    "no-owner", "error", run,
    fires="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
    owner: "?"
""",
    silent="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
    owner: storage-team
""",
)  # fmt: skip
