"""The state of a cast on timelines: what ends it, what does not, and that water lost over liquid metal is never taken for its end."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.registry import Limits, Point
from streams.engine.rules_load import load_rules
from tests.scenarios.plants import plant, pressure, source, tank_level
from tests.scenarios.timeline import Timeline

RUN = {"MW": 0.4, "SP": 60.0, "LT": 80.0}


def well(*points: Point, values: dict[str, float] | None = None) -> Timeline:
    water = pressure("MW", danger="low", medium="水", limits=Limits(ll=0.1, l=0.2))
    speed = pressure("SP", quantity="speed", unit="mm/min", range_hi=200.0, limits=Limits(), period_s=5.0)
    metal = tank_level("LT", unit="mm", range_hi=200.0, role="table", limits=Limits())
    line = Timeline(plant(source(r=0.5, kind="casting_well", points=(water, speed, *(points or (metal,)))), profile="aluminium"),
                    plain=True)  # fmt: skip
    line.commit()
    feed(line, **(values or RUN))
    line.wait(minutes=2)
    return line


def feed(line: Timeline, **values: float) -> None:
    for code, value in values.items():
        line.feed(code, value)


def position(code: str, role: str) -> Point:
    return tank_level(code, quantity="position", role=role, unit="mm", range_hi=8000.0, limits=Limits())


def test_a_cast_that_ends_under_control_is_over_when_metal_has_frozen_and_its_water_may_go() -> None:
    line = well()
    feed(line, SP=0.0, LT=2.0)
    line.wait(minutes=5, seconds=10)
    feed(line, MW=0.05)
    line.wait(minutes=2)
    assert "mould_water" not in line.causes("S1")


@pytest.mark.parametrize("after_s", [5, 260])
def test_water_lost_after_the_platform_stopped_with_metal_in_the_mould_is_an_emergency(after_s: int) -> None:
    line = well()
    feed(line, SP=0.0, LT=2.0)
    line.wait(seconds=after_s)
    feed(line, MW=0.05)
    line.wait(seconds=25)
    assert line.level("S1") == "red"


def test_an_abort_with_metal_in_the_launder_is_no_end_however_long_it_lasts() -> None:
    line = well()
    feed(line, SP=0.0)
    line.wait(minutes=30)
    feed(line, MW=0.05)
    line.wait(seconds=25)
    assert line.level("S1") == "red"


def test_a_speed_that_falls_silent_in_a_cast_or_after_it_ends_nothing() -> None:
    for first in (60.0, 0.0):
        line = well()
        feed(line, SP=first, LT=2.0)
        line.wait(seconds=30)
        line.silence("SP")
        line.wait(minutes=20)
        feed(line, SP=0.0)
        line.wait(seconds=30)
        feed(line, MW=0.05)
        line.wait(seconds=25)
        assert line.level("S1") == "red", first


def test_between_casts_a_silent_speed_is_no_cast_while_the_launder_is_empty() -> None:
    line = well(values={"MW": 0.4, "SP": 0.0, "LT": 0.0})
    line.silence("SP")
    line.wait(minutes=20)
    feed(line, MW=0.05)
    line.wait(minutes=1)
    assert "mould_water" not in line.causes("S1")
    feed(line, LT=80.0)
    line.wait(seconds=25)
    assert line.level("S1") == "red", "metal came, and nobody knows whether the platform moves"


@pytest.mark.parametrize(("more", "ended"), [
    ((position("TP", "tilt"),), {"TP": 100.0}),
    ((position("ZA", "actual"), position("ZS", "set")), {"ZA": 6000.0, "ZS": 6000.0}),
    ((position("ZX", "other"),), {}),
])  # fmt: skip
def test_without_a_launder_gauge_tilt_or_length_tell_the_end_and_time_where_there_is_neither(
    more: tuple[Point, ...], ended: dict[str, Any]
) -> None:
    for told in (True, False) if ended else (True,):
        line = well(*more, values={"MW": 0.4, "SP": 60.0, "TP": 3000.0, "ZA": 3000.0, "ZS": 6000.0})
        feed(line, SP=0.0, **(ended if told else {}))
        line.wait(minutes=5, seconds=10)
        feed(line, MW=0.05)
        line.wait(seconds=30)
        assert ("mould_water" not in line.causes("S1")) is told


def test_the_set_value_of_the_speed_is_no_speed() -> None:
    setpoint = pressure("VS", quantity="speed", role="set", unit="mm/min", range_hi=200.0, limits=Limits())
    line = well(setpoint, values={"MW": 0.4, "SP": 0.0, "VS": 60.0})
    feed(line, MW=0.05)
    line.wait(minutes=1)
    assert "mould_water" not in line.causes("S1")


OVER = """
schema: 2
rules:
  - id: metal-low
    version: "1.0.0"
    title: {zh: 铝液低低报, en: metal low-low}
    select: {quantity: [level]}
    when: "value <= limit.ll and not cast_over"
    deadband: "0.01 * span"
    on_delay_s: 2
    effect: {evidence: ll, tier: 2, side: low}
    severity: high
    reference: "test"
    provenance: proposal
    owner: test
"""


@pytest.mark.parametrize(("speed", "said"), [(0.0, False), (60.0, True)])
def test_a_launder_that_is_empty_when_it_is_first_heard_of_alarms_in_a_cast_alone(speed: float, said: bool) -> None:
    """The first readings come before anybody could tell whether metal is cast; the next ones do not."""
    water = pressure("MW", danger="low", medium="水", limits=Limits(ll=0.1, l=0.2))
    gauge = pressure("SP", quantity="speed", unit="mm/min", range_hi=200.0, limits=Limits())
    metal = tank_level("LT", unit="mm", range_hi=200.0, role="table", limits=Limits(ll=30.0), danger="low")
    rules = load_rules({"common/well.yaml": OVER})
    line = Timeline(plant(source(r=0.5, kind="casting_well", points=(water, gauge, metal)), profile="aluminium"), plain=True,
                    period_s=30.0, rules=rules)  # fmt: skip
    feed(line, MW=0.4, SP=speed, LT=4.0)
    line.wait(minutes=2)
    assert [a.rule for a in line.said.alarms(point="LT")] == (["metal-low"] if said else [])


@pytest.mark.parametrize(("launder", "said"), [(2.0, False), (80.0, True)])
def test_a_speed_that_falls_silent_in_an_end_makes_no_cast_of_an_empty_launder(launder: float, said: bool) -> None:
    """Metal still there: it may be pouring on. Empty: it has drained, which is no loss of metal in a cast."""
    water = pressure("MW", danger="low", medium="水", limits=Limits(ll=0.1, l=0.2))
    gauge = pressure("SP", quantity="speed", unit="mm/min", range_hi=200.0, limits=Limits(), period_s=5.0)
    metal = tank_level("LT", unit="mm", range_hi=200.0, role="table", danger="both", limits=Limits(ll=40.0))
    rules = load_rules({"common/over.yaml": OVER.replace("cast_over", "cast_still")})
    line = Timeline(plant(source(r=0.5, kind="casting_well", points=(water, gauge, metal)), profile="aluminium"), rules=rules,
                    plain=True)  # fmt: skip
    feed(line, MW=0.4, SP=60.0, LT=80.0)
    line.wait(minutes=1)
    feed(line, SP=0.0)
    line.wait(seconds=10)
    feed(line, LT=launder)
    line.wait(seconds=30)
    line.silence("SP")
    line.wait(minutes=3)
    feed(line, LT=2.0)
    line.wait(minutes=2)
    assert bool(line.said.alarms(rule="metal-low")) is said
