"""Two rules that raise the same of the same points at the same moment: one alarm said twice, and nobody knows which number counts."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check, Linted
from backfill.lint.checks.shadowed import shadows
from backfill.lint.ground import Subject
from backfill.lint.reading import features_of
from backfill.lint.selecting import meet, same_effect
from streams.domain.problems import Problem
from streams.engine.rulelang.outside import names_of


def run(linted: Linted) -> Iterator[Problem]:
    for one, other in linted.ground.pairs():
        if one.rule.id > other.rule.id and _overlap(linted, one, other):
            yield one.problem(one.at("when"), "overlapping", "warning", other=other.rule.id, at=f"{other.file}:{other.rule.line}")


def _overlap(linted: Linted, one: Subject, other: Subject) -> bool:
    if not one.rule.effect.evidence or not same_effect(one.rule.effect, other.rule.effect):
        return False
    if one.rule.status == "sandbox" or other.rule.status == "sandbox" or not meet(one.rule.select, other.rule.select):
        return False
    if features_of(one.when) != features_of(other.when) or _apart(one, other):
        return False
    if shadows(linted, one, other) or shadows(linted, other, one):
        return False
    return linted.reading(one).can((one.when, True), (other.when, True)) is True


def _apart(one: Subject, other: Subject) -> bool:
    """One is for points that lack what the other holds the value against."""
    lacked, others = ({f"limit.{name}" for name in s.rule.select.lacks} for s in (one, other))
    return bool(lacked & names_of(other.when) or others & names_of(one.when))


CHECK = Check(
    "overlapping", "warning", run,
    fires="""
  - id: level-high
    select: {quantity: [level], kind: [tank_farm]}
    when: "value >= range(0.9)"
    deadband: "0.01 * span"
    on_delay_s: 30
    effect: {evidence: h, tier: 1}
  - id: level-limit
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    on_delay_s: 30
    effect: {evidence: h, tier: 1}
""",
    silent="""
  - id: level-high
    select: {quantity: [level], kind: [tank_farm], lacks: [h]}
    when: "value >= range(0.9)"
    deadband: "0.01 * span"
    on_delay_s: 30
    effect: {evidence: h, tier: 1}
  - id: level-limit
    select: {quantity: [level]}
    when: "value >= limit.h"
    deadband: "0.01 * span"
    on_delay_s: 30
    effect: {evidence: h, tier: 1}
""",
)  # fmt: skip
