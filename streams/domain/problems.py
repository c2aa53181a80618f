"""A problem in a file that people wrote: where it is, what it is, what would help. Collected and shown all at once.

The words are in the catalogue: `message_key` and `hint_key` are looked up with `args`, so that a problem reads in zh and en.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.domain.catalogue import Lang, text

Severity = Literal["error", "warning", "info"]


class Word(str):
    """An argument that is itself a key of the catalogue: said in the reader's language, kept as the key in JSON."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `line` and `column` count from 1; 0 means the file as a whole. `id` is stable, for tools and golden tests."""

    file: str
    line: int
    column: int
    id: str  # such as yaml/duplicate-key or registry/limits-order
    message_key: str
    args: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"
    hint_key: str = ""

    def message(self, lang: Lang = "zh") -> str:
        return text(self.message_key, lang, **self._said(lang))

    def hint(self, lang: Lang = "zh") -> str:
        return text(self.hint_key, lang, **self._said(lang)) if self.hint_key else ""

    def _said(self, lang: Lang) -> dict[str, object]:
        return {name: text(value, lang) if isinstance(value, Word) else value for name, value in self.args.items()}

    def line_of_text(self, lang: Lang = "zh") -> str:
        """`file:line:column: severity id: message (hint)`, the form that editors jump to."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        hint = self.hint(lang)
        severity = text(f"problem.{self.severity}", lang)
        return f"{where}: {severity} {self.id}: {self.message(lang)}" + (f" ({hint})" if hint else "")

    def as_json(self, lang: Lang = "zh") -> dict[str, object]:
        return {
            "file": self.file, "line": self.line, "column": self.column, "id": self.id, "severity": self.severity,
            "message": self.message(lang), "hint": self.hint(lang), "args": dict(sorted(self.args.items())),
        }  # fmt: skip


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted as a reader walks the files; the same problem is said once."""
    unique: dict[tuple[str, int, int, str, str], Problem] = {}
    for p in problems:
        unique.setdefault((p.file, p.line, p.column, p.id, p.message("en")), p)
    return [unique[k] for k in sorted(unique)]
