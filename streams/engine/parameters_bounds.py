"""What no parameter file may undo, in no region: the sentences of the design that numbers could otherwise quietly break.

Site management never makes red; ageing alone neither; at rest everybody is blue; an emergency is red; serious evidence is at least
yellow; a lost site is at least yellow; somebody has to sign. How strict a place is beyond that is its own decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.domain.strict_yaml import Path
from streams.engine.parameters import Matrix, ProfileMatrix, Section, Signing, level

Beyond = tuple[Path, str, dict[str, object]]
_FLOORS = ("site_lost_floor", "out_of_service_floor")
_CEILINGS = ("aged_ceiling", "management_ceiling")
_SHARES = ("lost_share", "filling_share", "cast_still_share", "launder_empty_share")
_MAY_BE_ZERO = frozenset(("attention_after_s", "gas_age_s", "serious_age_s", "flame_confirm_s", "mould_cutoff_s",
                          "own_alarm_unseen_s", "near_cause_window_s", "platform_credit_max_s", "same_run_s", "clock_slack_s",
                          "calibration_ahead_s", "night_from_s", "night_until_s", "flap_low", "utc_offset_s"))  # fmt: skip


def beyond(name: str, section: Section | msgspec.Struct) -> Iterator[Beyond]:
    """What of `section` cannot be accepted: where, why."""
    if isinstance(section, Matrix):
        yield from _matrix(section)
    if isinstance(section, Signing):
        yield from _signing(section)
    if name in ("tiers", "holds", "signing", "alarms", "management"):
        yield from _numbers(section)


def _matrix(matrix: Matrix) -> Iterator[Beyond]:
    for profile in ("hazchem", "steel", "aluminium"):
        for code, row in _table(getattr(matrix, profile)):
            yield (profile, "rows"), code, {"row": row}
    for name in _FLOORS:
        if getattr(matrix, name) == "blue":
            yield (name,), "floor", {"field": name}
    for name in _CEILINGS:
        if getattr(matrix, name) == "red":
            yield (name,), "ceiling", {"field": name}


def _table(profile: ProfileMatrix) -> Iterator[tuple[str, int]]:
    rows = [[level(code) for code in row] for row in profile.rows]
    if any(rows[0]):
        yield "rest_is_blue", 0
    if any(cell == level("blue") for cell in rows[2]):
        yield "serious_is_seen", 2
    if any(cell != level("red") for cell in rows[4]):
        yield "emergency_is_red", 4
    for i, row in enumerate(rows):
        if row != sorted(row) or (i and any(a > b for a, b in zip(rows[i - 1], row, strict=True))):
            yield "not_rising", i


def _signing(signing: Signing) -> Iterator[Beyond]:
    for name in ("yellow", "orange", "red"):
        groups = getattr(signing, name)
        if not groups or not all(groups):
            yield (name,), "nobody_signs", {"field": name}


def _numbers(section: Any) -> Iterator[Beyond]:
    for field in msgspec.structs.fields(section):
        value = getattr(section, field.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        least = 0 if field.name in _MAY_BE_ZERO else None
        if value < 0 or (least is None and value == 0):
            yield (field.name,), "too_small", {"field": field.name}
        elif field.name in _SHARES and value >= 1:
            yield (field.name,), "share", {"field": field.name}
