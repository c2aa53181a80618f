"""Which dimensions a quantity can be measured in. A unit of another dimension could never be compared with a limit."""

from __future__ import annotations

from streams.domain.quantities import DIMENSIONS_OF
from streams.domain.registry import Quantity
from streams.domain.units import dimension_of, known_units


def fits(quantity: Quantity, unit: str) -> bool:
    """Whether a known unit has a dimension in which `quantity` can be measured; `generic` takes any.

    >>> fits("pressure", "兆帕"), fits("pressure", "℃")
    (True, False)
    """
    allowed = DIMENSIONS_OF.get(quantity)
    return allowed is None or dimension_of(unit) in allowed


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """Units in which `quantity` can be given, for the hint to people."""
    return tuple(unit for unit in known_units() if fits(quantity, unit))
