"""`riskstream simulate`: files, exit by reason, and the pace into a log."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from backfill.inputs import InputRecord, read_inputs
from backfill.simulate.output import read_labels
from riskstream import simulate
from riskstream.console import UserError


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.register(parser.add_subparsers())
    args = parser.parse_args(["simulate", *argv, "--lang", "en"])
    code: int = args.run(args)
    return code


def test_a_file_with_labels_and_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"]
    for file in files:
        assert run("--seed", "9", "--duration", "30s", "--out", str(file), "--incident", "overpressure@5", "--json") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["records"] == len(list(read_inputs(file)))
        assert said["incidents"] == 1
    assert files[0].read_bytes() == files[1].read_bytes()
    (label,) = read_labels(tmp_path / "a.jsonl.gz.labels.json")
    assert label.kind == "overpressure"
    topics = [record.topic for record in read_inputs(files[0])]
    assert topics[: said["enterprises"] + 4] == ["registry"] * (said["enterprises"] + 4)


def test_a_quiet_world_has_no_labels(tmp_path: Path) -> None:
    assert run("--duration", "5s", "--out", str(tmp_path / "q.jsonl"), "--quiet-world", "--no-registry") == 0
    assert read_labels(tmp_path / "q.jsonl.labels.json") == []
    assert all(record.topic != "registry" for record in read_inputs(tmp_path / "q.jsonl"))


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--out", "x.csv"], "x.csv"), (["--out", "x.jsonl", "--duration", "soon"], "soon"), (["--out", "x.jsonl", "--start", "noon"], "noon"),
        (["--out", "x.jsonl", "--rate", "fast"], "fast"), (["--out", "x.jsonl", "--incident", "flood@1"], "flood@1"),
        (["--out", "x.jsonl", "--incidents", "nowhere.yaml"], "nowhere.yaml"), (["--out", "x.jsonl", "--incident", "leak@1:NOBODY"], "leak NOBODY"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(argv: list[str], told: str) -> None:
    with pytest.raises(UserError, match=told):
        run(*argv)


class Port:
    """Takes records and keeps them with the clock's time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.taken: list[tuple[float, int]] = []
        self.flushed = 0

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        self.taken.append((self.clock.now, len(self.taken)))

    async def flush(self) -> None:
        self.flushed = len(self.taken)


class Clock:
    """Time passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def records_of(seconds: int) -> list[InputRecord]:
    return [InputRecord(1_000_000 + 100 * i, "readings", b"E", b"{}") for i in range(10 * seconds)]


async def test_real_time_plays_records_when_they_are_due() -> None:
    clock = Clock()
    port = Port(clock)
    await simulate.play(records_of(10), port, lambda: 0, None, clock.read, clock.sleep)
    assert port.flushed == 100
    for at, n in port.taken:
        assert -0.2001 <= at - (100.0 + 0.1 * n) <= 0.0001


async def test_a_rate_bounds_readings_a_second() -> None:
    clock = Clock()
    port = Port(clock)
    await simulate.play(records_of(10), port, lambda: 22 * len(port.taken), 440.0, clock.read, clock.sleep)
    assert clock.now - 100.0 == pytest.approx(100 * 22 / 440.0, abs=0.2)


async def test_max_never_sleeps() -> None:
    clock = Clock()
    port = Port(clock)
    await simulate.play(records_of(10), port, lambda: 22 * len(port.taken), 0.0, clock.read, clock.sleep)
    assert (clock.now, port.flushed) == (100.0, 100)
