"""`engine`: the whole engine (resolve, kernels, decisions, scores, minutes) on decoded columns, one core, one partition.

Registry and rules come before the clock starts, so does a while in which alarms come up; the first second after the registry, which
lays everything out, is told beside. Live is five steps a second, replay one; both must have the same outcome hash.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Case, Contender
from benchmarks.harness.memory import resident_mb
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.workloads.nation import LIVE_MS, REPLAY_MS, T0, beginning, configuration, nation, steps, values_of
from benchmarks.workloads.rule_sets import ALL, counted, rule_files, specs
from streams.domain.log import Cut

SEED = 20240101
POINTS, RULES, SHARES = (1_000, 20_000, 100_000, 440_000), (10, 30, ALL, 300, 1_000), (0.0, 0.01, 0.3)
QUICK_POINTS, QUICK_RULES = (1_000, 10_000), (10, ALL)


def whole(points: int, seconds: int, warm_s: int, share: float, rules: int, step_ms: int, seed: int) -> Sample:
    """CPU time of the thread that calls `Engine.apply`, over `seconds` of log time after `warm_s`."""
    from streams.engine.engine import Engine

    given, files = nation(points, share, seed), rule_files(rules)
    before_mb = resident_mb()
    engine = Engine(0, 1)
    engine.apply(Cut(partition=0, number=1, log_ms=T0), beginning(configuration(given, files)))
    took, first_s, said = 0.0, 0.0, 0
    outcome_hash = ""
    for number in range(1, warm_s + seconds + 2):
        for cut, decoded in steps(given, number, step_ms):
            began = time.thread_time()
            outcome = engine.apply(cut, decoded)
            spent = time.thread_time() - began
            outcome_hash = outcome.hash
            first_s += spent if number == 1 else 0.0
            if number > warm_s + 1:
                took += spent
                said += len(outcome.outputs)
    more = {"first_second_s": first_s, "outputs_a_s": said / seconds, "memory_MB": resident_mb() - before_mb}
    saved = sum(len(chunk) for _, chunk in engine.snapshot())
    return Sample(
        work=given.points * seconds,
        seconds=took,
        hash=outcome_hash,
        more={**more, "snapshot_bytes_a_point": saved / given.points},
    )


def kernels(points: int, seconds: int, warm_s: int, share: float, rules: int, seed: int) -> Sample:
    """Quality, windows, rules and delays alone: what the engine would cost if nothing followed from an alarm."""
    import numpy as np

    from streams.engine.kernels.judge import Judge
    from streams.engine.rules_load import load_rules

    given = nation(points, share, seed)
    judge = Judge()
    judge.use(load_rules(rule_files(rules)), T0)
    judge.define(specs(given.points))
    numbers, wire, took = np.arange(given.points, dtype=np.int32), np.zeros(given.points, np.uint8), 0.0
    for number in range(1, warm_s + seconds + 2):
        event_ms, value = np.full(given.points, T0 + number * 1000, np.int64), values_of(given, number)
        began = time.thread_time()
        judge.judge(numbers, event_ms, event_ms + 200, value, wire)
        judge.tick(T0 + number * 1000 + 900)
        took += time.thread_time() - began if number > warm_s + 1 else 0.0
    return Sample(work=given.points * seconds, seconds=took)


def null(points: int, seconds: int, share: float, step_ms: int, seed: int) -> Sample:
    """The same columns, each value looked at once."""
    given = nation(points, share, seed)
    took = 0.0
    for number in range(1, seconds + 1):
        for _, decoded in steps(given, number, step_ms):
            began = time.thread_time()
            decoded.frames.value.sum()
            took += time.thread_time() - began
    return Sample(work=given.points * seconds, seconds=took)


def cases(options: Options) -> Iterator[Case]:
    """Three walks from one place: over points, over rules, over the share in alarm."""
    quick = options.quick
    middle = QUICK_POINTS[-1] if quick else 20_000
    places = [(n, ALL, 0.01) for n in (QUICK_POINTS if quick else POINTS)]
    places += [(middle, rules, 0.01) for rules in (QUICK_RULES if quick else RULES) if rules != ALL]
    places += [(n, ALL, share) for n in ((middle,) if quick else (20_000, 440_000)) for share in SHARES if share != 0.01]
    places += [] if quick else [(middle, 10, 0.0)]  # the full rule set against ten rules, at rest too
    for points, rules, share in places:
        yield _case(points, rules, share, options)


def _case(points: int, rules: int, share: float, options: Options) -> Case:
    seconds, warm_s = (6, 12) if options.quick else (20, 45)
    given = {"points": points, "seconds": seconds, "share": share, "seed": options.seed}
    full = {**given, "warm_s": warm_s, "rules": rules}
    module = "benchmarks.scenarios.engine"
    contenders = [
        Contender("whole engine, live", in_child(module, "whole", {**full, "step_ms": LIVE_MS})),
        Contender("whole engine, replay", in_child(module, "whole", {**full, "step_ms": REPLAY_MS})),
        Contender("kernels alone", in_child(module, "kernels", full), compared=False),
        Contender("null work", in_child(module, "null", {**given, "step_ms": REPLAY_MS}), floor=True),
    ]
    name = f"{points:,} points, {'all' if rules == ALL else rules} rules, {share:.0%} in alarm"
    axes = {"points": float(points), "rules": float(counted(rules)), "share": share}
    return Case(name, "readings", contenders, axes=axes, repeats=1 if options.quick else 3)


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario(
    "engine",
    SEED,
    "the whole engine on columns: points, rules, share in alarm, live and replay batches, memory",
    3 * 3600,
    600,
    opened,
)
