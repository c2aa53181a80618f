"""PyFlink: DataStream keyed by source, a KeyedProcessFunction, parallelism 1, in process and in thread mode. In its favour: start and
end of the job are taken off (a small run before is subtracted), no checkpoints, state in the function's memory instead of a state
backend. nightlies.apache.org/flink/flink-docs-stable/docs/dev/python/datastream/operators/process_function/
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.common import Configuration, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment

from benchmarks.harness.results import Sample
from benchmarks.peers.job import Data, Said, Source, data, hashed
from benchmarks.peers.timing import Stopwatch

SMALL = 5  # the run that is subtracted has this share


class Levels(KeyedProcessFunction):
    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def process_element(self, value: Any, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        source = self.sources.get(value[0])
        if source is None:
            source = self.sources[value[0]] = Source(value[0])
        found = source.take(value[1], value[2], value[3])
        if found is not None:
            yield found


def once(given: Data, mode: str) -> tuple[float, float, list[Said]]:
    """(processor seconds of everything, wall seconds, what it said) of one job."""
    config = Configuration()
    config.set_string("python.execution-mode", mode)
    config.set_string("python.executable", sys.executable)
    config.set_string("python.client.executable", sys.executable)
    config.set_string("python.fn-execution.bundle.size", "100000")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    records = given.readings()
    watch = Stopwatch(whole_tree=True)
    stream = env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.INT(), Types.INT(), Types.DOUBLE()]))
    levels = stream.key_by(lambda reading: reading[0], key_type=Types.STRING()).process(
        Levels(), output_type=Types.TUPLE([Types.STRING(), Types.INT(), Types.INT()])
    )
    with levels.execute_and_collect() as found:
        said = [(str(a), int(b), int(c)) for a, b, c in found]
    return watch.cpu_s(), watch.wall_s(), said


def run(readings: int, seed: int, mode: str) -> Sample:
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).resolve().parents[2]), *sys.path[1:]])
    once(data(20_000, seed), mode)  # the JVM's first classes
    small, whole = data(readings // SMALL, seed), data(readings, seed)
    small_s, small_wall, _ = once(small, mode)
    took, wall, said = once(whole, mode)
    more = {"wall_s": wall - small_wall, "start_s": max(0.0, small_s - (took - small_s) / (SMALL - 1))}
    return Sample(work=whole.size - small.size, seconds=took - small_s, hash=hashed(said, whole.seconds), more=more)
