"""Special work permits (特殊作业票): where work is live right now, as far as anybody has said."""

from __future__ import annotations

from streams.domain.messages import WorkPermit
from streams.engine.desk import Desk
from streams.engine.state import Site, Source
from streams.engine.state_papers import PermitStory

LIVE = ("started", "suspended")  # hot metal does not cool because work was suspended
DONE = ("closed", "cancelled")


def note(desk: Desk, site: Site, permit: WorkPermit, at_ms: int) -> None:
    """Remember the newest state of a permit; one that is done is forgotten. A flame that goes on after it counts from then."""
    for source_id in site.sources:
        source = desk.source(source_id)
        for video in source.videos.values():
            video.permit_ms = max(video.permit_ms, hot_work_until(desk, source, video.area, video.off_ms or at_ms))
    _tell(site.permit_stories.setdefault(permit.permit, PermitStory()), permit, at_ms)
    if permit.state in DONE:
        site.permits.pop(permit.permit, None)
        site.permit_stories.pop(permit.permit, None)
    else:
        site.permits[permit.permit] = permit


def _tell(story: PermitStory, permit: WorkPermit, at_ms: int) -> None:
    """Carry the story on. A record that comes late tells of when it happened; nothing happens in the future."""
    when_ms = min(permit.at, at_ms)
    if permit.gas_test_at is not None and permit.gas_test_at <= at_ms:
        story.test_ms = max(story.test_ms, permit.gas_test_at)
    if permit.state in LIVE and not story.started_ms:
        story.started_ms = when_ms
        story.test_at_start_ms = story.test_ms if story.test_ms <= when_ms else 0
    if permit.state == "suspended" and not story.suspended_ms:
        story.suspended_ms = when_ms
    elif permit.state == "started" and story.suspended_ms:
        if story.test_ms <= story.suspended_ms:
            story.break_ms = max(story.break_ms, when_ms - story.suspended_ms)
        story.suspended_ms, story.resumed_ms = 0, when_ms
    if story.resumed_ms and story.test_ms > story.resumed_ms:
        story.break_ms = story.resumed_ms = 0  # tested again after all


def live(permit: WorkPermit, at_ms: int) -> bool:
    """From start to close, cancellation or its planned end."""
    return permit.state in LIVE and (permit.end_at is None or at_ms < permit.end_at)


def permit_near(desk: Desk, source: Source, area: str, kinds: tuple[str, ...], at_ms: int) -> str:
    """A live permit of these kinds at this place, or ""."""
    for number, permit in desk.site_of(source).permits.items():
        if permit.kind in kinds and live(permit, at_ms) and _here(permit, source, area):
            return number
    return ""


def hot_work_until(desk: Desk, source: Source, area: str, at_ms: int) -> int:
    """The last moment up to `at_ms` at which a remembered hot-work permit was live at this place; 0 = never."""
    last_ms = 0
    for permit in desk.site_of(source).permits.values():
        if permit.kind == "hot_work" and permit.state in LIVE and _here(permit, source, area):
            last_ms = max(last_ms, at_ms if permit.end_at is None else min(at_ms, permit.end_at))
    return last_ms


def _here(permit: WorkPermit, source: Source, area: str) -> bool:
    """A permit that names no source may be anywhere on the site, one without an area anywhere in the source."""
    return permit.source in ("", source.code) and (not permit.area or not area or permit.area == area)
