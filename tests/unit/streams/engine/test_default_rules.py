"""The rules that ship: which points get which, and the numbers of the standards."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from streams.domain.registry import Quantity
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import Kind
from tests.unit.streams.engine.kernels.judging import alarms, judge_of, play, point, series, shipped

RULES = shipped()
NONE = {"ll": None, "l": None, "h": None, "hh": None}


def first_alarm(values: list[float], **more: Any) -> list[str]:
    judge = with_metal(judge_of(RULES, point(**more)))
    return [a[1] for a in alarms(play(judge, series(values)), RULES) if a[0] == "ALARM_ON"]


def with_metal(judge: Judge) -> Judge:
    """What the groups say of everything but a well whose cast is known to be over."""
    for text in ("not cast_over", "not cast_still"):
        judge.provide(np.array([0], np.int64), text, 1.0)
    return judge


def held(value: float) -> list[float]:
    return [value] * 70


def test_every_rule_says_where_it_comes_from() -> None:
    for rule in RULES.rules:
        assert rule.reference, rule.id
        assert rule.provenance in ("regulation", "standard", "source", "recalled", "proposal"), rule.id


@pytest.mark.parametrize("profile", ["hazchem", "steel", "aluminium"])
@pytest.mark.parametrize("quantity", get_args(Quantity))
def test_every_quantity_in_every_profile_has_all_its_limits_judged(profile: str, quantity: str) -> None:
    """Nothing that has limits is left unjudged."""
    more: dict[str, object] = {"profile": profile, "quantity": quantity, "danger": "both", "unit": "x"}
    assert any(e in ("hh", "gas_2") for e in evidence(held(85.0), more))
    assert any(e in ("h", "gas_1") for e in evidence(held(65.0), more))
    if "gas" not in quantity:
        assert "l" in evidence(held(15.0), more)
        assert "ll" in evidence(held(5.0), more)


def evidence(values: list[float], more: dict[str, object]) -> list[str]:
    return [RULES[RULES.index[name]].effect.evidence for name in first_alarm(values, **more)]


def test_a_combustible_detector_without_limits_has_the_legal_ones() -> None:
    gas = {"quantity": "combustible_gas", "unit": "%LEL", **NONE}
    assert first_alarm(held(24.9), **gas) == []
    assert first_alarm(held(25.0), **gas) == ["combustible-gas-1"]
    assert first_alarm(held(50.0), **gas) == ["combustible-gas-1", "combustible-gas-2"]


def test_a_laxer_limit_of_a_combustible_detector_is_not_taken() -> None:
    gas = {"quantity": "combustible_gas", "unit": "LEL%", **NONE, "h": 40.0, "hh": 80.0}
    assert first_alarm(held(50.0), **gas) == ["combustible-gas-1", "combustible-gas-2"]
    strict = {**gas, "h": 10.0, "hh": 20.0}
    assert first_alarm(held(12.0), **strict) == ["combustible-gas-1"]


@pytest.mark.parametrize(("medium", "unit", "below", "first", "second"), [
    ("氯", "mg/m3", 0.9, 1.0, 2.0), ("7782-50-5", "mg/m³", 0.9, 1.0, 2.0), ("H2S", "ppm", 7.0, 7.1, 14.2),
    ("co", "ppm", 25.0, 26.0, 52.0), ("unknown", "ppm", 9.9, 10.0, 20.0), ("", "%OEL", 99.0, 100.0, 100.0),
])  # fmt: skip
def test_a_toxic_detector_without_limits_has_those_of_its_medium(medium: str, unit: str, below: float, first: float,
                                                                 second: float) -> None:  # fmt: skip
    gas = {"quantity": "toxic_gas", "unit": unit, "medium": medium, **NONE}
    assert first_alarm(held(below), **gas) == []
    assert "toxic-gas-1" in first_alarm(held(first), **gas)
    assert "toxic-gas-2" in first_alarm(held(second), **gas)


@pytest.mark.parametrize("quantity", ["combustible_gas", "toxic_gas", "pressure", "temperature", "level"])
def test_a_detector_at_the_end_of_its_range_is_at_the_gravest_level(quantity: str) -> None:
    found = evidence(held(100.0), {"quantity": quantity, "unit": "?", **NONE})
    assert found[-1] in ("hh", "gas_2")


def test_an_emptied_tank_has_a_point_alarm_and_no_tier() -> None:
    judge = judge_of(RULES, point(quantity="level", danger="high"))
    found = [t for t in play(judge, series(held(5.0))) if t.kind == Kind.ALARM_ON]
    assert [(RULES[t.rule].effect.evidence, RULES[t.rule].tier_at("high")) for t in found] == [("l", 0), ("ll", 0)]
    assert RULES[found[1].rule].tier_at("low") == RULES[found[1].rule].tier_at("both") == 2


def test_a_runaway_is_seen_before_its_limit() -> None:
    names = first_alarm([40.0 + 0.1 * i for i in range(190)], period_s=1.0)
    assert names == ["hazchem-temperature-rise"]


def test_a_quiet_day_raises_nothing() -> None:
    specs = [
        point(i, quantity=q, unit="%LEL" if "gas" in q else "u")
        for i, q in enumerate(["pressure", "level", "temperature", "flow"])
    ]
    judge = judge_of(RULES, *specs)
    log = sorted(r for s in specs for r in series([50.0 + (i * 7 % 11) / 10 for i in range(600)], number=s.id))
    assert play(judge, log) == []


def test_an_enclosed_place_that_loses_oxygen() -> None:
    air = {"quantity": "oxygen", "unit": "%VOL", "danger": "both", "range_hi": 30.0, **NONE}
    assert first_alarm(held(20.9), **air) == []
    assert first_alarm(held(19.4), **air) == ["oxygen-deficiency"]
    assert first_alarm(held(23.1), **air) == ["oxygen-enrichment"]


def test_a_gas_holder_without_limits_has_its_working_window() -> None:
    holder = {"profile": "steel", "source_kind": "gas_holder", "quantity": "volume", "unit": "m3", "danger": "both", **NONE}
    assert first_alarm(held(95.0), **holder) == ["steel-gas-holder-hh"]
    assert first_alarm(held(5.0), **holder) == ["steel-gas-holder-ll"]


def test_mould_water_that_fails_is_said_within_seconds() -> None:
    water: dict[str, Any] = {
        "profile": "aluminium",
        "source_kind": "casting_well",
        "quantity": "flow",
        "danger": "low",
        **NONE,
        "ll": 30.0,
    }
    judge = with_metal(judge_of(RULES, point(**water)))
    found = alarms(play(judge, series([80.0] * 10 + [45.0] * 4 + [20.0] * 10)), RULES)
    said = [(n, at) for k, n, at in found if k == "ALARM_ON"]
    assert said[0] == ("aluminium-water-flow-fall", 12.0)
    assert said[-1] == ("aluminium-flow-ll", 17.0)
