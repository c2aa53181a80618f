"""Values into SQL text. One quoting for both engines, since the old server has no binding of its own to rely on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date

from streams.sinks.ports import Value

_PLACE = re.compile(r"%\((\w+)\)s")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_SPECIAL = re.compile(r"[\\'\n\r\t\0\b\f]")


def literal(value: Value) -> str:
    """`value` as SQL that means that very value, whatever it contains.

    >>> literal("it's"), literal(["a", "b"]), literal(None), literal(True)
    ("'it\\\\'s'", "('a', 'b')", 'NULL', '1')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no place in a query")
        return repr(value)
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + _SPECIAL.sub(lambda found: _ESCAPES[found.group()], value) + "'"
    return _list(value)


def _list(values: Sequence[str]) -> str:
    """A list for IN. An empty one matches nothing."""
    return "(" + ", ".join(literal(v) for v in values) + ")" if values else "('')"


def named(database: str) -> str:
    """`database`, checked: it stands in SQL as it is. Raises ValueError.

    >>> named("riskstream")
    'riskstream'
    """
    if not _DATABASE.match(database):
        raise ValueError(f"{database!r} is no name of a database")
    return database


def bound(sql: str, params: Mapping[str, Value] | None, database: str) -> str:
    """`sql` with `{db}` replaced by the database and each `%(name)s` by its literal.

    A name without value, or a value without place, is a mistake.
    """
    given = params or {}
    used = set(_PLACE.findall(sql))
    if used != given.keys():
        raise ValueError(f"parameters {sorted(given)} for places {sorted(used)}")
    return _PLACE.sub(lambda found: literal(given[found.group(1)]), sql.replace("{db}", database))
