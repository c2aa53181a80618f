"""A case as it was read: values only, checked, with the line of everything that a report may have to point at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from backfill.cases.series import Run
from streams.domain.catalogue import Lang
from streams.domain.registry import Enterprise

Kind = Literal["firing", "silent", "boundary", "clearing", "trap"]
KINDS: tuple[Kind, ...] = ("firing", "silent", "boundary", "clearing", "trap")
LEVELS = ("blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Series:
    """What one point sends. Times in ms after the start of the case."""

    point: str
    enterprise: str
    runs: tuple[Run, ...]
    stale: bool  # silent after the last run; otherwise its last sample goes on
    every_ms: int
    start_ms: int = 0
    clock_ms: int = 0  # how far the gateway's clock is from log time
    delay_ms: int = 0  # how long after its time stamp a frame arrives
    gateway: str = "G"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happens beside the readings. `what` is a topic, or one of the words of `reading_events.OWN`."""

    at_ms: int
    what: str
    given: Any
    line: int
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that must be so, or have been said: `about` alarms, level, events, causes, next_due."""

    about: str
    given: Any
    line: int


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is expected at one time, once everything of that instant has been handled."""

    at_ms: int
    expected: tuple[Expected, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    file: str
    line: int
    index: int
    name: tuple[str, str]  # zh, en
    kind: Kind
    rules: tuple[str, ...]  # the rules that it is for
    plants: tuple[Enterprise, ...]
    series: tuple[Series, ...]
    events: tuple[CaseEvent, ...]
    moments: tuple[Moment, ...]
    every_ms: int
    start_ms: int  # log time at which it starts
    rule_files: tuple[str, ...] = ()  # beside the case file; none: all rules under the rules folder
    committed: bool = True  # each enterprise gives its daily safety commitment
    restart_everywhere: bool = False
    traps: tuple[str, ...] = ()  # which trap or which sentence of the design it holds
    pending: str = ""  # why it cannot pass yet; passing in spite of it is an error
    tags: dict[str, Any] = field(default_factory=dict)

    @property
    def end_ms(self) -> int:
        return max(moment.at_ms for moment in self.moments)

    def title(self, lang: Lang) -> str:
        return self.name[0 if lang == "zh" else 1] or self.name[1] or self.name[0]

    @property
    def id(self) -> str:
        """Stable enough for JUnit and for `--run`: file and English name."""
        return f"{self.file}::{self.name[1] or self.name[0]}"
