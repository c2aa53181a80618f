"""Units of measurement: what they are called in the field, and exact conversion inside one dimension.

Only a table, and no guessing: gauge and absolute pressure, normal and actual volume, %LEL and %VOL are never mixed, because
one wrong conversion hides a leak. A unit that is not here is unknown, and an unknown unit is said, not assumed.
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

_KGF: Final = Fraction("9.80665")  # newton, by definition

# dimension -> unit -> (offset added first, then factor to the dimension's base unit)
_TABLE: dict[str, dict[str, tuple[str, str | Fraction]]] = {
    "pressure": {
        "Pa": ("0", "1"), "hPa": ("0", "100"), "kPa": ("0", "1000"), "MPa": ("0", "1000000"), "bar": ("0", "100000"),
        "mbar": ("0", "100"), "mmH2O": ("0", _KGF), "kgf/cm2": ("0", _KGF * 10000), "atm": ("0", "101325"),
        "mmHg": ("0", "133.322387415"), "psi": ("0", Fraction("4.4482216152605") / Fraction("0.00064516")),
    },
    "absolute_pressure": {
        "Pa(A)": ("0", "1"), "kPa(A)": ("0", "1000"), "MPa(A)": ("0", "1000000"), "bar(A)": ("0", "100000"),
    },
    "temperature": {"degC": ("0", "1"), "K": ("-273.15", "1"), "degF": ("-32", Fraction(5, 9))},
    "length": {"m": ("0", "1"), "cm": ("0", "0.01"), "mm": ("0", "0.001"), "um": ("0", "0.000001"), "km": ("0", "1000")},
    "share": {"%": ("0", "1"), "%VOL": ("0", "1"), "ppm": ("0", "0.0001"), "ppb": ("0", "0.0000001")},
    "explosive_share": {"%LEL": ("0", "1")},
    "mass_concentration": {"mg/m3": ("0", "1"), "ug/m3": ("0", "0.001"), "g/m3": ("0", "1000"), "mg/L": ("0", "1000"),
                           "g/L": ("0", "1000000"), "kg/m3": ("0", "1000000")},
    "volume_flow": {
        "m3/h": ("0", "1"), "m3/min": ("0", "60"), "m3/s": ("0", "3600"), "L/h": ("0", "0.001"), "L/min": ("0", "0.06"),
        "L/s": ("0", "3.6"), "m3/d": ("0", Fraction(1, 24)),
    },
    "normal_volume_flow": {"Nm3/h": ("0", "1"), "Nm3/min": ("0", "60"), "NL/min": ("0", "0.06")},
    "mass_flow": {"kg/h": ("0", "1"), "t/h": ("0", "1000"), "kg/min": ("0", "60"), "kg/s": ("0", "3600"), "t/d": ("0", Fraction(1000, 24)),
                  "g/s": ("0", "3.6")},
    "rotation": {"rpm": ("0", "1"), "r/s": ("0", "60"), "Hz": ("0", "60")},
    "speed": {"m/s": ("0", "1"), "mm/s": ("0", "0.001"), "cm/s": ("0", "0.01"), "m/min": ("0", Fraction(1, 60)),
              "mm/min": ("0", Fraction(1, 60000)), "km/h": ("0", Fraction(1, Fraction("3.6"))), "m/h": ("0", Fraction(1, 3600))},
    "acceleration": {"m/s2": ("0", "1"), "g_n": ("0", _KGF)},
    "current": {"A": ("0", "1"), "mA": ("0", "0.001"), "kA": ("0", "1000")},
    "voltage": {"V": ("0", "1"), "mV": ("0", "0.001"), "kV": ("0", "1000")},
    "power": {"W": ("0", "1"), "kW": ("0", "1000")},
    "mass": {"kg": ("0", "1"), "t": ("0", "1000"), "g": ("0", "0.001")},
    "volume": {"m3": ("0", "1"), "L": ("0", "0.001"), "mL": ("0", "0.000001")},
    "angle": {"deg": ("0", "1")},
    "time": {"s": ("0", "1"), "min": ("0", "60"), "h": ("0", "3600"), "ms": ("0", "0.001")},
    "acidity": {"pH": ("0", "1")},
    "none": {"1": ("0", "1")},
}  # fmt: skip

# What gateways write, after compatibility forms were folded (℃ is °C, ㎥ is m3) and blanks removed.
_ALIASES: dict[str, tuple[str, ...]] = {
    "Pa": ("帕", "Pa(G)", "PaG"), "hPa": ("百帕",), "kPa": ("千帕", "kPa(G)", "kPaG", "kPa(表压)"),
    "MPa": ("兆帕", "MPa(G)", "MPaG", "MPa(表压)"), "bar": ("bar(G)", "barg", "巴"), "mbar": ("毫巴",),
    "mmH2O": ("mmWC", "mmwater", "毫米水柱"), "kgf/cm2": ("kg/cm2", "at", "公斤力/平方厘米"), "mmHg": ("毫米汞柱", "Torr"),
    "Pa(A)": ("PaA", "Pa(abs)", "Pa(绝压)"), "kPa(A)": ("kPaA", "kPa(abs)", "kPa(绝压)"),
    "MPa(A)": ("MPaA", "MPa(abs)", "MPa(绝压)"), "bar(A)": ("bara", "bar(abs)"),
    "degC": ("°C", "C", "摄氏度", "度", "celsius", "ºC", "oC"), "K": ("开", "开尔文", "kelvin"), "degF": ("°F", "F", "华氏度"),
    "m": ("米", "meter", "metre"), "cm": ("厘米",), "mm": ("毫米",), "um": ("μm", "微米"), "km": ("千米", "公里"),
    "%": ("百分比", "percent", "pct"), "%VOL": ("VOL%", "%V/V", "%(V/V)", "%(VOL)", "vol.%", "%vol."),
    "ppm": ("ppmv", "μmol/mol", "umol/mol", "10-6", "ul/l", "μL/L"), "ppb": ("ppbv", "nmol/mol"),
    "%LEL": ("LEL%", "LEL", "%(LEL)", "%爆炸下限", "爆炸下限%"),
    "mg/m3": ("毫克/立方米", "mg.m-3", "mg/Nm3"), "ug/m3": ("μg/m3", "微克/立方米"), "mg/L": ("毫克/升",),
    "m3/h": ("立方米/小时", "立方/小时", "m3/hr", "cmh"), "m3/min": ("立方米/分钟", "立方米/分"), "m3/s": ("立方米/秒",),
    "L/h": ("升/小时", "lph"), "L/min": ("升/分钟", "升/分", "lpm"), "L/s": ("升/秒",),
    "Nm3/h": ("标立方米/小时", "标方/小时", "Nm3/hr", "Sm3/h"), "t/h": ("吨/小时", "ton/h", "t/hr"), "kg/h": ("公斤/小时", "千克/小时", "kg/hr"),
    "rpm": ("r/min", "转/分", "转/分钟", "rev/min"), "r/s": ("转/秒",), "Hz": ("赫兹",),
    "m/s": ("米/秒",), "mm/s": ("毫米/秒",), "mm/min": ("毫米/分钟",), "m/s2": ("米/秒2",), "m/min": ("米/分", "米/分钟"),
    "A": ("安", "安培", "Amp"), "mA": ("毫安",), "kA": ("千安",), "V": ("伏", "伏特", "volt"), "mV": ("毫伏",), "kV": ("千伏",),
    "W": ("瓦",), "kW": ("千瓦",),
    "kg": ("千克", "公斤"), "t": ("吨", "ton", "tonne"), "g": ("克",), "m3": ("立方米", "立方", "cbm"), "L": ("升",),
    "deg": ("°", "角度"), "s": ("秒", "sec"), "min": ("分钟",), "h": ("小时", "hr"), "pH": ("PH值",), "1": ("无", "none", "-", "/"),
}  # fmt: skip


class Conversion(NamedTuple):
    """(value + before) * multiply / divide + after, in this order: the same bits for one value and for a column."""

    before: float
    multiply: float
    divide: float
    after: float

    def of(self, value: float) -> float:
        before, multiply, divide, after = self
        return (value + before) * multiply / divide + after


def _folded(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.replace("^", "").replace("**", "").replace("·", "").replace("\u03bc", "u")


def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Exact names, and case-folded ones as far as these are unambiguous (Mpa and KPA occur; mV is not MV)."""
    exact: dict[str, str] = {}
    for units in _TABLE.values():
        for unit in units:
            for name in (unit, *_ALIASES.get(unit, ())):
                if exact.setdefault(_folded(name), unit) != unit:
                    raise ValueError(f"two units are called {name}")
    candidates: dict[str, list[str]] = {}
    for name, unit in exact.items():
        candidates.setdefault(name.casefold(), []).append(unit)
    loose = {name: units[0] for name, units in candidates.items() if units.count(units[0]) == len(units)}
    return exact, loose


