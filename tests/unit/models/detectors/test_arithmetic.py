"""Sums in a fixed order: exactly first to last, and the batch form has the same bits as the single one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.detectors.arithmetic import Floats, ordered_product, ordered_products, ordered_sum, ordered_sums, solve_positive

NUMBERS = st.floats(-1e9, 1e9)


@given(arrays.arrays(np.float64, st.integers(0, 200), elements=NUMBERS))
def test_a_sum_is_added_first_to_last(values: Floats) -> None:
    total = 0.0
    for value in values.tolist():
        total += value
    assert ordered_sum(values) == total


def test_the_order_matters_so_the_test_above_can_fail() -> None:
    values = np.full(1000, 0.1)
    assert ordered_sum(values) != float(np.sum(values))  # numpy adds in pairs


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_batches_have_the_same_bits_as_single_rows(k: int, n: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrix, rows = generator.standard_normal((k, k)), generator.standard_normal((n, k)) * 10.0 ** generator.integers(-8, 8, k)
    together = ordered_products(matrix, rows)
    assert together.tobytes() == np.stack([ordered_product(matrix, row) for row in rows]).tobytes()
    assert ordered_sums(rows).tolist() == [ordered_sum(row) for row in rows]
    assert together == pytest.approx(rows @ matrix, rel=1e-6, abs=1e-3)


@given(st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_solving(k: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    half = generator.standard_normal((k + 5, k))
    matrix, right = half.T @ half + np.eye(k), generator.standard_normal((k, 3))
    assert matrix @ solve_positive(matrix, right) == pytest.approx(right, abs=1e-8)
