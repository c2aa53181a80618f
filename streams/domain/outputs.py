"""What the engine puts on the output topics. Encoded by `encode` with fixed field order: equal outcomes are equal bytes.

Nothing here may depend on how the log was cut into steps: no step numbers, no worker names, no wall clock.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from streams.domain.log import Output


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One open cause behind a level, as a person must understand it. `code` is a key of the catalogue (cause.*)."""

    cause: str  # identity of the cause
    code: str
    tier: int
    opened_ms: int
    rule: str = ""
    rule_version: str = ""
    rule_hash: str = ""
    device: str = ""
    area: str = ""
    point: str = ""
    quantity: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    flags: int = 0
    detail: dict[str, Any] = {}


class Receiver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who must hear. How they are reached is the registry's and the notifier's business."""

    kind: Literal["person", "enterprise", "park", "office"]
    code: str  # of the enterprise, park or region
    role: str = ""  # of a person: principal, technical, operational; of an office: county, city, province
    name: str = ""


class NextDue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What comes next if nothing changes: the step of the ladder, its number, and when."""

    kind: Literal["notice", "supervision", "report_overdue", "closed"]
    at_ms: int
    step: str = ""
    n: int = 0


class Warning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A typed event of one episode of one hazard source, or of the site of an enterprise (topic `warnings`).

    `id` is deterministic: BLAKE2b of episode and sequence. `level` is the level after the event. Of a step of the ladder `n` is
    its number, `due_ms` when it was due and `at_ms` when it was said; `task` is the order, task or form that is tracked.
    """

    id: str
    episode: str
    sequence: int  # within the episode
    kind: Literal["raise", "upgrade", "downgrade", "clear", "update", "closed", "notice", "supervision", "supervision_result",
                  "follow_up", "report_due", "report_overdue", "report_received", "report_returned", "report_accepted"]  # fmt: skip
    scope: Literal["source", "enterprise"]
    enterprise: str
    enterprise_name: str
    source: str
    source_name: str
    region: str
    level: str
    previous: str
    at_ms: int  # log time
    event_ms: int  # event time of the evidence, or log time
    cause: Literal["real", "false", "maintenance", "calibration", "config"] = "real"
    causation: str = ""  # id of the cause, action or record that brought it about
    repeated: bool = False
    drill: bool = False
    park: str = ""
    supervisor: str = ""
    profile: str = ""
    grade: str = ""
    score: float = 0.0
    inherent: float = 0.0
    parameters: str = ""  # hash of the engine parameters in force
    reasons: tuple[Reason, ...] = ()
    ladder: str = ""  # id and version
    step: str = ""
    n: int = 0
    due_ms: int = 0
    task: str = ""
    assignee: str = ""  # office that has to act: code of a region or park
    basis: str = ""  # article of the regulation
    receivers: tuple[Receiver, ...] = ()
    next_due: tuple[NextDue, ...] = ()  # the soonest first
    detail: dict[str, Any] = {}


AlarmKind = Literal[
    "alarm_on", "alarm_off", "alarm_overdue", "alarm_standing", "alarm_acknowledged", "alarm_shelved", "alarm_suppressed",
    "alarm_out_of_service", "alarm_again", "alarm_chatter", "alarm_chatter_end", "alarm_lapsed",
]  # fmt: skip
AlarmState = Literal[
    "normal", "unacknowledged", "acknowledged", "returned_unacknowledged", "shelved", "suppressed", "out_of_service"
]


class PointAlarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of a point alarm (报警): not a warning, it has an owner and a due time. Topic `warnings`, key = source.

    `state` is the alarm after the event, in the words of ISA-18.2. `quiet` is about display and sound only: no level, no clock
    and no count knows of it.
    """

    id: str
    kind: AlarmKind
    enterprise: str
    source: str
    region: str
    point: str
    device: str
    quantity: str
    limit_kind: str  # HH, H, L, LL or the rule id
    rule: str
    at_ms: int
    event_ms: int
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    flags: int = 0
    tier: int = 0
    owner: str = ""
    due_ms: int = 0
    shelved: bool = False
    rule_version: str = ""
    rule_hash: str = ""
    sequence: int = 0  # within the alarm
    state: AlarmState = "unacknowledged"
    since_ms: int = 0
    peak: float | None = None  # worst value so far
    acknowledged_by: str = ""
    acknowledged_role: str = ""
    acknowledged_ms: int = 0
    cause: Literal["", "real", "false", "maintenance", "calibration", "config"] = ""  # of its end
    ended_by: str = ""  # id of the action, or empty for a recovery
    day_count: int = 0  # activations of this rule at this point in 24 h, this one included
    week_count: int = 0
    overdue_count: int = 0
    quiet: bool = False
    suppressed_by: str = ""  # id of the worse alarm of the point
    shelved_until_ms: int = 0
    author: str = ""  # who did what this event tells
    reason: str = ""
    chatter_count: int = 0  # activations told in one line
    flap_share: float = 0.0
    drill: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something a supervisor must know that is no level: clock off, unknown point in alarm, late-discovered excursion,
    commitment missing, monitoring degraded. `code` is a key of the catalogue (finding.*)."""

    id: str
    code: str
    enterprise: str
    at_ms: int
    source: str = ""
    region: str = ""
    point: str = ""
    camera: str = ""
    event_ms: int = 0
    detail: dict[str, Any] = {}
    kind: Literal["finding"] = "finding"


class LevelNow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Present level of a source or enterprise (topic `level`, compacted, key = enterprise/source or enterprise)."""

    scope: Literal["source", "enterprise"]
    code: str
    enterprise: str
    region: str
    level: str
    since_ms: int
    at_ms: int
    episode: str = ""
    grade: str = ""


