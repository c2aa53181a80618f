"""What a device measures and how it behaves at rest: one `Part` a point, registry values and signal together.

At rest a signal stays clear of its limits by construction (base + daily + drift + cycle), so whatever crosses one was put there; only a
launder is empty between casts, below its L.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.registry import Danger, Limits, Point, Quantity


class Cycle(NamedTuple):
    """A slow cycle shared by the points of a device: fill for a share of the period, stay, empty, stay."""

    period_s: float
    phase: float
    fill: float
    full: float
    empty: float


class Part(NamedTuple):
    """A point of a device, and its signal: base + daily wave + slow drift + noise + gain x cycle. `drive` says what of the cycle:
    "state" its place between 0 and 1, "in" or "out" 1 while it fills or empties, "metal" 1 from a little before it fills until it drains
    after. `follows` names other points of the device and how far this one moves with each: what goes in comes out."""

    code: str
    name: str
    quantity: Quantity
    unit: str
    lo: float
    hi: float
    limits: tuple[float | None, float | None, float | None, float | None]  # LL, L, H, HH
    resolution: float
    base: float
    noise: float
    drift: float = 0.0
    daily: float = 0.0
    gain: float = 0.0
    drive: str = ""
    danger: Danger = "high"
    medium: str = ""
    phase: str = ""
    rate_max: float | None = None
    role: str = ""
    follows: tuple[tuple[str, float], ...] = ()
    lag_s: float = 0.0  # of "metal": how much later than at the furnace

    def point(self, prefix: str, area: str, period_s: float) -> Point:
        return Point(code=f"{prefix}-{self.code}", name=f"{prefix} {self.name}", quantity=self.quantity, unit=self.unit,
                     range_lo=self.lo, range_hi=self.hi, limits=Limits(*self.limits), danger=self.danger, area=area,
                     medium=self.medium, phase=self.phase, resolution=self.resolution, period_s=period_s,
                     rate_max=self.rate_max, role=self.role)  # fmt: skip


class Toxic(NamedTuple):
    unit: str
    hi: float
    first: float
    second: float
    resolution: float


# first and second level at 100 % and 200 % OEL (GBZ 2.1), carbon monoxide as steel works set it
_TOXIC = {
    "氯": Toxic("mg/m3", 20, 1, 2, 0.05), "氨": Toxic("mg/m3", 200, 30, 60, 0.5), "硫化氢": Toxic("mg/m3", 100, 10, 20, 0.5),
    "苯": Toxic("mg/m3", 100, 6, 12, 0.2), "环氧乙烷": Toxic("mg/m3", 50, 2, 4, 0.1), "一氧化碳": Toxic("ppm", 500, 24, 160, 1),
    "2-丙烯腈": Toxic("mg/m3", 20, 1, 2, 0.05), "二氧化硫": Toxic("mg/m3", 100, 10, 20, 0.2),
}  # fmt: skip


def toxic_known(name: str) -> bool:
    return name in _TOXIC


_MEDIA = ("甲醇", "苯", "甲苯", "2-丙烯腈", "汽油", "苯乙烯", "液化石油气", "氨", "氯", "环氧乙烷")


def own(
    medium: str, limits: tuple[float | None, float | None, float | None, float | None], step: float
) -> tuple[float | None, float | None, float | None, float | None]:
    """Limits of vessels depend on what is in them: no two media share a set, as pasted limits would."""
    shift = step * (_MEDIA.index(medium) if medium in _MEDIA else len(_MEDIA) + len(medium))
    low_low, low, high, high_high = limits
    return (
        low_low,
        low,
        None if high is None else round(high + shift, 6),
        None if high_high is None else round(high_high + shift, 6),
    )


def combustible(n: int, medium: str) -> Part:
    return Part(f"AC{n}", f"可燃气体 {n}", "combustible_gas", "%LEL", 0, 100, (None, None, 25, 50), 1, 0.0, 0.35, drift=0.4,
                medium=medium, phase="gas")  # fmt: skip


def toxic(n: int, medium: str) -> Part:
    kind = _TOXIC[medium]
    return Part(f"AT{n}", f"{medium} {n}", "toxic_gas", kind.unit, 0, kind.hi, (None, None, kind.first, kind.second), kind.resolution,
                0.0, kind.first * 0.03, drift=kind.first * 0.04, medium=medium, phase="gas")  # fmt: skip


def tank(height: float, medium: str, cycle_lo: float, cycle_hi: float) -> list[Part]:
    """An atmospheric tank with nitrogen blanket; the level swings between two shares of its height."""
    h = height
    return [
        Part("LI", "液位", "level", "m", 0, round(h * 1.1, 1), (round(h * 0.05, 2), round(h * 0.1, 2), round(h * 0.85, 2), round(h * 0.9, 2)),
             0.001, h * cycle_lo, 0.0012, gain=h * (cycle_hi - cycle_lo), drive="state", medium=medium, phase="liquid", rate_max=0.01),
        Part("TI", "温度", "temperature", "℃", -40, 100, own(medium, (None, None, 40, 45), 0.5), 0.1, 18.0, 0.06, drift=1.2, daily=4.5,
             medium=medium, phase="liquid", rate_max=0.5),
        Part("PI", "罐顶压力", "pressure", "kPa", -2, 6, (None, None, 1.8, 2.0), 0.01, 0.7, 0.015, drift=0.06, daily=0.25, gain=0.15,
             drive="in", medium="氮气", phase="gas"),
        Part("FI", "进料流量", "flow", "m3/h", 0, 300,
             own(medium, (None, None, 220, 250), 1), 0.1, 0.0, 0.8, gain=120, drive="in", medium=medium,
             phase="liquid", role="inlet"),
        Part("FO", "出料流量", "flow", "m3/h", 0, 300, own(medium, (None, None, 210, 240), 1), 0.1, 0.0, 0.8, gain=110, drive="out", medium=medium,
             phase="liquid", role="outlet"),
    ]  # fmt: skip


def sphere(medium: str) -> list[Part]:
    """A pressure tank of liquefied gas."""
    return [
        Part("LI", "液位", "level", "%", 0, 100, (5, 10, 85, 90), 0.1, 30, 0.07, gain=42, drive="state", medium=medium, phase="liquid",
             rate_max=0.2),
        Part("TI", "温度", "temperature", "℃", -40, 100,
             own(medium, (None, None, 41, 46), 0.5), 0.1, 17.0, 0.06, drift=1.0, daily=4.0, medium=medium,
             phase="liquid", rate_max=0.5),
        Part("PI", "罐压", "pressure", "MPa", 0, 2.5,
             own(medium, (None, None, 1.4, 1.55), 0.01), 0.001, 0.82, 0.002, drift=0.03, daily=0.11, medium=medium,
             phase="gas"),
        Part("FI", "进料流量", "flow", "m3/h", 0, 200,
             own(medium, (None, None, 150, 170), 1), 0.1, 0.0, 0.6, gain=80, drive="in", medium=medium,
             phase="liquid", role="inlet"),
        Part("FO", "出料流量", "flow", "m3/h", 0, 200, own(medium, (None, None, 140, 165), 1), 0.1, 0.0, 0.6, gain=75, drive="out", medium=medium,
             phase="liquid", role="outlet"),
    ]  # fmt: skip


def reactor(medium: str) -> list[Part]:
    return [
        Part("TI", "釜温", "temperature", "℃", 0, 250,
             own(medium, (None, None, 105, 115), 0.5), 0.1, 82.0, 0.12, drift=1.5, gain=6, drive="state",
             medium=medium, phase="liquid", rate_max=5),
        Part("PI", "釜压", "pressure", "MPa", 0, 1,
             own(medium, (None, None, 0.35, 0.42), 0.002), 0.001, 0.22, 0.0012, drift=0.008, gain=0.03, drive="state",
             medium=medium, phase="gas"),
        Part("FC", "冷却水流量", "flow", "m3/h", 0, 90, (20, 25, None, None), 0.1, 46.0, 0.35, drift=1.5, danger="low", medium="水",
             phase="liquid", role="cooling"),
        Part("FF", "滴加流量", "flow", "m3/h", 0, 10, own(medium, (None, None, 5, 6), 0.05), 0.01, 0.0, 0.02, gain=2.6, drive="in", medium=medium,
             phase="liquid", role="feed"),
        Part("LI", "釜液位", "level", "%", 0, 100, (None, None, 80, 88), 0.1, 42, 0.15, drift=1.0, gain=20, drive="state", medium=medium,
             phase="liquid"),
        Part("II", "搅拌电流", "current", "A", 0, 120, (None, None, 92, 105), 0.1, 58, 0.6, drift=2, medium="", phase=""),
    ]  # fmt: skip


def store_room(medium: str) -> list[Part]:
    return [
        Part("TI", "库温", "temperature", "℃", -20, 80,
             own(medium, (None, None, 30, 35), 0.25), 0.1, 17.0, 0.06, drift=0.8, daily=3.0, medium=medium,
             phase="solid"),
        Part("MI", "湿度", "concentration", "%", 0, 100, (None, None, 85, 92), 0.1, 52, 0.2, drift=3, daily=8, medium="空气", phase="gas"),
    ]  # fmt: skip


def loading_arm(medium: str) -> list[Part]:
    return [
        Part("FI", "装车流量", "flow", "m3/h", 0, 120,
             own(medium, (None, None, 85, 95), 1), 0.1, 0.0, 0.5, gain=62, drive="in", medium=medium,
             phase="liquid"),
        Part("PI", "鹤管压力", "pressure", "MPa", 0, 1,
             own(medium, (None, None, 0.55, 0.65), 0.01), 0.001, 0.08, 0.001, drift=0.005, gain=0.27, drive="in",
             medium=medium, phase="liquid"),
        Part("RI", "静电接地电流", "current", "mA", 0, 20, (None, None, 18, 19), 0.01, 6.0, 0.02, drift=0.2),
    ]  # fmt: skip


def loading_line(medium: str) -> list[Part]:
    """The pipe from the tanks to the arms, with a meter at each end."""
    return [
        Part("FI", "管线起点流量", "flow", "m3/h", 0, 200, own(medium, (None, None, 150, 170), 1), 0.1, 0.0, 0.6, gain=90, drive="in",
             medium=medium, phase="liquid", role="inlet"),
        Part("FO", "管线终点流量", "flow", "m3/h", 0, 200, own(medium, (None, None, 150, 170), 1), 0.1, 0.0, 0.6, gain=89.6, drive="in",
             medium=medium, phase="liquid", role="outlet"),
        Part("PI", "管线压力", "pressure", "MPa", 0, 1.6, own(medium, (None, None, 0.9, 1.0), 0.005), 0.001, 0.12, 0.001, drift=0.004, gain=0.3,
             drive="in", medium=medium, phase="liquid"),
    ]  # fmt: skip


def blast_furnace() -> list[Part]:
    hearth = [
        Part(f"TH{i}", f"炉缸温度 {i}", "temperature", "℃", 0, 1000, (None, None, 450, 550), 0.5, 230 + 14 * i, 0.5, drift=6,
             medium="炭砖", phase="solid", role="hearth")
        for i in range(1, 5)
    ]  # fmt: skip
    return [
        Part("PT", "炉顶压力", "pressure", "kPa", 0, 350, (None, None, 230, 250), 0.5, 190, 1.0, drift=4, gain=6, drive="state",
             medium="高炉煤气", phase="gas", role="top"),
        Part("TT", "炉顶温度", "temperature", "℃", 0, 800, (None, None, 280, 350), 1, 150, 2.0, drift=10, gain=25, drive="state",
             medium="高炉煤气", phase="gas", role="top"),
        *hearth,
    ]  # fmt: skip


def stave_circuit() -> list[Part]:
    """One closed circuit of stave water: the difference is what the two meters show, and heat comes from the furnace alone."""
    return [
        Part("FI", "冷却壁进水流量", "flow", "m3/h", 0, 2500, (1050, 1170, None, None), 0.5, 1440, 2.5, drift=12, danger="low", medium="水",
             phase="liquid", role="inlet"),
        Part("FO", "冷却壁回水流量", "flow", "m3/h", 0, 2500, (1020, 1150, None, None), 0.5, 1439.6, 1.0, danger="low", medium="水",
             phase="liquid", role="outlet", follows=(("FI", 1.0), ("FD", -1.0))),
        Part("FD", "冷却壁水流量差", "flow_difference", "m3/h", -20, 60, (None, None, 8, 15), 0.1, 0.4, 0.3, drift=0.3, medium="水",
             phase="liquid"),
        Part("TI", "冷却壁进水温度", "temperature", "℃", 0, 100, (None, None, 45, 50), 0.1, 34, 0.05, drift=0.5, daily=1.0, medium="水",
             phase="liquid", role="inlet"),
        Part("TO", "冷却壁回水温度", "temperature", "℃", 0, 100, (None, None, 55, 60), 0.1, 39, 0.05, drift=0.3, medium="水",
             phase="liquid", role="outlet", follows=(("TI", 1.0),)),
    ]  # fmt: skip


def pump_house() -> list[Part]:
    """What feeds the circuits of a furnace: mains, pumps, and the tank for the time without power."""
    return [
        Part("FS", "供水总管流量", "flow", "m3/h", 0, 5000, (2100, 2400, None, None), 1, 2900, 6.0, drift=25, danger="low", medium="水",
             phase="liquid", role="supply"),
        Part("FR", "回水总管流量", "flow", "m3/h", 0, 5000, (2050, 2350, None, None), 1, 2898, 3.0, drift=2, danger="low", medium="水",
             phase="liquid", role="return", follows=(("FS", 1.0),)),
        Part("IA", "主泵电流", "current", "A", 0, 400, (None, None, 320, 350), 0.5, 214, 0.8, drift=3, role="duty"),
        Part("IB", "备泵电流", "current", "A", 0, 400, (None, None, 320, 350), 0.5, 0.0, 0.3, role="standby"),
        Part("LE", "事故水塔水位", "level", "m", 0, 10, (5, 6.5, None, None), 0.01, 8.4, 0.01, drift=0.05, danger="low", medium="水",
             phase="liquid", role="emergency"),
    ]  # fmt: skip


def stove() -> list[Part]:
    """Gas and air of the burner of a hot stove."""
    return [
        Part("PG", "煤气压力", "pressure", "kPa", 0, 25, (4, 5, None, None), 0.01, 10.8, 0.06, drift=0.3, danger="low", medium="高炉煤气",
             phase="gas", role="gas"),
        Part("PA", "助燃风压力", "pressure", "kPa", 0, 25, (4, 5, None, None), 0.01, 11.6, 0.06, drift=0.3, danger="low", medium="空气",
             phase="gas", role="air"),
    ]  # fmt: skip


def dry_pit() -> list[Part]:
    """Ground that molten metal may reach: water here is a danger, so that there is a gauge that shows nothing."""
    return [
        Part("LP", "坑内积水", "level", "m", 0, 2, (None, None, 0.1, 0.2), 0.001, 0.0, 0.001, medium="水", phase="liquid", role="pit")
    ]  # fmt: skip


def converter() -> list[Part]:
    return [
        Part("TL", "氧枪出水温度", "temperature", "℃", 0, 120, (None, None, 50, 55), 0.1, 31, 0.15, drift=0.8, gain=9, drive="state",
             medium="水", phase="liquid", role="outlet"),
        Part("FD", "氧枪水流量差", "flow_difference", "m3/h", -10, 40, (None, None, 10, 15), 0.1, 0.3, 0.25, drift=0.3, medium="水",
             phase="liquid"),
        Part("FI", "氧枪进水流量", "flow", "m3/h", 0, 400, (180, 200, None, None), 0.1, 252, 0.8, drift=3, danger="low", medium="水",
             phase="liquid", role="inlet"),
        Part("FO", "氧枪回水流量", "flow", "m3/h", 0, 400, (175, 195, None, None), 0.1, 251.7, 0.4, danger="low", medium="水",
             phase="liquid", role="outlet", follows=(("FI", 1.0), ("FD", -1.0))),
        Part("OX", "煤气氧含量", "oxygen", "%", 0, 25, (None, None, 1.5, 2.0), 0.01, 0.45, 0.02, drift=0.08, medium="转炉煤气", phase="gas"),
        Part("TH", "烟罩出水温度", "temperature", "℃", 0, 150, (None, None, 85, 92), 0.1, 52, 0.2, drift=1.5, gain=14, drive="state",
             medium="水", phase="liquid", role="hood"),
    ]  # fmt: skip


def gas_holder() -> list[Part]:
    return [
        Part("LI", "柜容", "level", "%", 0, 100, (5, 10, 90, 95), 0.1, 25, 0.08, gain=50, drive="state", danger="both", medium="高炉煤气",
             phase="gas", rate_max=0.5),
        Part("PI", "柜内压力", "pressure", "kPa", 0, 20, (6, 7, 11, 12), 0.01, 8.8, 0.03, drift=0.2, danger="both", medium="高炉煤气",
             phase="gas"),
        Part("SI", "活塞速度", "speed", "m/min", -5, 5, (None, None, 2, 3), 0.01, 0.0, 0.02, gain=0.8, drive="in", medium="高炉煤气",
             phase="gas"),
        Part("TI", "柜内温度", "temperature", "℃", -20, 120, (None, None, 60, 70), 0.1, 32, 0.1, drift=1.5, daily=3, medium="高炉煤气",
             phase="gas"),
        *(Part(f"ZP{i}", f"活塞高度 {i}", "position", "m", 0, 45, (None, None, 41, 43), 0.001, 11.25, 0.004, drift=0.015, gain=22.5,
               drive="state", role="piston") for i in (1, 2, 3)),
    ]  # fmt: skip


def gas_main() -> list[Part]:
    return [
        Part("PI", "管网压力", "pressure", "kPa", 0, 25, (3, 5, 16, 18), 0.01, 10.5, 0.08, drift=0.5, danger="both", medium="煤气", phase="gas"),
        Part("FI", "煤气流量", "flow", "Nm3/h", 0, 120000, (None, None, 100000, 110000), 10, 62000, 250, drift=2500, medium="煤气", phase="gas"),
        Part("OX", "氧含量", "oxygen", "%", 0, 25, (None, None, 0.8, 1.0), 0.01, 0.28, 0.01, drift=0.04, medium="煤气", phase="gas"),
        Part("TI", "煤气温度", "temperature", "℃", -20, 200, (None, None, 90, 110), 0.1, 48, 0.2, drift=2, medium="煤气", phase="gas"),
    ]  # fmt: skip


def mould_water() -> list[Part]:
    return [
        Part("PI", "结晶器进水压力", "pressure", "MPa", 0, 0.6, (0.10, 0.15, None, None), 0.001, 0.27, 0.0012, drift=0.008, danger="low",
             medium="水", phase="liquid"),
        Part("FI", "结晶器进水流量", "flow", "m3/h", 0, 400, (180, 210, None, None), 0.5, 288, 1.0, drift=4, danger="low", medium="水",
             phase="liquid", role="inlet"),
        Part("TI", "进水温度", "temperature", "℃", 0, 80, (None, None, 35, 40), 0.1, 24, 0.06, drift=0.8, daily=2, medium="水", phase="liquid",
             role="inlet"),
        Part("TO", "井口排水温度", "temperature", "℃", 0, 100, (None, None, 55, 65), 0.1, 36, 0.12, drift=1.2, gain=6, drive="state",
             medium="水", phase="liquid", role="outlet", follows=(("TI", 1.0),)),
        Part("LW", "井内水位", "level", "m", 0, 12, (6, 7, 10, 11), 0.01, 8.5, 0.01, drift=0.08, danger="both", medium="水", phase="liquid",
             role="well"),
    ]  # fmt: skip


def emergency_water() -> list[Part]:
    """The tank that cools a cast when the pumps fail, and the dry ground at the launder."""
    return [
        Part("LE", "应急水箱水位", "level", "m", 0, 4, (2.0, 2.5, None, None), 0.01, 3.5, 0.004, drift=0.02, danger="low", medium="水",
             phase="liquid", role="emergency"),
        *dry_pit(),
    ]  # fmt: skip


def launder() -> list[Part]:
    return [
        Part("LO", "炉出口铝液液位", "level", "mm", 0, 400, (60, 90, 240, 270), 0.5, 8.0, 1.2, gain=152, drive="metal", danger="both",
             medium="铝液", phase="liquid", role="outlet"),
        Part("LT", "流槽接口液位", "level", "mm", 0, 200, (30, 45, 120, 135), 0.5, 4.0, 0.8, gain=78, drive="metal", danger="both",
             medium="铝液", phase="liquid", role="table", lag_s=20),
        Part("TM", "铝液温度", "temperature", "℃", 400, 1000, (None, None, 730, 760), 0.5, 694, 0.6, drift=4, medium="铝液", phase="liquid"),
        Part("SI", "铸造速度", "speed", "mm/min", 0, 200, (None, None, 120, 140), 0.1, 0.0, 0.15, gain=72, drive="in", medium="铝锭",
             phase="solid", role="actual"),
        Part("SV", "铸造速度设定", "speed", "mm/min", 0, 200, (None, None, 125, 145), 0.1, 0.0, 0.0, gain=72, drive="in", medium="铝锭",
             phase="solid", role="set"),
        Part("ZI", "铸造长度", "position", "mm", 0, 8000, (None, None, 7200, 7500), 1, 20, 0.6, gain=6400, drive="state", medium="铝锭",
             phase="solid", role="actual"),
    ]  # fmt: skip


def melting_furnace() -> list[Part]:
    return [
        Part("TF", "炉膛温度", "temperature", "℃", 0, 1300, (None, None, 1080, 1150), 1, 910, 2.5, drift=12, medium="烟气", phase="gas"),
        Part("TM", "熔池温度", "temperature", "℃", 400, 1000, (None, None, 780, 820), 0.5, 726, 0.6, drift=4, medium="铝液", phase="liquid"),
        Part("PG", "天然气压力", "pressure", "kPa", 0, 60, (10, 14, 38, 45), 0.1, 24, 0.2, drift=0.8, danger="both", medium="天然气", phase="gas"),
        Part("AI", "倾翻角度", "position", "deg", 0, 60, (None, None, 45, 50), 0.1, 0.5, 0.04, gain=28, drive="state",
             role="tilt"),
    ]  # fmt: skip
