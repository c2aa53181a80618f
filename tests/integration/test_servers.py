"""The servers that other tests rely on: they really start, really die, and find their data again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from tests.support.clickhouse_server import ClickHouseServer, GivenClickHouse
from tests.support.kafka_server import GivenKafka, KafkaServer
from tests.support.process import ServerProcess, StartFailed, accepts


def _produce(bootstrap: str, topic: str, values: list[bytes]) -> list[int]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        return [producer.send(topic, value, partition=0).get(30).offset for value in values]
    finally:
        producer.close()


def _consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    try:
        return [next(consumer).value for _ in range(count)]
    finally:
        consumer.close()


def test_the_shared_broker_stamps_append_time_and_creates_no_topic_by_itself(kafka_server: KafkaServer | GivenKafka) -> None:
    kafka_server.create_topics({"servers-a": 2}, {"message.timestamp.type": "LogAppendTime"})
    assert _produce(kafka_server.bootstrap, "servers-a", [b"1", b"2"]) == [0, 1]
    assert _consume(kafka_server.bootstrap, "servers-a", 2) == [b"1", b"2"]
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap, max_block_ms=3_000)
    with pytest.raises(KafkaError):
        producer.send("servers-nobody-created-me", b"x").get(5)
    producer.close()


@pytest.mark.slow
def test_a_killed_broker_keeps_what_it_acknowledged(kafka_factory: Callable[..., KafkaServer]) -> None:
    broker = kafka_factory()
    broker.create_topics({"a": 1})
    _produce(broker.bootstrap, "a", [b"1"])
    first = broker.pid
    broker.kill9()
    assert not psutil.pid_exists(first)
    assert not accepts(broker.port)
    broker.restart()
    assert broker.pid != first
    _produce(broker.bootstrap, "a", [b"2"])
    assert _consume(broker.bootstrap, "a", 2) == [b"1", b"2"]


def test_the_shared_clickhouse_answers(clickhouse_server: ClickHouseServer | GivenClickHouse) -> None:
    client = clickhouse_server.client()
    try:
        assert client.execute("SELECT 1") == [(1,)]
        assert client.execute("SELECT toDateTime(0) = toDateTime('1970-01-01 00:00:00')") == [(1,)], "the server's zone is UTC"
    finally:
        client.disconnect()


def test_a_killed_clickhouse_keeps_its_rows(clickhouse_factory: Callable[..., ClickHouseServer]) -> None:
    server = clickhouse_factory()
    client = server.client()
    client.execute("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a")
    client.execute("INSERT INTO t VALUES", [(1,), (2,)])
    client.disconnect()
    server.kill9()
    server.restart()
    client = server.client()
    assert client.execute("SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    client.disconnect()


class _Dud(ServerProcess):
    name = "Dud"

    def command(self) -> list[str]:
        return [sys.executable, "-c", "print('no such luck')"]

    def answers(self) -> bool:
        return False


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="no such luck"):
        _Dud(tmp_path).start()


_KILLED_TEST_RUN = """
import os, signal, sys
from pathlib import Path
from tests.support.process import ServerProcess

class Sleeper(ServerProcess):
    def command(self): return [sys.executable, "-c", "import signal; signal.pause()"]
    def answers(self): return True

server = Sleeper(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_server_outlives_a_killed_test_run(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", _KILLED_TEST_RUN, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == -9, run.stderr
    orphan = int(run.stdout)
    if psutil.pid_exists(orphan):
        psutil.Process(orphan).wait(timeout=10)
    assert not psutil.pid_exists(orphan)
