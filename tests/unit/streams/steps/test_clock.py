"""Log time between records, and gaps of the platform."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.steps.clock import GAP_BUDGET_MS, GAP_WINDOW_MS, GapBudget, LogClock


def test_time_goes_on_from_the_last_acknowledged_step() -> None:
    clock = LogClock()
    assert clock.estimate_ms(5) is None
    clock.acknowledged(1_000_000, 50)
    assert clock.estimate_ms(750) == 1_000_700


def test_a_step_that_was_only_read_tells_nothing_of_the_present() -> None:
    clock = LogClock()
    clock.acknowledged(1_000_000, None)
    assert clock.estimate_ms(50) is None
    clock.acknowledged(1_060_000, 80)
    assert clock.estimate_ms(80) == 1_060_000
    assert clock.claim_gap_ms(1_060_000) == 60_000
    assert clock.claim_gap_ms(1_060_000) == 0


def test_five_seconds_without_a_step_are_no_gap_and_more_are_one_named_once() -> None:
    clock = LogClock()
    clock.acknowledged(1_000_000, 0)
    assert clock.claim_gap_ms(1_005_000) == 0
    assert clock.claim_gap_ms(1_005_001) == 5_001
    clock.acknowledged(1_005_010, 5_100)
    assert clock.claim_gap_ms(1_005_020) == 0


def test_a_commit_that_took_long_is_a_gap_of_the_next_step() -> None:
    clock = LogClock()
    clock.acknowledged(1_000_000, 0)
    clock.acknowledged(1_012_000, 12_000)
    assert clock.claim_gap_ms(1_012_000) == 12_000


def test_a_broker_clock_that_goes_back_takes_no_time_away() -> None:
    clock = LogClock()
    clock.acknowledged(1_000_000, 0)
    clock.acknowledged(990_000, 100)
    assert clock.estimate_ms(100) == 1_000_000


def test_the_first_gap_counts_in_full_and_a_crash_loop_has_ten_minutes_an_hour() -> None:
    budget = GapBudget()
    assert budget.grant(7_200_000, 1_000_000) == 7_200_000
    at_ms = 1_000_000 + 7_200_000
    granted = [budget.grant(6_000, at_ms + 10_000 * i) for i in range(300)]
    assert sum(granted) == GAP_BUDGET_MS
    assert budget.grant(9_000, at_ms + GAP_WINDOW_MS + 7_200_000) == 9_000


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 500_000)), max_size=30))
def test_a_budget_rebuilt_from_steps_is_the_same(gaps: list[tuple[int, int]]) -> None:
    live, again, log_ms = GapBudget(), GapBudget(), 1_000_000
    for gap_ms, passed_ms in gaps:
        log_ms += passed_ms
        again.note(live.grant(gap_ms, log_ms), log_ms)
        assert again == live
