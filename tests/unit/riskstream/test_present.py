"""What a person sees of the outputs, and what the closing line counts."""

from __future__ import annotations

import io
from typing import Any

from riskstream.present import Presenter
from streams.domain.log import Output
from streams.domain.outputs import DeadLetter, Finding, PointAlarm, Reason, Warning, encode
from streams.domain.scale import Level


def warning(kind: str, level: str, previous: str = "blue", source: str = "S1") -> Output:
    reason = Reason(cause="c", code="cause.hh", tier=2, opened_ms=0, point="P1", value=1.9, limit=1.8, unit="MPa")
    made = Warning(
        id="1", episode="e", sequence=1, kind=kind, scope="source", enterprise="E1", enterprise_name="某厂", source=source,  # type: ignore[arg-type]
        source_name="罐区", region="R1", level=level, previous=previous, at_ms=0, event_ms=0, reasons=(reason,),
    )  # fmt: skip
    return encode("warnings", source, made)


def finding(code: str, enterprise: str, **detail: Any) -> Output:
    return encode("warnings", enterprise, Finding(id="f", code=f"finding.{code}", enterprise=enterprise, at_ms=0, detail=detail))


def shown(*outputs: Output, least: Level = Level.YELLOW, updates: bool = True) -> tuple[str, Presenter]:
    out = io.StringIO()
    presenter = Presenter("en", out, least, updates=updates)
    presenter.take(outputs)
    return out.getvalue(), presenter


def test_a_warning_is_shown_with_level_place_and_reason() -> None:
    words, presenter = shown(warning("raise", "red"))
    assert "red (major risk)" in words
    assert "罐区 (S1)" in words
    assert "1.9" in words
    assert "\x1b[" not in words, "no colour codes where no terminal is"
    assert presenter.counts()["warnings"] == {"red": 1, "orange": 0, "yellow": 0, "blue": 0}


def test_the_way_down_from_what_was_shown_is_shown_too() -> None:
    words, presenter = shown(warning("raise", "red"), warning("downgrade", "yellow", "red"), warning("clear", "blue", "yellow"),
                             least=Level.ORANGE)  # fmt: skip
    assert words.count("罐区") == 2, "the clear from yellow is below orange"
    assert presenter.counts()["downgrades"] == 1
    assert presenter.counts()["clears"] == 1
    assert presenter.present == {}


def test_what_is_below_the_least_level_is_counted_and_not_shown() -> None:
    words, presenter = shown(warning("raise", "yellow"), least=Level.RED)
    assert words == ""
    assert presenter.raised == {"yellow": 1}
    assert presenter.present == {"E1/S1": "yellow"}


def test_updates_are_shown_only_when_asked_for_and_never_counted_as_warnings() -> None:
    assert shown(warning("update", "red"), updates=False)[0] == ""
    words, presenter = shown(warning("update", "red"))
    assert words != ""
    assert presenter.raised.total() == 0


def test_what_the_platform_says_of_itself_is_always_shown_and_findings_of_enterprises_are_only_counted() -> None:
    words, presenter = shown(finding("no_rules", "", frames=3), finding("clock_off", "E1"), least=Level.RED)
    assert "no rules are in force: 3 frames" in words
    assert words.count("\n") == 1
    assert presenter.kinds["finding"] == 2


def test_point_alarms_and_dead_letters_are_counted() -> None:
    alarm = PointAlarm(id="a", kind="alarm_on", enterprise="E1", source="S1", region="R1", point="P1", device="D", quantity="pressure",
                       limit_kind="HH", rule="r", at_ms=0, event_ms=0)  # fmt: skip
    letter = DeadLetter(topic="readings", partition=0, offset=0, field="", reason="reject.malformed", detail="", at_ms=0)
    words, presenter = shown(encode("warnings", "S1", alarm), encode("dead-letters", "E1", letter), encode("level", "S1", letter))
    assert words == ""
    assert presenter.kinds == {"alarm_on": 1}
    assert presenter.counts()["dead_letters"] == 1


def test_a_thinned_dead_letter_stands_for_as_many_as_it_says() -> None:
    thin = DeadLetter(
        topic="readings", partition=0, offset=-1, field="", reason="reject.malformed", detail="", at_ms=0, count=190
    )
    assert shown(encode("dead-letters", "E1", thin))[1].counts()["dead_letters"] == 190
