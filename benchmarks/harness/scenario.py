"""What a scenario is: an id and a seed that never change, what it is about, how long it may take, and its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness.measuring import Case


class Options(NamedTuple):
    """`folder` is scratch space of this run, removed at its end."""

    quick: bool
    folder: Path
    seed: int


class Scenario(NamedTuple):
    """`cases` may start servers; they must end when its context does."""

    id: str
    seed: int
    about: str
    bound_s: float  # of a whole run
    quick_s: float
    cases: Callable[[Options], AbstractContextManager[Iterable[Case]]]
    notes: tuple[str, ...] = ()
