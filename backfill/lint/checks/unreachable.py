"""A condition, or a part of one, that can never hold: the share that is above 95, the rise by more than the span."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "never", "unreachable", "error")


CHECK = Check(
    "unreachable", "error", run,
    fires="""
  - id: prevention-rates
    scope: enterprise
    when: "prevention.inspection > 95"
    effect: {step_up: prevention}
""",
    silent="""
  - id: prevention-rates
    scope: enterprise
    when: "prevention.inspection < 0.95"
    effect: {step_up: prevention}
""",
)  # fmt: skip
