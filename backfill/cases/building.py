"""Events of a case as the raw records that their senders would have written: defaults filled in, times counted from the start."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from backfill.cases.case import CaseEvent
from backfill.cases.plants import changed
from backfill.cases.reading_events import TOPICS
from backfill.cases.times import ZONE_MS, moment_ms
from streams.domain.messages import BROADCAST_TOPICS, Commitment, ParametersPublished, RulesPublished
from streams.domain.registry import Enterprise
from streams.domain.strict_yaml import load
from streams.engine.parameters_load import load_parameters
from streams.engine.rules import files_hash
from streams.engine.state import State

_TIMES = ("at", "until", "start_at", "end_at", "filed_at", "done_at", "signed_at", "gas_test_at", "collected_at")
_encode = msgspec.json.Encoder().encode


class Sent(NamedTuple):
    """A raw record before it has an offset."""

    topic: str
    key: bytes | None
    value: bytes | None


class BuildProblem(ValueError):
    """An event that cannot be made into a record at its time: `code` is the end of a key cases.event.*"""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(f"{code} {details}")
        self.code, self.details = code, details


def message(event: CaseEvent, start_ms: int, state: State) -> Sent:
    """The record of an event on one of the topics that have a type."""
    at_ms = start_ms + event.at_ms
    given = {"complete": True} if event.given == "complete" else dict(event.given)
    kind = TOPICS[event.what]
    names = {f.name for f in msgspec.structs.fields(kind)}
    if kind is Commitment:
        given = _commitment(given, at_ms)
    fields: dict[str, Any] = {}
    for name, value in given.items():
        fields[name] = _time(value, start_ms) if name in _TIMES else value
    if "at" in names and event.what != "readings":
        fields.setdefault("at", at_ms)
    for name in ("collected_at", "filed_at", "done_at"):
        if name in names:
            fields.setdefault(name, at_ms)
    if "id" in names:
        fields.setdefault("id", f"{event.what}-{event.line}-{event.at_ms}")
    if "region" in names and event.what in BROADCAST_TOPICS:
        fields.setdefault("region", "R1")
    if "causes" in fields and event.what == "actions":
        fields["causes"] = _causes(fields["causes"], event, state, str(fields.get("source", "")))
    if event.what in BROADCAST_TOPICS:
        return Sent(event.what, str(fields.get("region", fields.get("source", ""))).encode(), _json(fields))
    fields = {"enterprise": event.enterprise, **fields}
    return Sent(event.what, str(fields["enterprise"]).encode(), _json(fields))


def commitment(enterprise: str, at_ms: int) -> Sent:
    """A complete safety commitment in which nothing goes on."""
    return Sent("commitments", enterprise.encode(), _json({"enterprise": enterprise, **_commitment({"complete": True}, at_ms)}))


def registry(plant: Enterprise | None, code: str) -> Sent:
    return Sent("registry", f"enterprise/{code}".encode(), None if plant is None else _encode(plant))


def regions() -> list[Sent]:
    """The county of the cases, its city, its province, and a park in it."""
    chain = (("V1", "province", None), ("C1", "city", "V1"), ("R1", "county", "C1"))
    sent = [Sent("registry", f"region/{code}".encode(), _json({"code": code, "name": code, "kind": kind, "parent": parent}))
            for code, kind, parent in chain]  # fmt: skip
    return [*sent, Sent("registry", b"park/K1", _json({"code": "K1", "name": "K1", "region": "R1"}))]


def registry_change(event: CaseEvent, plant: Enterprise) -> tuple[Sent, Enterprise]:
    """The enterprise's record after the change, or its tombstone for `removed`."""
    if event.given == "removed":
        return registry(None, plant.code), plant
    after = changed(plant, event.given or {})
    return registry(after, plant.code), after


