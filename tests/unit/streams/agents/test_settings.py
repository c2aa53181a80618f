"""Settings of a process from its environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.agents.settings import BadSettings, Settings, from_environment


@pytest.mark.parametrize(
    ("log", "path"),
    [("embedded:x.db", Path("x.db")), ("embedded:///data/x.db", Path("/data/x.db")), ("embedded:/data/x.db", Path("/data/x.db")),
     ("kafka://h:9092", None)],
)  # fmt: skip
def test_logs_of_both_kinds(log: str, path: Path | None) -> None:
    assert Settings(log=log).embedded_path() == path


def test_a_log_of_no_known_form_is_refused() -> None:
    with pytest.raises(BadSettings, match="redis"):
        Settings(log="redis://x").embedded_path()


def test_roles() -> None:
    assert Settings(log="embedded:x").roles() == ("steps", "rollup")
    assert Settings(log="embedded:x", sink="chdb:y").roles() == ("steps", "rollup", "sink")
    assert Settings(log="embedded:x", role="rollup").roles() == ("rollup",)
    with pytest.raises(BadSettings):
        Settings(log="embedded:x", role="sink").roles()


def test_the_environment_names_everything() -> None:
    found = from_environment({"RISKSTREAM_LOG": "kafka://h:1", "RISKSTREAM_ROLE": "sink", "RISKSTREAM_PARTITIONS": "3",
                              "RISKSTREAM_CLICKHOUSE": "clickhouse://c", "RISKSTREAM_INSTANCE": "w1", "RISKSTREAM_HEALTH_PORT": "8900"})  # fmt: skip
    assert (found.bootstrap(), found.role, found.partitions, found.sink) == ("h:1", "sink", 3, "clickhouse://c")
    assert (found.instance, found.health_port) == ("w1", 8900)


@pytest.mark.parametrize(("name", "value"), [("RISKSTREAM_ROLE", "king"), ("RISKSTREAM_PARTITIONS", "many")])
def test_what_cannot_be_understood_is_said(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=value):
        from_environment({name: value})


def test_a_broker_that_is_named_is_never_passed_over_for_a_file() -> None:
    assert from_environment({"RISKSTREAM_KAFKA": "h:1"}).log == "kafka://h:1"
    assert from_environment({"RISKSTREAM_KAFKA": "h:1", "RISKSTREAM_LOG": "embedded:x.db"}).log == "embedded:x.db"
    assert from_environment({}).log == "embedded:riskstream.db"
