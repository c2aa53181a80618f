"""What checks look at: the rules as they are written, with the place of every word, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from backfill.cases.case import Case
from backfill.lint.settings import Settings
from streams.domain.problems import Problem, Severity
from streams.domain.strict_yaml import Node as Document
from streams.engine.rulelang.parse import parse
from streams.engine.rulelang.tree import Node
from streams.engine.rules import Rule
from streams.engine.rules_text import Expressions

EXPRESSIONS = ("when", "clear", "deadband")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a rule stands."""

    line: int
    column: int


@dataclass
class Subject:
    """One rule as it is written."""

    rule: Rule
    document: Document
    text: str
    index: int  # in the list `rules` of its file
    file: str  # as people know it

    @property
    def path(self) -> tuple[str | int, ...]:
        return ("rules", self.index)

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document.value["rules"][self.index]
        return found

    @cached_property
    def trees(self) -> dict[str, Node]:
        """Expressions as written, so that each node knows its column in the file."""
        return {key: parse(str(self.written[key])) for key in EXPRESSIONS if self.written.get(key)}

    @property
    def when(self) -> Node:
        return self.trees["when"]

    def at(self, *key: str) -> Place:
        return Place(*self.document.position_of((*self.path, *key)))

    def within(self, key: str, node: Node) -> Place:
        """Where a part of an expression begins."""
        places = Expressions(self.document, self.text, self.path, self.rule.id, {})
        return Place(*places.place(key, str(self.written[key]), node.at))

    def problem(self, place: Place, check: str, severity: Severity, message: str = "", /, **args: object) -> Problem:
        """A problem of the check; `message` where it has several (`lint.<check>.<message>`)."""
        key = f"lint.{check.replace('-', '_')}"
        args = {"rule": self.rule.id, **args}
        return Problem(self.file, place.line, place.column, f"lint/{check}", f"{key}.{message}" if message else key, args, severity,
                       f"lint.hint.{check.replace('-', '_')}")  # fmt: skip


@dataclass
class Ground:
    """Everything that checks may ask."""

    subjects: tuple[Subject, ...]
    settings: Settings
    cases: tuple[Case, ...] | None = None  # None: not known (they cannot be read)
    retention_s: Mapping[str, float] = field(default_factory=dict)  # of raw topics
    runbooks: Path | None = None  # where paths of runbooks begin; None: not looked up
    items: tuple[str, ...] = ()  # of site management; empty: not known
    requirements: frozenset[str] = frozenset()

    def pairs(self) -> Iterator[tuple[Subject, Subject]]:
        """Every two rules of one scope that both act, each way round."""
        live = [s for s in self.subjects if s.rule.status != "deprecated"]
        for one in live:
            for other in live:
                if one is not other and one.rule.scope == other.rule.scope:
                    yield one, other
