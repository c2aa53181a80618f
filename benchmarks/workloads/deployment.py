"""A whole deployment on this machine: a real Kafka (KRaft), ClickHouse, workers by role, a sender and a listener; all killed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.harness.measuring import Unavailable
from benchmarks.workloads import nation as nations
from benchmarks.workloads import probes
from benchmarks.workloads.rule_sets import HOME, rule_files
from riskstream.topics import apply, read_topics
from streams.transport.kafka_admin import KafkaAdmin
from streams.transport.kafka_client import KafkaSettings
from streams.transport.kafka_producing import KafkaProducerPort
from tests.support.process import ServerProcess, StartFailed
from tests.support.process import Unavailable as NoServer
from tests.support.servers import clickhouse, kafka

_TICKS = os.sysconf("SC_CLK_TCK")


class Plan(NamedTuple):
    """What to deploy. `checkpoint_s` as a worker is told."""

    points: int
    partitions: int
    seed: int
    workers: int = 1
    sink: bool = True
    checkpoint_s: int = 60


class Worker(ServerProcess):
    name = "worker"
    stop_timeout_s = 20.0

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder)
        self._given = dict(environment)

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "riskstream.worker"]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(HOME), **self._given}

    def answers(self) -> bool:
        return True  # what it does to the log is what is looked at


class Deployment:
    """Servers and workers of a `Plan`; `probed` tells what came back."""

    def __init__(self, plan: Plan, folder: Path, bootstrap: str, servers: Mapping[str, int]) -> None:
        self.plan, self.folder, self.bootstrap = plan, folder, bootstrap
        self.workers: dict[str, Worker] = {}
        self._servers = dict(servers)
        self._told = folder / "probes.txt"

    def cpu_s(self) -> dict[str, float]:
        """Processor seconds so far by process."""
        pids = self._servers | {name: worker.pid for name, worker in self.workers.items()}
        return {name: spent(pid) for name, pid in pids.items()}

    def probed(self, from_ms: int = 0) -> list[tuple[int, int]]:
        """(stamp, receipt) of the probes' alarms stamped since `from_ms`."""
        if not self._told.exists():
            return []
        lines = self._told.read_text(encoding="ascii").splitlines()
        pairs = [(int(a), int(b)) for a, _, b in (line.partition(" ") for line in lines[:-1] if line)]
        return [pair for pair in pairs if pair[0] >= from_ms]

    def wait_probe(self, from_ms: int, limit_s: float) -> tuple[int, int]:
        """The first alarm of a probe stamped since `from_ms`. Raises Unavailable when none comes."""
        ends_at = time.monotonic() + limit_s
        while time.monotonic() < ends_at:
            if found := self.probed(from_ms):
                return min(found, key=lambda pair: pair[1])
            self.check()
            time.sleep(0.05)
        raise Unavailable(f"no warning within {limit_s:.0f} s; {self._tails()}")

    def check(self) -> None:
        """Raises Unavailable when a worker has ended."""
        for name, worker in self.workers.items():
            if not worker.running:
                raise Unavailable(f"{name} ended: {worker.log_tail(3)[-300:]}")

    def _tails(self) -> str:
        return "; ".join(f"{name}: {worker.log_tail(1)[-200:]}" for name, worker in self.workers.items())

    @contextmanager
    def sending(self, rate: float, seconds: float) -> Iterator[subprocess.Popen[str]]:
        """A sender at `rate` readings a second; it has made its frames when the block begins."""
        given = {"bootstrap": self.bootstrap, "points": self.plan.points, "rate": rate, "seconds": seconds,
                 "partitions": self.plan.partitions, "seed": self.plan.seed}  # fmt: skip
        with _running(["benchmarks.workloads.sending", json.dumps(given)], self.folder / "sender.log") as process:
            yield process


def spent(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _running(arguments: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A module of ours as a process, from its word that it is ready until the end of the block."""
    with log.open("a", encoding="utf-8") as said:
        process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=HOME, stdout=subprocess.PIPE, stderr=said, text=True,
                                   env={**os.environ, "PYTHONPATH": str(HOME)})  # fmt: skip
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise Unavailable(f"{arguments[0]} did not start: {log.read_text(errors='replace')[-300:]}")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def deployed(plan: Plan, folder: Path) -> Iterator[Deployment]:
    """Everything up, registry and rules published. Raises Unavailable when there is no Kafka (or no ClickHouse for a sink)."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(kafka(folder / "kafka"))
            database = stack.enter_context(clickhouse(folder / "clickhouse")) if plan.sink else None
        except (NoServer, StartFailed) as problem:
            raise Unavailable(str(problem).splitlines()[0]) from None
        with KafkaAdmin(broker.bootstrap) as admin:
            apply(admin, read_topics(None, "en", plan.partitions), 1, False)
        asyncio.run(_publish(plan, broker.bootstrap))
        servers = {"kafka": broker.pid} if isinstance(broker, ServerProcess) else {}
        servers |= {"clickhouse": database.pid} if isinstance(database, ServerProcess) else {}
        made = Deployment(plan, folder, broker.bootstrap, servers)
        listener = ["benchmarks.workloads.listening", broker.bootstrap, str(plan.partitions), str(folder / "probes.txt")]
        made._servers["listener"] = stack.enter_context(_running(listener, folder / "listener.log")).pid
        url = database.url.removesuffix("/default") + "/riskstream" if database is not None else ""
        for name, role in _roles(plan):
            worker = Worker(folder / name, _environment(plan, broker.bootstrap, name, role, url))
            stack.callback(worker.kill9)
            worker.start()
            made.workers[name] = worker
        yield made


def _roles(plan: Plan) -> list[tuple[str, str]]:
    names = [(f"steps-{n}", "steps") for n in range(plan.workers)] + [("rollup", "rollup")]
    return [*names, ("sink", "sink")] if plan.sink else names


def _environment(plan: Plan, bootstrap: str, name: str, role: str, url: str) -> dict[str, str]:
    return {
        "RISKSTREAM_LOG": f"kafka://{bootstrap}", "RISKSTREAM_ROLE": role, "RISKSTREAM_INSTANCE": name,
        "RISKSTREAM_PARTITIONS": str(plan.partitions), "RISKSTREAM_CHECKPOINT_S": str(plan.checkpoint_s), "RISKSTREAM_CLICKHOUSE": url,
        "RISKSTREAM_TOPICS": str(HOME / "topics.yaml"),
    }  # fmt: skip


async def _publish(plan: Plan, bootstrap: str) -> None:
    given = nations.nation(plan.points, 0.01, plan.seed)
    settings: list[tuple[str, bytes, Any]] = nations.configuration(given, {**rule_files(0), **probes.RULES})
    port = KafkaProducerPort(KafkaSettings(bootstrap, client_id="bench-settings"))
    await port.open()
    try:
        for topic, key, value in [*settings[:-1], *probes.registry(plan.partitions), settings[-1]]:
            await port.append(topic, 0, key, msgspec.json.encode(value))
        await port.flush()
    finally:
        await port.close()
