"""Inequalities: what has a solution is never called impossible; what a corner excludes is."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from backfill.lint.linear import Bound, below, made, name, number, possible

WHOLE = st.integers(-5, 5)
ROWS = st.lists(st.tuples(WHOLE, WHOLE, WHOLE, st.integers(0, 4), st.booleans()), max_size=7)


@given(ROWS, st.tuples(WHOLE, WHOLE, WHOLE))
def test_what_has_a_solution_is_possible(rows: list[tuple[int, int, int, int, bool]], at: tuple[int, int, int]) -> None:
    bounds = []
    for a, b, c, room, strict in rows:
        sides = {"x": Fraction(a), "y": Fraction(b), "z": Fraction(c)}
        value = a * at[0] + b * at[1] + c * at[2]
        bounds.append(Bound(made(sides, -value - room), strict and room > 0))  # true at `at` by construction
    assert possible(bounds)
    assert possible(bounds, frozenset("xyz")), "a solution in whole numbers"


def test_a_chain_that_closes_is_impossible() -> None:
    x, y, z = name("x"), name("y"), name("z")
    chain = [below(x, y), below(y, z), below(z, x.plus(number(-1.0)))]
    assert not possible(chain)
    assert possible(chain[:2])
    assert not possible([below(x, y, strict=True), below(y, x)])


def test_no_whole_number_lies_between_two_neighbours() -> None:
    between = [below(number(5.0), name("n"), strict=True), below(name("n"), number(6.0), strict=True)]
    assert possible(between)
    assert not possible(between, frozenset("n"))
