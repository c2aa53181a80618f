"""Episodes: typed events of one identity, their reasons, who is repeated; and people's signatures."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import VideoAlarm
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import Timeline, running

IV, III, II, I = 0.5, 20.0, 60.0, 200.0  # noqa: E741 - the standard's own numerals


def quiet(r: float = IV, **fields: Any) -> Timeline:
    return running(plant(source(r=r), **fields), QUIET)


def raised_and_cleared(line: Timeline) -> None:
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=12)


def test_a_warning_tells_its_whole_story() -> None:
    line = quiet(park="K1")
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    (w,) = line.said.warnings()
    assert (w.kind, w.level, w.previous, w.scope, w.cause) == ("raise", "yellow", "blue", "source", "real")
    assert (w.enterprise, w.source, w.region, w.park, w.supervisor, w.profile, w.grade) == (
        "E1",
        "S1",
        "R1",
        "K1",
        "R1",
        "hazchem",
        "IV",
    )
    reason = w.reasons[0]
    assert (reason.code, reason.point, reason.device, reason.quantity) == ("cause.hh", "P1", "S1-D1", "pressure")
    assert (reason.value, reason.limit, reason.unit, reason.tier) == (1.9, 1.8, "MPa", 2)
    assert reason.rule == "level-hh"
    assert reason.rule_version == "1"
    assert len(reason.rule_hash) == 16
    assert w.causation == reason.cause
    assert w.event_ms < w.at_ms
    assert w.parameters


def test_the_same_log_gives_the_same_ids() -> None:
    first, second = quiet(), quiet()
    for line in (first, second):
        raised_and_cleared(line)
    assert [w.id for w in first.said.warnings()] == [w.id for w in second.said.warnings()]
    ids = [w.id for w in first.said.warnings()]
    assert len(set(ids)) == len(ids)


def test_raise_upgrade_downgrade_clear_are_one_episode_in_sequence() -> None:
    line = quiet(III)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("T1", 190.0)
    line.wait(minutes=1)
    line.feed("T1", 80.0)
    line.wait(minutes=12)
    line.feed("P1", 1.0)
    line.wait(minutes=12)
    told = [(w.kind, w.level, w.previous) for w in line.said.warnings() if w.kind != "update"]
    assert told == [
        ("raise", "yellow", "blue"),
        ("upgrade", "red", "yellow"),
        ("downgrade", "yellow", "red"),
        ("clear", "blue", "yellow"),
    ]
    assert len({w.episode for w in line.said.warnings()}) == 1
    assert [w.sequence for w in line.said.story()] == list(range(len(line.said.story())))


def test_a_second_cause_at_the_same_level_is_an_update() -> None:
    line = quiet(IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("G1", 30.0)
    line.wait(minutes=1)
    assert [w.kind for w in line.said.warnings()] == ["raise", "update"]
    assert {r.code for w in line.said.warnings()[1:] for r in w.reasons} == {"cause.hh", "cause.gas_1"}


def test_a_return_within_an_hour_of_the_clear_is_the_same_episode_and_later_a_new_one() -> None:
    line = quiet()
    raised_and_cleared(line)
    line.wait(minutes=30)
    raised_and_cleared(line)
    line.wait(minutes=70)
    raised_and_cleared(line)
    episodes = [w.episode for w in line.said.warnings(kind="raise")]
    assert episodes[0] == episodes[1] != episodes[2]


def test_the_third_raise_in_seven_days_is_marked_repeated() -> None:
    line = quiet()
    for _ in range(3):
        raised_and_cleared(line)
        line.wait(minutes=5)
    assert [w.repeated for w in line.said.warnings(kind="raise")] == [False, False, True]


def test_hazchem_sends_nothing_below_yellow_and_steel_sends_blue_with_a_cause() -> None:
    for profile, kinds in (("hazchem", []), ("steel", ["raise"])):
        line = quiet(profile=profile)
        line.feed("P1", 1.7)
        line.wait(minutes=12)
        assert [w.kind for w in line.said.warnings()] == kinds
        assert line.level("S1") == "blue"


def test_a_lowering_names_what_ended_and_how() -> None:
    line = quiet()
    raised_and_cleared(line)
    clear = line.said.warnings(kind="clear")[0]
    (ended,) = clear.reasons
    assert ended.detail["ended_by"] == "recovered"
    assert ended.detail["ended_ms"] == clear.at_ms
    assert clear.at_ms >= ended.opened_ms + 600_000


def test_a_level_is_lowered_at_the_tick_at_which_its_hold_is_due() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=15)
    off = line.said.alarms(kind="alarm_off", limit_kind="HH")[0].at_ms
    clear = line.said.warnings(kind="clear")[0].at_ms
    assert clear == -(-(off + 600_000) // 1000) * 1000


def test_the_present_level_names_its_episode_while_it_is_on() -> None:
    line = quiet()
    raised_and_cleared(line)
    levels = line.said.levels("S1")
    assert levels[0].episode == line.said.warnings()[0].episode
    assert levels[-1].episode == ""


# --- who may sign ------------------------------------------------------------------------------------------------------------
def flamed(r: float) -> tuple[Timeline, str]:
    line = quiet(r)
    line.event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="on")
    line.wait(seconds=40)
    return line, line.causes("S1")["flame"]


@pytest.mark.parametrize(
    ("r", "role", "co_signers", "ends"),
    [
        (IV, "operator", [], False),
        (IV, "responsible_person", [], True),
        (IV, "principal", [], True),
        (II, "responsible_person", [], False),
        (II, "responsible_person", ["direct_supervisor:Wu"], True),
        (II, "direct_supervisor", [], False),
    ],
)
def test_who_may_end_what_only_a_person_ends(r: float, role: str, co_signers: list[str], ends: bool) -> None:
    line, cause = flamed(r)
    line.verify(cause, role=role, co_signers=co_signers)
    line.wait(minutes=11)
    assert (line.level("S1") == "blue") is ends
    assert bool(line.said.findings(code="finding.action_refused")) is not ends


@pytest.mark.parametrize(
    ("roles", "ends"),
    [
        (("principal",), False),
        (("city_office",), False),
        (("principal", "city_office"), True),
        (("responsible_person", "city_office"), False),
        (("principal", "direct_supervisor"), False),
    ],
)
def test_red_is_ended_by_the_principal_and_the_city_office(roles: tuple[str, ...], ends: bool) -> None:
    line = quiet()
    line.act("report", source="S1", reason="leak")
    line.wait(seconds=10)
    cause = line.causes("S1")["report"]
    for role in roles:
        line.verify(cause, role=role)
        line.wait(seconds=10)
    line.wait(minutes=11)
    assert (line.level("S1") == "blue") is ends


@pytest.mark.parametrize(("wait_minutes", "ends"), [(5, False), (31, True)])
def test_an_office_that_does_not_answer_is_replaced_by_the_next_after_half_an_hour(wait_minutes: int, ends: bool) -> None:
    line, cause = flamed(II)
    line.verify(cause, role="responsible_person")
    line.wait(minutes=wait_minutes)
    line.verify(cause, role="city_office")
    line.wait(minutes=11)
    assert (line.level("S1") == "blue") is ends


@pytest.mark.parametrize("missing", ["on_site", "verdict", "evidence"])
def test_a_verification_needs_somebody_on_site_a_verdict_and_evidence(missing: str) -> None:
    line, cause = flamed(IV)
    form: dict[str, Any] = {"causes": [cause], "verdict": "false", "evidence": "photo", "on_site": True}
    line.act("verify", **{**form, missing: False if missing == "on_site" else ""})
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"


def test_a_verification_is_valid_up_to_its_own_time() -> None:
    line, cause = flamed(IV)
    line.verify(cause)
    line.wait(minutes=1)
    line.event(VideoAlarm, id="v2", camera="S1-C1", kind="flame", state="on")
    line.wait(minutes=20)
    assert line.level("S1") != "blue"


def test_a_verification_does_not_end_what_readings_end() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.verify(line.causes("S1")["hh"])
    line.wait(minutes=12)
    assert line.level("S1") == "yellow"


def test_a_repeated_action_does_nothing_twice() -> None:
    line = quiet()
    line.act("report", source="S1", reason="leak")
    action = line.records[-1].what
    line.wait(seconds=5)
    line.add(action)
    line.wait(seconds=5)
    assert len([r for w in line.said.warnings() for r in w.reasons]) == 1


def test_an_action_for_a_source_of_somebody_else_is_refused() -> None:
    line = Timeline(plant(source("S1"), code="E1"), plant(source("S2", points=(pressure("P9"),)), code="E2"))
    line.act("report", source="S2", reason="leak")
    assert line.highest("S2") == "blue"
    assert [f.detail["why"] for f in line.said.findings(code="finding.action_refused")] == ["unknown_source"]


def test_late_ticks_are_made_up_when_the_log_jumps() -> None:
    """Hours without any record: every hold and every deadline of the silent time is handled at its own second."""
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.silence()
    line.now_ms += 2 * 3_600_000
    line.commit(date="2023-11-15")
    overdue = line.said.alarms(kind="alarm_overdue")
    assert {a.at_ms for a in overdue if a.overdue_count == 1} == {a.due_ms for a in overdue}
    assert {a.at_ms for a in overdue if a.overdue_count == 2} == {a.due_ms + 3_600_000 for a in overdue}
    assert overdue[0].at_ms < line.now_ms
