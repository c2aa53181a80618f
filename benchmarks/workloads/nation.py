"""Enterprises in the nation's own proportions (three hazard sources of 22 points each), and what their gateways send.

Every point sends once a second, one frame a source. A share of the points is beyond H at any time: each of them is for two thirds of
its own minute, so alarms come and go all the time, as they do in a nation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.domain.columns import Coordinates, Decoded, FrameColumns, LoggedEvent, RegistryChange
from streams.domain.log import Cut
from streams.domain.messages import Frame, ParametersPublished, RulesPublished
from streams.domain.registry import Chemical, Device, Enterprise, HazardSource, Limits, Point, Region
from streams.engine.rules import files_hash

Column = NDArray[Any]
T0 = 1_700_000_040_000  # a whole minute
PER_SOURCE, SOURCES = 22, 3
QUANTITIES = (("pressure", "kPa"), ("level", "%"), ("temperature", "℃"), ("combustible_gas", "%LEL"), ("toxic_gas", "ppm"))
KINDS = ("tank_farm", "process_unit", "warehouse", "loading_station", "special_warehouse", "gas_holder")
LIMITS = Limits(ll=10.0, l=20.0, h=60.0, hh=80.0)
LIFT, MINUTE_S = 25.0, 60
LIVE_MS, REPLAY_MS = 200, 1000  # a step as it comes live, and a window of replay


class Nation(NamedTuple):
    """`phase_s` is when the minute of an excited point begins; -1: it never leaves its place."""

    enterprises: int
    base: Column
    phase_s: Column
    seed: int

    @property
    def frames(self) -> int:
        return self.enterprises * SOURCES

    @property
    def points(self) -> int:
        return self.frames * PER_SOURCE


def nation(points: int, share: float, seed: int) -> Nation:
    """About `points` points, `share` of them beyond H at any time (gas is never: it would be an emergency, not an alarm)."""
    enterprises = max(1, points // (PER_SOURCE * SOURCES))
    rng = np.random.default_rng(seed)
    n = enterprises * SOURCES * PER_SOURCE
    gas = np.isin(np.arange(n) % PER_SOURCE % len(QUANTITIES), (3, 4))
    of_others = min(1.0, share * 1.5 * n / max(1, n - int(gas.sum())))
    excited = (rng.random(n) < of_others) & ~gas
    phase = np.where(excited, rng.integers(0, MINUTE_S, n), -1)
    return Nation(enterprises, np.where(gas, 0.1, rng.uniform(36.0, 50.0, n)), phase, seed)


def enterprise(number: int) -> Enterprise:
    """One enterprise; kinds of sources take turns, so that rules for a kind meet their share of the points."""
    sources = []
    for s in range(SOURCES):
        points = []
        for i in range(PER_SOURCE):
            quantity, unit = QUANTITIES[i % len(QUANTITIES)]
            limits = Limits() if "gas" in quantity else LIMITS
            points.append(Point(code=f"P{s}-{i}", name=f"P{s}-{i}", quantity=quantity, unit=unit, range_lo=0.0, range_hi=100.0,  # type: ignore[arg-type]
                                limits=limits))  # fmt: skip
        device = Device(code=f"D{s}", name=f"D{s}", points=tuple(points))
        kind = KINDS[(number * SOURCES + s) % len(KINDS)]
        sources.append(HazardSource(code=f"S{number}-{s}", name=f"S{number}-{s}", kind=kind, people=40, devices=(device,),  # type: ignore[arg-type]
                                    chemicals=(Chemical(name="液化石油气", design_t=500.0),)))  # fmt: skip
    return Enterprise(code=f"E{number}", name=f"E{number}", region="C1", supervisor="C1", sources=tuple(sources))


def configuration(given: Nation, rules: dict[str, str], parameters: dict[str, str] | None = None) -> list[tuple[str, bytes, Any]]:
    """(topic, key, value) of registry, parameters and rules, as they are published."""
    found: list[tuple[str, bytes, Any]] = [("registry", b"region/C1", Region(code="C1", name="C1", kind="county"))]
    found += [("registry", f"enterprise/E{e}".encode(), enterprise(e)) for e in range(given.enterprises)]
    if parameters:
        published = ParametersPublished(hash=files_hash(parameters), files=parameters, approved_by="bench")
        found.append(("parameters", b"parameters", published))
    found.append(("rules", b"rules", RulesPublished(hash=files_hash(rules), files=rules, approved_by="bench")))
    return found


def beginning(settings: list[tuple[str, bytes, Any]]) -> Decoded:
    """The records of `configuration` as decode hands them to the engine."""
    events = []
    for i, (topic, key, value) in enumerate(settings):
        event = RegistryChange(key.decode(), value) if topic == "registry" else value
        events.append(LoggedEvent(Coordinates(i, T0, topic, 0, i), event, key))
    return Decoded(no_frames(), events)


def no_frames() -> FrameColumns:
    none = np.zeros(0)
    return FrameColumns([], [], [], [], [], [], np.zeros(1, np.int64), none, none.astype(np.int64), none.astype(np.uint8))


def values_of(given: Nation, number: int) -> Column:
    """What all points measure in second `number`."""
    rng = np.random.default_rng([given.seed, number])
    noise = rng.normal(0.0, 0.5, given.points) * (given.base > 1.0)
    lifted = (given.phase_s >= 0) & ((number - given.phase_s) % MINUTE_S < MINUTE_S * 2 // 3)
    return np.asarray(np.round(given.base + noise + lifted * LIFT, 2), np.float64)


def arrivals_ms(given: Nation, number: int) -> list[int]:
    """Log times of the frames of second `number`: spread over it, in the order of sources."""
    return (T0 + number * 1000 + 1 + np.arange(given.frames, dtype=np.int64) * 998 // given.frames).tolist()


def steps(given: Nation, number: int, step_ms: int) -> Iterator[tuple[Cut, Decoded]]:
    """Second `number` as steps of `step_ms`; the same records with the same log times whatever the steps."""
    at, values, at_ms = arrivals_ms(given, number), values_of(given, number), T0 + number * 1000
    codes = [msgspec.json.encode([f"P{s}-{i}" for i in range(PER_SOURCE)]) for s in range(SOURCES)]
    first, parts = 0, 1000 // step_ms
    for part in range(parts):
        end_ms = at_ms + (part + 1) * step_ms
        stop = first + int(np.searchsorted(np.array(at[first:]), end_ms, side="right"))
        columns = FrameColumns(
            at=[Coordinates(f - first, at[f], "readings", 0, number * given.frames + f) for f in range(first, stop)],
            enterprise=[f"E{f // SOURCES}" for f in range(first, stop)],
            gateway=["G"] * (stop - first), connected=[True] * (stop - first),
            codes=[codes[f % SOURCES] for f in range(first, stop)], units=[b""] * (stop - first),
            start=np.arange(stop - first + 1, dtype=np.int64) * PER_SOURCE,
            value=values[first * PER_SOURCE : stop * PER_SOURCE],
            event_ms=np.full((stop - first) * PER_SOURCE, at_ms, np.int64),
            wire=np.zeros((stop - first) * PER_SOURCE, np.uint8),
        )  # fmt: skip
        yield Cut(partition=0, number=1 + number * parts + part, log_ms=end_ms), Decoded(columns)
        first = stop


def frames_of(given: Nation, number: int, at_ms: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of the frames of second `number` as gateways send them."""
    collected, values = T0 + number * 1000 if at_ms is None else at_ms, values_of(given, number).tolist()
    codes = [[f"P{s}-{i}" for i in range(PER_SOURCE)] for s in range(SOURCES)]
    for f in range(given.frames):
        owner = f"E{f // SOURCES}"
        own = values[f * PER_SOURCE : (f + 1) * PER_SOURCE]
        frame = Frame(enterprise=owner, gateway="G", collected_at=collected, codes=codes[f % SOURCES], values=own)
        yield owner.encode(), msgspec.json.encode(frame)
