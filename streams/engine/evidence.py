"""What holds at a source right now: conditions, computed afresh from alarms, video, interlocks, permits and silence.

A condition is a pure function of remembered facts and log time; `causes.reconcile` turns conditions into causes. Thresholds live
in rules, levels in the matrix: here is only what counts as which kind of evidence, and what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from streams.domain.scale import Flag
from streams.engine.desk import NEVER, Desk
from streams.engine.point_alarms.zeros import MARK
from streams.engine.site.outages import agreed, drilled, tests
from streams.engine.site.permits import hot_work_until, permit_near
from streams.engine.state import PointEntry, Source, Video
from streams.engine.state_alarms import Alarm

KIND_OF = {
    "h": "high",
    "l": "low",
    "hh": "hh",
    "ll": "ll",
    "gas_1": "gas_1",
    "gas_2": "gas_2",
    "trend": "trend",
    "deviation": "deviation",
    "rule": "rule",
}
INSTRUMENT = ("hh", "ll", "gas_2", "flat_filling")  # tier 2 evidence of one instrument each
STEEP = ("trend", "deviation")
# Values with these flags never age. Flags that come from the size of a value (saturated, beyond the range, spike, rate) are not
# among them: a higher reading must never be worth less than a lower one.
FAULTY = Flag.FLAT | Flag.INVALID


class Condition(NamedTuple):
    """One thing that holds. `subject` makes it one of its kind within the source."""

    kind: str
    subject: str
    tier: int
    event_ms: int
    points: tuple[int, ...] = ()
    device: str = ""
    area: str = ""
    alarm: str = ""
    by_person: bool = False
    ages: bool = True
    drill: bool = False
    parts: tuple[str, ...] = ()
    detail: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.subject}"


class Look(NamedTuple):
    """Conditions of a source in a fixed order, and when they may change by time alone."""

    conditions: tuple[Condition, ...]
    next_ms: int


def same_area(a: str, b: str) -> bool:
    """An unknown area is the whole source."""
    return not a or not b or a == b


def dangerous(alarm: Alarm, point: PointEntry) -> bool:
    """Whether the alarm is on the side where this point is dangerous; an emptied tank is not."""
    side = point.point.danger
    if alarm.evidence in ("l", "ll"):
        return side in ("low", "both")
    return side in ("high", "both") or alarm.evidence != "hh"


def look(desk: Desk, source: Source, at_ms: int) -> Look:
    """Everything that holds at `source` at log time `at_ms`."""
    single, next_ms = _from_alarms(desk, source, at_ms)
    flames, flame_next = _flames(desk, source, at_ms)
    mould, mould_next = _mould_water(desk, source, at_ms)
    single = [*single, *_flat_while_filling(desk, source), *flames]
    compound = [*_two_serious(single), *_two_gas(single), *_gas_at_work(desk, source, single, at_ms),
                *_unguarded(source, single), *_fire(desk, source, at_ms), *mould, *_from_rules(desk, source)]  # fmt: skip
    return Look((*single, *compound, *_out_of_service(desk, source, at_ms)), min(next_ms, flame_next, mould_next))


def counted(desk: Desk, source: Source, at_ms: int) -> Iterator[tuple[str, Alarm, PointEntry]]:
    """Active alarms that may make a level: not out of service, not in calibration (unless something else agrees)."""
    for key, alarm in source.alarms.items():
        if alarm.off_ms or not alarm.tier:
            continue
        point = desk.point(alarm.point)
        if point.out_until_ms > at_ms or not dangerous(alarm, point):
            continue
        if not _tested(desk, source, point, alarm, at_ms):
            yield key, alarm, point


def _from_alarms(desk: Desk, source: Source, at_ms: int) -> tuple[list[Condition], int]:
    found: list[Condition] = []
    next_ms = NEVER
    for key, alarm, point in counted(desk, source, at_ms):
        kind = KIND_OF[alarm.evidence]
        tier = min(alarm.tier, 2)
        if kind in ("high", "low"):
            from_ms = opens_ms(desk, alarm)
            if at_ms < from_ms:
                next_ms = min(next_ms, from_ms)
                continue
        zero = alarm.point in source.zeros
        found.append(Condition(
            kind, f"{point.code}/{alarm.rule}", tier, alarm.event_ms, (alarm.point,), point.device, point.area, key,
            by_person=alarm.config or zero, ages=not alarm.flags & FAULTY, drill=drilled(desk, point, at_ms),
            detail=((MARK, [point.code]),) if zero and not alarm.config else (),
        ))  # fmt: skip
    return found, next_ms


def opens_ms(desk: Desk, alarm: Alarm) -> int:
    """From when an alarm of a point is evidence: H and L after a while, everything else at once."""
    if KIND_OF[alarm.evidence] not in ("high", "low") or alarm.config:
        return alarm.since_ms
    return alarm.since_ms - alarm.run_ms + desk.policy(desk.point(alarm.point).enterprise).tiers.attention_after_s * 1000


def _from_rules(desk: Desk, source: Source) -> Iterator[Condition]:
    """Rules of devices, sources and the enterprise that are evidence and true here."""
    for key, judged in source.judged.items():
        if judged.effect != "evidence":
            continue
        told = (("title_zh", judged.title_zh), ("title_en", judged.title_en), ("unit", judged.unit))
        drill = bool(judged.points) and all(drilled(desk, desk.point(p), judged.since_ms) for p in judged.points)
        yield Condition("rule", key, judged.tier, judged.since_ms, tuple(judged.points),
                        judged.subject if judged.scope == "device" else "", alarm=f"rule:{key}", by_person=judged.config,
                        ages=False, drill=drill, detail=told)  # fmt: skip


def _flat_while_filling(desk: Desk, source: Source) -> Iterator[Condition]:
    for point_id, since in source.filling.items():
        point = desk.point(point_id)
        yield Condition("flat_filling", point.code, 2, since, (point_id,), point.device, point.area, ages=False)


def _flames(desk: Desk, source: Source, at_ms: int) -> tuple[list[Condition], int]:
    """Flame for its confirmation time where nobody may have one. A flame that went out in time was none."""
    confirm_ms = desk.policy(source.enterprise).tiers.flame_confirm_s * 1000
    found: list[Condition] = []
    next_ms = NEVER
    for key, video in source.videos.items():
        if video.kind != "flame" or video.verified:
            continue
        burning_ms = max(video.on_ms, video.permit_ms, hot_work_until(desk, source, video.area, at_ms))
        confirmed_ms = burning_ms + confirm_ms
        if f"flame|{key}" not in source.causes:
            if video.off_ms and video.off_ms < confirmed_ms:
                continue
            if at_ms < confirmed_ms:
                next_ms = min(next_ms, confirmed_ms)
                continue
        found.append(
            Condition("flame", key, 2, video.event_ms, area=video.area, by_person=True, detail=(("camera", video.camera),))
        )
    return found, next_ms


def _serious(single: Iterable[Condition]) -> list[Condition]:
    return [c for c in single if c.kind in INSTRUMENT and c.tier == 2]


def _joined(kind: str, tier: int, subject: str, group: list[Condition]) -> Condition:
    points = tuple(sorted({p for c in group for p in c.points}))
    zeros = sorted({code for c in group for key, codes in c.detail if key == MARK for code in codes})
    return Condition(
        kind, subject, tier, max(c.event_ms for c in group), points, group[0].device, group[0].area,
        parts=tuple(c.key for c in group), drill=all(c.drill for c in group),
        by_person=sum(not c.by_person for c in group) < 2 and any(c.by_person for c in group), ages=False,
        detail=((MARK, zeros),) if zeros else (),
    )  # fmt: skip


def _two_serious(single: list[Condition]) -> Iterator[Condition]:
    """Two independent instruments of a device or area at tier 2; one cause a group, device before area."""
    serious = _serious(single)
    told: list[set[int]] = []
    groups = [(f"device:{d}", [c for c in serious if c.device == d]) for d in _in_order(c.device for c in serious) if d]
    groups += [(f"area:{a}", [c for c in serious if same_area(c.area, a)]) for a in _in_order(c.area for c in serious)]
    for subject, group in groups:
        points = {p for c in group for p in c.points}
        if len(points) >= 2 and not any(points <= seen for seen in told):
            told.append(points)
            yield _joined("two_serious", 3, subject, group)


def _two_gas(single: list[Condition]) -> Iterator[Condition]:
    gas = [c for c in single if c.kind == "gas_2"]
    told: list[set[int]] = []
    for area in _in_order(c.area for c in gas):
        group = [c for c in gas if same_area(c.area, area)]
        points = {p for c in group for p in c.points}
        if len(points) >= 2 and not any(points <= seen for seen in told):
            told.append(points)
            yield _joined("two_gas", 4, f"area:{area}", group)


def _gas_at_work(desk: Desk, source: Source, single: list[Condition], at_ms: int) -> Iterator[Condition]:
    """Gas where a permit is live. Once open it ends with the gas: closing the permit is paperwork and lowers nothing."""
    for c in single:
        if c.kind not in ("gas_1", "gas_2"):
            continue
        kind, tier = f"{c.kind}_work", 3 if c.kind == "gas_1" else 4
        permit = permit_near(desk, source, c.area, ("hot_work", "confined_space"), at_ms)
        before = source.causes.get(f"{kind}|{c.subject}")
        if permit or before is not None:
            number = permit or (before.detail.get("permit", "") if before is not None else "")
            yield c._replace(kind=kind, tier=tier, ages=False, parts=(c.key,), detail=(*c.detail, ("permit", number)))


def _unguarded(source: Source, single: list[Condition]) -> Iterator[Condition]:
    for code, interlock in source.interlocks.items():
        if interlock.state not in ("failed", "bypassed"):
            continue
        guarded = source.guards.get(code, [])
        for c in _serious(single):
            if c.points[0] in guarded:
                yield c._replace(kind="hh_interlock", subject=f"{code}/{c.subject}", tier=4, ages=False, parts=(c.key,),
                                 detail=(*c.detail, ("interlock", code), ("state", interlock.state)))  # fmt: skip


def _fire(desk: Desk, source: Source, at_ms: int) -> Iterator[Condition]:
    """Flame or smoke, and a process or gas alarm of that area within the window, whichever came first."""
    window_ms = desk.policy(source.enterprise).tiers.fire_window_s * 1000
    for key, video in source.videos.items():
        if video.verified:
            continue
        match = next(
            (pair for pair in _alarms_at(desk, source, video.area, at_ms) if _apart_ms(video, pair[1], at_ms) <= window_ms), None
        )
        if match is not None:
            alarm_key, alarm, point = match
            yield Condition("fire_process", key, 4, max(video.event_ms, alarm.event_ms), (alarm.point,), point.device, video.area,
                            alarm_key, by_person=True, ages=False, detail=(("camera", video.camera), ("video", video.kind)))  # fmt: skip


def _alarms_at(desk: Desk, source: Source, area: str, at_ms: int) -> Iterator[tuple[str, Alarm, PointEntry]]:
    """Process and gas alarms of an area, those that ended a short while ago too."""
    for key, alarm in source.alarms.items():
        point = desk.point(alarm.point)
        harmless = not alarm.tier or point.out_until_ms > at_ms or not dangerous(alarm, point)
        if not harmless and same_area(point.area, area) and not _tested(desk, source, point, alarm, at_ms):
            yield key, alarm, point


def _tested(desk: Desk, source: Source, point: PointEntry, alarm: Alarm, at_ms: int) -> bool:
    """A bump test: it began in the point's calibration, and nothing else agrees with it."""
    return tests(desk, point, alarm.since_ms, at_ms) and not agreed(desk, source, point)


