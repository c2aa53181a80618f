"""Signals and effects: physics that hold together, effects that begin and end where they say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.simulate import World
from backfill.simulate.effects import Active, Effect, weight
from backfill.simulate.signals import Band

START_S = 1_767_571_200


@pytest.fixture(scope="module")
def band() -> Band:
    world = World.generate("county", 1, 60)
    return Band(world.gateways, 60, np.random.default_rng(1))


def test_a_level_rises_when_and_only_when_its_tank_is_filled(band: Band) -> None:
    at_s = band.ticks(START_S, START_S + 86_400)
    share = band.cycle_at(at_s)
    place = {int(column): n for n, column in enumerate(band.driven)}
    tanks = []
    for first, after in pairwise(band.start):
        columns = {band.signals[i].code: i for i in range(first, after)}
        for code, i in columns.items():
            inflow = columns.get(code.removesuffix("LI") + "FI")
            if code.endswith("-LI") and inflow in place and i in place:
                tanks.append((i, inflow))
    assert tanks
    for level, inflow in tanks:
        rising = np.diff(share[:, place[level]]) > 0
        filling = share[:-1, place[inflow]] > 0
        assert np.count_nonzero(rising != filling) <= 2 * (86_400 / band.signals[level].cycle.period_s + 1)  # the corners


def test_a_meter_at_a_standstill_shows_zero(band: Band) -> None:
    at_s = band.ticks(START_S, START_S + 600)
    shown = band.quantised(band.block(at_s))
    still = band.driven[band.cut_off]
    idle = band.cycle_at(at_s)[:, band.cut_off] == 0
    assert idle.any()
    assert (shown[:, still][idle] == 0).all()


def test_gas_never_reads_below_zero_and_no_value_is_minus_zero(band: Band) -> None:
    shown = band.quantised(band.block(band.ticks(START_S, START_S + 6000)))
    assert (shown[:, band.gas] >= 0).all()
    assert not np.signbit(shown[shown == 0]).any()


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 300), st.floats(0, 300))
def test_weights_rise_hold_and_fall_inside_the_effect(start: int, hold: int, rise: float, fall: float) -> None:
    effect = Effect("E", "P", start, int(start + rise) + hold + 1, "toward", 1.0, rise, fall)
    at_s = np.arange(start, int(effect.over_s) + 2, dtype=np.int64)
    share = weight(effect, at_s)
    assert ((share >= 0) & (share <= 1)).all()
    held = (at_s >= start + rise) & (at_s <= effect.end_s)
    assert (share[held] > 1 - 1e-9).all()
    assert (share[at_s > effect.over_s] == 0).all()


def test_effects_begin_and_end_and_leave_the_others_alone() -> None:
    active = Active({("E", "A"): 0, ("E", "B"): 1, ("E", "C"): 2})
    assert active.add(Effect("E", "A", 110, 120, "toward", 9.0))
    assert active.add(Effect("E", "B", 105, 125, "freeze"))
    assert active.add(Effect("E", "C", 112, 113, "lost"))
    assert not active.add(Effect("E", "elsewhere", 0, 1))
    shown = []
    for block in range(100, 140, 10):
        at_s = np.arange(block, block + 10, dtype=np.int64)
        values = np.repeat(at_s[:, None].astype(np.float64), 3, axis=1)
        active.apply(at_s, values)
        shown.append(values)
    table = np.concatenate(shown)
    seconds = np.arange(100, 140)
    assert (table[(seconds >= 110) & (seconds <= 120), 0] == 9.0).all()
    assert (table[(seconds < 110) | (seconds > 120), 0] == seconds[(seconds < 110) | (seconds > 120)]).all()
    assert (table[(seconds >= 105) & (seconds <= 125), 1] == 105.0).all()
    assert table[30, 1] == 130.0
    assert np.isnan(table[[12, 13], 2]).all()
    assert np.count_nonzero(np.isnan(table)) == 2
    assert active.waiting == []


def test_water_that_goes_in_comes_out_and_a_tank_that_empties_gives_it_off() -> None:
    world = World.generate("county", 1, 60)
    band = Band(world.gateways, 60, np.random.default_rng(1))
    at_s = band.ticks(START_S, START_S + 43_200)
    values = band.block(at_s)
    columns = [
        {s.code: i for i, s in enumerate(g.signals, int(first))} for g, first in zip(band.gateways, band.start, strict=False)
    ]
    circuits = [(of, code) for of in columns for code in of if code.endswith("-FO") and code[:-2] + "FD" in of]
    assert len(circuits) > 2
    for of, code in circuits:
        water_in, water_out, difference = (values[:, of[code[:-2] + part]] for part in ("FI", "FO", "FD"))
        assert abs(float(np.mean(water_in - water_out - difference))) < 0.2
        assert float(np.std(water_in - water_out - difference)) < float(np.std(water_in))
    share = band.cycle_at(at_s)
    place = {int(column): n for n, column in enumerate(band.driven)}
    tanks = [(of[code], of[code[:-2] + "LI"]) for of in columns for code in of if code.endswith("-FO") and code[:-2] + "LI" in of]
    assert tanks
    for outlet, level in tanks:
        falling = np.diff(share[:, place[level]]) < 0
        assert np.count_nonzero(falling != (share[:-1, place[outlet]] > 0)) <= 2 * (
            43_200 / band.signals[level].cycle.period_s + 1
        )


def test_a_launder_is_full_before_the_platform_moves_and_empty_after_it_stopped() -> None:
    world = World.generate("county", 1, 10)
    band = Band(world.gateways, 10, np.random.default_rng(1))
    at_s = band.ticks(START_S, START_S + 14_400)
    share = band.cycle_at(at_s)
    place = {int(column): n for n, column in enumerate(band.driven)}
    of = {
        band.signals[column].code: n
        for column, n in place.items()
        if band.signals[column].part.name in ("炉出口铝液液位", "铸造速度")
    }
    wells = [code[:-2] for code in of if code.endswith("-LO")]
    assert wells
    for well in wells:
        metal, moving = share[:, of[well + "LO"]], share[:, of[well + "SI"]] > 0
        assert (metal[moving] == 1).all(), "no cast without metal"
        assert (metal == 0).any(), "between casts it is empty"
        poured, cast = np.count_nonzero(metal > 0), np.count_nonzero(moving)
        assert cast < poured <= cast + 2 * (180 / 10 + 2), "a few minutes more than the cast"
