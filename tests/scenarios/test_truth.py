"""Doubt never hides an emergency: each flag in the middle of a real leak. And what people do to signals, clocks, limits and cameras."""

from __future__ import annotations

import pytest

from streams.domain.messages import VideoStatus
from streams.domain.registry import Limits
from tests.scenarios.plants import QUIET, gas, plant, pressure, source, tank_level, temperature
from tests.scenarios.timeline import FrameRecord, Timeline, running


def quiet(r: float = 0.5) -> Timeline:
    return running(plant(source(r=r)), QUIET, plain=True)


def send(line: Timeline, value: float, stamp_ms: int, point: str = "G1") -> None:
    line.add(FrameRecord("E1", (point,), (value,), stamp_ms))


# --- in the middle of a leak -----------------------------------------------------------------------------------------------------
def test_a_leak_that_looks_like_a_unit_error_is_judged_as_it_came_and_does_not_end_by_doubt() -> None:
    line = running(plant(source(r=20.0)), QUIET | {"G1": 5.2}, plain=True)
    line.wait(minutes=70)
    line.feed("G1", 52.0)
    line.wait(minutes=1)
    assert line.level("S1") != "blue"
    raised = line.level("S1")
    line.wait(minutes=30)
    assert [f.detail["kind"] for f in line.said.findings(code="finding.unit_suspect")] == ["x10"]
    assert line.level("S1") in (raised, "orange", "red")
    assert [w.kind for w in line.said.warnings(source="S1") if w.kind in ("clear", "downgrade")] == []


def test_repeated_stamps_during_a_leak_raise() -> None:
    line = quiet()
    stuck_ms = line.now_ms
    line.silence("G1")
    for _ in range(12):
        line.wait(seconds=5)
        send(line, 60.0, stuck_ms)
    assert line.level("S1") == "yellow"


@pytest.mark.parametrize("off_h", [8, -8])
def test_a_gateway_clock_eight_hours_off_during_a_leak_raises_and_is_named(off_h: int) -> None:
    line = quiet()
    line.silence()
    for _ in range(60):
        line.now_ms += 5000
        send(line, 60.0, line.now_ms + off_h * 3_600_000)
    assert line.level("S1") != "blue" or line.said.findings(code="finding.late_excursion")
    line.wait(minutes=2)
    assert line.level("S1") in ("yellow", "orange")
    steps = [f for f in line.said.findings() if f.code in ("finding.gateway_step", "finding.gateway_skew")]
    assert {f.detail["gateway"] for f in steps} == {"G"}


@pytest.mark.parametrize("value", [-999.0, 65535.0, 0.0])
def test_numbers_for_no_value_in_the_middle_of_a_leak_end_nothing(value: float) -> None:
    line = quiet(20.0)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    raised = line.level("S1")
    assert raised != "blue"
    line.feed("G1", value)
    line.wait(hours=1)
    assert [w.kind for w in line.said.warnings(source="S1") if w.kind in ("clear", "downgrade")] == []


# --- what people do ----------------------------------------------------------------------------------------------------------------
def redefined(line: Timeline, **limits: Limits | None) -> None:
    made = {"P1": pressure, "T1": temperature, "L1": tank_level, "G1": gas, "G2": gas}
    points = [
        m(c, **({"limits": limits[c]} if limits.get(c) else {}))
        for c, m in made.items()
        if not (c in limits and limits[c] is None)
    ]
    line.register(plant(source(points=tuple(points))))


def test_a_limit_edited_shortly_before_an_excess_is_named_with_it() -> None:
    line = quiet()
    redefined(line, P1=Limits(h=2.4, hh=3.0))
    line.wait(minutes=5)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    edits = line.said.findings(code="finding.edited_before_excess")
    assert [(f.point, f.detail["changed"]) for f in edits] == [("P1", {"h": [1.6, 2.4], "hh": [1.8, 3.0]})]
    assert line.level("S1") == "yellow", "the old limit is judged until somebody signs"


def test_a_limit_that_was_tightened_accuses_nobody() -> None:
    line = quiet()
    redefined(line, P1=Limits(h=0.8, hh=1.8))
    line.wait(minutes=5)
    assert line.said.alarms() != []
    assert line.said.findings(code="finding.edited_before_excess") == []


def test_a_point_removed_around_an_alarm_is_found() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, P1=None)
    line.wait(minutes=1)
    assert [f.point for f in line.said.findings(code="finding.removed_after_alarm")] == ["P1"]
    before = quiet()
    redefined(before, P1=None)
    before.feed("P1", 1.9)
    before.wait(minutes=1)
    assert [f.point for f in before.said.findings(code="finding.removed_before_alarm")] == ["P1"]


@pytest.mark.slow
def test_a_site_cut_off_at_once_is_found_and_at_the_same_hour_again_too() -> None:
    line = quiet()
    for _ in range(3):
        line.wait(minutes=20)
        line.silence()
        line.wait(minutes=20)
        for point, value in QUIET.items():
            line.feed(point, value)
        line.wait(minutes=5)
        line.period_ms, before = 600_000, line.period_ms
        line.wait(hours=23, minutes=15)
        line.period_ms = before
    cuts = line.said.findings(code="finding.site_cut")
    assert len(cuts) >= 3
    assert cuts[0].detail["points"] == 5
    again = line.said.findings(code="finding.site_cut_again")
    assert [f.detail["times"] for f in again][:1] == [3]


def test_signals_that_fail_one_by_one_are_no_cut() -> None:
    line = quiet()
    for point in QUIET:
        line.silence(point)
        line.wait(minutes=3)
    line.wait(minutes=20)
    assert line.said.findings(code="finding.site_cut") == []


def test_a_photograph_before_the_camera_is_found_and_a_living_picture_is_not() -> None:
    line = quiet()
    for i in range(13):
        line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms, pictures={"S1-C1": f"{i // 6}"})
        line.wait(minutes=1)
    assert line.said.findings(code="finding.camera_frozen") == []
    for _ in range(13):
        line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms, pictures={"S1-C1": "same"})
        line.wait(minutes=1)
    assert [f.camera for f in line.said.findings(code="finding.camera_frozen")] == ["S1-C1"]


def test_silence_filled_up_in_one_burst_is_found() -> None:
    line = quiet()
    line.silence()
    began_ms = line.now_ms
    line.wait(minutes=15)
    for i in range(150):
        line.now_ms += 100
        send(line, 0.5, began_ms + i * 6000)
    line.wait(minutes=2)
    bursts = line.said.findings(code="finding.backfilled")
    assert [f.detail["gateway"] for f in bursts] == ["G"]
    assert bursts[0].detail["covered_s"] >= 800


def test_the_daily_patrol_names_what_is_offline_once_a_device() -> None:
    line = running(plant(source(), source("S2", points=(pressure("P2"),))), QUIET, start="06:30:05", plain=True)
    line.until("08:02:00")
    offline = [f for f in line.said.findings() if f.code.startswith("finding.patrol_")]
    assert [(f.code, f.detail.get("device", "")) for f in offline] == [
        ("finding.patrol_never", "S2-D1"), ("finding.patrol_cameras", ""), ("finding.patrol_done", ""),
    ]  # fmt: skip
    assert offline[-1].detail == {"devices": 2, "points": 6, "faults": 2}
