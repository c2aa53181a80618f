"""The `events` of a case: what happens beside readings, each a message of a raw topic as its sender would write it, or an own word."""

from __future__ import annotations

from typing import Any

import msgspec

from backfill.cases.case import CaseEvent
from backfill.cases.scope import Scope
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.strict_yaml import Path

TOPICS: dict[str, type] = {
    t: k for t, k in (RAW_TOPICS | BROADCAST_TOPICS).items() if k is not None and t not in ("rules", "parameters")
}
OWN = ("registry", "rules", "parameters", "restart", "platform_gap", "blind", "raw", "degraded", "records_lost")
FREE = ("commitments",)  # `complete` fills in every field
MAX_REPEATS = 100_000


def read_events(scope: Scope, value: Any, path: Path) -> tuple[CaseEvent, ...]:
    if not isinstance(value, list):
        scope.say(path, "events.shape", hint="events")
        return ()
    found: list[CaseEvent] = []
    for i, entry in enumerate(value):
        found += _entry(scope, entry, (*path, i))
    return tuple(sorted(found, key=lambda e: e.at_ms))


def _entry(scope: Scope, entry: Any, path: Path) -> list[CaseEvent]:
    if not isinstance(entry, dict) or "at" not in entry:
        scope.say(path, "events.shape", hint="events")
        return []
    at_ms = scope.moment(entry["at"], (*path, "at"))
    kinds = [key for key in entry if key not in ("at", "every", "times", "enterprise")]
    if len(kinds) != 1 or kinds[0] not in (*TOPICS, *OWN):
        what = next((k for k in kinds if k not in (*TOPICS, *OWN)), ", ".join(kinds))
        scope.say(path, "events.kind", found=what, near=scope.near(what, (*TOPICS, *OWN)))
        return []
    what = kinds[0]
    _check_fields(scope, what, entry[what], (*path, what))
    enterprise = scope.plants[0].code if len(scope.plants) == 1 else ""
    if "enterprise" in entry:
        named = scope.named(entry["enterprise"], ("enterprise",), (*path, "enterprise"))
        enterprise = named[0] if named else ""
    elif not enterprise and scope.plants and what in RAW_TOPICS and "enterprise" not in (entry[what] or {}):
        scope.say(path, "events.whose", hint="events")
    every_ms = scope.duration(entry["every"], (*path, "every")) if "every" in entry else 0
    times = entry.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MAX_REPEATS or (times > 1) != bool(every_ms):
        scope.say(path, "events.repeat", found=times)
        return []
    line = scope.node.line_of(path)
    return [CaseEvent((at_ms or 0) + n * (every_ms or 0), what, entry[what], line, enterprise) for n in range(times)]


def _check_fields(scope: Scope, what: str, given: Any, path: Path) -> None:
    if what not in TOPICS:
        return
    if what in FREE and given == "complete":
        return
    if not isinstance(given, dict):
        scope.say(path, "not_a_mapping", known=", ".join(field_names(what)))
        return
    scope.only(path, given, (*field_names(what), *(("complete",) if what in FREE else ())))


def field_names(topic: str) -> tuple[str, ...]:
    return tuple(f.name for f in msgspec.structs.fields(TOPICS[topic]))
