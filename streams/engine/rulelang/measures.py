"""What a number measures: factors of dimensions of `domain/units.py` with exponents, so that a temperature is never held against %LEL.

A factor is a set of dimensions because a quantity may come in several (a level in metres or in %); two factors agree when they
have one in common. The empty set agrees with everything: the quantity `generic`, or a rule that selects none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

from streams.domain.quantities import DIMENSIONS_OF
from streams.domain.units import canonical, conversion, dimension_of
from streams.engine.rulelang.tree import Num

Factor = tuple[frozenset[str], int]
Measure = tuple[Factor, ...]

PURE: Measure = ()
SECONDS: Measure = ((frozenset(("time",)), 1),)
_RATIO_UNITS = frozenset(("", "share"))  # of the catalogue: counts, and shares from 0 to 1


def of_dimensions(dimensions: Iterable[str]) -> Measure:
    return ((frozenset(dimensions), 1),)


def of_quantities(quantities: Sequence[str], units: Sequence[str] = ()) -> Measure:
    """What points of these quantities measure; narrowed to the dimensions of `units` where a rule selects some."""
    if units:
        return of_dimensions(found for u in units if (found := unit_dimension(u)) is not None)
    if not quantities or any(q not in DIMENSIONS_OF for q in quantities):
        return of_dimensions(())
    several = [d for q, dimensions in DIMENSIONS_OF.items() if q in quantities for d in dimensions]
    return of_dimensions([*several, "exposure_share"] if "toxic_gas" in quantities else several)


def of_unit(unit: str) -> Measure:
    """What a unit of the catalogue or of a literal measures; "" and "share" are plain numbers."""
    if unit in _RATIO_UNITS:
        return PURE
    found = unit_dimension(unit)
    return of_dimensions(() if found is None else (found,))


def unit_dimension(unit: str) -> str | None:
    return "exposure_share" if folded(unit) == "%oel" else dimension_of(unit)


def multiplied(a: Measure, b: Measure, power: int = 1) -> Measure:
    """a * b ** power; equal factors are put together."""
    exponents = dict(a)
    for factor, exponent in b:
        same = next((f for f in exponents if f == factor or (f & factor)), factor)
        exponents[same] = exponents.get(same, 0) + power * exponent
    left = [(f, e) for f, e in exponents.items() if e]
    return tuple(sorted(left, key=lambda pair: (sorted(pair[0]), pair[1])))


def agree(a: Measure, b: Measure) -> bool:
    """Whether numbers of both may be compared or added."""
    if len(a) != len(b):
        return False
    return any(all(_same(x, y) for x, y in zip(a, other, strict=True)) for other in permutations(b))


def _same(x: Factor, y: Factor) -> bool:
    return x[1] == y[1] and (not x[0] or not y[0] or bool(x[0] & y[0]))


def named(measure: Measure) -> str:
    """In words of the unit table, for messages.

    >>> named(multiplied(of_unit("kPa"), SECONDS, -1))
    'pressure / time'
    """
    above = [" or ".join(sorted(f)) or "any" for f, e in measure for _ in range(max(e, 0))]
    below = [" or ".join(sorted(f)) or "any" for f, e in measure for _ in range(max(-e, 0))]
    return (" * ".join(above) or "1") + "".join(f" / {part}" for part in below)


def folded(unit: str) -> str:
    """Units are compared as people write them: case, spaces and the place of % do not matter.

    >>> folded("LEL%") == folded("%LEL")
    True
    """
    plain = unit.casefold().replace(" ", "").replace("³", "3")
    return "%" + plain.replace("%", "") if "%" in plain else plain


def literal_in(number: Num, unit: str, absolute: bool) -> float | None:
    """`number` in `unit`, None where it does not convert. A number without a unit is in any. `absolute`: it stands for a value and
    not for a difference; a difference of 5 K is one of 5 degC.

    >>> literal_in(Num(2.0, "kPa"), "MPa", True), literal_in(Num(25.0, "%LEL"), "%VOL", True), literal_in(Num(5.0, "℃"), "K", False)
    (0.002, None, 5.0)
    """
    if not number.unit or folded(number.unit) == folded(unit):
        return number.value
    how = conversion(number.unit, unit)
    if how is None:
        return None
    return how.of(number.value) if absolute else number.value * how.multiply / how.divide


def is_known_unit(unit: str) -> bool:
    return canonical(unit) is not None or folded(unit) == "%oel"
