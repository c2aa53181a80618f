"""The `expect` of a case, checked before anything runs: a misspelt field would expect nothing and pass for ever."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

from backfill.cases import known
from backfill.cases.case import LEVELS, Expected, Moment
from backfill.cases.matching import COMPARISONS
from backfill.cases.scope import Scope
from streams.domain.strict_yaml import Path

ABOUT = ("alarms", "level", "events", "causes", "judged", "next_due")
COUNTS = ("none", "times")
_PLACES = ("point", "source", "enterprise", "camera", "device")
_TOPICS = ("warnings", "level", "risk", "aggregates", "region-close", "dead-letters", "quality")


def read_moments(scope: Scope, value: Any, path: Path) -> tuple[Moment, ...]:
    entries = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    if not entries:
        scope.say(path, "expect.none", hint="expect")
        return ()
    found = [_moment(scope, entry, (*path, i) if isinstance(value, list) else path) for i, entry in enumerate(entries)]
    moments = [m for m in found if m is not None]
    for before, after in pairwise(moments):
        if after.at_ms < before.at_ms:
            scope.say((*path, moments.index(after)), "expect.order")
    return tuple(moments)


def _moment(scope: Scope, entry: Any, path: Path) -> Moment | None:
    if not isinstance(entry, dict) or "at" not in entry or len(entry) < 2:
        scope.say(path, "expect.shape", hint="expect")
        return None
    at_ms = scope.moment(entry["at"], (*path, "at"))
    scope.only(path, entry, ("at", *ABOUT))
    expected = []
    for about in entry:
        if about in ABOUT:
            here = (*path, about)
            given = _CHECKS[about](scope, entry[about], here)
            expected.append(Expected(about, given, scope.node.line_of(here)))
    return Moment(at_ms or 0, tuple(expected), scope.node.line_of(path))


def _items(scope: Scope, value: Any, path: Path) -> list[tuple[dict[str, Any], Path]]:
    """`none`, one mapping or a list of mappings; each may be wrapped in `none:` or counted with `times`."""
    if value == "none" or value == []:
        return []
    entries = [(v, (*path, i)) for i, v in enumerate(value)] if isinstance(value, list) else [(value, path)]
    found = []
    for entry, where in entries:
        if not isinstance(entry, dict):
            scope.say(where, "expect.item", hint="expect")
            continue
        found.append((entry, where))
    return found


def _unwrapped(entry: dict[str, Any], path: Path) -> tuple[Any, Path]:
    return (entry["none"], (*path, "none")) if "none" in entry else (entry, path)


def _alarms(scope: Scope, value: Any, path: Path) -> Any:
    for entry, where in _items(scope, value, path):
        inner, place = _unwrapped(entry, where)
        _fields(scope, inner, place, known.alarm_fields(), "alarm")
    return value


def _causes(scope: Scope, value: Any, path: Path) -> Any:
    for entry, where in _items(scope, value, path):
        inner, place = _unwrapped(entry, where)
        _fields(scope, inner, place, known.cause_fields(), "cause")
        kind = inner.get("kind") if isinstance(inner, dict) else None
        if isinstance(kind, str) and not kind.startswith("rule") and kind not in known.cause_kinds():
            scope.say((*place, "kind"), "expect.value", key="kind", found=kind, near=scope.near(kind, known.cause_kinds()))
    return value


def _judged(scope: Scope, value: Any, path: Path) -> Any:
    for entry, where in _items(scope, value, path):
        inner, place = _unwrapped(entry, where)
        _fields(scope, inner, place, known.judged_fields(), "judged")
    return value


def _events(scope: Scope, value: Any, path: Path) -> Any:
    for entry, where in _items(scope, value, path):
        inner, place = _unwrapped(entry, where)
        if not isinstance(inner, dict):
            scope.say(place, "expect.item", hint="expect")
            continue
        kind = inner.get("kind")
        if kind is not None and kind not in known.kinds():
            scope.say((*place, "kind"), "expect.value", key="kind", found=kind, near=scope.near(kind, known.kinds()))
            continue
        topic = inner.get("topic")
        if topic is not None and topic not in _TOPICS:
            scope.say((*place, "topic"), "expect.value", key="topic", found=topic, near=scope.near(topic, _TOPICS))
        _fields(
            scope, inner, place, known.fields(kind) | {"topic", "raw_topic", "at", "event_at", "due_at"}, str(kind or "event")
        )
        code = inner.get("code")
        if kind == "finding" and isinstance(code, str) and code.removeprefix("finding.") not in known.finding_codes():
            scope.say((*place, "code"), "expect.value", key="code", found=code, near=scope.near(code, known.finding_codes()))
    return value


def _fields(scope: Scope, inner: Any, path: Path, names: Collection[str], of: str) -> None:
    if not isinstance(inner, dict) or not (set(inner) - set(COUNTS)):
        scope.say(path, "expect.item", hint="expect")
        return
    for key, wanted in inner.items():
        here = (*path, key)
        if key in COUNTS:
            if key == "times" and (not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 0):
                scope.say(here, "expect.value", key=key, found=wanted, near="0, 1, 2")
        elif key not in names:
            scope.say(here, "expect.field", key=key, of=of, near=scope.near(key, names))
        elif key in ("level", "previous"):
            _level_word(scope, wanted, here)
        elif key in ("point", "source") and isinstance(wanted, str) and wanted:
            scope.named(wanted, (key,), here)
        elif key in ("at", "event_at", "due_at") or (key.endswith("_ms") and isinstance(wanted, str)):
            scope.moment(wanted, here)


def _level_word(scope: Scope, wanted: Any, path: Path) -> None:
    if isinstance(wanted, dict) and wanted and set(wanted) <= set(COMPARISONS):
        return
    if wanted not in LEVELS:
        scope.say(path, "expect.value", key="level", found=wanted, near=", ".join(LEVELS))


def _level(scope: Scope, value: Any, path: Path) -> dict[str, str]:
    """Code -> level. A bare level is that of the only hazard source."""
    if isinstance(value, str):
        sources = [s.code for plant in scope.plants for s in plant.sources]
        if len(sources) != 1:
            scope.say(path, "expect.which_source", sources=", ".join(sources))
        _level_word(scope, value, path)
        return dict.fromkeys([f"{plant.code}/{s.code}" for plant in scope.plants for s in plant.sources][:1], value)
    if not isinstance(value, dict) or not value:
        scope.say(path, "expect.level", hint="expect")
        return {}
    found: dict[str, str] = {}
    for code, wanted in value.items():
        named = scope.named(code, ("source", "enterprise"), (*path, code))
        _level_word(scope, wanted, (*path, code))
        if named is not None:
            found["/".join(named)] = wanted
    return found


def _next_due(scope: Scope, value: Any, path: Path) -> Any:
    for entry, where in _items(scope, value, path):
        inner, place = _unwrapped(entry, where)
        if not isinstance(inner, dict) or not inner:
            scope.say(place, "expect.item", hint="expect")
            continue
        scope.only(place, inner, ("kind", "at", "source", "step", "n"))
        if "at" in inner:
            scope.moment(inner["at"], (*place, "at"))
        if isinstance(inner.get("source"), str):
            scope.named(inner["source"], ("source",), (*place, "source"))
    return value


_CHECKS = {"alarms": _alarms, "level": _level, "events": _events, "causes": _causes, "judged": _judged, "next_due": _next_due}
