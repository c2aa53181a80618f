"""The ladder of warnings on log time, second by second: notices, orders, follow-up, reports, and what may not move any of them."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from streams.domain.log import Output
from streams.domain.messages import Outage, ParametersPublished
from streams.domain.outputs import Warning
from streams.domain.registry import Park, Person, Region
from streams.engine.engine import Engine
from streams.engine.episodes.ladders import SHIPPED
from streams.engine.episodes.telling import Kind
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import Said, Timeline, at_time, running, steps

pytestmark = pytest.mark.slow  # hours of log time each; the arithmetic of the clocks is in test_clocks.py
IV, II = 0.5, 60.0
MINUTE, HOUR = 60_000, 3_600_000
REGIONS = (Region(code="R0", name="Province", kind="province"), Region(code="R5", name="City", kind="city", parent="R0"),
           Region(code="R1", name="County", kind="county", parent="R5"))  # fmt: skip
PERSONS = tuple(Person(role=role, name=role.title()) for role in ("principal", "technical", "operational"))


def quiet(r: float = IV, *, park: str = "K1", supervisor: str = "K1", period_s: float = 60.0, **fields: Any) -> Timeline:
    """A plant with its offices, read once a minute so that a day is short."""
    given = {"park": park, "supervisor": supervisor, **fields}
    slow = (pressure(period_s=period_s),)
    line = Timeline(plain=True, period_s=period_s)
    for region in REGIONS:
        line.add_registry(f"region/{region.code}", region)
    line.add_registry("park/K1", Park(code="K1", name="Park", region="R1"))
    enterprise = plant(source(r=r, points=slow, persons=PERSONS), **given)
    line.enterprise = enterprise.code
    line.register(enterprise)
    line.commit()
    line.feed("P1", 1.0)
    line.wait(minutes=2)
    return line


def reported(line: Timeline, reason: str = "leak") -> int:
    """Red from now: a person says so. Returns the log time of the raise."""
    line.act("report", source="S1", reason=reason)
    return line.now_ms


def over(line: Timeline) -> None:
    """Whoever must sign says what the report was; the level goes down ten minutes later."""
    cause = line.causes("S1")["report"]
    line.verify(cause, role="principal", co_signers=["city_office:Wang"])


def times(said: list[Warning], base_ms: int) -> list[float]:
    return [(w.at_ms - base_ms) / MINUTE for w in said]


def told(line: Timeline, kind: Kind, **fields: Any) -> list[Warning]:
    return line.said.story(kind=kind, **fields)


# --- minute by minute, 26 hours of each level --------------------------------------------------------------------------------
def expected(level: int, hours: int = 26) -> dict[str, list[int]]:
    """By the articles: minutes after the raise."""
    end = hours * 60
    steps = {"notice": (1, 60), "red-notice": (3, 30), "city-check": (2, 720), "supervisor-check": (1, 1440)}
    return {step: list(range(every, end + 1, every)) for step, (least, every) in steps.items() if level >= least}


@pytest.mark.parametrize(("level", "value", "r"), [(1, 1.9, IV), (2, 1.9, II)])
def test_each_step_of_yellow_and_orange_in_its_own_second_for_26_hours(level: int, value: float, r: float) -> None:
    """HH, seen again and again by its alarm: orange by age after 15 min for a small source, so it is looked at where it stays."""
    line = quiet(r)
    line.feed("P1", value)
    line.wait(hours=26, minutes=20)
    raised = line.said.story(level=("yellow", "orange")[level - 1])[0].at_ms
    _check_26_hours(line, level if r == II else 2, raised, aged_ms=15 * MINUTE if r == IV else 0)


def _check_26_hours(line: Timeline, level: int, raised_ms: int, aged_ms: int = 0) -> None:
    for step, minutes in expected(level).items():
        since = raised_ms + (aged_ms if step == "city-check" else 0)
        said = list(line.said.story(step=step))
        wanted = [since + m * MINUTE for m in minutes if since + m * MINUTE <= line.now_ms - MINUTE]
        assert [w.due_ms for w in said][: len(wanted)] == wanted, step
        assert all(0 <= w.at_ms - w.due_ms < 1000 for w in said), step
        assert [w.n for w in said] == list(range(1, len(said) + 1)), step


def test_each_step_of_red_in_its_own_second_for_26_hours() -> None:
    line = quiet()
    raised = reported(line)
    line.wait(hours=26, minutes=5)
    _check_26_hours(line, 3, raised)
    assert len(told(line, "follow_up")) == 1


# --- who hears ---------------------------------------------------------------------------------------------------------------
def named(warning: Warning) -> set[str]:
    return {f"{r.kind}:{r.role or r.code}" for r in warning.receivers}


THREE = {"person:principal", "person:technical", "person:operational"}


def test_yellow_goes_to_the_three_persons_the_county_and_the_park() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    assert named(line.said.warnings(kind="raise")[0]) == THREE | {"office:county", "park:K1"}


def test_red_goes_to_all_offices_by_parent_links_and_the_city_has_a_task_in_its_first_second() -> None:
    line = quiet()
    raised = reported(line)
    (w,) = line.said.warnings(kind="raise")
    assert named(w) == THREE | {"office:county", "office:city", "office:province", "park:K1"}
    (task,) = told(line, "follow_up")
    assert (task.at_ms, task.assignee, task.causation) == (raised, "R5", w.id)
    assert named(task) == {"office:city"}


def test_notices_go_to_the_enterprise_and_of_red_to_all_offices_and_the_park() -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=61)
    assert named(line.said.story(step="notice")[0]) == {"enterprise:E1"}
    assert named(line.said.story(step="red-notice")[0]) == {"office:county", "office:city", "office:province", "park:K1"}


@pytest.mark.parametrize(("supervisor", "assignee"), [("K1", "K1"), ("R1", "R1")])
def test_a_yellow_day_is_the_direct_supervisors_business(supervisor: str, assignee: str) -> None:
    line = quiet(supervisor=supervisor, period_s=600.0)
    line.act("report", source="S1", reason="x")
    line.wait(hours=24, minutes=1)
    (order,) = line.said.story(step="supervisor-check")
    assert order.assignee == assignee


def test_a_source_without_its_three_persons_is_told_to_the_enterprise_as_well() -> None:
    line = running(plant(source()), QUIET, plain=True)
    line.act("report", source="S1", reason="leak")
    line.wait(seconds=5)
    assert named(line.said.warnings()[0]) >= {"person:operational", "enterprise:E1", "office:R1"}


def test_whoever_was_told_of_red_hears_that_it_is_over() -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=1)
    over(line)
    line.wait(minutes=12)
    (clear,) = line.said.warnings(kind="clear")
    assert named(clear) >= {"office:province"}


# --- nothing but a lowering stops a clock ------------------------------------------------------------------------------------
def red_notices(line: Timeline, base_ms: int) -> list[float]:
    return [(w.due_ms - base_ms) / MINUTE for w in line.said.story(step="red-notice")]


@pytest.mark.parametrize("what", ["acknowledge", "shelve", "outage", "calibration", "result", "silence"])
def test_no_paper_stops_a_clock(what: str) -> None:
    line = quiet()
    raised = reported(line)
    line.wait(minutes=5)
    if what in ("outage", "calibration"):
        line.event(Outage, id="O1", kind=what, filed_at=line.now_ms, start_at=line.now_ms + 11 * MINUTE,
                   end_at=line.now_ms + 60 * MINUTE, filed_by="Li", reason="work", devices=["S1-D1"], points=["P1"])  # fmt: skip
    elif what == "shelve":
        line.act("shelve", points=["P1"], until=line.now_ms + HOUR, reason="known")
    elif what == "acknowledge":
        line.act("acknowledge", points=["P1"])
    elif what == "silence":
        line.silence()
    else:
        line.act("supervision_result", role="city_office", source="S1", on_site=True, evidence="seen")
    line.wait(minutes=86)
    assert red_notices(line, raised) == [30, 60, 90]


@pytest.mark.parametrize(("seconds", "expected_notices"), [(-1, 0), (0, 0), (1, 1)])
def test_lowered_at_the_very_second_of_the_notice_is_lowered_in_time(seconds: int, expected_notices: int) -> None:
    """Red at 00:00, lowered to rest at 00:29:59, 00:30:00 and 00:30:01 by a verification ten minutes before."""
    line = quiet()
    line.until("09:00:00")
    reported(line)
    line.wait(minutes=20, seconds=seconds)
    over(line)
    line.wait(minutes=15)
    (clear,) = line.said.warnings(kind="clear")
    assert clear.at_ms == at_time("09:30:00") + seconds * 1000
    assert len(line.said.story(step="red-notice")) == expected_notices


def test_a_restart_in_the_minute_before_changes_nothing() -> None:
    """Trap 4; that a restart anywhere changes nothing is a law of its own."""
    line = quiet()
    raised = reported(line)
    line.wait(minutes=29, seconds=30)
    split = len(line.records)
    line.wait(minutes=5)
    engine = line.engine()
    outputs: list[Output] = []
    for cut, decoded in steps(line.records, [split], line.now_ms + 1):
        outputs += engine.apply(cut, decoded).outputs
        engine = Engine.restore(0, 1, engine.snapshot(), plain=True)
    (notice,) = Said(outputs).story(step="red-notice")
    assert notice.due_ms == raised + 30 * MINUTE


# --- bouncing ---------------------------------------------------------------------------------------------------------------
def test_a_return_goes_on_with_the_clock_where_it_was() -> None:
    """Red 25 min, at rest, red again: the first notice five minutes of red later, not thirty."""
    line = quiet()
    reported(line)
    line.wait(minutes=15)
    over(line)
    line.wait(minutes=20)
    again = reported(line, "again")
    line.wait(minutes=8)
    clear = line.said.warnings(kind="clear")[0]
    red_ms = clear.at_ms - line.said.warnings(kind="raise")[0].at_ms
    (notice,) = line.said.story(step="red-notice")
    assert notice.due_ms == max(again + 30 * MINUTE - red_ms, again + 5 * MINUTE)
    assert len(told(line, "follow_up")) == 2
    assert len({w.episode for w in line.said.story(source="S1")}) == 1


def test_a_notice_right_after_a_return_is_deferred_to_five_minutes_after_it() -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=19)
    over(line)
    line.wait(minutes=20)
    again = reported(line, "again")
    line.wait(minutes=12)
    (notice,) = line.said.story(step="red-notice")
    assert notice.due_ms == again + 5 * MINUTE


# --- orders ------------------------------------------------------------------------------------------------------------------
def test_an_order_is_repeated_until_its_result_is_filed_and_the_clock_goes_on() -> None:
    line = quiet(period_s=600.0)
    raised = reported(line)
    line.wait(hours=25)
    line.act("supervision_result", role="city_office", source="S1", on_site=True, evidence="two teams on site", relates="")
    line.wait(hours=13)
    checks = line.said.story(step="city-check", kind="supervision")
    assert times(checks, raised) == pytest.approx([720, 1440], abs=0.02)
    assert len({w.task for w in checks}) == 1
    results = told(line, "supervision_result")
    assert {w.step for w in results} == {"city-check", "supervisor-check", "follow-up"}
    assert results[0].detail["result"] == "two teams on site"
    assert len(line.said.story(step="red-notice")) == 38 * 2, "the notices go on: the level was not lowered"


def test_the_inspector_who_was_there_files_the_result_of_an_order_alone_and_not_of_the_citys_own_task() -> None:
    line = quiet(period_s=600.0)
    reported(line)
    line.wait(hours=13)
    line.act("supervision_result", role="inspector", source="S1", on_site=True, evidence="two teams on site")
    line.wait(minutes=1)
    assert {w.step for w in told(line, "supervision_result")} == {"city-check"}
    line.wait(hours=12)
    assert len(line.said.story(step="city-check", kind="supervision")) == 1
    assert len(line.said.story(step="red-notice")) == 50, "the clock goes on"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"role": "inspector"}, "not_by_this_role"),
        ({"role": "responsible_person"}, "not_by_this_role"),
        ({"role": "direct_supervisor"}, "not_by_this_role"),
        ({"on_site": False}, "on_site_and_evidence_needed"),
        ({"evidence": ""}, "on_site_and_evidence_needed"),
        ({"relates": "somewhere"}, "no_open_order"),
    ],
)
def test_a_result_that_is_none_changes_nothing_and_is_said(fields: dict[str, Any], why: str) -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=1)
    line.act("supervision_result", **{"role": "city_office", "source": "S1", "on_site": True, "evidence": "x", **fields})
    assert not told(line, "supervision_result")
    assert [f.detail["why"] for f in line.said.findings(code="finding.action_refused")] == [why]


# --- the disposal report -----------------------------------------------------------------------------------------------------
def cleared(line: Timeline) -> int:
    """Red and over again; log time of the clear."""
    reported(line, f"n{len(line.records)}")
    line.wait(minutes=1)
    over(line)
    line.wait(minutes=12)
    return line.said.warnings(kind="clear")[-1].at_ms


FORM = {"source": "S1", "evidence": "valve shut", "reason": "seal worn", "measures": "replaced"}


def test_the_form_is_pushed_at_the_clear_and_overdue_an_hour_later() -> None:
    line = quiet()
    clear = cleared(line)
    line.wait(minutes=61)
    (due,) = told(line, "report_due")
    assert (due.at_ms, due.due_ms) == (clear, clear + HOUR)
    assert due.causation == line.said.warnings(kind="clear")[0].id
    assert named(due) >= THREE | {"park:K1"}
    (overdue,) = told(line, "report_overdue")
    assert overdue.due_ms == clear + HOUR
    assert 0 <= overdue.at_ms - overdue.due_ms < 1000
    assert (overdue.task, overdue.causation) == (due.task, due.id)


def test_the_whole_loop_filled_returned_filled_and_accepted_level_by_level() -> None:
    line = quiet()
    cleared(line)
    line.wait(minutes=10)
    line.act("disposal_report", **FORM)
    line.act("return_report", role="direct_supervisor", source="S1", reason="which seal?")
    line.wait(minutes=5)
    line.act("disposal_report", **{**FORM, "reason": "seal of pump 3 worn"})
    for role in ("direct_supervisor", "city_office", "province_office"):
        line.wait(minutes=1)
        line.act("accept_report", role=role, source="S1")
    line.wait(hours=2)
    loop = [w.kind for w in line.said.story() if w.step == "report"]
    assert loop == ["report_due", "report_received", "report_returned", "report_received", *["report_accepted"] * 3]
    assert len({w.task for w in line.said.story(step="report")}) == 1
    first, second, last = told(line, "report_accepted")
    assert named(first) == {"enterprise:E1", "office:city"}
    assert named(second) == {"enterprise:E1", "office:province"}
    assert (last.detail["stage"], last.detail["of"]) == (3, 3)
    assert not told(line, "report_overdue")


def test_a_returned_report_is_due_again_within_the_hour() -> None:
    line = quiet()
    cleared(line)
    line.act("disposal_report", **FORM)
    line.act("return_report", role="direct_supervisor", source="S1", reason="incomplete")
    returned = line.now_ms
    line.wait(minutes=62)
    assert [w.due_ms for w in told(line, "report_overdue")] == [returned + HOUR]


@pytest.mark.parametrize("missing", ["evidence", "reason", "measures"])
def test_a_report_without_result_cause_or_measures_is_none(missing: str) -> None:
    line = quiet()
    cleared(line)
    line.act("disposal_report", **{**FORM, missing: ""})
    line.wait(minutes=61)
    assert not told(line, "report_received")
    assert len(told(line, "report_overdue")) == 1


def test_a_report_before_the_clear_is_none() -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=1)
    line.act("disposal_report", **FORM)
    assert [f.detail["why"] for f in line.said.findings(code="finding.action_refused")] == ["no_open_report"]


def test_a_return_moves_the_report_to_the_next_clear() -> None:
    line = quiet()
    first = cleared(line)
    line.wait(minutes=30)
    second = cleared(line)
    line.wait(minutes=70)
    assert [w.due_ms for w in told(line, "report_due")] == [first + HOUR, second + HOUR]
    assert [w.due_ms for w in told(line, "report_overdue")] == [second + HOUR]


def test_no_return_moves_the_report_beyond_a_day_after_the_first_clear() -> None:
    line = quiet(period_s=300.0)
    first = cleared(line)
    one = line.causes("S1")["report"]
    while line.now_ms < first + 25 * HOUR:
        line.wait(minutes=40)
        raised, action = reported(line), line.records[-1].what
        line.wait(minutes=1)
        line.verify(f"{one.split(':', 1)[0]}:report:{action.id}:{raised}", role="principal", co_signers=["city_office:Wang"])  # type: ignore[union-attr]
        line.wait(minutes=12)
    assert len(line.said.warnings(kind="clear")) > 20
    assert told(line, "report_overdue")[0].due_ms == first + 24 * HOUR


def test_a_report_that_comes_late_is_taken_and_ends_the_repeats() -> None:
    line = quiet(period_s=600.0)
    cleared(line)
    line.wait(hours=26)
    line.act("disposal_report", **FORM)
    line.wait(hours=30)
    assert [w.n for w in told(line, "report_overdue")] == [1, 2]
    assert told(line, "report_received")[0].detail["late_ms"] > 24 * HOUR


def test_an_episode_is_closed_an_hour_after_its_clear_and_a_return_at_that_very_moment_is_the_same() -> None:
    line = quiet()
    clear = cleared(line)
    line.wait(seconds=(clear + HOUR - line.now_ms) / 1000)
    reported(line)
    line.wait(seconds=1)
    assert len({w.episode for w in line.said.warnings(kind="raise")}) == 1
    assert not told(line, "closed")
    other = quiet()
    clear = cleared(other)
    other.wait(seconds=(clear + HOUR + 1 - other.now_ms) / 1000)
    reported(other)
    other.wait(seconds=1)
    assert len({w.episode for w in other.said.warnings(kind="raise")}) == 2
    assert len(told(other, "closed")) == 1


# --- when the platform could not see -----------------------------------------------------------------------------------------
def test_what_became_due_while_the_platform_was_away_is_said_once_with_both_times() -> None:
    line = quiet()
    raised = reported(line)
    line.wait(minutes=10)
    line.platform_gap(2 * 3600)
    line.wait(minutes=25)
    gone = raised + 10 * MINUTE
    notices = line.said.story(step="red-notice")
    assert notices[0].due_ms == raised + 30 * MINUTE
    assert 0 <= notices[0].at_ms - (gone + 2 * HOUR) < 1000
    assert (notices[0].n, notices[0].detail["missed"]) == (4, 3)
    assert [w.due_ms for w in notices[1:]] == [raised + 150 * MINUTE]


@pytest.mark.parametrize("below_minutes", [75, 200])
def test_a_step_owed_in_a_gap_is_said_although_the_episode_was_over_meanwhile(below_minutes: int) -> None:
    """Left for more than an hour, and reached again or not before the platform could see: the article was due all the same."""
    line = quiet()
    raised = reported(line)
    line.wait(minutes=10)
    line.platform_gap(4 * 3600, behind=True)
    line.wait(minutes=55)
    over(line)
    line.wait(minutes=below_minutes)
    reported(line, "again")
    line.wait(hours=3)
    notices = line.said.story(step="red-notice", episode=line.said.warnings(kind="raise")[0].episode)
    assert [(w.due_ms, w.n) for w in notices] == [(raised + 30 * MINUTE, 2)]
    assert notices[0].detail["missed"] == 1


def test_a_step_owed_in_a_gap_is_said_although_its_level_was_left_for_an_hour_and_reached_again() -> None:
    line = quiet()
    raised = reported(line)
    line.feed("P1", 1.9)
    line.wait(minutes=10)
    line.platform_gap(4 * 3600, behind=True)
    line.wait(minutes=35)
    over(line)
    line.wait(minutes=80)
    assert line.level("S1") not in ("red", "blue")
    again = line.now_ms
    reported(line, "again")
    line.wait(hours=3)
    notices = line.said.story(step="red-notice")
    assert notices[0].due_ms == raised + 30 * MINUTE
    assert notices[1].due_ms == again + 30 * MINUTE
    assert len({w.episode for w in notices}) == 1


# --- what comes next is in every event ---------------------------------------------------------------------------------------
def test_every_event_says_what_comes_next_and_it_comes_then() -> None:
    line = quiet()
    reported(line)
    line.wait(minutes=95)
    over(line)
    line.wait(hours=3)
    story = line.said.story(source="S1")
    for w, following in itertools.pairwise(story):
        if following.kind in ("notice", "supervision", "report_overdue", "closed"):
            assert any(d.kind == following.kind and d.step == following.step and 0 <= following.at_ms - d.at_ms < 1000
                       for d in w.next_due), (w, following)  # fmt: skip
    assert story[0].next_due[0].kind == "notice"


# --- data, not code ----------------------------------------------------------------------------------------------------------
def published(line: Timeline, *, approved_by: str = "Wang", **changes: Any) -> None:
    """Another ladder for hazchem, as a file."""
    ladder = msgspec.structs.replace(SHIPPED["hazchem-fuxin"], **changes)
    sourced: Any = msgspec.to_builtins(ladder)
    for name in (
        "sent_from",
        "clock",
        "forget_below_s",
        "quiet_after_raise_s",
        "close_after_s",
        "repeat_raises",
        "repeat_window_s",
    ):
        sourced[name] = {"value": sourced[name], "tag": "proposal"}
    sourced["tell"] = {k: {"value": v, "tag": "proposal"} for k, v in sourced["tell"].items()}
    for step in sourced["steps"]:
        for name in ("every_s", "to", "by"):
            step[name] = {"value": step[name], "tag": "proposal"}
    for part in ("follow_up", "report"):
        sourced[part] = {k: v if k in ("level", "basis") else {"value": v, "tag": "proposal"} for k, v in sourced[part].items()}
    text = msgspec.json.encode(sourced).decode()
    line.add(ParametersPublished(hash="l", files={"ladders/x.yaml": text}, approved_by=approved_by))


def faster(every_s: int) -> Any:
    return tuple(
        msgspec.structs.replace(s, every_s=every_s) if s.id == "red-notice" else s for s in SHIPPED["hazchem-fuxin"].steps
    )


def test_a_region_may_have_a_ladder_of_its_own() -> None:
    line = quiet()
    published(line, id="city", regions=("R5",), steps=faster(900))
    raised = reported(line)
    line.wait(minutes=31)
    assert red_notices(line, raised) == [15, 30]
    assert line.said.warnings()[-1].ladder == "city 1.0.0"


@pytest.mark.parametrize(("approved_by", "every_s", "notices"), [("", 900, [15, 30, 45]), ("", 3600, [30]), ("Wang", 3600, [])])
def test_a_tighter_ladder_acts_at_once_and_a_looser_one_when_it_is_signed(
    approved_by: str, every_s: int, notices: list[float]
) -> None:
    line = quiet()
    published(line, approved_by=approved_by, steps=faster(every_s))
    raised = reported(line)
    line.wait(minutes=46)
    assert red_notices(line, raised) == notices


def test_a_signed_ladder_that_sends_less_does_not_clear_what_is_on() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    published(line, sent_from="red", tell={"red": ("offices",)}, steps=())
    line.wait(minutes=5)
    assert line.level("S1") == "yellow"
    assert not line.said.warnings(kind="clear")


def test_two_enterprises_may_use_the_same_codes() -> None:
    line = Timeline(plant(source("S1"), code="E1"), plant(source("S1"), code="E2"), plain=True)
    line.act("report", source="S1", reason="leak")
    line.event(type(line.records[-1].what), enterprise="E2", id="other", kind="report", author="Li", role="operator", source="S1",
               reason="leak")  # fmt: skip
    line.wait(minutes=1)
    raises = line.said.warnings(kind="raise")
    assert {w.enterprise for w in raises} == {"E1", "E2"}
    assert (
        len({w.episode for w in raises}) == len({w.id for w in raises}) == len({r.cause for w in raises for r in w.reasons}) == 2
    )
