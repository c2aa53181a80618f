"""The commands that the README and CI promise exist, say what they do, and are the same for both."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROMISED = {"demo", "test", "test-fast", "lint", "bench", "up", "down", "clean", "lock", "help"}
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")


def _make(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@needs_make
def test_help_names_every_promised_target() -> None:
    told = set(re.findall(r"^make (\S+) +\S", _make("help"), re.M))
    assert told >= PROMISED


@needs_make
@pytest.mark.parametrize(("seconds", "wanted"), [("30", "riskstream demo --seconds 30"), ("", "riskstream demo")])
def test_the_demo_ends_by_itself_when_asked(seconds: str, wanted: str) -> None:
    last = _make("--dry-run", "demo", DEMO_SECONDS=seconds).strip().splitlines()[-1]
    assert last.strip().endswith(wanted)


@needs_make
def test_tests_get_servers_first_and_run_all_of_the_suite() -> None:
    lines = _make("--dry-run", "test").splitlines()
    order = [
        next(i for i, line in enumerate(lines) if what in line) for what in ("servers get", '"not integration"', "-m integration")
    ]
    assert order == sorted(order)


def test_ci_runs_what_a_developer_runs_and_lets_no_server_be_missing() -> None:
    run = PROJECT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    lines = run.read_text().splitlines()
    assert lines[-2:] == ["make test", "make lint"]
    assert "export CI=true" in lines
    assert "set -euo pipefail" in lines
