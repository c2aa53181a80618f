"""Cameras: online time (ING-2) and smart-video alarms (ING-3). What a camera no longer says is not known; it is not online."""

from __future__ import annotations

from streams.domain.messages import VideoAlarm, VideoStatus
from streams.engine.desk import Desk
from streams.engine.state import Site, Video
from streams.engine.state_papers import CameraState, SiteVideo


def heard(desk: Desk, site: Site, status: VideoStatus, at_ms: int) -> list[str]:
    """Take a status; returns cameras that nobody registered. A camera that is masked or shows nothing is a finding as it begins."""
    unknown: list[str] = []
    for code, state in zip(status.cameras, status.states, strict=False):
        camera = site.cameras.get(code)
        if camera is None:
            unknown.append(code)
            continue
        count_to(desk, camera, at_ms)
        if state in ("masked", "abnormal") and camera.state != state:
            desk.voice.finding(f"camera_{state}", site.code, at_ms, subject=code, camera=code, region=site.record.region,
                               source=desk.source(camera.source).code)  # fmt: skip
        camera.state, camera.heard_ms = state, at_ms
        camera.online_from_ms = at_ms if state == "online" else 0
    return unknown


def count_to(desk: Desk, camera: CameraState, at_ms: int) -> None:
    """Count online time up to `at_ms`; a status is worth no more than the time after which a camera counts as silent."""
    if camera.online_from_ms:
        good_until_ms = camera.heard_ms + desk.policy(desk.source(camera.source).enterprise).holds.camera_silent_s * 1000
        camera.online_ms += max(0, min(at_ms, good_until_ms) - camera.online_from_ms)
        camera.online_from_ms = at_ms if at_ms < good_until_ms else 0


def alarm(desk: Desk, site: Site, event: VideoAlarm, at_ms: int) -> bool:
    """Smoke and flame are evidence at their place. False: the camera is not registered (its alarm counts for the whole site)."""
    camera = site.cameras.get(event.camera)
    if event.kind not in ("smoke", "flame"):
        _other(desk, site, event, camera.source if camera is not None else site.sources[0], at_ms)
        return camera is not None
    source = desk.source(camera.source if camera is not None else site.sources[0])
    key = f"{event.camera}/{event.id}"
    video = source.videos.get(key)
    if event.state == "on" and (video is None or video.off_ms or video.verified):
        area = camera.area if camera is not None else ""
        source.videos[key] = Video(
            id=event.id, camera=event.camera, kind=event.kind, area=area, on_ms=at_ms, event_ms=min(event.at, at_ms)
        )
    elif event.state == "off" and video is not None and not video.off_ms:
        video.off_ms = at_ms
    desk.touch(source.id)
    return camera is not None


def _other(desk: Desk, site: Site, event: VideoAlarm, source: int, at_ms: int) -> None:
    """Alarms about people and order. They make no evidence by themselves; rules ask for them."""
    key = f"{event.camera}/{event.id}"
    if event.state == "on":
        site.video_alarms.setdefault(key, SiteVideo(kind=event.kind, source=source, on_ms=at_ms))
    else:
        site.video_alarms.pop(key, None)
    desk.unread.add((site.code, "video"))


def forget(desk: Desk, site: Site, at_ms: int) -> None:
    """Video alarms that are over, no cause rests on, and no process alarm can be joined with any more."""
    age_ms = desk.policy(site.code).management.video_age_s * 1000
    for key in [key for key, seen in site.video_alarms.items() if at_ms >= seen.on_ms + age_ms]:
        del site.video_alarms[key]
    keep_ms = desk.policy(site.code).tiers.fire_window_s * 1000
    for source_id in site.sources:
        source = desk.source(source_id)
        for key in list(source.videos):
            video = source.videos[key]
            used = any(f"{kind}|{key}" in source.causes for kind in ("flame", "fire_process"))
            if (video.verified or video.off_ms) and not used and at_ms > max(video.off_ms, video.on_ms) + keep_ms:
                del source.videos[key]
