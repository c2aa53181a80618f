"""`peers`: the small job of `benchmarks/peers/job.py` on other engines and on ours, one core, outputs equal.

Input is ready in memory in the form that each engine takes; what is timed is the processor time of the process and all that it
started, pinned to one core. Everything that is a matter of choice was chosen in the peers' favour: see each module.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Case, Contender, Unavailable
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.peers import environment
from benchmarks.peers.job import FACTS

SEED = 20240103
OURS = "riskstream, one step a second"
READINGS, QUICK = 1_000_000, 200_000


def cases(options: Options) -> Iterator[Case]:
    given = {"readings": QUICK if options.quick else READINGS, "seed": options.seed}
    contenders = [*_ours(given), *_theirs(given)]
    yield Case(
        "the small job, an event a reading", "readings", contenders, FACTS, times_of=OURS, repeats=1 if options.quick else 3
    )
    yield Case("the small job, an event a frame of 20 readings", "readings",
               [*_ours(given)[:1], *_with_frames(given)], FACTS, times_of=OURS, repeats=1 if options.quick else 3)  # fmt: skip


def _ours(given: Mapping[str, Any]) -> list[Contender]:
    module = "benchmarks.peers.with_riskstream"
    return [
        Contender(OURS, in_child(module, "run", given)),
        Contender("riskstream, five steps a second", in_child(module, "run", {**given, "steps": 5})),
        Contender("riskstream, JSON frames decoded", in_child(module, "run", {**given, "json": True})),
    ]


def _theirs(given: Mapping[str, Any]) -> list[Contender]:
    return [
        _peer("Faust 0.15, agent", "with_faust", given, "agent"), _peer("Faust 0.15, stream alone", "with_faust", given),
        _peer("Quix Streams 3.28", "with_quix", given),
        _peer("Bytewax 0.21", "with_bytewax", given), _flink("process", given), _flink("thread", given),
        _peer("Polars, whole table", "with_polars", given), _peer("pandas, whole table", "with_pandas", given),
        _peer("plain Python loop", "plain", given),
        Contender("null work", in_child("benchmarks.peers.plain", "null", given), floor=True),
    ]  # fmt: skip


def _with_frames(given: Mapping[str, Any]) -> list[Contender]:
    framed = {**given, "frames": True}
    return [
        _peer("Faust 0.15, agent", "with_faust", framed, "agent"),
        _peer("Faust 0.15, stream alone", "with_faust", framed), _peer("Quix Streams 3.28", "with_quix", framed),
        _peer("Bytewax 0.21", "with_bytewax", framed), _peer("plain Python loop", "plain", framed),
    ]  # fmt: skip


def _peer(name: str, module: str, given: Mapping[str, Any], function: str = "run") -> Contender:
    def run(left_s: float) -> Sample:
        return in_child(f"benchmarks.peers.{module}", function, given, python=environment.python(_say))(left_s)

    return Contender(name, run)


def _flink(mode: str, given: Mapping[str, Any]) -> Contender:
    peer = _peer(f"PyFlink 2.3, {mode} mode", "with_flink", {**given, "mode": mode})

    def run(left_s: float) -> Sample:
        if shutil.which("java") is None:
            raise Unavailable("PyFlink needs Java 11 or newer; no `java` on PATH")
        return peer.run(left_s)

    return peer._replace(run=run)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario(
    "peers", SEED, "a small job on Faust, Quix Streams, Bytewax, PyFlink, Polars, pandas, and ours", 3600, 1500, opened
)
