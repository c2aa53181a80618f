"""A step up for an item that site management does not know (`parameters/management.yaml`): it would lift nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem


def run(linted: Linted) -> Iterator[Problem]:
    items = linted.ground.items
    for subject in linted.subjects if items else ():
        item = subject.rule.effect.step_up
        if item and item not in items:
            close = difflib.get_close_matches(item, items, 1)
            yield subject.problem(subject.at("effect", "step_up"), "unknown-item", "error", item=item, known=", ".join(items),
                                  close=close[0] if close else items[0])  # fmt: skip


CHECK = Check(
    "unknown-item", "error", run,
    fires="""
  - id: too-many-permits
    scope: source
    when: "permit.live > 5"
    effect: {step_up: permit}
""",
    silent="""
  - id: too-many-permits
    scope: source
    when: "permit.live > 5"
    effect: {step_up: permits}
""",
)  # fmt: skip
