from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from streams.agents.health import Health, HealthServer, Verdict, probe
from streams.agents.metrics import Metrics
from streams.domain.metric_names import LAG, READINGS


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(stall_s=30, lag_limit_s=10, clock=clock)


def test_a_worker_without_an_assignment_is_alive_but_not_ready(health: Health) -> None:
    assert health.live() == Verdict(True)
    assert health.ready() == Verdict(False, ("no partitions assigned yet",))


def test_ready_only_when_every_assigned_partition_is_restored(health: Health) -> None:
    health.assigned([0, 3])
    health.restored(0)
    assert health.ready() == Verdict(False, ("partition 3 not restored",))
    health.restored(3)
    assert health.ready().ok


def test_a_standby_without_partitions_is_ready(health: Health) -> None:
    health.assigned([])
    assert health.ready().ok


def test_lag_beyond_the_limit_is_not_ready_and_the_limit_itself_is(health: Health) -> None:
    health.assigned([0])
    health.restored(0)
    health.lag(0, 10.0)
    assert health.ready().ok
    health.lag(0, 10.5)
    assert health.ready() == Verdict(False, ("partition 0 lags 10 s",))


def test_a_partition_that_came_back_must_be_restored_anew(health: Health) -> None:
    health.assigned([0, 1])
    health.restored(0)
    health.restored(1)
    health.assigned([1])
    health.assigned([0, 1])
    assert health.ready() == Verdict(False, ("partition 0 not restored",))


def test_readings_that_no_rule_judges_are_not_ready_until_rules_come(health: Health) -> None:
    health.assigned([0])
    health.restored(0)
    health.judging(0, by_rules=False)
    assert health.ready() == Verdict(False, ("partition 0 has no rules in force, its readings are not judged",))
    assert health.live().ok, "a restart would change nothing"
    health.judging(0, by_rules=True)
    assert health.ready().ok


def test_an_engine_given_up_is_not_ready(health: Health) -> None:
    health.assigned([0])
    health.restored(0)
    health.lost(0)
    assert not health.ready().ok
    assert health.live().ok


def test_a_silent_loop_is_neither_alive_nor_ready(health: Health, clock: Clock) -> None:
    health.assigned([])
    health.beat("steps-0")
    clock.s += 30
    assert health.live().ok
    clock.s += 1
    assert health.live() == Verdict(False, ("loop steps-0 silent for 31 s",))
    assert not health.ready().ok
    health.beat("steps-0")
    assert health.live().ok


def test_a_loop_that_ended_is_not_missed(health: Health, clock: Clock) -> None:
    health.beat("steps-0")
    health.ended("steps-0")
    clock.s += 1000
    assert health.live().ok


def test_a_failed_process_says_so_for_good(health: Health) -> None:
    health.failed("divergence in partition 2")
    health.beat("steps-0")
    assert health.live() == Verdict(False, ("divergence in partition 2",))


@pytest.fixture
async def server(health: Health) -> AsyncIterator[HealthServer]:
    metrics = Metrics()
    metrics.add(READINGS, 7, "1")
    metrics.set(LAG, 0.25, "1")
    server = HealthServer(health, metrics, port=0)
    await server.start()
    yield server
    await server.stop()


async def _ask(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


async def _get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    return await _ask(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


async def test_livez_and_readyz_answer_as_the_worker_is(server: HealthServer, health: Health) -> None:
    status, headers, body = await _get(server.port, "/livez")
    assert (status, headers["Content-Type"], json.loads(body)) == (200, "application/json", {"ok": True, "reasons": []})
    status, _, body = await _get(server.port, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, ["no partitions assigned yet"])
    health.assigned([])
    assert (await _get(server.port, "/readyz?verbose"))[0] == 200
    health.failed("told to")
    assert (await _get(server.port, "/livez"))[0] == 503


async def test_metrics_are_in_prometheus_text_format(server: HealthServer) -> None:
    status, headers, body = await _get(server.port, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b'riskstream_readings_total{partition="1"} 7.0\n' in body
    assert b'riskstream_lag_seconds{partition="1"} 0.25\n' in body


async def test_head_answers_without_a_body_of_the_same_length(server: HealthServer) -> None:
    status, headers, body = await _ask(server.port, b"HEAD /livez HTTP/1.1\r\n\r\n")
    _, whole, said = await _get(server.port, "/livez")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == int(whole["Content-Length"]) == len(said)


@pytest.mark.parametrize(
    ("request_head", "status"),
    [(b"GET / HTTP/1.1\r\n\r\n", 404), (b"POST /livez HTTP/1.1\r\n\r\n", 405), (b"\x16\x03\x01 hello\r\n\r\n", 400),
     (b"GET /livez\r\n\r\n", 400), (b"GET /livez HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 400)],
)  # fmt: skip
async def test_anything_else_is_refused(server: HealthServer, request_head: bytes, status: int) -> None:
    assert (await _ask(server.port, request_head))[0] == status
    assert (await _get(server.port, "/livez"))[0] == 200, "and the next one is served"


async def test_somebody_who_connects_and_leaves_disturbs_nobody(server: HealthServer) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /li")
    writer.close()
    await writer.wait_closed()
    assert (await _get(server.port, "/livez"))[0] == 200


async def test_the_probe_of_a_container_follows_the_answer(
    server: HealthServer, health: Health, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    assert await asyncio.to_thread(probe, f"{url}/livez") == 0
    assert await asyncio.to_thread(probe, f"{url}/readyz") == 1
    assert "no partitions assigned yet" in capsys.readouterr().err
    await server.stop()
    assert await asyncio.to_thread(probe, f"{url}/livez") == 1


async def test_the_probe_runs_as_a_module_and_brings_no_framework_with_it(server: HealthServer) -> None:
    run = [sys.executable, "-X", "importtime", "-m", "streams.agents.health", f"http://127.0.0.1:{server.port}/livez"]
    done = await asyncio.to_thread(subprocess.run, run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"faust", "aiokafka", "numba"} & {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()} == set()
