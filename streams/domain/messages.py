"""Messages on the raw topics (ING-1 to ING-15), as the wire carries them. All times are epoch milliseconds.

Unknown keys are refused. `enterprise` is the key of every raw topic but the broadcast ones.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    schema: int = 1
    enterprise: str


class Frame(Message, frozen=True):
    """One gateway packet with many points: `values[i]` belongs to `codes[i]`; null means not collected.

    `connected` false: the gateway lost its own data source. `valid`, `units`, `at` are parallel to `codes` when given.
    """

    gateway: str
    collected_at: int
    codes: list[str]
    values: list[float | None]
    connected: bool = True
    valid: list[bool] | None = None
    units: list[str] | None = None
    at: list[int] | None = None


class VideoStatus(Message, frozen=True):
    collected_at: int
    cameras: list[str]
    states: list[Literal["online", "offline", "masked", "abnormal"]]
    pictures: dict[
        str, str
    ] = {}  # camera -> hash of its present picture, where the platform can tell; the same for long is a photograph


class VideoAlarm(Message, frozen=True):
    """A smart-video alarm (ING-3); `state` off is only what the camera says, a person ends the cause."""

    id: str
    camera: str
    kind: Literal["smoke", "flame", "absent", "sleeping", "no_protection", "intrusion", "crowd", "smoking", "phone",
                  "extinguisher", "static_release", "unattended_unloading"]  # fmt: skip
    state: Literal["on", "off"]
    at: int


class Commitment(Message, frozen=True):
    """The daily safety commitment (安全承诺公告, ING-4). Every field is mandatory; a missing one is `incomplete`, not a dead letter."""

    date: str  # local date, YYYY-MM-DD
    signed_by: str | None = None
    signed_at: int | None = None
    units_total: int | None = None
    units_running: int | None = None
    units_stopped: int | None = None
    units_overhaul: int | None = None
    hot_work_special: int | None = None
    hot_work_1: int | None = None
    hot_work_2: int | None = None
    confined_space: int | None = None
    blind_plate: int | None = None
    height_work: int | None = None
    lifting: int | None = None
    temporary_power: int | None = None
    excavation: int | None = None
    road_closure: int | None = None
    contractor_jobs: int | None = None
    trial_production: bool | None = None
    start_stop: bool | None = None
    major_hidden_danger: bool | None = None
    risk_grade: Literal["red", "orange", "yellow", "blue"] | None = None
    measures: str | None = None


class WorkPermit(Message, frozen=True):
    """A special work permit (特殊作业票, ING-6). Live from `started` to `closed` or `cancelled`."""

    permit: str
    kind: Literal["hot_work", "confined_space", "blind_plate", "height", "lifting", "temporary_power", "excavation", "road_closure",
                  "tank_transfer", "tank_cleaning", "draining", "maintenance"]  # fmt: skip
    state: Literal["issued", "started", "suspended", "closed", "cancelled"]
    at: int
    source: str = ""  # hazard source; empty: the enterprise's site
    area: str = ""
    grade: Literal["special", "1", "2", "3", "4", ""] = ""
    start_at: int | None = None  # planned
    end_at: int | None = None  # planned; also the end of the permit's life
    gas_test_at: int | None = None
    contractor: bool = False
    guardian: str | None = None  # the person who watches over the work; None: the sender does not say
    outdoor: bool | None = None
    upgraded: bool | None = None  # managed one grade up, as holidays, rest days and nights ask for; None: not said


class PositioningAlarm(Message, frozen=True):
    id: str
    kind: Literal["left_post", "wrong_post", "crowd", "out_of_bounds", "sos", "motionless", "overstay", "missing_post",
                  "over_number", "under_number"]  # fmt: skip
    state: Literal["on", "off"]
    at: int
    source: str = ""
    area: str = ""


class PreventionIndicator(Message, frozen=True):
    """Dual-prevention rates (双重预防, ING-8), shares from 0 to 1, of the period that ends with `date`."""

    date: str
    risk_analysis: float
    inspection: float
    rectification: float
    inspections_due: int | None = None
    inspections_done: int | None = None
    dangers_due: int | None = None
    dangers_closed: int | None = None


class Outage(Message, frozen=True):
    """A filed shutdown, maintenance, calibration, drill, start-up or shut-down (ING-9). Prospective, per device or point, ends by
    itself. `start_up` and `shut_down` say that a unit is being started or stopped; they excuse no missing data."""

    id: str
    kind: Literal["outage", "calibration", "drill", "start_up", "shut_down"]
    filed_at: int
    start_at: int
    end_at: int
    filed_by: str
    reason: str
    devices: list[str] = []
    points: list[str] = []
    cameras: list[str] = []
    cancelled: bool = False


class InterlockState(Message, frozen=True):
    interlock: str
    state: Literal["normal", "failed", "bypassed", "tripped"]
    at: int
    reason: str = ""


class EnterpriseAlarm(Message, frozen=True):
    """An alarm that the enterprise's own system raised (ING-14); compared with ours."""

    point: str
    state: Literal["HH", "H", "L", "LL", "normal"]
    at: int
    value: float | None = None
    id: str = ""


