"""How the selectors and effects of two rules stand to each other."""

from __future__ import annotations

from typing import get_args

from streams.engine.rules import Effect, Rule, Select, Severity

SEVERITIES = get_args(Severity)
FIELDS = ("profile", "kind", "chemical", "grade", "device", "quantity", "danger", "unit", "role")


def within(one: Select, other: Select) -> bool:
    """Whether everything that `one` selects is selected by `other` too."""
    for field in FIELDS:
        wanted, allowed = set(getattr(one, field)), set(getattr(other, field))
        if allowed and not (wanted and wanted <= allowed):
            return False
    return set(other.lacks) <= set(one.lacks)


def meet(one: Select, other: Select) -> bool:
    """Whether something can be selected by both."""
    for field in FIELDS:
        mine, theirs = set(getattr(one, field)), set(getattr(other, field))
        if mine and theirs and not mine & theirs:
            return False
    return True


def same_effect(one: Effect, other: Effect) -> bool:
    """Whether both do the very same."""
    if one.evidence or other.evidence:
        return (one.evidence, one.tier, one.side) == (other.evidence, other.tier, other.side)
    return (one.step_up, one.finding) == (other.step_up, other.finding)


def at_least(other: Rule, one: Rule) -> bool:
    """Whether `other` does what `one` does, or something graver, no later and at the same points."""
    mine, theirs = one.effect, other.effect
    if other.status == "sandbox" and one.status != "sandbox":
        return False
    if SEVERITIES.index(other.severity) < SEVERITIES.index(one.severity):
        return False
    if other.on_delay_s > one.on_delay_s or (one.saturation and not other.saturation):
        return False
    if mine.evidence:
        kind = theirs.evidence == mine.evidence and theirs.tier >= mine.tier
        graver = bool(theirs.evidence) and theirs.tier > mine.tier
        return (kind or graver) and theirs.side in (mine.side, "any") and theirs.annunciate >= mine.annunciate
    return same_effect(mine, theirs) and theirs.from_rest >= mine.from_rest
