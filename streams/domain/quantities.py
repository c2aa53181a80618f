"""Which dimensions a quantity can be measured in: what makes a limit, a comparison or a unit of a rule meaningful."""

from __future__ import annotations

from typing import Final

from streams.domain.registry import Quantity

DIMENSIONS_OF: Final[dict[Quantity, tuple[str, ...]]] = {
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
"""A quantity that is not here (`generic`) takes any."""
