"""Windows as panes against a reference that keeps every reading and computes with fractions."""

from __future__ import annotations

from fractions import Fraction
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.kernels import layout as at
from streams.engine.kernels import windows
from streams.engine.kernels.kernel import HAVE_COMPILER, compiled
from streams.engine.rulecode import FEATURES

WANTS = (1 << at.X_COLUMNS) - 1
WINDOWS = {
    "1m": (at.SHORT_PANE_MS, at.SHORT_COUNT),
    "10m": (at.LONG_PANE_MS, at.TEN_COUNT),
    "1h": (at.LONG_PANE_MS, at.HOUR_COUNT),
    "24h": (at.DAY_PANE_MS, at.DAY_COUNT),
}


class Panes:
    """The windows of one point, as the kernels keep them."""

    def __init__(self) -> None:
        self.W1, self.W2 = np.zeros((2, at.W1_COLUMNS)), np.zeros((1, at.W2_COLUMNS))
        self.R = np.full((at.SHORT_COUNT + at.HOUR_COUNT + at.DAY_COUNT, at.R_COLUMNS), -1.0)
        self.X = np.zeros((1, at.X_COLUMNS))
        self.newest = -1

    def put(self, value: float, event_ms: int) -> dict[str, float] | None:
        """Features at that reading; None for a late one, which only moves panes."""
        late = event_ms < self.newest
        push = windows.push_late if late else windows.push
        push(self.W1, 0, self.R, 0, at.SHORT_COUNT, at.SHORT_COUNT, at.SHORT_PANE_MS, value, event_ms)
        push(self.W2, 0, self.R, at.SHORT_COUNT, at.HOUR_COUNT, at.TEN_COUNT, at.LONG_PANE_MS, value, event_ms)
        day = at.SHORT_COUNT + at.HOUR_COUNT
        push(self.W1, 1, self.R, day, at.DAY_COUNT, at.DAY_COUNT, at.DAY_PANE_MS, value, event_ms)
        if late:
            return None
        self.newest = event_ms
        valid = windows.features(self.X, 0, at.X_1M, self.W1, 0, at.W_CLOSED, 30_000, value, event_ms, WANTS)
        valid |= windows.features(self.X, 0, at.X_10M, self.W2, 0, at.W_CLOSED, 300_000, value, event_ms, WANTS)
        valid |= windows.features(self.X, 0, at.X_1H, self.W2, 0, at.W_CLOSED_HOUR, 1_800_000, value, event_ms, WANTS)
        valid |= windows.features(self.X, 0, at.X_24H, self.W1, 1, at.W_CLOSED, 43_200_000, value, event_ms, WANTS)
        return {name: float(self.X[0, f]) for name, f in FEATURES.items() if valid >> f & 1}


def reference(seen: list[tuple[int, float]], value: float, event_ms: int) -> dict[str, float]:
    """The same from all readings so far: those whose pane is among the last of each window."""
    out: dict[str, float] = {}
    for name, (width, count) in WINDOWS.items():
        open_pane = event_ms // width
        inside = [(e, v) for e, v in seen if open_pane - count < e // width <= open_pane]
        exact = [Fraction(v) for _, v in inside]
        mean = sum(exact) / len(exact)
        out |= {f"mean_{name}": float(mean), f"min_{name}": min(v for _, v in inside), f"max_{name}": max(v for _, v in inside)}
        out |= {
            f"rise_{name}": value - out[f"min_{name}"],
            f"fall_{name}": out[f"max_{name}"] - value,
            f"count_{name}": len(inside),
        }
        if len(inside) >= 2:
            out[f"deviation_{name}"] = sqrt(float(sum((x - mean) ** 2 for x in exact) / len(exact)))
        first_ms, first = min(inside, key=lambda r: r[0])
        if event_ms - first_ms >= width * count // 2:
            out[f"delta_{name}"] = value - first
            out[f"rate_{name}"] = (value - first) / (event_ms - first_ms) * 1000.0
    return out


def close(a: dict[str, float], b: dict[str, float], scale: float) -> bool:
    return a.keys() == b.keys() and all(isclose(a[k], b[k], rel_tol=1e-9, abs_tol=1e-7 * scale) for k in a)


steps = st.sampled_from([1, 400, 1_000, 1_000, 1_000, 5_000, 31_000, 61_000, 650_000, 4_000_000, 50_000_000])
lateness = st.sampled_from([0, 0, 0, 0, 1_500, 7_000, 45_000, 130_000, 2_000_000, 9_000_000, 70_000_000])
values = st.floats(-100.0, 1000.0, allow_nan=False).map(lambda x: round(x, 3))


@given(st.lists(st.tuples(steps, lateness, values), min_size=1, max_size=120), st.sampled_from([1.0, 1e6]))
def test_windows_equal_a_reference_that_keeps_everything(rows: list[tuple[int, int, float]], offset: float) -> None:
    panes, seen, now, used = Panes(), [], 1_700_000_000_000, set()
    for step, late, value in rows:
        now += step
        event_ms = now - late
        if event_ms in used:  # equal stamps are the business of the duplicate test
            continue
        used.add(event_ms)
        newest = panes.newest
        got = panes.put(value + offset, event_ms)
        seen.append((event_ms, value + offset))
        if got is None:
            kept = event_ms // at.LONG_PANE_MS > newest // at.LONG_PANE_MS - at.HOUR_COUNT
            short = event_ms // at.SHORT_PANE_MS > newest // at.SHORT_PANE_MS - at.SHORT_COUNT
            day = event_ms // at.DAY_PANE_MS > newest // at.DAY_PANE_MS - at.DAY_COUNT
            if not kept and not short and not day:
                seen.pop()
            continue
        assert close(got, reference(seen, value + offset, event_ms), offset)


@pytest.mark.parametrize("name", ["mean_1m", "deviation_10m", "rise_1h", "delta_24h"])
def test_a_window_forgets(name: str) -> None:
    panes = Panes()
    start = 1_700_000_000_000 - 1_700_000_000_000 % 3_600_000
    panes.put(1000.0, start)
    got = panes.put(10.0, start + 90_000_000)
    assert got is not None
    assert got.get(name, 0.0) == (10.0 if name == "mean_1m" else 0.0)


def test_a_deviation_far_from_zero_keeps_its_digits() -> None:
    """The classic trap of sums of squares: 1e9 with a noise of one millionth."""
    panes, got = Panes(), None
    for i in range(600):
        got = panes.put(1e9 + (i % 2) * 1e-3, 1_700_000_000_000 + i * 1000)
    assert got is not None
    assert isclose(got["deviation_10m"], 0.5e-3, rel_tol=1e-3)


@pytest.mark.skipif(not HAVE_COMPILER, reason="no numba: there is only the plain way")
def test_min_and_max_know_no_sign_of_zero() -> None:
    low, high = compiled(windows.lower), compiled(windows.higher)
    for a, b in ((0.0, -0.0), (-0.0, 0.0)):
        assert str(low(a, b)) == str(windows.lower(a, b))
        assert str(high(a, b)) == str(windows.higher(a, b))
