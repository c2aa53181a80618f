"""A gas reading that falls to nothing at once after second level: who may say what that was, and what a bump test looks like."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import Outage, VideoAlarm
from streams.domain.registry import Device
from streams.engine.rules import RuleSet
from tests.scenarios.plants import gas, plant, source
from tests.scenarios.standard_rules import standard_rules
from tests.scenarios.timeline import Timeline, running

III = 20.0


def site(*others: dict[str, Any], area: str = "A", feeds: dict[str, float] | None = None) -> Timeline:
    """G1 in area A of a source, and other gas points beside it."""
    points = (gas("G1", area=area), *(gas(f"G{i}", **fields) for i, fields in enumerate(others, 2)))
    given = {"G1": 0.5, **{f"G{i}": 0.5 for i in range(2, 2 + len(others))}, **(feeds or {})}
    devices = tuple(Device(code=f"D-{p.code}", name=p.code, points=(p,)) for p in points)
    return running(plant(source(r=III, devices=devices, cameras=())), given, plain=True)


def zeroed(line: Timeline) -> Timeline:
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.feed("G1", 0.0)
    return line


def confirmed(line: Timeline) -> list[tuple[str, str]]:
    return [(f.point, f.detail["second"]) for f in line.said.findings(code="finding.zero_confirmed")]


def test_a_second_detector_of_the_area_confirms_after_the_hold_time() -> None:
    line = zeroed(site({"area": "A"}))
    line.wait(minutes=9)
    assert confirmed(line) == []
    assert line.level("S1") == "red", "held, and graver with age"
    line.wait(minutes=3)
    assert confirmed(line) == [("G1", "G2")]
    line.wait(minutes=12)
    assert line.level("S1") == "blue"
    assert line.said.warnings(source="S1")[-1].cause == "real"


@pytest.mark.parametrize(("other", "feed"), [
    ({"area": "B"}, 0.5),  # far away
    ({}, 0.5),  # nobody knows where
    ({"area": "A", "quantity": "toxic_gas", "unit": "ppm"}, 0.5),  # blind to this gas
    ({"area": "A", "medium": "H2"}, 0.5),
    ({"area": "A"}, 0.0),  # it may have died with the first one
    ({"area": "A"}, 30.0),  # it sees gas
])  # fmt: skip
def test_what_cannot_know_confirms_nothing(other: dict[str, Any], feed: float) -> None:
    line = zeroed(site(other, feeds={"G2": feed}))
    line.wait(minutes=40)
    assert confirmed(line) == []
    assert line.level("S1") in ("orange", "red")


def test_rules_without_quality_tests_hold_a_dead_detector_too() -> None:
    """The offset of a dead detector is no gas: 0.5 %LEL is no recovery."""
    line = running(plant(source(r=III, points=(gas("G1"),), cameras=())), {"G1": 0.5}, plain=True,
                   rules=RuleSet(standard_rules().rules))  # fmt: skip
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.feed("G1", 0.5)
    line.wait(minutes=40)
    assert line.level("S1") in ("orange", "red")


def test_in_an_area_that_nobody_named_only_a_person_ends_it() -> None:
    line = zeroed(site({"area": ""}, area=""))
    line.wait(minutes=40)
    assert confirmed(line) == []


@pytest.mark.parametrize("what", ["silent", "out_of_service", "calibrating"])
def test_a_second_detector_that_is_not_watching_confirms_nothing(what: str) -> None:
    line = site({"area": "A"})
    if what == "calibrating":
        start = line.now_ms + 660_000
        line.event(Outage, id="C", kind="calibration", filed_at=line.now_ms, start_at=start, end_at=start + 3_600_000, filed_by="Li",
                   reason="test", points=["G2"])  # fmt: skip
        line.wait(minutes=12)
    zeroed(line)
    if what == "silent":
        line.silence("G2")
    if what == "out_of_service":
        line.act("out_of_service", points=["G2"], until=line.now_ms + 7_200_000, reason="x", substitute="y", on_site=True, role="principal",
                 co_signers=["direct_supervisor:Wu", "city_office:Wang"])  # fmt: skip
    line.wait(minutes=40)
    assert confirmed(line) == []
    assert line.level("S1") in ("orange", "red")


def test_a_rise_of_the_second_detector_starts_its_calm_time_again() -> None:
    line = zeroed(site({"area": "A"}))
    line.wait(minutes=8)
    line.feed("G2", 26.0)
    line.wait(seconds=10)
    line.feed("G2", 0.5)
    line.wait(minutes=9)
    assert confirmed(line) == []
    line.wait(minutes=4)
    assert confirmed(line) == [("G1", "G2")]


def test_two_that_fell_to_zero_do_not_confirm_each_other() -> None:
    line = site({"area": "A"})
    for value in (60.0, 0.0):
        line.feed("G1", value)
        line.feed("G2", value)
        line.wait(minutes=1)
    line.wait(minutes=40)
    assert confirmed(line) == []
    assert line.level("S1") == "red"


def test_a_zero_before_the_alarm_was_confirmed_is_held_too() -> None:
    """One reading at second level and then nothing: the alarm comes by its timer, and only a person may end it."""
    line = site()
    line.feed("G1", 60.0)
    line.wait(seconds=5)
    line.feed("G1", 0.0)
    line.wait(minutes=3)
    line.feed("G1", 3.0)
    line.wait(minutes=40)
    assert line.level("S1") in ("orange", "red")


# --- calibration -------------------------------------------------------------------------------------------------------------
def calibrated(line: Timeline, minutes: int = 30) -> None:
    start = line.now_ms + 660_000
    line.event(Outage, id="C", kind="calibration", filed_at=line.now_ms, start_at=start, end_at=start + minutes * 60_000, filed_by="Li",
               reason="bump test", points=["G1"])  # fmt: skip


def test_a_bump_test_that_ends_at_once_is_over_with_its_point_alarm() -> None:
    line = site({"area": "A"})
    calibrated(line)
    line.wait(minutes=15)
    zeroed(line)
    line.wait(minutes=40)
    assert line.highest("S1") == "blue"
    assert [(a.limit_kind, a.cause) for a in line.said.alarms(kind="alarm_off")] == [("H", "calibration"), ("HH", "calibration")]
    assert line.said.findings(code="finding.sudden_zero") == []


@pytest.mark.parametrize("other", ["point", "video"])
def test_a_zero_in_calibration_with_which_something_agrees_is_no_test(other: str) -> None:
    line = site({"area": "A"})
    calibrated(line)
    line.wait(minutes=15)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    if other == "point":
        line.feed("G2", 60.0)
    else:
        line.event(VideoAlarm, id="v", camera="NOPE", kind="smoke", state="on")
        line.event(VideoAlarm, id="w", camera="S1-C1", kind="flame", state="on")
        line.feed("G2", 30.0)
    line.wait(minutes=1)
    line.feed("G1", 0.0)
    line.wait(minutes=30)
    assert line.level("S1") == "red"


def test_a_calibration_that_begins_under_an_open_alarm_lowers_nothing() -> None:
    line = site({"area": "A"})
    calibrated(line, minutes=60)
    line.wait(minutes=9)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    line.wait(minutes=45)
    assert line.level("S1") == "red", "it ages as if nothing had been filed"


def test_a_zero_after_the_calibration_began_of_an_alarm_from_before_is_held() -> None:
    line = site()
    calibrated(line, minutes=60)
    line.wait(minutes=9)
    line.feed("G1", 60.0)
    line.wait(minutes=4)
    line.feed("G1", 0.0)
    line.wait(minutes=40)
    assert line.level("S1") in ("orange", "red")
    assert line.said.findings(code="finding.sudden_zero")
