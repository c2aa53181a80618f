"""`recovery`: kill -9 of the steps worker under load, started again at once; how long until the next warning is read as committed.

The warning that counts is of a reading that was sent after the kill. `caught_up_s` is when warnings come within two seconds again. A
small site and the nation; each is killed three times, after a checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from benchmarks.harness.measuring import Case, Contender, Unavailable
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.scenarios.live import SETTLE_S, settle
from benchmarks.workloads.deployment import Deployment, Plan, deployed

SEED = 20240107
LIMIT_S, NEAR_MS = 180.0, 2000
KILLS, QUICK_KILLS = 3, 1


def killed(made: Deployment, calm_s: float) -> tuple[float, float]:
    """(seconds to the next warning, seconds until warnings come in time again) of one kill, after `calm_s` of load."""
    worker = made.workers["steps-0"]
    time.sleep(calm_s)
    made.check()
    kill_ms, began = time.time_ns() // 1_000_000, time.monotonic()
    worker.kill9()
    worker.start()
    _, receipt = made.wait_probe(kill_ms, LIMIT_S)
    ends_at = began + LIMIT_S
    while time.monotonic() < ends_at:
        near = [receipt_ms for stamp, receipt_ms in made.probed(kill_ms) if receipt_ms - stamp <= NEAR_MS]
        if near:
            return (receipt - kill_ms) / 1000, (min(near) - kill_ms) / 1000
        time.sleep(0.1)
    raise Unavailable(f"warnings were not in time again within {LIMIT_S:.0f} s")


def run(plan: Plan, rate: float, kills: int, options: Options, left_s: float) -> Sample:
    ends_at = time.monotonic() + left_s
    calm_s = plan.checkpoint_s + 15.0
    took: list[float] = []
    caught: list[float] = []
    with deployed(plan, options.folder / f"recovery-{plan.points}-{time.monotonic_ns()}") as made:
        settle(made, rate / 10, min(left_s, SETTLE_S))
        with made.sending(rate, left_s):
            made.wait_probe(time.time_ns() // 1_000_000, LIMIT_S)
            for _ in range(kills):
                if time.monotonic() + calm_s > ends_at:
                    break
                seconds, caught_s = killed(made, calm_s)
                took.append(seconds)
                caught.append(caught_s)
    if not took:
        raise Unavailable("the scenario's time was over before the first kill")
    more = {"caught_up_s": max(caught), "slowest_s": max(took), "kills": float(len(took))}
    return Sample(work=len(took), seconds=sum(took), more=more)


def cases(options: Options) -> Iterator[Case]:
    checkpoint_s = 5 if options.quick else 60
    sites = [("small site, 1,000 points", Plan(1_000, 1, options.seed, sink=False, checkpoint_s=checkpoint_s))]
    nation = Plan(440_000, 8, options.seed, sink=False, checkpoint_s=checkpoint_s)
    sites.append(
        ("a county, 10,000 points", nation._replace(points=10_000, partitions=2))
        if options.quick
        else ("the nation, 440,000 points", nation)
    )
    for name, plan in sites:
        rate, kills = float(plan.points), QUICK_KILLS if options.quick else KILLS

        def work(left_s: float, plan: Plan = plan, rate: float = rate, kills: int = kills) -> Sample:
            return run(plan, rate, kills, options, left_s)

        yield Case(f"kill -9: {name}, one reading a second", "kills", [Contender("steps worker, mean of the kills", work, compared=False)],
                   repeats=1, timed=True)  # fmt: skip


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario("recovery", SEED, "kill -9 of a worker to the next warning: small site, nation", 3600, 600, opened)
