"""A rule that would end while it still holds: its clear expression reaches into the condition, or the deadband is negative."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.reading import features_of
from streams.domain.problems import Problem
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Any, Compare, Node, Num


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        reading = linted.reading(subject)
        clear, band = subject.trees.get("clear"), subject.trees.get("deadband")
        for part in comparable(subject.when, clear) if not reading.blames else ():
            if reading.can((subject.when, True), (part, True), positive=True):
                yield subject.problem(subject.within("clear", part), "clear-above-raise", "error", clear=show(part),
                                      when=show(subject.when))  # fmt: skip
        if band is not None and reading.can((Compare(">=", band, Num(0.0), band.at), True)) is False:
            yield subject.problem(subject.within("deadband", band), "clear-above-raise", "error", "band", band=show(band))


def comparable(when: Node, clear: Node | None) -> tuple[Node, ...]:
    """Alternatives of the clear expression that watch nothing but what the condition watches. Others may well hold beside it: raising
    wins, and what they mean is for cases to show."""
    if clear is None:
        return ()
    parts = clear.parts if isinstance(clear, Any) else (clear,)
    return tuple(part for part in parts if features_of(part) and features_of(part) <= features_of(when))


CHECK = Check(
    "clear-above-raise", "error", run,
    fires="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= 0.9 * limit.h"
    clear: "value < limit.h"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    clear: "value < limit.h - 0.02 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
