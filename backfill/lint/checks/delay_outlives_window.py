"""An on-delay that is at least as long as the window it waits on: what rose in one minute is forgotten before the two minutes are over."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.reading import parts_of
from streams.domain.problems import Problem
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Call, Window, walk

CHANGES = ("rise", "fall", "delta", "rate", "deviation")


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        if subject.rule.n_of_m is not None:
            continue
        for comparison in parts_of(subject.when):
            for part in walk(comparison):
                if not isinstance(part, Call) or part.name not in CHANGES or not isinstance(part.args[-1], Window):
                    continue
                if subject.rule.on_delay_s >= part.args[-1].seconds:
                    yield subject.problem(subject.within("when", part), "delay-outlives-window", "warning", part=show(part),
                                          delay=f"{subject.rule.on_delay_s:g}")  # fmt: skip


CHECK = Check(
    "delay-outlives-window", "warning", run,
    fires="""
  - id: pressure-jump
    select: {quantity: [pressure]}
    when: "rise(1m) >= 0.2 * span"
    deadband: "0.05 * span"
    on_delay_s: 120
    effect: {evidence: trend, tier: 1}
""",
    silent="""
  - id: pressure-jump
    select: {quantity: [pressure]}
    when: "rise(10m) >= 0.2 * span"
    deadband: "0.05 * span"
    on_delay_s: 120
    effect: {evidence: trend, tier: 1}
""",
)  # fmt: skip
