"""`live`: sender to a real Kafka (KRaft) to workers to `warnings` and ClickHouse, all on this machine; what rate is held.

A rate is held when the sender kept its clock, every probe came back, and the time from reading to warning did not grow: its median in
the last third is at most twice that of the first third and a quarter of a second. Rates are tried upwards for a short while; the
highest that was held is held once more for five minutes, and that is the figure. Time is from the stamp of a probe's frame to its
warning read as committed by another process.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.harness.measuring import Case, Contender, Unavailable
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.workloads.deployment import Deployment, Plan, deployed

SEED = 20240106
NATION, PARTITIONS = 440_000, 8
SHARES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)  # of one reading a point and second
TRIAL_S, HOLD_S, SETTLE_S = 60.0, 300.0, 600.0
AFTER_S = 5.0  # the last probes' way back
FALL = 0.8  # when five minutes show what one minute did not


class Held(NamedTuple):
    """What one stretch at one rate showed."""

    readings: int
    seconds: float
    lost: int
    grew: bool
    behind_s: float
    times_ms: Sequence[int]
    cpu: dict[str, float]

    @property
    def good(self) -> bool:
        return not self.grew and self.lost <= 0.02 * (len(self.times_ms) + self.lost) and self.behind_s < 1.0

    @property
    def why(self) -> str:
        parts = [f"{self.lost} probes not back" if self.lost else "", "the way took longer and longer" if self.grew else "",
                 f"the sender was {self.behind_s:.1f} s behind" if self.behind_s >= 1.0 else ""]  # fmt: skip
        return ", ".join(p for p in parts if p) or "held"


def at(share: float, ordered: Sequence[int]) -> float:
    """
    >>> at(0.5, [1, 2, 3]), at(0.999, [1, 2, 3])
    (2.0, 3.0)
    """
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else 0.0


def growing(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the way of the later probes is longer than that of the earlier ones by more than chance."""
    times = [receipt - stamp for stamp, receipt in sorted(pairs)]
    third = len(times) // 3
    if not third:
        return True
    first, last = sorted(times[:third]), sorted(times[-third:])
    return at(0.5, last) > 2 * at(0.5, first) + 250


def hold(made: Deployment, rate: float, seconds: float) -> Held:
    """Send at `rate` for `seconds`, and wait for the last probes."""
    with made.sending(rate, seconds) as sender:
        from_ms, before, began = time.time_ns() // 1_000_000, made.cpu_s(), time.monotonic()
        told = json.loads(_told(sender, seconds + 120))
        after, took = made.cpu_s(), time.monotonic() - began
        time.sleep(AFTER_S)
        made.check()
    pairs = made.probed(from_ms)
    cpu = {f"{name}_cores": (after[name] - before.get(name, 0.0)) / took for name in after}
    cpu["sender_cores"] = told["cpu_s"] / told["seconds"]
    return Held(told["readings"], told["seconds"], told["probes"] - len(pairs), growing(pairs), told["behind_s"],
                sorted(b - a for a, b in pairs), cpu)  # fmt: skip


def _told(sender: subprocess.Popen[str], limit_s: float) -> str:
    try:
        return sender.communicate(timeout=limit_s)[0].strip().splitlines()[-1]
    except (subprocess.TimeoutExpired, IndexError):
        raise Unavailable("the sender did not end") from None


def settle(made: Deployment, rate: float, limit_s: float) -> None:
    """Send little until the workers serve and the broker is warm."""
    ends_at = time.monotonic() + limit_s
    while time.monotonic() < ends_at:
        found = hold(made, rate, 10.0)
        if found.times_ms and found.lost <= 0 and at(0.5, found.times_ms) < 2000:
            return
    raise Unavailable(f"the workers did not serve within {limit_s:.0f} s")


def highest(made: Deployment, points: int, quick: bool, ends_at: float) -> tuple[float, Held]:
    """(rate, what it showed) of the highest rate that was held."""
    trial_s, hold_s = (10.0, 15.0) if quick else (TRIAL_S, HOLD_S)
    rate = 0.0
    for share in SHARES[1:4:2] if quick else SHARES:
        found = hold(made, share * points, trial_s)
        if not found.good:
            break
        rate = share * points
    why = "no rate was held"
    while rate > 0 and time.monotonic() + hold_s < ends_at:
        found = hold(made, rate, hold_s)
        if found.good:
            return rate, found
        why, rate = f"at {rate:,.0f} readings/s: {found.why}", rate * FALL
        if rate < 0.1 * points:
            break
    raise Unavailable(why)


def run(plan: Plan, options: Options, left_s: float) -> Sample:
    ends_at = time.monotonic() + left_s
    with deployed(plan, options.folder / f"live-{plan.workers}-{int(plan.sink)}-{time.monotonic_ns()}") as made:
        settle(made, plan.points / 10, min(left_s, SETTLE_S))
        rate, found = highest(made, plan.points, options.quick, ends_at)
    times = found.times_ms
    more = {"rate_asked": rate, "p50_ms": at(0.5, times), "p99_ms": at(0.99, times), "p99.9_ms": at(0.999, times), **found.cpu}
    return Sample(work=found.readings, seconds=found.seconds, more=more)


def cases(options: Options) -> Iterator[Case]:
    points, partitions = (2_000, 2) if options.quick else (NATION, PARTITIONS)
    plans = {
        "one steps worker, roll-up, ClickHouse sink": Plan(points, partitions, options.seed),
        "two steps workers, roll-up, ClickHouse sink": Plan(points, partitions, options.seed, workers=2),
        "one steps worker, roll-up, no sink": Plan(points, partitions, options.seed, sink=False),
    }
    contenders = [Contender(name, lambda left_s, plan=plan: run(plan, options, left_s), compared=False)  # type: ignore[misc]
                  for name, plan in list(plans.items())[: 1 if options.quick else None]]  # fmt: skip
    yield Case(f"{points:,} points on {partitions} partitions", "readings", contenders, repeats=1)


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario(
    "live", SEED, "sender, real Kafka, workers, warnings and ClickHouse on this machine: the rate held, time to a warning", 2 * 3600, 600, opened,
    notes=("The sender and the listener share the cores with everything else; what they take is told.",),
)  # fmt: skip
