"""Everything the decisions remember, as plain structs: what is not here does not survive a restart.

Times are log time in ms unless the name says `event`. 0 means never. Dictionaries keep the order in which the log filled them,
so walking them is the same everywhere. Numpy state lives in `judge` and `presence`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from streams.domain.messages import Commitment, ModelPublished, Outage, Weather, WorkPermit
from streams.domain.registry import Enterprise, HazardSource, Park, Point, Region


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all state: mutable, encoded with msgpack, without what has its default."""


class Alarm(Kept):
    """An active point alarm: one rule at one point."""

    id: str
    point: int
    rule: str
    version: str
    hash: str
    evidence: str
    tier: int
    since_ms: int
    event_ms: int
    value: float
    limit: float
    flags: int
    due_ms: int
    off_ms: int = 0  # ended, but remembered for a while: fire and process alarm need not come together
    annunciate: bool = True
    overdue: bool = False
    config: bool = False  # ended by an unsigned change, not by a reading: it stays until a person has looked
    acknowledged_by: str = ""


class Cause(Kept):
    """One piece of confirmed evidence (open), or one whose hold time is running (`over_ms` set)."""

    id: str
    key: str  # kind|subject, its identity while it is open
    kind: str
    tier: int
    opened_ms: int
    event_ms: int
    by_person: bool = False  # only a `verify` action ends it
    ages: bool = True
    aged: bool = False
    points: list[int] = []
    device: str = ""
    area: str = ""
    alarm: str = ""  # key of the alarm that it rests on
    rule: str = ""
    rule_version: str = ""
    rule_hash: str = ""
    value: float | None = None
    limit: float | None = None
    flags: int = 0
    drill: bool = False
    parts: list[str] = []
    detail: dict[str, Any] = {}
    told: bool = False  # as grave as it is now
    over_ms: int = 0
    hold_from_ms: int = 0
    broken_ms: int = 0  # good readings stopped at this time; the hold starts again with the next one
    verdict: str = ""
    ended_by: str = ""  # id of the action, or empty for a recovery


class Ended(Kept):
    """A cause that is over and held no longer, remembered until the lowering that it allowed has been said."""

    cause: Cause
    ended_ms: int


class Video(Kept):
    """A smoke or flame alarm of a camera."""

    id: str
    camera: str
    kind: str
    area: str
    on_ms: int
    event_ms: int
    off_ms: int = 0
    permit_ms: int = 0  # last moment at which hot work was permitted there
    verified: bool = False


class Interlock(Kept):
    state: str
    since_ms: int


class Episode(Kept):
    """One identity of warnings of a source, from the first raise until 60 min after the last clear."""

    id: str
    opened_ms: int
    sequence: int = 0
    rank: int = 0  # 0 = cleared, else 1 + level
    cleared_ms: int = 0
    first_cleared_ms: int = 0
    repeated: bool = False
    above_ms: list[int] = msgspec.field(
        default_factory=lambda: [0, 0, 0, 0]
    )  # accounted time at or above each level, frozen below it
    entered_ms: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])  # since when at or above; 0: below
    left_ms: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])  # since when below; 0: never above, or above


class Asked(Kept):
    """A signature under which others are still missing."""

    at_ms: int
    roles: list[str]
    authors: list[str]


class Source(Kept):
    """A hazard source, or the site source of an enterprise, as the decisions see it."""

    id: int
    code: str
    name: str
    enterprise: str
    kind: str
    record: HazardSource | None  # None for a site source
    points: list[int] = []
    removed: bool = False
    column: int = 0  # in force: the worst of what is confirmed and what is not
    wanted_column: int = 0
    grade: str = ""
    r: float = 0.0
    inherent: float = 0.0
    stock_share: float | None = None
    guards: dict[str, list[int]] = {}
    causes: dict[str, Cause] = {}
    ended: list[Ended] = []
    alarms: dict[str, Alarm] = {}
    videos: dict[str, Video] = {}
    interlocks: dict[str, Interlock] = {}
    asked: dict[str, Asked] = {}
    model_since_ms: int = 0
    model_detail: dict[str, Any] = {}
    base: int = 0
    level: int = 0
    since_ms: int = 0
    lifted: bool = False
    lift_until_ms: int = 0
    episode: Episode | None = None
    raises: list[int] = []
    flat: dict[int, int] = {}  # level points that do not move -> since
    filling: dict[int, int] = {}  # those of them whose device is being filled -> since
    casting: bool = True  # unless a speed point says otherwise
    lost: bool = False  # most of its points are silent
    lost_ms: int = 0
    lost_told: bool = False  # the loss was classified; it must end before it can count anew
    sharp: bool = False  # near a cause: silence is judged with the short limits
    calm_from_ms: int = 0  # since when no cause is open
    grave_ms: int = 0  # last moment with a tier 3 cause open
    serious_ms: int = 0  # last moment with a tier 2 cause or steep trend open
    due_ms: int = 0
    score: float = 0.0
    said: tuple[Any, ...] = ()  # what the last RiskNow said, without its time


