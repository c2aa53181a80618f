"""A process that sends a nation's frames at a fixed rate, and the probes among them.

`python -m benchmarks.workloads.sending JSON` sends for its seconds and then says, as one JSON line, what it sent and how far it fell
behind its own clock: a rate that was not sent was not held.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from benchmarks.workloads import nation as nations
from benchmarks.workloads.probes import EVERY_MS, Probing
from streams.transport.kafka_client import KafkaSettings
from streams.transport.kafka_producing import KafkaProducerPort

SLICE_S = 0.02
VARIANTS, VARIANT_S = 12, 5  # a minute of values, each for five seconds: making them must not cost the machine its cores
_STAMP = b'"collected_at":'


def prepared(given: nations.Nation) -> list[list[tuple[bytes, bytes, bytes]]]:
    """(key, before the stamp, after it) of every frame of each variant."""
    found = []
    for variant in range(VARIANTS):
        frames = []
        for key, value in nations.frames_of(given, variant * VARIANT_S + 1):
            head, _, rest = value.partition(_STAMP)
            frames.append((key, head + _STAMP, rest[rest.index(b",") :]))
        found.append(frames)
    return found


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def send(bootstrap: str, points: int, rate: float, seconds: float, partitions: int, seed: int) -> dict[str, Any]:
    given = nations.nation(points, 0.01, seed)
    variants, probing = prepared(given), Probing(partitions)
    period_s = given.points / rate
    port = KafkaProducerPort(KafkaSettings(bootstrap, client_id="bench-sender"))
    await port.open()
    print("ready", flush=True)
    began, sent, probes, behind_s, cpu_s = time.monotonic(), 0, 0, 0.0, time.process_time()
    while (elapsed := time.monotonic() - began) < seconds:
        frames, at_ms = variants[int(elapsed) // VARIANT_S % VARIANTS], now_ms()
        due = int(elapsed / period_s * given.frames)
        behind_s = max(behind_s, (due - sent) / given.frames * period_s)
        for number in range(sent, due):
            key, head, tail = frames[number % given.frames]
            await port.append("readings", None, key, b"%b%d%b" % (head, at_ms, tail))
        sent = due
        if elapsed * 1000 >= probes * EVERY_MS:
            probes += 1
            for key, value in probing.frames(now_ms()):
                await port.append("readings", None, key, value)
        await asyncio.sleep(max(0.0, SLICE_S - (time.monotonic() - began - elapsed)))
    took, cpu_s = time.monotonic() - began, time.process_time() - cpu_s
    await port.flush()
    await port.close()
    return {
        "frames": sent,
        "readings": sent * nations.PER_SOURCE,
        "probes": probing.sent,
        "seconds": took,
        "behind_s": behind_s,
        "cpu_s": cpu_s,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(send(**json.loads(sys.argv[1])))), flush=True)
