"""The statutory clocks: a second-by-second account of what the article demands, against the closed form; bouncing gains nothing."""

from __future__ import annotations

from typing import NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given

from streams.engine.episodes.clocks import Due, account, due, gathered, multiple
from streams.engine.state_episodes import Clock, Episode, Rung

MINUTE = 60_000
HOUR = 3_600_000
DAY0 = 1_700_000_000_000


def accounted(*moves: tuple[float, int], restart: bool = False) -> Episode:
    """Moves: (minute, level)."""
    episode = Episode(id="e", opened_ms=DAY0)
    for minute, level in moves:
        account(episode, level, DAY0 + round(minute * MINUTE), HOUR, restart=restart)
    return episode


def minutes(episode: Episode, at: float) -> list[float]:
    return [gathered(clock, DAY0 + round(at * MINUTE)) / MINUTE for clock in episode.clocks]


# --- what is accounted ------------------------------------------------------------------------------------------------------
def test_time_at_or_above_a_level_counts_for_every_level_below_it() -> None:
    assert minutes(accounted((0, 3), (20, 1), (50, 0)), 70) == [50, 20, 20]


def test_time_is_frozen_below_the_level() -> None:
    assert minutes(accounted((0, 1), (40, 0), (60, 1)), 70) == [50, 0, 0]
    assert minutes(accounted((0, 3), (20, 1), (50, 3)), 60) == [60, 30, 30]


def test_after_exactly_an_hour_below_it_goes_on_and_after_more_it_begins_anew() -> None:
    second = 1 / 60
    assert minutes(accounted((0, 1), (40, 0), (100, 1)), 110)[0] == 50
    assert minutes(accounted((0, 1), (40, 0), (100 + second, 1)), 110 + second)[0] == 10


def test_an_upgrade_and_a_downgrade_above_a_level_change_nothing_for_it() -> None:
    assert minutes(accounted((0, 1), (30, 2), (31, 3), (32, 1)), 60)[0] == 60


def test_the_literal_reading_begins_anew_with_each_change() -> None:
    assert minutes(accounted((0, 1), (30, 2), restart=True), 50) == [20, 20, 0]


def test_more_than_an_hour_below_forgets_what_was_said_and_what_was_settled() -> None:
    episode = accounted((0, 2), (30, 0))
    episode.rungs = {"a": Rung(level=1, n=3, said_ms=HOUR, settled_ms=5), "b": Rung(level=3, n=1, said_ms=HOUR)}
    account(episode, 1, DAY0 + 91 * MINUTE, HOUR)
    assert episode.rungs["a"] == Rung(level=1)
    assert episode.rungs["b"] == Rung(level=3, n=1, said_ms=HOUR)


# --- when a step is due -----------------------------------------------------------------------------------------------------
def next_due(episode: Episode, level: int, every: float, said: float = 0, quiet: float = 5) -> float | None:
    found = due(episode.clocks[level - 1], round(every * MINUTE), round(said * MINUTE), round(quiet * MINUTE))
    return None if found is None else (found.at_ms - DAY0) / MINUTE


def test_a_step_is_due_at_each_multiple() -> None:
    episode = accounted((10, 1))
    assert [next_due(episode, 1, 60, said) for said in (0, 60, 120)] == [70, 130, 190]


def test_a_clock_that_never_ran_has_nothing_due() -> None:
    assert next_due(accounted((0, 1)), 3, 30) is None


@pytest.mark.parametrize(("left", "expected"), [(30 - 1 / 60, None), (30, None), (30 + 1 / 60, 30)])
def test_lowered_exactly_when_due_is_in_time(left: float, expected: float | None) -> None:
    """Red at 00:00, lowered at 00:29:59, 00:30:00, 00:30:01."""
    assert next_due(accounted((0, 3), (left, 2)), 3, 30) == expected


def test_a_step_that_is_due_right_after_a_return_is_deferred_to_five_minutes_after_it() -> None:
    episode = accounted((0, 3), (29, 2), (40, 3))
    assert next_due(episode, 3, 30) == 45


def test_the_deferral_is_no_way_to_avoid_a_step() -> None:
    """Whoever goes back and forth every four minutes is told of after five minutes at the level in all."""
    episode = accounted((0, 3), (29, 2), (40, 3), (44, 2), (50, 3))
    assert next_due(episode, 3, 30) == 52


def test_a_first_reach_of_a_level_is_no_return_to_it() -> None:
    assert next_due(accounted((0, 1), (59, 3)), 1, 60) == 60