def _apart_ms(video: Video, alarm: Alarm, at_ms: int) -> int:
    """Time between the end of the one and the beginning of the other; not positive when they overlap."""
    return max(alarm.since_ms - (video.off_ms or at_ms), video.on_ms - (alarm.off_ms or at_ms))


def _mould_water(desk: Desk, source: Source, at_ms: int) -> tuple[list[Condition], int]:
    """Mould water at LL with metal in the well and no cut-off confirmed in time: seconds decide between a stop and an explosion."""
    if source.kind != "casting_well":
        return [], NEVER
    wait_ms = desk.policy(source.enterprise).tiers.mould_cutoff_s * 1000
    found: list[Condition] = []
    next_ms = NEVER
    for key, alarm, point in counted(desk, source, at_ms):
        if alarm.evidence != "ll" or point.point.quantity not in ("flow", "pressure"):
            continue
        before = f"mould_water|{point.code}" in source.causes
        cut = any(lock.state == "tripped" and lock.since_ms >= alarm.since_ms and alarm.point in source.guards.get(code, [])
                  for code, lock in source.interlocks.items())  # fmt: skip
        if not before and (cut or source.cast_over):
            continue
        if not before and at_ms < alarm.since_ms + wait_ms:
            next_ms = min(next_ms, alarm.since_ms + wait_ms)
            continue
        found.append(
            Condition("mould_water", point.code, 4, alarm.event_ms, (alarm.point,), point.device, point.area, key, ages=False)
        )
    return found, next_ms


def _out_of_service(desk: Desk, source: Source, at_ms: int) -> Iterator[Condition]:
    if not desk.state.out_of_service:
        return
    for point_id in source.points:
        point = desk.point(point_id)
        if point.out_until_ms > at_ms:
            yield Condition("out_of_service", point.code, 0, at_ms, ages=False, detail=(("until_ms", point.out_until_ms),))


def _in_order(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
