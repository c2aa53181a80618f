"""Registry files in CSV: one file a kind, rows tied to their parents by code. The columns are those of `COLUMNS`.

UTF-8 (a byte order mark is accepted), comma, header line, one row a line; an empty cell means that the field is not given.
Values are text until here, so what YAML refuses is refused too: a number is written 12.5 or 1e3, never 12,5, never hexadecimal.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from streams.decode.registry_items import KINDS, Expected, Item, Say, expected, types_of, word_of
from streams.domain.problems import Problem
from streams.domain.registry import Limits

LARGEST_CELL = 4096
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z", re.ASCII)
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "是": True, "否": False}


class Table(NamedTuple):
    """One CSV file: the kind of its rows, parent columns from the top, and the field of the parent that takes the rows."""

    kind: str
    parents: tuple[str, ...]
    child_field: str


TABLES: dict[str, Table] = {
    "regions.csv": Table("region", (), ""),
    "parks.csv": Table("park", (), ""),
    "enterprises.csv": Table("enterprise", (), ""),
    "sources.csv": Table("source", ("enterprise",), "sources"),
    "chemicals.csv": Table("chemical", ("enterprise", "source"), "chemicals"),
    "devices.csv": Table("device", ("enterprise", "source"), "devices"),
    "points.csv": Table("point", ("enterprise", "device"), "points"),
    "interlocks.csv": Table("interlock", ("enterprise", "source"), "interlocks"),
    "cameras.csv": Table("camera", ("enterprise", "source"), "cameras"),
    "persons.csv": Table("person", ("enterprise", "source"), "persons"),
}
OPTIONAL_SOURCE = ("device", "camera", "person")  # an empty source column: it belongs to the enterprise itself


def columns_of(name: str) -> tuple[str, ...]:
    """All columns of a CSV file; the ones that must be there are `required_columns`.

    >>> columns_of("parks.csv")
    ('code', 'name', 'region', 'name_en')
    """
    table = TABLES[name]
    own: list[str] = []
    for field in types_of(KINDS[table.kind].struct):
        own += list(types_of(Limits)) if field == "limits" else ([] if field in KINDS[table.kind].children else [field])
    return (*table.parents, *own)


def required_columns(name: str) -> tuple[str, ...]:
    table = TABLES[name]
    own = [field for field, described in types_of(KINDS[table.kind].struct).items() if described.required]
    return (*table.parents, *own)


def add_csv(files: Mapping[str, str], top: list[Item], say: Say) -> None:
    """Adds the rows of all CSV files to `top` (which may hold entries from YAML already) and to the entries below it."""
    for file in files:
        if file.rsplit("/", 1)[-1] not in TABLES:
            say(Problem(file, 0, 0, "registry/unknown-file", "registry.unknown_file", {"known": ", ".join(TABLES)}))
    for name, table in TABLES.items():
        parents = _Parents(top)
        for file in sorted(f for f in files if f.rsplit("/", 1)[-1] == name):
            for item, codes in _rows(files[file], file, name, say):
                if not table.parents:
                    top.append(item)
                elif (parent := parents.find(table, item, codes, say)) is not None:
                    parent.children.setdefault(table.child_field, []).append(item)


class _Parents:
    """Finds the entry that a row belongs to. Says when there is none, or when a device code does not tell which."""

    def __init__(self, top: Iterable[Item]) -> None:
        self.enterprises: dict[str, Item] = {}
        self.sources: dict[tuple[str, str], Item] = {}
        self.devices: dict[tuple[str, str], Item] = {}
        for enterprise in (item for item in top if item.kind == "enterprise"):
            self.enterprises.setdefault(enterprise.code, enterprise)
            for item in enterprise.walk():
                if item.kind in ("source", "device"):
                    known = self.sources if item.kind == "source" else self.devices
                    known.setdefault((enterprise.code, item.code), item)

    def find(self, table: Table, item: Item, codes: dict[str, str], say: Say) -> Item | None:
        enterprise = self.enterprises.get(codes["enterprise"])
        if enterprise is None:
            say(item.problem("enterprise", "missing_parent", parent=word_of("enterprise"), code=codes["enterprise"]))
            return None
        if len(table.parents) == 1:
            return enterprise
        kind = table.parents[1]
        code = codes[kind]
        if not code and table.kind in OPTIONAL_SOURCE:
            return enterprise
        found = (self.sources if kind == "source" else self.devices).get((codes["enterprise"], code))
        if found is None:
            say(item.problem(kind, "missing_parent", parent=word_of(kind), code=code))
        return found


def _rows(text: str, file: str, name: str, say: Say) -> Iterable[tuple[Item, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(header, file, name, say):
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _row(header, cells, file, line, TABLES[name], say)
            line = reader.line_num + 1
    except csv.Error as error:
        say(Problem(file, reader.line_num, 1, "registry/csv", "registry.csv", {"detail": str(error)}))


def _header_fits(header: list[str], file: str, name: str, say: Say) -> bool:
    known = columns_of(name)
    said = 0

    def about(what: str, column: int, **args: object) -> None:
        nonlocal said
        said += 1
        say(Problem(file, 1, column, f"registry/{what.replace('_', '-')}", f"registry.{what}", args))

    for i, column in enumerate(header):
        if column not in known:
            about("unknown_column", i + 1, field=column, known=", ".join(known))
        elif header.index(column) < i:
            about("twice_column", i + 1, field=column)
    for column in required_columns(name):
        if column not in header:
            about("missing_column", 1, field=column)
    return not said


def _row(
    header: list[str], cells: list[str], file: str, line: int, table: Table, say: Say
) -> Iterable[tuple[Item, dict[str, str]]]:
    if len(cells) != len(header):
        say(Problem(file, line, 1, "registry/row-length", "registry.row_length", {"found": len(cells), "wants": len(header)}))
        return
    item = Item(table.kind, file, line)
    codes = dict.fromkeys(table.parents, "")
    types = types_of(KINDS[table.kind].struct)
    limits: dict[str, Any] = {}
    for column, (name, cell) in enumerate(zip(header, cells, strict=True), 1):
        cell = cell.strip()
        if name in codes:
            item.lines[name] = (line, column)
            codes[name] = cell
        elif cell and len(cell) <= LARGEST_CELL:
            in_limits = name not in types
            item.lines[f"limits.{name}" if in_limits else name] = (line, column)
            wants = Expected("number") if in_limits else expected(types[name].type)
            (limits if in_limits else item.fields)[name] = _value(cell, wants)
        elif cell:
            say(Problem(file, line, column, "registry/bad-text", "registry.bad_text", {"field": name, "found": cell[:40]}))
    if limits:
        item.fields["limits"] = limits
    yield item, codes


def _value(cell: str, wants: Expected) -> Any:
    """The cell as what the field wants; a cell that is none stays text and is refused by the type check, with its line."""
    if wants.word == "flag":
        return _FLAGS.get(cell.casefold(), cell)
    if wants.word == "list":
        return [part for part in re.split(r"[;,\s]+", cell) if part]
    if wants.word in ("number", "integer") and _NUMBER.match(cell):
        number = float(cell)
        whole = wants.word == "integer" and number.is_integer() and abs(number) < 2**53
        return int(number) if whole else number
    return cell
