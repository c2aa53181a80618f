"""Hazard sources of the three profiles: devices with their parts and cycles, chemicals for a wanted grade, cameras, interlocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from backfill.simulate import templates as t
from backfill.simulate.templates import Cycle, Part
from models import inherent
from streams.domain.registry import CameraPlace, Chemical, Profile, SourceKind

HOUR_S = 3600.0


class DevicePlan(NamedTuple):
    """`at` is a short code such as T-101, unique in the enterprise after its prefix; `area` "" = the whole source."""

    at: str
    name: str
    kind: str
    parts: tuple[Part, ...]
    cycle: Cycle
    area: str = ""


class SourcePlan(NamedTuple):
    kind: SourceKind
    name: str
    devices: tuple[DevicePlan, ...]
    chemicals: tuple[Chemical, ...] = ()
    people: int = 0
    key_process: bool = False
    five_high: float | None = None
    guards: tuple[tuple[str, str], ...] = ()  # (device, part code) pairs that have an interlock
    camera_place: CameraPlace = "process_unit"


class Stuff(NamedTuple):
    """A main chemical: what detectors look for, and in which kinds of source it is met."""

    name: str
    cas: str
    toxic: str  # name of the toxic gas that detectors look for, "" none
    combustible: bool
    pressured: bool


_STUFF = (
    Stuff("甲醇", "67-56-1", "", True, False), Stuff("苯", "71-43-2", "苯", True, False), Stuff("甲苯", "108-88-3", "", True, False),
    Stuff("2-丙烯腈", "107-13-1", "2-丙烯腈", True, False), Stuff("汽油", "86290-81-5", "", True, False),
    Stuff("苯乙烯", "100-42-5", "", True, False), Stuff("液化石油气", "68476-85-7", "", True, True),
    Stuff("氨", "7664-41-7", "氨", False, True), Stuff("氯", "7782-50-5", "氯", False, True),
    Stuff("环氧乙烷", "75-21-8", "环氧乙烷", True, True),
)  # fmt: skip
_STORED = (("硝酸铵(可燃物≤0.2%)", "6484-52-2"), ("氯酸钠", "7775-09-9"), ("氯酸钾", "3811-04-9"), ("白磷", "12185-10-3"))
# wanted R and share of sources up to it: below the threshold, IV, III, II, I
_WANTED = ((0.0, 0.12), (5.0, 0.55), (22.0, 0.80), (68.0, 0.92), (160.0, 1.0))


def _cycle(rng: np.random.Generator, lo_h: float, hi_h: float) -> Cycle:
    fill, full, empty = rng.uniform(0.15, 0.3), rng.uniform(0.15, 0.35), rng.uniform(0.15, 0.3)
    return Cycle(round(float(rng.uniform(lo_h, hi_h)) * HOUR_S, 0), float(rng.random()), float(fill), float(full), float(empty))


def _pick(rng: np.random.Generator, many: Sequence[Stuff]) -> Stuff:
    return many[int(rng.integers(len(many)))]


def _people(rng: np.random.Generator) -> int:
    return int((0, 0, 12, 36, 60, 130)[int(rng.integers(6))])


def chemicals_for(rng: np.random.Generator, name: str, cas: str, people: int, toxic: bool) -> tuple[Chemical, ...]:
    """The design amount that gives a grade drawn from the usual mix, also below the legal threshold."""
    draw = float(rng.random())
    wanted = next(r for r, share in _WANTED if draw < share)
    one = inherent.term(inherent.Substance(name, 1.0, cas))[0]
    if wanted == 0.0:
        design = one.critical_t * float(rng.uniform(0.2, 0.8))
    else:
        r = wanted * float(rng.uniform(0.8, 1.35))
        design = max(r / (inherent.alpha(people) * one.weighted), one.critical_t * 1.05)
    design = round(min(design, 60_000.0), 1 if design < 100 else 0)
    return (
        Chemical(name=name, cas=cas, design_t=design, toxic_gas=toxic, stock_t=round(design * float(rng.uniform(0.3, 0.8)), 1)),
    )


def _gas(n: int, stuff: Stuff) -> list[Part]:
    """`n` detectors: half combustible, half toxic where the substance is both."""
    kinds = [k for k, wanted in (("c", stuff.combustible), ("t", bool(stuff.toxic))) if wanted]
    picks = [kinds[i % len(kinds)] for i in range(n)]
    return [t.combustible(i + 1, stuff.name) if kind == "c" else t.toxic(i + 1, stuff.toxic) for i, kind in enumerate(picks)]


def _detectors(rng: np.random.Generator, at: str, parts: list[Part], area: str) -> DevicePlan:
    return DevicePlan(at, f"{area or at}气体探测器", "gas_detection", tuple(parts), _cycle(rng, 10, 20), area)


def tank_farm(rng: np.random.Generator, n: int) -> SourcePlan:
    stuff = _pick(rng, _STUFF)
    people = _people(rng)
    devices = []
    height = float(rng.integers(10, 19))
    for i in range(3):
        parts = (
            t.sphere(stuff.name)
            if stuff.pressured
            else t.tank(height, stuff.name, float(rng.uniform(0.22, 0.32)), float(rng.uniform(0.6, 0.74)))
        )
        word, kind = ("球罐", "sphere") if stuff.pressured else ("储罐", "tank")
        devices.append(
            DevicePlan(f"T{n}{i + 1:02d}", f"{stuff.name}{word} T-{n}{i + 1:02d}", kind, tuple(parts), _cycle(rng, 7, 30))
        )
    devices.append(_detectors(rng, f"G{n}01", _gas(6, stuff), f"罐区{n}"))
    chemicals = chemicals_for(rng, stuff.name, stuff.cas, people, bool(stuff.toxic) and stuff.pressured)
    guards = tuple((device.at, "LI") for device in devices[:3])
    return SourcePlan(
        "tank_farm", f"{stuff.name}罐区", tuple(devices), chemicals, people, guards=guards, camera_place="tank_farm"
    )


def process_unit(rng: np.random.Generator, n: int) -> SourcePlan:
    stuff = _pick(rng, _STUFF)
    people = _people(rng)
    area = f"装置{n}"
    devices = [
        DevicePlan(
            f"R{n}{i + 1:02d}", f"反应釜 R-{n}{i + 1:02d}", "reactor", tuple(t.reactor(stuff.name)), _cycle(rng, 5, 12), area
        )
        for i in range(3)
    ]
    devices.append(_detectors(rng, f"G{n}01", _gas(5, stuff), area))
    name = ("氯化", "硝化", "加氢", "聚合", "氧化", "合成")[int(rng.integers(6))]
    guards = tuple((device.at, part) for device in devices[:3] for part in ("TI", "PI"))
    return SourcePlan("process_unit", f"{name}装置", tuple(devices), chemicals_for(rng, stuff.name, stuff.cas, people, bool(stuff.toxic)),
                      people, key_process=bool(rng.random() < 0.5), guards=guards)  # fmt: skip


def warehouse(rng: np.random.Generator, n: int) -> SourcePlan:
    people = _people(rng)
    special = bool(rng.random() < 0.4)
    stuff = Stuff(*_STORED[int(rng.integers(len(_STORED)))], "", True, False) if special else _pick(rng, _STUFF[:6])
    rooms = [
        DevicePlan(
            f"K{n}{i + 1:02d}", f"{i + 1} 号库房", "room", tuple(t.store_room(stuff.name)), _cycle(rng, 10, 20), f"库房{n}"
        )
        for i in range(7)
    ]
    gas = _detectors(rng, f"G{n}01", _gas(8, stuff), f"库房{n}")
    return SourcePlan("special_warehouse" if special else "warehouse", f"{stuff.name.split('(')[0]}仓库", (*rooms, gas),
                      chemicals_for(rng, stuff.name, stuff.cas, people, False), people, camera_place="warehouse")  # fmt: skip


def loading_station(rng: np.random.Generator, n: int) -> SourcePlan:
    stuff = _pick(rng, _STUFF[:6])
    arms = [
        DevicePlan(f"L{n}{i + 1:02d}", f"{i + 1} 号鹤管", "loading_arm", tuple(t.loading_arm(stuff.name)), _cycle(rng, 1.5, 4))
        for i in range(4)
    ]
    chemical = Chemical(name=stuff.name, cas=stuff.cas, design_t=60)
    line = DevicePlan(f"P{n}01", "发料管线", "loading_line", tuple(t.loading_line(stuff.name)), _cycle(rng, 6, 12))
    return SourcePlan("loading_station", "装卸栈台", (*arms, line, _detectors(rng, f"G{n}01", _gas(6, stuff), f"栈台{n}")), (chemical,),
                      _people(rng), camera_place="loading_station")  # fmt: skip


def _co(rng: np.random.Generator, at: str, count: int, area: str) -> DevicePlan:
    return _detectors(rng, at, [t.toxic(i + 1, "一氧化碳") for i in range(count)], area)


def blast_furnace(rng: np.random.Generator, n: int) -> SourcePlan:
    body = DevicePlan(f"BF{n}", f"{n} 号高炉", "blast_furnace", tuple(t.blast_furnace()), _cycle(rng, 2, 4), f"高炉{n}")
    still = _cycle(rng, 2, 4)
    circuits = [
        DevicePlan(f"BS{n}{i}", f"{n}-{i} 号冷却壁回路", "cooling_circuit", tuple(t.stave_circuit()), still, f"高炉{n}")
        for i in (1, 2)
    ]
    around = [
        DevicePlan(f"BP{n}", f"{n} 号高炉泵房", "water_main", tuple(t.pump_house()), still, f"高炉{n}"),
        DevicePlan(f"BH{n}", f"{n} 号热风炉", "hot_stove", tuple(t.stove()), still, f"高炉{n}"),
        DevicePlan(f"BW{n}", f"{n} 号炉前渣沟", "pit", tuple(t.dry_pit()), still, f"高炉{n}"),
    ]
    gas = _co(rng, f"G{n}01", 6, f"高炉{n}")
    return SourcePlan("blast_furnace", f"{n} 号高炉", (body, *circuits, *around, gas), five_high=round(float(rng.uniform(38, 88)), 1),
                      guards=((f"BF{n}", "PT"),))  # fmt: skip


def converter(rng: np.random.Generator, n: int) -> SourcePlan:
    bodies = [
        DevicePlan(f"BOF{n}{i}", f"{n}-{i} 号转炉", "converter", tuple(t.converter()), _cycle(rng, 0.6, 0.8), f"炼钢{n}")
        for i in (1, 2, 3)
    ]
    guards = tuple((body.at, part) for body in bodies for part in ("TL", "FD"))
    return SourcePlan("converter", f"{n} 号转炉区", (*bodies, _co(rng, f"G{n}01", 7, f"炼钢{n}")),
                      five_high=round(float(rng.uniform(32, 78)), 1), guards=guards)  # fmt: skip


def gas_holder(rng: np.random.Generator, n: int) -> SourcePlan:
    holders = [
        DevicePlan(f"GH{n}{i}", f"{n}-{i} 号煤气柜", "gas_holder", tuple(t.gas_holder()), _cycle(rng, 3, 8), f"柜区{n}")
        for i in (1, 2)
    ]
    tonnes = round(float(rng.uniform(60, 380)), 0)
    return SourcePlan("gas_holder", f"{n} 号煤气柜", (*holders, _co(rng, f"G{n}01", 12, f"柜区{n}")),
                      (Chemical(name="煤气", design_t=tonnes, toxic_gas=True, stock_t=round(tonnes * 0.6, 0)),), _people(rng),
                      five_high=round(float(rng.uniform(30, 75)), 1), guards=tuple((h.at, "LI") for h in holders))  # fmt: skip


def gas_main(rng: np.random.Generator, n: int) -> SourcePlan:
    mains = [
        DevicePlan(f"GM{n}{i}", f"煤气管网 {n}-{i}", "gas_main", tuple(t.gas_main()), _cycle(rng, 3, 8), f"管网{n}")
        for i in (1, 2, 3)
    ]
    return SourcePlan("gas_main", f"煤气管网 {n}", (*mains, _co(rng, f"G{n}01", 10, f"管网{n}")),
                      five_high=round(float(rng.uniform(28, 62)), 1))  # fmt: skip


def casting_well(rng: np.random.Generator, n: int) -> SourcePlan:
    cycle = _cycle(rng, 2, 3)._replace(fill=0.62, full=0.06, empty=0.05)
    area = f"铸造井{n}"
    water = DevicePlan(f"CW{n}", f"{n} 号结晶器冷却水", "mould_water", tuple(t.mould_water()), cycle, area)
    metal = DevicePlan(f"CL{n}", f"{n} 号流槽与结晶盘", "launder", tuple(t.launder()), cycle, area)
    ready = DevicePlan(f"CE{n}", f"{n} 号应急水与干燥区", "well", tuple(t.emergency_water()), cycle, area)
    guards = ((f"CW{n}", "PI"), (f"CW{n}", "FI"), (f"CL{n}", "LT"))
    return SourcePlan(
        "casting_well", f"{n} 号深井铸造机", (water, metal, ready), five_high=round(float(rng.uniform(45, 90)), 1), guards=guards
    )


def melting_furnace(rng: np.random.Generator, n: int) -> SourcePlan:
    bodies = [
        DevicePlan(f"MF{n}{i}", f"{n}-{i} 号熔铝炉", "furnace", tuple(t.melting_furnace()), _cycle(rng, 4, 9), f"熔炼{n}")
        for i in (1, 2, 3)
    ]
    return SourcePlan("other", f"{n} 号熔炼区", tuple(bodies), five_high=round(float(rng.uniform(25, 60)), 1))


Maker = Callable[[np.random.Generator, int], SourcePlan]
_HAZCHEM: tuple[Maker, ...] = (tank_farm, tank_farm, process_unit, warehouse, loading_station)
_STEEL: tuple[Maker, ...] = (blast_furnace, converter, gas_holder, gas_main)
_ALUMINIUM: tuple[Maker, ...] = (casting_well, melting_furnace, casting_well)


def sources_of(rng: np.random.Generator, profile: Profile) -> list[SourcePlan]:
    """The hazard sources of one enterprise: 2 to 4, 2.9 in the mean as in the nation."""
    if profile == "hazchem":
        draw = float(rng.random())
        count = 2 if draw < 0.3 else 3 if draw < 0.8 else 4
        makers = [_HAZCHEM[int(rng.integers(len(_HAZCHEM)))] for _ in range(count)]
    else:
        pool = _STEEL if profile == "steel" else _ALUMINIUM
        makers = list(pool[: 3 + int(rng.random() < 0.5)])
    return [make(rng, n) for n, make in enumerate(makers, 1)]


def site_detectors(rng: np.random.Generator, profile: Profile) -> DevicePlan:
    """Gas detectors and wind of the whole plant, which belong to the enterprise itself."""
    if profile == "steel":
        parts = [t.toxic(i + 1, "一氧化碳") for i in range(4)]
    else:
        parts = [t.combustible(i + 1, "可燃气体") for i in range(3)]
    wind = Part("WS", "风速", "wind", "m/s", 0, 60, (None, None, 13.8, None), 0.1, 3.0, 0.35, drift=0.9, daily=1.0)
    return DevicePlan("S001", "厂区探测系统", "gas_detection", (*parts, wind), _cycle(rng, 10, 20), "厂区")
