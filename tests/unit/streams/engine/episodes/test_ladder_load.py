"""Ladders from files: the shipped ones are the files, every problem has its line, and unsigned changes only tighten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.domain.catalogue import catalogue
from streams.engine.episodes.ladder_load import LaddersRefused, load_ladders
from streams.engine.episodes.ladders import SHIPPED, Ladder, Report, Step, ladder_for, stricter

FOLDER = Path(__file__).parents[5] / "risk_rules" / "ladders"
FUXIN = (FOLDER / "hazchem-fuxin.yaml").read_text(encoding="utf-8")


def refused(text: str, *more: str) -> list[tuple[str, int]]:
    with pytest.raises(LaddersRefused) as caught:
        load_ladders({f"ladders/{i}.yaml": t for i, t in enumerate((text, *more))})
    for problem in caught.value.problems:
        assert problem.message_key in catalogue()
        assert problem.line_of_text("zh") != problem.line_of_text("en")
    return [(p.id, p.line) for p in caught.value.problems]


def line_of(text: str, words: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_files_are_what_is_shipped() -> None:
    files = {f"ladders/{p.name}": p.read_text(encoding="utf-8") for p in sorted(FOLDER.glob("*.yaml"))}
    assert load_ladders(files) == SHIPPED


def test_profiles_without_a_ladder_in_the_files_keep_the_shipped_one() -> None:
    assert load_ladders({"ladders/a.yaml": FUXIN}) == SHIPPED
    city = FUXIN.replace("id: hazchem-fuxin", "id: city", 1).replace("regions: []", "regions: [R5]")
    assert set(load_ladders({"ladders/a.yaml": city})) == {"aluminium", "city", "hazchem-fuxin", "steel"}


@pytest.mark.parametrize(
    ("before", "after", "problem", "at"),
    [
        ("every_s: {value: 3600, tag: regulation", "every_s: 3600 #", "ladder/no-source", "every_s: 3600 #"),
        ("tag: regulation, note: \"FX 22\"}", "tag: law}", "ladder/tag", "tag: law"),
        ("tag: regulation, note: \"FX 22\"}", "tag: regulation}", "ladder/no-note", "tag: regulation}"),
        ("kind: notice", "kind: shout", "ladder/form", "kind: shout"),
        ("every_s: {value: 3600", "every_s: {value: soon", "ladder/form", "every_s: {value: soon"),
        ("every_s: {value: 3600", "every_s: {value: 5", "ladder/too-short", "every_s: {value: 5"),
        ("owner: risk-rules", "owners: risk-rules", "ladder/form", None),
        ("id: red-notice", "id: notice", "ladder/step-twice", None),
        ("    kind: supervision\n    level: orange", "    kind: notice\n    level: orange", "ladder/by", "- id: city-check"),
        ("quiet_after_raise_s: {value: 300", "quiet_after_raise_s: {value: 1200", "ladder/quiet", "quiet_after_raise_s"),
        ("latest_after_first_s: {value: 86400", "latest_after_first_s: {value: 60", "ladder/latest", "latest_after_first_s"),
        ("value: [responsible_persons, offices, park]", "value: []", "ladder/nobody", "tell:"),
        ("sent_from: {value: yellow", "sent_from: {value: orange", "ladder/unsent", None),
        ("schema: 1", "schema: 2", "ladder/schema", "schema: 2"),
        ("profiles: [hazchem]", "profiles: []", "ladder/title", "title:"),
        ("id: hazchem-fuxin", "id: 010", "yaml/leading-zero", "id: 010"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_line(before: str, after: str, problem: str, at: str | None) -> None:
    assert before in FUXIN
    text = FUXIN.replace(before, after, 1)
    found = refused(text)
    assert problem in {name for name, _ in found}
    if at is not None:
        assert (problem, line_of(text, at)) in found


def test_two_ladders_for_one_place_are_refused() -> None:
    other = FUXIN.replace("id: hazchem-fuxin", "id: other", 1)
    assert ("ladder/place", line_of(FUXIN, "profiles:")) in refused(FUXIN, other)


def test_one_id_twice_is_refused() -> None:
    other = FUXIN.replace("regions: []", "regions: [R1]")
    assert ("ladder/twice", line_of(FUXIN, "id: hazchem-fuxin")) in refused(FUXIN, other)


# --- which one holds --------------------------------------------------------------------------------------------------------
def ladder(**changes: Any) -> Ladder:
    return msgspec.structs.replace(SHIPPED["hazchem-fuxin"], **changes)


def test_the_nearest_region_with_a_ladder_of_its_own_wins() -> None:
    ladders = {x.id: x for x in (ladder(), ladder(id="city", regions=("R5",)), ladder(id="county", regions=("R1", "R2")))}
    assert ladder_for(ladders, "hazchem", ["R1", "R5", "R0"]).id == "county"
    assert ladder_for(ladders, "hazchem", ["R9", "R5", "R0"]).id == "city"
    assert ladder_for(ladders, "hazchem", ["R9", "R0"]).id == "hazchem-fuxin"
    assert ladder_for(ladders, "steel", ["R1"]).id == "steel"


# --- what may act before it is signed ---------------------------------------------------------------------------------------
def step(**changes: Any) -> Step:
    return msgspec.structs.replace(SHIPPED["hazchem-fuxin"].steps[0], **changes)


def of(*steps: Step) -> Ladder:
    return ladder(steps=(*steps, *SHIPPED["hazchem-fuxin"].steps[1:]))


TIGHTER = [
    of(step(every_s=1800)),
    of(step(to=("enterprise", "county_office"))),
    ladder(steps=(*SHIPPED["hazchem-fuxin"].steps, step(id="more"))),
    ladder(tell={**SHIPPED["hazchem-fuxin"].tell, "yellow": ("responsible_persons", "offices", "county_office", "park")}),
    ladder(forget_below_s=7200, close_after_s=7200, repeat_raises=2, repeat_window_s=9_999_999),
    ladder(report=Report(due_after_s=1800, basis="FX 25, 28")),
    ladder(sent_from="blue"),
]
LOOSER = [
    of(step(every_s=7200)),
    of(step(to=("park",))),
    of(),
    ladder(steps=SHIPPED["hazchem-fuxin"].steps[:2]),
    ladder(tell={**SHIPPED["hazchem-fuxin"].tell, "red": ("responsible_persons",)}),
    ladder(forget_below_s=60),
    ladder(close_after_s=60),
    ladder(clock="restart"),
    ladder(follow_up=None),
    ladder(sent_from="red"),
    ladder(report=Report(due_after_s=7200, basis="FX 25, 28")),
    ladder(regions=("R1",)),
]


@pytest.mark.parametrize("wanted", TIGHTER)
def test_tightening_acts_at_once(wanted: Ladder) -> None:
    assert stricter(SHIPPED, {**SHIPPED, wanted.id: wanted})[wanted.id] == wanted


@pytest.mark.parametrize("wanted", LOOSER)
def test_relaxing_waits_for_a_signature(wanted: Ladder) -> None:
    said = stricter(SHIPPED, {**SHIPPED, wanted.id: wanted})[wanted.id]
    assert {s.id: s.every_s for s in said.steps} == {s.id: s.every_s for s in SHIPPED[wanted.id].steps}
    for level, roles in SHIPPED[wanted.id].tell.items():
        assert set(roles) <= set(said.tell[level])
    assert msgspec.structs.replace(said, steps=(), tell={}) == msgspec.structs.replace(SHIPPED[wanted.id], steps=(), tell={})


def test_a_ladder_that_is_new_or_gone_waits_for_a_signature() -> None:
    assert stricter(SHIPPED, {}) == SHIPPED
    assert stricter(SHIPPED, {**SHIPPED, "x": ladder(id="x", regions=("R1",))}) == SHIPPED