_EXACT, _LOOSE = _names()
_DIMENSION = {unit: dimension for dimension, units in _TABLE.items() for unit in units}


@lru_cache(maxsize=4096)
def canonical(unit: str) -> str | None:
    """The one name of `unit`, None when it is unknown.

    >>> canonical("℃"), canonical("MPa(G)"), canonical("m³/h"), canonical("Mpa"), canonical("furlong")
    ('degC', 'MPa', 'm3/h', 'MPa', None)
    """
    name = _folded(unit)
    return _EXACT.get(name) or _LOOSE.get(name.casefold())


def dimension_of(unit: str) -> str | None:
    """What `unit` measures, None when it is unknown. Units of one dimension convert into each other."""
    name = canonical(unit)
    return None if name is None else _DIMENSION[name]


@lru_cache(maxsize=4096)
def conversion(given: str, wanted: str) -> Conversion | None:
    """How numbers in `given` become numbers in `wanted`; None when a unit is unknown or they measure different things."""
    one, other = canonical(given), canonical(wanted)
    if one is None or other is None or _DIMENSION[one] != _DIMENSION[other]:
        return None
    units = _TABLE[_DIMENSION[one]]
    before, factor = Fraction(units[one][0]), Fraction(units[one][1])
    after, divisor = Fraction(units[other][0]), Fraction(units[other][1])
    if one == other:
        return Conversion(0.0, 1.0, 1.0, 0.0)
    ratio = factor / divisor
    if ratio == 1:
        return Conversion(float(before - after), 1.0, 1.0, 0.0)
    return Conversion(float(before), float(ratio.numerator), float(ratio.denominator), float(-after))


def convert(value: float, given: str, wanted: str) -> float | None:
    """`value` in the unit `wanted`; None when the units do not fit or either is unknown.

    >>> convert(1.6, "MPa", "kPa"), convert(25.0, "℃", "K"), convert(20.0, "%LEL", "%VOL")
    (1600.0, 298.15, None)
    """
    how = conversion(given, wanted)
    return None if how is None else how.of(value)


def known_units() -> tuple[str, ...]:
    """All canonical names, for hints and documentation."""
    return tuple(_DIMENSION)
