"""A band between raising and clearing that is narrower than the noise of the instrument: the alarm rattles on and off."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.checks.clear_above_raise import comparable
from backfill.lint.clearing import measured_by, moved
from backfill.lint.ground import Subject
from backfill.lint.reading import parts_of
from streams.domain.problems import Problem
from streams.engine.rulelang.constants import is_constant
from streams.engine.rulelang.outside import names_of
from streams.engine.rulelang.tree import Arith, Compare, Name, Node, Num, walk


def run(linted: Linted) -> Iterator[Problem]:
    share = linted.settings.noise_share
    noise = Arith("*", Num(share), Name("span"))
    for subject in linted.subjects:
        if subject.rule.scope != "point" or linted.reading(subject).blames:
            continue
        measured = [part for part in parts_of(subject.when) if measured_by(part, noise, subject.rule)]
        if not measured:
            continue
        found = _found(linted, subject, noise)
        if found is not None:
            key = "clear" if "clear" in subject.trees else "deadband" if "deadband" in subject.trees else "when"
            yield subject.problem(subject.at(key), "narrow-band", "warning", found, share=f"{share:.2%}")


def _found(linted: Linted, subject: Subject, noise: Node) -> str | None:
    """The message, empty for the usual one; None: the band is wide enough, or cannot be told."""
    reading, band, clear = linted.reading(subject), subject.trees.get("deadband"), subject.trees.get("clear")
    if clear is not None:
        if any(isinstance(part, Num) and part.unit for tree in (subject.when, clear) for part in walk(tree)):
            return None  # in units: the width of the range is not known here
        if reading.can((clear, True)) is False:
            return None  # it never clears, and that is said
        own = Compare(">=", Name("deadband"), noise)  # the point's own deadband is its owner's matter
        usual = [(Compare(">=", Name(n), Arith("*", Num(share), Name("span"))), True) for n, share in linted.settings.usual_place.items()
                 if n in names_of(clear)]  # fmt: skip
        apart = [
            part for part in comparable(subject.when, clear)
            if _of_constants(part) and not reading.can((subject.when, True), (part, True), positive=True)
        ]  # fmt: skip
        wider = [moved(part, noise, subject.rule, back=True) for part in apart]
        return (
            ""
            if any(reading.can((subject.when, True), (part, True), (own, True), *usual, positive=True) for part in wider)
            else None
        )
    if band is None:
        return None if subject.rule.off_delay_s >= linted.settings.off_delay_instead_s else "none"
    negative = reading.can((Compare(">=", band, Num(0.0)), True)) is False  # worse than narrow, and said as such
    return "" if not negative and reading.can((Compare(">=", band, noise), True)) is False else None


def _of_constants(node: Node) -> bool:
    """Whether every comparison is with constants: a band in shares of a mean has no width of its own."""
    return all(is_constant(part.l) or is_constant(part.r) for part in parts_of(node))


CHECK = Check(
    "narrow-band", "warning", run,
    fires="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "0.001 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: pressure-high
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
