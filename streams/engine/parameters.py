"""Numbers of the decisions as data: matrix, tiers, holds, site management, episodes, poison. Nothing here is the law's number
unless its tag in `risk_rules/parameters` says so; every score and warning names the hash of the set in force.

The engine starts with `shipped()`, the same numbers as the YAML files (a test holds them equal), until a set arrives in the log.
How files are read is in `parameters_load`, what may act unsigned in `parameters_strict`, which numbers a place has in `policies`.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec

from streams.domain.scale import Level
from streams.engine.episodes.ladders import SHIPPED, Ladder
from streams.engine.truth.settings import Truth

LevelCode = Literal["blue", "yellow", "orange", "red"]
Row = tuple[LevelCode, LevelCode, LevelCode, LevelCode]  # columns IV, III, II, I
_REST: Row = ("blue", "blue", "blue", "blue")
_RED: Row = ("red", "red", "red", "red")
_MATRIX: tuple[Row, ...] = (
    _REST,
    ("blue", "blue", "yellow", "yellow"),
    ("yellow", "yellow", "orange", "orange"),
    ("orange", "red", "red", "red"),
    _RED,
)


_DEDUCTIONS = {
    "commitment": 20.0, "prevention": 20.0, "duty": 10.0, "permits": 10.0, "positioning": 10.0, "video": 10.0,
    "weather": 5.0, "special_period": 5.0, "start_stop": 5.0, "outage": 5.0, "alarms": 10.0, "model": 10.0,
}  # fmt: skip
_NEXT_OFFICE = {"direct_supervisor": "city_office", "city_office": "province_office"}


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: a misspelt key is refused, not ignored."""


class ProfileMatrix(Section, frozen=True):
    """Level by tier (rows 0 to 4) and grade (columns IV to I)."""

    rows: tuple[Row, Row, Row, Row, Row] = _MATRIX  # type: ignore[assignment]


class Matrix(Section, frozen=True):
    hazchem: ProfileMatrix = ProfileMatrix()
    steel: ProfileMatrix = ProfileMatrix()
    aluminium: ProfileMatrix = ProfileMatrix()
    site_lost_floor: LevelCode = "yellow"
    out_of_service_floor: LevelCode = "yellow"
    aged_ceiling: LevelCode = "orange"  # what ageing alone may reach
    management_ceiling: LevelCode = "orange"  # what site management may reach


class Columns(Section, frozen=True):
    """Which column of the matrix a source without a filed or computed grade takes."""

    five_high_steps: tuple[float, float, float] = (30.0, 50.0, 85.0)
    unknown: Literal["I", "II", "III", "IV"] = "II"
    filling_station: Literal["I", "II", "III", "IV"] = "IV"
    below_threshold: Literal["I", "II", "III", "IV"] = "IV"
    empty_site: Literal["I", "II", "III", "IV"] = "III"
    toxic_beta: float = 4.0


class Tiers(Section, frozen=True):
    """When evidence becomes a cause, how it grows, and the windows in which evidence belongs together."""

    attention_after_s: int = 600
    alarm_due_s: int = 3600
    gas_age_s: int = 300
    serious_age_s: int = 900
    flame_confirm_s: int = 30
    fire_window_s: int = 600
    mould_cutoff_s: int = 10
    mould_freezes_s: int = 300
    cast_still_share: float = 0.01
    launder_empty_share: float = 0.1
    filling_share: float = 0.02
    two_sources_window_s: int = 1800
    loss_window_s: int = 600
    lost_share: float = 0.5
    own_alarm_unseen_s: int = 60


class Holds(Section, frozen=True):
    """Level in force = the highest target of the last hold time; silence is stale after these times."""

    min_s: int = 600
    periods: int = 3
    stale_periods: int = 5
    stale_min_s: int = 600
    near_cause_periods: int = 3
    near_cause_min_s: int = 60
    near_cause_window_s: int = 600
    platform_credit_max_s: int = 600
    camera_silent_s: int = 600


