"""What tests of the tests on truth share: a small plant whose points send real-looking noise, minutes or days of it, through the engine."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from streams.domain.outputs import Finding
from streams.domain.registry import Limits, Point
from streams.engine.engine import Engine
from tests.scenarios.plants import plant, pressure, source
from tests.scenarios.timeline import FrameRecord, Record, Said, Timeline, at_time, decoded_of, steps

Signal = Callable[[int], Any]
PERIOD_S = 30
FAR = Limits(hh=3.9)


def noise(seed: int, mean: float, deviation: float, digits: int = 3) -> Signal:
    """A steady process seen by an instrument with `digits` decimals. The same second gives the same value."""

    def at(second: int) -> float:
        rng = random.Random(seed * 1_000_003 + second)
        slow = math.sin(second / 7_000.0 + seed) + 0.5 * math.sin(second / 1_900.0)
        return round(mean + deviation * (slow + rng.gauss(0.0, 1.0)), digits)

    return at


def play(signals: Mapping[str, Signal], hours: float, points: tuple[Point, ...] = (), *, period_s: int = PERIOD_S,
         start: str = "00:00:07", engine: Engine | None = None, first_s: int = 0) -> tuple[Said, Engine]:  # fmt: skip
    """The signals for so many hours, past the kernels and the tests on truth, minute by minute and without the other ticks, which makes
    days of it cheap. Seconds count from the first frame. `engine` goes on where it was, from second `first_s` on."""
    if engine is None:
        line = Timeline(
            plant(source(points=points or tuple(pressure(c, period_s=float(period_s), limits=FAR) for c in signals))), start=start
        )
        engine = Timeline(plain=True, start=start).engine()
        for cut, decoded in steps(line.records, (), line.now_ms):
            engine.apply(cut, decoded)
        engine.silence.define(engine.desk, range(len(engine.state.points)))
    began_ms = at_time(start)
    engine.desk.voice.take()
    second, end = first_s, first_s + int(hours * 3600)
    while second < end:
        minute_ms = (began_ms + second * 1000) // 60_000 * 60_000
        records: list[Record] = []
        while began_ms + second * 1000 < minute_ms + 60_000:
            at_ms = began_ms + second * 1000
            values = {code: signal(second) for code, signal in signals.items()}
            records.append(Record(at_ms, FrameRecord("E1", tuple(values), tuple(values.values()), at_ms - 100)))
            second += period_s
        frames = decoded_of(records).frames
        columns, _ = engine.intake.stretch(frames, 0, len(records))
        for t in engine.judge.judge(columns.point, columns.event_ms, columns.log_ms, columns.value, columns.wire):
            engine.truth.transition(t)
        engine.truth.readings(frames, 0, len(records), columns)
        engine.state.log_ms = minute_ms + 60_000
        engine.minutes.close(minute_ms)
        engine.truth.minute(engine.minutes.columns, engine.silence, engine.judge, minute_ms + 60_000)
    return Said(engine.desk.voice.take()), engine


def found(said: Said, code: str) -> list[Finding]:
    return said.findings(code=f"finding.{code}")
