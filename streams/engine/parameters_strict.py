"""What of new parameters may act before an approver has signed: tightening at once, everything else stays as it is in force.

Each number has its direction here; one whose direction is not known counts as relaxing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from streams.engine.episodes.ladders import stricter
from streams.engine.parameters import Matrix, Parameters, ProfileMatrix, level

Choose = Callable[[Any, Any], Any]


def strictest(confirmed: Parameters, wanted: Parameters) -> Parameters:
    """What may be used of `wanted` without an approver; `wanted` itself where that relaxes nothing.

    Of sets with regions only the numbers for everywhere are compared: what a place has is `policies.policy_of`.
    """
    replaced: dict[str, Any] = {"matrix": _worst_matrix(confirmed.matrix, wanted.matrix)}
    for section, fields in _DIRECTIONS.items():
        old, new = getattr(confirmed, section), getattr(wanted, section)
        values = {name: choose(getattr(old, name), getattr(new, name)) for name, choose in fields.items()}
        replaced[section] = msgspec.structs.replace(old, **values)
    merged = msgspec.structs.replace(confirmed, ladders=stricter(confirmed.ladders, wanted.ladders), **replaced)
    named = msgspec.structs.replace(merged, versions=wanted.versions, regions=wanted.regions)
    return wanted if named == wanted else merged


def _more(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The longer of two lists that each name what counts; both, where neither has all of the other."""
    return new if set(old) <= set(new) else (*old, *(item for item in new if item not in old))


def _fewer(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Who may do something: those whom both name."""
    return new if set(new) <= set(old) else tuple(item for item in old if item in new) or old


def _harder(old: tuple[tuple[str, ...], ...], new: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Groups of which one each must sign: the new ones where whoever satisfies them satisfies the old ones too."""
    return new if all(any(set(group) <= set(of) for group in new) for of in old) else old


_DIRECTIONS: dict[str, dict[str, Choose]] = {
    "tiers": {
        "attention_after_s": min, "alarm_due_s": min, "gas_age_s": min, "serious_age_s": min, "flame_confirm_s": min,
        "fire_window_s": max, "mould_cutoff_s": min,
        "mould_freezes_s": max, "cast_still_share": min, "launder_empty_share": min,
        "filling_share": min, "two_sources_window_s": max, "loss_window_s": max,
        "lost_share": min, "own_alarm_unseen_s": min,
    },
    "holds": {
        "min_s": max, "periods": max, "stale_periods": min, "stale_min_s": min, "near_cause_periods": min, "near_cause_min_s": min,
        "near_cause_window_s": max, "platform_credit_max_s": min, "camera_silent_s": min,
    },
    "management": {
        "items": _more, "from_rest": _more, "weather_valid_s": max, "positioning_age_s": max, "video_age_s": max,
    },
    "signing": {
        "yellow": _harder, "orange": _harder, "red": _harder, "unanswered_s": max, "out_of_service_max_s": min, "shelve_max_s": min,
        "shelve_graver": _fewer, "request_valid_s": min, "action_valid_s": min, "clock_slack_s": min, "calibration_ahead_s": max,
        "calibration_max_s": min,
    },
    "alarms": {"overdue_repeat_s": min, "standing_s": min, "same_run_s": max, "returned_keep_s": max},
}  # fmt: skip


def _worst_matrix(a: Matrix, b: Matrix) -> Matrix:
    worst: dict[str, Any] = {}
    for profile in ("hazchem", "steel", "aluminium"):
        old, new = getattr(a, profile), getattr(b, profile)
        rows = tuple(
            tuple(max(x, y, key=level) for x, y in zip(r, s, strict=True)) for r, s in zip(old.rows, new.rows, strict=True)
        )
        worst[profile] = ProfileMatrix(rows=rows)  # type: ignore[arg-type]
    for name in ("site_lost_floor", "out_of_service_floor", "aged_ceiling", "management_ceiling"):
        worst[name] = max(getattr(a, name), getattr(b, name), key=level)
    return Matrix(**worst)
