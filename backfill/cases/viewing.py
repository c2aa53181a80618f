"""What an engine knows at one moment, as plain values that expectations are held against. It only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.domain.scale import Level
from streams.engine.engine import Engine
from streams.engine.state import Source


@dataclass(slots=True)
class View:
    """The state at one moment."""

    at_ms: int
    levels: dict[str, str] = field(default_factory=dict)  # enterprise/code -> level
    alarms: list[dict[str, Any]] = field(default_factory=list)
    causes: list[dict[str, Any]] = field(default_factory=list)
    due: list[dict[str, Any]] = field(default_factory=list)


def view(engine: Engine, at_ms: int) -> View:
    seen = View(at_ms)
    for site in engine.state.sites.values():
        seen.levels[f"{site.code}/{site.code}"] = Level(site.level).code
    for source in engine.state.sources:
        seen.levels[f"{source.enterprise}/{source.code}"] = Level(source.level).code
        _of_source(engine, source, seen)
    return seen


def _of_source(engine: Engine, source: Source, seen: View) -> None:
    own = {"source": source.code, "enterprise": source.enterprise}
    for alarm in source.alarms.values():
        entry = engine.state.points[alarm.point]
        fields = _full(alarm) | own | {"point": entry.code, "device": entry.device, "quantity": entry.point.quantity,
                                       "shelved": entry.shelved_until_ms > at_or_zero(engine)}  # fmt: skip
        seen.alarms.append({"state": "over" if alarm.off_ms else "active", **fields})
        if not alarm.off_ms and not alarm.overdue and alarm.due_ms:
            seen.due.append({"kind": "alarm_overdue", "at_ms": alarm.due_ms, "source": source.code})
    for cause in source.causes.values():
        points = [engine.state.points[p].code for p in cause.points]
        seen.causes.append(_full(cause) | own | {"points": points, "open": not cause.over_ms})
    if source.due_ms:
        seen.due.append({"kind": "review", "at_ms": source.due_ms, "source": source.code})


def at_or_zero(engine: Engine) -> int:
    return engine.state.log_ms


def _full(value: msgspec.Struct) -> dict[str, Any]:
    """All fields, those at their default too: what is expected to be 0 must be findable."""
    return {f.name: getattr(value, f.name) for f in msgspec.structs.fields(type(value))}