def rules_published(given: Mapping[str, Any], files: Mapping[str, str]) -> tuple[Sent, dict[str, str]]:
    """The rule set with some rules changed, added or left out, published; and its files. `text` replaces a whole file."""
    after = dict(files)
    after.update(given.get("text") or {})
    wanted = {"remove": list(given.get("remove") or ()), "change": dict(given.get("change") or {})}
    for path, text in after.items():
        edited = _edited_rules(text, wanted)
        if edited is not None:
            after[path] = edited
    left = [*wanted["remove"], *wanted["change"]]
    if left:
        raise BuildProblem("no_such_rule", rule=", ".join(left))
    record = RulesPublished(
        hash=given.get("hash") or files_hash(after), files=after, approved_by=str(given.get("approved_by", ""))
    )
    return Sent("rules", b"rules", _encode(record)), after


def parameters_published(given: Mapping[str, Any], files: Mapping[str, str]) -> tuple[Sent, dict[str, str]]:
    """The parameter files with some values changed (`change: {holds: {min_s: {value: 600}}}`) or whole files added, published; and the files."""
    after = dict(files)
    after |= {path: json.dumps(record, ensure_ascii=False) for path, record in (given.get("add") or {}).items()}
    for name, fields in (given.get("change") or {}).items():
        path = f"{name}.yaml" if "/" in name else f"parameters/{name}.yaml"
        if path not in after:
            raise BuildProblem("no_such_file", file=path)
        record = load(after[path], path).value
        _merge(record, fields)
        after[path] = json.dumps(record, ensure_ascii=False)
    hashed = load_parameters(after).hash
    published = ParametersPublished(hash=hashed, files=after, approved_by=str(given.get("approved_by", "")))
    return Sent("parameters", b"parameters", _encode(published)), after


def raw(given: Mapping[str, Any], enterprise: str) -> Sent:
    """Any bytes on any topic: what a broken sender does."""
    value = given.get("value")
    data = None if value is None else value.encode() if isinstance(value, str) else _json(value)
    return Sent(str(given["topic"]), str(given.get("key", enterprise)).encode(), data)


def _edited_rules(text: str, wanted: dict[str, Any]) -> str | None:
    if not any(rule in text for rule in (*wanted["remove"], *wanted["change"])):
        return None
    record = load(text, "rules").value
    kept, touched = [], False
    for rule in record.get("rules", ()):
        name = rule.get("id")
        if name in wanted["remove"]:
            wanted["remove"].remove(name)
            touched = True
            continue
        if name in wanted["change"]:
            _merge(rule, wanted["change"].pop(name))
            touched = True
        kept.append(rule)
    record["rules"] = kept
    return json.dumps(record, ensure_ascii=False) if touched else None


def _merge(record: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if isinstance(value, dict) and isinstance(record.get(key), dict):
            _merge(record[key], value)
        else:
            record[key] = value


def _commitment(given: dict[str, Any], at_ms: int) -> dict[str, Any]:
    local = datetime.datetime.fromtimestamp((at_ms + ZONE_MS) / 1000, datetime.UTC)
    given = dict(given)
    usual: dict[str, Any] = {"date": local.date().isoformat()}
    if given.pop("complete", False):
        kinds = {f.name: f.type for f in msgspec.structs.fields(Commitment)}
        usual |= {name: 0 for name, kind in kinds.items() if kind == int | None}
        usual |= {name: False for name, kind in kinds.items() if kind == bool | None}
        usual |= {"signed_by": "Zhao", "signed_at": at_ms, "risk_grade": "blue", "measures": "patrol"}
    return usual | given


def _causes(wanted: Any, event: CaseEvent, state: State, source: str) -> list[str]:
    """Ids of the open causes of these kinds (`all`: of every kind) of the source named, or of the whole enterprise."""
    words = [wanted] if isinstance(wanted, str) else list(wanted)
    found: list[str] = []
    for of in state.sources:
        if of.enterprise == event.enterprise and source in ("", of.code):
            found += [c.id for c in of.causes.values() if "all" in words or c.kind in words or c.id in words]
    if not found and words:
        raise BuildProblem("no_cause", kinds=", ".join(words))
    return found


def _time(value: Any, start_ms: int) -> Any:
    """Times of a message count from the start of the case; a plain number is taken as it is, for senders that are wrong."""
    return start_ms + moment_ms(value, start_ms) if isinstance(value, str) else value


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
