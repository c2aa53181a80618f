"""Where tests and developers get real servers from. `python -m tests.support.servers get` brings what can be brought."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.clickhouse_server import ClickHouseServer, GivenClickHouse, program
from tests.support.kafka_server import GivenKafka, KafkaServer, jars, java
from tests.support.process import StartFailed, Unavailable

__all__ = [
    "ClickHouseServer",
    "GivenClickHouse",
    "GivenKafka",
    "KafkaServer",
    "StartFailed",
    "Unavailable",
    "clickhouse",
    "kafka",
]


@contextmanager
def kafka(folder: Path, properties: Mapping[str, str] | None = None, given: str = "") -> Iterator[KafkaServer | GivenKafka]:
    """A running broker: the `given` one (host:port), else a private one in `folder` that is stopped at the end."""
    if given:
        yield GivenKafka(given)
        return
    server = KafkaServer(folder, properties=properties)
    server.start()
    try:
        yield server
    finally:
        server.kill9()


@contextmanager
def clickhouse(folder: Path, given: str = "") -> Iterator[ClickHouseServer | GivenClickHouse]:
    """A running ClickHouse: the `given` one (URL), else a private one in `folder` that is stopped at the end."""
    if given:
        yield GivenClickHouse(given)
        return
    server = ClickHouseServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill9()


_PACKAGES = {java: "openjdk-17-jre-headless", jars: "maven", program: "clickhouse-server"}


def _apt(packages: list[str]) -> None:
    """Install Debian packages, if this is root on a Debian; otherwise the tests that need them say so themselves."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"not installed, because that needs root and apt-get: {' '.join(packages)}", flush=True)
        return
    print(f"apt-get install {' '.join(packages)}", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False, **quiet)  # type: ignore[call-overload]


def get() -> None:
    """Bring Java, Kafka's jars and ClickHouse where they are missing and can be brought. Never fails: tests report what is missing."""
    wanted = []
    if not os.environ.get("RISKSTREAM_TEST_KAFKA"):
        wanted += [java, jars]
    if not os.environ.get("RISKSTREAM_TEST_CLICKHOUSE"):
        wanted += [program]
    missing = []
    for find in wanted:
        try:
            find()
        except Unavailable:
            missing.append(_PACKAGES[find])
    if missing:
        _apt(missing)
    for find in wanted:
        try:
            print(f"{find.__module__.rpartition('.')[2]}.{find.__name__}: {find()}", flush=True)
        except Unavailable as problem:
            print(f"not available: {problem}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["get"]:
        sys.exit("usage: python -m tests.support.servers get")
    get()
