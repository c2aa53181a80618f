"""`workers`: eight partitions by one worker on one core, and by two on two: bytes of frames to outcomes, no broker. Same hashes, wall time.

What a partition says does not depend on who owns it, so two workers must end with the hashes of one. The ratio is what a second core
brings where nothing is shared but memory; with a broker on the same cores see `live`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from backfill.replay import log_hash
from benchmarks.harness.measuring import Case, Contender, Unavailable
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.workloads.rule_sets import HOME

SEED, PARTITIONS = 20240108, 8


def at_once(workers: int, points: int, seconds: int, seed: int) -> Callable[[float], Sample]:
    """All partitions shared out to so many processes, each on a core of its own, begun together."""

    def run(left_s: float) -> Sample:
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < workers:
            raise Unavailable(f"{workers} workers need as many cores; this machine gives {len(cores)}")
        processes = [_begun(range(w, PARTITIONS, workers), points, seconds, seed, cores[w]) for w in range(workers)]
        try:
            for process in processes:
                if _line(process).strip() != "ready":
                    raise Unavailable("a worker did not start")
            began = time.perf_counter()
            for process in processes:
                _tell(process)
            told = [json.loads(_line(process) or "{}") for process in processes]
            took = time.perf_counter() - began
        finally:
            for process in processes:
                process.kill()
                process.communicate()
        return _sample(told, took)

    return run


def _sample(told: list[dict[str, Any]], took: float) -> Sample:
    if not all(told):
        raise Unavailable("a worker ended before its work")
    hashes = {int(p): h for one in told for p, h in one["hashes"].items()}
    more = {"cpu_s": sum(one["cpu_s"] for one in told), "memory_MB": sum(one["memory_MB"] for one in told)}
    return Sample(work=sum(one["readings"] for one in told), seconds=took, hash=log_hash(hashes), more=more)


def _begun(mine: Iterable[int], points: int, seconds: int, seed: int, core: int) -> subprocess.Popen[str]:
    given = {"points": points, "seconds": seconds, "partitions": PARTITIONS, "mine": list(mine), "seed": seed}
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.workloads.worker", json.dumps(given)], cwd=HOME, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(HOME)})  # fmt: skip
    os.sched_setaffinity(process.pid, {core})
    return process


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    points, seconds = (10_000, 5) if options.quick else (200_000, 40)
    contenders = [
        Contender(name, at_once(n, points, seconds, options.seed)) for name, n in (("one worker", 1), ("two workers", 2))
    ]
    yield [
        Case(
            f"{points:,} points on {PARTITIONS} partitions, JSON frames decoded",
            "readings",
            contenders,
            repeats=1 if options.quick else 3,
        )
    ]


SCENARIO = Scenario("workers", SEED, "eight partitions by one worker, and by two on two cores", 2400, 300, opened)
