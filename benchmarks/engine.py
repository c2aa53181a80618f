"""Readings per second of the engine's kernels alone, next to a per-reading Faust agent doing the same job on the same readings.

Same job: HH, H, L, LL with deadband, on- and off-delay, and the mean of one minute against a limit; both must say the same
transitions, or the figures are not printed. Then the kernels with the full rule set that ships. Time is CPU time of the one
thread that works, so that other load on the machine is not measured; repeats are interleaved, medians are compared.

    python benchmarks/engine.py [--points 20000] [--seconds 60] [--repeats 3] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.whole import Ran, run_engine
from streams.domain.rule_files import read_rule_files
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import Kind, PointSpec
from streams.engine.rules import Effect, Rule, RuleSet, Title
from streams.engine.rules_load import is_rule_file, load_rules

HOME = Path(__file__).resolve().parents[1]
T0 = 1_700_000_040_000
QUANTITIES = (
    ("pressure", "kPa"),
    ("level", "m"),
    ("temperature", "C"),
    ("combustible_gas", "%LEL"),
    ("toxic_gas", "ppm"),
    ("flow", "m3/h"),
)
LIMITS = {"hh": (">=", 80.0), "h": (">=", 60.0), "l": ("<=", 20.0), "ll": ("<=", 10.0)}
MEAN_LIMIT, DEADBAND, DELAY_MS = 58.0, 1.0, 5_000
Said = tuple[int, int, str, int]  # kind, point, rule, event time


class Work(NamedTuple):
    """One reading of every point each second; a share of the points is beyond H for two thirds of each minute."""

    point: NDArray[np.int32]
    event_ms: NDArray[np.int64]
    value: NDArray[np.float64]


def work(points: int, seconds: int, share: float, mixed: bool = False) -> list[Work]:
    rng = np.random.default_rng(20240101)
    base = rng.uniform(36.0, 50.0, points)
    if mixed:  # clean air: a gas at 40 % LEL would be an alarm at every reading
        gas = np.arange(points) % len(QUANTITIES) == 3
        base[gas] = rng.uniform(4.0, 8.0, int(gas.sum()))
    excited = rng.random(points) < share * 1.5
    numbers = np.arange(points, dtype=np.int32)
    out = []
    for second in range(seconds):
        lift = 25.0 if 10 <= second % 60 < 50 else 0.0
        value = np.asarray(np.round(base + rng.normal(0.0, 0.5, points) + excited * lift, 2), np.float64)
        out.append(Work(numbers, np.full(points, T0 + second * 1000, np.int64), value))
    return out


def specs(points: int, mixed: bool) -> list[PointSpec]:
    out = []
    for i in range(points):
        quantity, unit = QUANTITIES[i % len(QUANTITIES)] if mixed else ("generic", "u")
        limits: dict[str, Any] = {} if "gas" in quantity else {name: limit for name, (_, limit) in LIMITS.items()}
        out.append(PointSpec(i, quantity, "hazchem", "tank_farm", "both", unit, 0.0, 200.0 if not mixed else 100.0, **limits))
    return out


def same_job() -> RuleSet:
    def rule(name: str, feature: str, op: Any, threshold: Any) -> Rule:
        when = f"{feature} {op} {threshold}"
        return Rule(id=name, version="1", title=Title(zh=name, en=name), when=when, deadband=str(DEADBAND),
                    effect=Effect(evidence="h", tier=1), on_delay_s=DELAY_MS / 1000, off_delay_s=DELAY_MS / 1000)  # fmt: skip

    rules = [rule(name, "value", op, f"limit.{name}") for name, (op, _) in LIMITS.items()]
    return RuleSet([*rules, rule("mean", "mean(1m)", ">=", MEAN_LIMIT)])


def ten_of(rules: RuleSet, given: list[PointSpec]) -> RuleSet:
    """The ten rules that most of these points have, with the same quality tests: what the full set is measured against."""
    judge = Judge()
    judge.use(rules, T0)
    judge.define(given)
    uses = judge.uses()
    most = sorted(uses, key=lambda i: (-uses[i], rules[i].id))[:10]
    return RuleSet([rules[i] for i in most], rules.exposures, rules.quality)


def files_of(rules: RuleSet, files: dict[str, str]) -> dict[str, str]:
    """The same rule files with only the rules of this set, as the log would bring them."""
    wanted, out = {rule.id for rule in rules.rules}, {}
    for name, text in files.items():
        content = yaml.safe_load(text)
        if "rules" in content:
            content["rules"] = [rule for rule in content["rules"] if rule["id"] in wanted]
        out[name] = json.dumps(content, ensure_ascii=False)
    return out


def of_whole(
    points: int, seconds: int, share: float, repeats: int, full: dict[str, str], ten: dict[str, str]
) -> dict[str, float]:
    """The whole engine with all rules and with ten, in turns; best of the repeats."""
    run_engine(66, 2, share, full)  # load the kernels
    ran: dict[tuple[str, float], list[Ran]] = {}
    for _ in range(repeats):
        for at in (0.0, share):
            for name, files in (("full", full), ("ten", ten)):
                ran.setdefault((name, at), []).append(run_engine(points, seconds, at, files))
    best = {key: max(r.readings_a_second for r in runs) for key, runs in ran.items()}
    return {"engine_at_rest": best["full", 0.0], "engine_in_alarm": best["full", share], "engine_ten_at_rest": best["ten", 0.0],
            "engine_ten_in_alarm": best["ten", share], "engine_full_to_ten": best["full", 0.0] / best["ten", 0.0],
            "engine_full_to_ten_in_alarm": best["full", share] / best["ten", share],
            "engine_first_second_s": min(r.first_s for r in ran["full", 0.0]),
            "engine_bytes_a_point": ran["full", 0.0][0].bytes_a_point}  # fmt: skip


class PerReading:
    """The job as one would write it in a Faust agent: a function of one reading and the state of its point."""

    def __init__(self) -> None:
        self.points: dict[int, tuple[deque[list[float]], dict[str, list[int]]]] = {}
        self.out: list[Said] = []

    def take(self, point: int, event_ms: int, value: float) -> None:
        entry = self.points.get(point)
        if entry is None:
            entry = self.points[point] = (deque(), {name: [0, 0] for name in (*LIMITS, "mean")})
        panes, states = entry
        pane = event_ms // 5_000
        if not panes or panes[-1][0] != pane:
            panes.append([pane, 0, 0.0])
            while panes[0][0] <= pane - 12:
                panes.popleft()
        panes[-1][1] += 1
        panes[-1][2] += value
        mean = sum(p[2] for p in panes) / sum(p[1] for p in panes)
        for name, (op, limit) in LIMITS.items():
            up, down = (value >= limit, value < limit - DEADBAND) if op == ">=" else (value <= limit, value > limit + DEADBAND)
            self.advance(point, name, states[name], up, down, event_ms)
        self.advance(point, "mean", states["mean"], mean >= MEAN_LIMIT, mean < MEAN_LIMIT - DEADBAND, event_ms)

    def advance(self, point: int, name: str, state: list[int], up: bool, down: bool, event_ms: int) -> None:
        phase = state[0]
        if phase == 0:
            if up:
                state[:] = [1, event_ms]
        elif phase == 1:
            if down:
                state[0] = 0
            elif event_ms - state[1] >= DELAY_MS:
                state[0] = 2
                self.out.append((int(Kind.ALARM_ON), point, name, event_ms))
        elif not down:
            state[0] = 2
        elif phase == 2:
            state[:] = [3, event_ms]
        elif event_ms - state[1] >= DELAY_MS:
            state[0] = 0
            self.out.append((int(Kind.ALARM_OFF), point, name, event_ms))


def run_judge(rules: RuleSet, given: list[PointSpec], seconds: list[Work]) -> tuple[float, list[Said]]:
    """(seconds it took, transitions) of the kernels; registry and rules are laid out before the clock starts."""
    judge = Judge()
    judge.use(rules, T0)
    judge.define(given)
    wire = np.zeros(len(given), np.uint8)
    out = []
    began = time.thread_time()
    for point, event_ms, value in seconds:
        out += judge.judge(point, event_ms, event_ms + 200, value, wire)
        out += judge.tick(int(event_ms[0]) + 900)
    took = time.thread_time() - began
    kinds = (Kind.ALARM_ON, Kind.ALARM_OFF)
    return took, [(t.kind, t.point, rules[t.rule].id, t.event_ms) for t in out if t.kind in kinds]


def run_faust(seconds: list[Work]) -> tuple[float, list[Said]]:
    """The same through a Faust stream of single readings: no broker, no codec, no acknowledgement."""
    import faust

    app = faust.App("bench-engine", broker="kafka://127.0.0.1:9", web_enabled=False)  # never connected
    job = PerReading()

    def readings() -> Iterator[tuple[int, int, float]]:
        for point, event_ms, value in seconds:
            yield from zip(point.tolist(), event_ms.tolist(), value.tolist(), strict=True)

    async def agent() -> float:
        stream = app.stream(list(readings()))
        began = time.thread_time()
        async for point, event_ms, value in stream:
            job.take(point, event_ms, value)
        return time.thread_time() - began

    return asyncio.run(agent()), job.out


def measured(options: argparse.Namespace) -> dict[str, float]:
    seconds = work(options.points, options.seconds, options.share)
    clean = work(options.points, options.seconds, options.share, mixed=True)
    few = max(1, min(options.points, options.faust_readings // options.seconds))
    small = [Work(w.point[:few], w.event_ms[:few], w.value[:few]) for w in seconds]
    mixed, plain = specs(options.points, True), specs(options.points, False)
    files = {name: text for name, text in read_rule_files(HOME / "risk_rules").items() if is_rule_file(name)}
    shipped = load_rules(files)
    ten = ten_of(shipped, mixed)
    job = same_job()
    run_judge(job, plain[:few], small[:2])  # load the kernels
    n, took = options.points * options.seconds, {"same": [], "full": [], "ten": [], "faust": []}  # type: ignore[var-annotated]
    for _ in range(options.repeats):
        took["same"].append(run_judge(job, plain, seconds)[0] / n)
        faust_s, faust_said = run_faust(small)
        took["faust"].append(faust_s / (few * options.seconds))
        took["ten"].append(run_judge(ten, mixed, clean)[0] / n)
        took["full"].append(run_judge(shipped, mixed, clean)[0] / n)
        if sorted(faust_said) != sorted(run_judge(job, plain[:few], small)[1]):
            raise SystemExit("the two did not say the same transitions: the figures would mean nothing")
    said = len(run_judge(shipped, mixed, clean)[1])
    whole = of_whole(options.points, options.seconds, options.share, options.repeats, files, files_of(ten, files))
    rate = {name: 1.0 / statistics.median(values) for name, values in took.items()}
    return {"points": options.points, "kernels_same_job": rate["same"], "faust_same_job": rate["faust"],
            "ratio": rate["same"] / rate["faust"], "kernels_full_rules": rate["full"],
            "kernels_ten_rules": rate["ten"], "full_to_ten": min(took["ten"]) / min(took["full"]),
            "best_full_rules": 1.0 / min(took["full"]), "rules": len(shipped), "transitions_full_rules": said,
            **whole}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.01, help="share of points in alarm on average")
    parser.add_argument("--faust-readings", type=int, default=60_000, help="readings a repeat of the Faust agent takes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.WARNING)
    result = measured(options)
    if options.json:
        print(json.dumps(result))
        return 0
    print(
        f"{options.points:,} points, {options.seconds} s of log time, {options.repeats} repeats, interleaved, CPU time of one thread"
    )
    print(f"kernels, thresholds + mean of 1 min   {result['kernels_same_job']:>12,.0f} readings/s")
    print(f"Faust agent, the same, a reading each {result['faust_same_job']:>12,.0f} readings/s")
    print(f"ratio                                 {result['ratio']:>12,.0f} x (same transitions, checked)")
    full, best = result["kernels_full_rules"], result["best_full_rules"]
    print(f"kernels, all {result['rules']} rules that ship        {full:>12,.0f} readings/s (best {best:,.0f})")
    print(f"kernels, the ten most used of them    {result['kernels_ten_rules']:>12,.0f} readings/s")
    print(f"full rule set to ten rules            {result['full_to_ten']:>12.2f}   (best of the repeats; must not be below 0.5)")
    print(f"whole engine, all rules, at rest      {result['engine_at_rest']:>12,.0f} readings/s (best of the repeats)")
    print(f"whole engine, {options.share:.1%} of points in alarm {result['engine_in_alarm']:>12,.0f} readings/s")
    ratios = result["engine_full_to_ten"], result["engine_full_to_ten_in_alarm"]
    print(f"the same to ten rules, rest / alarm   {ratios[0]:>12.2f} / {ratios[1]:.2f} (must not be below 0.5)")
    print(f"first second after the registry       {result['engine_first_second_s']:>12.2f} s")
    print(f"snapshot                              {result['engine_bytes_a_point']:>12,.0f} bytes a point")
    return 0


if __name__ == "__main__":
    sys.exit(main())
