"""Copied stretches are found, exact, shifted and scaled; what repeats itself by nature or rests is not accused."""

from __future__ import annotations

import math
import random

import pytest

from streams.engine.engine import Engine
from streams.engine.kernels.quality import COPIED
from streams.engine.truth.copies import RING, Copies, varied
from tests.scenarios.plants import pressure
from tests.unit.streams.engine.truth.truths import Signal, found, noise, play

HOUR = 3600


def replayed(signal: Signal, again_from: int, first: int, scale: float = 1.0, shift: float = 0.0) -> Signal:
    """From `again_from` on the signal repeats what it was from `first` on."""
    return lambda s: signal(s) if s < again_from else round(scale * (signal(s - again_from + first) or 0.0) + shift, 6)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1.0, 0.35), (0.8, 0.0), (1.25, -0.2)])
def test_an_earlier_stretch_played_again_is_found_scaled_or_shifted(scale: float, shift: float) -> None:
    signal = replayed(noise(1, 1.2, 0.05), 8 * HOUR, 2 * HOUR + 30 * 17, scale, shift)
    said = play({"P1": signal, "P2": noise(2, 1.2, 0.05)}, 12)[0]
    copied = found(said, "copied")
    assert [f.point for f in copied] == ["P1"]
    assert copied[0].detail["marks"] >= 4
    assert abs(copied[0].detail["began_ms"] - copied[0].detail["earlier_ms"] - (6 * HOUR - 30 * 17) * 1000) < 120_000


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "late_s"), [(1.0, 0), (1.25, 0), (1.0, 300)])
def test_a_point_that_sends_the_series_of_another_is_found_and_nothing_of_it_is_doubted(scale: float, late_s: int) -> None:
    real = noise(1, 1.2, 0.05)
    copy = lambda s: round(scale * real(s - late_s) + 0.1, 6)  # noqa: E731
    said, engine = play({"P1": real, "P2": copy, "P3": noise(2, 1.2, 0.05)}, 3)
    same = found(said, "same_series")
    assert [(f.point, f.detail["other"]) for f in same] == [("P2", "P1")]
    assert same[0].detail["marks"] >= 4
    assert not (engine.judge.flags & COPIED).any()
    assert found(said, "copied") == []


@pytest.mark.slow
def test_what_twins_are_in_survives_a_restart() -> None:
    real = noise(1, 1.2, 0.05)
    signals = {"P1": real, "P2": real}
    whole, _ = play(signals, 3)
    first, engine = play(signals, 0.75)
    second, _ = play(signals, 2.25, engine=Engine.restore(0, 1, engine.snapshot(), plain=True), first_s=2700)
    assert found(first, "same_series") + found(second, "same_series") == found(whole, "same_series")


@pytest.mark.slow
def test_two_instruments_at_one_vessel_have_noises_of_their_own() -> None:
    def seen_by(number: int) -> Signal:
        return lambda s: round(1.0 + 0.3 * math.sin(s / 900.0) + random.Random(s * 7 + number).gauss(0.0, 0.004), 4)

    said, _ = play({"P1": seen_by(1), "P2": seen_by(2)}, 12)
    assert found(said, "same_series") == []


@pytest.mark.slow
def test_yesterday_sent_again_today_is_found_by_its_hours_even_where_the_instrument_is_coarse() -> None:
    coarse = noise(3, 1.2, 0.02, digits=2)
    points = (pressure("P1", period_s=30.0, resolution=0.01), pressure("P2", period_s=30.0, resolution=0.01))
    said = play({"P1": lambda s: coarse(s % (24 * HOUR)), "P2": noise(4, 1.2, 0.02, digits=2)}, 33, points)[0]
    day = found(said, "day_copied")
    assert [f.point for f in day] == ["P1"]
    assert day[0].detail["hours"] == 6


@pytest.mark.slow
def test_real_noise_a_resting_gas_detector_and_a_toggling_digit_are_not_accused() -> None:
    rng = random.Random(5)
    said = play({"P1": noise(6, 1.0, 0.05), "P2": lambda s: 0.0, "P3": lambda s: 0.1 * (rng.random() < 0.3),
                 "P4": lambda s: 0.1 * (s // 300 % 2), "P5": lambda s: 1.0 + 0.001 * (s // 600 % 40)}, 30)[0]  # fmt: skip
    assert found(said, "copied") + found(said, "day_copied") == []


def test_symbols_without_variety_or_with_a_period_are_no_marks() -> None:
    pattern = [0, 1, 3, 2, 1]
    assert not varied(0)
    assert not varied((1 << 62) - 1)
    assert not varied(sum(pattern[i % 5] << 2 * i for i in range(31)))
    rng = random.Random(7)
    assert sum(varied(rng.getrandbits(62)) for _ in range(1000)) > 980


def test_a_run_is_broken_by_one_strange_mark_and_the_ring_forgets() -> None:
    rng = random.Random(8)
    marks = [rng.getrandbits(32) for _ in range(10)]
    copies = Copies()
    for m in marks:
        assert copies.take(0, m, 60_000, 4) is None
    again = [copies.take(0, m, 120_000, 4) for m in [*marks[:3], rng.getrandbits(32), *marks[3:7]]]
    assert [c is not None for c in again] == [False] * 7 + [True]
    for _ in range(RING):
        copies.take(0, rng.getrandbits(32), 180_000, 4)
    assert all(copies.take(0, m, 240_000, 1) is None for m in marks)


def test_a_point_that_never_moves_has_no_ring() -> None:
    _, engine = play({"P1": noise(9, 1.0, 0.05), "P2": lambda s: 1.0}, 6)
    assert engine.truth.copies.rings.n == 1
