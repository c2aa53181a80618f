"""`# lint: allow <id> <reason>` in the YAML of a rule: that check is silent for that rule, for the written reason.

An allowance without a reason, of an unknown check, or that allows nothing any more is itself a problem. What cannot be read cannot be
allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backfill.lint.ground import Subject
from streams.domain.problems import Problem

_ALLOW = re.compile(r"(?:^|\s)#\s*lint:\s*allow\b[ \t]*(?:lint/)?(\S*)[ \t]*(.*?)\s*$")
_BETWEEN = re.compile(r"\s*(#.*)?$")
SHORTEST_REASON = 8  # characters; "ok" is no reason


@dataclass(slots=True)
class Allowance:
    subject: Subject
    line: int
    column: int
    id: str
    reason: str
    used: bool = False


def allowances(subjects: Iterable[Subject]) -> list[Allowance]:
    """All of them; a comment above a rule belongs to it."""
    by_file: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_file.setdefault(subject.file, []).append(subject)
    return [found for own in by_file.values() for found in _of_file(sorted(own, key=lambda s: s.rule.line))]


def _of_file(subjects: list[Subject]) -> Iterator[Allowance]:
    lines = subjects[0].text.splitlines()
    starts = []
    for subject in subjects:
        line = subject.rule.line
        while line > 1 and _BETWEEN.match(lines[line - 2]):
            line -= 1
        starts.append(line)
    for subject, start, end in zip(subjects, starts, [*starts[1:], len(lines) + 1], strict=True):
        for number in range(start, end):
            if found := _ALLOW.search(lines[number - 1]):
                yield Allowance(subject, number, found.start(1) + 1, found[1].strip(":"), found[2].lstrip(": "))


def allowed(problems: Iterable[Problem], given: list[Allowance], known: Iterable[str]) -> Iterator[Problem]:
    """The problems that stand, and those of the allowances themselves."""
    valid = {(a.subject.rule.id, a.id): a for a in reversed(given) if len(a.reason) >= SHORTEST_REASON}
    for problem in problems:
        allowance = valid.get((str(problem.args.get("rule", "")), problem.id.removeprefix("lint/")))
        if allowance is None:
            yield problem
        else:
            allowance.used = True
    ids = sorted(known)
    for a in given:
        what = "" if a.used else "unknown" if a.id not in ids else "reason" if len(a.reason) < SHORTEST_REASON else "unused"
        if what:
            args = {"rule": a.subject.rule.id, "id": a.id or "-", "known": ", ".join(ids)}
            yield Problem(a.subject.file, a.line, a.column, f"lint/allow-{what}", f"lint.allow.{what}", args,
                          "warning" if what == "unused" else "error", f"lint.hint.allow_{what}")  # fmt: skip
