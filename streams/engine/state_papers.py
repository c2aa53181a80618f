"""What is remembered of a site's records: permits, cameras, duties, filed outages, own alarms, losses. Part of `state.State`."""

from __future__ import annotations

from streams.domain.messages import Outage
from streams.engine.kept import Kept


class PermitStory(Kept):
    """What a permit record alone does not say: when work began, which gas test it began with, how it was interrupted."""

    started_ms: int = 0
    test_at_start_ms: int = 0  # 0: work began without a gas test
    test_ms: int = 0  # the newest gas test
    suspended_ms: int = 0  # since when it is interrupted
    break_ms: int = 0  # the longest interruption that ended without a new gas test
    resumed_ms: int = 0


class SiteVideo(Kept):
    """A smart-video alarm that is no smoke or flame."""

    kind: str
    source: int
    on_ms: int


class OwnAlarm(Kept):
    """An alarm of the enterprise's own system, to be compared with ours."""

    point: int
    state: str
    since_ms: int
    value: float | None = None
    told: bool = False


class Duty(Kept):
    result: str
    done_ms: int


class FiledOutage(Kept):
    outage: Outage
    start_ms: int
    end_ms: int
    points: list[int]
    state: int = 0  # 0 ahead, 1 running, 2 over
    refused: bool = False


class Loss(Kept):
    """Silence that is told in one line: a gateway, a device or a point, and all points of it."""

    kind: str
    name: str
    since_ms: int
    heard_ms: int  # last reading of any of them
    points: list[int]


class CameraState(Kept):
    area: str
    source: int
    state: str = ""  # never heard of
    heard_ms: int = 0
    online_from_ms: int = 0  # since when its online time of this minute has not been counted
    online_ms: int = 0
    removed: bool = False
