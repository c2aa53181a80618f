"""Arithmetic with one result everywhere: libm's log may differ in the last bit between machines, and scores are hashed."""

from __future__ import annotations

import itertools
import math

_LN2_HI = 6.93147180369123816490e-01  # the upper bits of ln 2, so that n * _LN2_HI is exact for any exponent
_LN2_LO = 1.90821492927058770002e-10
_LN10 = 2.302585092994045684


def ln(x: float) -> float:
    """Natural logarithm by a fixed series of +, -, *, / only: IEEE gives the same bits on every machine.

    >>> abs(ln(10.0) - math.log(10.0)) < 1e-15
    True
    """
    if not x > 0.0 or math.isinf(x):
        raise ValueError(f"ln of {x}")
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, exponent = 2.0 * mantissa, exponent - 1
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = 0.0
    for k in range(25, 0, -2):  # |ratio| <= 0.172: the terms beyond are below one unit in the last place
        series = series * square + 1.0 / k
    return exponent * _LN2_HI + (2.0 * ratio * series + exponent * _LN2_LO)


def log10(x: float) -> float:
    """Decimal logarithm, deterministic like `ln`.

    >>> log10(1.0)
    0.0
    """
    return ln(x) / _LN10


def interpolated(x: float, points: tuple[tuple[float, float], ...]) -> float:
    """Linear between `points` (ascending), flat beyond both ends.

    >>> interpolated(5.0, ((0.0, 1.0), (10.0, 2.0)))
    1.5
    """
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x < x1:
            return y0 + (y1 - y0) * ((x - x0) / (x1 - x0))
    return points[-1][1]
