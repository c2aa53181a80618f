"""kill -9 of a whole small site, at random and inside commits: its file then holds exactly what a replay gives."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from backfill.replay import replay_log
from streams.domain.log import Outcome, TopicPartition
from streams.steps.codec import decode_step
from streams.transport.embedded import EmbeddedLog
from tests.support.worker_process import PLACES, PROJECT

PARTITIONS = 2
PATIENCE_S = 300.0  # only a failure waits so long: the machine may have two cores, and others at work on them
OUTPUTS = ("warnings", "level", "risk", "aggregates", "region-close", "dead-letters")


def started(path: Path, seconds: float, *suicide: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.embedded_site", str(path), str(PARTITIONS), str(seconds), *map(str, suicide)]
    log = path.with_suffix(".log").open("ab")
    try:
        return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, stderr=log)
    finally:
        log.close()


def steps_in(path: Path) -> int:
    """Committed steps, seen by a reader of the file that knows nothing of us."""
    if not path.exists():
        return 0
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if "records" not in tables:
            return 0
        query = "SELECT count(*) FROM records JOIN streams ON streams.id = records.stream WHERE streams.topic = 'steps'"
        return int(db.execute(query).fetchone()[0])


def test_a_site_killed_ten_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    dice = random.Random(77)
    path, pause = tmp_path / "site.db", threading.Event()
    for kill in range(10):
        before = steps_in(path)
        suicide = () if kill % 2 else (PLACES[kill // 2 % 3], dice.randint(1, 30))
        site = started(path, 0, *suicide)
        try:
            if suicide:
                assert site.wait(PATIENCE_S) == -9, path.with_suffix(".log").read_text()[-3000:]
            wanted, late = before + dice.randint(3, 60), time.monotonic() + PATIENCE_S
            while site.poll() is None and steps_in(path) < wanted:
                assert time.monotonic() < late, path.with_suffix(".log").read_text()[-3000:]
                pause.wait(0.05)
            pause.wait(dice.random() / 10)
        finally:
            site.kill()
            site.wait()
    assert started(path, 3).wait(PATIENCE_S) == 0, path.with_suffix(".log").read_text()[-3000:]
    asyncio.run(assert_exact(path))


async def assert_exact(path: Path) -> None:
    """What the file holds is what a replay gives, once, and every hash agrees."""
    expected: dict[TopicPartition, list[tuple[bytes | None, bytes | None]]] = defaultdict(list)

    def listen(partition: int, outcome: Outcome) -> None:
        for output in outcome.outputs:
            expected[TopicPartition(output.topic, partition)].append((output.key, output.value))

    log = EmbeddedLog.open(path)
    summary = await replay_log(log, range(PARTITIONS), PARTITIONS, listen)
    assert summary.diverged == []
    reader = log.reader()
    for topic in OUTPUTS:
        for partition in range(PARTITIONS):
            place = TopicPartition(topic, partition)
            records, _ = await reader.read(place, 0, 1 << 60, 1 << 30)
            found = [(r.key, r.value) for r in records]
            if topic == "level":  # compacted at each start of the site: some of what was overwritten is gone, the last word never
                assert dict(found) == dict(expected[place]), place
                replayed = iter(expected[place])
                assert all(one in replayed for one in found), place
            else:
                assert found == expected[place], place
    said = sum(len(v) for place, v in expected.items() if place.topic == "warnings")
    assert said > 50, "too little happened for this to prove anything"
    for partition in range(PARTITIONS):
        records, _ = await reader.read(TopicPartition("steps", partition), 0, 1 << 60, 1 << 30)
        steps = [decode_step(r.value or b"") for r in records]
        assert [s.number for s in steps] == list(range(1, len(steps) + 1))
        assert not [s for s in steps if s.gaps or s.skip or "divergence" in s.degraded]
    await reader.close()
    log.close()
