"""Dimensions of quantities."""

from __future__ import annotations

import typing

import pytest

from streams.decode.registry_units import fits, units_of
from streams.domain.registry import Quantity


@pytest.mark.parametrize("quantity", typing.get_args(Quantity))
def test_every_quantity_has_units_and_takes_them(quantity: Quantity) -> None:
    assert units_of(quantity)
    assert all(fits(quantity, unit) for unit in units_of(quantity))


def test_a_temperature_is_not_a_pressure() -> None:
    assert not fits("pressure", "℃")
    assert not fits("toxic_gas", "%LEL")
    assert fits("toxic_gas", "ppm")
    assert fits("generic", "℃")
