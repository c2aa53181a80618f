"""A list of what should be connected finds every hole, and its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.decode.registry_expected import differences, read_expected
from streams.decode.registry_files import Registry, check_folder
from streams.domain.problems import Problem

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "examples" / "expected.yaml"
HEAD = "enterprise,source,what,quantity,device,each,area,place,count,note\n"
E, S = "990121001", "990121001001"
ALL = f"{E},{S}\n{E},990121001002\n{E},990121001003\n"


@pytest.fixture(scope="module")
def registry() -> Registry:
    found = check_folder(ROOT / "examples" / "registry").registry
    assert found is not None
    return found


def said(rows: str, registry: Registry) -> list[Problem]:
    entries, problems = read_expected(HEAD + rows, "plan.csv")
    assert problems == []
    return differences(entries, registry)


def test_the_example_is_all_connected(registry: Registry) -> None:
    entries, problems = read_expected(EXAMPLE.read_text(), EXAMPLE.name)
    assert problems == []
    assert len(entries) >= 10
    assert differences(entries, registry) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("990121999", "missing-enterprise"),
        (f"{E},990121001009", "missing-source"),
        (f"{E},{S},point,level,T-999", "missing-device"),
        (f"{E},{S},point,level,,,,,9", "missing"),
        (f"{E},{S},point,flow_difference,,tank", "missing"),
        (f"{E},{S},point,toxic_gas,,,no such area", "missing"),
        (f"{E},{S},camera,,,,,warehouse", "missing"),
        (f"{E},{S},camera,,,,,,3", "missing"),
        (f"{E},{S},interlock,,,,,,3", "missing"),
        (f"{E},{S},person,,,,,,4", "missing"),
    ],
)
def test_what_is_missing_is_said_at_its_line(row: str, problem: str, registry: Registry) -> None:
    found = said(ALL + row + "\n", registry)
    assert {(p.id, p.line, p.severity) for p in found} == {(f"expected/{problem}", 5, "error")}
    assert len(found) == (3 if ",tank" in row else 1), "each tank is named"
    assert all(p.message("zh") and p.hint("zh") and p.hint("en") for p in found)


def test_a_source_that_the_list_does_not_know_is_said(registry: Registry) -> None:
    found = said(f"{E},{S}\n", registry)
    assert [(p.id, p.severity, p.args["source"]) for p in found] == [
        ("expected/unlisted-source", "warning", "990121001002"), ("expected/unlisted-source", "warning", "990121001003"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [f"{E},{S},gauge", f"{E},{S},point", f"{E},{S},point,levle", f"{E},{S},camera,,,,,roof", f"{E},{S},point,level,,,,,0", ",S"],
)
def test_an_entry_that_says_nothing_is_refused(row: str) -> None:
    entries, problems = read_expected(HEAD + row + "\n", "plan.csv")
    assert entries == []
    assert [(p.id, p.line) for p in problems] == [("expected/bad-entry", 2)]


@pytest.mark.parametrize("text", ["", "expected: []\n", "list:\n  - {enterprise: E1}\n"])
def test_an_empty_list_is_an_error_and_no_success(text: str) -> None:
    assert [p.id for p in read_expected(text, "plan.yaml")[1]] == ["expected/empty"]


def test_an_unknown_key_and_a_yaml_trap_are_refused() -> None:
    assert [p.id for p in read_expected("expected:\n  - {enterprise: E1, souce: S1}\n", "plan.yaml")[1]] == ["expected/bad-entry"]
    assert [p.id for p in read_expected("expected:\n  - {enterprise: 010}\n", "plan.yaml")[1]] == ["yaml/leading-zero"]
