"""The cases that must hold whatever is tuned, through the demo's own stack with the rules that are shipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.domain.messages import WorkPermit
from tests.scenarios.timeline import Said
from tests.stack.casting import Case, case, causes, highest, level, pressure, temperature
from tests.stack.stage import perform, script

IV, III, I = 0.5, 20.0, 200.0  # noqa: E741 - the standard's own numerals
REST = {"R01": 0.1, "R05": 0.5, "R10": 10.0, "R50": 50.0, "R178": 178.0, "R1000": 1000.0}


def at_rest() -> Iterator[Case]:
    for code, r in REST.items():
        yield case(code, r)


def high_high(code: str, r: float) -> Case:
    line = case(code, r)
    line.feed("L1", 18.5)
    return line


def runaway() -> Case:
    line = case("RUN", III)
    line.feed("T1", 190.0)
    line.feed("P1", 1.9)
    return line


def one_instrument() -> Case:
    line = case("ONE", III)
    line.feed("P1", 1.9)  # H and HH of one instrument are not two instruments
    return line


def gas_in_hot_work(code: str, state: str = "started") -> Case:
    line = case(code, IV)
    line.event(WorkPermit, permit="W1", kind="hot_work", state=state, source=line.hazard)
    line.feed("G1", 60.0)
    return line


def emptied() -> Case:
    line = case("EMPTY", I)
    line.feed("L1", 0.2)
    return line


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """All cases as one afternoon of one county: 20 minutes after what happened."""
    lines = [*at_rest(), high_high("HH01", 0.1), runaway(), one_instrument(), gas_in_hot_work("HOT"),
             gas_in_hot_work("COLD", "closed"), emptied()]  # fmt: skip
    for line in lines:
        line.wait(minutes=12)
    return perform(tmp_path_factory.mktemp("cases"), script(*lines), lines[0].now_ms)


@pytest.mark.parametrize("code", REST)
def test_at_rest_every_source_is_blue_whatever_its_inherent_risk(said: Said, code: str) -> None:
    assert highest(said, f"{code}-S1") == "blue"
    assert said.warnings(enterprise=code) == []
    assert said.risks(f"{code}-S1")[-1].causes == 0, "and it was looked at"


def test_one_high_high_at_the_smallest_source_is_at_least_yellow(said: Said) -> None:
    assert level(said, "HH01-S1") in ("yellow", "orange", "red")
    assert "hh" in causes(said, "HH01-S1")


def test_a_runaway_at_grade_three_is_red(said: Said) -> None:
    assert level(said, "RUN-S1") == "red"
    assert "two_serious" in causes(said, "RUN-S1")


def test_one_instrument_alone_is_no_runaway(said: Said) -> None:
    assert highest(said, "ONE-S1") == "yellow"


def test_second_level_gas_in_hot_work_is_red_at_grade_four_and_only_in_hot_work(said: Said) -> None:
    assert level(said, "HOT-S1") == "red"
    assert highest(said, "COLD-S1") in ("yellow", "orange")


def test_an_emptied_tank_makes_no_level(said: Said) -> None:
    assert highest(said, "EMPTY-S1") == "blue"
    assert said.warnings(enterprise="EMPTY") == []
    assert {a.limit_kind for a in said.alarms(enterprise="EMPTY")} <= {"L", "LL"}


def test_an_enterprise_is_as_bad_as_its_worst_source(said: Said) -> None:
    assert {code: level(said, code) for code in ("R1000", "HH01", "RUN", "HOT")} == {
        "R1000": "blue", "HH01": level(said, "HH01-S1"), "RUN": "red", "HOT": "red"}  # fmt: skip


@pytest.mark.slow
def test_a_grade_one_source_with_one_high_for_a_day_is_never_red(tmp_path_factory: pytest.TempPathFactory) -> None:
    line = case("DAY", I, (pressure(period_s=60.0), temperature(period_s=60.0)), {"P1": 1.0, "T1": 80.0}, period_s=60.0)
    line.feed("P1", 1.7)
    line.wait(hours=24)
    line.commit()
    said = perform(tmp_path_factory.mktemp("day"), script(line), line.now_ms, window_s=3600, partitions=1)
    assert highest(said, "DAY-S1") == "orange"
    assert "HH" not in {a.limit_kind for a in said.alarms(kind="alarm_on")}, "one H, and the climb to it"
