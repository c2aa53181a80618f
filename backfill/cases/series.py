"""The shorthand of a series: what one point sends, sample by sample, from the start of a case.

    12          one sample                     12x30      31 samples of 12           12+0.5x30   31 samples, each .5 more
    12*10m      12 for ten minutes             12->20*5m  from 12 in a straight line to 20, which it reaches after five minutes
    12+0.5*1m   each sample .5 more            _  _x10  _*2m   nothing is sent      null   the gateway says: not collected
    stale       nothing more is sent           bad        the value before, called invalid by its gateway      nan   no number

A sample may carry marks: `12!bad` (invalid), `12!at-2h` (stamped two hours early), `12!unit=kPa`, `12!twice` (the same record again),
`12*1h!noise=0.2:7` (12 with noise; the same seed 7 gives the same noise again).
The last sample goes on until the end of the case, unless the series ends with `stale`: a point does not fall silent by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from backfill.cases.times import duration_ms

SILENT = ("stale",)  # nothing more is sent
_64 = (1 << 64) - 1
MAX_SAMPLES = 2_000_000
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_UNSIGNED = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(
    rf"(?:(?P<value>{_NUMBER})(?:(?P<sign>[-+])(?P<step>{_UNSIGNED})|->(?P<goal>{_NUMBER}))?|(?P<word>_|bad|nan|null))"
    rf"(?:x(?P<times>\d+)|\*(?P<time>[0-9.dhms]+))?(?P<marks>(?:![^!\s]+)*)\Z"
)


_NOISE = re.compile(rf"noise=({_UNSIGNED})(?::(\d+))?\Z")


class SeriesProblem(ValueError):
    """A token that cannot be understood: `code` is the end of a catalogue key cases.series.*"""

    def __init__(self, code: str, token: str) -> None:
        super().__init__(f"{code}: {token}")
        self.code, self.token = code, token


class Sample(NamedTuple):
    """What is sent at one instant. `value` None: null on the wire; `nan`: a value that is no number."""

    value: float | None
    valid: bool = True
    nan: bool = False
    stamp_ms: int = 0  # how far its time stamp is from now
    unit: str = ""
    twice: bool = False
    noise: float = 0.0  # added, evenly between -noise and noise; the same seed gives the same noise again
    seed: int = 0


class Run(NamedTuple):
    """`length` samples: value, value + step ... `silent`: nothing is sent at those instants."""

    sample: Sample
    length: int
    step: float = 0.0
    silent: bool = False
    goal: float | None = None  # reached with the first sample after the run

    def at(self, index: int) -> Sample | None:
        found = self._plain(index)
        if found is None or found.value is None or not found.noise:
            return found
        return found._replace(value=_clean(found.value + found.noise * _even(found.seed, index)))

    def _plain(self, index: int) -> Sample | None:
        if self.silent:
            return None
        if self.goal is not None and self.sample.value is not None:
            return self.sample._replace(value=_clean(self.sample.value + (self.goal - self.sample.value) * index / self.length))
        if self.step and self.sample.value is not None:
            return self.sample._replace(value=_clean(self.sample.value + self.step * index))
        return self.sample


def parsed(text: str, every_ms: int) -> tuple[list[Run], bool]:
    """The runs of a series, and whether it falls silent after them. Raises SeriesProblem.

    >>> [s.value for s in samples(parsed("12+0.5x2 _ 9", 1000)[0])]
    [12.0, 12.5, 13.0, 9.0]
    """
    runs: list[Run] = []
    stale = False
    last: float | None = None
    for token in text.split():
        if stale:
            raise SeriesProblem("after_stale", token)
        if token in SILENT:
            stale = True
            continue
        run = _run(token, every_ms, last)
        runs.append(run)
        end = run.at(run.length - 1)
        if run.goal is not None:
            runs.append(Run(run.sample._replace(value=run.goal), 1))
            last = run.goal
        elif end is not None and not end.nan:
            last = end.value
    if not runs and not stale:
        raise SeriesProblem("empty", text)
    if sum(run.length for run in runs) > MAX_SAMPLES:
        raise SeriesProblem("too_long", text[:40])
    return runs, stale


def samples(runs: list[Run]) -> Iterator[Sample]:
    """All samples that are sent, for tests and for a look at a series."""
    for run in runs:
        for index in range(run.length):
            sample = run.at(index)
            if sample is not None:
                yield sample


def _run(token: str, every_ms: int, last: float | None) -> Run:
    found = _TOKEN.match(token)
    if found is None:
        raise SeriesProblem("token", token)
    count = _count(found["times"], found["time"], every_ms, token, promtool=found["word"] != "_")
    if found["goal"] is not None and found["time"] is None and found["times"] is None:
        raise SeriesProblem("goal", token)
    sample = _marked(Sample(None), found["marks"], token)
    if found["word"] is None:
        step = float((found["sign"] or "") + found["step"]) if found["step"] else 0.0
        goal = float(found["goal"]) if found["goal"] is not None else None
        return Run(sample._replace(value=float(found["value"])), count, step, goal=goal)
    if found["word"] == "_":
        return Run(sample, count, silent=True)
    if found["word"] == "bad":
        if last is None:
            raise SeriesProblem("bad_first", token)
        return Run(sample._replace(value=last, valid=False), count)
    return Run(sample._replace(nan=found["word"] == "nan"), count)


def _count(times: str | None, time: str | None, every_ms: int, token: str, *, promtool: bool) -> int:
    """`x30` is the sample and 30 more, as promtool has it; `_x10` are ten gaps; `*10m` is what fits into ten minutes."""
    if times is not None:
        return int(times) + 1 if promtool else int(times)
    if time is None:
        return 1
    try:
        length_ms = duration_ms(time)
    except ValueError:
        raise SeriesProblem("token", token) from None
    if length_ms < every_ms or length_ms % every_ms:
        raise SeriesProblem("not_whole", token)
    return length_ms // every_ms


def _marked(sample: Sample, marks: str, token: str) -> Sample:
    for mark in marks.split("!")[1:]:
        if mark == "bad":
            sample = sample._replace(valid=False)
        elif mark == "twice":
            sample = sample._replace(twice=True)
        elif mark.startswith("unit="):
            sample = sample._replace(unit=mark.removeprefix("unit="))
        elif found := _NOISE.match(mark):
            sample = sample._replace(noise=float(found[1]), seed=int(found[2] or 0))
        elif mark.startswith(("at+", "at-")):
            try:
                sample = sample._replace(stamp_ms=duration_ms(mark.removeprefix("at").removeprefix("+")))
            except ValueError:
                raise SeriesProblem("token", token) from None
        else:
            raise SeriesProblem("suspect" if mark == "suspect" else "mark", token)
    return sample


def _even(seed: int, index: int) -> float:
    """A number between -1 and 1 that follows from seed and index alone (splitmix64): the same on every machine."""
    z = (seed * 1_000_003 + index + 1) * 0x9E3779B97F4A7C15 & _64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _64
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _64
    return (z ^ z >> 31) / _64 * 2.0 - 1.0


def _clean(value: float) -> float:
    """Sums of decimal steps as people read them: 12 + 0.1 x 3 is 12.3, not 12.299999999999999."""
    return round(value, 9)
