"""Kinds of points that a rule is for, as far as its expressions can tell them apart: quantity and unit.

A number with a unit means something else in each of them, or nothing at all.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.quantities import DIMENSIONS_OF
from streams.domain.units import dimension_of, known_units
from streams.engine.rulelang.catalogue import QUANTITIES
from streams.engine.rulelang.measures import unit_dimension
from streams.engine.rulelang.tree import Node, Num, walk
from streams.engine.rules import Rule

BASE: dict[str, str] = {}
for _unit in known_units():
    BASE.setdefault(str(dimension_of(_unit)), _unit)
BASE["exposure_share"] = "%OEL"
OF_QUANTITY: dict[str, tuple[str, ...]] = dict(DIMENSIONS_OF.items())


class Kind(NamedTuple):
    """Points of one quantity in one unit. An empty unit: expressions of the rule know none."""

    quantity: str = ""
    unit: str = ""


def measures(quantity: str, unit: str) -> bool:
    """Whether points of that quantity can be filed in that unit."""
    dimension = unit_dimension(unit)
    if dimension == "exposure_share":
        return quantity in ("toxic_gas", "generic")
    return quantity not in OF_QUANTITY or dimension in OF_QUANTITY[quantity]


def kinds_of(rule: Rule, trees: list[Node]) -> list[Kind]:
    """All kinds that the rule selects; one without a unit where no number of its expressions has or needs one."""
    if rule.scope != "point":
        return [Kind()]
    if not rule.select.unit and not any(isinstance(part, Num) and part.unit for tree in trees for part in walk(tree)):
        return [Kind()]
    quantities = rule.select.quantity or QUANTITIES
    if rule.select.unit:
        return [Kind(q, unit) for q in quantities for unit in rule.select.unit if measures(q, unit)]
    found = []
    for quantity in quantities:
        dimensions = OF_QUANTITY.get(quantity, tuple(BASE))
        several = (*dimensions, "exposure_share") if quantity == "toxic_gas" else dimensions
        found += [Kind(quantity, BASE[d]) for d in dict.fromkeys(several)]
    return found
