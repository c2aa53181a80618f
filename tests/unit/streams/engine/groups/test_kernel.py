"""Group functions over members: what is missing opens an end, what is beyond everything counts on the dangerous side; compiled = plain."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

from streams.domain.scale import Quality
from streams.engine.groups import kernel
from streams.engine.kernels import layout as at
from streams.engine.kernels.kernel import HAVE_COMPILER
from streams.engine.kernels.quality import FAILS

GOOD, FAIL = int(Quality.GOOD), int(Quality.FAIL)


def world(n: int) -> dict[str, Any]:
    """Points that were heard, are good and expected, all in one group."""
    made = {
        "points": np.arange(n), "starts": np.array([0, n]), "rows": np.zeros(1, np.int64), "before": np.zeros(n), "scale": np.ones(n),
        "after": np.zeros(n), "high": np.ones(n, np.bool_), "low": np.ones(n, np.bool_), "mixed": np.zeros(1, np.bool_),
        "S": np.zeros((n, at.S_COLUMNS)), "T": np.ones((n, at.T_COLUMNS), np.int64), "C": np.full((n, at.C_COLUMNS), -1, np.int32),
        "W1": np.zeros((n, at.W1_COLUMNS)), "W2": np.zeros((n, at.W2_COLUMNS)), "limit_ms": np.full(n, 60_000), "floor_ms": np.zeros(n, np.int64),
        "credit_ms": np.zeros(n, np.int64), "credit_base": np.zeros(n, np.int64), "expected": np.ones(n, np.uint8),
        "stale": np.zeros(n, np.uint8), "out": np.zeros(n, np.uint8),
    }  # fmt: skip
    made["S"][:, at.VALUE] = 10.0 * np.arange(1, n + 1)
    made["C"][:, at.QUALITY], made["C"][:, at.FLAGS] = GOOD, 0
    return made


def folded(how: int, given: dict[str, Any], plain: bool = True, at_ms: int = 1000, asked: Any = (0, 0, 0)) -> Any:
    lo, hi = np.zeros(1), np.zeros(1)
    turn_ms = kernel.folder(plain)(how, *asked, at_ms, *given.values(), np.zeros((1, at.WINDOW_FEATURES)), lo, hi)
    return (float(lo[0]), float(hi[0])), int(turn_ms)


@pytest.mark.parametrize(("how", "all_known", "one_silent", "one_beyond"), [
    (kernel.SINGLE, (-inf, inf), (-inf, inf), (-inf, inf)),
    (kernel.HIGHEST, (30, 30), (20, inf), (30, inf)),
    (kernel.LOWEST, (10, 10), (-inf, 10), (-inf, 10)),
    (kernel.TOTAL, (60, 60), (-inf, inf), (-inf, inf)),
    (kernel.AVERAGE, (20, 20), (-inf, inf), (-inf, inf)),
    (kernel.SPREAD, (20, 20), (10, inf), (10, inf)),
    (kernel.NUMBER, (3, 3), (2, 2), (2, 2)),
])  # fmt: skip
def test_what_is_missing_opens_an_end(how: int, all_known: Any, one_silent: Any, one_beyond: Any) -> None:
    given = world(3)
    assert folded(how, given)[0] == all_known
    given["stale"][2] = 1
    assert folded(how, given)[0] == one_silent
    given["stale"][2] = 0
    given["C"][2, at.QUALITY], given["C"][2, at.FLAGS] = FAIL, FAILS
    assert folded(how, given)[0] == one_beyond
    given["high"][:] = given["low"][:] = False
    if how == kernel.HIGHEST:
        assert folded(how, given)[0] == (20, inf), "beyond everything on a side that is not dangerous"


def test_who_is_no_member_is_not_missing() -> None:
    given = world(3)
    given["T"][2, at.EVENT] = -1  # never heard
    assert folded(kernel.TOTAL, given)[0] == (30, 30)
    given["out"][1] = 1
    assert folded(kernel.TOTAL, given)[0] == (10, 10)
    assert folded(kernel.SINGLE, given)[0] == (-inf, inf), "two others are registered: nobody said which"


def test_a_member_that_nobody_expects_leaves_when_it_falls_silent_and_that_moment_is_told() -> None:
    given = world(2)
    given["expected"][1], given["T"][:, at.LOG] = 0, 5_000
    value, turn_ms = folded(kernel.TOTAL, given, at_ms=65_000)
    assert (value, turn_ms) == ((30, 30), 65_001)
    assert folded(kernel.TOTAL, given, at_ms=turn_ms) == ((10, 10), kernel.NEVER)


def test_a_window_that_a_point_does_not_have_is_missing_even_where_the_value_is_beyond() -> None:
    given = world(2)
    given["C"][1, at.QUALITY], given["C"][1, at.FLAGS] = FAIL, FAILS
    for window in (kernel.MINUTE, kernel.TEN, kernel.HOUR, kernel.DAILY):
        assert folded(kernel.HIGHEST, given, asked=(window, at.F_RISE, kernel.DIFFERENCES))[0] == (-inf, inf)


@pytest.mark.slow
@pytest.mark.skipif(not HAVE_COMPILER, reason="no numba: nothing is compiled")
def test_machine_code_answers_as_plain_python_does() -> None:
    rng = np.random.default_rng(1)
    n = 9
    for _ in range(200):
        given = world(n)
        given["S"][:] = rng.normal(size=given["S"].shape)
        given["C"][:, at.QUALITY], given["C"][:, at.FLAGS] = rng.choice([GOOD, GOOD, FAIL], n), rng.choice([0, FAILS], n)
        for column in (at.SHORT, at.LONG, at.DAY):
            given["C"][:, column] = rng.integers(-1, n, n)
        given["C"][:, at.LONG_COUNT] = rng.choice([at.TEN_COUNT, at.HOUR_COUNT], n)
        given["T"][:] = rng.integers(-1, 90_000, given["T"].shape)
        given["W1"][:], given["W2"][:] = rng.integers(0, 5, given["W1"].shape), rng.integers(0, 5, given["W2"].shape)
        given["expected"][:], given["stale"][:] = rng.random(n) < 0.7, rng.random(n) < 0.2
        asked = (int(rng.integers(0, 5)), int(rng.integers(0, at.WINDOW_FEATURES)), int(rng.integers(0, 3)))
        for how in range(7):
            plain = folded(how, given, True, 90_000, asked)
            assert repr(folded(how, given, False, 90_000, asked)) == repr(plain), (how, asked)
