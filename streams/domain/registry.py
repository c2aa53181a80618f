"""The registry (一企一档): who and what is watched. One record an enterprise, so that a change is whole or not at all.

Records on the topic `registry` are JSON of these structs; keys are `region/CODE`, `park/CODE`, `enterprise/CODE`.
Scope follows parent links, never prefixes of region codes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

RegionKind = Literal["province", "city", "county"]
Profile = Literal["hazchem", "steel", "aluminium"]
SourceKind = Literal["tank_farm", "warehouse", "process_unit", "loading_station", "filling_station", "special_warehouse",
                     "blast_furnace", "converter", "ladle", "gas_holder", "gas_main", "casting_well", "other", "site"]  # fmt: skip
Quantity = Literal["pressure", "level", "temperature", "flow", "flow_difference", "combustible_gas", "toxic_gas", "oxygen",
                   "wind", "speed", "weight", "volume", "position", "concentration", "current", "vibration", "generic"]  # fmt: skip
Danger = Literal["high", "low", "both"]
CameraPlace = Literal["tank_farm", "warehouse", "process_unit", "control_room", "loading_station", "other"]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all registry records: unknown keys are refused."""


class Region(Record, frozen=True):
    code: str
    name: str
    kind: RegionKind
    parent: str | None = None
    name_en: str = ""


class Park(Record, frozen=True):
    code: str
    name: str
    region: str
    name_en: str = ""


class Chemical(Record, frozen=True):
    """A substance of a hazard source. `design_t` and `stock_t` in tonnes; Q and beta come from GB 18218 unless overridden."""

    name: str
    design_t: float
    cas: str = ""
    symbol: str = ""  # class of GB 18218 table 2 and 4 when the substance is not named in table 1
    critical_t: float | None = None
    beta: float | None = None
    toxic_gas: bool = False
    stock_t: float | None = None


class Limits(Record, frozen=True):
    """Alarm limits in the unit of the point; None means that the point has no such limit."""

    ll: float | None = None
    l: float | None = None  # noqa: E741 - the field's own name
    h: float | None = None
    hh: float | None = None


class Point(Record, frozen=True):
    """One monitored quantity. Times in seconds. None means: the default of the quantity (engine parameters)."""

    code: str
    name: str
    quantity: Quantity
    unit: str
    range_lo: float
    range_hi: float
    limits: Limits = Limits()
    danger: Danger = "high"
    area: str = ""  # empty: the whole source is one area
    medium: str = ""
    phase: str = ""
    resolution: float | None = None
    deadband: float | None = None
    on_delay_s: float | None = None
    off_delay_s: float | None = None
    period_s: float = 1.0
    stale_s: float | None = None
    rate_max: float | None = None  # largest physically possible change, unit per second
    role: str = ""  # what tells like quantities of a device apart: inlet, outlet, supply, return, standby, reference, set ...


class Device(Record, frozen=True):
    code: str
    name: str
    kind: str = ""
    area: str = ""
    points: tuple[Point, ...] = ()


class Interlock(Record, frozen=True):
    """A safety interlock and the points that it guards."""

    code: str
    name: str
    device: str
    guards: tuple[str, ...]


class Person(Record, frozen=True):
    role: Literal["principal", "technical", "operational"]
    name: str
    phone: str = ""


class Camera(Record, frozen=True):
    code: str
    name: str
    place: CameraPlace
    area: str = ""


class HazardSource(Record, frozen=True):
    """The unit that is scored. `people` = residents exposed within 500 m outside the boundary."""

    code: str
    name: str
    kind: SourceKind
    people: int = 0
    chemicals: tuple[Chemical, ...] = ()
    devices: tuple[Device, ...] = ()
    interlocks: tuple[Interlock, ...] = ()
    cameras: tuple[Camera, ...] = ()
    persons: tuple[Person, ...] = ()
    key_process: bool = False  # key supervised process (重点监管工艺)
    grade: Literal["I", "II", "III", "IV"] | None = None  # filed grade; None: computed from the chemicals
    five_high: float | None = None  # five-high index of steel and aluminium
    longitude: float | None = None
    latitude: float | None = None


class Enterprise(Record, frozen=True):
    """One enterprise with everything under it. `devices` and `cameras` of its own are scored in its site source."""

    code: str
    name: str
    region: str  # code of its county
    supervisor: str  # direct supervisor (直接监管): code of a county or park
    profile: Profile = "hazchem"
    park: str | None = None
    name_en: str = ""
    sources: tuple[HazardSource, ...] = ()
    devices: tuple[Device, ...] = ()
    cameras: tuple[Camera, ...] = ()
    persons: tuple[Person, ...] = ()
    longitude: float | None = None
    latitude: float | None = None
    closed: bool = False


RegistryRecord = Region | Park | Enterprise
SITE = "SITE"  # code of the site source of an enterprise: "{enterprise}-SITE"
