"""Faust: an agent's body over `app.stream`, the state by source in a dictionary. In its favour: no broker, no codec, no
acknowledgement, no table; each of them makes it slower. https://faust-streaming.github.io/faust/userguide/streams.html
"""

from __future__ import annotations

import asyncio
from typing import Any

import faust

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Job, Said, data, hashed
from benchmarks.peers.timing import Stopwatch


def run(readings: int, seed: int, frames: bool = False) -> Sample:
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()
    app = faust.App("small-job", broker="kafka://127.0.0.1:9", web_enabled=False)  # never connected

    async def agent() -> tuple[float, list[Said]]:
        job, said = Job(), list[Said]()
        take = job.take_frame if frames else job.take
        stream = app.stream(records)
        watch = Stopwatch()
        async for record in stream:
            found = take(record)
            if found is not None:
                said.append(found)
        return watch.cpu_s(), said

    took, said = asyncio.run(agent())
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))
