"""Sums in a fixed order, so that a verdict has the same bits on every machine and in every batch size.

BLAS, `np.sum`, `np.dot` and `einsum` choose their order of addition by CPU and shape. What is used here does not:
`np.add.accumulate` gives out every partial sum, which fixes the order first to last by definition, and the batch form adds
column after column elementwise in that same order. Multiplication and addition stay separate calls, so nothing is fused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def ordered_sum(values: Floats) -> float:
    """Sum of a vector, first to last.

    >>> ordered_sum(np.array([0.1, 0.2, 0.3])) == (0.1 + 0.2) + 0.3
    True
    """
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0


def ordered_product(transposed: Floats, vector: Floats) -> Floats:
    """matrix @ vector from the transposed matrix, products added first to last."""
    total: Floats = np.add.accumulate(transposed * vector[:, None], axis=0)[-1]
    return total


def ordered_products(transposed: Floats, rows: Floats) -> Floats:
    """`ordered_product` of each row, bit for bit the same, one column at a time."""
    total: Floats = rows[:, :1] * transposed[0]
    for j in range(1, rows.shape[1]):
        total = total + rows[:, j : j + 1] * transposed[j]
    return total


def ordered_sums(rows: Floats) -> Floats:
    """`ordered_sum` of each row, bit for bit the same."""
    total: Floats = rows[:, 0].copy()
    for j in range(1, rows.shape[1]):
        total = total + rows[:, j]
    return total


def solve_positive(matrix: Floats, right: Floats) -> Floats:
    """x with matrix @ x = right for a symmetric positive definite matrix, by Cholesky in plain Python floats, fixed order."""
    n = len(matrix)
    a = matrix.tolist()
    low: list[list[float]] = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j]
            for m in range(j):
                rest -= low[i][m] * low[j][m]
            low[i][j] = float(np.sqrt(rest)) if i == j else rest / low[j][j]
    x = right.astype(np.float64, copy=True)
    for i in range(n):
        for m in range(i):
            x[i] = x[i] - low[i][m] * x[m]
        x[i] = x[i] / low[i][i]
    for i in range(n - 1, -1, -1):
        for m in range(i + 1, n):
            x[i] = x[i] - low[m][i] * x[m]
        x[i] = x[i] / low[i][i]
    return x
