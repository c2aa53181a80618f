"""Tampering with what is watched and not with values: a limit or range edited shortly before an excess, a point that disappears around
an alarm, a whole site that is cut off at once and at the same hour again, a camera whose picture stands still.

All of it becomes findings for a person to check. The engine's own protection (relaxing waits for a signature, lost data is no recovery)
does not depend on any of this.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from streams.domain.messages import VideoStatus
from streams.engine import presence
from streams.engine.desk import Desk
from streams.engine.site.outages import excused
from streams.engine.state import PointEntry, Site
from streams.engine.truth import points as truth_points
from streams.engine.truth.state import DAY_MS, Edit, Teller, TruthState
from streams.engine.truth.table import Table

_NAMES = ("range_lo", "range_hi", "ll", "l", "h", "hh")


def registered(desk: Desk, state: TruthState, points: Table, teller: Teller, site: Site, at_ms: int) -> None:
    """After a registry record: which limits were edited, which points are gone."""
    window_ms = desk.parameters.truth.edit_window_s * 1000
    for p in [p for s in site.sources for p in desk.source(s).points]:
        if p >= points.n:
            continue  # new: nothing was edited
        entry = desk.point(p)
        before, after = _plain(points["lim"][p].tolist()), _plain(truth_points.limits_of(truth_points.asked(entry)))
        if points["source"][p] >= 0 and _relaxed(before, after):
            state.edits[p] = Edit(at_ms=at_ms, before=before, after=after)
        if not entry.removed:
            points["removed"][p] = 0
        elif not points["removed"][p]:
            points["removed"][p] = at_ms
            alarmed_ms = int(points["alarmed"][p])
            if alarmed_ms and at_ms - alarmed_ms <= window_ms:
                _tell(desk, teller, entry, "removed_after_alarm", at_ms, {"alarm_ms": alarmed_ms, "removed_ms": at_ms})


def alarmed(desk: Desk, state: TruthState, points: Table, teller: Teller, entry: PointEntry, at_ms: int, value: float,
            limit: float) -> None:  # fmt: skip
    """A point alarm begins: what was changed about the point shortly before is named with it."""
    points["alarmed"][entry.id] = at_ms
    window_ms = desk.parameters.truth.edit_window_s * 1000
    edit = state.edits.get(entry.id)
    if edit is not None and at_ms - edit.at_ms <= window_ms:
        changed = {n: [b, a] for n, b, a in zip(_NAMES, edit.before, edit.after, strict=True) if b != a}
        _tell(desk, teller, entry, "edited_before_excess", at_ms,
              {"edited_ms": edit.at_ms, "changed": changed, "value": value, "limit": limit})  # fmt: skip
    removed_ms = int(points["removed"][entry.id])
    if removed_ms and at_ms - removed_ms <= window_ms:
        _tell(desk, teller, entry, "removed_before_alarm", at_ms, {"removed_ms": removed_ms, "value": value, "limit": limit})


def forget(desk: Desk, state: TruthState, at_ms: int) -> None:
    """Once an hour: edits and cuts that nothing can refer to any more."""
    p = desk.parameters.truth
    state.edits = {k: e for k, e in state.edits.items() if at_ms - e.at_ms <= p.edit_window_s * 1000}
    kept = {code: [c for c in cuts if at_ms - c <= p.cut_days * DAY_MS] for code, cuts in state.cuts.items()}
    state.cuts = {code: cuts for code, cuts in kept.items() if cuts}


def minute(desk: Desk, silence: presence.Presence, state: TruthState, teller: Teller, at_ms: int) -> None:
    """Sites that were lost since the last minute, and those that are back."""
    for site in desk.state.sites.values():
        if site.lost and site.code not in state.lost:
            state.lost[site.code] = at_ms
            _cut(desk, silence, state, teller, site, at_ms)
        elif not site.lost and site.code in state.lost:
            del state.lost[site.code]


def _cut(desk: Desk, silence: presence.Presence, state: TruthState, teller: Teller, site: Site, at_ms: int) -> None:
    """All signals of a site are gone. All at once? At the same hour as before?"""
    p = desk.parameters.truth
    ids = [i for s in site.sources for i in desk.source(s).points if not excused(desk, desk.point(i), at_ms)]
    last = desk.judge.last_log_ms[np.array(ids, np.int64)] if ids else np.zeros(0, np.int64)
    last = last[last > 0]
    if len(last) < 2:
        return
    ends = np.sort(last)
    ends = ends[len(ends) // 20 :]  # up to a twentieth of the points may have been silent before
    began_ms, ended_ms = int(ends[0]), int(ends[-1])
    if ended_ms - began_ms > p.cut_within_s * 1000:
        return
    before = state.cuts.setdefault(site.code, [])
    offset_ms = desk.parameters.day.utc_offset_s * 1000
    same = [
        c
        for c in before
        if _apart(c + offset_ms, ended_ms + offset_ms) <= p.cut_same_hour_s * 1000 and ended_ms - c > DAY_MS // 2
    ]
    before.append(ended_ms)
    detail = {"points": len(last), "first_ms": began_ms, "last_ms": ended_ms, "within_s": (ended_ms - began_ms) / 1000}
    teller.tell("site_cut", site.code, str(ended_ms), at_ms, detail)
    if len(same) + 1 >= p.cut_times:
        teller.tell("site_cut_again", site.code, "", at_ms, detail | {"times": len(same) + 1, "earlier_ms": same})


def _apart(a_ms: int, b_ms: int) -> int:
    """How far two times of day are apart, across midnight too."""
    d = abs(a_ms - b_ms) % DAY_MS
    return min(d, DAY_MS - d)


def pictures(desk: Desk, state: TruthState, teller: Teller, site: Site, status: VideoStatus, at_ms: int) -> None:
    """A camera that says it is online and sends the same picture for minutes shows a photograph."""
    for code, state_ in zip(status.cameras, status.states, strict=False):
        camera, picture = site.cameras.get(code), status.pictures.get(code, "")
        key = f"{site.code}|{code}"
        if camera is None or state_ != "online" or not picture:
            state.pictures.pop(key, None)
            continue
        before, since_ms = state.pictures.get(key, ("", at_ms))
        if before != picture:
            state.pictures[key] = (picture, at_ms)
        elif at_ms - since_ms >= desk.parameters.truth.frozen_picture_s * 1000:
            teller.tell("camera_frozen", site.code, code, at_ms, {"picture": picture, "since_ms": since_ms},
                        source=desk.source(camera.source).code, camera=code)  # fmt: skip


def _tell(desk: Desk, teller: Teller, entry: PointEntry, code: str, at_ms: int, detail: dict[str, Any]) -> None:
    """Also of points that are gone, which is the point of some of them."""
    facts = {"quantity": entry.point.quantity, "unit": entry.point.unit, **detail}
    teller.tell(code, entry.enterprise, entry.code, at_ms, facts, source=desk.source(entry.source).code, point=entry.code)


def _relaxed(before: list[float | None], after: list[float | None]) -> bool:
    """Another range, or a limit that is gone or further out. Who tightens hides nothing."""
    if before[:2] != after[:2]:
        return True
    for i, (b, a) in enumerate(zip(before, after, strict=True)):
        if i >= truth_points.LL and b is not None and (a is None or (a > b if i >= truth_points.H else a < b)):
            return True
    return False


def _plain(values: list[float]) -> list[float | None]:
    return [None if math.isnan(v) else v for v in values]
