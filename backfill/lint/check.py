"""What a check is, and the order in which they speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from backfill.lint.ground import Ground, Subject
from backfill.lint.reading import Reading
from backfill.lint.settings import Settings
from streams.domain.problems import Problem, Severity

Run = Callable[["Linted"], Iterator[Problem]]


@dataclass
class Linted:
    """The ground, with conditions that were judged once for all checks."""

    ground: Ground

    def __post_init__(self) -> None:
        self._readings: dict[int, Reading] = {}

    def reading(self, subject: Subject) -> Reading:
        if id(subject) not in self._readings:
            self._readings[id(subject)] = Reading(subject, self.settings)
        return self._readings[id(subject)]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return self.ground.subjects

    @property
    def settings(self) -> Settings:
        return self.ground.settings


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Its words are in the catalogue: `lint.<id>` (what is wrong), `lint.hint.<id>` (the way out), `lint.what.<id>` and
    `lint.why.<id>` (the document). `fires` is an example of what it finds, `silent` the same put right."""

    id: str
    severity: Severity
    run: Run
    fires: str
    silent: str

    @property
    def key(self) -> str:
        return self.id.replace("-", "_")


@lru_cache(maxsize=1)
def example_head() -> str:
    """What every example begins with."""
    return "schema: 2\nrules:\n"
