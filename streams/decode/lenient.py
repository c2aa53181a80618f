"""Reads what is nearly JSON, so that one bad token costs one value and not the frame around it.

Gateways write NaN, inf, -1.#IND, .5 or 0x1F where a number belongs. Each such token becomes a `Bad`; everything else must
be JSON. Only used after the strict reader has refused a message.
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from streams.decode.problems import Unusable, shown


class Bad(NamedTuple):
    """A token that stands where a value should be; `reason` is a code of the catalogue."""

    reason: str
    text: str


class Parsed(NamedTuple):
    value: object
    lossy: bool  # bytes that are not UTF-8 were replaced by U+FFFD


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\[\]{}:"]+', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_WORDS = frozenset(("true", "false", "null"))
_INT_DIGITS = 310  # more cannot be a finite float, and Python refuses to read very long integers


def parse(data: bytes) -> Parsed:
    """The message with `Bad` in place of unreadable tokens. Raises Unusable when its shape is not JSON."""
    lossy = False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text, lossy = data.decode(errors="replace"), True
    text = text.removeprefix("\ufeff")
    try:
        return Parsed(_loads(text, lambda word: Bad("not_a_number", word)), lossy)
    except RecursionError:
        raise Unusable("", "too_deep") from None
    except ValueError:
        return Parsed(_repaired(text, lossy), lossy)


def _repaired(text: str, lossy: bool) -> object:
    """`text` read once more with every bare word that is not JSON set aside."""
    bad: deque[str] = deque()

    def checked(token: re.Match[str]) -> str:
        word = token.group()
        if word[0] == '"' or word in _WORDS or _NUMBER.match(word):
            return word
        bad.append(word)
        return "NaN"

    try:
        return _loads(_TOKEN.sub(checked, text), lambda _: Bad("not_a_number", shown(bad.popleft())))
    except RecursionError:
        raise Unusable("", "too_deep") from None
    except ValueError as error:
        raise Unusable("", "invalid_utf8" if lossy else "malformed", str(error)) from None


def _loads(text: str, constant: Callable[[str], Bad]) -> object:
    return json.loads(text, parse_constant=constant, parse_float=_float, parse_int=_int)


def _float(digits: str) -> float | Bad:
    number = float(digits)
    return number if math.isfinite(number) else Bad("overflow", shown(digits))


def _int(digits: str) -> int | Bad:
    return int(digits) if len(digits) <= _INT_DIGITS else Bad("overflow", shown(digits))


def number_of(value: object) -> float | Bad | None:
    """`value` as a finite float; None for null; Bad with the reason for everything else."""
    if value is None or type(value) is float or isinstance(value, Bad):  # the reader lets no infinite float through
        return value
    if isinstance(value, bool):
        return Bad("boolean", str(value).lower())
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return Bad("overflow", shown(str(value)))
    if isinstance(value, str):
        return Bad("numeric_string" if _is_numeric(value) else "wrong_type", shown(json.dumps(value, ensure_ascii=False)))
    return Bad("nested", shown(_readable(value)))


def _is_numeric(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _readable(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:400]
    except (ValueError, RecursionError):
        return type(value).__name__


def is_text(value: object, lossy: bool) -> bool:
    """Whether `value` is a string that can be stored and sent on: encodable, and not damaged by replacement characters."""
    if not isinstance(value, str) or (lossy and "\ufffd" in value):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
