"""A worker without a broker: some partitions of a nation's frames, decoded and applied second by second.

`python -m benchmarks.workloads.worker JSON` prepares, says "ready", waits for a line, works, and says what it did as one JSON line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.harness.memory import resident_mb
from benchmarks.workloads import nation as nations
from benchmarks.workloads.rule_sets import ALL, rule_files
from streams.decode.decoder import Decoder
from streams.domain.log import Cut, RawRecord
from streams.domain.partitions import partition_of
from streams.engine.engine import Engine

Work = list[tuple[int, Cut, list[RawRecord], list[int]]]  # partition, cut, records, their log times


def engines(given: nations.Nation, partitions: int, mine: Sequence[int]) -> dict[int, Engine]:
    """Engines of the partitions `mine`, each with its own enterprises."""
    settings = nations.configuration(given, rule_files(ALL))
    made = {}
    for partition in mine:
        own = [s for s in settings if not s[1].startswith(b"enterprise/") or partition_of(s[1][11:], partitions) == partition]
        made[partition] = Engine(partition, partitions)
        made[partition].apply(Cut(partition=partition, number=1, log_ms=nations.T0), nations.beginning(own))
    return made


def second(given: nations.Nation, number: int, partitions: int, mine: Sequence[int]) -> Work:
    """The frames of second `number` as steps of the partitions `mine`."""
    records: dict[int, list[RawRecord]] = {partition: [] for partition in mine}
    for at_ms, (key, value) in zip(nations.arrivals_ms(given, number), nations.frames_of(given, number), strict=True):
        partition = partition_of(key, partitions)
        if partition in records:
            offset = number * given.frames + len(records[partition])
            records[partition].append(RawRecord("readings", partition, offset, at_ms, key, value))
    end_ms = nations.T0 + number * 1000 + 1000
    return [
        (p, Cut(partition=p, number=number + 1, log_ms=end_ms), raw, [r.broker_ms for r in raw]) for p, raw in records.items()
    ]


def work(points: int, seconds: int, partitions: int, mine: list[int], seed: int) -> dict[str, Any]:
    given = nations.nation(points, 0.01, seed)
    made, decoders = engines(given, partitions, mine), {partition: Decoder() for partition in mine}
    todo = [second(given, number, partitions, mine) for number in range(1, seconds + 2)]
    hashes, readings = {}, 0
    for number, parts in enumerate(todo):
        if number == 1:  # the first second lays everything out
            print("ready", flush=True)
            sys.stdin.readline()
            began = time.process_time()
        for partition, cut, records, log_ms in parts:
            outcome = made[partition].apply(cut, decoders[partition].decode(records, log_ms))
            hashes[str(partition)] = outcome.hash
            readings += outcome.readings if number else 0
    return {"hashes": hashes, "readings": readings, "cpu_s": time.process_time() - began, "memory_MB": resident_mb()}


if __name__ == "__main__":
    print(json.dumps(work(**json.loads(sys.argv[1]))), flush=True)
