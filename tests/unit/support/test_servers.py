"""What happens where a server cannot be had, and where one is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.clickhouse_server import GivenClickHouse
from tests.support.kafka_server import GivenKafka, expected_jars

PROJECT = Path(__file__).resolve().parents[3]
NEEDS_KAFKA = "tests/integration/test_servers.py::test_the_shared_broker_stamps_append_time_and_creates_no_topic_by_itself"


def _run_without_java(ci: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("JAVA_HOME", "RISKSTREAM_TEST_KAFKA", "CI")}
    environment = {**kept, "PATH": os.devnull, "CI": ci}
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", NEEDS_KAFKA]
    return subprocess.run(run, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_developer_without_java_is_told_why_a_test_was_skipped() -> None:
    done = _run_without_java(ci="")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "Kafka needs Java 17 or newer" in done.stdout


@pytest.mark.slow
def test_ci_without_java_fails() -> None:
    done = _run_without_java(ci="true")
    assert done.returncode == 1, done.stdout
    assert "Kafka needs Java 17 or newer" in done.stdout
    assert "skipped" not in done.stdout


def test_a_given_server_is_used_and_never_started(tmp_path: Path) -> None:
    with servers.kafka(tmp_path, given="broker.example:9092") as broker:
        assert isinstance(broker, GivenKafka)
        assert broker.bootstrap == "broker.example:9092"
        assert not hasattr(broker, "kill9"), "ours to use, not to kill"
    with servers.clickhouse(tmp_path, given="clickhouse://me:secret@db.example:9001") as database:
        assert isinstance(database, GivenClickHouse)
        assert (database.host, database.port, database.user, database.password) == ("db.example", 9001, "me", "secret")
        assert database.url == "clickhouse://me:secret@db.example:9001/default"
        assert not hasattr(database, "kill9")
    assert list(tmp_path.iterdir()) == []


def test_the_jars_are_those_of_one_kafka() -> None:
    jars = expected_jars()
    assert "kafka_2.13-4.1.0.jar" in jars
    assert {len(digest) for digest in jars.values()} == {64}
    assert [name for name in jars if name.startswith("kafka") and "4.1.0" not in name] == []
