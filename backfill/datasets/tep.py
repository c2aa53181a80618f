"""The Tennessee Eastman process as a hazard source: 41 measurements and 11 valves every 3 minutes, faults from row 160 on.

A simulated plant (Braatz's data, files of the package bibmon). Names and units are those of the process description; flows
that it gives in thousand standard cubic metres are shown in Nm3/h, mole percent as %. Limits come from the normal rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from backfill.datasets import invented
from backfill.datasets.bibmon_files import data_file
from backfill.datasets.dataset import Dataset, DatasetError, Event, Floats, Rows
from backfill.datasets.limits import limits_from
from streams.domain.registry import Chemical, Danger, Device, HazardSource, Limits, Point, Quantity

ENTERPRISE, SOURCE, GATEWAY = "TEP000001", "TEP000001001", "TEP-GW1"
PERIOD_S = 180.0
FAULT_ROW = 160  # of every test file with a fault
FAULTS = range(1, 22)
HARD = (3, 9, 15)  # cannot be seen honestly at 1 % false alarms
COLUMNS = 52


class _Channel(NamedTuple):
    name: str
    quantity: Quantity
    unit: str
    reach: tuple[float, float]
    device: str
    scale: float = 1.0
    limits: str = ""  # "" none, "alarm" H and L only, "grave" also HH and LL
    danger: Danger = "high"
    medium: str = ""
    phase: str = ""


_FEED, _REACTOR, _SEPARATOR, _STRIPPER, _COMPRESSOR, _ANALYSER = "FEED", "R101", "V102", "T103", "C104", "QI105"
DEVICES: dict[str, tuple[str, str]] = {
    _FEED: ("进料单元", "feed"),
    _REACTOR: ("反应器", "reactor"),
    _SEPARATOR: ("气液分离罐", "separator"),
    _STRIPPER: ("汽提塔", "column"),
    _COMPRESSOR: ("循环压缩机", "compressor"),
    _ANALYSER: ("在线分析仪", "analyser"),
}


def _flow(name: str, unit: str, top: float, device: str, scale: float = 1.0) -> _Channel:
    return _Channel(name, "flow", unit, (-0.05 * top, top), device, scale, "alarm", "both")


def _pressure(name: str, device: str) -> _Channel:
    return _Channel(name, "pressure", "kPa", (0.0, 5000.0), device, limits="grave", medium="氢", phase="gas")


def _level(name: str, device: str) -> _Channel:
    return _Channel(name, "level", "%", (0.0, 120.0), device, limits="grave", danger="both", medium="甲苯", phase="liquid")


def _temperature(name: str, device: str) -> _Channel:
    return _Channel(name, "temperature", "℃", (0.0, 250.0), device, limits="grave")


def _share(stream: str, component: str) -> _Channel:
    return _Channel(f"{stream}组分{component}", "concentration", "%", (-1.0, 100.0), _ANALYSER)


def _valve(name: str, device: str) -> _Channel:
    return _Channel(name, "position", "%", (-5.0, 105.0), device)


MEASUREMENTS: tuple[_Channel, ...] = (
    _flow("A进料量", "Nm3/h", 2000.0, _FEED, 1000.0),
    _flow("D进料量", "kg/h", 10_000.0, _FEED),
    _flow("E进料量", "kg/h", 12_000.0, _FEED),
    _flow("A与C进料量", "Nm3/h", 30_000.0, _FEED, 1000.0),
    _flow("循环气量", "Nm3/h", 60_000.0, _COMPRESSOR, 1000.0),
    _flow("反应器进料量", "Nm3/h", 90_000.0, _REACTOR, 1000.0),
    _pressure("反应器压力", _REACTOR),
    _level("反应器液位", _REACTOR),
    _temperature("反应器温度", _REACTOR),
    _flow("弛放气量", "Nm3/h", 3000.0, _SEPARATOR, 1000.0),
    _temperature("分离罐温度", _SEPARATOR),
    _level("分离罐液位", _SEPARATOR),
    _pressure("分离罐压力", _SEPARATOR),
    _flow("分离罐底流量", "m3/h", 80.0, _SEPARATOR),
    _level("汽提塔液位", _STRIPPER),
    _pressure("汽提塔压力", _STRIPPER),
    _flow("汽提塔底流量", "m3/h", 80.0, _STRIPPER),
    _temperature("汽提塔温度", _STRIPPER),
    _flow("汽提塔蒸汽量", "kg/h", 1000.0, _STRIPPER),
    _Channel("压缩机功率", "generic", "kW", (0.0, 800.0), _COMPRESSOR, limits="alarm"),
    _temperature("反应器冷却水出口温度", _REACTOR),
    _temperature("分离罐冷却水出口温度", _SEPARATOR),
    *(_share("反应器进料", c) for c in "ABCDEF"),
    *(_share("弛放气", c) for c in "ABCDEFGH"),
    *(_share("产品", c) for c in "DEFGH"),
)
VALVES: tuple[_Channel, ...] = (
    _valve("D进料阀位", _FEED),
    _valve("E进料阀位", _FEED),
    _valve("A进料阀位", _FEED),
    _valve("A与C进料阀位", _FEED),
    _valve("压缩机循环阀位", _COMPRESSOR),
    _valve("弛放阀位", _SEPARATOR),
    _valve("分离罐底流阀位", _SEPARATOR),
    _valve("汽提塔产品阀位", _STRIPPER),
    _valve("汽提塔蒸汽阀位", _STRIPPER),
    _valve("反应器冷却水阀位", _REACTOR),
    _valve("冷凝器冷却水阀位", _SEPARATOR),
)
CHANNELS = MEASUREMENTS + VALVES
CODES = tuple(f"XMEAS{i:02d}" for i in range(1, 42)) + tuple(f"XMV{i:02d}" for i in range(1, 12))


def read(name: str) -> Rows:
    """Rows of one file in the units of the registry. `d00.dat` is stored transposed; every value is a number."""
    path = data_file(f"tennessee_eastman/{name}")
    try:
        raw = np.loadtxt(path, dtype=np.float64, ndmin=2)
    except ValueError as problem:
        raise DatasetError("bad_file", f"{path}: {problem}", file=str(path), problem=str(problem)) from None
    rows = raw.T if raw.shape[0] == COLUMNS and raw.shape[1] != COLUMNS else raw
    if rows.shape[1] != COLUMNS:
        raise DatasetError(
            "columns", f"{path}: {rows.shape[1]} columns, not {COLUMNS}", file=str(path), found=rows.shape[1], wants=COLUMNS
        )
    scaled: Floats = rows * np.array([channel.scale for channel in CHANNELS])
    # A thousand times a decimal is no decimal any more: give back the digits that were written.
    return Rows(np.round(scaled, 6), np.ones(rows.shape, dtype=np.bool_))


def _point(code: str, channel: _Channel, normal: Floats) -> Point:
    limits = limits_from(normal, channel.danger, channel.reach, channel.limits == "grave") if channel.limits else Limits()
    return Point(
        code=code, name=channel.name, quantity=channel.quantity, unit=channel.unit, range_lo=channel.reach[0],
        range_hi=channel.reach[1], limits=limits, danger=channel.danger, medium=channel.medium, phase=channel.phase,
        period_s=PERIOD_S,
    )  # fmt: skip


def _devices(normal: Rows) -> tuple[Device, ...]:
    found: dict[str, list[Point]] = {code: [] for code in DEVICES}
    for j, (code, channel) in enumerate(zip(CODES, CHANNELS, strict=True)):
        found[channel.device].append(_point(code, channel, normal.values[:, j]))
    return tuple(
        Device(code=f"TEP-{code}", name=name, kind=kind, area="反应工段", points=tuple(found[code]))
        for code, (name, kind) in DEVICES.items()
    )


def dataset(fault: int = 0, normal_rows: Sequence[int] | None = None) -> Dataset:
    """The plant playing the test run of `fault` (0: none, 1 to 21). Limits and `normal` are from the separate training run.

    `normal_rows` (first, last) narrows what a detector may learn from.
    """
    if fault != 0 and fault not in FAULTS:
        raise DatasetError("fault", f"fault must be 0 to 21, not {fault}", value=fault)
    normal, rows = read("d00.dat"), read(f"d{fault:02d}_te.dat")
    source = HazardSource(
        code=SOURCE,
        name="田纳西-伊斯曼反应装置(公开仿真数据)",
        kind="process_unit",
        people=20,
        key_process=True,
        chemicals=(  # invented design maxima around the reactants of the process
            Chemical(name="氢", cas="1333-74-0", design_t=5.0),
            Chemical(name="一氧化碳", cas="630-08-0", design_t=80.0, toxic_gas=True),
            Chemical(name="甲苯", cas="108-88-3", design_t=600.0),
        ),
        devices=_devices(normal),
        persons=invented.PERSONS,
    )
    learn = normal if normal_rows is None else normal.part(normal_rows[0], normal_rows[1])
    return Dataset(
        name="tep",
        regions=invented.REGIONS,
        enterprise=invented.enterprise(ENTERPRISE, "田纳西-伊斯曼演示化工", "Tennessee Eastman demo chemicals", source),
        source=SOURCE,
        gateway=GATEWAY,
        codes=CODES,
        period_s=PERIOD_S,
        rows=rows,
        normal=learn,
        holdout=read("d00_te.dat"),
        events=(Event(f"fault {fault}", FAULT_ROW, len(rows.values) - 1),) if fault else (),
        origin="bibmon 1.2.0, tennessee_eastman/d00.dat",
    )
