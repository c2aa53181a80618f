"""An alarm that can never end: its clear expression cannot hold, or the deadband is as wide as the way back to the end of the range."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.clearing import clear_condition
from streams.domain.problems import Problem
from streams.engine.rulelang.show import show


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        reading = linted.reading(subject)
        if reading.blames or reading.can((clear_condition(subject), True)) is not False:
            continue
        key = "clear" if "clear" in subject.trees else "deadband" if "deadband" in subject.trees else "when"
        yield subject.problem(subject.at(key), "never-clears", "error", key=key, found=show(subject.trees[key]))


CHECK = Check(
    "never-clears", "error", run,
    fires="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "1.5 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "0.015 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
