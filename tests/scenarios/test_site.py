"""Site management, commitments, cameras, and what is said each minute: the enterprise as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from streams.domain.columns import RegistryChange
from streams.domain.messages import (
    DutyRecord,
    Outage,
    PositioningAlarm,
    PreventionIndicator,
    SpecialPeriod,
    VideoAlarm,
    VideoStatus,
    Weather,
    WorkPermit,
)
from streams.domain.registry import Region
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import Timeline, at_time, running, steps

IV, III, II, I = 0.5, 20.0, 60.0, 200.0  # noqa: E741 - the standard's own numerals


def quiet(r: float = IV, **fields: Any) -> Timeline:
    return running(plant(source(r=r)), QUIET, **fields)


def holiday(line: Timeline, region: str = "R1", hours: float = 2) -> None:
    line.add(
        SpecialPeriod(region=region, id="h", name="holiday", start_at=line.now_ms, end_at=line.now_ms + round(hours * 3_600_000))
    )


AGAINST: dict[str, Callable[[Timeline], None]] = {
    "special_period": holiday,
    "weather": lambda line: line.add(Weather(region="R1", at=line.now_ms, warning="red")),
    "prevention": lambda line: line.event(
        PreventionIndicator, date="2023-11-13", risk_analysis=1.0, inspection=0.5, rectification=1.0
    ),
    "duty": lambda line: line.event(DutyRecord, id="d", kind="watch", person="Li", done_at=line.now_ms, result="absent"),
    "permits": lambda line: line.event(WorkPermit, permit="W", kind="hot_work", grade="special", state="started", source="S9"),
    "positioning": lambda line: line.event(PositioningAlarm, id="p", kind="left_post", state="on", source="S1"),
}


@pytest.mark.parametrize("what", sorted(AGAINST))
def test_site_management_lifts_an_open_cause_by_one_step_and_nothing_at_rest(what: str) -> None:
    line = quiet()
    AGAINST[what](line)
    line.wait(minutes=2)
    assert line.highest("S1") == "blue", "at rest everyone is blue"
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"
    assert f"management_{what}" in line.causes("S1")


def test_everything_together_is_still_one_step() -> None:
    line = quiet()
    for what in sorted(AGAINST):
        AGAINST[what](line)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"


@pytest.mark.parametrize("r", [II, I])
def test_site_management_never_makes_red(r: float) -> None:
    line = quiet(r)
    for what in sorted(AGAINST):
        AGAINST[what](line)
    line.feed("P1", 1.9)
    line.wait(minutes=14)
    assert line.highest("S1") == "orange"


def test_site_management_lowers_nothing_when_it_ends_before_its_hold() -> None:
    line = quiet()
    holiday(line, hours=0.1)  # 6 min
    line.feed("P1", 1.9)
    line.wait(minutes=8)
    assert line.level("S1") == "orange"
    line.wait(minutes=4)
    assert line.level("S1") == "orange"


def test_an_emergency_call_lifts_from_rest() -> None:
    line = quiet()
    line.event(PositioningAlarm, id="p", kind="sos", state="on", source="S1")
    assert line.level("S1") == "yellow"
    line.event(PositioningAlarm, id="p", kind="sos", state="off", source="S1")
    line.wait(minutes=11)
    assert line.level("S1") == "blue"


def test_what_is_said_of_a_region_reaches_those_under_it_by_parent_links() -> None:
    line = quiet()
    for code, kind, parent in (("R1", "county", "C9"), ("C9", "city", None)):
        line.add(RegistryChange(f"region/{code}", Region(code=code, name=code, kind=kind, parent=parent)))  # type: ignore[arg-type]
    holiday(line, region="C9")
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"


# --- commitments -------------------------------------------------------------------------------------------------------------
def committed_at(time: str, **fields: Any) -> Timeline:
    line = Timeline(plant(source(r=IV, points=(pressure(),))), start="08:00:05", period_s=60.0)
    line.feed("P1", 1.0)
    line.until(time)
    line.commit(**fields)
    line.until("10:05:00")
    return line


def states(line: Timeline) -> list[str]:
    return [r["state"] for r in line.said.raw("aggregates") if r.get("kind", "commitment") == "commitment"]


@pytest.mark.parametrize(
    ("time", "expected"),
    [("09:59:59", ["on_time"]), ("09:59:59.999", ["on_time"]), ("10:00:00", ["late"]), ("10:00:01", ["missing", "late"])],
)
def test_a_commitment_is_on_time_before_ten_and_late_at_ten(time: str, expected: list[str]) -> None:
    assert states(committed_at(time)) == expected


def test_a_missing_commitment_is_said_at_ten_and_lifts_until_it_comes() -> None:
    line = Timeline(plant(source(r=IV)), start="09:50:00")
    for point, value in QUIET.items():
        line.feed(point, value)
    line.feed("P1", 1.9)
    line.wait(minutes=5)
    assert line.level("S1") == "yellow"
    line.until("10:00:10")
    assert line.level("S1") == "orange"
    (finding,) = line.said.findings(code="finding.commitment_missing")
    assert finding.at_ms == at_time("10:00:00")


def test_an_incomplete_commitment_names_its_missing_fields_and_may_be_completed_in_time() -> None:
    line = committed_at("09:00:00", measures=None, units_total=None)
    assert states(line) == ["incomplete"]
    record = next(r for r in line.said.raw("aggregates") if r.get("kind", "commitment") == "commitment")
    assert record["missing_fields"] == ["units_total", "measures"]
    line = Timeline(plant(source(r=IV)), start="09:00:00")
    line.commit(measures="")
    line.wait(minutes=5)
    line.commit()
    assert states(line) == ["incomplete", "on_time"]


def test_a_second_commitment_takes_nothing_away_and_a_back_dated_one_is_late_for_its_day() -> None:
    line = committed_at("09:00:00")
    line.commit(measures="")
    line.commit(date="2023-11-13")
    line.commit(date="2023-10-01")
    assert states(line) == ["on_time", "late"]
    assert len(line.said.findings(code="finding.commitment_date")) == 1


def test_an_enterprise_registered_after_ten_is_due_from_the_next_day() -> None:
    line = Timeline(plant(source(r=IV, points=(pressure(),))), start="10:30:00", period_s=60.0)
    line.feed("P1", 1.0)
    line.until("23:59:59")
    assert states(line) == []
    line.until("34:00:10")  # 10:00:10 of the next day
    assert states(line) == ["missing"]


def test_a_filed_outage_excuses_no_commitment() -> None:
    line = Timeline(plant(source(r=IV, points=(pressure(),))), start="09:00:00", period_s=60.0)
    line.event(Outage, id="o", kind="outage", filed_at=0, start_at=line.now_ms, end_at=line.now_ms + 86_400_000, filed_by="Li",
               reason="shutdown", devices=["S1-D1"])  # fmt: skip
    line.feed("P1", 1.0)
    line.until("10:01:00")
    assert states(line) == ["missing"]


# --- cameras and minutes -----------------------------------------------------------------------------------------------------
def online(line: Timeline, of: str) -> list[dict[str, Any]]:
    return [r for r in line.said.raw("aggregates") if r.get("kind") == "online" and r["of"] == of]


def test_camera_seconds_follow_its_status_to_the_second() -> None:
    line = Timeline(plant(source(r=IV)), start="08:00:00.5")
    line.feed("P1", 1.0)
    line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms)
    line.until("08:01:20")
    line.event(VideoStatus, cameras=["S1-C1"], states=["masked"], collected_at=line.now_ms)
    line.until("08:02:30")
    line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms)
    line.until("08:04:05")
    assert [r["online_s"][0] for r in online(line, "camera")] == [60, 20, 30, 60]
    assert [f.camera for f in line.said.findings(code="finding.camera_masked")] == ["S1-C1"]


def test_a_camera_that_says_nothing_any_more_is_not_online() -> None:
    line = Timeline(plant(source(r=IV)))
    line.feed("P1", 1.0)
    line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms)
    line.wait(minutes=20)
    seconds = [r["online_s"][0] for r in online(line, "camera")]
    assert sum(seconds) == 600
    assert seconds[-1] == 0


def test_enterprise_seconds_count_due_online_and_filed() -> None:
    line = running(plant(source(r=IV, points=(pressure("P1"), pressure("P2")))), {"P1": 1.0})
    line.event(Outage, id="o", kind="outage", filed_at=0, start_at=line.now_ms, end_at=line.now_ms + 3_600_000, filed_by="Li",
               reason="overhaul", points=["P2"])  # fmt: skip
    line.wait(minutes=5)
    last = online(line, "enterprise")[-1]
    assert (last["code"], last["due_s"], last["filed_s"]) == (["E1"], [120], [60])
    assert 55 <= last["online_s"][0] <= 60
    assert 55 <= last["up_s"][0] <= 60


def test_each_minute_has_one_row_for_each_registered_point() -> None:
    line = running(plant(source(r=IV)), QUIET)
    line.wait(minutes=2)
    block = [r for r in line.said.raw("aggregates") if r.get("kind") == "points"][-1]
    assert block["point"] == ["P1", "T1", "L1", "G1", "G2"]
    assert block["n"] == [12] * 5
    assert block["mean"] == pytest.approx([1.0, 80.0, 10.0, 0.5, 0.5])
    assert block["at_ms"] % 60_000 == 0


def test_region_sums_of_each_minute_count_enterprises_by_level() -> None:
    line = Timeline(plant(source("S1", r=IV)), plant(source("S2", r=IV, points=(pressure("P9"),)), code="E2"))
    line.feed("P9", 1.9, enterprise="E2")
    line.feed("P1", 1.0)
    line.wait(minutes=3)
    close = line.said.raw("region-close")[-1]
    assert (close["region"], close["enterprises"], close["yellow"], close["blue"], close["worst"]) == (
        ["R1"],
        [2],
        [1],
        [1],
        ["E2"],
    )
    assert close["score_max"][0] > 30_000_000
    minutes = [c["at_ms"] for c in line.said.raw("region-close")]
    assert minutes == sorted(set(minutes))


def test_a_block_that_is_too_large_is_split_and_nothing_is_lost() -> None:
    line = running(plant(source(r=IV)), QUIET)
    line.wait(minutes=1)
    engine = line.engine()
    engine.desk.voice.limit_bytes = 300
    outputs = [o for cut, d in steps(line.records, [], line.now_ms + 1) for o in engine.apply(cut, d).outputs]
    blocks = [msgspec.json.decode(o.value) for o in outputs if o.topic == "aggregates" and b'"kind":"points"' in o.value]
    assert len(blocks) > 1
    assert sorted(p for b in blocks if b["at_ms"] == blocks[0]["at_ms"] for p in b["point"]) == sorted(QUIET)


def test_an_unregistered_camera_in_alarm_counts_for_the_site_and_is_a_finding() -> None:
    line = quiet()
    line.event(VideoAlarm, id="v", camera="NOPE", kind="flame", state="on")
    line.wait(minutes=1)
    assert line.level("E1-SITE") == "yellow"
    assert len(line.said.findings(code="finding.unknown_camera_alarm")) == 1


def test_risk_is_said_at_each_full_hour_for_sources_and_enterprises() -> None:
    line = running(plant(source(r=IV, points=(pressure(),))), {"P1": 1.0}, period_s=60.0, start="08:30:00")
    line.until("10:10:00")
    hours = {r.at_ms for r in line.said.risks("S1") if r.at_ms % 3_600_000 == 0}
    assert {at_time("09:00:00"), at_time("10:00:00")} <= hours
    assert hours <= {r.at_ms for r in line.said.risks("E1")}
