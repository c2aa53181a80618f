"""Faust: an agent on a channel, as its guide tells one to write processors, and the same loop over `app.stream` without an agent.

In its favour: no broker, no codec, no table, the state by source in a dictionary, and the channel is full before the agent starts;
`app.stream` over a list saves it events and acknowledgements too. (faust-streaming.github.io/faust/userguide: Agents, Streams, Channels)
"""

from __future__ import annotations

import asyncio
from typing import Any

import faust

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Job, Said, data, hashed
from benchmarks.peers.timing import Stopwatch


def app_of(buffered: int) -> Any:
    """An app that is never connected."""
    return faust.App("small-job", broker="kafka://127.0.0.1:9", web_enabled=False, stream_buffer_maxsize=buffered)


def agent(readings: int, seed: int, frames: bool = False) -> Sample:
    """`@app.agent(channel)`."""
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()

    async def whole() -> tuple[float, list[Said]]:
        app, job, said = app_of(len(records) + 1), Job(), list[Said]()
        take = job.take_frame if frames else job.take
        channel, done, last = app.channel(), asyncio.Event(), records[-1]

        @app.agent(channel)
        async def levels(stream: Any) -> None:
            async for record in stream:
                found = take(record)
                if found is not None:
                    said.append(found)
                if record is last:
                    done.set()

        await levels.start()
        app.flow_control.resume()  # as a worker does once it has partitions
        await asyncio.sleep(0.5)  # until its stream listens to the channel; nobody's time
        for record in records:  # nothing here waits, so the agent sees none of it before the clock starts
            await channel.send(value=record)
        assert not said
        watch = Stopwatch()
        await done.wait()
        took = watch.cpu_s()
        await levels.stop()
        return took, said

    took, said = asyncio.run(whole())
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))


def run(readings: int, seed: int, frames: bool = False) -> Sample:
    """`app.stream(records)`."""
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()
    app = app_of(4096)

    async def whole() -> tuple[float, list[Said]]:
        job, said = Job(), list[Said]()
        take = job.take_frame if frames else job.take
        stream = app.stream(records)
        watch = Stopwatch()
        async for record in stream:
            found = take(record)
            if found is not None:
                said.append(found)
        return watch.cpu_s(), said

    took, said = asyncio.run(whole())
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))
