"""A gas reading that falls to nothing at once after second level: a dead detector until a person, or a second point, says otherwise.

A second point is another instrument of the same gas in the same named area with good readings below its first level for the whole
hold time, and with more than the bottom of its range at least once: one that died with the first would read like a clean one.
An unknown area is never the same area here; where it is the graver side that asks (`evidence`), it always is.
"""

from __future__ import annotations

from streams.engine.desk import Desk
from streams.engine.kernels.judge import Judge
from streams.engine.site import outages
from streams.engine.state import PointEntry, Source
from streams.engine.state_alarms import Zero

MARK = "sudden_zero"


def hold(desk: Desk, source: Source, entry: PointEntry, at_ms: int) -> None:
    """What this point has raised, and raises from now on, ends by a person or a second point."""
    desk.zeroed.add(source.id)
    zero = source.zeros.get(entry.id)
    if zero is None:
        zero = source.zeros[entry.id] = Zero(since_ms=at_ms)
    if _is_test(desk, source, entry, at_ms):
        zero.test = True
        return
    _bind(desk, source, entry, at_ms)


def _bind(desk: Desk, source: Source, entry: PointEntry, at_ms: int) -> None:
    source.zeros[entry.id].test = False
    for cause in source.causes.values():
        if entry.id in cause.points:
            if not cause.by_person or MARK in cause.detail:
                cause.detail[MARK] = sorted({*cause.detail.get(MARK, []), entry.code})
            cause.by_person = True
            cause.over_ms = 0
    desk.voice.finding(MARK, source.enterprise, at_ms, subject=f"{entry.code}:{at_ms}", source=source.code, point=entry.code,
                       region=desk.site_of(source).record.region)  # fmt: skip
    desk.touch(source.id)


def _is_test(desk: Desk, source: Source, entry: PointEntry, at_ms: int) -> bool:
    """The end of a bump test: the alarm began in the point's own calibration, nothing agrees, and no cause has come of it."""
    if any(entry.id in cause.points for cause in source.causes.values()) or outages.agreed(desk, source, entry):
        return False
    alarms = [a for a in source.alarms.values() if a.point == entry.id and not a.off_ms]
    since_ms = min((a.since_ms for a in alarms), default=at_ms)
    return outages.tests(desk, entry, since_ms, at_ms)


def release(desk: Desk, source: Source, entry: PointEntry) -> None:
    """The zero is explained: what only it had bound to a person ends by readings again."""
    source.zeros.pop(entry.id, None)
    for cause in source.causes.values():
        held = cause.detail.get(MARK)
        if not held or entry.code not in held:
            continue
        left = [code for code in held if code != entry.code]
        cause.detail = {**cause.detail, MARK: left}
        if not left:
            del cause.detail[MARK]
            cause.by_person = False
    desk.touch(source.id)


def tick(desk: Desk, judge: Judge, at_ms: int) -> None:
    """At a tick, where the columns of the kernels are those of a definite place in the log."""
    for source_id in sorted(desk.zeroed):
        source = desk.source(source_id)
        for point in list(source.zeros):
            _look(desk, judge, source, desk.point(point), at_ms)
        if not source.zeros:
            desk.zeroed.discard(source_id)


def _look(desk: Desk, judge: Judge, source: Source, entry: PointEntry, at_ms: int) -> None:
    zero = source.zeros[entry.id]
    if entry.retired or entry.source != source.id:
        del source.zeros[entry.id]  # a person has the causes; nothing reads here any more
        return
    if zero.test and _is_test(desk, source, entry, at_ms):
        judge.verify((entry.id,))
        release(desk, source, entry)
        return
    if zero.test:
        _bind(desk, source, entry, at_ms)
    if _confirmed(desk, judge, source, entry, zero, at_ms):
        judge.verify((entry.id,))
        desk.voice.finding("zero_confirmed", source.enterprise, at_ms, subject=f"{entry.code}:{zero.since_ms}", source=source.code,
                           region=desk.site_of(source).record.region, point=entry.code,
                           detail={"second": desk.point(zero.second).code, "since_ms": zero.calm_ms})  # fmt: skip
        release(desk, source, entry)


def _confirmed(desk: Desk, judge: Judge, source: Source, entry: PointEntry, zero: Zero, at_ms: int) -> bool:
    """Whether one and the same second point has been calm and alive for the whole hold time."""
    if zero.second < 0 or not _calm(desk, judge, source, entry, desk.point(zero.second), at_ms):
        second = next((p for p in source.points if _calm(desk, judge, source, entry, desk.point(p), at_ms)), -1)
        zero.second, zero.calm_ms, zero.alive = second, at_ms, False
        if second < 0:
            return False
    other = desk.point(zero.second)
    zero.alive = zero.alive or bool(judge.last_value[other.id] > other.point.range_lo)
    holds = desk.policy(source.enterprise).holds
    hold_s = max(float(holds.min_s), holds.periods * max(entry.point.period_s, other.point.period_s))
    return zero.alive and at_ms - zero.calm_ms >= hold_s * 1000


def _calm(desk: Desk, judge: Judge, source: Source, entry: PointEntry, other: PointEntry, at_ms: int) -> bool:
    """Another instrument of the same gas and area, trusted, good and fresh, below its first level, with no alarm of its own."""
    mine, its = entry.point, other.point
    if (
        other.id == entry.id
        or (its.quantity, its.medium) != (mine.quantity, mine.medium)
        or not entry.area
        or other.area != entry.area
    ):
        return False
    if (
        other.removed
        or other.retired
        or other.out_until_ms > at_ms
        or other.id in source.zeros
        or outages.calibrating(desk, other, at_ms)
    ):
        return False
    if its.limits.h is None or any(a.point == other.id and not a.off_ms for a in source.alarms.values()):
        return False
    periods = desk.policy(source.enterprise).holds.periods
    fresh = at_ms - int(judge.last_good_log_ms[other.id]) <= periods * its.period_s * 1000
    return fresh and bool(judge.last_value[other.id] < its.limits.h)
