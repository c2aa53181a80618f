"""`riskstream demo` as people and machines see it: its last line, the same hash for the same input by every way of playing it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from backfill import replay
from backfill.inputs import InputRecord, read_inputs, write_inputs
from backfill.replay import Recording
from backfill.showcase import START_MS, showcase
from riskstream.demo import SPEED
from riskstream.main import main
from tests.stack.stage import RULES

pytest.importorskip("chdb")
pytestmark = pytest.mark.slow

KEYS = {"readings", "readings_per_s", "warnings", "downgrades", "clears", "dead_letters", "report_rows", "log_hash"}
SECONDS = 5
UNTIL_MS = START_MS + SPEED * SECONDS * 1000
PARTITIONS = 8


class Run(NamedTuple):
    code: int
    out: str
    told: str

    @property
    def closing(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


def run(*args: str) -> Run:
    out, told = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(told):
        code = main(args)
    return Run(code, out.getvalue(), told.getvalue())


def demo(folder: Path, seed: int = 1, lang: str = "en") -> Run:
    return run(
        "demo",
        "--seconds",
        str(SECONDS),
        "--seed",
        str(seed),
        "--json",
        "--lang",
        lang,
        "--data",
        str(folder),
        "--rules",
        str(RULES),
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def played(kept: Path) -> Run:
    return demo(kept)


@pytest.fixture(scope="module")
def records() -> list[InputRecord]:
    show = showcase(1, SPEED * SECONDS, RULES)
    return [*show.first, *show.stream]


def test_the_last_line_is_one_object_with_the_agreed_keys(played: Run) -> None:
    closing = played.closing
    assert played.code == 0
    assert closing.keys() >= KEYS
    assert closing["warnings"].keys() == {"red", "orange", "yellow", "blue"}
    assert closing["readings"] > 10_000
    assert closing["report_rows"] == 10, "an enterprise a row"
    assert closing["dead_letters"] == 4, "the flaws that are played in these five minutes"
    assert len(bytes.fromhex(closing["log_hash"])) == 32
    assert played.out.count("\n") == 1, "whatever is for people goes elsewhere"
    assert "daily report on risk monitoring" in played.told


def test_the_same_seed_is_the_same_log_and_another_seed_another(played: Run, tmp_path: Path) -> None:
    again = demo(tmp_path / "again", lang="zh").closing
    other = demo(tmp_path / "other", seed=2).closing
    assert again["log_hash"] == played.closing["log_hash"]
    assert {k: again[k] for k in ("readings", "warnings", "dead_letters")} == {
        k: played.closing[k] for k in ("readings", "warnings", "dead_letters")}  # fmt: skip
    assert other["log_hash"] != played.closing["log_hash"]


def test_a_folder_that_was_used_is_refused_with_the_way_out(played: Run, kept: Path) -> None:
    refused = demo(kept)
    assert refused.code == 2
    assert refused.out == ""
    assert str(kept) in refused.told


def test_replay_of_the_kept_log_gives_the_same_hash_and_no_divergence(played: Run, kept: Path) -> None:
    replayed = run("replay", f"embedded:{kept / 'log.db'}", "--json", "--lang", "en")
    assert replayed.code == 0
    assert replayed.closing["diverged"] == []
    assert {k: replayed.closing[k] for k in ("log_hash", "readings", "warnings", "downgrades", "clears", "dead_letters")} == {
        k: played.closing[k] for k in ("log_hash", "readings", "warnings", "downgrades", "clears", "dead_letters")}  # fmt: skip


@pytest.mark.parametrize("name", ["input.jsonl.gz", "input.parquet"])
def test_the_same_input_as_a_recording_gives_the_same_hash(
    played: Run, records: list[InputRecord], tmp_path: Path, name: str
) -> None:
    write_inputs(tmp_path / name, records)
    assert list(read_inputs(tmp_path / name)) == records
    replayed = run("replay", str(tmp_path / name), "--until-ms", str(UNTIL_MS), "--json", "--lang", "en")
    assert replayed.closing["log_hash"] == played.closing["log_hash"]
    assert replayed.closing["readings"] == played.closing["readings"]


@pytest.mark.parametrize("window_ms", [137, 60_000])
def test_windows_cut_elsewhere_give_the_same_hash(
    played: Run, records: list[InputRecord], window_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "WINDOW_MS", window_ms)
    recording = Recording(PARTITIONS)
    for _ in recording.play(records, UNTIL_MS):
        pass
    assert recording.summary.log_hash() == played.closing["log_hash"]


def test_one_reading_more_is_another_hash(played: Run, records: list[InputRecord]) -> None:
    """The comparison above can fail."""
    last = next(r for r in reversed(records) if r.topic == "readings")
    recording = Recording(PARTITIONS)
    for _ in recording.play([*records, last._replace(arrival_ms=records[-1].arrival_ms, value=b"{}")], UNTIL_MS):
        pass
    assert recording.summary.log_hash() != played.closing["log_hash"]


def test_an_interrupt_ends_it_cleanly_with_the_report(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "riskstream.main",
        "demo",
        "--seconds",
        "600",
        "--json",
        "--lang",
        "en",
        "--rules",
        str(RULES),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(RULES.parent)}) as process:  # fmt: skip
        assert process.stderr is not None
        before: list[str] = []
        for words in process.stderr:
            before.append(words)
            if words.startswith("-- "):  # a summary: it plays
                break
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=300)
    assert process.returncode == 0, "".join(before) + told
    closing = json.loads(out.splitlines()[-1])
    assert closing.keys() >= KEYS
    assert closing["readings"] > 0
    assert closing["seconds"] < 600
    assert "daily report on risk monitoring" in told
    assert list(tmp_path.iterdir()) == [], "nothing is left in the working directory"


def test_a_moment_is_explained_alike_from_the_log_and_from_a_recording(
    played: Run, kept: Path, records: list[InputRecord], tmp_path: Path
) -> None:
    sources = [s["code"] for r in records if r.topic == "registry" and r.value for s in json.loads(r.value).get("sources", [])]
    at_ms = UNTIL_MS - 61_500
    write_inputs(tmp_path / "input.jsonl.gz", records)
    asked = ("--source", sources[0], "--at", str(at_ms), "--json")
    from_log = run("explain", f"embedded:{kept / 'log.db'}", *asked)
    from_recording = run("explain", str(tmp_path / "input.jsonl.gz"), *asked)
    assert from_log.code == from_recording.code == 0
    assert from_log.closing == from_recording.closing
    assert from_log.closing["at_ms"] == at_ms
    assert from_log.closing["versions"]["rules"], "the set in force at that moment is named"


def test_what_cannot_be_explained_says_the_way_out(played: Run, kept: Path) -> None:
    log = f"embedded:{kept / 'log.db'}"
    for args, words in ((("--source", "NOBODY"), "NOBODY"), ((), "--warning"), (("--warning", "f" * 24), "f" * 24),
                        (("--source", "S", "--at", "yesterday"), "yesterday")):  # fmt: skip
        refused = run("explain", log, *args, "--lang", "en")
        assert refused.code == 2
        assert words in refused.told + refused.out
