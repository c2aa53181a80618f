"""What must never hide an emergency. One section a rule; each sentence of the rule has its test."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.domain.columns import Coordinates, Rejected
from streams.domain.messages import EnterpriseAlarm, Outage, RulesPublished, VideoAlarm, WorkPermit
from streams.domain.registry import Device, Enterprise, Limits
from tests.scenarios.plants import QUIET, gas, plant, pressure, source, tank_level, temperature
from tests.scenarios.timeline import FrameRecord, Timeline, running

IV, III, II, I = 0.5, 20.0, 60.0, 200.0  # noqa: E741 - the standard's own numerals


def quiet(r: float = IV, **fields: Any) -> Timeline:
    return running(plant(source(r=r, **fields)), QUIET)


def redefined(line: Timeline, r: float = IV, **points: dict[str, Any] | None) -> None:
    """The registry record again, with other definitions of some points."""
    makers = {"P1": pressure, "T1": temperature, "L1": tank_level, "G1": gas, "G2": gas}
    fields = {code: points.get(code, {}) for code in makers}
    made = tuple(makers[code](code, **given) for code, given in fields.items() if given is not None)
    line.register(plant(source(r=r, points=made)))


# --- 1. quality flags never remove evidence in the dangerous direction -------------------------------------------------------
def test_1_a_saturated_detector_counts_as_high_high_and_suspect() -> None:
    line = running(plant(source(r=IV, points=(gas("G1", range_hi=40.0),))), {"G1": 0.5})
    line.feed("G1", 41.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert line.said.warnings(source="S1")[0].reasons[0].flags != 0


def test_1_a_spike_never_cancels_a_high_high() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    for value in (0.2, 1.9):
        line.feed("P1", value)
        line.wait(seconds=5)
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"
    assert [w.kind for w in line.said.warnings(source="S1") if w.kind in ("clear", "downgrade")] == []


@pytest.mark.slow
def test_1_gas_that_falls_to_zero_at_once_is_held_until_a_person_says() -> None:
    line = quiet(III)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.feed("G1", 0.0)
    line.wait(hours=2)
    level = line.level("S1")
    assert level != "blue"
    cause = line.causes("S1")["gas_2"]
    line.verify(cause, role="principal", co_signers=["city_office:Wang"])
    line.wait(minutes=25)
    assert line.level("S1") == "blue"
    assert line.said.warnings(source="S1")[-1].cause == "false"


def test_1_gas_that_falls_as_gas_does_recovers_by_itself() -> None:
    line = quiet(III)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    for value in (50.0, 40.0, 30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5):
        line.feed("G1", value)
        line.wait(seconds=10)
    line.wait(minutes=15)
    assert line.level("S1") == "blue"


def test_1_values_are_rejected_one_by_one() -> None:
    """An unknown point and a missing value in a frame leave the rest of the frame as it is."""
    line = quiet()
    for _ in range(4):
        line.now_ms += 5000
        line.add(FrameRecord("E1", ("NOPE", "T1", "P1"), (1.0, None, 1.9), line.now_ms))
    assert line.level("S1") == "yellow"
    assert {d["reason"] for d in line.said.raw("dead-letters")} == {"reject.unknown_point"}


def test_1_a_unit_that_does_not_fit_rejects_its_value_only_and_one_that_fits_is_converted() -> None:
    line = quiet()
    for _ in range(4):
        line.now_ms += 5000
        line.add(FrameRecord("E1", ("T1", "P1"), (190.0, 1900.0), line.now_ms, ("MPa", "kPa")))
    assert list(line.causes("S1")) == ["hh"]
    assert line.said.warnings(source="S1")[0].reasons[0].value == pytest.approx(1.9)
    assert {d["reason"] for d in line.said.raw("dead-letters")} == {"reject.unit"}


# --- 2. lost data is not recovery --------------------------------------------------------------------------------------------
def test_2_offline_never_lowers() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.silence()
    line.wait(hours=12)
    levels = [v.level for v in line.said.levels("S1")]
    order = ("blue", "yellow", "orange", "red")
    assert [order.index(v) for v in levels] == sorted(order.index(v) for v in levels)
    assert line.level("S1") != "blue"


@pytest.mark.slow
def test_2_bad_readings_are_no_recovery() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", -3.0)  # far below its range
    line.wait(hours=2)
    assert line.level("S1") in ("yellow", "orange")


@pytest.mark.slow
@pytest.mark.parametrize(("feed", "wait_s", "kind", "level"), [
    ({"P1": 1.7}, 660, "lost_attention", "yellow"),
    ({"P1": 1.9}, 60, "lost_serious", "red"),
])  # fmt: skip
def test_2_loss_of_most_signals_after_a_cause_is_a_cause_that_only_a_person_ends(
    feed: dict[str, float], wait_s: int, kind: str, level: str
) -> None:
    line = quiet(III)
    for point, value in feed.items():
        line.feed(point, value)
    line.wait(seconds=wait_s)
    line.silence()
    line.wait(minutes=5)
    assert line.level("S1") == level
    for point, value in QUIET.items():
        line.feed(point, value)
    line.wait(hours=2)
    assert line.level("S1") == level, "data came back, and nobody has looked"
    cause = line.causes("S1")[kind]
    line.verify(cause, role="principal", co_signers=["city_office:Wang"])
    line.wait(minutes=15)
    assert line.level("S1") == "blue"


def test_2_loss_shortly_after_a_serious_cause_has_ended_counts_too() -> None:
    line = quiet(III)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=5)
    line.silence()
    line.wait(minutes=5)
    assert "lost_serious" in line.causes("S1")


def test_2_sudden_unfiled_loss_of_a_whole_site_is_at_least_yellow() -> None:
    line = quiet(IV)
    line.silence()
    line.wait(minutes=12)
    assert line.level("E1-SITE") == "yellow"
    assert line.level("E1") == "yellow"
    for point, value in QUIET.items():
        line.feed(point, value)
    line.wait(minutes=12)
    assert line.level("E1-SITE") == "blue"


def test_2_silence_of_the_platform_is_not_silence_of_the_site() -> None:
    line = quiet(IV)
    line.platform_gap(seconds=580)
    line.wait(minutes=5)
    assert line.highest("E1-SITE") == "blue"


def test_2_a_crash_loop_does_not_put_off_the_verdict_for_ever() -> None:
    line = quiet(IV)
    line.silence("P1", "T1", "L1", "G1", "G2")
    line.feed("P1", 1.0, enterprise="E0")  # somebody else keeps the log going
    for _ in range(12):
        line.platform_gap(seconds=300)
        line.wait(seconds=10)
    assert line.level("E1-SITE") == "yellow"


def test_2_blindness_is_attention_by_grade_and_ends_by_good_readings() -> None:
    line = quiet(II)
    line.silence("P1", "T1", "L1")
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"
    assert "blind" in line.causes("S1")
    for point, value in QUIET.items():
        line.feed(point, value)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"


# --- 3. paperwork lowers nothing ---------------------------------------------------------------------------------------------
def test_3_tightening_acts_at_once() -> None:
    line = quiet()
    redefined(line, P1={"limits": Limits(h=0.8, hh=0.9)})
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_3_relaxing_waits_for_the_supervisor_at_rest_too() -> None:
    line = quiet()
    redefined(line, P1={"limits": Limits(h=3.0, hh=3.5)})
    line.wait(minutes=1)
    assert [f.point for f in line.said.findings(code="finding.relaxing_pending")] == ["P1"]
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_3_a_confirmed_relaxation_acts_from_the_confirmation() -> None:
    line = quiet()
    redefined(line, P1={"limits": Limits(h=3.0, hh=3.5)})
    line.act("confirm_relaxed", role="direct_supervisor", points=["P1"])
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    assert line.level("S1") == "blue"


@pytest.mark.parametrize("role", ["operator", "responsible_person", "principal"])
def test_3_the_enterprise_cannot_confirm_its_own_relaxation(role: str) -> None:
    line = quiet()
    redefined(line, P1={"limits": Limits(h=3.0, hh=3.5)})
    line.act("confirm_relaxed", role=role, points=["P1"])
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert len(line.said.findings(code="finding.action_refused")) == 1


def test_3_tightening_one_limit_while_relaxing_another_does_each_in_its_way() -> None:
    line = quiet()
    redefined(line, P1={"limits": Limits(h=0.8, hh=3.5)})
    line.wait(minutes=1)
    assert [a.limit_kind for a in line.said.alarms()] == ["H"]
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_3_a_milder_grade_waits_and_a_graver_one_acts() -> None:
    line = quiet(II)
    redefined(line, r=IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"
    line = quiet(IV)
    redefined(line, r=II)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"


def test_3_a_graver_grade_acts_on_what_is_open() -> None:
    line = quiet(IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, r=II)
    assert line.level("S1") == "orange"
    assert [w.kind for w in line.said.warnings(source="S1")] == ["raise", "upgrade"]


@pytest.mark.parametrize("limits", [Limits(), Limits(h=3.0, hh=3.5)])
def test_3_relaxing_under_an_active_alarm_lowers_nothing(limits: Limits) -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, P1={"limits": limits})
    line.wait(minutes=14)
    assert line.level("S1") == "yellow"


@pytest.mark.parametrize("fields", [{"quantity": "temperature", "unit": "degC"}, {"unit": "L"}])
def test_3_a_point_that_is_called_something_else_keeps_its_level_until_a_person_has_looked(fields: dict[str, Any]) -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, P1={**fields, "range_hi": 400.0, "limits": Limits(h=150.0, hh=180.0)})
    line.feed("P1", 1.0)
    line.wait(hours=1)
    assert line.level("S1") != "blue"


def test_3_a_milder_profile_lowers_nothing() -> None:
    """Another profile has other rules: the alarms of the old ones stay until a person has looked."""
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.register(plant(source(r=IV), profile="steel"))
    line.wait(minutes=14)
    assert line.level("S1") == "yellow"


def test_3_a_removed_point_never_lowers_and_is_still_judged() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, P1=None)
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"
    line.feed("P1", 1.0)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow", "its readings still count until the supervisor confirms"


def test_3_a_point_confirmed_as_removed_leaves_its_level_to_a_person_and_the_cause_is_config() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    redefined(line, P1=None)
    line.act("confirm_relaxed", role="direct_supervisor", points=["P1"])
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"
    line.verify(line.causes("S1")["hh"], verdict="config")
    line.wait(minutes=12)
    assert line.level("S1") == "blue"
    assert line.said.warnings(source="S1")[-1].cause == "config"


@pytest.mark.parametrize("record", [None, plant(source(), closed=True)])
def test_3_a_removed_or_closed_enterprise_keeps_its_level(record: Enterprise | None) -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.register(record, "E1")
    line.silence()
    line.feed("X", 0.0, enterprise="E0")
    line.wait(hours=3)
    assert line.level("S1") in ("yellow", "orange")


def test_3_an_outage_excuses_missing_data_and_nothing_else() -> None:
    line = quiet(II)
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 4 * 3_600_000,
               filed_by="Li", reason="maintenance", devices=["S1-D1"])  # fmt: skip
    line.silence("P1", "T1", "L1")
    line.wait(minutes=30)
    assert line.highest("S1") == "blue", "the silence was filed"
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange", "values still alarm"


def test_3_an_outage_ends_by_itself() -> None:
    line = quiet(II)
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 1_800_000,
               filed_by="Li", reason="maintenance", devices=["S1-D1"])  # fmt: skip
    line.silence("P1", "T1", "L1")
    line.wait(minutes=29)
    assert line.highest("S1") == "blue"
    line.wait(minutes=15)
    assert line.level("S1") == "yellow"


def test_3_an_outage_never_covers_gas_detectors() -> None:
    line = running(plant(source(r=II, points=(gas("G1"), gas("G2")))), {"G1": 0.5, "G2": 0.5})
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 4 * 3_600_000,
               filed_by="Li", reason="production stopped", devices=["S1-D1"], points=["G1", "G2"])  # fmt: skip
    line.silence()
    line.feed("X", 0.0, enterprise="E0")
    line.wait(minutes=15)
    assert line.level("S1") == "yellow"
    assert line.level("E1-SITE") == "yellow"


def test_3_an_outage_filed_afterwards_excuses_nothing_that_was() -> None:
    line = quiet(II)
    line.silence("P1", "T1", "L1")
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms - 3_600_000, start_at=line.now_ms - 3_600_000,
               end_at=line.now_ms + 3_600_000, filed_by="Li", reason="maintenance", devices=["S1-D1"])  # fmt: skip
    raised = [w.kind for w in line.said.warnings(source="S1")]
    assert raised == ["raise"]


def test_3_an_outage_stops_no_active_level() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 4 * 3_600_000,
               filed_by="Li", reason="maintenance", devices=["S1-D1"])  # fmt: skip
    line.silence("P1")
    line.wait(hours=2)
    assert line.level("S1") in ("yellow", "orange")


def calibrated(line: Timeline, ahead_s: int = 900, lasts_s: int = 1800, points: tuple[str, ...] = ("G1",)) -> None:
    start = line.now_ms + ahead_s * 1000
    line.event(Outage, id=f"C{'-'.join(points)}", kind="calibration", filed_at=line.now_ms, start_at=start,
               end_at=start + lasts_s * 1000, filed_by="Li", reason="bump test", points=list(points))  # fmt: skip


def test_3_a_bump_test_filed_in_time_is_a_point_alarm_only() -> None:
    line = quiet(III)
    calibrated(line)
    line.wait(minutes=16)
    line.feed("G1", 60.0)
    line.wait(minutes=3)
    line.feed("G1", 10.0)
    line.wait(minutes=30)
    assert [a.limit_kind for a in line.said.alarms(kind="alarm_on")] == ["H", "HH"]
    assert line.highest("S1") == "blue"


@pytest.mark.parametrize(
    ("ahead_s", "lasts_s", "points"),
    [(300, 1800, ("G1",)), (900, 7200, ("G1",)), (900, 1800, ("G1", "G2")), (900, 1800, ("P1",))],
)
def test_3_a_calibration_that_is_late_long_or_of_more_than_one_gas_point_an_area_is_refused(
    ahead_s: int, lasts_s: int, points: tuple[str, ...]
) -> None:
    line = quiet(III)
    calibrated(line, ahead_s, lasts_s, points)
    assert len(line.said.findings(code="finding.calibration_refused")) == 1
    line.wait(minutes=16)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_3_gas_still_there_when_the_calibration_ends_counts_in_full() -> None:
    line = quiet(III)
    calibrated(line, lasts_s=600)
    line.wait(minutes=16)
    line.feed("G1", 60.0)
    line.wait(minutes=8)
    assert line.highest("S1") == "blue"
    line.wait(minutes=2)
    assert line.level("S1") == "yellow"


def test_3_a_bump_test_that_is_still_clearing_when_its_calibration_ends_counts_in_full_for_one_hold() -> None:
    """Below the first level, its off-delay not through: nobody has proven a return, so the end of the paper is no end of the alarm."""
    line = quiet(III)
    calibrated(line, lasts_s=600)
    line.wait(minutes=15)
    line.feed("G1", 60.0)
    line.wait(minutes=9, seconds=50)
    assert line.highest("S1") == "blue"
    line.feed("G1", 0.5)
    line.wait(seconds=20)
    assert line.level("S1") == "yellow"
    line.wait(minutes=11)
    assert line.level("S1") == "blue"


@pytest.mark.parametrize("other", ["point", "video"])
def test_3_another_point_or_video_that_agrees_with_the_calibration_counts_in_full(other: str) -> None:
    line = quiet(III)
    calibrated(line)
    line.wait(minutes=16)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    if other == "point":
        line.feed("G2", 30.0)
    else:
        line.event(VideoAlarm, id="v", camera="S1-C1", kind="smoke", state="on")
    line.wait(minutes=1)
    assert line.level("S1") in ("yellow", "orange", "red")


def test_3_a_stuck_sensor_out_of_service_keeps_the_source_at_yellow_and_other_points_count() -> None:
    line = quiet(III)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.act(
        "out_of_service",
        points=["P1"],
        until=line.now_ms + 24 * 3_600_000,
        reason="stuck",
        substitute="local gauge",
        on_site=True,
    )
    line.wait(minutes=30)
    assert line.level("S1") == "yellow"
    line.feed("T1", 190.0)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow", "one instrument, and the stuck one is none"
    line.feed("L1", 18.5)
    line.wait(minutes=1)
    assert line.level("S1") == "red"


def test_3_out_of_service_ends_by_itself_and_the_point_counts_again() -> None:
    line = quiet(IV)
    line.act(
        "out_of_service", points=["P1"], until=line.now_ms + 1_800_000, reason="stuck", substitute="local gauge", on_site=True
    )
    line.feed("P1", 1.9)
    line.wait(minutes=25)
    assert list(line.causes("S1")) == ["out_of_service"]
    line.wait(minutes=6)
    assert "hh" in line.causes("S1")


@pytest.mark.parametrize("fields", [{"until_h": 80}, {"substitute": ""}, {"on_site": False}, {"role": "operator"}])
def test_3_out_of_service_needs_its_form_and_its_signature(fields: dict[str, Any]) -> None:
    line = quiet(IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    form: dict[str, Any] = {"role": "responsible_person", "reason": "stuck", "substitute": "gauge", "on_site": True,
                            "until": line.now_ms + fields.pop("until_h", 10) * 3_600_000, **fields}  # fmt: skip
    line.act("out_of_service", points=["P1"], **form)
    line.wait(minutes=30)
    assert "out_of_service" not in line.causes("S1")
    assert len(line.said.findings(code="finding.action_refused")) == 1


def test_3_a_closed_permit_lowers_nothing() -> None:
    line = quiet(IV)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="closed", source="S1")
    line.wait(minutes=30)
    assert line.level("S1") == "red"


def test_3_drills_are_tagged_and_nothing_else() -> None:
    line = quiet(III)
    line.event(Outage, id="D1", kind="drill", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 3_600_000,
               filed_by="Li", reason="drill", points=["P1"])  # fmt: skip
    line.wait(seconds=10)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert [(w.kind, w.drill) for w in line.said.warnings(source="S1")] == [("raise", True)]
    line.feed("T1", 190.0)
    line.wait(minutes=1)
    assert line.said.warnings(source="S1")[-1].drill is False, "what the drill does not name is real"
    assert line.level("S1") == "red"


# --- 4. shelving -------------------------------------------------------------------------------------------------------------
def test_4_shelving_marks_point_alarms_and_stops_no_warning() -> None:
    plain, shelved = quiet(), quiet()
    shelved.act("shelve", points=["P1"], until=shelved.now_ms + 3_600_000, reason="known")
    for line in (plain, shelved):
        line.feed("P1", 1.9)
        line.wait(minutes=20)
    assert [(a.limit_kind, a.shelved) for a in shelved.said.alarms(kind="alarm_on")] == [("H", True), ("HH", False)]
    assert [(w.kind, w.level, w.at_ms) for w in plain.said.warnings()] == [
        (w.kind, w.level, w.at_ms) for w in shelved.said.warnings()
    ]


@pytest.mark.slow
def test_4_shelving_ends_by_itself_and_needs_a_reason() -> None:
    line = quiet()
    line.act("shelve", points=["P1"], until=line.now_ms + 365 * 86_400_000, reason="for ever")
    line.act("shelve", points=["T1"], until=line.now_ms + 3_600_000)
    assert [f.detail["why"] for f in line.said.findings(code="finding.action_refused")] == ["reason_and_end_needed"]
    line.wait(hours=8, minutes=1)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert [a.shelved for a in line.said.alarms(point="P1", kind="alarm_on")] == [False, False]


def test_4_acknowledging_ends_nothing() -> None:
    line = quiet(II)
    line.feed("P1", 1.7)
    line.wait(minutes=5)
    line.act("acknowledge", points=["P1"])
    line.wait(minutes=60)
    assert line.level("S1") == "orange"


# --- 6. nobody silences anybody ----------------------------------------------------------------------------------------------
def poison(line: Timeline, n: int, enterprise: str = "E1") -> None:
    for i in range(n):
        at = Coordinates(0, 0, "readings", 0, i)
        line.now_ms += 100
        line.add(Rejected(at, "", "reject.malformed", "not JSON", b"{" * 200_000, enterprise))


def test_6_quarantine_thins_dead_letters_and_still_judges_what_decodes() -> None:
    line = quiet()
    poison(line, 300)
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    assert line.level("S1") == "yellow"
    letters = line.said.raw("dead-letters")
    assert len(letters) < 100
    assert sum(d.get("count", 1) for d in letters) == 300
    assert len(line.said.findings(code="finding.quarantine")) == 1
    assert all(len(d.get("payload", "")) <= 65_536 for d in letters)


def test_6_others_do_not_notice_a_poisoned_sender() -> None:
    enterprises = (plant(source("S1"), code="E1"), plant(source("S2", points=(pressure("P1"),)), code="E2"))

    def played(with_poison: bool) -> list[bytes]:
        line = Timeline(*enterprises)
        line.feed("P1", 1.0, enterprise="E2")
        line.wait(minutes=1)
        start = line.now_ms
        if with_poison:
            poison(line, 200, "E1")
        line.now_ms = start + 20_000
        line.feed("P1", 1.9, enterprise="E2")
        line.wait(minutes=5)
        return [o.value for o in line.said.outputs if o.key == b"S2"]

    assert played(True) == played(False)


def test_6_the_silence_of_a_quarantined_sender_is_silence() -> None:
    line = quiet(IV)
    line.silence()
    for _ in range(80):
        poison(line, 10)
        line.now_ms += 9000
    assert line.level("E1-SITE") == "yellow"


def test_6_quarantine_ends_after_a_calm_time() -> None:
    line = quiet()
    poison(line, 100)
    line.wait(minutes=10)
    assert [f.code for f in line.said.findings() if "quarantine" in f.code] == ["finding.quarantine", "finding.quarantine_end"]


def test_6_an_on_delay_is_a_timer_and_no_count_of_samples() -> None:
    line = running(plant(source(r=IV, points=(pressure(period_s=3600.0),))), {"P1": 1.0}, period_s=3600.0)
    line.wait(hours=1)
    line.feed("P1", 1.9)
    line.wait(hours=1)
    line.silence()
    line.feed("X", 0.0, enterprise="E0")
    line.period_ms = 5000
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_6_a_stamp_far_ahead_is_judged_by_log_time() -> None:
    line = quiet()
    for _ in range(6):
        line.now_ms += 5000
        line.add(FrameRecord("E1", ("P1",), (1.9,), line.now_ms + 8 * 3_600_000))
    assert line.level("S1") == "yellow"
    assert "finding.clock_off" in {f.code for f in line.said.findings()}


def test_6_old_stamps_only_are_the_present_after_some_periods() -> None:
    line = quiet()
    for _ in range(20):
        line.now_ms += 5000
        line.add(FrameRecord("E1", ("P1",), (1.9,), line.now_ms - 8 * 3_600_000))
        line.add(FrameRecord("E1", ("T1", "L1", "G1"), (80.0, 10.0, 0.5), line.now_ms))
    assert line.level("S1") == "yellow"


# --- the enterprise's own system ---------------------------------------------------------------------------------------------
def test_an_alarm_of_the_enterprise_on_an_unknown_point_is_told_to_the_supervisor() -> None:
    line = quiet()
    line.event(EnterpriseAlarm, point="NOPE", state="HH", value=99.0)
    (finding,) = line.said.findings(code="finding.unknown_point_alarm")
    assert finding.detail["supervisor"] == "R1"


def test_an_alarm_of_the_enterprise_that_we_do_not_see_is_a_finding() -> None:
    line = quiet()
    line.event(EnterpriseAlarm, point="P1", state="HH", value=1.9)
    line.wait(minutes=2)
    assert [f.point for f in line.said.findings(code="finding.own_alarm_unseen")] == ["P1"]
    line = quiet()
    line.feed("P1", 1.9)
    line.event(EnterpriseAlarm, point="P1", state="HH", value=1.9)
    line.wait(minutes=2)
    assert line.said.findings(code="finding.own_alarm_unseen") == []


def test_devices_of_the_plant_move_with_their_alarms() -> None:
    """A point that is moved to another source takes its alarm along, and where it was a person must look."""
    line = running(
        plant(source("S1", points=(pressure("P1"),)), source("S2", points=(temperature("T1"),))), {"P1": 1.0, "T1": 80.0}
    )
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    moved = source("S2", devices=(Device(code="D", name="D", points=(temperature("T1"), pressure("P1"))),))
    line.register(plant(source("S1", points=()), moved))
    line.wait(minutes=1)
    assert (line.level("S1"), line.level("S2")) == ("yellow", "yellow")


def test_rules_that_cannot_be_read_are_refused_and_the_ones_in_force_stay() -> None:
    line = quiet()
    line.add(RulesPublished(hash="x", files={"hazchem/bad.yaml": "not: [a rule"}, approved_by="Wang"))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert [f.code for f in line.said.findings(enterprise="")] == ["finding.rules_refused"]


def test_outputs_are_valid_json_of_their_types() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    for output in line.said.outputs:
        assert msgspec.json.decode(output.value)
