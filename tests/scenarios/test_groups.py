"""Rules of devices, sources and enterprises on timelines: they fire to the second, stay silent, and end by what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.log import Cut
from streams.domain.messages import (
    EnterpriseAlarm,
    InterlockState,
    Outage,
    PositioningAlarm,
    PreventionIndicator,
    SpecialPeriod,
    VideoAlarm,
    Weather,
    WorkPermit,
)
from streams.domain.registry import Point
from streams.engine.rules import Effect, Rule, RuleSet, Select, Title
from tests.scenarios.group_rules import rule
from tests.scenarios.plants import QUIET, plant, pressure, source, temperature
from tests.scenarios.standard_rules import standard_rules
from tests.scenarios.timeline import FrameRecord, Timeline, decoded_of, steps

MINUTE = 60_000


def quiet(*rules: Rule, **fields: Any) -> Timeline:
    """A committed plant that runs quietly, with these rules and those of limits."""
    limits = [r for r in standard_rules().rules if not r.effect.step_up]
    line = Timeline(plant(source(r=0.5)), rules=RuleSet([*limits, *rules]), plain=True, **fields)
    line.commit()
    for point, value in QUIET.items():
        line.feed(point, value)
    line.wait(minutes=1)
    return line


def permit(line: Timeline, state: str = "started", kind: str = "hot_work", **fields: Any) -> None:
    line.event(WorkPermit, **{"permit": "W1", "kind": kind, "state": state, "source": "S1", **fields})


def raised(line: Timeline, code: str = "S1") -> list[int]:
    return [w.at_ms for w in line.said.warnings(source=code, kind="raise")]


def test_an_age_fires_at_the_very_second_and_ends_when_the_permit_is_closed() -> None:
    line = quiet(rule("permit.hot_work_special.hours > 8", id="life"), start="08:00:00")
    permit(line, grade="special")
    began_ms = line.now_ms
    line.period_ms = 60_000
    line.wait(hours=8, minutes=5)
    assert raised(line) == [began_ms + 8 * 60 * MINUTE + 1000]
    (reason,) = line.said.warnings(source="S1")[0].reasons
    assert (reason.code, reason.rule, reason.limit) == ("cause.rule", "life", 8.0)
    assert reason.detail["title_en"] == "watched rule"
    permit(line, "closed", grade="special")
    line.wait(minutes=12)
    assert line.level("S1") == "blue"


def test_a_delay_starts_again_when_the_condition_is_false_and_only_what_is_on_waits_for_its_own_end() -> None:
    line = quiet(rule("pressure >= 1.2 MPa", clear="pressure < 0.5 MPa", on_delay_s=20.0, id="own"))
    line.feed("P1", 1.3)
    line.wait(seconds=10)
    line.feed("P1", 0.9)
    line.wait(minutes=1)
    assert line.causes("S1") == {}
    line.feed("P1", 1.3)
    line.wait(seconds=22)
    line.feed("P1", 0.9)
    line.wait(minutes=20)
    assert line.level("S1") != "blue"
    line.feed("P1", 0.3)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"


def test_a_permit_of_another_grade_or_place_is_not_meant() -> None:
    line = quiet(rule("permit.hot_work_special.hours > 0.1", select=Select(kind=("tank_farm",))))
    permit(line, grade="1")
    permit(line, permit="W2", grade="special", source="S9")
    line.wait(minutes=10)
    assert raised(line) == []


def test_gas_test_older_than_half_an_hour_at_the_start_and_a_break_without_a_new_one() -> None:
    late = rule("permit.hot_work.gas_test_age_at_start_min > 30", id="late-test")
    broken = rule("permit.hot_work_1.break_min > 30", id="broken")
    line = quiet(late, broken)
    permit(line, grade="1", gas_test_at=line.now_ms - 30 * MINUTE)
    line.wait(minutes=1)
    assert line.causes("S1") == {}
    permit(line, grade="1", permit="W2", gas_test_at=line.now_ms - 31 * MINUTE)
    line.wait(minutes=1)
    assert [r.rule for w in line.said.warnings(source="S1") for r in w.reasons] == ["late-test"]
    line = quiet(late, broken)
    permit(line, grade="1", gas_test_at=line.now_ms)
    line.wait(minutes=5)
    permit(line, "suspended", grade="1", gas_test_at=line.now_ms - 5 * MINUTE)
    line.wait(minutes=31)
    assert raised(line) == [], "nobody works"
    permit(line, "started", grade="1", gas_test_at=line.now_ms - 36 * MINUTE)
    line.wait(seconds=2)
    assert len(raised(line)) == 1
    permit(line, "started", grade="1", gas_test_at=line.now_ms)
    line.wait(minutes=12)
    assert line.level("S1") == "blue", "tested again after all"


def test_wind_and_outdoor_work_together_and_the_weather_of_the_county_above() -> None:
    wind = rule("weather.wind_ms >= 8 and permit.hot_work.outdoor >= 1", "enterprise")
    line = quiet(wind)
    permit(line, grade="2", source="")
    line.wait(minutes=1)
    assert raised(line, "E1-SITE") == []
    line.add(Weather(region="R1", at=line.now_ms, wind_ms=8.0))
    line.wait(seconds=2)
    assert len(raised(line, "E1-SITE")) == 1
    line.add(Weather(region="R1", at=line.now_ms, wind_ms=5.0))
    line.wait(minutes=12)
    assert line.level("E1-SITE") == "blue"


def test_a_sandbox_rule_is_recorded_and_never_raises() -> None:
    line = quiet(rule("permit.hot_work.live >= 1", status="sandbox", effect={"evidence": "rule", "tier": 4}))
    permit(line)
    line.wait(minutes=1)
    permit(line, "closed")
    line.wait(minutes=1)
    assert line.said.warnings(source="S1") == []
    on, off = line.said.findings(code="finding.sandbox_rule")
    assert (on.detail["state"], off.detail["state"]) == ("on", "off")
    assert on.detail["would"] == {"evidence": "rule", "tier": 4}


def test_a_finding_is_an_event_at_its_beginning_and_end() -> None:
    line = quiet(rule("prevention.difference > 0.05", "enterprise", effect={"finding": "rates_differ"}))
    rates = {"date": "2023-11-13", "risk_analysis": 1.0, "inspection": 1.0, "rectification": 1.0}
    line.event(PreventionIndicator, **rates, inspections_due=100, inspections_done=80)
    line.wait(seconds=2)
    line.event(PreventionIndicator, **rates, inspections_due=100, inspections_done=99)
    line.wait(seconds=2)
    assert [f.detail["state"] for f in line.said.findings(code="finding.rule")] == ["on", "off"]
    assert line.said.findings(code="finding.rule")[0].detail["finding"] == "rates_differ"
    assert line.highest("S1") == "blue"


def test_a_step_up_adds_to_a_cause_and_lifts_from_rest_only_where_the_rule_says_so() -> None:
    holiday = rule("special_period", "enterprise", effect={"step_up": "special_period"})
    line = quiet(holiday)
    line.add(SpecialPeriod(region="R1", id="h", name="holiday", start_at=line.now_ms, end_at=line.now_ms + 60 * MINUTE))
    line.wait(minutes=1)
    assert line.highest("S1") == "blue"
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"
    line = quiet(rule("positioning.sos >= 1", effect={"step_up": "positioning", "from_rest": True}))
    line.event(PositioningAlarm, id="p", kind="sos", state="on", source="S1")
    line.wait(seconds=2)
    assert line.level("S1") == "yellow"


@pytest.mark.parametrize(("wait_h", "kind", "rests"), [(9, "left_post", True), (30, "sos", False), (30, "motionless", False)])
def test_an_alarm_whose_end_is_not_told_is_forgotten_but_never_a_person_in_need(wait_h: int, kind: str, rests: bool) -> None:
    line = quiet(rule(f"positioning.{kind} >= 1"))
    line.event(PositioningAlarm, id="p", kind=kind, state="on", source="S1")
    line.period_ms = 50_000  # near a cause, silence of a minute is a loss
    line.wait(hours=wait_h)
    assert (line.level("S1") == "blue") is rests
    assert line.highest("S1") == "yellow"


def test_interlocks_of_a_device_and_how_long() -> None:
    line = quiet(rule("interlock.bypassed_hours > 0.5", "device"))
    line.event(InterlockState, interlock="S1-SIS", state="bypassed")
    began_ms = line.now_ms
    line.wait(minutes=40)
    (at_ms,) = raised(line)
    assert at_ms == began_ms + 30 * MINUTE + 1000
    (reason,) = line.said.warnings(source="S1")[0].reasons
    assert reason.device


def test_own_alarms_are_compared_both_ways() -> None:
    theirs = rule("own_alarm.only_theirs >= 1", id="theirs", effect={"finding": "only_theirs"})
    ours = rule("own_alarm.only_ours >= 1", id="ours", effect={"finding": "only_ours"})
    line = quiet(theirs, ours)
    line.event(EnterpriseAlarm, point="T1", state="HH")
    line.wait(seconds=59)
    assert line.said.findings(code="finding.rule") == []
    line.wait(seconds=3)
    assert [f.detail["finding"] for f in line.said.findings(code="finding.rule")] == ["only_theirs"]
    line.event(EnterpriseAlarm, point="T1", state="normal")
    line.feed("P1", 1.9)
    line.wait(seconds=90)
    assert [(f.detail["finding"], f.detail["state"]) for f in line.said.findings(code="finding.rule")] == [
        ("only_theirs", "on"), ("only_theirs", "off"), ("only_ours", "on")]  # fmt: skip


def test_only_ours_is_unknown_where_the_enterprise_never_told_of_alarms() -> None:
    line = quiet(rule("own_alarm.only_ours >= 1"))
    line.feed("P1", 1.9)
    line.wait(minutes=3)
    assert all(r.code != "cause.rule" for w in line.said.warnings() for r in w.reasons)


def test_permits_beyond_the_commitment_and_units_that_do_not_add_up() -> None:
    undeclared = rule("commitment.undeclared >= 1", "enterprise", id="undeclared", effect={"finding": "undeclared"})
    units = rule("commitment.units_mismatch >= 1", "enterprise", id="units", effect={"finding": "units"})
    line = quiet(undeclared, units)
    line.wait(minutes=1)
    assert line.said.findings(code="finding.rule") == []
    permit(line, kind="confined_space")
    line.wait(seconds=2)
    permit(line, "closed", kind="confined_space")
    line.wait(minutes=1)
    told = [(f.detail["finding"], f.detail["state"]) for f in line.said.findings(code="finding.rule")]
    assert told == [("undeclared", "on")], "the commitment is about the whole day"
    line.commit(date="2023-11-16", units_total=3, units_running=1)


def test_video_alarms_of_order_count_and_are_forgotten() -> None:
    line = quiet(rule("video.sleeping.age_min >= 5"))
    line.event(VideoAlarm, id="v", camera="S1-C1", kind="sleeping", state="on")
    line.wait(minutes=4)
    assert raised(line) == []
    line.wait(minutes=2)
    assert len(raised(line)) == 1
    line.event(VideoAlarm, id="v", camera="S1-C1", kind="sleeping", state="off")
    line.wait(minutes=12)
    assert line.level("S1") == "blue"


def test_start_and_stop_with_an_alarm() -> None:
    line = quiet(rule("start_stop.running and alarm.open >= 1"))
    line.feed("P1", 1.7)
    line.wait(minutes=1)
    assert raised(line) == []
    line.event(Outage, id="o", kind="start_up", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 60 * MINUTE,
               filed_by="Li", reason="start", devices=["S1-D1"])  # fmt: skip
    line.wait(seconds=3)
    assert len(raised(line)) == 1


# --- readings of groups -----------------------------------------------------------------------------------------------------
def three(**fields: Any) -> tuple[Point, ...]:
    return tuple(temperature(f"T{i}", **fields) for i in (1, 2, 3))


def grouped(watched: Rule, **feeds: float) -> Timeline:
    s = source(r=0.5, points=(*three(), pressure("P1")))
    line = Timeline(plant(s), rules=RuleSet([watched]), plain=True)
    line.commit()
    for point, value in feeds.items():
        line.feed(point, value)
    line.wait(minutes=1)
    return line


def test_highest_and_spread_over_the_points_of_a_source() -> None:
    line = grouped(rule("spread(temperature) > 30 degC", deadband="5 degC"), T1=80.0, T2=82.0, T3=84.0, P1=1.0)
    assert raised(line) == []
    line.feed("T3", 111.0)
    line.wait(seconds=10)
    assert len(raised(line)) == 1
    line.feed("T3", 106.0)  # 26: inside the deadband
    line.wait(minutes=15)
    assert line.level("S1") == "yellow"
    line.feed("T3", 84.0)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"


def test_a_missing_member_makes_no_danger_vanish_and_invents_none() -> None:
    line = grouped(rule("highest(temperature) >= 120 degC"), T1=80.0, T2=82.0, T3=84.0, P1=1.0)
    line.feed("T1", 130.0)
    line.wait(seconds=10)
    assert len(raised(line)) == 1
    line.silence("T2")
    line.wait(minutes=2)
    line.feed("T1", 80.0)
    line.wait(minutes=30)
    assert line.level("S1") == "yellow", "nobody knows the highest while one is missing"
    line.feed("T2", 82.0)
    line.wait(minutes=12)
    assert line.level("S1") == "blue"
    line = grouped(rule("total(temperature) < 200 degC"), T1=80.0, T2=82.0, T3=84.0, P1=1.0)
    line.silence("T3")
    line.wait(minutes=30)
    assert all(r.code != "cause.rule" for w in line.said.warnings(source="S1") for r in w.reasons)


def test_a_saturated_member_counts_as_high() -> None:
    line = grouped(rule("highest(temperature) >= 120 degC"), T1=80.0, T2=82.0, T3=84.0, P1=1.0)
    line.feed("T2", 420.0)  # beyond the range of 400
    line.wait(seconds=15)
    assert len(raised(line)) == 1


def test_units_of_members_are_made_alike() -> None:
    points = (pressure("P1"), pressure("P2", unit="kPa", range_hi=4000.0, limits=pressure().limits))
    line = Timeline(plant(source(r=0.5, points=points)), rules=RuleSet([rule("spread(pressure) > 100 kPa")]), plain=True)
    line.commit()
    line.feed("P1", 1.0)
    line.feed("P2", 1050.0)
    line.wait(minutes=1)
    assert raised(line) == []
    line.feed("P2", 1101.0)
    line.wait(seconds=10)
    assert len(raised(line)) == 1


def test_windows_of_members_and_roles_of_siblings() -> None:
    points = (*(temperature(f"T{i}", role=role) for i, role in ((1, "inlet"), (2, "outlet"))), pressure("P1"))
    both = rule("temperature.outlet - temperature.inlet > 20 degC and highest(rise(temperature, 1m)) < 5 degC", "device")
    line = Timeline(plant(source(r=0.5, points=points)), rules=RuleSet([both]), plain=True)
    line.commit()
    for point, value in {"T1": 60.0, "T2": 70.0, "P1": 1.0}.items():
        line.feed(point, value)
    line.wait(minutes=2)
    assert raised(line) == []
    line.feed("T2", 85.0)
    line.wait(seconds=30)
    assert raised(line) == [], "it rises fast: not meant"
    line.wait(minutes=1)
    assert len(raised(line)) == 1


def test_delays_since_and_share_of_a_window() -> None:
    slow = rule("highest(temperature) >= 100 degC", on_delay_s=30.0, off_delay_s=60.0, id="slow")
    share = rule("for_share(highest(temperature) >= 100 degC, 1m) >= 0.5", id="share", effect={"finding": "half"})
    ago = rule("since(highest(temperature) >= 100 degC) >= 300", id="ago", effect={"finding": "ago"})
    s = source(r=0.5, points=(*three(), pressure("P1")))
    line = Timeline(plant(s), rules=RuleSet([slow, share, ago]), plain=True, period_s=1.0)
    line.commit()
    for point, value in {"T1": 80.0, "T2": 80.0, "T3": 80.0, "P1": 1.0}.items():
        line.feed(point, value)
    line.wait(minutes=2)
    line.feed("T1", 101.0)
    begun_ms = line.now_ms
    line.wait(minutes=2)
    (at_ms,) = raised(line)
    assert 30_000 <= at_ms - begun_ms <= 33_000
    (half,) = line.said.findings(code="finding.rule")
    assert 28_000 <= half.at_ms - begun_ms <= 34_000
    line.feed("T1", 80.0)
    over_ms = line.now_ms
    line.wait(minutes=7)
    ago_at = [f.at_ms for f in line.said.findings(code="finding.rule") if f.detail["finding"] == "ago"]
    assert len(ago_at) == 1
    assert 300_000 <= ago_at[0] - over_ms <= 303_000


# --- point rules that ask of others ------------------------------------------------------------------------------------------
def of_pressure(name: str, when: str, **effect: Any) -> Rule:
    return Rule(id=name, version="1", title=Title(zh=name, en=name), when=when, select=Select(quantity=("pressure",)),
                effect=Effect(**effect))  # fmt: skip


def test_a_point_rule_sees_the_records_of_its_site_from_the_next_tick_on() -> None:
    line = quiet(of_pressure("at-work", "value >= 1.2 MPa and permit.hot_work.live >= 1", evidence="hh", tier=2, side="high"))
    line.feed("P1", 1.3)
    line.wait(minutes=1)
    assert raised(line) == []
    permit(line)
    line.wait(seconds=12)
    assert len(raised(line)) == 1


def test_a_point_rule_sees_its_sibling_in_its_own_unit() -> None:
    points = (pressure("P1"), pressure("P2", unit="kPa", range_hi=4000.0, limits=pressure().limits, role="outlet"))
    drop = Rule(id="drop", version="1", title=Title(zh="x", en="x"), when="value - pressure.outlet > 0.2 MPa",
                select=Select(quantity=("pressure",), unit=("MPa",)), effect=Effect(finding="drop"))  # fmt: skip
    line = Timeline(plant(source(r=0.5, points=points)), rules=RuleSet([drop]), plain=True)
    line.commit()
    line.feed("P1", 1.0)
    line.feed("P2", 801.0)
    line.wait(minutes=1)
    assert line.said.findings(code="finding.rule") == []
    line.feed("P2", 790.0)
    line.wait(seconds=20)
    (told,) = line.said.findings(code="finding.rule")
    assert (told.point, told.detail["state"]) == ("P1", "on")
    line.feed("P2", 900.0)
    line.wait(seconds=20)
    assert [f.detail["state"] for f in line.said.findings(code="finding.rule")] == ["on", "off"]


def test_a_point_rule_with_a_step_up_lifts_an_open_cause() -> None:
    line = quiet(of_pressure("up", "value >= 1.7 MPa", step_up="model"))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "orange"


# --- a set that changes --------------------------------------------------------------------------------------------------------
def played(line: Timeline) -> Any:
    engine = line.engine()
    for cut, decoded in steps(line.records, [], line.now_ms + 1):
        engine.apply(cut, decoded)
    return engine


def test_a_rule_that_goes_unsigned_while_true_ends_nothing_until_a_person_has_looked() -> None:
    line = quiet(rule("permit.hot_work.live >= 1"))
    permit(line)
    line.wait(seconds=5)
    engine = played(line)
    now = engine.state.sources[1]
    engine.events.use_rules(RuleSet(standard_rules().rules), line.now_ms + 1000, signed=False)
    (judged,) = now.judged.values()
    assert judged.config
    engine.desk.touch(now.id)
    engine.apply(Cut(partition=0, number=99, log_ms=line.now_ms + 5000), decoded_of([]))
    (cause,) = now.causes.values()
    assert (cause.kind, cause.by_person, cause.over_ms) == ("rule", True, 0)


def test_a_rule_that_goes_signed_while_true_is_held_and_ends_as_config() -> None:
    line = quiet(rule("permit.hot_work.live >= 1"))
    permit(line)
    line.wait(seconds=5)
    engine = played(line)
    now = engine.state.sources[1]
    engine.events.use_rules(RuleSet(standard_rules().rules), line.now_ms + 1000, signed=True)
    engine.apply(Cut(partition=0, number=99, log_ms=line.now_ms + 5000), decoded_of([]))
    (cause,) = now.causes.values()
    assert (cause.verdict, bool(cause.over_ms), now.level) == ("config", True, 1)


def test_a_graver_tier_counts_at_once_and_a_milder_one_does_not() -> None:
    line = quiet(rule("permit.hot_work.live >= 1"))
    permit(line)
    line.wait(seconds=5)
    engine = played(line)
    now = engine.state.sources[1]
    for tier, wanted in ((3, 3), (1, 3)):
        engine.events.use_rules(
            RuleSet([rule("permit.hot_work.live >= 1", effect={"evidence": "rule", "tier": tier})]), line.now_ms, True
        )
        engine.apply(Cut(partition=0, number=99, log_ms=line.now_ms + 5000), decoded_of([]))
        assert [c.tier for c in now.causes.values()] == [wanted]


def test_a_sleeping_rule_wakes_at_the_first_tick_after_its_record_or_reading() -> None:
    """Nothing concerned these rules for an odd time; what each asks for then counts to the second."""
    watched = [
        rule("highest(temperature) >= 120 degC", id="reading", effect={"finding": "reading"}),
        rule("highest(flow) >= 50 m3/h", id="first", effect={"finding": "first"}),
        rule("number(temperature) < 3 and number(pressure) >= 1", id="silent", effect={"finding": "silent"}),
        rule("positioning.sos >= 1", id="record", effect={"finding": "record"}),
        rule("positioning.sos >= 1 and highest(pressure) >= 0.5 MPa", id="both", effect={"finding": "both"}),
        rule("permit.hot_work.hours > 0.01 and highest(pressure) >= 0.5 MPa", id="age", effect={"finding": "age"}),
    ]
    flow = Point(code="F1", name="F1", quantity="flow", unit="m3/h", range_lo=0.0, range_hi=100.0)
    line = Timeline(plant(source(r=0.5, points=(*three(), pressure("P1"), flow))), rules=RuleSet(watched), plain=True)
    line.commit()
    for point, value in {"T1": 80.0, "T2": 82.0, "T3": 84.0, "P1": 1.0}.items():
        line.feed(point, value)
    line.period_ms = 20_000
    line.wait(minutes=3, seconds=7)

    def seen() -> dict[str, int]:
        return {f.detail["rule"]: f.at_ms for f in line.said.findings(code="finding.rule") if f.detail["state"] == "on"}

    assert seen() == {}
    told_ms = line.now_ms
    line.event(PositioningAlarm, id="A", kind="sos", state="on", source="S1")
    permit(line)
    line.wait(seconds=2)
    assert {name: at_ms - told_ms for name, at_ms in seen().items()} == {"record": 0, "both": 0}, (
        "the instant of a tick comes before it"
    )
    line.wait(seconds=40)
    assert seen()["age"] - told_ms == 37_000, "an age of 36 s, and the first tick after it"
    line.feed("F1", 60.0)
    line.feed("T3", 130.0)
    line.wait(seconds=25)
    fed_ms = min(r.log_ms for r in line.records if isinstance(r.what, FrameRecord) and 130.0 in r.what.values)
    assert all(0 <= seen()[name] - fed_ms < 1000 for name in ("first", "reading"))
    line.silence("T1")
    line.wait(minutes=20)
    assert seen()["silent"] > fed_ms
    assert seen()["silent"] % MINUTE, "when it fell silent, not when everything is asked"
