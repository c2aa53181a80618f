"""The lock of parameter files: no number changes under a version that was released."""

from __future__ import annotations

from pathlib import Path

import pytest

from backfill.configuration import parameter_files_of
from backfill.parameters_lock import NAME, differences, found_in, locked, read, text_of
from streams.domain.rule_files import read_rule_files

RULES = Path("risk_rules")
HOLDS = 'version: "{}"\nmin_s: {{value: {}, tag: proposal}}\n'


def files(version: str = "1.0.0", value: int = 600) -> dict[str, str]:
    return {"parameters/holds.yaml": HOLDS.format(version, value)}


def test_the_files_are_what_was_released() -> None:
    lock, problems = read((RULES / NAME).read_text(encoding="utf-8"))
    assert not problems
    assert [p.line_of_text("en") for p in differences(found_in(parameter_files_of(read_rule_files(RULES))), lock)] == []


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        (files(value=601), "lock/file-changed"),
        (files("1.0.1", 601), "lock/file-released"),
        (files("0.9.0"), "lock/file-older"),
        ({}, "lock/file-removed"),
        (files() | {"parameters/regions/R1.yaml": 'version: "1.0.0"\nregion: R1'}, "lock/file-new"),
        ({"parameters/holds.yaml": 'min_s: {tag: proposal, value: 600}\nversion: "1.0.0"\n'}, ""),
    ],
)
def test_each_difference_is_said(now: dict[str, str], problem: str) -> None:
    assert [p.id for p in differences(found_in(now), found_in(files()))] == ([problem] if problem else [])


def test_a_change_under_the_same_version_cannot_be_locked_unless_it_was_never_published() -> None:
    before = found_in(files())
    assert [p.id for p in locked(found_in(files(value=601)), before, False, False)[1]] == ["lock/file-changed"]
    now, hindering = locked(found_in(files(value=601)), before, False, True)
    assert (now, hindering) == (found_in(files(value=601)), [])


def test_a_file_that_is_gone_stays_listed_and_what_is_written_is_read_again() -> None:
    now, hindering = locked({}, found_in(files()), True, False)
    assert hindering == []
    assert now["parameters/holds.yaml"].removed
    assert read(text_of(now)) == (now, [])
