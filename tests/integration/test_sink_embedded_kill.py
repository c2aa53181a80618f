"""The process that holds the embedded engine is killed with -9 while it stores: the next one goes on, exactly."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streams.sinks.engines import connector

ROOT = Path(__file__).parents[2]
LAST = 150
KILLS = 5
# Stores offset after offset from where the database says it stands; says so on its output.
_WRITER = """
import asyncio, sys
from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.domain.outputs import CommitmentState, LevelNow
from streams.sinks.engines import connector
from streams.sinks.sink import Sink
import msgspec

T, LAST = 1_772_409_600_000, int(sys.argv[2])

def record(topic, offset):
    if topic == "level":
        value = LevelNow(scope="source", code=f"S{offset % 7}", enterprise="E", region="R", level="red", since_ms=T, at_ms=T + offset)
    else:
        value = CommitmentState(enterprise=f"E{offset}", region="R", date="2026-03-02", state="on_time", at_ms=T)
    return RawRecord(topic, 0, offset, T, b"k", msgspec.json.encode(value))

async def main():
    sink = Sink(connector(sys.argv[1]))
    await sink.open()
    offset = sink.position(TopicPartition("level", 0)) or 0
    print("open", offset, flush=True)
    while offset < LAST:
        await sink.take([Batch(topic, 0, offset, offset + 1, [record(topic, offset)]) for topic in ("aggregates", "level")])
        offset += 1
        print(offset, flush=True)
    await sink.close()

asyncio.run(main())
"""


def test_kill_9_of_the_embedded_engine_loses_and_doubles_nothing(tmp_path: Path) -> None:
    pytest.importorskip("chdb")
    target = f"chdb:{tmp_path / 'clickhouse'}"
    chance = random.Random(5)
    reached = 0
    for attempt in range(KILLS + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, target, str(LAST)], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        opened = process.stdout.readline().split()
        assert opened[:1] == ["open"]
        assert int(opened[1]) >= reached, "what was said to be stored is stored"
        killer = threading.Timer(chance.uniform(0.0, 0.4), process.kill) if attempt < KILLS else None
        if killer:
            killer.start()
        for line in process.stdout:
            reached = int(line)
        process.wait(300)
        process.stdout.close()
        if killer:
            killer.join()
    assert reached == LAST
    engine = connector(target)()
    try:
        assert engine.query("SELECT count() FROM {db}.commitments FINAL") == [(LAST,)]
        assert engine.query("SELECT count(), max(at_ms) FROM {db}.levels FINAL") == [(7, 1_772_409_600_000 + LAST - 1)]
        assert engine.query("SELECT topic, stop FROM {db}.sink_positions FINAL ORDER BY topic") == [
            ("aggregates", LAST),
            ("level", LAST),
        ]
    finally:
        engine.close()
