"""A small site in one process: the embedded log, its own traffic, the steps of all partitions. Tests kill it.

`python -m tests.support.embedded_site FILE PARTITIONS SECONDS [WHERE COUNT]` plays for SECONDS (0: until killed), drains, ends.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from streams.agents.settings import Settings
from streams.app import House
from streams.transport.embedded import Append, EmbeddedLog
from tests.support import traffic
from tests.support.worker_process import arm

ROUND_S = 0.1


async def play(path: Path, partitions: int, seconds: float) -> None:
    log = EmbeddedLog.open(path)
    house = House(Settings(log=f"embedded:{path}", role="steps", partitions=partitions, checkpoint_s=2.0), log=log)
    await house.start()
    await house.ready()
    registry = await log.reader().end_offsets([traffic.REGISTRY])
    if not registry[traffic.REGISTRY]:
        await log.append_batch([Append(s.topic, None, s.key, s.value) for s in traffic.configuration()])
    number = traffic.now_ms() // 100
    ends_at = asyncio.get_running_loop().time() + seconds
    while not seconds or asyncio.get_running_loop().time() < ends_at:
        await log.append_batch([Append(s.topic, None, s.key, s.value) for s in traffic.round_of(number, traffic.now_ms())])
        number += 1
        await asyncio.sleep(ROUND_S)
    await house.drained()
    await house.stop()
    log.close()


if __name__ == "__main__":
    if len(sys.argv) > 4:
        arm(sys.argv[4], int(sys.argv[5]))
    asyncio.run(play(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
