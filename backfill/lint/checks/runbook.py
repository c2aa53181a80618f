"""A rule that does not tell people what to do, or sends them to a page or heading that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backfill.lint.check import Check, Linted
from backfill.lint.ground import Subject
from streams.domain.problems import Problem

_HEADING = re.compile(r"^#+ +(.*?) *#*$", re.M)
_MARK = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")
_DROPPED = re.compile(r"[^\w\- ]")


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        if not subject.rule.runbook:
            if subject.rule.raises:
                yield subject.problem(subject.at("id"), "runbook", "info")
        elif linted.ground.runbooks is not None:
            yield from _broken(subject, linted.ground.runbooks)


def _broken(subject: Subject, root: Path) -> Iterator[Problem]:
    path, _, anchor = subject.rule.runbook.partition("#")
    page = root / path
    if not page.is_file():
        yield subject.problem(subject.at("runbook"), "runbook", "error", "page", page=path)
    elif anchor and anchor not in anchors_of(page.read_text(encoding="utf-8")):
        yield subject.problem(subject.at("runbook"), "runbook", "error", "anchor", page=path, anchor=anchor)


def anchors_of(page: str) -> set[str]:
    """Marks of a page: its headings as readers of Markdown write them, and marks set by hand.

    >>> sorted(anchors_of("# Tank farm\\n## 1. H, and HH\\n"))
    ['1-h-and-hh', 'tank-farm']
    """
    headings = {_DROPPED.sub("", h.casefold()).replace(" ", "-") for h in _HEADING.findall(page)}
    return headings | set(_MARK.findall(page))


CHECK = Check(
    "runbook", "info", run,
    fires="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-high
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
    runbook: docs/lint.md#runbook
""",
)  # fmt: skip
