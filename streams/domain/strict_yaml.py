"""YAML as people mean it: text in, plain values and their positions out. The only reader of YAML in the house.

Hand-written rules and registries are safety inputs, so whatever YAML reads differently from what is on the screen is refused
with its line: duplicate keys, anchors and aliases (also the way to blow up memory), tags, merge keys, octal and hexadecimal
numbers, leading zeros, infinities, tabs; and what one YAML reads as another kind of value than the next: `yes` and `off`, 1:30 (90?),
1e3 (text?), 1_000, dates. In quotes all of them are text. The rest follows the YAML 1.2 core schema. Pure: it opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from streams.domain.problems import Problem, Severity

__all__ = ["Limits", "Node", "Path", "Problem", "Severity", "YamlRefused", "load"]

Path = tuple[str | int, ...]

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_OTHER_BASE = re.compile(r"[-+]?0[oxbOXB][0-9a-fA-F_]+\Z")
_YES_NO = frozenset(w for word in ("yes", "no", "on", "off") for w in (word, word.title(), word.upper()))
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2}\Z|-[0-9]{1,2}-[0-9]{1,2}([Tt]|\s+)[0-9]{1,2}:)")  # not a CAS number, 7782-50-5
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_.]*_[0-9_.]*\Z")
_TAB = re.compile(r"^[ ]*\t+(?=[^\s#])", re.M)
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
# what YAML 1.1 and 1.2 both call unprintable, and lone surrogates, which no file in UTF-8 can hold
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUES = frozenset(("true", "True", "TRUE"))
_FALSES = frozenset(("false", "False", "FALSE"))
_LARGEST = 1 << 53  # beyond it a float no longer tells integers apart, and a code written as a number would be altered


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one document; more is refused, not read slowly."""

    characters: int = 16 << 20
    depth: int = 32
    values: int = 2_000_000


class YamlRefused(ValueError):
    """The document cannot be used; `problems` has every reason that could be found, in order of lines."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.line_of_text("en") for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Node:
    """A document: its plain value (dict, list, str, int, float, bool, None) and where each part of it stands."""

    name: str
    value: Any
    positions: dict[Path, tuple[int, int]] = field(repr=False, default_factory=dict)

    def position_of(self, path: Path = ()) -> tuple[int, int]:
        """(line, column) from 1 of the key or item at `path`; of its nearest parent that exists, when it does not exist."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))

    def line_of(self, path: Path = ()) -> int:
        return self.position_of(path)[0]

    def problem(
        self, path: Path, code: str, message_key: str, /, *, severity: Severity = "error", hint_key: str = "", **args: object
    ) -> Problem:
        """A problem of the value at `path`, for whoever checks the document further."""
        line, column = self.position_of(path)
        return Problem(self.name, line, column, code, message_key, args, severity, hint_key)


def load(text: str, name: str, limits: Limits = Limits()) -> Node:
    """The document `text`; `name` is the file's name in problems. Raises YamlRefused with all problems, never returns half of it.

    >>> load("limits: {hh: 1000, unit: kPa}", "x.yaml").value
    {'limits': {'hh': 1000, 'unit': 'kPa'}}
    """
    return _Builder(name, limits).build(text)


class _TooMuch(Exception):
    """A bound was passed: reading on would only help an attacker."""


