"""A process that reads `warnings` as committed and notes for each probe's alarm when it was stamped and when it was read.

`python -m benchmarks.workloads.listening BOOTSTRAP PARTITIONS FILE` writes "stamp_ms receipt_ms" lines until it is ended.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

FLUSH_EVERY_S = 0.2


class _Alarm(msgspec.Struct):
    """Only what a probe's alarm is told by."""

    enterprise: str = ""
    event_ms: int = 0
    kind: str = ""


async def listen(bootstrap: str, partitions: int, path: Path) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False,
                                auto_offset_reset="latest", fetch_max_wait_ms=50)  # fmt: skip
    await consumer.start()
    consumer.assign([TopicPartition("warnings", p) for p in range(partitions)])
    await consumer.seek_to_end()
    decoder = msgspec.json.Decoder(_Alarm)
    print("ready", flush=True)
    flushed = 0.0
    with path.open("w", encoding="ascii") as out:
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                at_ms = time.time_ns() // 1_000_000
                for record in records:
                    found = decoder.decode(record.value)
                    if found.enterprise.startswith("PROBE") and found.kind in ("alarm_on", "alarm_off"):
                        out.write(f"{found.event_ms} {at_ms}\n")
            if time.monotonic() - flushed > FLUSH_EVERY_S:
                flushed = time.monotonic()
                out.flush()


if __name__ == "__main__":
    uvloop.run(listen(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
