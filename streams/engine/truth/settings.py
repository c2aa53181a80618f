"""Numbers of the tests that doubt whether data are true (QUA-4), of the patrol (QUA-5) and of the scores (QUA-1).

A section of the engine parameters, `risk_rules/parameters/truth.yaml`. All of them are proposals of this project.
"""

from __future__ import annotations

import msgspec


class Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    copy_anchors: int = 4  # that many marks of an earlier stretch in a row, none missing, are a copy
    copy_mark_s: int = 900  # about one mark in this time at the point's own period
    copy_stands_s: int = 3600
    twin_within_s: int = 600  # so long after another point a copy of it may come
    day_copy_hours: int = 6  # that many hours in a row equal to those of the day before
    quiet_share: float = 0.05  # roughness below this share of what the point always had: attenuated, or without noise
    quiet_hours: int = 6
    learn_hours: int = 48  # before that a point has no usual roughness
    smooth_ratio: float = 0.02  # second differences as a share of the movement: a drawn line, not a measurement
    pin_share: float = 0.01  # of the span below a limit
    pin_hours: int = 3
    unit_tolerance: float = 0.03  # of the ratio between new and usual values
    unit_minutes: int = 10
    unit_learn_minutes: int = 60
    edit_window_s: int = 86_400  # a limit, range or registration changed that long before an excess is named with it
    cut_days: int = 7  # losses of a whole site are remembered
    cut_same_hour_s: int = 1800
    cut_times: int = 3
    cut_within_s: int = 60  # signals that all stop within this were cut and did not fail one by one
    skew_s: int = 30
    skew_minutes: int = 3
    step_s: int = 10  # a gateway's clock that moves by this from one minute to the next
    backfill_silent_s: int = 600
    backfill_share: float = 0.8
    steady_ms: float = 1.0  # an uplink whose delay varies less than this while those of others do not
    steady_others_ms: float = 20.0
    steady_others: int = 5
    sibling_share: float = 0.05
    sibling_hours: int = 2
    sibling_times: float = 6.0
    frozen_picture_s: int = 600
    per_day: int = 20  # findings of one enterprise and kind on one local day; the rest are counted
    patrol_at_s: int = 28_800  # local time of the daily patrol
    patrol_offline_s: int = 3600
    patrol_complete_min: float = 0.9
    score_due_min: int = 60  # below so many due readings no score is formed, the counts are shown
    weights: tuple[float, float, float, float, float] = (
        0.3,
        0.2,
        0.2,
        0.15,
        0.15,
    )  # true, immediate, complete, normalised, accurate
