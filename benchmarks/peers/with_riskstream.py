"""riskstream: the engine as it is, with the rules and parameters of `small_job/` in YAML; nothing of the engine is switched off.

Besides the job it keeps quality flags, silence, scores, point alarms with their clocks, minutes and the outcome hash. Only what the
job asks for is compared: levels of hazard sources. Input is what decode hands to the engine, as records of Python are what the peers
are handed; with `json` it is the bytes of the frames.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.harness.results import Sample
from benchmarks.peers.job import HH, LL, POINTS, SOURCES, Data, H, L, Said, data, hashed
from benchmarks.peers.timing import Stopwatch
from benchmarks.workloads.nation import T0, beginning
from streams.decode.decoder import Decoder
from streams.domain.columns import Coordinates, Decoded, FrameColumns
from streams.domain.log import Cut, Output, RawRecord
from streams.domain.messages import Frame, ParametersPublished, RulesPublished
from streams.domain.registry import Device, Enterprise, HazardSource, Limits, Point, Region
from streams.engine.engine import Engine
from streams.engine.rules import files_hash

FOLDER = Path(__file__).with_name("small_job")
LEVELS = {"blue": 0, "yellow": 1, "orange": 2, "red": 3}
BEGIN_MS = T0 + 60_000  # of second 0: where a pane begins, as in job.py
A_SITE = 5  # sources of an enterprise
CODES = [f"P{i}" for i in range(POINTS)]
LIMITS = Limits(ll=LL, l=L, h=H, hh=HH)


def enterprise(number: int) -> Enterprise:
    points = tuple(Point(code=code, name=code, quantity="generic", unit="kPa", range_lo=-10.0, range_hi=110.0, limits=LIMITS, danger="both")
                   for code in CODES)  # fmt: skip
    sources = []
    for s in range(number * A_SITE, (number + 1) * A_SITE):
        named = tuple(msgspec.structs.replace(p, code=f"S{s}-{p.code}") for p in points)
        sources.append(HazardSource(code=f"S{s}", name=f"S{s}", kind="tank_farm", grade="III",
                                    devices=(Device(code="D", name="D", points=named),)))  # fmt: skip
    return Enterprise(code=f"E{number}", name=f"E{number}", region="C1", supervisor="C1", sources=tuple(sources))


def ready() -> Engine:
    """An engine that knows the sources and the rules."""
    texts = {p.relative_to(FOLDER).as_posix(): p.read_text(encoding="utf-8") for p in sorted(FOLDER.rglob("*.yaml"))}
    parameters = {name: text for name, text in texts.items() if name.startswith("parameters/")}
    rules = {name: text for name, text in texts.items() if name not in parameters}
    settings: list[tuple[str, bytes, Any]] = [("registry", b"region/C1", Region(code="C1", name="C1", kind="county"))]
    settings += [("registry", f"enterprise/E{e}".encode(), enterprise(e)) for e in range(SOURCES // A_SITE)]
    settings.append(("parameters", b"p", ParametersPublished(hash=files_hash(parameters), files=parameters, approved_by="bench")))
    settings.append(("rules", b"r", RulesPublished(hash=files_hash(rules), files=rules, approved_by="bench")))
    engine = Engine(0, 1)
    outcome = engine.apply(Cut(partition=0, number=1, log_ms=T0), beginning(settings))
    refused = [o.value for o in outcome.outputs if b"refused" in o.value]
    if refused:
        raise ValueError(f"the job's rules are refused: {refused[0]!r}")
    return engine


def at_ms(second: int) -> int:
    return BEGIN_MS + second * 1000


def columns(given: Data, second: int, first: int, stop: int) -> FrameColumns:
    """Frames of the sources [first, stop) of a second, as decode gives them."""
    n = stop - first
    return FrameColumns(
        at=[Coordinates(f, at_ms(second) + 1 + (first + f), "readings", 0, second * SOURCES + first + f) for f in range(n)],
        enterprise=[f"E{f // A_SITE}" for f in range(first, stop)], gateway=["G"] * n, connected=[True] * n,
        codes=[msgspec.json.encode([f"S{f}-{code}" for code in CODES]) for f in range(first, stop)], units=[b""] * n,
        start=np.arange(n + 1, dtype=np.int64) * POINTS, value=given.value[second, first * POINTS : stop * POINTS],
        event_ms=np.full(n * POINTS, at_ms(second), np.int64), wire=np.zeros(n * POINTS, np.uint8),
    )  # fmt: skip


def records(given: Data, second: int) -> tuple[list[RawRecord], list[int]]:
    """The same as bytes, and the log times that were given to them."""
    out, values = [], given.value[second].tolist()
    for f in range(SOURCES):
        owner, codes = f"E{f // A_SITE}", [f"S{f}-{code}" for code in CODES]
        frame = Frame(
            enterprise=owner, gateway="G", collected_at=at_ms(second), codes=codes, values=values[f * POINTS : (f + 1) * POINTS]
        )
        out.append(
            RawRecord("readings", 0, second * SOURCES + f, at_ms(second) + 1 + f, owner.encode(), msgspec.json.encode(frame))
        )
    return out, [r.broker_ms for r in out]


def run(readings: int, seed: int, steps: int = 1, json: bool = False) -> Sample:
    """`steps` a second; `json`: decode is in the time."""
    ready().apply(
        Cut(partition=0, number=2, log_ms=at_ms(1)), Decoded(columns(data(0, seed), 0, 0, SOURCES))
    )  # loads the kernels
    given, engine, decoder = data(readings, seed), ready(), Decoder()
    work = [columns(given, second, part * SOURCES // steps, (part + 1) * SOURCES // steps)
            for second in range(given.seconds) for part in range(steps)] if not json else []  # fmt: skip
    raw = [records(given, second) for second in range(given.seconds)] if json else []
    outputs: list[Output] = []
    first_s = 0.0  # lays out what was registered; it is in the time as well
    watch = Stopwatch()
    for number in range(len(raw) or len(work)):
        decoded = decoder.decode(*raw[number]) if json else Decoded(work[number])
        last = number % steps == steps - 1
        log_ms = at_ms(number // steps) + 1000 if last else decoded.frames.at[-1].log_ms
        outputs += engine.apply(Cut(partition=0, number=number + 2, log_ms=log_ms), decoded).outputs
        first_s = watch.cpu_s() if number == steps - 1 else first_s
    took = watch.cpu_s()
    more = {"outputs": float(len(outputs)), "first_second_s": first_s}
    return Sample(work=given.size, seconds=took, hash=hashed(said(outputs), given.seconds), more=more)


def said(outputs: list[Output]) -> list[Said]:
    """Levels of sources at the ends of seconds, where they differ from the one before."""
    at_end: dict[str, dict[int, int]] = {}
    for output in outputs:
        if output.topic != "level":
            continue
        level = msgspec.json.decode(output.value)
        if level["scope"] == "source" and level["code"].startswith("S") and level["code"][1:].isdigit():
            second = (level["at_ms"] - BEGIN_MS - 1) // 1000
            at_end.setdefault(level["code"], {})[second] = LEVELS[level["level"]]
    found: list[Said] = []
    for code, seconds in at_end.items():
        before = 0
        for second in sorted(seconds):
            if seconds[second] != before:
                found.append((code, second, seconds[second]))
                before = seconds[second]
    return found
