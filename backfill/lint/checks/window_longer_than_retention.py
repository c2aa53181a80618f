"""A window that is longer than its raw records are kept: no replay could ever fill it again."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from streams.domain.problems import Problem
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Window, walk

TOPIC = "readings"


def run(linted: Linted) -> Iterator[Problem]:
    kept_s = linted.ground.retention_s.get(TOPIC)
    if kept_s is None:
        return
    for subject in linted.subjects:
        for key, tree in subject.trees.items():
            for part in walk(tree):
                if isinstance(part, Window) and part.seconds > kept_s:
                    yield subject.problem(subject.within(key, part), "window-longer-than-retention", "error", window=show(part),
                                          topic=TOPIC, hours=round(kept_s / 3600, 1))  # fmt: skip


CHECK = Check(
    "window-longer-than-retention", "error", run,
    fires="""
  - id: level-creeps   # where topics.yaml keeps readings for 12h
    select: {quantity: [level]}
    when: "rise(24h) >= 0.3 * span"
    deadband: "0.05 * span"
    effect: {evidence: trend, tier: 1}
""",
    silent="""
  - id: level-creeps
    select: {quantity: [level]}
    when: "rise(1h) >= 0.3 * span"
    deadband: "0.05 * span"
    effect: {evidence: trend, tier: 1}
""",
)  # fmt: skip
