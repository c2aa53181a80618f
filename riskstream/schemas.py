"""JSON Schemas of all topics, made from the very structs that the programs read and write: `schemas/` can never say anything else.

`riskstream topics schemas` writes them; a test holds them in step with the code.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from riskstream.schema_notes import NOTES
from streams.decode.stamps import EARLIEST_MS, LATEST_MS
from streams.domain import messages as m
from streams.domain import outputs as o
from streams.domain import registry as r
from streams.domain.log import Step
from streams.domain.topics import Topic
from streams.steps.checkpoint import Manifest

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VALUES: dict[str, tuple[type, ...]] = {
    **{topic: (kind,) for topic, kind in m.RAW_TOPICS.items()},
    **{topic: (kind,) for topic, kind in m.BROADCAST_TOPICS.items() if kind is not None},
    "registry": (r.Region, r.Park, r.Enterprise),
    "steps": (Step,),
    "warnings": (o.Warning, o.PointAlarm, o.Finding),
    "level": (o.LevelNow,),
    "risk": (o.RiskNow,),
    "aggregates": (o.PointMinute, o.OnlineMinute, o.QualityDay, o.CommitmentState),
    "region-close": (o.RegionClose,),
    "region-risk": (o.RegionRisk,),
    "dead-letters": (o.DeadLetter,),
    "checkpoints": (Manifest,),
}
_STAMP = {"minimum": EARLIEST_MS, "exclusiveMaximum": LATEST_MS}
_STAMPS = ("at", "collected_at", "signed_at", "filed_at", "start_at", "end_at", "until", "done_at", "gas_test_at")
_SHARES = ("PreventionIndicator.risk_analysis", "PreventionIndicator.inspection", "PreventionIndicator.rectification")
_DATE = {"pattern": r"^\d{4}-\d{2}-\d{2}$"}


def schema_of(topic: Topic) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the values on `topic`. Unknown keys are refused at every level."""
    kinds = VALUES[topic.name]
    refs, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    one = len(refs) == 1
    return {
        "$schema": DIALECT,
        "$id": f"riskstream/{topic.name}/v{topic.schema}.json",
        "title": f"{topic.name} v{topic.schema}",
        "description": f"{topic.says('zh')} | {topic.says('en')} (key: {topic.key})",
        **(refs[0] if one else {"anyOf": list(refs)}),
        "$defs": {name: _closed(name, definitions[name]) for name in sorted(definitions)},
    }


def text_of(schema: dict[str, Any]) -> str:
    """As the file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _closed(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    if definition.get("type") != "object" or "properties" not in definition:
        if definition.get("type") == "array":  # array-like structs: exactly their items
            return definition | {"items": False}
        return definition
    properties = {field: _noted(name, field, given) for field, given in definition["properties"].items()}
    description = " ".join(definition.get("description", "").split())
    closed = definition | {"properties": properties, "additionalProperties": False}
    return closed | {"description": description} if description else closed


def _noted(name: str, field: str, given: dict[str, Any]) -> dict[str, Any]:
    noted = dict(given)
    note = NOTES.get(f"{name}.{field}") or NOTES.get(field)
    if note:
        noted["description"] = note
    if field == "schema":
        return {"const": 1, "default": 1, "description": note}
    if field == "enterprise" and given.get("type") == "string" and "default" not in given:
        noted["minLength"] = 1
    if field == "date":
        noted |= _DATE
    if f"{name}.{field}" in _SHARES:
        noted |= {"minimum": 0, "maximum": 1}
    if field in _STAMPS:
        noted = _with_stamp(noted)
    return noted


def _with_stamp(given: dict[str, Any]) -> dict[str, Any]:
    """Stamps between 2000 and 2100, also inside lists and beside null."""
    if given.get("type") == "integer":
        return given | _STAMP
    if given.get("type") == "array":
        return given | {"items": _with_stamp(given["items"])}
    if "anyOf" in given:
        return given | {"anyOf": [_with_stamp(part) for part in given["anyOf"]]}
    return given
