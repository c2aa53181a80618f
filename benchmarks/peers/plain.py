"""The job as a plain Python loop, and the loop with nothing in it: the reference, and the floor."""

from __future__ import annotations

from typing import Any

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Job, Said, data, hashed
from benchmarks.peers.timing import Stopwatch


def run(readings: int, seed: int, frames: bool = False) -> Sample:
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()
    said, job = list[Said](), Job()
    take = job.take_frame if frames else job.take
    watch = Stopwatch()
    for record in records:
        found = take(record)
        if found is not None:
            said.append(found)
    return Sample(work=given.size, seconds=watch.cpu_s(), hash=hashed(said, given.seconds), more={"said": float(len(said))})


def null(readings: int, seed: int) -> Sample:
    given = data(readings, seed)
    records = given.readings()
    watch = Stopwatch()
    for _record in records:
        pass
    return Sample(work=given.size, seconds=watch.cpu_s())
