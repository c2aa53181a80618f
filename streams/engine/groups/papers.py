"""What an enterprise declares, held against what is known of it: commitment and permits, units and outages, rates and records.

A declaration that agrees proves nothing, so nothing here ever lowers anything; a difference is what rules ask for.
"""

from __future__ import annotations

from streams.domain.messages import Commitment, PreventionIndicator
from streams.engine.desk import NEVER, Desk
from streams.engine.groups.facts import UNKNOWN, Facts, Since, View
from streams.engine.site.management import date_text
from streams.engine.site.permits import LIVE
from streams.engine.state import Site

DAY_S = 86_400
WEEK_DAYS = 7
_GRADES = ("blue", "yellow", "orange", "red")
_DECLARED_AS = {"height": "height_work"}  # the field of the commitment, where it has another name than the kind of work
_COUNTED = ("hot_work_special", "hot_work_1", "hot_work_2", "confined_space", "blind_plate", "height", "lifting", "temporary_power",
            "excavation", "road_closure")  # fmt: skip


def local_day(desk: Desk, at_ms: int) -> int:
    return (at_ms // 1000 + desk.parameters.day.utc_offset_s) // DAY_S


def count_permits(desk: Desk, site: Site, at_ms: int) -> None:
    """Remember what was live at some time of the local day: the commitment speaks of the whole day."""
    day = local_day(desk, at_ms)
    if day != site.permits_day:
        site.permits_day, site.permits_of_day = day, {}
    for number, permit in site.permits.items():
        if permit.state in LIVE:
            graded = f"hot_work_{permit.grade}" if permit.kind == "hot_work" and permit.grade else permit.kind
            site.permits_of_day[number] = graded


def commitment(view: View, facts: Facts) -> int:
    desk, site, at_ms = view.desk, view.site, view.at_ms
    day = local_day(desk, at_ms)
    if site.permits_day != day:
        count_permits(desk, site, at_ms)
    date = date_text(day)
    state, said = site.commitment_states.get(date, ""), site.commitments.get(date)
    for name in ("missing", "late", "incomplete"):
        facts[f"commitment.{name}"] = float(state == name)
    for name in ("start_stop", "trial_production", "major_hidden_danger"):
        declared = getattr(said, name) if said is not None else None
        facts[f"commitment.{name}"] = UNKNOWN if declared is None else float(declared)
    jobs, grade = (said.contractor_jobs, said.risk_grade) if said is not None else (None, None)
    facts["commitment.contractor_jobs"] = UNKNOWN if jobs is None else float(jobs)
    facts["commitment.risk_grade"] = UNKNOWN if grade is None else 1.0 + _GRADES.index(grade)
    facts["commitment.units_mismatch"] = _units(view, said)
    _undeclared(site, said, facts)
    midnight_ms = ((day + 1) * DAY_S - desk.parameters.day.utc_offset_s) * 1000
    turns = [t for o in site.outages.values() for t in (o.start_ms, o.end_ms) if t > at_ms]
    return min([midnight_ms, *turns])


def _undeclared(site: Site, said: Commitment | None, facts: Facts) -> None:
    """Permits of the day beyond the declared number, by kind. Without a commitment nothing can be compared."""
    total = 0.0
    live = list(site.permits_of_day.values())
    for kind in _COUNTED:
        declared = getattr(said, _DECLARED_AS.get(kind, kind)) if said is not None else None
        over = None if declared is None else float(max(0, live.count(kind) - declared))
        facts[f"commitment.undeclared.{kind}"] = over
        total += over or 0.0
    facts["commitment.undeclared"] = UNKNOWN if said is None else total


def _units(view: View, said: Commitment | None) -> float | None:
    """How many of these do not hold: the parts add up to the total; the total is the registered units; units whose filed outage
    runs are not declared as running."""
    if said is None:
        return UNKNOWN
    counts = (said.units_total, said.units_running, said.units_stopped, said.units_overhaul)
    total, running, stopped, overhaul = counts
    if total is None or running is None or stopped is None or overhaul is None:
        return UNKNOWN
    units = [s for s in view.sources if s.kind == "process_unit" and not s.removed]
    down = sum(_down(view, source.points) for source in units)
    wrong = int(total != running + stopped + overhaul)
    if units:
        wrong += int(total != len(units)) + int(running > len(units) - down)
    return float(wrong)


def _down(view: View, points: list[int]) -> bool:
    """Whether a filed outage covers every point of a unit right now."""
    covered = {p for o in view.site.outages.values() if not o.refused and o.outage.kind == "outage"
               and o.start_ms <= view.at_ms < o.end_ms for p in o.points}  # fmt: skip
    return bool(points) and covered.issuperset(points)


def prevention(view: View, facts: Facts) -> int:
    """Rates as reported, and again from the counts and records behind them (双重预防)."""
    told = view.site.prevention
    names = ("risk_analysis", "inspection", "rectification", "inspection_recomputed", "rectification_recomputed", "difference",
             "unrecorded", "dangers_open", "age_h")  # fmt: skip
    facts.update({f"prevention.{name}": UNKNOWN for name in names})
    if told is None:
        return NEVER
    facts["prevention.risk_analysis"] = told.risk_analysis
    facts["prevention.inspection"] = told.inspection
    facts["prevention.rectification"] = told.rectification
    inspection, rectification = recomputed(told)
    facts["prevention.inspection_recomputed"], facts["prevention.rectification_recomputed"] = inspection, rectification
    pairs = ((told.inspection, inspection), (told.rectification, rectification))
    facts["prevention.difference"] = max((abs(a - b) for a, b in pairs if b is not None), default=UNKNOWN)
    if told.dangers_due is not None and told.dangers_closed is not None:
        facts["prevention.dangers_open"] = float(max(0, told.dangers_due - told.dangers_closed))
    facts["prevention.unrecorded"] = _unrecorded(view.site, told)
    facts["prevention.age_h"] = Since(view.site.prevention_ms)
    return NEVER


def recomputed(told: PreventionIndicator) -> tuple[float | None, float | None]:
    """Inspection and rectification rates from their counts; nothing due is all done.

    >>> recomputed(PreventionIndicator(enterprise="E", date="2024-01-07", risk_analysis=1.0, inspection=1.0, rectification=1.0,
    ...                                inspections_due=10, inspections_done=8))
    (0.8, None)
    """
    return _rate(told.inspections_done, told.inspections_due), _rate(told.dangers_closed, told.dangers_due)


def _rate(done: int | None, due: int | None) -> float | None:
    if done is None or due is None:
        return None
    return done / due if due > 0 else 1.0


def _unrecorded(site: Site, told: PreventionIndicator) -> float | None:
    """Inspections said to be done in the week that ends with the date, less the patrol records of that week."""
    if told.inspections_done is None or not site.patrol_days:
        return UNKNOWN
    week = sorted(d for d in site.patrol_days if d <= told.date)[-WEEK_DAYS:]
    recorded = sum(site.patrol_days[d] for d in week if _days_apart(d, told.date) < WEEK_DAYS)
    return float(max(0, told.inspections_done - recorded))


def _days_apart(earlier: str, later: str) -> int:
    """
    >>> _days_apart("2024-02-27", "2024-03-01")
    3
    """
    return _day_number(later) - _day_number(earlier)


def _day_number(date: str) -> int:
    year, month, day = (int(part) for part in date.split("-"))
    y, m = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day


def note_patrol(desk: Desk, site: Site, done_ms: int) -> None:
    """Count a patrol on its local day; two weeks are kept."""
    date = date_text(local_day(desk, done_ms))
    site.patrol_days[date] = site.patrol_days.get(date, 0) + 1
    for old in sorted(site.patrol_days)[: -2 * WEEK_DAYS]:
        del site.patrol_days[old]
