"""How a site runs, as facts: filed outages, starts and stops, missing data, alarms of its own system against ours, what it holds."""

from __future__ import annotations

import numpy as np

from streams.engine.desk import NEVER
from streams.engine.groups.facts import UNKNOWN, Facts, View, longest
from streams.engine.groups.papers import DAY_S, local_day
from streams.engine.site.management import date_text
from streams.engine.site.outages import excused

LIMITS = ("h", "hh", "l", "ll", "gas_1", "gas_2")
_GRADES = ("I", "II", "III", "IV")
_NAMES = {"outage": "outage.live", "calibration": "calibration.live", "drill": "drill.live"}


def outages(view: View, facts: Facts) -> int:
    """Filed records that are running for points of the view."""
    at_ms = view.at_ms
    points = {p for s in view.sources for p in s.points}
    running = [o for o in view.site.outages.values() if not o.refused and o.start_ms <= at_ms < o.end_ms
               and (view.whole or not o.points or points.intersection(o.points))]  # fmt: skip
    for kind, name in _NAMES.items():
        facts[name] = float(sum(o.outage.kind == kind for o in running))
    known = view.desk.state.points
    entries = [known[p] for p in points if not (known[p].removed or known[p].retired)]
    covered = sum(excused(view.desk, e, at_ms) for e in entries) if running else 0
    facts["outage.share"] = covered / len(entries) if entries else UNKNOWN
    moving = [o.start_ms for o in running if o.outage.kind in ("start_up", "shut_down")]
    today = view.site.commitments.get(date_text(local_day(view.desk, at_ms)))
    declared = today is not None and bool(today.start_stop)
    facts["start_stop.running"] = float(bool(moving) or declared)
    facts["start_stop.hours"] = longest(moving)
    offset_s = view.desk.parameters.day.utc_offset_s
    midnight_ms = ((local_day(view.desk, at_ms) + 1) * DAY_S - offset_s) * 1000
    turns = [t for o in view.site.outages.values() for t in (o.start_ms, o.end_ms) if t > at_ms]
    return min([midnight_ms if declared else NEVER, *turns])


def lost(view: View, facts: Facts) -> int:
    """Shares of points without data. Changes when presence says so, or when what is expected of a point changes."""
    ids = [p for s in view.sources for p in s.points]
    facts["lost.share_unfiled"] = facts["stale.share"] = UNKNOWN
    if not ids:
        return NEVER
    points, known = np.array(ids, np.int64), view.desk.state.points
    silence = view.silence
    expected = silence.expected[points] != 0
    stale = (silence.stale[points] != 0) & expected
    registered = sum(not (known[p].removed or known[p].retired) for p in ids)
    if expected.any():
        facts["lost.share_unfiled"] = float(stale.sum()) / float(expected.sum())
    if registered:
        facts["stale.share"] = float(stale.sum() + (registered - expected.sum())) / registered
    return NEVER


def own_alarms(view: View, facts: Facts) -> int:
    """Alarms of the enterprise's own system and ours, both ways, each given time to agree (ING-14)."""
    site, at_ms = view.site, view.at_ms
    wait_ms = view.desk.policy(view.site.code).tiers.own_alarm_unseen_s * 1000
    ours = {view.desk.point(a.point).code: a.since_ms for s in view.sources for a in s.alarms.values()
            if not a.off_ms and a.evidence in LIMITS}  # fmt: skip
    theirs = {code: own.since_ms for code, own in site.own_alarms.items()
              if view.owns(view.desk.point(own.point).source)}  # fmt: skip
    facts["own_alarm.live"] = float(len(theirs))
    facts["own_alarm.only_theirs"] = float(_past(theirs, ours, wait_ms, at_ms))
    heard = site.own_alarms_heard_ms > 0
    facts["own_alarm.only_ours"] = float(_past(ours, theirs, wait_ms, at_ms)) if heard else UNKNOWN
    alone = [t + wait_ms for a, b in ((ours, theirs), (theirs, ours)) for code, t in a.items() if code not in b]
    return min((t for t in alone if t > at_ms), default=NEVER)


def _past(those: dict[str, int], others: dict[str, int], wait_ms: int, at_ms: int) -> int:
    return sum(code not in others and at_ms >= since_ms + wait_ms for code, since_ms in those.items())


def alarms(view: View, facts: Facts) -> int:
    on = [a for s in view.sources for a in s.alarms.values() if not a.off_ms]
    facts["alarm.open"] = float(len(on))
    facts["alarm.overdue"] = float(sum(a.overdue for a in on))
    return NEVER


def holdings(view: View, facts: Facts) -> int:
    """What the registry says of the sources; of an enterprise the worst of them."""
    shares = [s.stock_share for s in view.sources if s.stock_share is not None]
    grades = [1.0 + _GRADES.index(s.grade) for s in view.sources if s.grade in _GRADES]
    records = [s.record for s in view.sources if s.record is not None]
    facts["stock.share"] = max(shares, default=UNKNOWN)
    facts["grade"] = min(grades, default=UNKNOWN)
    facts["key_process"] = float(any(r.key_process for r in records))
    facts["people"] = float(max((r.people for r in records), default=0))
    wells = [s for s in view.sources if s.kind == "casting_well"]
    unheard = any(s.cast.phase == "" for s in wells)  # the very first readings come before anybody could look at them
    facts["casting"] = float(not all(s.cast_still for s in wells))
    facts["cast_still"] = UNKNOWN if unheard else float(bool(wells) and all(s.cast_still for s in wells))
    facts["cast_over"] = UNKNOWN if unheard else float(bool(wells) and all(s.cast_over for s in wells))
    return NEVER