class PointEntry(Kept):
    """A registered point. `point` is the definition in force: the strictest of what is confirmed and what is not."""

    id: int
    code: str
    enterprise: str
    source: int
    device: str
    area: str
    point: Point
    wanted: Point | None = None  # the newest definition where it asks to be relaxed
    removed: bool = False  # gone from the registry; still judged until the supervisor confirms
    retired: bool = False  # confirmed: its readings are unknown from now on
    since_ms: int = 0
    out_until_ms: int = 0
    out_action: str = ""
    shelved_until_ms: int = 0


class CameraState(Kept):
    area: str
    source: int
    state: str = ""  # never heard of
    heard_ms: int = 0
    online_from_ms: int = 0  # since when its online time of this minute has not been counted
    online_ms: int = 0
    removed: bool = False


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


class Site(Kept):
    """An enterprise as the decisions see it: what belongs to the whole site."""

    code: str
    record: Enterprise
    sources: list[int]  # the site source first
    removed: bool = False
    since_ms: int = 0
    permits: dict[str, WorkPermit] = {}
    permit_started_ms: dict[str, int] = {}
    positioning: dict[str, tuple[str, int, int]] = {}  # id -> kind, source, log time
    prevention: tuple[float, float, float] | None = None
    prevention_date: str = ""
    duty: dict[str, Duty] = {}
    outages: dict[str, FiledOutage] = {}
    own_alarms: dict[str, OwnAlarm] = {}
    cameras: dict[str, CameraState] = {}
    commitments: dict[str, Commitment] = {}  # date -> the last one received
    commitment_states: dict[str, str] = {}
    commitment_received_ms: dict[str, int] = {}
    actions: dict[str, int] = {}  # ids of actions done; a repeated one does nothing
    lost: bool = False
    items: dict[str, int] = {}  # active management items -> since
    level: int = 0
    level_since_ms: int = 0
    score: float = 0.0
    said: tuple[Any, ...] = ()


class Quarantine(Kept):
    """Bad records of one sender in the present window of log time."""

    since_ms: int
    records: int = 0
    bad: int = 0
    told: int = 0
    thinned: dict[str, int] = {}
    active: bool = False
    calm_from_ms: int = 0
    last_record: tuple[str, int, int] = ("", -1, -1)


class DetectorState(Kept):
    published: ModelPublished
    points: list[int]
    stepped_ms: int = 0


class State(Kept):
    """The root. One partition, one State."""

    partition: int
    partitions: int
    log_ms: int = 0
    next_tick_ms: int = 0
    hash: str = ""
    regions: dict[str, Region] = {}
    parks: dict[str, Park] = {}
    sites: dict[str, Site] = {}
    sources: list[Source] = []
    points: list[PointEntry] = []
    weather: dict[str, tuple[Weather, int]] = {}
    periods: dict[str, tuple[str, int, int]] = {}  # id -> region, start, end
    quarantine: dict[str, Quarantine] = {}
    detectors: dict[str, DetectorState] = {}
    models: dict[str, ModelPublished] = {}  # of sources that are not registered yet
    blind_until_ms: dict[str, int] = {}
    due: list[tuple[int, int]] = []  # heap of (when, source id); an outdated entry costs one idle look
    out_of_service: list[int] = []  # points that are, or were until this second
    unjudged_frames: int = 0  # frames since the last word about it that no rule looked at, because none is in force
    unjudged_told_ms: int = 0
    commitment_day: int = 0  # local day for which the missing ones were said
