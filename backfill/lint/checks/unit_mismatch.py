"""A unit that no selected point can have. The type checker refuses what can never be compared; this is what it leaves: units of the
selector that do not fit its quantities, and numbers that fit the quantities but none of the selected units."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.ground import Subject
from backfill.lint.kinds import kinds_of, measures
from backfill.lint.reading import parts_of
from backfill.lint.solving import is_own
from streams.domain.problems import Problem
from streams.engine.rulelang.measures import literal_in, unit_dimension
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Num, walk


def run(linted: Linted) -> Iterator[Problem]:
    for subject in linted.subjects:
        yield from _selected(subject)
        yield from _written(subject)


def _selected(subject: Subject) -> Iterator[Problem]:
    """Each unit of the selector must fit one quantity of it, and each quantity one unit."""
    select = subject.rule.select
    for unit in select.unit if select.quantity else ():
        if not any(measures(q, unit) for q in select.quantity):
            yield subject.problem(subject.at("select", "unit"), "unit-mismatch", "error", "selected", unit=unit,
                                  quantities=", ".join(select.quantity))  # fmt: skip
    for quantity in select.quantity if select.unit else ():
        if not any(measures(quantity, unit) for unit in select.unit):
            yield subject.problem(subject.at("select", "quantity"), "unit-mismatch", "error", "quantity", quantity=quantity,
                                  units=", ".join(select.unit))  # fmt: skip


def _written(subject: Subject) -> Iterator[Problem]:
    """A number with a unit that no kind of point converts is never compared with a value."""
    if subject.rule.scope != "point" or not subject.rule.select.unit:
        return
    kinds = [kind for kind in kinds_of(subject.rule, list(subject.trees.values())) if kind.unit]
    selected = {unit_dimension(kind.unit) for kind in kinds}
    for key, tree in subject.trees.items():
        own = [n for c in parts_of(tree) if is_own(c) for n in walk(c)] if key != "deadband" else walk(tree)
        for part in own:
            if not isinstance(part, Num) or not part.unit or unit_dimension(part.unit) in ("time", None):
                continue
            if selected and not any(literal_in(part, kind.unit, True) is not None for kind in kinds):
                yield subject.problem(subject.within(key, part), "unit-mismatch", "error", number=show(part),
                                      units=", ".join(subject.rule.select.unit))  # fmt: skip


CHECK = Check(
    "unit-mismatch", "error", run,
    fires="""
  - id: tank-hot
    select: {quantity: [temperature], unit: [kPa]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: tank-hot
    select: {quantity: [temperature], unit: ["℃"]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
