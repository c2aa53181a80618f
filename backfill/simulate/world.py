"""An invented world from a seed: regions, parks, enterprises with everything under them, and how each point behaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from backfill.simulate.names import Names
from backfill.simulate.plants import DevicePlan, SourcePlan, site_detectors, sources_of
from backfill.simulate.templates import Cycle, Part
from streams.domain.registry import (
    Camera,
    CameraPlace,
    Device,
    Enterprise,
    HazardSource,
    Interlock,
    Park,
    Person,
    Profile,
    Region,
    RegistryRecord,
)

Scale = Literal["county", "city", "province", "nation"]


class Size(NamedTuple):
    provinces: int
    cities: int  # in each province
    counties: int  # in each city
    enterprises: int  # in all


SIZES: dict[Scale, Size] = {
    "county": Size(1, 1, 1, 8),
    "city": Size(1, 1, 5, 40),
    "province": Size(1, 8, 6, 235),
    "nation": Size(30, 8, 6, 7050),
}


class Signal(NamedTuple):
    """One point of a gateway in the order of its frames."""

    code: str
    device: str
    area: str
    part: Part
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class Gateway:
    """What sends one frame a period: all points of one hazard source, or of the enterprise itself (`source` is "")."""

    enterprise: str
    source: str
    gateway: str
    profile: Profile
    region: str
    kind: str
    period_s: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class World:
    """Everything that does not change while it is played."""

    seed: int
    scale: Scale
    registry: tuple[RegistryRecord, ...]
    gateways: tuple[Gateway, ...]

    @staticmethod
    def generate(scale: Scale, seed: int, period_s: int | None = None) -> World:
        """A world; the same arguments give the same one. `period_s` sets the period of all gateways (None: 1, 5 or 10 s)."""
        return _Maker(scale, seed, period_s).world()

    @property
    def enterprises(self) -> tuple[Enterprise, ...]:
        return tuple(record for record in self.registry if isinstance(record, Enterprise))

    @property
    def points(self) -> int:
        return sum(len(gateway.signals) for gateway in self.gateways)


class _Maker:
    def __init__(self, scale: Scale, seed: int, period_s: int | None) -> None:
        if period_s is not None and period_s < 1:
            raise ValueError("a period is at least 1 s")
        self.scale, self.seed, self.period_s = scale, seed, period_s
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1])))
        self.names = Names(self.rng)
        self.gateways: list[Gateway] = []

    def world(self) -> World:
        regions = list(self._regions())
        counties = [region for region in regions if region.kind == "county"]
        parks = [
            Park(code=f"Y{county.code}", name=f"{county.name[:2]}化工园区", region=county.code) for county in counties[::2]
        ]  # fmt: skip
        park_of = {park.region: park for park in parks}
        enterprises = []
        total = SIZES[self.scale].enterprises
        for i in range(total):
            county = counties[i % len(counties)]
            park = park_of.get(county.code) if self.rng.random() < 0.6 else None
            # steel and aluminium are a twelfth each, and every county of eight has one of both
            profile: Profile = "steel" if i % 12 == 3 else "aluminium" if i % 12 == 6 else "hazchem"
            enterprises.append(self._enterprise(county, park, f"{county.code}{i // len(counties) + 1:02d}", profile))
        return World(self.seed, self.scale, (*regions, *parks, *enterprises), tuple(self.gateways))

    def _regions(self) -> Iterator[Region]:
        size = SIZES[self.scale]
        for p in range(1, size.provinces + 1):
            province = Region(code=f"V{p:02d}", name=self.names.place("省"), kind="province")
            yield province
            for c in range(1, size.cities + 1):
                city = Region(code=f"V{p:02d}{c:02d}", name=self.names.place("市"), kind="city", parent=province.code)
                yield city
                for k in range(1, size.counties + 1):
                    zone = k == size.counties and size.counties > 1  # a high-tech zone: its code tells nothing of its city
                    code = f"V{p:02d}99{c:02d}" if zone else f"{city.code}{k:02d}"
                    yield Region(code=code, name=self.names.place("高新区" if zone else "县"), kind="county", parent=city.code)

    def _enterprise(self, county: Region, park: Park | None, code: str, profile: Profile) -> Enterprise:
        place = county.name[:2]
        longitude, latitude = round(float(self.rng.uniform(100, 125)), 4), round(float(self.rng.uniform(25, 45)), 4)
        principal = Person(role="principal", name=self.names.person(), phone=self.names.phone())
        plans = sources_of(self.rng, profile)
        sources = tuple(
            self._source(code, county.code, profile, f"{code}{n:03d}", plan, principal, (longitude, latitude))
            for n, plan in enumerate(plans, 1)
        )
        site = site_detectors(self.rng, profile)
        self._gateway(code, "", county.code, profile, "site", (site,), f"{code}G0")
        return Enterprise(
            code=code, name=self.names.firm(place, profile), region=county.code, supervisor=park.code if park else county.code,
            profile=profile, park=park.code if park else None, sources=sources, devices=(self._device(code, site, self._period("site")),),
            cameras=(Camera(code=f"{code}C00", name="中控室", place="control_room"),), persons=(principal,), longitude=longitude,
            latitude=latitude,
        )  # fmt: skip

    def _source(
        self,
        enterprise: str,
        region: str,
        profile: Profile,
        code: str,
        plan: SourcePlan,
        principal: Person,
        at: tuple[float, float],
    ) -> HazardSource:
        period_s = self._gateway(enterprise, code, region, profile, plan.kind, plan.devices, f"{code}G")
        prefix = code[-3:]
        devices = tuple(self._device(enterprise, device, period_s, prefix) for device in plan.devices)
        interlocks = tuple(
            Interlock(code=f"{prefix}-IL-{device}-{part}", name=f"{device} {part} 联锁", device=f"{prefix}-{device}",
                      guards=(f"{prefix}-{device}-{part}",))
            for device, part in plan.guards
        )  # fmt: skip
        others = tuple(
            Person(role=role, name=self.names.person(), phone=self.names.phone()) for role in ("technical", "operational")
        )
        return HazardSource(
            code=code, name=plan.name, kind=plan.kind, people=plan.people, chemicals=plan.chemicals, devices=devices,
            interlocks=interlocks, cameras=self._cameras(code, plan.camera_place), persons=(principal, *others),
            key_process=plan.key_process, five_high=plan.five_high, longitude=at[0], latitude=at[1],
        )  # fmt: skip

    def _cameras(self, code: str, place: CameraPlace) -> tuple[Camera, ...]:
        count = int(self.rng.integers(2, 5))
        return tuple(Camera(code=f"{code}C{i}", name=f"{i} 号机位", place=place) for i in range(1, count + 1))

    def _period(self, kind: str) -> int:
        return self.period_s or (5 if kind == "site" else 1)

    def _gateway(
        self,
        enterprise: str,
        source: str,
        region: str,
        profile: Profile,
        kind: str,
        devices: tuple[DevicePlan, ...],
        gateway: str,
    ) -> int:
        draw = float(self.rng.random())  # drawn always: a given period leaves the rest of the world alike
        period_s = self._period("site") if kind == "site" else (self.period_s or (1 if draw < 0.7 else 5 if draw < 0.9 else 10))
        prefix = source[-3:] if source else "000"
        signals = tuple(
            Signal(f"{prefix}-{device.at}-{part.code}", f"{prefix}-{device.at}", device.area, part, device.cycle)
            for device in devices
            for part in device.parts
        )
        self.gateways.append(Gateway(enterprise, source, gateway, profile, region, kind, period_s, signals))
        return period_s

    def _device(self, enterprise: str, plan: DevicePlan, period_s: int, prefix: str = "000") -> Device:
        code = f"{prefix}-{plan.at}"
        points = tuple(part.point(code, plan.area, float(period_s)) for part in plan.parts)
        return Device(code=code, name=plan.name, kind=plan.kind, area=plan.area, points=points)
