"""Entries of registry files before they are records: plain fields with their lines, children below them.

YAML and CSV are read into the same tree, so every check exists once and names file and line whatever the form. Field types come
from the structs of `streams.domain.registry`; nothing is said twice.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import inspect

from streams.domain import registry as r
from streams.domain.catalogue import catalogue
from streams.domain.problems import Problem, Severity, Word

Say = Callable[[Problem], None]
CODE = re.compile(r"[^\s/\x00-\x1f]{1,64}\Z")
ROLE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")  # as it stands in rules: flow.inlet
NAME_LIMIT = 200


class Kind(NamedTuple):
    """A kind of entry: its struct, its children (field -> kind), and its title key in the catalogue."""

    name: str
    struct: type[msgspec.Struct]
    children: dict[str, str]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("region", r.Region, {}),
        Kind("park", r.Park, {}),
        Kind("enterprise", r.Enterprise, {"sources": "source", "devices": "device", "cameras": "camera", "persons": "person"}),
        Kind("source", r.HazardSource, {"chemicals": "chemical", "devices": "device", "interlocks": "interlock",
                                        "cameras": "camera", "persons": "person"}),
        Kind("device", r.Device, {"points": "point"}),
        Kind("point", r.Point, {}),
        Kind("chemical", r.Chemical, {}),
        Kind("interlock", r.Interlock, {}),
        Kind("camera", r.Camera, {}),
        Kind("person", r.Person, {}),
    )
}  # fmt: skip


def word_of(kind: str) -> Word:
    """The kind as people call it."""
    return Word(f"registry.kind.{kind}")


@dataclass(slots=True)
class Item:
    """One entry. `lines` holds (line, column) of each field that is given; `record` is None until it was built without problems."""

    kind: str
    file: str
    line: int
    column: int = 1
    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    children: dict[str, list[Item]] = field(default_factory=dict)
    record: Any = None

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def code(self) -> str:
        return self.text("code")

    def below(self, name: str) -> list[Item]:
        return self.children.get(name, [])

    def walk(self) -> Iterator[Item]:
        """Itself and everything below it, in order of the files."""
        yield self
        for name in KINDS[self.kind].children:
            for child in self.below(name):
                yield from child.walk()

    def problem(self, at_field: str, what: str, /, *, severity: Severity = "error", hint: str = "", **args: object) -> Problem:
        """A problem of one field ("" or a field that is not given: of the entry itself)."""
        line, column = self.lines.get(at_field, (self.line, self.column))
        code = "registry/" + what.replace("_", "-")
        hint_key = f"registry.hint.{hint or what}"  # a problem may have words of its own for the way out
        args = {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in args.items()}  # 8, not 8.0
        hint_key = hint_key if hint_key in catalogue() else ""
        return Problem(self.file, line, column, code, f"registry.{what}", args, severity, hint_key)


@cache
def types_of(struct: type[msgspec.Struct]) -> dict[str, inspect.Field]:
    described = inspect.type_info(struct)
    return {f.name: f for f in described.fields} if isinstance(described, inspect.StructType) else {}


def _options(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


class Expected(NamedTuple):
    """What a field wants: one of the words of `registry.type.*`, and the allowed words of a choice."""

    word: Literal["text", "number", "integer", "flag", "choice", "list", "limits"]
    choices: tuple[str, ...] = ()
    optional: bool = False


def expected(kind: inspect.Type) -> Expected:
    """
    >>> expected(types_of(r.Camera)["place"].type).word
    'choice'
    """
    options = _options(kind)
    optional = any(isinstance(o, inspect.NoneType) for o in options)
    for option in options:
        if isinstance(option, inspect.LiteralType):
            return Expected("choice", tuple(str(v) for v in option.values), optional)
        if isinstance(option, inspect.BoolType):
            return Expected("flag", (), optional)
        if isinstance(option, inspect.FloatType):
            return Expected("number", (), optional)
        if isinstance(option, inspect.IntType):
            return Expected("integer", (), optional)
        if isinstance(option, inspect.VarTupleType | inspect.ListType):
            return Expected("list", (), optional)
        if isinstance(option, inspect.StructType):
            return Expected("limits", (), optional)
    return Expected("text", (), optional)


def _fits(value: Any, wants: Expected) -> bool:
    match wants.word:
        case "flag":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "list":
            return isinstance(value, list) and all(isinstance(v, str) for v in value)
        case "limits":
            return isinstance(value, dict)
    return isinstance(value, str)


def check_field(item: Item, name: str, kind: inspect.Type, say: Say) -> None:
    """Says what is wrong with the value of one field; leaves only usable values in `item.fields`."""
    wants, value = expected(kind), item.fields[name]
    if value is None and wants.optional:
        return
    if not _fits(value, wants):
        hint = "quote" if wants.word in ("text", "choice") and isinstance(value, int | float) else ""
        if wants.word in ("flag", "number", "integer") and isinstance(value, str):
            hint = "flag" if wants.word == "flag" else "number"
        say(
            item.problem(
                name, "wrong_type", hint=hint, field=name, wants=Word(f"registry.type.{wants.word}"), found=_shown(value)
            )
        )
        del item.fields[name]
    elif wants.word == "choice" and value not in wants.choices:
        close = difflib.get_close_matches(value, wants.choices, n=1)
        hint = "did_you_mean" if close else ""
        say(item.problem(name, "unknown_value", hint=hint, field=name, found=_shown(value), known=", ".join(wants.choices),
                         close="".join(close)))  # fmt: skip
        del item.fields[name]
    elif wants.word == "number":
        item.fields[name] = float(value)
    elif wants.word == "limits":
        _check_limits(item, value, say)
    elif wants.word == "text" and (len(value) > NAME_LIMIT or (name == "code" and not CODE.match(value))):
        say(item.problem(name, "bad_text", field=name, found=_shown(value)))
        del item.fields[name]
    elif name == "role" and item.kind == "point" and value and not ROLE.match(value):
        say(item.problem(name, "bad_role", field=name, found=_shown(value)))
        del item.fields[name]
    elif wants.word in ("text", "choice") and name in ("code", "name") and not value.strip():
        say(item.problem(name, "empty_text", field=name))
        del item.fields[name]


def _check_limits(item: Item, limits: dict[str, Any], say: Say) -> None:
    known = types_of(r.Limits)
    for name in list(limits):
        path = f"limits.{name}"
        if name not in known:
            say(_unknown_key(item, path, name, tuple(known)))
            del limits[name]
        elif limits[name] is not None and not _fits(limits[name], Expected("number")):
            say(
                item.problem(
                    path, "wrong_type", hint="number", field=path, wants=Word("registry.type.number"), found=_shown(limits[name])
                )
            )
            del limits[name]
        elif limits[name] is not None:
            limits[name] = float(limits[name])


def _unknown_key(item: Item, at_field: str, name: str, known: tuple[str, ...]) -> Problem:
    close = difflib.get_close_matches(name, known, n=1)
    return item.problem(at_field, "unknown_key", hint="did_you_mean" if close else "known_keys", field=name, kind=word_of(item.kind),
                        close="".join(close), known=", ".join(known))  # fmt: skip


def check_fields(item: Item, say: Say) -> None:
    """Unknown keys, missing keys and wrong types of one entry."""
    kind = KINDS[item.kind]
    known = types_of(kind.struct)
    for name in list(item.fields):
        if name not in known:
            say(_unknown_key(item, name, name, tuple(known)))
            del item.fields[name]
        else:
            check_field(item, name, known[name].type, say)
    for name, described in known.items():
        if described.required and name not in item.fields and name not in item.lines:
            say(item.problem("", "missing_key", field=name, kind=word_of(item.kind)))


def build(item: Item) -> Any:
    """The struct of `item` with what could be built below it, or None where a field that it needs is missing or wrong.

    Sets `record` all the way down: checks go on with what is usable, and whoever loads refuses the whole if anything was said.
    """
    kind = KINDS[item.kind]
    parts: dict[str, Any] = dict(item.fields)
    for name in kind.children:
        records = [build(child) for child in item.below(name)]
        parts[name] = tuple(record for record in records if record is not None)
    if isinstance(parts.get("limits"), dict):
        parts["limits"] = r.Limits(**parts["limits"])
    if isinstance(parts.get("guards"), list):
        parts["guards"] = tuple(parts["guards"])
    if all(name in parts for name, described in types_of(kind.struct).items() if described.required):
        item.record = kind.struct(**parts)
    return item.record


def _shown(value: Any) -> str:
    shown = str(value) if not isinstance(value, dict | list) else ("{...}" if isinstance(value, dict) else "[...]")
    return shown if len(shown) <= 60 else shown[:57] + "..."
