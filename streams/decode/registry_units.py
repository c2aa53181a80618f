"""Which dimensions a quantity can be measured in. A unit of another dimension could never be compared with a limit."""

from __future__ import annotations

from streams.domain.registry import Quantity
from streams.domain.units import dimension_of, known_units

_OF_QUANTITY: dict[Quantity, tuple[str, ...]] = {
    "pressure": ("pressure", "absolute_pressure"),
    "level": ("length", "share"),
    "temperature": ("temperature",),
    "flow": ("volume_flow", "normal_volume_flow", "mass_flow"),
    "flow_difference": ("volume_flow", "normal_volume_flow", "mass_flow", "share"),
    "combustible_gas": ("explosive_share", "share"),
    "toxic_gas": ("share", "mass_concentration"),
    "oxygen": ("share",),
    "wind": ("speed",),
    "speed": ("speed", "rotation"),
    "weight": ("mass",),
    "volume": ("volume",),
    "position": ("length", "share", "angle"),
    "concentration": ("share", "mass_concentration", "acidity"),
    "current": ("current",),
    "vibration": ("speed", "length", "acceleration"),
}


def fits(quantity: Quantity, unit: str) -> bool:
    """Whether a known unit has a dimension in which `quantity` can be measured; `generic` takes any.

    >>> fits("pressure", "兆帕"), fits("pressure", "℃")
    (True, False)
    """
    allowed = _OF_QUANTITY.get(quantity)
    return allowed is None or dimension_of(unit) in allowed


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """Units in which `quantity` can be given, for the hint to people."""
    return tuple(unit for unit in known_units() if fits(quantity, unit))
