"""Everything the decisions remember, as plain structs: what is not here does not survive a restart.

Times are log time in ms unless the name says `event`. 0 means never. Dictionaries keep the order in which the log filled them,
so walking them is the same everywhere. Numpy state lives in `judge` and `presence`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from streams.domain.messages import Commitment, ModelPublished, Outage, PreventionIndicator, Weather, WorkPermit
from streams.domain.registry import Enterprise, HazardSource, Park, Point, Region


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all state: mutable, encoded with msgpack, without what has its default."""


class Alarm(Kept):
    """A point alarm: one rule at one point, from its activation until it is over, acknowledged and no longer needed.

    Its clocks are those of the run: activations between which it was never away for long count as one.
    """

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
    acknowledged_role: str = ""
    acknowledged_ms: int = 0
    sequence: int = 0  # events said of it
    first_ms: int = 0  # begin of the run
    run_ms: int = 0  # time in alarm of the earlier activations of the run
    overdue_count: int = 0
    overdue_next_ms: int = 0
    standing_next_ms: int = 0
    peak: float | None = None
    suppressed_by: str = ""  # id of the worse alarm of the point: display only
    quiet: bool = False  # not annunciated, as it was said last
    day_count: int = 0
    week_count: int = 0
    verdict: str = ""  # what a person found, and by which action
    verdict_by: str = ""


class AlarmHistory(Kept):
    """Activations of one rule at one point, for the counts and for flap and chatter. Minutes of a day, hours of a week: bounded."""

    minutes: dict[int, int] = {}
    hours: dict[int, int] = {}
    last_ms: int = 0
    recent: list[int] = []  # activations in the chatter window
    slots: list[int] = []  # time slots in which it went on or off
    chattering: bool = False
    chatter_from_ms: int = 0
    chatter_count: int = 0
    chatter_next_ms: int = 0


class Zero(Kept):
    """A gas point that fell to nothing at once after second level, until a person or a second point says what that was."""

    since_ms: int
    test: bool = False  # in its own calibration: what a bump test looks like
    second: int = -1  # the point that may confirm, and since when it has been calm
    calm_ms: int = 0
    alive: bool = False  # it showed more than the bottom of its range in that time: a dead one would not


class Shelf(Kept):
    """A point whose alarms are shelved: who, why, until when; `graver`: signed for alarms of tier 2 and above too."""

    until_ms: int
    since_ms: int
    action: str
    author: str
    role: str
    reason: str
    graver: bool = False


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


class Clock(Kept):
    """Time at or above one level in an episode: what earlier stays gathered, and the present or last stay."""

    base_ms: int = 0
    entered_ms: int = 0  # 0: never there
    left_ms: int = 0  # 0: still there, or never
    again: bool = False  # a return: the stay before it is not forgotten
    by: str = ""  # id of the warning that began the stay


class Rung(Kept):
    """What has been said of one step of the ladder."""

    level: int
    n: int = 0
    said_ms: int = 0  # multiple of the step, in time of the clock
    task: str = ""  # order or task that is tracked
    by: str = ""  # office that it was given to
    settled_ms: int = 0  # its result was filed


class Form(Kept):
    """The disposal report of an episode, from the clear at which it was pushed until the last office has checked it."""

    task: str
    n: int
    first_ms: int  # the first clear that it is about
    due_ms: int
    pushed_by: str  # id of the warning that pushed it
    state: str = "open"  # open, filed, returned, accepted
    stage: int = 0  # how many offices have accepted it
    overdue: int = 0  # how often it was said
    next_ms: int = 0  # when it is said that it is overdue
    filed_by: str = ""  # id of the last warning about it


class Episode(Kept):
    """One identity of warnings of a source, from the first raise until 60 min after the last clear."""

    id: str
    opened_ms: int
    sequence: int = 0
    rank: int = 0  # 0 = cleared, else 1 + level
    cleared_ms: int = 0
    clear: str = ""  # id of the last clear
    closed_ms: int = 0
    repeated: bool = False
    clocks: list[Clock] = msgspec.field(default_factory=lambda: [Clock(), Clock(), Clock()])  # of yellow, orange, red
    rungs: dict[str, Rung] = {}  # by id of the step
    forms: list[Form] = []  # the last one is that of the last clear
    lowest: int = 3  # lowest level that any ladder in force during the episode sent: no ladder that comes later silences it


class Asked(Kept):
    """A signature under which others are still missing. `signers` are "role:name"."""

    at_ms: int
    signers: list[str]
    passed_ms: int = 0  # when it was said that the next office may sign


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
    casting: bool = True  # unless a speed point says otherwise
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


class Loss(Kept):
    """Silence that is told in one line: a gateway, a device or a point, and all points of it."""

    kind: str
    name: str
    since_ms: int
    heard_ms: int  # last reading of any of them
    points: list[int]


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
    places: list[list[str]] = []  # where it is (last), as regions from the nearest upwards; before it, places with stricter numbers
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
