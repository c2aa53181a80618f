"""What points remember of conditions, against a reference that keeps every reading."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.kernels import layout as at
from streams.engine.kernels import memory as kernel_memory

T0 = 1_700_000_040_000
GAP_MS = 30_000.0
steps = st.sampled_from([1, 500, 1_000, 1_000, 5_000, 29_999, 30_000, 30_001, 61_000, 300_000, 3_700_000])
saids = st.sampled_from([at.SAID_NOTHING, at.SAID_TRUE, at.SAID_TRUE, at.SAID_FALSE, at.SAID_FALSE])


def share(cells: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[int, int]:
    return int(cells[at.A_TRUE]), int(cells[at.A_KNOWN])


@pytest.mark.parametrize("window_ms", [60_000, 600_000, 3_600_000, 86_400_000])
@given(st.lists(st.tuples(steps, saids), min_size=1, max_size=150))
def test_shares_equal_a_reference_that_keeps_everything(window_ms: int, rows: list[tuple[int, int]]) -> None:
    cells, width = np.zeros(at.AUX_CELLS[at.AUX_SHARE] + 3, np.int64), window_ms // at.SHARE_PANES
    spans: list[tuple[int, int, int]] = []
    now, before = T0, (0, at.SAID_NOTHING)
    for step, said in rows:
        now += step
        kernel_memory.shared(0, window_ms, GAP_MS, now, said, cells)
        if before[1] != at.SAID_NOTHING and now - before[0] <= GAP_MS:
            spans.append((before[0], now, before[1]))
        before = now, said
        start = (now // width - at.SHARE_PANES + 1) * width
        inside = [(max(a, start), b, held) for a, b, held in spans if b > start]
        known = sum(b - a for a, b, _ in inside)
        assert share(cells) == (sum(b - a for a, b, held in inside if held == at.SAID_TRUE), known)
        assert known <= window_ms
    assert not cells[at.AUX_CELLS[at.AUX_SHARE] :].any()  # nothing beyond its own cells


def test_a_clock_that_stepped_back_takes_moments_along_and_forgets_shares() -> None:
    cells = np.zeros(at.AUX_CELLS[at.AUX_SHARE], np.int64)
    for i in range(10):
        kernel_memory.shared(0, 60_000, GAP_MS, T0 + i * 1000, at.SAID_TRUE, cells)
    assert share(cells) == (9000, 9000)
    kernel_memory.shift(0, at.AUX_SHARE, -3_600_000, T0 - 3_591_000, cells)
    assert share(cells) == (0, 0)
    moment = np.array([T0])
    kernel_memory.shift(0, at.AUX_SINCE, -3_600_000, 0, moment)
    assert moment.tolist() == [T0 - 3_600_000]
    never = np.array([-1])
    kernel_memory.shift(0, at.AUX_SINCE, -3_600_000, 0, never)
    assert never.tolist() == [-1]
