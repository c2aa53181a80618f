"""The level of a hazard source: matrix of inherent grade and tier, compounds, ageing, holds. Grades by R: 0.5 IV, 20 III, 60 II, 200 I."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import InterlockState, VideoAlarm, WorkPermit
from streams.domain.registry import Chemical, Device, Limits
from tests.scenarios.plants import QUIET, gas, plant, pressure, source, tank_level, temperature
from tests.scenarios.timeline import Timeline, at_time, running

IV, III, II, I = 0.5, 20.0, 60.0, 200.0  # noqa: E741 - the standard's own numerals


def quiet(r: float, **fields: Any) -> Timeline:
    return running(plant(source(r=r, **fields)), QUIET)


@pytest.mark.parametrize("r", [0.1, 0.5, 10, 50, 178, 1000])
def test_at_rest_every_source_is_blue_whatever_its_grade(r: float) -> None:
    line = quiet(r)
    line.wait(minutes=5)
    assert line.highest("S1") == "blue"
    assert line.said.warnings() == []


def test_one_high_high_at_the_smallest_source_is_at_least_yellow() -> None:
    line = quiet(0.1)
    line.feed("L1", 18.5)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_runaway_at_grade_three_is_red() -> None:
    """Temperature and pressure at HH are two independent instruments of one device."""
    line = quiet(III)
    line.feed("T1", 190.0)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "red"
    assert "two_serious" in line.causes("S1")


def test_two_alarms_of_one_instrument_are_not_two_instruments() -> None:
    line = quiet(III)
    line.feed("P1", 1.9)  # H and HH of the same point
    line.wait(minutes=5)
    assert line.highest("S1") == "yellow"


@pytest.mark.parametrize("kind", ["hot_work", "confined_space"])
def test_second_level_gas_where_work_is_live_is_red_even_at_grade_four(kind: str) -> None:
    line = quiet(IV)
    line.event(WorkPermit, permit="W1", kind=kind, state="started", source="S1")
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert line.level("S1") == "red"


@pytest.mark.parametrize(("r", "level"), [(IV, "orange"), (III, "red"), (II, "red"), (I, "red")])
def test_first_level_gas_where_work_is_live(r: float, level: str) -> None:
    line = quiet(r)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    line.feed("G1", 30.0)
    line.wait(minutes=1)
    assert line.level("S1") == level


def test_work_that_starts_in_gas_counts_as_much_as_gas_that_comes_to_work() -> None:
    line = quiet(IV)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    assert line.level("S1") == "red"


def test_work_elsewhere_in_the_plant_is_no_work_here() -> None:
    line = quiet(IV)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S9")
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


@pytest.mark.slow
def test_one_high_for_a_day_at_grade_one_is_never_red() -> None:
    line = running(plant(source(r=I, points=(pressure(period_s=60.0, on_delay_s=10.0), temperature(period_s=60.0)))),
                   {"P1": 1.0, "T1": 80.0}, period_s=60.0)  # fmt: skip
    line.feed("P1", 1.7)
    line.wait(hours=24)
    assert line.highest("S1") == "orange"


def test_emptied_tank_makes_a_point_alarm_at_most_and_no_level() -> None:
    line = quiet(I)
    line.feed("L1", 0.2)
    line.wait(minutes=30)
    assert line.highest("S1") == "blue"


def test_low_level_counts_where_low_is_dangerous() -> None:
    line = running(plant(source(r=I, points=(tank_level(danger="low"),))), {"L1": 10.0})
    line.feed("L1", 0.2)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"


@pytest.mark.parametrize(("r", "level"), [(IV, "blue"), (III, "blue"), (II, "yellow"), (I, "yellow")])
def test_high_counts_after_ten_minutes_and_the_point_alarm_at_once(r: float, level: str) -> None:
    line = quiet(r)
    line.feed("P1", 1.7)
    line.wait(minutes=9)
    assert line.highest("S1") == "blue"
    assert [a.limit_kind for a in line.said.alarms(kind="alarm_on")] == ["H"]
    line.wait(minutes=2)
    assert line.level("S1") == level


@pytest.mark.parametrize(("r", "level"), [(IV, "yellow"), (III, "yellow"), (II, "orange"), (I, "orange")])
def test_high_high_by_grade(r: float, level: str) -> None:
    line = quiet(r)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == level


@pytest.mark.parametrize("worse", [{"key_process": True},
                                   {"chemicals": (Chemical(name="Cl2", design_t=200.0, critical_t=100.0, beta=4.0, toxic_gas=True),)}])  # fmt: skip
def test_key_process_and_very_toxic_gas_are_one_column_worse(worse: dict[str, Any]) -> None:
    plain = {"chemicals": (Chemical(name="x", design_t=1200.0, critical_t=100.0, beta=1.0),)} if "key_process" in worse else {
        "chemicals": (Chemical(name="x", design_t=200.0, critical_t=100.0, beta=4.0),)}  # fmt: skip
    levels = []
    for fields in (plain, {**plain, **worse}):  # R = 6 (IV) or 4 (IV): III worse for HH is the same, so two instruments tell
        line = quiet(0.0, **fields)
        line.feed("P1", 1.9)
        line.feed("T1", 190.0)
        line.wait(minutes=1)
        levels.append(line.level("S1"))
    assert levels == ["orange", "red"]


def test_unknown_grade_counts_as_two_and_is_a_finding() -> None:
    line = quiet(0.0)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"
    assert [f.code for f in line.said.findings(source="S1")] == ["finding.inherent_unknown"]


def test_filling_station_without_a_grade_is_four() -> None:
    line = quiet(0.0, kind="filling_station")
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert line.said.findings(source="S1") == []


@pytest.mark.parametrize(("index", "level"), [(29.9, "orange"), (30.0, "red")])
def test_five_high_index_stands_in_for_the_grade(index: float, level: str) -> None:
    line = quiet(0.0, five_high=index)
    line.feed("P1", 1.9)
    line.feed("T1", 190.0)
    line.wait(minutes=1)
    assert line.level("S1") == level


# --- compounds of the emergency tier -----------------------------------------------------------------------------------------
def test_two_gas_detectors_of_one_area_at_second_level_are_an_emergency() -> None:
    line = quiet(IV)
    line.feed("G1", 60.0)
    line.feed("G2", 55.0)
    line.wait(minutes=1)
    assert line.level("S1") == "red"
    assert "two_gas" in line.causes("S1")


def test_two_gas_detectors_far_apart_are_two_instruments_of_no_common_area() -> None:
    devices = (
        Device(code="D1", name="a", area="north", points=(gas("G1"),)),
        Device(code="D2", name="b", area="south", points=(gas("G2"),)),
    )
    line = running(plant(source(r=IV, devices=devices)), {"G1": 0.5, "G2": 0.5})
    line.feed("G1", 60.0)
    line.feed("G2", 55.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


@pytest.mark.parametrize("state", ["failed", "bypassed"])
def test_high_high_with_its_interlock_out_of_order_is_an_emergency(state: str) -> None:
    line = quiet(IV)
    line.event(InterlockState, interlock="S1-SIS", state=state)
    line.feed("L1", 18.5)
    line.wait(minutes=1)
    assert line.level("S1") == "red"
    line.event(InterlockState, interlock="S1-SIS", state="normal")
    line.wait(minutes=9)
    assert line.level("S1") == "red", "good state and hold, not good state alone"
    line.wait(minutes=2)
    assert line.level("S1") == "yellow"


@pytest.mark.parametrize(("first", "second"), [("video", "alarm"), ("alarm", "video")])
@pytest.mark.parametrize("kind", ["smoke", "flame"])
def test_smoke_and_an_alarm_of_the_area_within_ten_minutes_are_an_emergency(first: str, second: str, kind: str) -> None:
    line = quiet(IV)
    for what in (first, second):
        if what == "video":
            line.event(VideoAlarm, id="v1", camera="S1-C1", kind=kind, state="on")
            line.wait(seconds=10)
            line.event(VideoAlarm, id="v1", camera="S1-C1", kind=kind, state="off")
        else:
            line.feed("P1", 1.7)
            line.wait(seconds=20)
            line.feed("P1", 1.0)
        line.wait(minutes=8)
    assert line.highest("S1") == "red"


def test_smoke_and_an_alarm_hours_apart_do_not_belong_together() -> None:
    line = quiet(IV)
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="smoke", state="on")
    line.wait(seconds=10)
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="smoke", state="off")
    line.wait(hours=1)
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    assert line.highest("S1") == "blue"


def test_a_report_by_a_person_is_red_until_verified() -> None:
    line = quiet(IV)
    line.act("report", role="operator", source="S1", reason="smell of gas")
    assert line.level("S1") == "red"
    line.wait(hours=2)
    assert line.level("S1") == "red"


# --- video alone -------------------------------------------------------------------------------------------------------------
def test_flame_counts_after_thirty_seconds() -> None:
    line = quiet(IV)
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="on")
    line.wait(seconds=29)
    assert line.level("S1") == "blue"
    line.wait(seconds=5)
    assert line.level("S1") == "yellow"


def test_flame_of_permitted_hot_work_is_no_cause_until_the_permit_ends() -> None:
    line = quiet(IV)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="on")
    line.wait(minutes=10)
    assert line.highest("S1") == "blue"
    line.event(WorkPermit, permit="W1", kind="hot_work", state="closed", source="S1")
    line.wait(seconds=40)
    assert line.level("S1") == "yellow"


def test_flame_that_went_out_under_its_permit_stays_harmless_after_it() -> None:
    line = quiet(IV)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="on")
    line.wait(minutes=2)
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="off")
    line.event(WorkPermit, permit="W1", kind="hot_work", state="closed", source="S1")
    line.wait(minutes=2)
    assert line.highest("S1") == "blue"


# --- ageing ------------------------------------------------------------------------------------------------------------------
def test_second_level_gas_counts_as_grave_after_five_minutes() -> None:
    line = quiet(III)
    line.feed("G1", 60.0)
    line.wait(minutes=4, seconds=50)
    assert line.level("S1") == "yellow"
    line.wait(seconds=40)
    assert line.level("S1") == "red"


@pytest.mark.slow
@pytest.mark.parametrize(("r", "before", "after"), [(IV, "yellow", "orange"), (I, "orange", "orange")])
def test_other_serious_evidence_grows_by_one_step_and_not_to_red(r: float, before: str, after: str) -> None:
    line = quiet(r)
    line.feed("P1", 1.9)
    line.wait(minutes=14)
    assert line.level("S1") == before
    line.wait(minutes=2)
    assert line.level("S1") == after
    line.wait(hours=1)
    assert line.level("S1") == after


@pytest.mark.slow
def test_attention_counts_as_serious_only_when_its_alarm_is_overdue() -> None:
    line = quiet(II)
    line.feed("P1", 1.7)
    line.wait(minutes=59)
    assert line.level("S1") == "yellow"
    line.wait(minutes=2)
    assert line.level("S1") == "orange"
    assert len(line.said.alarms(kind="alarm_overdue")) == 1


def test_a_saturated_value_ages_like_the_lower_one_that_it_hides() -> None:
    line = running(plant(source(r=IV, points=(pressure(range_hi=1.75), temperature()))), {"P1": 1.0, "T1": 80.0})
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    line.wait(minutes=20)
    assert line.level("S1") == "orange"


# --- holds -------------------------------------------------------------------------------------------------------------------
def test_the_level_falls_in_one_step_when_the_hold_time_is_over() -> None:
    line = quiet(III)
    line.feed("T1", 190.0)
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    line.feed("T1", 80.0)
    line.feed("P1", 1.0)
    line.wait(minutes=9)
    assert line.level("S1") == "red"
    line.wait(minutes=2)
    assert line.level("S1") == "blue"
    assert [w.kind for w in line.said.warnings(source="S1")][-1] == "clear"


def test_hold_of_a_slow_point_takes_three_of_its_periods() -> None:
    line = running(
        plant(source(r=IV, points=(pressure(period_s=300.0, on_delay_s=1.0, off_delay_s=1.0),))), {"P1": 1.0}, period_s=300.0
    )
    line.feed("P1", 1.9)
    line.wait(minutes=10)
    assert line.level("S1") == "yellow"
    line.feed("P1", 1.0)
    line.wait(minutes=18)
    assert line.level("S1") == "yellow"
    line.wait(minutes=8)
    assert line.level("S1") == "blue"


def test_a_gap_in_the_readings_starts_the_hold_again() -> None:
    line = quiet(IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=8)
    line.silence("P1")
    line.wait(seconds=40)
    line.feed("P1", 1.0)
    line.wait(minutes=9)
    assert line.level("S1") == "yellow"
    line.wait(minutes=2)
    assert line.level("S1") == "blue"


def test_a_platform_gap_starts_the_hold_again() -> None:
    line = quiet(IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=8)
    line.platform_gap(seconds=7)
    line.wait(minutes=9)
    assert line.level("S1") == "yellow"
    line.wait(minutes=2)
    assert line.level("S1") == "blue"


def test_bouncing_is_one_cause_with_one_age() -> None:
    line = quiet(III)
    for _ in range(8):
        line.feed("G1", 60.0)
        line.wait(seconds=40)
        line.feed("G1", 10.0)
        line.wait(seconds=20)
    assert line.highest("S1") == "red", "five minutes of second-level gas, whatever it did in between"
    raised = [w for w in line.said.warnings(source="S1") if w.kind in ("raise", "upgrade")]
    assert len({r.cause for w in raised for r in w.reasons if r.code == "cause.gas_2"}) == 1


# --- several sources ---------------------------------------------------------------------------------------------------------
def two_sources() -> Timeline:
    enterprise = plant(
        source("S1", r=IV, points=(pressure("P1"), temperature("T1"))),
        source("S2", r=IV, points=(pressure("P2"), temperature("T2"))),
    )
    return running(enterprise, {"P1": 1.0, "T1": 80.0, "P2": 1.0, "T2": 80.0})


def test_enterprise_is_as_bad_as_its_worst_source() -> None:
    line = two_sources()
    line.feed("P2", 1.9)
    line.wait(minutes=1)
    assert line.level("E1") == "yellow"


@pytest.mark.parametrize(("minutes", "level"), [(25, "red"), (45, "blue")])
def test_two_grave_sources_within_half_an_hour_are_an_emergency_of_the_site(minutes: float, level: str) -> None:
    line = two_sources()
    line.feed("P1", 1.9)
    line.feed("T1", 190.0)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.feed("T1", 80.0)
    line.wait(minutes=minutes)
    line.feed("P2", 1.9)
    line.feed("T2", 190.0)
    line.wait(minutes=1)
    assert line.level("E1-SITE") == level


def test_plant_wide_gas_is_scored_at_the_site_in_the_column_of_its_worst_source() -> None:
    enterprise = plant(source(r=II, points=(pressure(),)), devices=(Device(code="SD", name="fence", points=(gas("G9"),)),))
    line = running(enterprise, {"P1": 1.0, "G9": 0.5})
    line.feed("G9", 60.0)
    line.wait(minutes=1)
    assert line.level("E1-SITE") == "orange"


def test_mould_water_while_casting_without_a_confirmed_cut_off() -> None:
    points = (pressure("MW", danger="low", limits=Limits(ll=0.1, l=0.2)),
              pressure("SP", quantity="speed", unit="mm/min", range_hi=200.0, limits=Limits()))  # fmt: skip
    for casting, cut, level in ((60.0, False, "red"), (60.0, True, "yellow"), (0.0, False, "yellow")):
        line = running(plant(source(r=IV, kind="casting_well", points=points), profile="aluminium"), {"MW": 0.4, "SP": casting})
        line.feed("MW", 0.05)
        line.wait(seconds=20)
        if cut:
            line.event(InterlockState, interlock="S1-SIS", state="tripped")
        line.wait(seconds=40)
        assert line.level("S1") == level, (casting, cut)


def test_score_stays_inside_the_band_of_the_level() -> None:
    bands = {"blue": (0, 30), "yellow": (30, 50), "orange": (50, 85), "red": (85, 100)}
    line = quiet(I)
    line.feed("P1", 1.9)
    line.feed("T1", 190.0)
    line.wait(minutes=30)
    line.until("09:00:05")
    for risk in line.said.risks("S1"):
        low, high = bands[risk.level]
        assert low <= risk.score < high
    assert line.said.risks("S1")[-1].at_ms == at_time("09:00:00")
