"""A condition that always holds: the alarm would stand from the first reading on, and nobody would look at it."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.saying import blamed
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    yield from blamed(linted, "always", "always-holds", "error")


CHECK = Check(
    "always-holds", "error", run,
    fires="""
  - id: cameras-lost
    scope: source
    when: "camera.offline_share >= 0"
    effect: {finding: cameras_lost}
""",
    silent="""
  - id: cameras-lost
    scope: source
    when: "camera.offline_share >= 0.3"
    effect: {finding: cameras_lost}
""",
)  # fmt: skip
