"""Partial match: what is expected must be there, what is not named may be anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

COMPARISONS = ("above", "below", "at_least", "at_most", "not")


def matches(wanted: Any, found: Any) -> bool:
    """
    >>> matches({"a": {"b": 1}}, {"a": {"b": 1.0, "c": 2}}), matches({"at_least": 5}, 4), matches([{"x": 1}], [{"x": 0}, {"x": 1}])
    (True, False, True)
    """
    if isinstance(wanted, dict):
        if wanted and set(wanted) <= set(COMPARISONS):
            return _compares(wanted, found)
        return isinstance(found, dict) and all(key in found and matches(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and assigned(wanted, found)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, float) or isinstance(found, float):
        if not (isinstance(wanted, int | float) and isinstance(found, int | float)):
            return False
        return math.isclose(wanted, found, rel_tol=1e-9, abs_tol=1e-9)
    return bool(wanted == found)


def assigned(wanted: Sequence[Any], found: Sequence[Any]) -> bool:
    """Whether each wanted item has a found item of its own (a small bipartite matching, so that order does not matter)."""
    holder: dict[int, int] = {}

    def place(w: int, tried: set[int]) -> bool:
        for f, item in enumerate(found):
            if f not in tried and matches(wanted[w], item):
                tried.add(f)
                if f not in holder or place(holder[f], tried):
                    holder[f] = w
                    return True
        return False

    return all(place(w, set()) for w in range(len(wanted)))


def _compares(wanted: dict[str, Any], found: Any) -> bool:
    if "not" in wanted and matches(wanted["not"], found):
        return False
    numbers = {k: v for k, v in wanted.items() if k != "not"}
    if not numbers:
        return True
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    tests = {"above": found.__gt__, "below": found.__lt__, "at_least": found.__ge__, "at_most": found.__le__}
    return all(bool(tests[key](limit)) for key, limit in numbers.items())
