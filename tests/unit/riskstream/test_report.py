"""`riskstream report daily` at its edges: what it says when it cannot."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from riskstream import report as verb
from riskstream.console import UserError
from streams.sinks.ports import Refused, Row, Unavailable, Value


class Answers:
    """An engine that knows one region, or fails."""

    version = (18, 16, 1)

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.closed = False

    def query(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        if self.failure:
            raise self.failure
        return [("K", "海州区", "Haizhou", "county", "")] if "{db}.regions" in sql else []

    def execute(self, sql: str, params: Mapping[str, Value] | None = None) -> None:
        raise AssertionError("a report writes nothing")

    def insert_columns(self, table: str, columns: object) -> None:
        raise AssertionError("a report writes nothing")

    def close(self) -> None:
        self.closed = True


def run(monkeypatch: pytest.MonkeyPatch, engine: Answers, *argv: str) -> int:
    monkeypatch.setattr(verb, "connector", lambda sink: lambda: engine)
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())
    args = parser.parse_args(["report", "daily", *argv])
    code: int = args.run(args)
    return code


def test_text_and_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    engine = Answers()
    given = ("--region", "K", "--date", "2026-03-02", "--sink", "chdb:x", "--lang", "en")
    assert run(monkeypatch, engine, *given) == 0
    assert engine.closed
    assert capsys.readouterr().out.startswith("Haizhou (K): daily report on risk monitoring, 2026-03-02\n0 enterprises\n")
    assert run(monkeypatch, Answers(), *given, "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["report"], said["region"], said["total"]["commitments"]["on_time"]) == (
        "daily",
        "K",
        {"part": 0, "of": 0, "percent": None},
    )


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--region", "2109", "--date", "2026-03-02", "--sink", "chdb:x"), "there are: K 海州区"),
        (("--region", "K", "--date", "2026-13-02", "--sink", "chdb:x"), "write YYYY-MM-DD"),
        (("--region", "K", "--date", "2026-03-02", "--sink", ""), "RISKSTREAM_CLICKHOUSE"),
    ],
)
def test_what_the_reader_can_mend_is_said_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        run(monkeypatch, Answers(), *argv, "--lang", "en")


@pytest.mark.parametrize("failure", [Unavailable("nobody there"), Refused("no table")])
def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    argv = ("--region", "K", "--date", "2026-03-02", "--sink", "clickhouse://me:secret@db:9000", "--lang", "en")
    with pytest.raises(UserError, match=r"^db:9000 cannot be read") as said:
        run(monkeypatch, Answers(failure), *argv)
    assert "secret" not in str(said.value)


def test_an_address_of_no_known_form(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())
    args = parser.parse_args(["report", "daily", "--region", "K", "--date", "2026-03-02", "--sink", "mysql://x", "--lang", "en"])
    with pytest.raises(UserError, match="neither clickhouse"):
        args.run(args)
