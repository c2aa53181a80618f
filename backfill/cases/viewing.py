"""What an engine knows at one moment, as plain values that expectations are held against. It only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.domain.scale import Level
from streams.engine.engine import Engine
from streams.engine.episodes import ladder, telling
from streams.engine.point_alarms import annunciation
from streams.engine.state import Source


@dataclass(slots=True)
class View:
    """The state at one moment."""

    at_ms: int
    levels: dict[str, str] = field(default_factory=dict)  # enterprise/code -> level
    alarms: list[dict[str, Any]] = field(default_factory=list)
    causes: list[dict[str, Any]] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)  # rules of devices, sources and enterprises that hold now
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
        state = annunciation.state_of(engine.desk, source, alarm, seen.at_ms)
        place = {"point": entry.code, "device": entry.device, "quantity": entry.point.quantity}
        seen.alarms.append({"active": not alarm.off_ms, "state": state, **_full(alarm), **own, **place})
        if not alarm.off_ms and not alarm.overdue and alarm.due_ms:
            seen.due.append({"kind": "alarm_overdue", "at_ms": alarm.due_ms, "source": source.code})
    for cause in source.causes.values():
        points = [engine.state.points[p].code for p in cause.points]
        seen.causes.append(_full(cause) | own | {"points": points, "open": not cause.over_ms})
    for judged in source.judged.values():
        seen.judged.append(_full(judged) | own | {"points": [engine.state.points[p].code for p in judged.points]})
    rungs = telling.ladder_of(engine.desk, source)
    for episode in ladder.stories(source):
        for due in telling.upcoming(rungs, episode):
            seen.due.append({"kind": due.kind, "at_ms": due.at_ms, "source": source.code, "step": due.step, "n": due.n})


def _full(value: msgspec.Struct) -> dict[str, Any]:
    """All fields, those at their default too: what is expected to be 0 must be findable."""
    return {f.name: getattr(value, f.name) for f in msgspec.structs.fields(type(value))}
