"""kill -9 of a writing process at any moment: what was acknowledged is there, whole, once, and nothing half."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from streams.domain.log import RawRecord, TopicPartition
from streams.transport.embedded import EmbeddedLog
from tests.unit.streams.transport.writes_until_killed import PARTITIONS

_CHILD = "tests.unit.streams.transport.writes_until_killed"
_ROOT = Path(__file__).resolve().parents[4]
_KILLS = 8


def killed_after(path: Path, first: int, acknowledged: int) -> list[tuple[int, int]]:
    """Run the child, kill it once it told so many commits, and give back all it ever told."""
    command = [sys.executable, "-m", _CHILD, str(path), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(acknowledged)]
        os.kill(child.pid, signal.SIGKILL)
        told += child.stdout.readlines()
    whole = [line.split() for line in told if line.endswith("\n")]
    return [(int(partition), int(number)) for partition, number in whole]


async def content(log: EmbeddedLog, topic: str, partition: int) -> list[RawRecord]:
    reader = log.reader()
    place = TopicPartition(topic, partition)
    found: list[RawRecord] = []
    position, end = 0, (await reader.end_offsets([place]))[place]
    while position < end:
        records, position = await reader.read(place, position, end)
        found += records
    await reader.close()
    return found


def test_acknowledged_transactions_survive_kill_9_whole_and_once(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    moments = random.Random(7)
    acknowledged: dict[int, list[int]] = {p: [] for p in range(PARTITIONS)}
    for kill in range(_KILLS):
        for partition, number in killed_after(path, kill * 1_000_000, moments.randrange(1, 120)):
            acknowledged[partition].append(number)
    log = EmbeddedLog.open(path)
    for partition in range(PARTITIONS):
        steps = asyncio.run(content(log, "steps", partition))
        warnings = asyncio.run(content(log, "warnings", partition))
        numbers = [int(r.value or b"") for r in steps]
        assert numbers == sorted(set(numbers))
        assert set(acknowledged[partition]) <= set(numbers)
        # Beyond what was told there may be what was on its way, one commit a life; it too is whole.
        assert len(numbers) <= len(acknowledged[partition]) + _KILLS
        assert [int(r.value or b"") for r in warnings] == [n for n in numbers for _ in range(n % 7)]
        for records in (steps, warnings):
            assert [r.offset for r in records] == list(range(len(records)))
            assert [r.broker_ms for r in records] == sorted(r.broker_ms for r in records)
    readings = [asyncio.run(content(log, "readings", p)) for p in range(PARTITIONS)]
    assert sum(map(len, readings)) % 50 == 0
    log.close()
