"""The whole engine (intake, kernels, decisions, scores, minutes) on decoded columns: one frame a hazard source and second.

Decode, Kafka and the sink are not in it; `benchmarks/engine.py` prints its figure beside that of the kernels alone.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.domain.columns import Coordinates, Decoded, FrameColumns, LoggedEvent, RegistryChange
from streams.domain.log import Cut
from streams.domain.messages import RulesPublished
from streams.domain.registry import Chemical, Device, Enterprise, HazardSource, Limits, Point, Region
from streams.engine.engine import Engine
from streams.engine.rules import files_hash

Column = NDArray[Any]
T0 = 1_700_000_040_000
PER_SOURCE, SOURCES = 22, 3  # points a source, sources an enterprise: the nation's own proportions
QUANTITIES = (("pressure", "kPa"), ("level", "%"), ("temperature", "℃"), ("combustible_gas", "%LEL"), ("toxic_gas", "ppm"))
LIMITS = Limits(ll=10.0, l=20.0, h=60.0, hh=80.0)


def enterprise(number: int) -> Enterprise:
    sources = []
    for s in range(SOURCES):
        points = []
        for i in range(PER_SOURCE):
            quantity, unit = QUANTITIES[i % len(QUANTITIES)]
            limits = Limits() if "gas" in quantity else LIMITS
            points.append(Point(code=f"P{s}-{i}", name=f"P{s}-{i}", quantity=quantity, unit=unit, range_lo=0.0, range_hi=100.0,  # type: ignore[arg-type]
                                limits=limits))  # fmt: skip
        device = Device(code=f"D{s}", name=f"D{s}", points=tuple(points))
        sources.append(HazardSource(code=f"S{number}-{s}", name=f"S{number}-{s}", kind="tank_farm", people=40, devices=(device,),
                                    chemicals=(Chemical(name="液化石油气", design_t=500.0),)))  # fmt: skip
    return Enterprise(code=f"E{number}", name=f"E{number}", region="C1", supervisor="C1", sources=tuple(sources))


def beginning(enterprises: int, rules: dict[str, str]) -> Decoded:
    """Registry and rules, as the log brings them."""
    changes: list[RegistryChange | RulesPublished] = [
        RegistryChange("region/C1", Region(code="C1", name="C1", kind="county")),
        *(RegistryChange(f"enterprise/E{e}", enterprise(e)) for e in range(enterprises)),
        RulesPublished(hash=files_hash(rules), files=rules, approved_by="bench"),
    ]
    events = [LoggedEvent(Coordinates(i, T0, "registry", 0, i), change) for i, change in enumerate(changes)]
    none = np.zeros(0)
    frames = FrameColumns([], [], [], [], [], [], np.zeros(1, np.int64), none, none.astype(np.int64), none.astype(np.uint8))
    return Decoded(frames, events)


def second(enterprises: int, number: int, base: Column, excited: Column) -> Decoded:
    """One frame a source; a share of the points is beyond H for two thirds of each minute."""
    rng = np.random.default_rng(number)
    frames = enterprises * SOURCES
    at_ms = T0 + number * 1000
    value = base + rng.normal(0.0, 0.5, len(base)) * (base > 1.0) + excited * (25.0 if 10 <= number % 60 < 50 else 0.0)
    codes = [msgspec.json.encode([f"P{s}-{i}" for i in range(PER_SOURCE)]) for s in range(SOURCES)]
    columns = FrameColumns(
        at=[Coordinates(f, at_ms + 200, "readings", 0, number * frames + f) for f in range(frames)],
        enterprise=[f"E{f // SOURCES}" for f in range(frames)],
        gateway=["G"] * frames,
        connected=[True] * frames,
        codes=[codes[f % SOURCES] for f in range(frames)],
        units=[b""] * frames,
        start=np.arange(frames + 1, dtype=np.int64) * PER_SOURCE,
        value=np.round(value, 2),
        event_ms=np.full(len(base), at_ms, np.int64),
        wire=np.zeros(len(base), np.uint8),
    )
    return Decoded(columns)


class Ran(NamedTuple):
    """A run of the whole engine. The first second lays out everything that was registered; the others are what a day consists of."""

    readings_a_second: float
    first_s: float
    outputs: int
    bytes_a_point: float  # of a snapshot


def run_engine(points: int, seconds: int, share: float, rules: dict[str, str]) -> Ran:
    """CPU time of the thread over `seconds` of log time after the first one; registry and rules come before the clock starts."""
    enterprises = max(1, points // (PER_SOURCE * SOURCES))
    engine = Engine(0, 1)
    engine.apply(Cut(partition=0, number=1, log_ms=T0), beginning(enterprises, rules))
    rng = np.random.default_rng(7)
    n = enterprises * SOURCES * PER_SOURCE
    gas = np.isin(np.arange(n) % PER_SOURCE % len(QUANTITIES), (3, 4))
    base, excited = np.where(gas, 0.1, rng.uniform(36.0, 50.0, n)), (rng.random(n) < share * 1.5) & ~gas
    took, outputs = [], 0
    for number in range(1, seconds + 2):
        decoded = second(enterprises, number, base, excited)
        began = time.thread_time()
        outcome = engine.apply(Cut(partition=0, number=number + 1, log_ms=T0 + number * 1000 + 500), decoded)
        took.append(time.thread_time() - began)
        outputs += len(outcome.outputs)
    saved = sum(len(chunk) for _, chunk in engine.snapshot())
    return Ran(n * seconds / sum(took[1:]), took[0], outputs, saved / n)
