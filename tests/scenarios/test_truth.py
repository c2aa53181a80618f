"""Doubt never hides an emergency: each flag in the middle of a real leak. And what people do to signals, clocks, limits and cameras."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from streams.domain.messages import VideoStatus
from streams.domain.outputs import Finding
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


def patrolled(line: Timeline) -> list[tuple[str, str]]:
    found = [
        f for f in line.said.findings() if f.code in ("finding.patrol_offline", "finding.patrol_unstable", "finding.patrol_never")
    ]
    return [(f.code.removeprefix("finding."), f.detail["device"]) for f in found]


@pytest.mark.parametrize(("silent_at", "heard_at", "expected"), [
    ("06:45:00", "", [("patrol_offline", "S2-D1")]),
    ("07:05:00", "", [("patrol_unstable", "S2-D1")]),  # for less than an hour at 08:00, yet a good part of the morning is missing
    ("06:40:00", "06:55:00", [("patrol_unstable", "S2-D1")]),
    ("06:40:00", "06:43:00", []),
])  # fmt: skip
def test_the_patrol_tells_a_device_that_is_gone_from_one_that_comes_and_goes(
    silent_at: str, heard_at: str, expected: list[tuple[str, str]]
) -> None:
    line = running(plant(source(), source("S2", points=(pressure("P2"),))), QUIET | {"P2": 1.0}, start="06:30:05", plain=True)
    line.until(silent_at)
    line.silence("P2")
    if heard_at:
        line.until(heard_at)
        line.feed("P2", 1.0)
    line.until("08:02:00")
    assert patrolled(line) == expected
    offline = line.said.findings(code="finding.patrol_offline")
    assert all(f.detail["points"] == 1 and 0 < f.detail["last_ms"] < f.at_ms for f in offline)


def uplinks(delays: dict[str, Callable[[], int]]) -> list[Finding]:
    """An hour and more of frames a minute each gateway, late by so many ms."""
    line = quiet()
    line.silence()
    for minute in range(125):
        line.wait(minutes=1)
        base_ms = line.now_ms
        for i, (gateway, delay) in enumerate(delays.items()):
            for half in (0, 400):
                line.now_ms = base_ms + 1 + 20 * i + half
                line.add(FrameRecord("E1", ("G2",), (0.5 + minute % 2 / 10,), line.now_ms - delay(), gateway=gateway))
        line.now_ms = base_ms + 1000
    return line.said.findings(code="finding.uplink_too_steady")


def test_an_uplink_whose_delay_never_varies_is_found_among_others_that_do() -> None:
    rng = random.Random(3)
    living = {f"W{i}": lambda: rng.randint(20, 200) for i in range(5)}
    found = uplinks({**living, "S": lambda: 90})
    assert [f.detail["gateway"] for f in found] == ["S"]
    assert found[0].detail["spread_ms"] == 0
    assert found[0].detail["others_ms"] >= 20


@pytest.mark.parametrize("what", ["few", "all_steady", "one_late"])
def test_a_steady_uplink_is_not_accused_where_there_is_nothing_to_compare_or_it_varies_once(what: str) -> None:
    rng = random.Random(4)
    count, steady = {"few": (4, False), "all_steady": (5, True), "one_late": (5, False)}[what]
    others = {f"W{i}": (lambda: 50) if steady else (lambda: rng.randint(20, 200)) for i in range(count)}
    late = itertools.cycle([90] * 45 + [95])
    assert uplinks({**others, "S": (lambda: next(late)) if what == "one_late" else (lambda: 90)}) == []
