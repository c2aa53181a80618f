"""Roll-up: exact integers, any grouping, colour of the worst."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from models.rollup import Sums, combined, nemerow, sums_of, worst_level

ENTERPRISES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100_000_000)), max_size=30)


@given(ENTERPRISES, st.integers(1, 5))
def test_any_split_over_partitions_gives_the_same_sums(enterprises: list[tuple[int, int]], parts: int) -> None:
    split = [sums_of(enterprises[i::parts]) for i in range(parts)]
    assert combined(split) == combined(reversed(split)) == sums_of(enterprises)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100_000_000)), min_size=1, max_size=30))
def test_nemerow_is_the_formula_and_lies_between_mean_and_maximum(enterprises: list[tuple[int, int]]) -> None:
    sums = sums_of(enterprises)
    mean = sums.score_sum / sums.n
    exact = math.sqrt((sums.score_max**2 + mean**2) / 2)
    value = nemerow(sums.n, sums.score_sum, sums.score_max)
    assert exact - 1.1 <= value <= exact + 1e-6 * max(exact, 1)
    assert math.floor(mean) <= value + 1
    assert value <= sums.score_max


def test_no_enterprise_no_score() -> None:
    assert nemerow(0, 0, 0) == 0
    assert worst_level(Sums().by_level) == 0


def test_one_red_among_a_thousand_is_a_red_region_though_its_score_is_diluted() -> None:
    sums = sums_of([(3, 90_000_000)] + [(0, 5_000_000)] * 999)
    assert worst_level(sums.by_level) == 3
    assert nemerow(sums.n, sums.score_sum, sums.score_max) < 85_000_000
