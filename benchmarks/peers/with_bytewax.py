"""Bytewax: keyed by source, `stateful_flat_map`, as its guide writes stateful operators. In its favour: one worker without recovery,
input in batches. docs.bytewax.io/stable/guide/getting-started/join-example.html
"""

from __future__ import annotations

from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Frame, Reading, Said, Source, data, hashed
from benchmarks.peers.timing import Stopwatch

BATCH = 1000


def step(state: Source | None, reading: Reading) -> tuple[Source | None, list[Said]]:
    source = Source(reading[0]) if state is None else state
    found = source.take(reading[1], reading[2], reading[3])
    return source, [] if found is None else [found]


def step_frame(state: Source | None, frame: Frame) -> tuple[Source | None, list[Said]]:
    source = Source(frame[0]) if state is None else state
    found = source.take_frame(frame[1], frame[2])
    return source, [] if found is None else [found]


def run(readings: int, seed: int, frames: bool = False) -> Sample:
    given = data(readings, seed)
    records: list[Any] = given.frames() if frames else given.readings()
    said: list[tuple[str, Said]] = []
    flow = Dataflow("small_job")
    stream = op.input("in", flow, TestingSource(records, batch_size=BATCH))
    keyed = op.key_on("by_source", stream, lambda record: record[0])
    levels = op.stateful_flat_map("levels", keyed, step_frame if frames else step)
    op.output("out", levels, TestingSink(said))
    watch = Stopwatch()
    run_main(flow)
    took = watch.cpu_s()
    return Sample(work=given.size, seconds=took, hash=hashed((value for _, value in said), given.seconds))
