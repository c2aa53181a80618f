"""`replay`: a recording on disk to the warnings it causes, one core: Parquet, JSON lines and packed JSON lines.

Reading the file, merging, decode and engine are all in the time; writing the recording is not, and what is there once (registry, rules,
kernels loaded, everything laid out: the first seconds) is told beside it. Every form must end with the same log
hash. The floor is reading the records and passing them over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import msgspec

from backfill.configuration import configuration, configuration_records
from backfill.inputs import InputRecord, read_inputs, write_inputs
from backfill.replay import Recording, known
from backfill.simulate import Simulation, World, drawn
from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Case, Contender
from benchmarks.harness.memory import peak_mb
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.peers.timing import Stopwatch
from benchmarks.workloads import nation as nations
from benchmarks.workloads.rule_sets import HOME, rule_files

SEED = 20240104
FIRST_WINDOWS = 3  # seconds: registry and rules, everything laid out, kernels loaded
FORMS = ("parquet", "jsonl", "jsonl.gz")
START_MS = 1_767_571_200_000  # 2026-01-05T08:00:00+08:00


def of_nation(points: int, seconds: int, seed: int) -> Iterator[InputRecord]:
    """One frame a source and second, 1 % of the points in alarm: the proportions of `engine`."""
    given = nations.nation(points, 0.01, seed)
    for topic, key, value in nations.configuration(given, rule_files(0)):
        yield InputRecord(nations.T0, topic, key, msgspec.json.encode(value))
    for number in range(1, seconds + 1):
        for at_ms, (key, value) in zip(nations.arrivals_ms(given, number), nations.frames_of(given, number), strict=True):
            yield InputRecord(at_ms, "readings", key, value)


def of_city(seconds: int, seed: int) -> Iterator[InputRecord]:
    """A simulated city with its incidents, papers, cameras and weather, as `riskstream simulate` writes it."""
    world = World.generate("city", seed)
    simulation = Simulation(world, START_MS, seed, drawn(world, seconds, seed))
    rules = configuration_records(configuration(HOME / "risk_rules"), START_MS, "bench")
    yield from chain(rules, simulation.registry_records(START_MS), simulation.records(START_MS + seconds * 1000))


def played(path: str) -> Sample:
    """The recording at `path` through the engine; processor time of everything after the first seconds, which are told beside."""
    recording, skipped = Recording(1), Counter[str]()
    summary, watch, start_s, before = recording.summary, Stopwatch(), 0.0, 0
    for windows, _log_ms in enumerate(recording.play(known(read_inputs(Path(path)), skipped)), start=1):
        if windows == FIRST_WINDOWS:
            start_s, before = watch.cpu_s(), summary.readings
    took = watch.cpu_s() - start_s
    more = {
        "start_s": start_s,
        "records": float(summary.records),
        "warnings": float(summary.outputs["warnings"]),
        "memory_MB": peak_mb(),
    }
    return Sample(work=summary.readings - before, seconds=took, hash=summary.log_hash(), more=more)


def read_only(path: str, readings: int) -> Sample:
    next(read_inputs(Path(path)))  # pyarrow is imported
    watch = Stopwatch()
    for _record in read_inputs(Path(path)):
        pass
    return Sample(work=readings, seconds=watch.cpu_s())


def cases(options: Options) -> Iterator[Case]:
    points, seconds = (2_000, 20) if options.quick else (20_000, 120)
    works = {
        f"{points:,} points, {seconds} s, 1 % in alarm": (list(of_nation(points, seconds, options.seed)), points * seconds),
        f"a simulated city, {seconds} s": (list(of_city(seconds, options.seed)), 0),
    }
    for number, (name, (records, readings)) in enumerate(works.items()):
        for form in FORMS:
            write_inputs(options.folder / f"{number}.{form}", records)
        paths = {form: str(options.folder / f"{number}.{form}") for form in FORMS}
        module = "benchmarks.scenarios.replay"
        contenders = [Contender(form, in_child(module, "played", {"path": path})) for form, path in paths.items()]
        if readings:
            reading = {"path": paths["parquet"], "readings": readings}
            contenders.append(
                Contender("null work: parquet read and passed over", in_child(module, "read_only", reading), floor=True)
            )
        facts = {f"{form} MB": Path(path).stat().st_size / 1e6 for form, path in paths.items()}
        yield Case(name, "readings", contenders, facts, repeats=1 if options.quick else 3)


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario("replay", SEED, "Parquet and JSON lines to warnings, one core", 2400, 400, opened)
