"""All checks, in the order of the document."""

from __future__ import annotations

from typing import Final

from backfill.lint.check import Check
from backfill.lint.checks import (
    always_holds,
    clear_above_raise,
    contradictory,
    delay_outlives_window,
    deprecated,
    evidence_of_other_quantity,
    missing_reference,
    narrow_band,
    never_applies,
    never_clears,
    no_owner,
    overlapping,
    redundant_part,
    runbook,
    severity_of_tier,
    shadowed,
    slow_alarm,
    threshold_outside_range,
    titles,
    unit_mismatch,
    unknown_item,
    unreachable,
    untested,
    window_longer_than_retention,
    wrong_side,
)

CHECKS: Final[tuple[Check, ...]] = tuple(
    module.CHECK
    for module in (
        unreachable, contradictory, always_holds, redundant_part, threshold_outside_range, never_applies, unit_mismatch, wrong_side,
        evidence_of_other_quantity, clear_above_raise, never_clears, narrow_band, shadowed, overlapping, slow_alarm,
        delay_outlives_window, window_longer_than_retention, untested, no_owner, missing_reference, runbook, titles, deprecated,
        severity_of_tier, unknown_item,
    )
)  # fmt: skip
BY_ID: Final = {check.id: check for check in CHECKS}
