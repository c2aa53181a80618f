"""Everything the decisions remember, as plain structs: what is not here does not survive a restart.

Times are log time in ms unless the name says `event`. 0 means never. Dictionaries keep the order in which the log filled them,
so walking them is the same everywhere. Numpy state lives in `judge` and `presence`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from streams.domain.messages import Commitment, ModelPublished, PreventionIndicator, Weather, WorkPermit
from streams.domain.registry import Enterprise, HazardSource, Park, Point, Region
from streams.engine.kept import Kept
from streams.engine.state_alarms import Alarm, AlarmHistory, Shelf, Zero
from streams.engine.state_episodes import Episode
from streams.engine.state_papers import CameraState, Duty, FiledOutage, Loss, OwnAlarm, PermitStory, SiteVideo


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
    returned_ms: int = 0  # when its condition came back last
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


class Asked(Kept):
    """A signature under which others are still missing. `signers` are "role:name"."""

    at_ms: int
    signers: list[str]
    passed_ms: int = 0  # when it was said that the next office may sign


class Cast(Kept):
    """Where a casting well is in its cast. `phase`: "" (nothing was ever heard of), assumed (speed not known), casting, ending (the
    platform stands, metal may still freeze), over."""

    phase: Literal["", "assumed", "casting", "ending", "over"] = ""
    still_ms: int = 0  # since when the platform stands, while ending
    metal: bool = False  # a launder is known to hold metal


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
    substances: list[str] = []  # names and CAS numbers by which rules select; one that is gone counts until it is confirmed
    guards: dict[str, list[int]] = {}
    judged: dict[str, Judged] = {}  # rules over groups that are true here, by rule and subject
    causes: dict[str, Cause] = {}
    ended: list[Ended] = []
    alarms: dict[str, Alarm] = {}
    histories: dict[str, AlarmHistory] = {}
    zeros: dict[int, Zero] = {}
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
    past: list[Episode] = []  # closed, with something still unanswered
    ring_ms: int = 0  # when its clocks are looked at next; 0: nothing to come
    raises: list[int] = []
    flat: dict[int, int] = {}  # level points that do not move -> since
    filling: dict[int, int] = {}  # those of them whose device is being filled -> since
    cast: Cast = msgspec.field(default_factory=Cast)
    lost: bool = False  # most of its points are silent
    lost_ms: int = 0
    lost_told: bool = False  # the loss was classified; it must end before it can count anew
    unheard_told: bool = False  # it was said that none of its points ever reported
    sharp: bool = False  # near a cause: silence is judged with the short limits
    calm_from_ms: int = 0  # since when no cause is open
    grave_ms: int = 0  # last moment with a tier 3 cause open
    serious_ms: int = 0  # last moment with a tier 2 cause or steep trend open
    due_ms: int = 0
    score: float = 0.0
    said: tuple[Any, ...] = ()  # what the last RiskNow said, without its time

    @property
    def cast_still(self) -> bool:
        """Whether the platform of a casting well is known to stand."""
        return self.kind == "casting_well" and self.cast.phase in ("ending", "over")

    @property
    def cast_over(self) -> bool:
        """Whether no metal can be at a casting well; false wherever that is not known."""
        return self.kind == "casting_well" and self.cast.phase == "over" and not self.cast.metal


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


class Judged(Kept):
    """A rule of scope device, source or enterprise that is true: what it does, frozen as the rule was when it became true."""

    id: str
    rule: str
    version: str
    hash: str
    scope: str
    effect: str  # evidence, step_up, finding; of a sandbox rule `sandbox`, whatever it would have done
    since_ms: int
    subject: str = ""  # device code, or empty: the source, or the enterprise at its site source
    tier: int = 0
    item: str = ""  # management item of a step-up, or code of the finding
    from_rest: bool = False
    title_zh: str = ""
    title_en: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    points: list[int] = []
    config: bool = False  # its rule went without a signature: it stays until a person has looked


class Device(Kept):
    """A device as a group of points. Ids are given once, in log order."""

    id: int
    code: str
    enterprise: str
    source: int
    kind: str = ""
    area: str = ""
    removed: bool = False


class Site(Kept):
    """An enterprise as the decisions see it: what belongs to the whole site."""

    code: str
    record: Enterprise
    sources: list[int]  # the site source first
    removed: bool = False
    since_ms: int = 0
    places: list[
        list[str]
    ] = []  # where it is (last), as regions from the nearest upwards; before it, places with stricter numbers
    permits: dict[str, WorkPermit] = {}
    permit_stories: dict[str, PermitStory] = {}
    permits_of_day: dict[str, str] = {}  # permits that were live at some time of `permits_day` -> kind of work as it is declared
    permits_day: int = 0
    positioning: dict[str, tuple[str, int, int]] = {}  # id -> kind, source, log time
    video_alarms: dict[str, SiteVideo] = {}
    prevention: PreventionIndicator | None = None  # of the newest period
    prevention_ms: int = 0
    patrol_days: dict[str, int] = {}  # local date -> patrols done on it, of the last days
    own_alarms_heard_ms: int = 0  # 0: the enterprise never told of alarms of its own system
    duty: dict[str, Duty] = {}
    outages: dict[str, FiledOutage] = {}
    own_alarms: dict[str, OwnAlarm] = {}
    cameras: dict[str, CameraState] = {}
    commitments: dict[str, Commitment] = {}  # date -> the last one received
    commitment_states: dict[str, str] = {}
    commitment_received_ms: dict[str, int] = {}
    actions: dict[str, tuple[int, str]] = {}  # ids of actions done -> log time, hash of what they said
    shelves: dict[int, Shelf] = {}  # by point
    losses: dict[str, Loss] = {}  # by kind and name
    lost: bool = False
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
    source: int
    stepped_ms: int = 0


class State(Kept):
    """The root. One partition, one State."""

    partition: int
    partitions: int
    log_ms: int = 0
    next_tick_ms: int = 0
    unseen_until_ms: int = 0  # end of the last platform gap: what became due in it is said then, once
    hash: str = ""
    regions: dict[str, Region] = {}
    parks: dict[str, Park] = {}
    sites: dict[str, Site] = {}
    sources: list[Source] = []
    points: list[PointEntry] = []
    devices: list[Device] = []
    weather: dict[str, tuple[Weather, int]] = {}
    periods: dict[str, tuple[str, int, int, str]] = {}  # id -> region, start, end, kind
    quarantine: dict[str, Quarantine] = {}
    detectors: dict[str, DetectorState] = {}
    models: dict[str, ModelPublished] = {}  # of sources that are not registered yet
    blind_until_ms: dict[str, int] = {}
    due: list[tuple[int, int]] = []  # heap of (when, source id); an outdated entry costs one idle look
    out_of_service: list[int] = []  # points that are, or were until this second
    unjudged_frames: int = 0  # frames since the last word about it that no rule looked at, because none is in force
    unjudged_told_ms: int = 0
    commitment_day: int = 0  # local day for which the missing ones were said
