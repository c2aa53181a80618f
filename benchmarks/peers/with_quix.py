"""Quix Streams: a StreamingDataFrame, composed and called for each reading as its own consumer loop does. In its favour: no broker,
no codec, no state store. quix.io/docs/quix-streams/processing.html
"""

from __future__ import annotations

from typing import Any

from quixstreams import Application
from quixstreams.models import Topic, TopicType

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Job, Said, data, hashed
from benchmarks.peers.timing import Stopwatch


def run(readings: int, seed: int, frames: bool = False) -> Sample:
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()
    said, job = list[Said](), Job()
    app = Application(broker_address="127.0.0.1:9", auto_create_topics=False, consumer_group="small-job")  # never connected
    frame = app.dataframe(Topic(name="readings", topic_type=TopicType.REGULAR))
    frame = frame.apply(job.take_frame if frames else job.take).filter(lambda found: found is not None).update(said.append)
    call = frame.compose()["readings"]
    keyed = [(record, record[0].encode(), record[1 if frames else 2] * 1000, None) for record in records]
    watch = Stopwatch()
    for value, key, at_ms, headers in keyed:
        call(value, key, at_ms, headers)
    took = watch.cpu_s()
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))
