"""What was expected against what came of it. A difference says both, and what the engine said around that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backfill.cases.case import Case, Expected, Moment
from backfill.cases.matching import matches
from backfill.cases.playing import Played, Said
from backfill.cases.times import moment_ms
from backfill.cases.viewing import View

_MOMENTS = {"at": "at_ms", "event_at": "event_ms", "due_at": "due_ms"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that was not met: `code` is the end of a key cases.differs.*"""

    at_ms: int
    line: int
    code: str
    wanted: Any
    found: Any


@dataclass(slots=True)
class Verdict:
    case: Case
    differences: list[Difference] = field(default_factory=list)
    error: str = ""  # a catalogue key: the case could not be played
    error_line: int = 0
    error_details: dict[str, object] = field(default_factory=dict)
    around: dict[int, list[Said]] = field(default_factory=dict)  # moment -> what was said before it
    views: dict[int, View] = field(default_factory=dict)
    seconds: float = 0.0
    readings: int = 0

    @property
    def failed(self) -> bool:
        return bool(self.differences or self.error)

    @property
    def passed(self) -> bool:
        """A pending case passes while it fails."""
        return self.failed if self.case.pending else not self.failed


def check(case: Case, played: Played) -> Verdict:
    verdict = Verdict(case, readings=played.readings)
    for moment, said, seen in zip(case.moments, played.said, played.views, strict=True):
        found = [d for expected in moment.expected for d in _CHECKS[expected.about](case, moment, expected, said, seen)]
        if found:
            verdict.around[moment.at_ms] = said
            verdict.views[moment.at_ms] = seen
            verdict.differences += found
    return verdict


def _level(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    found = []
    for code, wanted in expected.given.items():
        level = seen.levels.get(code)
        if not matches(wanted, level):
            found.append(Difference(moment.at_ms, expected.line, "level", {code: wanted}, {code: level}))
    return found


def _alarms(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    wants_over = any({"state", "active"} & _inner(item).keys() for item in _items(expected.given))
    return _among(case, moment, expected, "alarms", [a for a in seen.alarms if wants_over or a["active"]])


def _causes(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    wants_over = any("open" in _inner(item) for item in _items(expected.given))
    return _among(case, moment, expected, "causes", seen.causes if wants_over else [c for c in seen.causes if c["open"]])


def _judged(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    return _among(case, moment, expected, "judged", seen.judged)


def _events(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    return _among(case, moment, expected, "events", [s.fields for s in said])


def _next_due(case: Case, moment: Moment, expected: Expected, said: Sequence[Said], seen: View) -> list[Difference]:
    """The next clock that runs out (of the kind and source named, where they are)."""
    differences: list[Difference] = []
    for item in _items(expected.given):
        inner = _resolved(case, _inner(item))
        who = {k: v for k, v in inner.items() if k != "at_ms"}
        due = sorted((d for d in seen.due if matches(who, d)), key=lambda d: d["at_ms"])
        met = bool(due) and matches(inner, due[0])
        if met == ("none" in item):
            differences.append(Difference(moment.at_ms, expected.line, "next_due", item, due[:1] or seen.due))
    if expected.given in ("none", []) and seen.due:
        differences.append(Difference(moment.at_ms, expected.line, "next_due", expected.given, seen.due))
    return differences


def _among(case: Case, moment: Moment, expected: Expected, code: str, found: Sequence[dict[str, Any]]) -> list[Difference]:
    """Each wanted item has found items of its own: at least one, or exactly as many as `times` says; `none:` has none at all."""
    if expected.given in ("none", []):
        return [Difference(moment.at_ms, expected.line, f"{code}_none", "none", found)] if found else []
    differences: list[Difference] = []
    for item in _items(expected.given):
        wanted = _resolved(case, _inner(item))
        hits = [f for f in found if _hit(wanted, f)]
        exact = 0 if "none" in item else item.get("times")
        if exact is None and not hits:
            differences.append(Difference(moment.at_ms, expected.line, code, item, found))
        elif exact is not None and len(hits) != exact:
            differences.append(Difference(moment.at_ms, expected.line, f"{code}_times", item, hits))
    return differences


def _hit(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Fields that an output leaves out have their default, which is empty, zero or false."""
    for key, value in wanted.items():
        if key in found:
            if not matches(value, found[key]):
                return False
        elif not _usual(value):
            return False
    return True


def _usual(value: Any) -> bool:
    return value in (None, "", 0, False, [], {}, "real") or (isinstance(value, dict) and set(value) == {"not"})


def _items(given: Any) -> list[dict[str, Any]]:
    if given in ("none", []):
        return []
    return list(given) if isinstance(given, list) else [given]


def _inner(item: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = item.get("none", item)
    return {k: v for k, v in inner.items() if k not in ("none", "times")}


def _resolved(case: Case, wanted: dict[str, Any]) -> dict[str, Any]:
    """Times of the case as log time, reasons and findings by their short names; all the way down."""
    out: dict[str, Any] = {}
    for key, value in wanted.items():
        if key == "code" and wanted.get("kind") == "finding" and isinstance(value, str):
            value = f"finding.{value.removeprefix('finding.')}"
        name = _MOMENTS.get(key, key)
        if (key in _MOMENTS or key.endswith("_ms")) and isinstance(value, str):
            value = case.start_ms + moment_ms(value, case.start_ms)
        elif key in ("point", "source") and isinstance(value, str):
            value = value.rpartition("/")[2]
        elif key == "reasons":
            value = [_reason(v) for v in (value if isinstance(value, list) else [value])]
        elif isinstance(value, dict):
            value = _resolved(case, value)
        elif isinstance(value, list):
            value = [_resolved(case, v) if isinstance(v, dict) else v for v in value]
        out[name] = value
    return out


def _reason(value: Any) -> Any:
    if isinstance(value, str):
        value = {"code": value}
    if isinstance(value, dict) and isinstance(value.get("code"), str) and not value["code"].startswith("cause."):
        value = {**value, "code": f"cause.{value['code']}"}
    return value


_CHECKS = {"level": _level, "alarms": _alarms, "events": _events, "causes": _causes, "judged": _judged, "next_due": _next_due}
