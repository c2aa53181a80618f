"""One reason for each thing that can be wrong with a message; turns the JSON library's complaints into reason codes."""

from __future__ import annotations

import re
from typing import NamedTuple

DETAIL_CHARS = 300  # a detail is for people; the payload is kept beside it


class Problem(NamedTuple):
    """`reason` is the end of a key of the catalogue (reject.*), `field` a path such as values[3], "" for the whole record."""

    field: str
    reason: str
    detail: str = ""


class Unusable(Exception):
    """The whole record cannot be used."""

    def __init__(self, field: str, reason: str, detail: str = "") -> None:
        super().__init__(field, reason, detail)
        self.problem = Problem(field, reason, shown(detail))


def shown(text: str) -> str:
    """`text` fit for a dead letter: bounded, and encodable whatever the sender put in."""
    if len(text) > DETAIL_CHARS:
        text = text[:DETAIL_CHARS] + "..."
    return text.encode("utf-8", "replace").decode()


_AT = re.compile(r" - at `\$?\.?([^`]*)`$")
_NAMED = re.compile(r"`([^`]*)`")


def problem_of(error: Exception) -> Problem:
    """The problem behind an exception of msgspec (or of UTF-8 decoding, or of too deep a nesting)."""
    if isinstance(error, UnicodeError):
        return Problem("", "invalid_utf8", shown(str(error)))
    if isinstance(error, RecursionError):
        return Problem("", "too_deep")
    message = str(error)
    found = _AT.search(message)
    path, said = (found.group(1), message[: found.start()]) if found else ("", message)
    return _classified(path, said)


def _classified(path: str, said: str) -> Problem:
    named = _NAMED.findall(said)
    if said.startswith("Object missing required field"):
        return Problem(_joined(path, named[0]), "missing_field")
    if said.startswith("Object contains unknown field"):
        return Problem(_joined(path, named[0]), "unknown_key")
    if said.startswith("Invalid enum value"):
        return Problem(path, "unknown_value", shown(said))
    if "out of range" in said:
        return Problem(path, "overflow", shown(said))
    if said.startswith("Expected `object`") and not path:
        return Problem("", "not_an_object", shown(said))
    if said.startswith("Expected"):
        return Problem(path, "wrong_type", shown(said))
    return Problem(path, "malformed", shown(said))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else shown(name)