class DutyRecord(Message, frozen=True):
    """Duty of a responsible person done (包保履职, ING-5) or a patrol or watch record."""

    id: str
    kind: Literal["principal", "technical", "operational", "watch", "patrol"]
    person: str
    done_at: int
    source: str = ""
    result: Literal["done", "problem", "absent"] = "done"
    note: str = ""


class Action(Message, frozen=True):
    """What a person does (ING-15). `causes`, `points`, `relates` name what it is about; the engine checks who may."""

    id: str
    kind: Literal["acknowledge", "shelve", "unshelve", "verify", "out_of_service", "restore", "confirm_relaxed", "report",
                  "disposal_report", "return_report", "accept_report", "supervision_result", "patrol", "spot_check"]  # fmt: skip
    author: str
    role: Literal[
        "operator", "responsible_person", "principal", "direct_supervisor", "city_office", "province_office", "inspector"
    ]
    at: int
    source: str = ""
    points: list[str] = []
    causes: list[str] = []
    verdict: Literal["real", "false", "maintenance", "calibration", "config", ""] = ""
    evidence: str = ""
    on_site: bool = False
    until: int | None = None
    reason: str = ""
    measures: str = ""
    substitute: str = ""
    co_signers: list[str] = []  # "role:name"
    relates: str = ""  # episode, order, task or form that it answers; empty: the one that waits


class Weather(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Weather of a region (broadcast, ING-10)."""

    region: str
    at: int
    schema: int = 1
    wind_ms: float | None = None
    temperature_c: float | None = None
    warning: Literal["none", "blue", "yellow", "orange", "red"] = "none"
    kind: str = ""  # thunder, gale, heat, flood ...
    until: int | None = None


class SpecialPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A special period, holiday or workday of a region (broadcast topic `calendar`). A workday makes a weekend none."""

    region: str
    id: str
    name: str
    start_at: int
    end_at: int
    schema: int = 1
    cancelled: bool = False
    kind: Literal["special", "holiday", "workday"] = "special"


class RulesPublished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole rule set: path -> text. `hash` is the SHA-256 of its canonical JSON; `approved_by` signs relaxations."""

    hash: str
    files: dict[str, str]
    schema: int = 1
    approved_by: str = ""


class ParametersPublished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Engine parameters: matrix, tiers, holds, score bands (broadcast topic `parameters`)."""

    hash: str
    files: dict[str, str]
    schema: int = 1
    approved_by: str = ""


class ModelPublished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A detector of one hazard source as plain arrays (broadcast topic `models`); `hash` covers `arrays` and `meta`.

    `enterprise` may be left out where no two enterprises use the same code for a source.
    """

    source: str
    hash: str
    kind: str
    points: list[str]
    arrays: dict[str, Any]
    meta: dict[str, Any]
    schema: int = 1
    enterprise: str = ""


Event = (VideoStatus | VideoAlarm | Commitment | WorkPermit | PositioningAlarm | PreventionIndicator | Outage | InterlockState
         | EnterpriseAlarm | DutyRecord | Action | Weather | SpecialPeriod | RulesPublished | ParametersPublished | ModelPublished)  # fmt: skip

RAW_TOPICS: dict[str, type] = {
    "readings": Frame,
    "video-status": VideoStatus,
    "video-alarms": VideoAlarm,
    "commitments": Commitment,
    "work-permits": WorkPermit,
    "positioning-alarms": PositioningAlarm,
    "prevention-indicators": PreventionIndicator,
    "outages": Outage,
    "interlocks": InterlockState,
    "enterprise-alarms": EnterpriseAlarm,
    "duty-records": DutyRecord,
    "actions": Action,
}
BROADCAST_TOPICS: dict[str, type | None] = {
    "weather": Weather,
    "calendar": SpecialPeriod,
    "registry": None,  # by key: region/, park/, enterprise/
    "rules": RulesPublished,
    "parameters": ParametersPublished,
    "models": ModelPublished,
}
