"""JSON Schema (2020-12) of rule files, for editors and other tools: made from the very struct that the loader reads and its bounds.

`riskstream rules schema` writes `risk_rules/rules.schema.json`; a test holds it current. What a schema cannot say (types and units of
expressions, unique ids, versions) is said by `riskstream rules check`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec

from riskstream.console import language
from streams.domain.catalogue import text
from streams.engine import rules_load as load
from streams.engine.rulelang.tokens import MAX_CHARACTERS
from streams.engine.rules import Exposure, QualityDefaults, Rule

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "rules.schema.json"
_EXPRESSION = {"type": ["string", "number"], "maxLength": MAX_CHARACTERS}
_ABOUT = {
    "id": "lower-case words joined by hyphens, once in the whole set; state is kept by it through reloads",
    "version": "three numbers; a changed rule needs a new one (riskstream rules lock)",
    "title": "what the alarm says",
    "when": "condition that raises, in the rule language (docs/rules.md)",
    "clear": "condition that ends it; without it the negation of `when`, each comparison moved back by `deadband`",
    "deadband": "expression of constants; the point's own filed deadband wins on comparisons of `value`",
    "saturation": "the end of the instrument's range counts as beyond, whatever the limit",
    "scope": "what is judged: a point at each reading; a device, source or enterprise at each tick",
    "status": "sandbox: judged and recorded, raises nothing; deprecated: as stable",
    "on_delay_s": "how long the condition holds before it counts; runs in event time, ends by a timer when nothing comes",
    "n_of_m": "n of the last m readings; on_delay_s (60 when not given) is the longest wait",
    "off_delay_s": "how long it must be over",
    "on_delay_max_s": "how much of a point's own filed on-delay counts",
    "provenance": "where the numbers come from; a proposal is never called a standard",
    "ing": "rows of the requirements that the rule serves",
}


def register(parts: Any) -> None:
    lang = language(None)
    part = parts.add_parser("schema", help=text("rules.about.schema", lang))
    part.add_argument("path", type=Path, nargs="?", default=Path("risk_rules") / NAME, help=text("rules.help.schema", lang))
    part.set_defaults(run=_schema)


def _schema(args: argparse.Namespace) -> int:
    args.path.write_text(schema_text(), encoding="utf-8")
    print(args.path)
    return 0


def schema_text() -> str:
    """As the file has it."""
    return json.dumps(rules_schema(), ensure_ascii=False, indent=2) + "\n"


def rules_schema() -> dict[str, Any]:
    _, found = msgspec.json.schema_components((Rule, Exposure, QualityDefaults), ref_template="#/$defs/{name}")
    definitions = {name: _closed(definition) for name, definition in sorted(found.items())}
    rule = definitions["Rule"]
    for own in load.OWN_FIELDS:
        del rule["properties"][own]
    rule["required"] = list(load.REQUIRED)
    rule["properties"] |= {name: rule["properties"][name] | bounds for name, bounds in _bounds().items()}
    for key in load.EXPRESSIONS:
        rule["properties"][key] = dict(_EXPRESSION)
    for key, about in _ABOUT.items():
        rule["properties"][key] = rule["properties"][key] | {"description": about}
    rule["allOf"] = _of_scopes()
    definitions["Effect"]["oneOf"] = [
        {"required": [kind], "properties": {kind: {"not": {"const": ""}}}} for kind in ("evidence", "step_up", "finding")
    ]
    definitions["Effect"]["properties"] |= {
        "tier": {"type": "integer", "minimum": 0, "maximum": load.MOST_TIER, "default": 0},
        **{k: {"type": "string", "pattern": _pattern(load.CODE)} for k in ("step_up", "finding")},
    }
    sections = {"rules": "Rule", "exposure_limits": "Exposure", "quality": "QualityDefaults"}
    return {
        "$schema": DIALECT,
        "$id": "riskstream/rules/file/v2.json",
        "title": "riskstream rule file",
        "type": "object",
        "required": ["schema"],
        "properties": {
            "schema": {"const": load.SCHEMA},
            **{k: {"type": "array", "items": {"$ref": f"#/$defs/{name}"}} for k, name in sections.items()},
        },
        "additionalProperties": False,
        "$defs": definitions,
    }


def _bounds() -> dict[str, dict[str, Any]]:
    return {
        "id": {"pattern": _pattern(load.ID)},
        "version": {"pattern": _pattern(load.VERSION)},
        "ing": {"items": {"type": "string", "pattern": _pattern(load.ING)}},
        "on_delay_s": {"minimum": 0, "maximum": load.MAX_ON_DELAY_S},
        "off_delay_s": {"minimum": 0, "maximum": load.MAX_OFF_DELAY_S},
        "on_delay_max_s": {"minimum": 0, "maximum": load.MAX_ON_DELAY_S},
    }


def _of_scopes() -> list[dict[str, Any]]:
    """What belongs to points only, and the kind of evidence of each scope."""
    points = {"properties": {"scope": {"const": "point"}}}
    evidence = {"properties": {"effect": {"properties": {"evidence": {"const": "rule"}}}}}
    select = {"properties": {"select": {"properties": dict.fromkeys(load.OF_POINTS, False)}}}
    own = {"properties": {"effect": {"properties": {"evidence": {"not": {"const": "rule"}}, "step_up": False}}}}
    return [{"if": points, "then": own, "else": {"allOf": [evidence, select, {"properties": {"saturation": {"const": False}}}]}}]


def _pattern(compiled: Any) -> str:
    return "^" + str(compiled.pattern).removesuffix("\\Z") + "$"


def _closed(definition: dict[str, Any]) -> dict[str, Any]:
    if definition.get("type") != "object" or "properties" not in definition:
        return definition
    about = " ".join(definition.get("description", "").split())
    return definition | {"additionalProperties": False, "description": about}
