"""Wanted incidents as people write them: YAML with lines kept, or `kind@after:source` on the command line."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backfill.simulate.incidents import KINDS, Spec
from streams.domain.problems import Problem
from streams.domain.strict_yaml import Node, Path, YamlRefused, load

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds_of(text: str) -> float | None:
    """Seconds that `90`, `90s`, `10m`, `2h` or `1d` mean; None when it is no duration.

    >>> seconds_of("10m"), seconds_of("1.5h"), seconds_of("soon")
    (600.0, 5400.0, None)
    """
    found = _DURATION.match(text.strip())
    return float(found[1]) * _UNITS[found[2] or ""] if found else None


def spec_of(text: str) -> Spec | None:
    """The incident that `leak@10m`, `overfill@600:V01010101001` or `overfill!@10m` (grave) means; None when it is none.

    >>> spec_of("leak@10m:E1").after_s, spec_of("overfill!@5").grave, spec_of("flood@1m")
    (600, True, None)
    """
    head, _, source = text.partition(":")
    kind, at, after = head.partition("@")
    seconds = seconds_of(after) if at else 0.0
    grave = kind.endswith("!")
    kind = kind.removesuffix("!")
    if kind not in KINDS or seconds is None:
        return None
    return msgspec.convert({"kind": kind, "after_s": int(seconds), "source": source, "grave": grave}, Spec)


def specs_of_yaml(text: str, name: str) -> tuple[list[Spec], list[Problem]]:
    """Incidents of a YAML file with the one key `incidents`, and every problem; incidents only when there is no problem."""
    try:
        node = load(text, name)
    except YamlRefused as refused:
        return [], refused.problems
    problems: list[Problem] = []
    listed = node.value.get("incidents") if isinstance(node.value, dict) else None
    if not isinstance(listed, list) or (isinstance(node.value, dict) and list(node.value) != ["incidents"]):
        return [], [node.problem((), "simulate/not-incidents", "simulate.not_incidents")]
    specs = [spec for i, entry in enumerate(listed) if (spec := _spec(node, ("incidents", i), entry, problems)) is not None]
    return (specs if not problems else []), problems


def _spec(node: Node, path: Path, entry: Any, problems: list[Problem]) -> Spec | None:
    if not isinstance(entry, dict):
        problems.append(node.problem(path, "simulate/not-an-incident", "simulate.not_an_incident"))
        return None
    values = dict(entry)
    for field in ("after_s", "duration_s"):
        if isinstance(values.get(field), str) and (seconds := seconds_of(values[field])) is not None:
            values[field] = int(seconds)
    try:
        return msgspec.convert(values, Spec)
    except msgspec.ValidationError as error:
        named = next((field for field in values if f"`{field}`" in str(error) or f".{field}`" in str(error)), None)
        where = (*path, named) if named else path
        problems.append(
            node.problem(where, "simulate/bad-incident", "simulate.bad_incident", detail=str(error), known=", ".join(KINDS))
        )
        return None
