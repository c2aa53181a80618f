"""The one catalogue of user-facing texts, Chinese and English. Data carry codes; people read these words."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Literal

from streams.domain import texts

Lang = Literal["zh", "en"]


class TextMissing(KeyError):
    """No text under that key; a programming error, held by a test over all keys in use."""


@cache
def catalogue() -> dict[str, tuple[str, str]]:
    """All texts: key -> (zh, en). Raises ValueError when two areas define the same key."""
    merged: dict[str, tuple[str, str]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(texts.__path__)):
        area: dict[str, tuple[str, str]] = importlib.import_module(f"{texts.__name__}.{module}").TEXTS
        twice = sorted(merged.keys() & area.keys())
        if twice:
            raise ValueError(f"texts defined twice: {twice}")
        merged.update(area)
    return merged


def text(key: str, /, lang: Lang = "zh", **args: object) -> str:
    """The text under `key` with `args` filled in.

    >>> text("level.red", "en")
    'red (major risk)'
    """
    try:
        pair = catalogue()[key]
    except KeyError:
        raise TextMissing(key) from None
    return pair[0 if lang == "zh" else 1].format(**args)