def test_a_shorter_interval_is_due_at_once_and_a_longer_one_loses_no_multiple() -> None:
    episode = accounted((0, 1))
    assert next_due(episode, 1, 30, said=60) == 90
    assert next_due(episode, 1, 120, said=60) == 120


def test_multiples_that_were_passed_do_not_count_the_one_at_which_the_clock_stopped() -> None:
    running = accounted((0, 1)).clocks[0]
    stopped = accounted((0, 1), (60, 0)).clocks[0]
    assert multiple(running, HOUR, DAY0 + HOUR) == 1
    assert multiple(stopped, HOUR, DAY0 + HOUR) == 0
    assert multiple(Clock(), HOUR, DAY0) == 0


# --- whatever the trajectory ------------------------------------------------------------------------------------------------
EVERY, QUIET, FORGET = 60, 5, 60  # seconds, for a world in which a minute is a second


class Stay(NamedTuple):
    seconds: int
    level: int


def by_closed_form(stays: list[Stay], level: int) -> list[int]:
    """Seconds at which the clocks say a step, asked once a second after the level of that second."""
    episode, said_ms, fired, now = Episode(id="e", opened_ms=0), 0, [], DAY0
    rung = episode.rungs["x"] = Rung(level=level)
    for stay in stays:
        account(episode, stay.level, now, FORGET * 1000)
        said_ms = rung.said_ms
        for _ in range(stay.seconds):
            found = due(episode.clocks[level - 1], EVERY * 1000, said_ms, QUIET * 1000)
            if found is not None and found.at_ms <= now:
                rung.said_ms = said_ms = found.n * EVERY * 1000
                fired.append((now - DAY0) // 1000)
            now += 1000
    return fired


def by_counting(stays: list[Stay], level: int) -> list[int]:
    """The same by counting seconds: the words of the design, one by one."""
    gathered_s = below_s = said = since_entry = now = 0
    been = again = inside = False
    fired: list[int] = []
    for stay in stays:
        above = stay.level >= level
        if above and not inside:
            again = been and below_s <= FORGET
            if been and not again:
                gathered_s = said = 0
            since_entry, been = 0, True
        inside = above
        below_s = 0 if above else below_s
        for _ in range(stay.seconds):
            if inside:
                over = gathered_s - (said + 1) * EVERY
                if over >= 0 and not (again and since_entry < QUIET and over < QUIET):
                    said += 1
                    fired.append(now)
                gathered_s += 1
                since_entry += 1
            else:
                below_s += 1
            now += 1
    return fired


trajectories = st.lists(st.builds(Stay, st.integers(1, 150), st.integers(0, 3)), min_size=1, max_size=12)
bouncing = st.lists(st.builds(Stay, st.integers(1, 20), st.integers(0, 3)), min_size=10, max_size=40)


@given(st.one_of(trajectories, bouncing), st.integers(1, 3))
def test_the_closed_form_is_the_count_of_seconds(stays: list[Stay], level: int) -> None:
    assert by_closed_form(stays, level) == by_counting(stays, level)


@given(st.one_of(trajectories, bouncing), st.integers(1, 3))
def test_never_later_than_the_article_demands(stays: list[Stay], level: int) -> None:
    """The article: once at the level and not lowered for the interval, say it; and again after each further interval."""
    fired = by_closed_form(stays, level)
    now = start = 0
    inside = False
    for stay in [*stays, Stay(1, 0)]:
        if stay.level >= level and not inside:
            start, inside = now, True
        elif stay.level < level and inside:
            inside = False
            for k in range(1, (now - start - 1) // EVERY + 1):
                assert len([t for t in fired if start < t <= start + k * EVERY]) >= k, (fired, start, k)
        now += stay.seconds


@given(bouncing, st.integers(1, 3))
def test_bouncing_gains_nothing(stays: list[Stay], level: int) -> None:
    """Whoever is never away for long has been told of as often as somebody who stayed for the same time."""
    fired = by_closed_form(stays, level)
    total = away = longest = 0
    for stay in stays:
        away = 0 if stay.level >= level else away + stay.seconds
        longest = max(longest, away) if total else 0
        total += stay.seconds if stay.level >= level else 0
    if longest <= FORGET:
        assert len(fired) >= (total - QUIET - 1) // EVERY


def test_a_due_has_its_number() -> None:
    clock = accounted((0, 1)).clocks[0]
    assert due(clock, HOUR, 0, 0) == Due(1, DAY0 + HOUR)
    assert due(clock, HOUR, 3 * HOUR, 0) == Due(4, DAY0 + 4 * HOUR)
