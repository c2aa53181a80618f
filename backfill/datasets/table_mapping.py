"""The YAML mapping of a table: which column is which point. Checked whole; every problem with its line."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from backfill.datasets.dataset import DatasetError
from streams.decode import registry_units
from streams.domain import strict_yaml
from streams.domain.registry import Chemical, Danger, Limits, Profile, Quantity, SourceKind
from streams.domain.units import dimension_of


class _Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts of a mapping: unknown keys are refused."""


class Time(_Struct, frozen=True):
    """Where times come from: a column, or none (`period_s` alone). `format`: iso, epoch_s, epoch_ms, or a strptime pattern."""

    column: str | int | None = None
    format: str = "iso"
    utc_offset_h: float = 8.0  # of texts that carry no offset of their own


class PointColumns(_Struct, frozen=True):
    """One column, or a pattern of columns that share everything but their name."""

    column: str
    code: str = ""
    name: str = ""
    quantity: Quantity = "generic"
    unit: str = "1"
    range: tuple[float, float] | None = None
    limits: Limits | Literal["auto", "none"] = "auto"
    danger: Danger = "high"
    scale: float = 1.0
    offset: float = 0.0
    medium: str = ""
    area: str = ""
    device: str = ""


class SourcePart(_Struct, frozen=True):
    code: str
    name: str
    kind: SourceKind = "process_unit"
    people: int = 0
    key_process: bool = False
    grade: Literal["I", "II", "III", "IV"] | None = None
    five_high: float | None = None
    chemicals: tuple[Chemical, ...] = ()


class EnterprisePart(_Struct, frozen=True):
    code: str
    name: str
    profile: Profile = "hazchem"
    region: str | None = None  # county code that exists already; none: the demo county is published with the play


class Span(_Struct, frozen=True):
    """Rows first..last (inclusive, from 0) of the table."""

    rows: tuple[int, int]


class EventPart(Span, frozen=True):
    name: str


class Mapping(_Struct, frozen=True):
    """The whole file."""

    table: str  # path of the CSV or Parquet file, relative to the mapping
    points: tuple[PointColumns, ...]
    source: SourcePart
    enterprise: EnterprisePart
    time: Time = Time()
    period_s: float | None = None
    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    header: bool = True
    skip_lines: int = 0
    bad: tuple[str, ...] = ("", "NaN", "nan", "null", "NULL", "Bad")
    ignore: tuple[str, ...] = ()  # columns that are no points; patterns allowed
    normal: Span | None = None  # rows that a detector may learn from, and limits with it
    events: tuple[EventPart, ...] = ()
    label: str | None = None  # a column that is 0 in normal rows and anything else in faulty ones


class Bound(NamedTuple):
    """One column bound to its point."""

    place: int  # of the column in the table
    column: str
    point: PointColumns
    code: str


def read_mapping(path: Path) -> tuple[Mapping, strict_yaml.Node]:
    """The mapping of a file. Raises DatasetError with file:line of each problem."""
    try:
        node = strict_yaml.load(path.read_text(encoding="utf-8"), path.name)
    except strict_yaml.YamlRefused as refused:
        raise DatasetError("mapping", str(refused), place=str(path), detail=str(refused)) from None
    except UnicodeDecodeError as problem:
        raise DatasetError("mapping", f"{path}: not UTF-8: {problem}", place=str(path), detail=str(problem)) from None
    try:
        mapping = msgspec.convert(node.value, Mapping)
    except msgspec.ValidationError as problem:
        message, at = _path_of(str(problem), node)
        raise DatasetError(
            "mapping", f"{path}:{node.line_of(at)}: {message}", place=f"{path}:{node.line_of(at)}", detail=message
        ) from None
    _check(mapping, node, path)
    return mapping, node


def _path_of(message: str, node: strict_yaml.Node) -> tuple[str, strict_yaml.Path]:
    """msgspec's message and the path that it names (`$.points[3].unit`), as far as the document has it."""
    at: list[str | int] = []
    _, _, tail = message.partition("`$")
    for part in tail.rstrip("`").replace("[", ".[").split("."):
        if part.startswith("[") and part != "[...]":
            at.append(int(part.strip("[]")))
        elif part and part != "[...]":
            at.append(part)
    for word in message.split("`")[1::2]:  # an unknown or missing key is named first
        if not word.startswith("$") and (*at, word) in node.positions:
            return message, (*at, word)
    return message, tuple(at)


