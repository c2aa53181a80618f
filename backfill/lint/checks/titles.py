"""A title that one of its readers cannot read, or that another rule has too: an officer could not tell the two alarms apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.ground import Subject
from backfill.lint.selecting import meet
from streams.domain.problems import Problem

_CHINESE = re.compile("[\u4e00-\u9fff]")


def run(linted: Linted) -> Iterator[Problem]:
    first: dict[str, list[Subject]] = {}
    for subject in linted.subjects:
        title = subject.rule.title
        if not _CHINESE.search(title.zh) or not title.en.strip() or _CHINESE.search(title.en):
            yield subject.problem(subject.at("title"), "titles", "warning", zh=title.zh, en=title.en)
        for other in first.setdefault(title.zh, []):
            if other.rule.scope == subject.rule.scope and meet(other.rule.select, subject.rule.select):
                yield subject.problem(subject.at("title"), "titles", "warning", "same", zh=title.zh, other=other.rule.id)
                break
        first[title.zh].append(subject)


CHECK = Check(
    "titles", "warning", run,
    fires="""
  - id: level-high
    title: {zh: level high, en: level high}
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-high
    title: {zh: 液位高报, en: level high}
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
