"""Clocks of the embedded log never go back."""

from __future__ import annotations

import time

import pytest

from streams.transport.clocks import PlayerClock, WallClock


def test_the_wall_clock_stands_still_where_the_machines_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([5_000, 4_000, 6_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(told) * 1_000_000)
    clock = WallClock()
    assert [clock.now_ms() for _ in range(3)] == [5_000, 5_000, 6_000]


def test_the_wall_clock_never_falls_behind_what_the_file_already_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000)
    clock = WallClock()
    clock.start_at(7_000)
    assert clock.now_ms() == 7_000


def test_the_players_clock_moves_only_forward_and_only_when_told() -> None:
    clock = PlayerClock(10)
    clock.set(10)
    clock.set(20)
    clock.start_at(15)
    assert clock.now_ms() == 20
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(19)