class _Builder:
    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.problems: list[Problem] = []
        self.positions: dict[Path, tuple[int, int]] = {}
        self.values = 0

    def build(self, text: str) -> Node:
        text = text.removeprefix("\ufeff")
        self._check_text(text)
        value: Any = None
        if not self.problems:
            try:
                value = self._document(yaml.parse(text, Loader=_PARSER))
            except _TooMuch:
                pass
            except yaml.MarkedYAMLError as error:
                if tab := _TAB.search(text):
                    self._say(*_place(text, tab.start()), "tab", hint="spaces")
                    raise YamlRefused(self.problems) from None
                mark = error.problem_mark or error.context_mark
                line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
                self._say(line, column, "syntax", detail=error.problem or error.context or "")
            except yaml.YAMLError as error:
                self._say(0, 0, "syntax", detail=str(error).splitlines()[0])
        if self.problems:
            raise YamlRefused(sorted(self.problems, key=lambda p: (p.line, p.column, p.id)))
        return Node(self.name, value, self.positions)

    def _check_text(self, text: str) -> None:
        if len(text) > self.limits.characters:
            self._say(0, 0, "too_large", size=len(text), limit=self.limits.characters)
        elif found := _UNPRINTABLE.search(text):
            self._say(*_place(text, found.start()), "unprintable", code=f"U+{ord(found.group()):04X}")

    def _say(self, line: int, column: int, what: str, /, *, hint: str = "", **args: object) -> None:
        code = "yaml/" + what.replace("_", "-")
        hint_key = f"yaml.hint.{hint}" if hint else ""
        self.problems.append(Problem(self.name, line, column, code, f"yaml.{what}", args, "error", hint_key))

    def _refuse(self, event: Any, what: str, /, *, hint: str = "", **args: object) -> None:
        self._say(*_position(event), what, hint=hint, **args)

    def _stop(self, event: Any, what: str, /, *, hint: str = "", **args: object) -> NoReturn:
        self._refuse(event, what, hint=hint, **args)
        raise _TooMuch

    def _document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        documents = 0
        event: Any
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    self._refuse(event, "directive")
                if documents > 1:
                    self._stop(event, "documents", hint="one_document")
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionStartEvent):
                self.positions[()] = _position(event)
                value = self._value(event, events, ())
        return value

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values += 1
        if self.values > self.limits.values:
            self._stop(event, "too_many", limit=self.limits.values)
        if len(path) > self.limits.depth:
            self._stop(event, "too_deep", limit=self.limits.depth)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, "alias", hint="write_out", name=event.anchor)
            return None
        if event.anchor is not None:
            self._refuse(event, "anchor", hint="write_out", name=event.anchor)
        if event.tag is not None:
            self._refuse(event, "tag", tag=event.tag)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event)

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        event: Any
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.positions[here] = _position(event)
            items.append(self._value(event, events, here))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        event: Any
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, events, path)
            here = (*path, key)
            if key in out:
                self._refuse(event, "duplicate_key", key=key, first=self.positions[here][0])
                self._value(next(events), events, (*path, f"{key}'"))
                continue
            self.positions[here] = _position(event)
            out[key] = self._value(next(events), events, here)
        return out

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._value(event, events, (*path, "?"))
            if not isinstance(event, yaml.AliasEvent):
                self._refuse(event, "key_not_text", key="...")
            return f"?{len(self.problems)}"
        key = self._value(event, events, path)
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, "merge_key", hint="write_out")
        elif not isinstance(key, str):
            if not self.problems or self.problems[-1].line != _position(event)[0]:
                self._refuse(event, "key_not_text", hint="quote", key=event.value)
            return str(event.value)
        return str(key)

    def _scalar(self, event: Any) -> Any:
        word: str = event.value
        if not event.implicit[0]:  # quoted or a block: always text
            return word
        if word in _NULLS:
            return None
        if word in _TRUES:
            return True
        if word in _FALSES:
            return False
        if word in _YES_NO:
            return self._refuse(event, "yes_no", hint="true_or_quote", word=word)
        if word[0] not in "+-.0123456789":
            return word
        return self._number(event, word)

    def _number(self, event: Any, word: str) -> Any:
        """A plain scalar that may be a number. None stands for one that was refused."""
        if _OTHER_BASE.match(word):
            return self._refuse(event, "other_base", hint="quote", word=word)
        if _NOT_FINITE.match(word):
            return self._refuse(event, "not_finite", word=word)
        for what, pattern in (("sexagesimal", _SEXAGESIMAL), ("date", _DATE), ("underscores", _UNDERSCORES)):
            if pattern.match(word):
                return self._refuse(event, what, hint="quote_or_plain", word=word[:40])
        if not _FLOAT.match(word):
            return word
        if "e" in word or "E" in word:
            return self._refuse(event, "exponent", hint="plain", word=word[:40])
        if _LEADING_ZERO.match(word):
            return self._refuse(event, "leading_zero", hint="quote", word=word)
        number: int | float = float(word)
        if abs(number) == float("inf"):
            return self._refuse(event, "not_finite", word=word[:40])
        if _INT.match(word):
            if abs(number) > _LARGEST:
                return self._refuse(event, "too_many_digits", hint="quote", word=word[:40])
            number = int(word)
        return number


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _position(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