class Management(Section, frozen=True):
    """Site management: items that rules may step up by (and models). Those of `from_rest` lift a source that has no open cause too."""

    items: tuple[str, ...] = ("commitment", "prevention", "duty", "permits", "positioning", "video", "weather", "special_period",
                              "start_stop", "outage", "alarms", "model")  # fmt: skip
    from_rest: tuple[str, ...] = ("model",)
    weather_valid_s: int = 21_600
    positioning_age_s: int = 28_800  # an alarm whose end nobody tells; never of a person in need
    video_age_s: int = 3_600
    deductions: dict[str, float] = msgspec.field(default_factory=lambda: dict(_DEDUCTIONS))


class Signing(Section, frozen=True):
    """Who may end what only a person may end: for each level a list of roles, one of each group must sign."""

    yellow: tuple[tuple[str, ...], ...] = (("responsible_person", "principal"),)
    orange: tuple[tuple[str, ...], ...] = (("responsible_person", "principal"), ("direct_supervisor",))
    red: tuple[tuple[str, ...], ...] = (("principal",), ("city_office",))
    unanswered_s: int = 1800
    next_office: dict[str, str] = msgspec.field(default_factory=lambda: dict(_NEXT_OFFICE))
    out_of_service_max_s: int = 259_200
    shelve_max_s: int = 28_800
    shelve_graver: tuple[str, ...] = ("direct_supervisor", "city_office", "province_office")
    request_valid_s: int = 86_400
    action_valid_s: int = 86_400
    clock_slack_s: int = 60
    calibration_ahead_s: int = 600
    calibration_max_s: int = 3600


class Alarms(Section, frozen=True):
    """Point alarms: repeats, standing, flap and chatter. What is shelved or grouped here is display; no level knows of it."""

    overdue_repeat_s: Annotated[int, msgspec.Meta(ge=1)] = 3600
    standing_s: Annotated[int, msgspec.Meta(ge=1)] = 86_400
    same_run_s: int = 600  # away for no longer than this: the clocks of the run go on
    returned_keep_s: int = 604_800
    chatter_activations: Annotated[int, msgspec.Meta(ge=2)] = 3
    chatter_window_s: int = 60
    chatter_repeat_s: Annotated[int, msgspec.Meta(ge=1)] = 600
    flap_states: Annotated[int, msgspec.Meta(ge=3)] = 21
    flap_slot_s: Annotated[int, msgspec.Meta(ge=1)] = 30
    flap_high: float = 0.5
    flap_low: float = 0.25


class Day(Section, frozen=True):
    utc_offset_s: int = 28_800
    commitment_due_s: int = 36_000
    night_from_s: int = 79_200
    night_until_s: int = 21_600


class Poison(Section, frozen=True):
    """Quarantine of a sender whose records are mostly bad; it thins dead letters and nothing else."""

    bad_share: float = 0.5
    min_records: int = 20
    window_s: int = 60
    samples: int = 10
    calm_s: int = 300
    payload_bytes: int = 65_536
    output_bytes: int = 524_288


class Regional(Section, frozen=True):
    """What one region changes of the sections in `REGIONAL`: section -> field -> value, as plain values that were checked on reading."""

    version: str
    changes: dict[str, dict[str, Any]]


REGIONAL = ("matrix", "tiers", "holds", "management", "signing", "alarms")
SECTIONS = ("matrix", "columns", "tiers", "holds", "management", "signing", "alarms", "day", "poison", "truth")
VERSIONS = dict.fromkeys(SECTIONS, "1.0.0") | {"tiers": "1.1.0", "truth": "1.1.0"}  # of the numbers above; changed with them


class Parameters(Section, frozen=True):
    """One whole set, as it was published. `hash` covers everything in it; `regions` are changes by region code."""

    matrix: Matrix = Matrix()
    columns: Columns = Columns()
    tiers: Tiers = Tiers()
    holds: Holds = Holds()
    management: Management = Management()
    signing: Signing = Signing()
    alarms: Alarms = Alarms()
    day: Day = Day()
    poison: Poison = Poison()
    ladders: dict[str, Ladder] = msgspec.field(default_factory=lambda: dict(SHIPPED))
    truth: Truth = Truth()
    regions: dict[str, Regional] = {}
    versions: dict[str, str] = msgspec.field(default_factory=lambda: dict(VERSIONS))

    @property
    def hash(self) -> str:
        """Content hash, the version that scores and warnings name."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


def shipped() -> Parameters:
    """The numbers that come with this version."""
    return Parameters()


def level(code: str) -> Level:
    """The level named by `code`."""
    return Level[code.upper()]
