"""Mistakes that data engineers make, one a file, with the problems that must be said of it and no others.

`# expects:` names ids of problems (those of lint without `lint/`). What every file lacks on purpose, cases and a runbook, is left out
unless it is what the file is about.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backfill.lint.running import lint

ROOT = Path(__file__).parents[2]
FILES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))
USUAL = {"untested", "runbook"}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_mistake_is_called_by_its_name_and_nothing_else_is(file: Path) -> None:
    expects = set(filter(None, re.split(r"[, ]+", re.search(r"^# expects:(.*)$", file.read_text(), re.M)[1].strip())))  # type: ignore[index]
    problems = lint(file, ROOT / "risk_rules")
    found = {p.id.removeprefix("lint/") for p in problems if p.severity != "info"}
    assert found - (USUAL - expects) == expects, "\n".join(p.line_of_text("en") for p in problems)
    for problem in problems:
        assert problem.file == file.as_posix()
        assert problem.line > 0
        assert problem.message("zh") != problem.message("en")


def test_there_are_many() -> None:
    assert len(FILES) >= 50
