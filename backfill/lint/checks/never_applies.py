"""A rule that exists for no point: it asks for a limit that its selector says the points lack."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "inapplicable", "never-applies", "error")


CHECK = Check(
    "never-applies", "error", run,
    fires="""
  - id: level-without-h
    select: {quantity: [level], lacks: [h]}
    when: "value >= 0.95 * limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-without-h
    select: {quantity: [level], lacks: [h]}
    when: "value >= range(0.9)"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
