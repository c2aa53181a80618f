"""Child of the crash test: commits transactions as fast as it can and tells each acknowledged one; it never ends by itself."""

from __future__ import annotations

import asyncio
import sys

from streams.domain.log import Output
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.embedded_store import Topic

PARTITIONS = 4


async def write(log: EmbeddedLog, partition: int, first: int) -> None:
    writer = log.writer(partition)
    await writer.open()
    number = first
    while True:
        outputs = [Output("warnings", b"k", b"%d" % number) for _ in range(number % 7)]
        await writer.commit(outputs, Output("steps", None, b"%d" % number))
        sys.stdout.write(f"{partition} {number}\n")
        sys.stdout.flush()
        number += 1


async def produce(log: EmbeddedLog) -> None:
    while True:
        await log.append_batch([Append("readings", None, b"E%d" % n, b"v" * 400) for n in range(50)])


async def main(path: str, first: int) -> None:
    log = EmbeddedLog.open(path)
    log.create_topics([Topic(name, PARTITIONS) for name in ("readings", "steps", "warnings")])
    await asyncio.gather(produce(log), *(write(log, p, first) for p in range(PARTITIONS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
