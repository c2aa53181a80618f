"""Parameters: the files are the shipped numbers, every number has its tag, and nothing unapproved can relax."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.engine.parameters import Parameters, shipped
from streams.engine.parameters_load import ParametersRefused, load_parameters
from streams.engine.parameters_strict import strictest

FOLDER = Path(__file__).parents[4] / "risk_rules" / "parameters"


def files() -> dict[str, str]:
    """The parameters and the ladders, as they are published."""
    found = sorted([*FOLDER.glob("*.yaml"), *(FOLDER.parent / "ladders").glob("*.yaml")])
    return {f"{p.parent.name}/{p.name}": p.read_text(encoding="utf-8") for p in found}


def test_files_are_the_numbers_that_are_shipped() -> None:
    assert load_parameters(files()) == shipped()


def refused(**given: str) -> list[tuple[str, int, str]]:
    """File, line and id of every problem of these files, named with _ for /."""
    with pytest.raises(ParametersRefused) as caught:
        load_parameters({f"{name.replace('_', '/')}.yaml": text for name, text in given.items()})
    return [(p.file, p.line, p.id) for p in caught.value.problems]


def test_a_misspelt_key_is_refused_with_its_line() -> None:
    text = 'version: "1.0.0"\nmin_sec: {value: 1, tag: proposal}'
    assert refused(holds=text) == [("holds.yaml", 2, "parameters/form")]


def test_a_section_given_twice_is_refused() -> None:
    text = 'version: "1.0.0"\nmin_s: {value: 600, tag: proposal}'
    assert refused(a_holds=text, b_holds=text) == [("b/holds.yaml", 1, "parameters/twice")]


def test_an_unknown_section_is_refused() -> None:
    assert refused(hold='version: "1.0.0"') == [("hold.yaml", 1, "parameters/section")]


def test_yaml_that_reads_differently_from_what_it_shows_is_refused() -> None:
    assert [p[2] for p in refused(holds='version: "1.0.0"\nmin_s: {value: 0600, tag: proposal}')] == ["yaml/leading-zero"]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("min_s: {value: 600, tag: proposal}", 1, "parameters/version"),
        ('version: "1"\nmin_s: {value: 600, tag: proposal}', 1, "parameters/version"),
        ('version: "1.0.0"\nmin_s: 600', 2, "parameters/no-source"),
        ('version: "1.0.0"\nmin_s: {value: 600, tag: law}', 2, "parameters/tag"),
        ('version: "1.0.0"\nmin_s: {value: 600, tag: regulation}', 2, "parameters/no-note"),
        ('version: "1.0.0"\nmin_s: {value: 600, tag: proposal, unit: s}', 2, "parameters/form"),
        ('version: "1.0.0"\nmin_s: {value: long, tag: proposal}', 2, "parameters/form"),
        ('version: "1.0.0"\nmin_s: {value: 0, tag: proposal}', 2, "parameters/too-small"),
    ],
)
def test_each_number_has_a_source_and_each_file_a_version(text: str, line: int, problem: str) -> None:
    assert refused(holds=text) == [("holds.yaml", line, problem)]


MATRIX = 'version: "1.0.0"\n'
ROWS = [
    "blue, blue, blue, blue",
    "blue, blue, yellow, yellow",
    "yellow, yellow, orange, orange",
    "orange, red, red, red",
    "red, red, red, red",
]


def table(row: int, cells: str) -> str:
    rows = ", ".join(f"[{cells if i == row else kept}]" for i, kept in enumerate(ROWS))
    return f"{MATRIX}steel: {{rows: {{tag: proposal, value: [{rows}]}}}}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (MATRIX + "management_ceiling: {value: red, tag: proposal}", "parameters/ceiling"),
        (MATRIX + "aged_ceiling: {value: red, tag: proposal}", "parameters/ceiling"),
        (MATRIX + "site_lost_floor: {value: blue, tag: proposal}", "parameters/floor"),
        (table(0, "blue, blue, blue, yellow"), "parameters/rest-is-blue"),
        (table(2, "blue, yellow, orange, orange"), "parameters/serious-is-seen"),
        (table(4, "orange, red, red, red"), "parameters/emergency-is-red"),
        (table(3, "red, orange, red, red"), "parameters/not-rising"),
        (table(1, "blue, blue, yellow, red"), "parameters/not-rising"),
    ],
)
def test_no_number_undoes_what_the_design_promises(text: str, problem: str) -> None:
    assert problem in [p[2] for p in refused(matrix=text)]


def test_somebody_has_to_sign() -> None:
    assert refused(signing='version: "1.0.0"\nred: {value: [], tag: proposal}') == [
        ("signing.yaml", 2, "parameters/nobody-signs")
    ]


def test_ladders_that_cannot_be_used_are_refused_with_the_rest() -> None:
    found = refused(ladders_x="id: x", holds="min_s: 1")
    assert {file for file, _, _ in found} == {"holds.yaml", "ladders/x.yaml"}


def test_hash_changes_with_any_number() -> None:
    other = msgspec.structs.replace(shipped(), holds=msgspec.structs.replace(shipped().holds, min_s=601))
    assert other.hash != shipped().hash


def changed(section: str, **values: Any) -> Parameters:
    return msgspec.structs.replace(shipped(), **{section: msgspec.structs.replace(getattr(shipped(), section), **values)})


@pytest.mark.parametrize(
    ("section", "tighter", "looser"),
    [
        ("holds", {"min_s": 1200}, {"min_s": 60}),
        ("holds", {"stale_min_s": 60}, {"stale_min_s": 6000}),
        ("tiers", {"attention_after_s": 60}, {"attention_after_s": 6000}),
        ("tiers", {"fire_window_s": 1200}, {"fire_window_s": 1}),
        ("tiers", {"lost_share": 0.2}, {"lost_share": 0.9}),
    ],
)
def test_tightening_acts_without_an_approver_and_relaxing_does_not(
    section: str, tighter: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert strictest(shipped(), changed(section, **tighter)) == changed(section, **tighter)
    assert strictest(shipped(), changed(section, **looser)) == shipped()


def test_a_milder_cell_of_the_matrix_waits_and_a_graver_one_acts() -> None:
    rows = [list(r) for r in shipped().matrix.hazchem.rows]
    rows[2], rows[1] = ["blue"] * 4, ["yellow"] * 4
    wanted = changed("matrix", hazchem=msgspec.structs.replace(shipped().matrix.hazchem, rows=tuple(map(tuple, rows))))
    got = strictest(shipped(), wanted).matrix.hazchem.rows
    assert got[2] == shipped().matrix.hazchem.rows[2]
    assert got[1] == ("yellow",) * 4


def test_what_has_no_known_direction_waits_for_an_approver() -> None:
    assert strictest(shipped(), changed("management", items=())) == shipped()
    assert strictest(shipped(), changed("signing", yellow=(("operator",),))) == shipped()
