"""What all verbs share on the console: the language of the reader, and errors that are the reader's to mend."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from streams.domain.catalogue import Lang, text


class UserError(Exception):
    """Something the person at the command line can mend; the message is already in their language and names the way out."""


def language(asked: str | None) -> Lang:
    """The language to speak: the one asked for, else that of the locale, else Chinese.

    >>> language("en")
    'en'
    """
    if asked in ("zh", "en"):
        return cast(Lang, asked)
    for name in ("RISKSTREAM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value.startswith("zh"):
            return "zh"
        if value.startswith("en"):
            return "en"
    return "zh"


def user_error(key: str, lang: Lang, **args: object) -> UserError:
    """A UserError with the catalogue's text under `key`."""
    return UserError(text(key, lang, **args))


class Coded(Protocol):
    """An error of a reader: the end of a catalogue key, and what its text is filled with."""

    code: str
    details: dict[str, object]


def coded_error(error: Coded, area: str, lang: Lang) -> UserError:
    """The UserError that says `error` with the texts of `area`; in its own words where the catalogue has none."""
    try:
        return user_error(f"{area}.{error.code}", lang, **error.details)
    except (KeyError, IndexError):
        return UserError(str(error))


def local_time(at_ms: int) -> str:
    """Log time as people in the plant read it: the law's time zone is UTC+8 everywhere.

    >>> local_time(0)
    '1970-01-01 08:00:00'
    """
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
