"""What rules of the language do in an engine: who they select, what they remember, what they see of others, what they only record."""

from __future__ import annotations

import pytest

from streams.domain.messages import RulesPublished
from streams.domain.registry import Chemical, Device
from streams.engine.rules import files_hash
from tests.scenarios.plants import plant, pressure, source, temperature
from tests.scenarios.timeline import Timeline

RULE = """
  - id: {id}
    version: "1.0.0"
    title: {{zh: 规则, en: rule}}
    status: {status}
    select: {select}
    when: "{when}"
    effect: {effect}
    on_delay_s: 10
    off_delay_s: 10
    reference: test
    provenance: proposal
    owner: test
"""
HH = "{evidence: hh, tier: 2, side: high}"
LIQUID_GAS = Chemical(name="液化石油气", cas="68476-85-7", design_t=100.0, critical_t=100.0, beta=1.0)
OTHER = Chemical(name="水", design_t=100.0, critical_t=100.0, beta=1.0)


def published(line: Timeline, when: str, name: str = "rule", select: str = "{quantity: [pressure]}", effect: str = HH,
              status: str = "stable") -> Timeline:  # fmt: skip
    files = {"hazchem/x.yaml": "schema: 2\nrules:" + RULE.format(id=name, when=when, select=select, effect=effect, status=status)}
    line.rules = None
    line.add(RulesPublished(hash=files_hash(files), files=files, approved_by="Wang"))
    return line


def tank(chemical: Chemical = LIQUID_GAS, kind: str = "sphere") -> Timeline:
    points = (pressure(), temperature())
    return Timeline(
        plant(source(points=points, chemicals=(chemical,), devices=(Device(code="D1", name="Tank", kind=kind, points=points),)))
    )


def changed(line: Timeline, chemical: Chemical) -> None:
    points = (pressure(), temperature())
    line.register(
        plant(
            source(points=points, chemicals=(chemical,), devices=(Device(code="D1", name="Tank", kind="sphere", points=points),))
        )
    )


@pytest.mark.slow
def test_a_rule_finds_its_points_by_chemical_and_kind_of_device() -> None:
    for chemical, kind, expected in ((LIQUID_GAS, "sphere", "yellow"), (OTHER, "sphere", "blue"), (LIQUID_GAS, "box", "blue")):
        line = published(tank(chemical, kind), "value >= 1 MPa", select="{chemical: [68476-85-7], device: [sphere]}")
        line.feed("P1", 1.2)
        line.wait(minutes=1)
        assert line.level("S1") == expected, (chemical.name, kind)


def test_a_substance_that_the_record_loses_selects_rules_until_the_supervisor_confirms() -> None:
    line = published(tank(), "value >= 1 MPa", select="{chemical: [液化石油气], quantity: [pressure]}")
    line.wait(minutes=1)
    changed(line, OTHER)
    line.feed("P1", 1.2)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_a_substance_that_comes_into_the_record_brings_its_rules_at_once() -> None:
    line = published(tank(OTHER), "value >= 1 MPa", select="{chemical: [液化石油气], quantity: [pressure]}")
    line.feed("P1", 1.2)
    line.wait(minutes=1)
    assert line.level("S1") == "blue"
    changed(line, LIQUID_GAS)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_a_sandbox_rule_is_judged_and_recorded_and_raises_nothing() -> None:
    line = published(tank(), "value >= 1 MPa", status="sandbox")
    line.feed("P1", 1.2)
    line.wait(minutes=1)
    assert line.level("S1") == "blue"
    assert line.said.alarms() == []
    found = line.said.findings(code="finding.sandbox_rule")
    assert [f.detail["rule"] for f in found] == ["rule"]


def test_a_sibling_is_seen_at_the_next_tick() -> None:
    line = published(tank(), "value >= 0.5 MPa and temperature >= 100 degC")
    line.feed("P1", 1.2)
    line.feed("T1", 20.0)
    line.wait(minutes=1)
    assert line.level("S1") == "blue"
    line.feed("T1", 120.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


@pytest.mark.slow
def test_a_rule_remembers_how_long_something_was_so() -> None:
    line = published(tank(), "for_share(value >= 1 MPa, 10m) >= 0.5")
    line.feed("P1", 0.5)
    line.wait(minutes=12)
    line.feed("P1", 1.2)
    line.wait(minutes=4)
    assert line.level("S1") == "blue"
    line.wait(minutes=3)
    assert line.level("S1") == "yellow"


@pytest.mark.slow
def test_a_difference_of_two_numbers_of_the_point() -> None:
    line = published(tank(), "value - mean(10m) >= 0.3 MPa")
    line.feed("P1", 0.8)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"
    line.feed("P1", 1.3)
    line.wait(seconds=30)
    assert line.level("S1") == "yellow"
