"""Special work permits as facts: what is under way, for how long, with which gas test, beyond its end (GB 30871)."""

from __future__ import annotations

from collections.abc import Iterator

from streams.domain.messages import WorkPermit
from streams.engine.desk import NEVER
from streams.engine.groups.calendar import day_of
from streams.engine.groups.facts import UNKNOWN, Facts, Since, View, longest
from streams.engine.rulelang.catalogue_events import TESTED_WORK, WORK
from streams.engine.site.permits import LIVE
from streams.engine.state_papers import PermitStory

_GRADED = ("hot_work", "height", "lifting")
_HOUR_MS, _MINUTE_MS = 3_600_000.0, 60_000.0

Live = tuple[WorkPermit, PermitStory]


def kinds_of(permit: WorkPermit) -> tuple[str, ...]:
    """The names under which a permit counts.

    >>> kinds_of(WorkPermit(enterprise="E", permit="1", kind="hot_work", grade="special", state="started", at=0))
    ('hot_work', 'hot_work_special')
    """
    return (permit.kind, f"{permit.kind}_{permit.grade}") if permit.kind in _GRADED and permit.grade else (permit.kind,)


def live_permits(view: View) -> Iterator[Live]:
    """Work that goes on, past its planned end too. A permit that names no source may be anywhere on the site."""
    for number, permit in view.site.permits.items():
        if permit.state in LIVE and view.here(permit.source):
            yield permit, view.site.permit_stories[number]


def work(view: View, facts: Facts) -> int:
    live = list(live_permits(view))
    facts["permit.live"] = float(len(live))
    facts["permit.kinds"] = float(len({p.kind for p, _ in live}))
    facts["permit.crossing"] = float(_crossing([p for p, _ in live]))
    facts["permit.contractor"] = float(sum(p.contractor for p, _ in live))
    facts["permit.no_guardian"] = float(sum(p.guardian is not None and not p.guardian.strip() for p, _ in live))
    facts["permit.overdue_min"] = longest([p.end_at for p, _ in live if p.end_at is not None])
    for name, _, _ in WORK:
        _of_kind(name, [pair for pair in live if name in kinds_of(pair[0])], facts)
    return _upgrade(view, [p for p, _ in live if p.kind == "hot_work"], facts)


def _of_kind(name: str, live: list[Live], facts: Facts) -> None:
    p = f"permit.{name}"
    planned = [
        (w.end_at - (w.start_at if w.start_at is not None else s.started_ms)) / _HOUR_MS for w, s in live if w.end_at is not None
    ]
    facts[f"{p}.live"] = float(len(live))
    facts[f"{p}.hours"] = longest([s.started_ms for _, s in live])
    facts[f"{p}.planned_hours"] = max(planned, default=UNKNOWN if live else 0.0)
    facts[f"{p}.overdue_min"] = longest([w.end_at for w, _ in live if w.end_at is not None])
    if name not in TESTED_WORK:
        return
    stories = [s for _, s in live]
    ages = [(s.started_ms - s.test_at_start_ms) / _MINUTE_MS for s in stories if s.test_at_start_ms]
    tests = [s.test_ms for s in stories if s.test_ms]
    facts[f"{p}.gas_test_age_at_start_min"] = max(ages, default=UNKNOWN if live else 0.0)
    facts[f"{p}.since_test_min"] = Since(min(tests)) if tests else UNKNOWN if live else 0.0
    facts[f"{p}.untested"] = float(sum(not s.test_at_start_ms for s in stories))
    facts[f"{p}.break_min"] = max((s.break_ms / _MINUTE_MS for s in stories), default=0.0)


def _crossing(live: list[WorkPermit]) -> int:
    """Permits that share their area with hot work. Work without an area is not counted: it may be far away."""
    hot = {(p.source, p.area) for p in live if p.kind == "hot_work" and p.area}
    return sum((p.source, p.area) in hot for p in live if p.kind != "hot_work")


def _upgrade(view: View, hot: list[WorkPermit], facts: Facts) -> int:
    """Hot work at times that ask for management one grade up. Special grade is the highest: it cannot be upgraded."""
    day = day_of(view.desk, view.site, view.at_ms)
    asked = [p for p in hot if p.grade != "special"] if day.upgraded else []
    facts["permit.hot_work.not_upgraded"] = float(sum(p.upgraded is False for p in asked))
    facts["permit.hot_work.upgrade_unknown"] = float(sum(p.upgraded is None for p in asked))
    facts["permit.hot_work.outdoor"] = float(sum(p.outdoor is not False for p in hot))
    return day.next_ms if hot else NEVER
