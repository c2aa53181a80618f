"""Signals that are not what an instrument saw, units, clocks, cuts and edits: found with evidence, and quiet where all is well."""

from __future__ import annotations

import math
import random

import msgspec
import numpy as np
import pytest

from streams.domain.outputs import QualityDay
from streams.domain.registry import Limits
from streams.domain.scale import Flag
from streams.engine.engine import Engine
from streams.engine.truth.scores import scores_of
from streams.engine.truth.settings import Truth
from streams.engine.truth.state import Teller, TruthState
from tests.scenarios.plants import gas, pressure, temperature
from tests.scenarios.timeline import Said
from tests.unit.streams.engine.truth.truths import Signal, found, noise, play

HOUR = 3600


def then(first: Signal, second: Signal, at_s: int) -> Signal:
    return lambda s: first(s) if s < at_s else second(s)


def points(said: Said, code: str) -> list[str]:
    return [f.point for f in found(said, code)]


# --- signals ------------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_signal_that_loses_its_noise_is_attenuated_and_flagged_until_it_is_back() -> None:
    weak = then(noise(1, 1.0, 0.05), lambda s: 1.0 + 0.001 * (s // 1200 % 2), 52 * HOUR)
    signals = {"P1": weak, "P2": noise(2, 1.0, 0.05), "P3": noise(3, 1.0, 0.05)}
    said, engine = play(signals, 59)
    assert points(said, "attenuated") == ["P1"]
    assert found(said, "attenuated")[0].detail["usual"] > 0.02
    assert engine.judge.flags[0] & Flag.ATTENUATED
    assert not engine.judge.flags[1:].any()
    play(signals | {"P1": noise(1, 1.0, 0.05)}, 2, engine=engine, first_s=59 * HOUR)
    assert not engine.judge.flags[0] & Flag.ATTENUATED


@pytest.mark.slow
def test_a_plant_that_stops_is_said_once_and_not_a_sensor_each() -> None:
    signals = {f"P{i}": then(noise(i, 1.0, 0.05), lambda s: 0.2, 52 * HOUR) for i in range(1, 5)}
    said, _ = play(signals, 59)
    assert points(said, "attenuated") == []
    assert found(said, "source_quiet")[0].detail["count"] == 4


@pytest.mark.slow
def test_a_drawn_line_has_no_noise() -> None:
    def drawn(s: int) -> float:
        return round(1.0 + 0.3 * math.sin(s / 9_000.0), 6)

    said, engine = play({"P1": then(noise(1, 1.0, 0.05), drawn, 52 * HOUR), "P2": noise(2, 1.0, 0.05)}, 55)
    assert points(said, "noiseless") == ["P1"]
    assert engine.judge.flags[0] & Flag.NOISELESS


def test_a_value_pinned_just_under_its_limit_is_found_and_one_that_only_comes_near_is_not() -> None:
    near = noise(1, 1.7, 0.05)
    defined = (pressure("P1", period_s=30.0, limits=Limits(h=1.8)), pressure("P2", period_s=30.0, limits=Limits(h=1.8)))
    said, _ = play(
        {"P1": lambda s: min(1.79, near(s) + 0.1), "P2": lambda s: min(near(s), 1.795 - 0.001 * (s // HOUR % 7))}, 6, defined
    )
    assert points(said, "pinned") == ["P1"]
    assert found(said, "pinned")[0].detail | {"mean": 0} == {
        "quantity": "pressure", "unit": "MPa", "limit": 1.8, "edge": 1.79, "mean": 0, "hours": 3,
    }  # fmt: skip


@pytest.mark.slow
def test_neighbours_that_part_are_found_but_never_gas_detectors() -> None:
    common = noise(1, 100.0, 5.0, 1)

    def near(seed: int, extra_s: int = 1 << 40, by: float = 0.0) -> Signal:
        own = noise(seed, 0.0, 0.3, 1)
        return lambda s: common(s) + own(s) + (by if s >= extra_s else 0.0)

    defined = (*(temperature(c, period_s=30.0) for c in ("T1", "T2")), *(gas(c, period_s=30.0) for c in ("G1", "G2")))
    said, _ = play({"T1": near(2), "T2": near(3, 52 * HOUR, 40.0), "G1": lambda s: 0.0, "G2": then(lambda s: 0.0, lambda s: 20.0, 52 * HOUR)},
                   56, defined)  # fmt: skip
    assert points(said, "siblings_part") == ["T2"]
    assert found(said, "siblings_part")[0].detail["sibling"] == "T1"


# --- units --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "kind"),
    [(lambda v: 10 * v, "x10"), (lambda v: v / 10, "/10"), (lambda v: 1000 * v, "x1000"), (lambda v: v / 1000, "/1000")],
)
def test_a_jump_by_a_factor_of_units_is_suspected_and_forgotten_when_it_is_back(change: object, kind: str) -> None:
    usual = noise(1, 0.3, 0.001, 6)
    signal = then(then(usual, lambda s: change(usual(s)), 2 * HOUR), usual, 3 * HOUR)  # type: ignore[operator]
    said, engine = play({"P1": signal, "P2": noise(2, 0.3, 0.001)}, 3)
    assert [(f.point, f.detail["kind"]) for f in found(said, "unit_suspect")] == [("P1", kind)]
    assert engine.judge.flags[0] & Flag.UNIT
    play({"P1": signal}, 0.1, engine=engine, first_s=3 * HOUR)
    assert not engine.judge.flags[0] & Flag.UNIT


def test_kelvin_for_celsius_is_suspected_on_temperatures_only() -> None:
    usual = noise(1, 80.0, 1.0)
    defined = (temperature("T1", period_s=30.0), pressure("P1", period_s=30.0, range_hi=400.0, limits=Limits()))
    shifted = then(usual, lambda s: usual(s) + 273.15, 2 * HOUR)
    said, _ = play({"T1": shifted, "P1": shifted}, 3, defined)
    assert [(f.point, f.detail["kind"]) for f in found(said, "unit_suspect")] == [("T1", "C->K")]


def test_a_slow_rise_to_ten_times_is_an_excursion_and_no_unit() -> None:
    said, engine = play({"P1": lambda s: 0.3 * min(10.0, max(1.0, 1.0 + 9.0 * (s - 2 * HOUR) / 1800.0))}, 4)
    assert found(said, "unit_suspect") == []
    assert engine.judge.last_value[0] == pytest.approx(3.0)


# --- qualities ------------------------------------------------------------------------------------------------------------------
def qualities(said: Said, of: str) -> QualityDay:
    return [msgspec.json.decode(o.value, type=QualityDay) for o in said.outputs
            if o.topic == "aggregates" and b'"kind":"quality"' in o.value and f'"of":"{of}"'.encode() in o.value][-1]  # fmt: skip


@pytest.mark.slow
def test_a_good_day_is_a_hundred_and_each_fault_costs_its_own_quality() -> None:
    good = noise(1, 1.0, 0.05)

    def gappy(s: int) -> float | None:
        return None if s % 300 < 60 else good(s)

    said, _ = play({"P1": good, "P2": gappy, "P3": lambda s: -999.0 if s % 600 == 0 else good(s + 7)}, 24.1)
    day = qualities(said, "point")
    assert day.code == ["P1", "P2", "P3"]
    assert day.due == [2880] * 3
    row = dict(zip(day.code, zip(day.true, day.immediate, day.complete, day.normalised, day.accurate, strict=True), strict=True))
    assert row["P1"] == (100.0, 100.0, 100.0, 100.0, 100.0)
    assert row["P2"] == (100.0, 100.0, 80.0, 100.0, 100.0)
    assert row["P3"] == (100.0, 100.0, 100.0, 100.0, 95.0)
    enterprise, region = qualities(said, "enterprise"), qualities(said, "region")
    assert enterprise.seen == region.seen == [sum(day.seen)]
    assert enterprise.complete == [pytest.approx(93.3)]


def test_small_denominators_give_counts_and_no_score() -> None:
    assert scores_of([30, 28, 28, 0, 0, 0, 1], Truth()) == (None,) * 6
    assert scores_of([60, 0, 0, 0, 0, 0, 0], Truth()) == (None, None, 0.0, None, None, 0.0)
    assert scores_of([100, 50, 50, 0, 0, 0, 0], Truth()).score == 90.0


@pytest.mark.slow
def test_the_running_value_is_that_of_today() -> None:
    _, engine = play({"P1": noise(1, 1.0, 0.05)}, 3)
    assert engine.truth.running([0]).score == 100.0
    assert engine.truth.points["day"].sum() > 0
    play({"P1": noise(1, 1.0, 0.05)}, 22, engine=engine, first_s=3 * HOUR)
    assert engine.truth.running([0]).complete == 100.0


# --- laws ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_quiet_plant_of_days_is_accused_of_nothing() -> None:
    rng = random.Random(9)
    signals = {f"P{i}": noise(i, rng.uniform(0.2, 3.0), rng.choice([0.005, 0.01, 0.1]), rng.choice([2, 3])) for i in range(1, 9)}
    said, _ = play(signals, 50)
    assert {f.code for f in said.findings()} <= {"finding.patrol_done", "finding.patrol_cameras"}


@pytest.mark.slow
def test_what_is_found_does_not_depend_on_a_restart() -> None:
    copied = then(noise(1, 1.0, 0.05), lambda s: noise(1, 1.0, 0.05)(s - 5 * HOUR), 7 * HOUR)
    signals = {"P1": copied, "P2": noise(2, 1.0, 0.05)}
    whole, engine = play(signals, 10)
    first, half = play(signals, 8.5)
    again = Engine.restore(0, 1, half.snapshot(), plain=True)
    second, again = play(signals, 1.5, engine=again, first_s=int(8.5 * HOUR))
    assert [o.value for o in whole.outputs] == [o.value for o in first.outputs + second.outputs]
    assert dict(engine.snapshot())["truth.state"] == dict(again.snapshot())["truth.state"]
    for name in engine.truth.points.spec:
        assert np.array_equal(
            engine.truth.points[name], again.truth.points[name], equal_nan=engine.truth.points[name].dtype.kind == "f"
        ), name


def test_one_bad_enterprise_is_no_flood() -> None:
    _, engine = play({"P1": noise(1, 1.0, 0.05)}, 0.1)
    state = TruthState()
    teller = Teller(engine.desk, state)
    told = [teller.tell("pinned", "E1", f"P{i}", 1000 * i, {}) for i in range(50)]
    assert sum(told) == Truth().per_day
    assert not teller.tell("pinned", "E1", "P0", 99_000, {}), "each subject once a day"
    engine.desk.voice.take()
    teller.new_day(100_000)
    held = Said(engine.desk.voice.take()).findings(code="finding.held_back")
    assert [f.detail for f in held] == [{"code": "pinned", "more": 50 - Truth().per_day}]
    assert teller.tell("pinned", "E1", "P0", 101_000, {})