def _refuse(node: strict_yaml.Node, path: Path, at: strict_yaml.Path, message: str) -> DatasetError:
    place = f"{path}:{node.line_of(at)}"
    return DatasetError("mapping", f"{place}: {message}", place=place, detail=message)


def _check(mapping: Mapping, node: strict_yaml.Node, path: Path) -> None:
    """What the types cannot say: units that fit, ranges and limits in order, a period from somewhere."""
    if mapping.time.column is None and not mapping.period_s:
        raise _refuse(node, path, ("time",), "give time.column, or period_s when rows carry no time")
    if mapping.period_s is not None and not 0 < mapping.period_s <= 3600:
        raise _refuse(node, path, ("period_s",), f"period_s must be above 0 and at most 3600, not {mapping.period_s}")
    if len(mapping.delimiter) != 1:
        raise _refuse(node, path, ("delimiter",), "delimiter must be one character")
    for i, point in enumerate(mapping.points):
        at: strict_yaml.Path = ("points", i)
        if dimension_of(point.unit) is None or not registry_units.fits(point.quantity, point.unit):
            known = ", ".join(registry_units.units_of(point.quantity))
            raise _refuse(node, path, (*at, "unit"), f"unit {point.unit!r} does not measure {point.quantity}; use one of {known}")
        if point.range is not None and not point.range[0] < point.range[1]:
            raise _refuse(node, path, (*at, "range"), f"range must ascend, not {point.range}")
        if point.scale == 0:
            raise _refuse(node, path, (*at, "scale"), "scale must not be 0")
        if isinstance(point.limits, Limits):
            given = [v for v in (point.limits.ll, point.limits.l, point.limits.h, point.limits.hh) if v is not None]
            if given != sorted(set(given)):
                raise _refuse(node, path, (*at, "limits"), f"limits must ascend from ll to hh, not {given}")


def bound(mapping: Mapping, node: strict_yaml.Node, path: Path, columns: Sequence[str]) -> list[Bound]:
    """Each column with its point. An entry without a column is an error, so is a column that two entries or nobody wants."""
    found: dict[int, Bound] = {}
    for i, point in enumerate(mapping.points):
        hits = [j for j, column in enumerate(columns) if _matches(point.column)(column)]
        if not hits:
            raise _refuse(node, path, ("points", i, "column"), f"no column {point.column!r}; the table has {', '.join(columns)}")
        for j in hits:
            if j in found:
                if _is_pattern(point.column):
                    continue  # an exact entry goes before a pattern
                if not _is_pattern(found[j].point.column):
                    raise _refuse(node, path, ("points", i, "column"), f"column {columns[j]!r} is bound twice")
            found[j] = Bound(j, columns[j], point, point.code if len(hits) == 1 and point.code else f"{point.code}{columns[j]}")
    spare = [
        column
        for j, column in enumerate(columns)
        if j not in found
        and not any(_matches(p)(column) for p in (*mapping.ignore, str(mapping.time.column), str(mapping.label)))
    ]
    if spare:
        raise _refuse(
            node, path, ("points",), f"columns that no entry names: {', '.join(spare)}; add them to points or to ignore"
        )
    codes = [b.code for b in found.values()]
    for code in codes:
        if codes.count(code) > 1:
            raise _refuse(node, path, ("points",), f"two columns get the code {code!r}")
    return [found[j] for j in sorted(found)]


def _is_pattern(column: str) -> bool:
    return any(c in column for c in "*?[")


def _matches(pattern: str) -> Callable[[str], bool]:
    """A plain name matches itself only, also one with brackets in it; a pattern matches as in a shell."""
    return lambda column: column == pattern or (_is_pattern(pattern) and fnmatch.fnmatchcase(column, pattern))


def plain(value: Any) -> str:
    """A cell as text, for messages: at most 40 characters."""
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
