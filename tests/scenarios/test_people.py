"""Actions of people: what they do, what they never do, and how each is refused: with a finding that says why."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import Action
from streams.domain.outputs import Finding
from streams.domain.registry import Limits
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import Timeline, running

IV, III, II = 0.5, 20.0, 60.0
HOUR_MS = 3_600_000


def quiet(r: float = IV, **fields: Any) -> Timeline:
    return running(plant(source(r=r, **fields)), QUIET, plain=True)


def why(line: Timeline) -> list[str]:
    return [f.detail["why"] for f in line.said.findings(code="finding.action_refused")]


def found(line: Timeline, code: str) -> list[Finding]:
    return line.said.findings(code=f"finding.{code}")


# --- shelving ----------------------------------------------------------------------------------------------------------------
def test_shelving_has_an_end_an_author_and_a_reason_and_says_them() -> None:
    line = quiet()
    line.act("shelve", points=["P1"], until=line.now_ms + HOUR_MS, reason="pump trial", role="operator")
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    shelved = found(line, "point_shelved")[0]
    assert (shelved.point, shelved.detail["author"], shelved.detail["role"], shelved.detail["reason"]) == (
        "P1",
        "Zhang",
        "operator",
        "pump trial",
    )
    alarm = line.said.alarms(kind="alarm_on")[0]
    assert (alarm.state, alarm.quiet, alarm.shelved, alarm.shelved_until_ms) == (
        "shelved",
        True,
        True,
        shelved.detail["until_ms"],
    )


@pytest.mark.slow
def test_shelving_lasts_no_longer_than_allowed_and_what_still_holds_is_announced_again() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.act("shelve", points=["P1"], until=line.now_ms + 100 * HOUR_MS, reason="for ever")
    shelved_ms = line.now_ms
    line.period_ms = 60_000
    line.wait(hours=8, minutes=1)
    assert [f.point for f in found(line, "shelf_over")] == ["P1"]
    again = line.said.alarms(kind="alarm_again")
    assert [(a.at_ms - shelved_ms, a.quiet, a.state) for a in again] == [(8 * HOUR_MS, False, "unacknowledged")]


def test_unshelving_by_hand_announces_what_still_holds() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.act("shelve", points=["P1"], until=line.now_ms + HOUR_MS, reason="known")
    line.wait(minutes=1)
    line.act("unshelve", points=["P1"])
    line.act("unshelve", points=["P1"])
    assert [(a.kind, a.quiet) for a in line.said.alarms()][-2:] == [("alarm_shelved", True), ("alarm_again", False)]
    assert why(line) == ["not_shelved"]


@pytest.mark.parametrize(("role", "co_signers", "announced"), [
    ("responsible_person", [], True), ("principal", [], True), ("principal", ["direct_supervisor:Wu"], False),
    ("direct_supervisor", [], False), ("responsible_person", ["direct_supervisor:Zhang"], True)])  # fmt: skip
def test_second_level_gas_is_not_the_enterprise_s_alone_to_shelve(role: str, co_signers: list[str], announced: bool) -> None:
    line = quiet(III)
    line.act("shelve", points=["G1"], until=line.now_ms + HOUR_MS, reason="known", role=role, co_signers=co_signers)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    assert [a.quiet for a in line.said.alarms(rule="gas-2", kind="alarm_on")] == [not announced]
    assert line.said.alarms(rule="gas-1")[-1].quiet is True
    assert line.level("S1") == "yellow"


def test_who_shelves_a_point_in_grave_alarm_hears_that_it_stays_audible() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.act("shelve", points=["P1"], until=line.now_ms + HOUR_MS, reason="known")
    line.wait(seconds=5)
    assert why(line) == ["graver_needs_supervisor"]


@pytest.mark.slow
def test_shelving_stops_no_clock_and_lowers_no_level() -> None:
    told = []
    for shelve in (False, True):
        line = quiet(II)
        if shelve:
            line.act("shelve", points=["P1"], until=line.now_ms + 8 * HOUR_MS, reason="known", role="direct_supervisor")
        else:
            line.act("patrol", role="inspector")
        line.feed("P1", 1.7)
        line.wait(minutes=75)
        told.append(([(w.kind, w.level, w.at_ms) for w in line.said.story()],
                     [a.at_ms for a in line.said.alarms(kind="alarm_overdue")]))  # fmt: skip
    assert told[0] == told[1]
    assert told[0][1]
    assert {level for _, level, _ in told[0][0]} == {"yellow", "orange"}


# --- what is refused, and how ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "fields", "reason"), [
    ("acknowledge", {}, "points_needed"), ("acknowledge", {"points": ["NOPE"]}, "unknown_point"), ("acknowledge", {"points": ["T1"]}, "no_alarm"),
    ("shelve", {"points": ["P1"], "reason": "x"}, "reason_and_end_needed"), ("shelve", {"points": ["P1"], "in_h": 1}, "reason_and_end_needed"),
    ("shelve", {"points": ["P1"], "in_h": -1, "reason": "x"}, "over_already"), ("shelve", {"in_h": 1, "reason": "x"}, "points_needed"),
    ("unshelve", {"points": ["P1"]}, "not_shelved"), ("restore", {"points": ["P1"]}, "not_out_of_service"),
    ("verify", {"verdict": "false", "evidence": "x", "on_site": True}, "causes_needed"),
    ("verify", {"verdict": "false", "evidence": "x", "on_site": True, "causes": ["S1:hh:P1:1"]}, "unknown_cause"),
    ("verify", {"verdict": "false", "evidence": "x", "causes": ["S1:hh:P1:1"]}, "on_site_verdict_and_evidence_needed"),
    ("out_of_service", {"points": ["P1"], "reason": "x", "substitute": "y", "on_site": True, "in_h": -1}, "over_already"),
    ("out_of_service", {"points": ["P1"], "reason": "x", "substitute": "y", "on_site": True, "in_h": 73}, "longer_than_allowed"),
    ("out_of_service", {"points": ["NO"], "reason": "x", "substitute": "y", "on_site": True, "in_h": 3}, "unknown_point"),
    ("confirm_relaxed", {}, "direct_supervisor_needed"), ("confirm_relaxed", {"role": "direct_supervisor"}, "nothing_pending"),
    ("confirm_relaxed", {"role": "direct_supervisor", "points": ["NO"]}, "unknown_point"),
    ("acknowledge", {"points": ["P1"], "source": "S9"}, "unknown_source"), ("acknowledge", {"points": ["P1"], "at": 1_600_000_000_000}, "too_old"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_with_its_reason_and_changes_nothing(
    kind: str, fields: dict[str, Any], reason: str
) -> None:
    line = quiet(III)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    before = line.level("S1")
    until: dict[str, Any] = {"until": line.now_ms + int(fields.pop("in_h")) * HOUR_MS} if "in_h" in fields else {}
    line.act(kind, **fields, **until)
    line.wait(minutes=5)
    assert why(line) == [reason]
    refused = found(line, "action_refused")[0]
    assert (refused.detail["action"], refused.detail["author"]) == (kind, "Zhang")
    assert line.level("S1") == before == "yellow"
    assert not line.said.alarms(kind="alarm_acknowledged")


def test_what_exists_is_done_and_what_does_not_is_named() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    line.act("acknowledge", points=["P1", "NOPE", "NADA"])
    assert [f.detail["about"] for f in found(line, "action_refused")] == [["NOPE", "NADA"]]
    assert len(line.said.alarms(kind="alarm_acknowledged")) == 1


def test_an_action_that_comes_twice_is_done_once_and_another_one_under_its_id_is_refused() -> None:
    line = quiet()
    line.feed("P1", 1.7)
    line.feed("T1", 160.0)
    line.wait(minutes=1)
    first = Action(enterprise="E1", id="A", kind="acknowledge", author="Zhang", role="operator", at=line.now_ms, points=["P1"])
    for points in (["P1"], ["P1"], ["T1"]):
        line.add(Action(enterprise="E1", id="A", kind="acknowledge", author="Zhang", role="operator", at=first.at, points=points))
        line.wait(seconds=5)
    assert [a.point for a in line.said.alarms(kind="alarm_acknowledged")] == ["P1"]
    assert why(line) == ["repeated", "id_taken"]


# --- reports -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fields", [{}, {"at": 1_600_000_000_000}, {"reason": "", "evidence": ""}, {"role": "operator"}])
def test_a_person_reports_an_emergency_and_nobody_has_to_sign(fields: dict[str, Any]) -> None:
    line = quiet()
    line.act("report", **{"source": "S1", "reason": "smell", **fields})
    line.wait(seconds=5)
    assert line.level("S1") == "red"


def test_a_report_for_a_source_that_nobody_knows_counts_for_the_whole_site() -> None:
    line = quiet()
    line.act("report", source="S9", reason="fire at the pump")
    line.wait(seconds=5)
    assert line.level("E1-SITE") == "red"
    assert why(line) == ["unknown_source"]


def test_another_report_under_a_used_id_is_taken_too() -> None:
    line = quiet()
    for i, code in enumerate(("S1", "")):
        line.add(
            Action(
                enterprise="E1", id="R", kind="report", author="Li", role="operator", at=line.now_ms, source=code, reason=f"{i}"
            )
        )
        line.wait(seconds=5)
    assert (line.level("S1"), line.level("E1-SITE")) == ("red", "red")


@pytest.mark.slow
def test_a_report_is_withdrawn_by_verification_of_principal_and_city_and_by_nothing_else() -> None:
    line = quiet()
    line.act("report", source="S1", reason="smell")
    line.wait(minutes=1)
    cause = line.causes("S1")["report"]
    line.act("acknowledge", points=["P1"])
    line.verify(cause, role="responsible_person")
    line.wait(hours=2)
    assert line.level("S1") == "red"
    line.verify(cause, role="principal", co_signers=["city_office:Wang"])
    line.wait(minutes=11)
    assert line.level("S1") == "blue"
    assert line.said.warnings(source="S1")[-1].cause == "false"


# --- verification ------------------------------------------------------------------------------------------------------------
def held(r: float = III) -> tuple[Timeline, str]:
    line = quiet(r)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.feed("G1", 0.0)
    line.wait(minutes=2)
    return line, line.causes("S1")["gas_2"]


def test_a_verification_is_about_what_was_there_when_it_was_written() -> None:
    line, cause = held()
    written_ms = line.now_ms
    line.verify(cause, role="principal", co_signers=["city_office:Wang", "direct_supervisor:Wu"])
    line.wait(seconds=30)
    line.feed("G1", 60.0)
    line.wait(minutes=5)
    line.event(Action, id="late", kind="verify", author="Zhang", role="principal", co_signers=["city_office:Wang", "direct_supervisor:Wu"],
               causes=[cause], verdict="false", evidence="photo", on_site=True, at=written_ms)  # fmt: skip
    line.feed("G1", 0.0)
    line.wait(minutes=30)
    assert line.level("S1") != "blue", "the gas came back after it had been written"


@pytest.mark.slow
def test_signatures_for_what_was_are_void_for_what_came_back() -> None:
    """Half of the signatures, then the alarm ends and returns: the other half alone ends nothing."""
    line = quiet(II)
    line.act("report", source="S1", reason="smell")
    line.wait(seconds=5)
    cause = line.causes("S1")["report"]
    line.verify(cause, role="principal")
    line.wait(hours=25)
    line.verify(cause, role="city_office")
    line.wait(minutes=20)
    assert line.level("S1") == "red", "a first signature does not wait for ever"


def test_one_name_does_not_sign_for_two_roles() -> None:
    line, cause = held(II)
    line.verify(cause, role="principal", co_signers=["city_office:Zhang", "direct_supervisor:Zhang"])
    line.wait(minutes=1)
    assert why(line) == ["signature_missing"]


def test_an_office_that_is_silent_for_half_an_hour_is_passed_over_and_that_is_said() -> None:
    line, cause = held(II)
    line.verify(cause, role="principal")
    asked_ms = line.now_ms
    line.wait(minutes=31)
    passed = found(line, "signature_passed_on")
    assert [(f.at_ms - asked_ms, f.detail["next"]) for f in passed] == [(1_800_000, ["province_office"])]
    assert why(line) == ["signature_missing"]
    assert found(line, "action_refused")[0].detail["about"] == [cause, "direct_supervisor"]


# --- out of service ----------------------------------------------------------------------------------------------------------
def test_out_of_service_is_said_with_fault_substitute_end_and_signers_and_its_alarm_is_not_announced() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.act("out_of_service", points=["P1"], until=line.now_ms + HOUR_MS, reason="stuck", substitute="gauge", on_site=True)
    line.wait(minutes=61)
    said = found(line, "point_out_of_service")[0].detail
    assert (said["fault"], said["substitute"], said["signers"]) == ("stuck", "gauge", ["responsible_person:Zhang"])
    of_hh = line.said.alarms(rule="level-hh")
    assert [(a.kind, a.state) for a in of_hh if a.kind != "alarm_overdue"] == [
        ("alarm_on", "unacknowledged"), ("alarm_out_of_service", "out_of_service"), ("alarm_again", "unacknowledged")]  # fmt: skip
    assert [f.point for f in found(line, "service_over")] == ["P1"]
    assert "hh" in line.causes("S1")


def test_a_point_back_in_service_before_its_time_counts_at_once() -> None:
    line = quiet()
    line.act("out_of_service", points=["P1"], until=line.now_ms + 5 * HOUR_MS, reason="stuck", substitute="gauge", on_site=True)
    line.feed("P1", 1.9)
    line.wait(minutes=5)
    line.act("restore", points=["P1"], role="operator")
    line.wait(seconds=5)
    assert "hh" in line.causes("S1")
    assert found(line, "service_over") == []


# --- relaxations -------------------------------------------------------------------------------------------------------------
def test_a_relaxation_is_confirmed_by_the_direct_supervisor_or_above_and_the_enterprise_may_carry_the_signature() -> None:
    for co_signers, relaxed in (([], False), (["direct_supervisor:Wu"], True), (["direct_supervisor:Zhang"], False)):
        line = quiet()
        line.register(
            plant(source(points=tuple(p if p.code != "P1" else pressure(limits=Limits(h=3.0, hh=3.5)) for p in _points())))
        )
        line.act("confirm_relaxed", points=["P1"], co_signers=co_signers)
        line.feed("P1", 1.9)
        line.wait(minutes=1)
        assert (line.level("S1") == "blue") is relaxed, co_signers


def _points() -> tuple[Any, ...]:
    return source().devices[0].points
