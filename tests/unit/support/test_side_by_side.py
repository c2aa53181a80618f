"""Tests in several processes: none is forgotten, none runs twice, and one that fails fails the whole."""

from __future__ import annotations

import io
import sys

import pytest

from tests.support import side_by_side
from tests.support.side_by_side import PARTS, command, main, run_all


def test_the_rest_is_all_that_no_part_has() -> None:
    places = [place for part in PARTS.values() for place in part]
    assert len(set(places)) == len(places)
    assert {a.removeprefix("--ignore=") for a in command("rest", []) if a.startswith("--ignore")} == set(places)
    for part, own in PARTS.items():
        assert command(part, ["-q"])[-len(own) - 1 :] == ["-q", *own]


@pytest.mark.parametrize(("failing", "code"), [("", 0), ("stack", 1), ("rest", 1)])
def test_each_part_runs_once_and_one_failure_fails_all(
    failing: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        side_by_side,
        "command",
        lambda part, _: [sys.executable, "-S", "-c", f"print('{part} played'); raise SystemExit({int(part == failing)})"],
    )
    assert main([]) == code
    told = capsys.readouterr().out
    assert sorted(line.split(" | ")[1] for line in told.splitlines() if " | " in line) == sorted(
        f"{part} played" for part in PARTS
    )
    assert ("FAILED" in told) == bool(code)


def test_a_part_without_tests_of_this_kind_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "command", lambda part, _: [sys.executable, "-S", "-c", "raise SystemExit(5)"])
    assert {e.code for e in run_all([], io.StringIO())} == {0}
