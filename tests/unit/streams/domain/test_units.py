"""Conversion is exact inside a dimension, refused across dimensions, and knows the names that gateways write."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain import units


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "result"),
    [
        (1.6, "MPa", "kPa", 1600.0), (101325, "Pa", "kPa", 101.325), (1, "bar", "MPa", 0.1), (0.35, "MPa(G)", "kPa", 350.0),
        (25, "℃", "K", 298.15), (298.15, "K", "degC", 25.0), (212, "℉", "℃", 100.0), (0, "degC", "°F", 32.0), (32, "°F", "K", 273.15),
        (12.5, "m", "mm", 12500.0), (350, "cm", "m", 3.5), (1, "%VOL", "ppm", 10000.0), (50, "ppm", "%", 0.005),
        (1000, "mg/m³", "g/m3", 1.0), (60, "L/min", "m³/h", 3.6), (1.5, "t/h", "kg/h", 1500.0), (25, "Hz", "rpm", 1500.0),
        (7.1, "mm/s", "m/s", 0.0071), (250, "mA", "A", 0.25), (6, "kV", "V", 6000.0), (1, "kgf/cm²", "Pa", 98066.5),
        (36, "km/h", "m/s", 10.0), (5, "吨", "kg", 5000.0), (1, "psi", "Pa", 6894.757293168361),
    ],
)  # fmt: skip
def test_values_from_the_definitions(value: float, given_unit: str, wanted: str, result: float) -> None:
    found = units.convert(value, given_unit, wanted)
    assert found is not None
    assert math.isclose(found, result, rel_tol=4e-16, abs_tol=0)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("℃", "degC"), ("°C", "degC"), ("C", "degC"), ("摄氏度", "degC"), ("MPa(G)", "MPa"), ("Mpa", "MPa"), ("KPA", "kPa"), ("MPa（G）", "MPa"),
        ("m³/h", "m3/h"), ("㎥/h", "m3/h"), ("m^3/h", "m3/h"), ("mg/m³", "mg/m3"), ("㎎/m3", "mg/m3"), ("％", "%"), ("%lel", "%LEL"),
        ("LEL %", "%LEL"),
        ("r/min", "rpm"), ("转/分", "rpm"), ("µm", "um"), ("μm", "um"), ("PPM", "ppm"), (" kPa ", "kPa"), ("mv", "mV"),
    ],
)  # fmt: skip
def test_names_of_the_field(alias: str, name: str) -> None:
    assert units.canonical(alias) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("%LEL", "%VOL"), ("%LEL", "%"), ("kPa", "kPa(A)"), ("m3/h", "Nm3/h"), ("ppm", "mg/m3"), ("kPa", "degC"), ("m3/h", "t/h"), ("furlong", "m"),
     ("m", "furlong"), ("", "m")],
)  # fmt: skip
def test_what_must_never_be_mixed(one: str, other: str) -> None:
    assert units.convert(1.0, one, other) is None


same_dimension = st.sampled_from(
    [(a, b) for a in units.known_units() for b in units.known_units() if units.dimension_of(a) == units.dimension_of(b)]
)
numbers = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)


@given(numbers, same_dimension)
def test_there_and_back_is_the_same_number(value: float, pair: tuple[str, str]) -> None:
    there = units.convert(value, *pair)
    assert there is not None
    back = units.convert(there, pair[1], pair[0])
    assert back is not None
    assert math.isclose(back, value, rel_tol=1e-14, abs_tol=1e-12 if units.dimension_of(pair[0]) != "temperature" else 1e-9)


@given(numbers, st.sampled_from(units.known_units()))
def test_a_unit_in_itself_changes_no_bit(value: float, unit: str) -> None:
    assert units.convert(value, unit, unit) == value


@given(st.lists(numbers, min_size=1, max_size=20), same_dimension)
def test_a_column_gives_the_same_bits_as_its_values(values: list[float], pair: tuple[str, str]) -> None:
    how = units.conversion(*pair)
    assert how is not None
    column = (np.array(values) + how.before) * how.multiply / how.divide + how.after
    assert column.tolist() == [how.of(v) for v in values]


@given(numbers, st.sampled_from([("MPa", "kPa", 1000, 1), ("Pa", "kPa", 1, 1000), ("mm", "m", 1, 1000), ("L/s", "L/min", 60, 1)]))
def test_one_rounding_where_the_factor_is_whole(value: float, case: tuple[str, str, int, int]) -> None:
    given_unit, wanted, multiply, divide = case
    assert units.convert(value, given_unit, wanted) == float(Fraction(value) * multiply / divide)


def test_every_name_has_one_meaning() -> None:
    for unit in units.known_units():
        assert units.canonical(unit) == unit
