"""Times of cases are exact, and what cannot be understood is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.cases.times import clock_ms, duration_ms, moment_ms, shown


@given(st.integers(0, 10**10))
def test_what_is_shown_reads_back(offset_ms: int) -> None:
    assert duration_ms(shown(offset_ms)) == offset_ms


@pytest.mark.parametrize("text", ["", "10", 10, "5x", "m", "1m1h", None, True, "1.5", "-"])
def test_refuses_durations(text: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        duration_ms(text)


@pytest.mark.parametrize("text", ["25:00", "10:60", "10", "10:00:60", None])
def test_refuses_clocks(text: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        clock_ms(text)


def test_a_clock_time_is_the_next_one() -> None:
    eight = 1_767_542_400_000 + 8 * 3_600_000
    assert moment_ms("09:59:59", eight) == 7_199_000
    assert moment_ms("07:00", eight) == 23 * 3_600_000
