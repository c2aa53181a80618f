"""What an expectation may name: read from the types that the engine itself puts on the wire and keeps, so that it is never out of date."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from streams.domain import outputs
from streams.domain.catalogue import catalogue
from streams.engine import state, state_alarms

ALARM_OWN = frozenset(("point", "source", "enterprise", "device", "quantity", "state", "active"))
CAUSE_OWN = frozenset(("source", "enterprise", "open"))


def literals(hint: Any) -> tuple[str, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


@cache
def output_types() -> tuple[type[msgspec.Struct], ...]:
    return tuple(t for t in get_args(outputs.OutputValue))


@cache
def kinds() -> dict[str, frozenset[str]]:
    """Kind of output -> fields that it may have."""
    found: dict[str, frozenset[str]] = {}
    for kind in output_types():
        hints = get_type_hints(kind)
        for word in literals(hints.get("kind")):
            found[word] = found.get(word, frozenset()) | frozenset(hints)
    return found


@cache
def fields(kind: str | None) -> frozenset[str]:
    """Fields of an output of that kind, or of any."""
    if kind is not None:
        return kinds()[kind]
    return frozenset(name for found in output_types() for name in get_type_hints(found))


@cache
def _kinds_left_out() -> tuple[tuple[frozenset[str], frozenset[str], str], ...]:
    """(required fields, all fields, kind) of the outputs that leave out their kind because it is always the same."""
    found = []
    for kind in output_types():
        own = {f.name: f for f in msgspec.structs.fields(kind)}
        if "kind" in own and isinstance(own["kind"].default, str):
            found.append((frozenset(n for n, f in own.items() if f.required), frozenset(own), own["kind"].default))
    return tuple(found)


def spelled_out(topic: str, fields: dict[str, Any]) -> dict[str, Any]:
    """An output with what its encoding leaves out: its kind. `topic` is that of the output; a dead letter's own is `raw_topic`."""
    out = dict(fields)
    if "topic" in out:
        out["raw_topic"] = out["topic"]
    if "kind" not in out:
        for required, possible, word in _kinds_left_out():
            if required <= out.keys() <= possible:
                out["kind"] = word
    return {**out, "topic": topic}


@cache
def alarm_fields() -> frozenset[str]:
    return frozenset(get_type_hints(state_alarms.Alarm)) | ALARM_OWN


@cache
def cause_fields() -> frozenset[str]:
    return frozenset(get_type_hints(state.Cause)) | CAUSE_OWN


@cache
def judged_fields() -> frozenset[str]:
    """Of rules over devices, sources and enterprises that are true."""
    return frozenset(get_type_hints(state.Judged)) | {"source", "enterprise"}


@cache
def cause_kinds() -> frozenset[str]:
    return frozenset(key.removeprefix("cause.") for key in catalogue() if key.startswith("cause."))


@cache
def finding_codes() -> frozenset[str]:
    return frozenset(key.removeprefix("finding.") for key in catalogue() if key.startswith("finding."))
