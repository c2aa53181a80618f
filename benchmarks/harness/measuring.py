"""Contenders at the same work, in turns: every repeat runs each of them once, so that what the machine does meanwhile hits all alike.

No figure is given when outputs differ: speed at another job means nothing. Null work runs in the same turns and is the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from benchmarks.harness.results import Row, Sample, Spread, Table


class Unavailable(Exception):
    """This contender cannot run here; the message says exactly why."""


class Contender(NamedTuple):
    """One way of doing the work. `timeout_s` is what is left of the scenario's time; the contender must not take longer."""

    name: str
    run: Callable[[float], Sample]
    floor: bool = False
    compared: bool = True  # whether its hash must be that of the others


class Case(NamedTuple):
    """Contenders of one table. Ratios are against `baseline` (the first when empty), or say how many times as fast `times_of` is."""

    name: str
    unit: str
    contenders: Sequence[Contender]
    facts: dict[str, float] = {}  # noqa: RUF012 - never changed
    baseline: str = ""
    times_of: str = ""
    axes: dict[str, float] = {}  # noqa: RUF012
    repeats: int = 3
    timed: bool = False  # what counts is how long one takes, not how many there are a second


class Clock(NamedTuple):
    """Time as the harness sees it; tests give their own."""

    now: Callable[[], float] = time.monotonic


def measured(cases: Iterable[Case], bound_s: float, say: Callable[[str], None], clock: Clock = Clock()) -> Iterator[Table]:  # noqa: B008
    """One table a case, until the bound; a case that did not fit is said to be left out, never guessed."""
    ends_at = clock.now() + bound_s
    for case in cases:
        say(case.name)
        yield table_of(case, ends_at, say, clock)


def table_of(case: Case, ends_at: float, say: Callable[[str], None], clock: Clock = Clock()) -> Table:  # noqa: B008
    samples: dict[str, list[Sample]] = {c.name: [] for c in case.contenders}
    refused: dict[str, str] = {}
    for repeat in range(case.repeats):
        for contender in case.contenders:
            left_s = ends_at - clock.now()
            if contender.name in refused:
                continue
            if left_s <= 0:
                if not samples[contender.name]:
                    refused[contender.name] = "not run: the scenario's time was over"
                continue
            try:
                sample = contender.run(left_s)
            except Unavailable as why:
                refused[contender.name] = str(why)
                say(f"  {contender.name}: {why}")
                continue
            samples[contender.name].append(sample)
            say(f"  {repeat + 1}/{case.repeats} {contender.name}: {sample.work / max(sample.seconds, 1e-9):,.0f} {case.unit}/s")
    return judged(case, samples, refused)


def judged(case: Case, samples: dict[str, list[Sample]], refused: dict[str, str]) -> Table:
    """Rows of a case. When outputs of compared contenders differ no row has a figure."""
    hashes = {c.name: {s.hash for s in samples[c.name]} for c in case.contenders if c.compared and not c.floor}
    told = {h for found in hashes.values() for h in found if h}
    counted = sum(len(samples[name]) for name in hashes)
    agreed = None if not told or counted < 2 else len(told) == 1 and all(found == told for found in hashes.values() if found)
    rows = []
    for contender in case.contenders:
        taken = samples[contender.name]
        if contender.name in refused or not taken:
            rows.append(Row(name=contender.name, floor=contender.floor, refused=refused.get(contender.name, "did not run")))
        elif agreed is False:
            rows.append(Row(name=contender.name, floor=contender.floor, repeats=len(taken), refused="outputs differ: no figure",
                            hash=",".join(sorted({s.hash[:12] for s in taken}))))  # fmt: skip
        else:
            rows.append(_row(contender, taken))
    return Table(
        name=case.name,
        unit=case.unit,
        rows=tuple(_with_ratios(rows, case)),
        agreed=agreed,
        facts=case.facts,
        times_of=case.times_of,
        timed=case.timed,
        axes=case.axes,
    )


def _row(contender: Contender, taken: Sequence[Sample]) -> Row:
    names = sorted({name for s in taken for name in s.more})
    return Row(
        name=contender.name, rate=Spread.of([s.work / max(s.seconds, 1e-9) for s in taken]), work=taken[0].work,
        seconds=Spread.of([s.seconds for s in taken]), floor=contender.floor, hash=taken[0].hash, repeats=len(taken),
        more={name: Spread.of([s.more[name] for s in taken if name in s.more]) for name in names},
    )  # fmt: skip


def _with_ratios(rows: Sequence[Row], case: Case) -> Iterator[Row]:
    first = next((r.name for r in rows if not r.floor), "")
    base = next((r.rate for r in rows if r.name == (case.times_of or case.baseline or first)), None)
    for row in rows:
        if base is None or row.rate is None or row.floor or not base.median or not row.rate.median:
            yield row
        else:
            ratio = row.rate.median / base.median
            yield replace(row, ratio=1.0 / ratio if case.times_of else ratio)
