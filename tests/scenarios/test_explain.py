"""Why a source has its level: each explanation must name what really decides, and its smallest change must really lower the level."""

from __future__ import annotations

import msgspec
import pytest

from streams.domain.explained import lines
from streams.domain.explanation import Explanation
from streams.domain.registry import Enterprise
from streams.engine.engine import Engine
from streams.engine.explaining.explaining import explain
from tests.scenarios.plants import QUIET, plant, source
from tests.scenarios.timeline import Timeline, running, steps


def played(line: Timeline) -> Engine:
    engine = line.engine()
    for cut, decoded in steps(line.records, range(0, len(line.records), 500), line.now_ms + 1):
        engine.apply(cut, decoded)
    return engine


def told(line: Timeline, code: str = "S1") -> Explanation:
    return explain(played(line), "E1", code)


def quiet(r: float = 0.5) -> Timeline:
    site: Enterprise = plant(source(r=r))
    return running(site, QUIET, plain=True)


def test_at_rest_there_is_nothing_to_lower() -> None:
    found = told(quiet())
    assert (found.level, found.causes, found.change) == ("blue", (), None)
    assert found.quiet_points == 5
    assert any("blue" in line for line in lines(found, "en"))


def test_one_reading_says_its_limit_its_end_and_when_it_ages() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    found = told(line)
    [cause] = found.causes
    assert (found.level, cause.makes, cause.tier, cause.reason.limit) == ("yellow", "yellow", 2, 1.8)
    assert (cause.end.how, cause.end.point, cause.end.value, cause.end.side) == ("reading", "P1", 1.9, "below")
    assert cause.end.clear is not None
    assert cause.end.clear <= 1.8
    assert cause.ages_ms == cause.reason.opened_ms + 900_000
    assert {t.what for t in found.timers} >= {"ages", "alarm_due", "ladder_notice"}
    assert found.change is not None
    assert (found.change.level, found.change.causes) == ("blue", (cause.reason.cause,))
    assert found.versions["parameters"]


def test_what_it_says_would_lower_the_level_does() -> None:
    """Compound: temperature and pressure at HH are red at grade III; one of the two is enough for the step down."""
    line = quiet(r=20.0)
    line.feed("P1", 1.9)
    line.feed("T1", 190.0)
    line.wait(minutes=2)
    found = told(line)
    assert found.level == "red"
    assert found.change is not None
    assert len(found.change.causes) == 1, "two instruments are no two when one of them is back"
    line.feed("P1" if ":P1/" in found.change.causes[0] else "T1", 1.0 if ":P1/" in found.change.causes[0] else 80.0)
    line.wait(minutes=12)
    assert line.level("S1") == found.change.level != "red"


def test_what_grows_graver_during_the_hold_is_reckoned_with() -> None:
    """Gas at second level is graver after five minutes; the hold of the other detector takes ten."""
    line = quiet()
    line.feed("G1", 60.0)
    line.feed("G2", 60.0)
    line.wait(minutes=2)
    found = told(line)
    assert found.level == "red"
    assert found.change is not None
    line.feed("G1" if ":G1/" in found.change.causes[0] else "G2", 10.0)
    line.wait(minutes=12)
    assert line.level("S1") == found.change.level == "orange"


def test_a_hold_says_when_it_ends_and_then_ends() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=2)
    line.feed("P1", 1.0)
    line.wait(minutes=3)
    found = told(line)
    [cause] = found.causes
    assert found.level == "yellow"
    assert cause.end.held_since_ms
    line.wait(seconds=(cause.end.hold_ends_ms - line.now_ms) / 1000 - 1)
    assert line.level("S1") == "yellow"
    line.wait(seconds=3)
    assert line.level("S1") == "blue"


def test_what_only_people_end_names_who_must_sign() -> None:
    line = quiet()
    line.act("report", evidence="smoke at the pump", on_site=True, source="S1", reason="fire")
    line.wait(minutes=1)
    found = told(line)
    assert found.level == "red"
    assert found.causes[0].end.how == "person"
    assert found.causes[0].end.signers == (("principal",), ("city_office",))


def test_paperwork_is_told_and_lowers_nothing() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.act("shelve", points=["P1"], until=line.now_ms + 3_600_000, reason="work")
    line.wait(minutes=1)
    found = told(line)
    assert found.level == "yellow"
    assert [p.shelved_until_ms > 0 for p in found.points if p.point == "P1"] == [True]


def test_asking_changes_nothing() -> None:
    line = quiet()
    line.feed("P1", 1.9)
    line.feed("G1", 60.0)
    line.wait(minutes=2)
    engine = played(line)
    before = engine.snapshot()
    explain(engine, "E1", "S1")
    explain(engine, "E1", "E1-SITE")
    assert engine.snapshot() == before
    assert not engine.desk.voice.take()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_line_is_said_in_both_languages(lang: str) -> None:
    line = quiet(r=20.0)
    line.feed("P1", 1.9)
    line.feed("L1", 17.0)
    line.silence("T1")
    line.wait(minutes=15)
    line.act("acknowledge", points=["L1"])
    line.feed("P1", 1.0)
    line.wait(minutes=1)
    said = "\n".join(lines(told(line), lang))  # type: ignore[arg-type]
    assert "explain." not in said
    assert "P1" in said
    assert "L1" in said
    chinese = any("一" <= letter <= "鿿" for letter in said)
    assert chinese == (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_ends_a_compound_is_said_in_words(lang: str) -> None:
    line = quiet(r=20.0)
    line.feed("P1", 1.9)
    line.feed("T1", 190.0)
    line.wait(minutes=2)
    said = "\n".join(lines(told(line), lang))  # type: ignore[arg-type]
    assert "|" not in said, "names of the engine are no words"
    assert said.count("T1") > 3
    assert ("fewer than two of these" if lang == "en" else "少于两个仍在") in said


def test_without_rules_blue_is_not_called_safe() -> None:
    found = told(quiet())
    assert not any("no rules are in force" in line for line in lines(found, "en"))
    unruled = msgspec.structs.replace(found, versions=found.versions | {"rules": ""})
    assert any("no rules are in force" in line for line in lines(unruled, "en"))
    assert any("不表示安全" in line for line in lines(unruled, "zh"))
