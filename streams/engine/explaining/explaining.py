"""Why a source has its level: everything that decides it, read off the state without changing anything (RSK-2, "explain at T").

The same functions that decide are asked here: what a cause makes comes from `matrix.cell`, what lifts it from `management`, what is
due from the ladder. Nothing is worked out a second time. The smallest change that lowers the level is in `lowering`.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.domain.explanation import AlarmNow, CauseNow, Explanation, PointNow, Term, Timer
from streams.domain.outputs import Reason
from streams.domain.scale import Flag, Grade, Level, Quality
from streams.engine import causes, evidence, presence
from streams.engine.desk import NEVER, Desk
from streams.engine.engine import Engine
from streams.engine.episodes import telling
from streams.engine.episodes.ladder import stories
from streams.engine.explaining import ends, lowering
from streams.engine.kernels import layout as at
from streams.engine.matrix import cell, tier_in_force
from streams.engine.scores import score_of
from streams.engine.state import Cause, PointEntry, Source


def explain(engine: Engine, enterprise: str, source: str) -> Explanation:
    """Everything that decides the level of `source` (empty: the site source) now, at the engine's log time.

    Raises KeyError when this engine does not know the enterprise or the source.
    """
    desk, at_ms = engine.desk, engine.state.log_ms
    site = desk.state.sites[enterprise]
    found = desk.source_named(site, source) or _site_source(desk, enterprise, source)
    if found is None:
        raise KeyError(source)
    return _explained(engine, desk, found, at_ms)


def _site_source(desk: Desk, enterprise: str, code: str) -> Source | None:
    own = desk.site_source(desk.state.sites[enterprise])
    return own if own.code == code else None


def _explained(engine: Engine, desk: Desk, source: Source, at_ms: int) -> Explanation:
    told = telling.reasons(desk, source, False, at_ms)
    by_cause = {r.cause: r for r in told}
    items = tuple(r for r in told if r.code.startswith("cause.management_"))
    points = tuple(_points(engine, desk, source, at_ms))
    return Explanation(
        enterprise=source.enterprise, source=source.code, name=source.name, at_ms=at_ms, level=Level(source.level).code,
        target=Level(source.base).code, since_ms=source.since_ms, grade=source.grade, column=Grade(source.column).code,
        key_column=bool(source.grade) and source.column > Grade[source.grade], episode=source.episode.id if source.episode else "",
        causes=tuple(_cause(desk, source, c, by_cause[c.id], at_ms) for c in _gravest_first(source)), items=items, lifted=source.lifted,
        alarms=tuple(_alarms(engine, desk, source, at_ms)), points=points, quiet_points=len(source.points) - len(points),
        timers=tuple(sorted(_timers(engine, desk, source, at_ms), key=lambda t: (t.at_ms, t.what, t.about))),
        terms=tuple(_terms(desk, source, at_ms)), versions=_versions(engine, source), change=lowering.smallest(desk, source, at_ms),
    )  # fmt: skip


def _versions(engine: Engine, source: Source) -> dict[str, str]:
    """Of everything that decides; with the regions whose numbers count here."""
    desk = engine.desk
    places = [tuple(place) for place in desk.site_of(source).places]
    regional = desk.in_force.names(places[::-1])
    return engine.versions() | ({"policy": ", ".join(regional)} if regional else {})


def _gravest_first(source: Source) -> list[Cause]:
    return sorted(source.causes.values(), key=lambda c: (-tier_in_force(c), c.opened_ms, c.id))


def _cause(desk: Desk, source: Source, cause: Cause, reason: Reason, at_ms: int) -> CauseNow:
    profile = desk.site_of(source).record.profile
    ages_ms = causes.ages_at(desk, source, cause)
    return CauseNow(
        reason=reason, makes=cell(cause, source.column, desk.policy(source.enterprise).matrix, profile).code, tier=tier_in_force(cause),
        aged=cause.aged, ages_ms=0 if ages_ms >= NEVER else ages_ms, end=ends.end_of(desk, source, cause),
        tested_by=next((_filed(desk, desk.point(p), at_ms) for p in cause.points if _filed(desk, desk.point(p), at_ms)), ""),
    )  # fmt: skip


def _filed(desk: Desk, entry: PointEntry, at_ms: int) -> str:
    """Ids of what is filed for that point and running."""
    site = desk.state.sites[entry.enterprise]
    running = [o.outage.id for o in site.outages.values()
               if not o.refused and o.start_ms <= at_ms < o.end_ms and entry.id in o.points]  # fmt: skip
    return ", ".join(running)


# --- alarms and points ------------------------------------------------------------------------------------------------------
def _alarms(engine: Engine, desk: Desk, source: Source, at_ms: int) -> Iterator[AlarmNow]:
    counted = {key for key, _, _ in evidence.counted(desk, source, at_ms)}
    shelves = desk.site_of(source).shelves
    for key, alarm in source.alarms.items():
        if alarm.off_ms:
            continue
        entry = desk.point(alarm.point)
        opens_ms = evidence.opens_ms(desk, alarm) if key in counted else 0
        shelf = shelves.get(alarm.point)
        yield AlarmNow(
            point=entry.code, rule=alarm.rule, version=alarm.version, tier=alarm.tier, since_ms=alarm.since_ms, value=alarm.value,
            limit=alarm.limit, unit=entry.point.unit, due_ms=alarm.due_ms, overdue=alarm.overdue,
            acknowledged_by=alarm.acknowledged_by, shelved_until_ms=shelf.until_ms if shelf is not None else 0,
            counts_from_ms=opens_ms if opens_ms > at_ms else 0, harmless="" if key in counted else _harmless(desk, source, key, at_ms),
        )  # fmt: skip


def _harmless(desk: Desk, source: Source, key: str, at_ms: int) -> str:
    """Why an alarm makes no level."""
    alarm = source.alarms[key]
    entry = desk.point(alarm.point)
    if not alarm.tier:
        return "tier"
    if entry.out_until_ms > at_ms:
        return "out_of_service"
    return "side" if not evidence.dangerous(alarm, entry) else "calibration"


def _points(engine: Engine, desk: Desk, source: Source, at_ms: int) -> Iterator[PointNow]:
    """Points about which there is something to say."""
    judge = engine.judge
    shelves = desk.site_of(source).shelves
    in_alarm = {a.point for a in source.alarms.values() if not a.off_ms}
    for point in source.points:
        entry = desk.point(point)
        heard_ms = int(judge.last_log_ms[point])
        silent_ms = at_ms - (heard_ms or entry.since_ms)
        patience_ms = presence.patience_ms(desk, entry, source.sharp)
        flags = Flag(int(judge.flags[point]))
        filed = _filed(desk, entry, at_ms)
        shelved = shelves[point].until_ms if point in shelves else 0
        told = (point in in_alarm or flags or silent_ms > patience_ms or entry.out_until_ms > at_ms or shelved or filed
                or entry.wanted is not None or entry.removed)  # fmt: skip
        if entry.retired or not told:
            continue
        limits = entry.point.limits
        yield PointNow(
            point=entry.code, quantity=entry.point.quantity, unit=entry.point.unit, at_ms=heard_ms,
            value=float(judge.last_value[point]) if heard_ms else None, quality=Quality(int(judge.quality[point])).name.lower(),
            flags=tuple(f.name or "" for f in Flag if f and f in flags), ll=limits.ll, l=limits.l, h=limits.h, hh=limits.hh,
            silent_s=silent_ms / 1000 if silent_ms > patience_ms else 0.0, shelved_until_ms=shelved,
            out_until_ms=entry.out_until_ms if entry.out_until_ms > at_ms else 0, filed=filed,
            asked_relaxed=entry.wanted is not None or entry.removed,
        )  # fmt: skip


# --- what time will bring ---------------------------------------------------------------------------------------------------
def _timers(engine: Engine, desk: Desk, source: Source, at_ms: int) -> Iterator[Timer]:
    for cause in source.causes.values():
        ages_ms = causes.ages_at(desk, source, cause)
        if at_ms < ages_ms < NEVER:
            yield Timer(what="ages", at_ms=ages_ms, about=cause.id)
        if cause.over_ms and not cause.broken_ms:
            yield Timer(
                what="hold_ends", at_ms=cause.hold_from_ms + int(causes.hold_s(desk, source, cause) * 1000), about=cause.id
            )
        elif cause.over_ms:
            yield Timer(what="hold_waits", at_ms=at_ms, about=cause.id)
    for alarm in source.alarms.values():
        if not alarm.off_ms and not alarm.overdue:
            yield Timer(what="alarm_due", at_ms=alarm.due_ms, about=f"{desk.point(alarm.point).code} {alarm.rule}")
    if source.lift_until_ms > at_ms:
        yield Timer(what="lift_ends", at_ms=source.lift_until_ms)
    for episode in stories(source):
        for due in telling.upcoming(telling.ladder_of(desk, source), episode):
            yield Timer(what=f"ladder_{due.kind}", at_ms=due.at_ms, about=due.step)
    yield from _delays(engine, desk, source, at_ms)


def _delays(engine: Engine, desk: Desk, source: Source, at_ms: int) -> Iterator[Timer]:
    """Delays of rules at points that are running now. They run on event time; here as if the next reading came at log time."""
    for point in source.points:
        for slot in engine.judge.slots(point):
            if slot.state not in (at.PENDING_ON, at.PENDING_OFF):
                continue
            rule, _ = desk.rules[slot.rule]
            on = slot.state == at.PENDING_ON
            due_ms = slot.since_log_ms + (slot.on_ms if on else slot.off_ms)
            yield Timer(
                what="on_delay" if on else "off_delay", at_ms=max(due_ms, at_ms), about=f"{desk.point(point).code} {rule.id}"
            )


def _terms(desk: Desk, source: Source, at_ms: int) -> Iterator[Term]:
    scored = score_of(desk, source, at_ms)
    yield Term(name="score", value=scored.score)
    yield Term(name="inherent", value=source.inherent)
    yield Term(name="r", value=source.r)
    yield Term(name="activity", value=scored.activity)
    yield Term(name="management", value=scored.management)
    if source.stock_share is not None:
        yield Term(name="stock", value=source.stock_share)
