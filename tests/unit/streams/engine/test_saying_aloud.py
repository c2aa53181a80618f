"""What the engine says about itself: that no rules are in force, that monitoring is degraded. Silence must never look like safety."""

from __future__ import annotations

import pytest

from streams.domain.catalogue import catalogue
from streams.domain.log import Cut, Output
from streams.domain.narrate import narrate_finding
from streams.engine.engine import Engine
from tests.scenarios.plants import QUIET, plant
from tests.scenarios.timeline import Said, Timeline, at_time, decoded_of, running, steps

HOUR_S = 3600


def unruled(hours: float, every: int = 500, *, restarts: bool = False) -> Said:
    """Quiet hours of one plant through an engine that nobody gave any rules, cut after `every` records."""
    line = Timeline(plant(), period_s=60.0)
    for point, value in QUIET.items():
        line.feed(point, value)
    line.wait(hours=hours)
    engine, outputs = Engine(0, 1), list[Output]()
    for cut, decoded in steps(line.records, range(0, len(line.records), every), line.now_ms + 1):
        outputs += engine.apply(cut, decoded).outputs
        if restarts:
            engine = Engine.restore(0, 1, engine.snapshot())
    return Said(outputs)


def test_readings_without_rules_are_said_within_a_second_and_each_hour_anew() -> None:
    found = unruled(2.5).findings(code="finding.no_rules")
    first = found[0]
    assert len(found) == 3
    assert [f.at_ms - first.at_ms for f in found] == [0, HOUR_S * 1000, 2 * HOUR_S * 1000]
    assert [f.detail["frames"] for f in found] == [1, 60, 60], "each frame that nobody judged is counted"
    assert "riskstream rules publish" in narrate_finding(first, "zh")
    assert "not judged" in narrate_finding(first, "en")


def test_what_is_said_depends_neither_on_cuts_nor_on_restarts() -> None:
    whole = unruled(1.5)
    assert unruled(1.5, 1).outputs == whole.outputs
    assert unruled(1.5, 40, restarts=True).outputs == whole.outputs


def test_with_rules_nothing_of_the_kind_is_said() -> None:
    line = running(plant(), QUIET)
    line.wait(hours=1)
    assert line.said.findings(code="finding.no_rules") == []


def test_an_engine_without_rules_names_none() -> None:
    engine = Engine(0, 1)
    assert engine.versions()["rules"] == ""
    assert running(plant(), QUIET).engine().versions()["rules"] != ""


@pytest.mark.parametrize("what", ["lag", "lag_over", "divergence", "clock"])
def test_what_a_cut_says_of_the_platform_becomes_an_event(what: str) -> None:
    engine = Engine(3, 8)
    outcome = engine.apply(Cut(partition=3, number=1, log_ms=at_time("08:00"), degraded=(what,)), decoded_of([]))
    said = Said(outcome.outputs).findings(code=f"finding.degraded_{what}")
    assert [f.detail for f in said] == [{"partition": 3}]
    assert f"finding.degraded_{what}" in catalogue()
