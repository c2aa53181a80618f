"""People, cameras and interlocks as facts: positioning alarms, duties, smart video, camera states, safety interlocks.

An alarm of a card or a camera whose end is never told is forgotten after a while; an emergency call, a motionless person, smoke and
flame never are.
"""

from __future__ import annotations

from streams.engine.desk import NEVER
from streams.engine.groups.facts import UNKNOWN, Facts, Since, View, longest
from streams.engine.rulelang.catalogue_events import DUTY, POSITIONING, VIDEO
from streams.engine.site.management import EMERGENCY
from streams.engine.state import Interlock
from streams.engine.state_papers import CameraState


def positioning(view: View, facts: Facts) -> int:
    """Alarms at their source; those that name none are at the site source."""
    age_ms = view.desk.policy(view.site.code).management.positioning_age_s * 1000
    found: dict[str, list[int]] = {kind: [] for kind, _, _ in POSITIONING}
    next_ms = NEVER
    for kind, place, since_ms in view.site.positioning.values():
        ends_ms = NEVER if kind in EMERGENCY else since_ms + age_ms
        if view.owns(place) and view.at_ms < ends_ms:
            found[kind].append(since_ms)
            next_ms = min(next_ms, ends_ms)
    for kind, times in found.items():
        facts[f"positioning.{kind}"] = float(len(times))
        facts[f"positioning.{kind}.age_min"] = longest(times)
    return next_ms


def duty(view: View, facts: Facts) -> int:
    """The last duty of each kind: of the source, or one that names no source. Never told: unknown, a matter of patrol."""
    absent = problem = 0
    for kind, _, _ in DUTY:
        told = [(key.partition("|")[2], d) for key, d in view.site.duty.items() if key.startswith(f"{kind}|")]
        mine = [d for source, d in told if view.here(source)]
        # A wider view is as good as its worst: the oldest last duty.
        facts[f"duty.{kind}.age_h"] = Since(min(d.done_ms for d in mine)) if mine else UNKNOWN
        facts[f"duty.{kind}.absent"] = float(any(d.result == "absent" for d in mine)) if mine else UNKNOWN
        facts[f"duty.{kind}.problem"] = float(any(d.result == "problem" for d in mine)) if mine else UNKNOWN
        absent += sum(d.result == "absent" for d in mine)
        problem += sum(d.result == "problem" for d in mine)
    facts["duty.absent"], facts["duty.problem"] = float(absent), float(problem)
    return NEVER


def video(view: View, facts: Facts) -> int:
    """Smart-video alarms that are on; smoke and flame until a person has looked."""
    age_ms = view.desk.policy(view.site.code).management.video_age_s * 1000
    found: dict[str, list[int]] = {kind: [] for kind, _, _ in VIDEO}
    next_ms = NEVER
    for source in view.sources:
        for seen in source.videos.values():
            if not seen.verified and not seen.off_ms:
                found[seen.kind].append(seen.on_ms)
    for alarm in view.site.video_alarms.values():
        if view.owns(alarm.source) and view.at_ms < alarm.on_ms + age_ms:
            found[alarm.kind].append(alarm.on_ms)
            next_ms = min(next_ms, alarm.on_ms + age_ms)
    for kind, times in found.items():
        facts[f"video.{kind}"] = float(len(times))
        facts[f"video.{kind}.age_min"] = longest(times)
    return next_ms


def cameras(view: View, facts: Facts) -> int:
    """Cameras that were heard of at least once; a filed outage excuses silence, not a masked picture."""
    silent_ms = view.desk.policy(view.site.code).holds.camera_silent_s * 1000
    at_ms, next_ms = view.at_ms, NEVER
    excused, turn_ms = _excused_cameras(view)
    due = offline = masked = abnormal = 0
    for code, camera in view.site.cameras.items():
        if camera.removed or not camera.state or not view.owns(camera.source):
            continue
        masked += camera.state == "masked"
        abnormal += camera.state == "abnormal"
        if code in excused:
            continue
        due += 1
        offline += _offline(camera, at_ms, silent_ms)
        ends_ms = camera.heard_ms + silent_ms
        next_ms = min(next_ms, ends_ms) if ends_ms > at_ms else next_ms
    facts["camera.offline_share"] = offline / due if due else UNKNOWN
    facts["camera.masked"], facts["camera.abnormal"] = float(masked), float(abnormal)
    return min(next_ms, turn_ms)


def _offline(camera: CameraState, at_ms: int, silent_ms: int) -> bool:
    return camera.state == "offline" or at_ms >= camera.heard_ms + silent_ms


def _excused_cameras(view: View) -> tuple[set[str], int]:
    excused: set[str] = set()
    next_ms = NEVER
    for filed in view.site.outages.values():
        if filed.refused or not filed.outage.cameras:
            continue
        if filed.start_ms <= view.at_ms < filed.end_ms:
            excused.update(filed.outage.cameras)
        next_ms = min([next_ms, *(t for t in (filed.start_ms, filed.end_ms) if t > view.at_ms)])
    return excused, next_ms


def interlocks(view: View, facts: Facts) -> int:
    """Interlocks by their last state. Of a device: those that belong to it or guard one of its points."""
    found: dict[str, list[int]] = {"failed": [], "bypassed": [], "tripped": []}
    for source in view.sources:
        belongs = {lock.code: lock.device for lock in source.record.interlocks} if source.record is not None else {}
        for code, lock in source.interlocks.items():
            if view.device and belongs.get(code) != view.device and not _guards(view, source.guards.get(code, [])):
                continue
            _sort(found, lock)
    for state, times in found.items():
        facts[f"interlock.{state}"] = float(len(times))
        facts[f"interlock.{state}_hours"] = longest(times)
    return NEVER


def _sort(found: dict[str, list[int]], lock: Interlock) -> None:
    if lock.state in found:
        found[lock.state].append(lock.since_ms)


def _guards(view: View, points: list[int]) -> bool:
    return any(view.desk.point(p).device == view.device for p in points)