class RiskNow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Score of a source or enterprise, at each change and at each full hour (topic `risk`). `score` 0-100, ordinal only."""

    scope: Literal["source", "enterprise"]
    code: str
    enterprise: str
    region: str
    at_ms: int
    level: str
    score: float
    inherent: float
    activity: float
    management: float
    target: str
    causes: int
    grade: str = ""
    stock_share: float | None = None
    parameters: str = ""


class PointMinute(msgspec.Struct, frozen=True, kw_only=True):
    """A column block of one minute of log time (topic `aggregates`): parallel arrays, one row a point that is registered."""

    at_ms: int  # start of the minute
    enterprise: list[str]
    source: list[str]
    point: list[str]
    n: list[int]
    mean: list[float]
    low: list[float]
    high: list[float]
    last: list[float]
    good: list[int]  # readings with roll-up GOOD
    online_s: list[int]  # seconds of the minute in which the point was online, 0..60
    kind: Literal["points"] = "points"


class OnlineMinute(msgspec.Struct, frozen=True, kw_only=True):
    """Online seconds of one minute (topic `aggregates`): enterprises (`of` = enterprise) or cameras (`of` = camera).

    `due_s` counts the required seconds (points or cameras x 60), `filed_s` those excused by a filed outage.
    """

    at_ms: int
    of: Literal["enterprise", "camera"]
    region: list[str]
    enterprise: list[str]
    code: list[str]
    online_s: list[int]
    due_s: list[int]
    filed_s: list[int]
    up_s: list[int]  # seconds in which the enterprise as a whole counted as online
    kind: Literal["online"] = "online"


class QualityDay(msgspec.Struct, frozen=True, kw_only=True):
    """The five qualities of one local day (topic `aggregates`): parallel arrays, one row a point, source, enterprise or region.

    The sums are readings and can be added, so a region is the sum of what all partitions say of it. The scores follow from them, 0 to
    100; null where too few readings were due for a score, then the sums are what there is to say.
    """

    at_ms: int  # start of the local day
    of: Literal["point", "source", "enterprise", "region"]
    partition: int
    region: list[str]
    enterprise: list[str]  # empty for regions
    code: list[str]
    due: list[int]
    got: list[int]  # of those due
    seen: list[int]
    untrue: list[int]
    untimely: list[int]
    irregular: list[int]
    inaccurate: list[int]
    true: list[float | None]
    immediate: list[float | None]
    complete: list[float | None]
    normalised: list[float | None]
    accurate: list[float | None]
    score: list[float | None]
    kind: Literal["quality"] = "quality"


class CommitmentState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """State of one enterprise's commitment of one local day (topic `aggregates`): on_time, late, missing, incomplete."""

    enterprise: str
    region: str
    date: str
    state: Literal["on_time", "late", "missing", "incomplete"]
    at_ms: int
    received_ms: int = 0
    missing_fields: tuple[str, ...] = ()
    kind: Literal["commitment"] = "commitment"


class RegionClose(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one region (county) and minute of log time of one partition (topic `region-close`); scores in integer micro-units."""

    at_ms: int
    partition: int
    region: list[str]
    enterprises: list[int]
    score_sum: list[int]
    score_max: list[int]
    red: list[int]
    orange: list[int]
    yellow: list[int]
    blue: list[int]
    worst: list[str]  # enterprise code
    online: list[int]  # enterprises online


class RegionRisk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Combined minute of one region (topic `region-risk`, key = region). `score` is Nemerow over enterprises, for ranking only;
    the colour is that of the worst enterprise."""

    region: str
    at_ms: int
    level: str
    score: float
    enterprises: int
    red: int
    orange: int
    yellow: int
    blue: int
    worst: str
    provisional: bool = False
    partitions: int = 0


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record or value that could not be used (topic `dead-letters`): coordinates, field, reason, at most 64 KB of payload."""

    topic: str
    partition: int
    offset: int
    field: str
    reason: str
    detail: str
    at_ms: int
    enterprise: str = ""
    payload: str = ""  # base64, at most 64 KB of the original
    payload_bytes: int = 0
    payload_sha256: str = ""
    count: int = 1  # more than 1: thinned by quarantine, this one stands for as many


OutputValue = (Warning | PointAlarm | Finding | LevelNow | RiskNow | PointMinute | OnlineMinute | QualityDay | CommitmentState
               | RegionClose | RegionRisk | DeadLetter)  # fmt: skip

_encoder = msgspec.json.Encoder(order=None)


def encode(topic: str, key: str, value: OutputValue) -> Output:
    """The output record for `value`: JSON with the struct's own field order, floats in shortest round-trip form."""
    return Output(topic, key.encode(), _encoder.encode(value))
