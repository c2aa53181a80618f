"""Which units a quantity may carry. A unit that is not here cannot be compared with a limit, so it is refused."""

from __future__ import annotations

from streams.domain.registry import Quantity

_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "pressure": ("Pa", "kPa", "MPa", "hPa", "bar", "mbar", "mmH2O", "kgf/cm2"),
    "length": ("mm", "cm", "m", "um"),
    "temperature": ("℃", "°C", "degC", "C", "K", "℉", "°F"),
    "volume_flow": ("m3/h", "m3/min", "m3/s", "L/h", "L/min", "L/s", "Nm3/h"),
    "mass_flow": ("t/h", "kg/h", "kg/min", "kg/s"),
    "explosive_share": ("%LEL",),
    "mass_concentration": ("mg/m3", "g/m3", "mg/L", "g/L"),
    "parts": ("ppm", "ppb"),
    "share": ("%", "%VOL"),
    "speed": ("m/s", "m/min", "mm/min", "mm/s", "km/h"),
    "rotation": ("r/min", "rpm"),
    "mass": ("t", "kg", "g"),
    "volume": ("m3", "L"),
    "current": ("A", "mA", "kA"),
    "acceleration": ("m/s2",),
    "angle": ("°", "deg"),
    "none": ("1",),
}
_OF_QUANTITY: dict[Quantity, tuple[str, ...]] = {
    "pressure": ("pressure",),
    "level": ("length", "share"),
    "temperature": ("temperature",),
    "flow": ("volume_flow", "mass_flow"),
    "flow_difference": ("volume_flow", "mass_flow", "share"),
    "combustible_gas": ("explosive_share", "parts", "share"),
    "toxic_gas": ("parts", "mass_concentration"),
    "oxygen": ("share",),
    "wind": ("speed",),
    "speed": ("speed", "rotation"),
    "weight": ("mass",),
    "volume": ("volume",),
    "position": ("length", "share", "angle"),
    "concentration": ("share", "parts", "mass_concentration"),
    "current": ("current",),
    "vibration": ("speed", "length", "acceleration"),
}
_BY_UNIT = {unit.casefold(): dimension for dimension, units in _DIMENSIONS.items() for unit in units}


def dimension_of(unit: str) -> str | None:
    """Dimension of a unit, None when it is unknown.

    >>> dimension_of("MPa"), dimension_of("m³/h"), dimension_of("pounds")
    ('pressure', 'volume_flow', None)
    """
    folded = unit.strip().replace("³", "3").replace("²", "2").replace("μ", "u").replace("µ", "u").casefold()
    return _BY_UNIT.get(folded) or _BY_UNIT.get({"lel%": "%lel", "%vol.": "%vol", "vol%": "%vol"}.get(folded, ""))


def fits(quantity: Quantity, unit: str) -> bool:
    """Whether a known unit has a dimension in which `quantity` can be measured; `generic` takes any."""
    allowed = _OF_QUANTITY.get(quantity)
    return allowed is None or dimension_of(unit) in allowed


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """Units in which `quantity` can be given, for the hint to people."""
    return tuple(unit for dimension in _OF_QUANTITY.get(quantity, tuple(_DIMENSIONS)) for unit in _DIMENSIONS[dimension])
