"""Whether linear inequalities can hold together, exactly: Fourier-Motzkin elimination over fractions.

Rules have few names, so the simple method is enough; where it would grow too large the answer is "they can", so that nothing is
called a mistake that was not proven to be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

MOST = 1500  # inequalities at once; beyond it nothing is proven


class Sum(NamedTuple):
    """`const` plus names times factors."""

    factors: tuple[tuple[str, Fraction], ...] = ()
    const: Fraction = Fraction(0)

    def plus(self, other: Sum, times: Fraction = Fraction(1)) -> Sum:
        found = dict(self.factors)
        for name, factor in other.factors:
            found[name] = found.get(name, Fraction(0)) + factor * times
        return made(found, self.const + other.const * times)

    def times(self, number: Fraction) -> Sum:
        return Sum().plus(self, number)


class Bound(NamedTuple):
    """`sum` <= 0, or < 0 when `strict`."""

    sum: Sum
    strict: bool = False


def made(factors: Mapping[str, Fraction], const: Fraction | int) -> Sum:
    return Sum(tuple(sorted((name, f) for name, f in factors.items() if f)), Fraction(const))


def name(of: str) -> Sum:
    return Sum(((of, Fraction(1)),))


def number(value: float | Fraction) -> Sum:
    """Of a number as it is written: 0.1 is a tenth."""
    return Sum((), value if isinstance(value, Fraction) else Fraction(repr(float(value))))


def below(left: Sum, right: Sum, strict: bool = False) -> Bound:
    """left <= right.

    >>> possible([below(name("x"), number(3.0)), below(number(3.0), name("x"))])
    True
    >>> possible([below(name("x"), number(3.0), strict=True), below(number(3.0), name("x"))])
    False
    """
    return Bound(left.plus(right, Fraction(-1)), strict)


def possible(bounds: Iterable[Bound], integers: frozenset[str] = frozenset()) -> bool:
    """Whether some numbers satisfy all of them (`integers`: whole ones for these names, as far as one bound alone says)."""
    rows = _reduced(_whole(bound, integers) for bound in bounds)
    while rows is not None:
        names = {name for row in rows for name, _ in row.sum.factors}
        if not names:
            return True
        least = min((_growth(rows, this), this) for this in names)
        rows = _without(least[1], rows)
        if rows is not None and len(rows) > MOST:
            return True
    return False


def _growth(rows: list[Bound], name: str) -> int:
    above = sum(1 for row in rows for n, f in row.sum.factors if n == name and f > 0)
    under = sum(1 for row in rows for n, f in row.sum.factors if n == name and f < 0)
    return above * under - above - under


def _without(name: str, rows: list[Bound]) -> list[Bound] | None:
    """The same said without that name: each upper bound of it against each lower one."""
    uppers: list[Bound] = []
    lowers: list[Bound] = []
    others: list[Bound] = []
    for row in rows:
        factor = dict(row.sum.factors).get(name)
        if factor is None:
            others.append(row)
        else:
            scaled = Bound(row.sum.times(1 / abs(factor)), row.strict)
            (uppers if factor > 0 else lowers).append(scaled)
    joined = (Bound(up.sum.plus(low.sum), up.strict or low.strict) for up in uppers for low in lowers)
    return _reduced([*others, *joined])


def _reduced(rows: Iterable[Bound]) -> list[Bound] | None:
    """Each direction once, with its tightest bound; None when one cannot hold whatever the names are."""
    tightest: dict[tuple[tuple[str, Fraction], ...], tuple[Fraction, bool]] = {}
    for row in rows:
        if not row.sum.factors:
            if row.sum.const > 0 or (row.strict and row.sum.const == 0):
                return None
            continue
        scale = 1 / abs(row.sum.factors[0][1])
        scaled = row.sum.times(scale)
        known = tightest.get(scaled.factors)
        this = (scaled.const, row.strict)
        tightest[scaled.factors] = this if known is None else max(known, this)
    return [Bound(Sum(factors, const), strict) for factors, (const, strict) in tightest.items()]


def _whole(bound: Bound, integers: frozenset[str]) -> Bound:
    """A bound of one whole number, at the whole number that it means: x > 5 is x >= 6."""
    factors, const = bound.sum
    if len(factors) != 1 or factors[0][0] not in integers:
        return bound
    of, factor = factors[0]
    limit = -const / factor
    if factor > 0:
        whole = ceil(limit) - 1 if bound.strict else floor(limit)
        return below(name(of), number(Fraction(whole)))
    whole = floor(limit) + 1 if bound.strict else ceil(limit)
    return below(number(Fraction(whole)), name(of))
