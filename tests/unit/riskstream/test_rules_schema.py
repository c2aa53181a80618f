"""The JSON Schema of rule files: current, true of every shipped file, and it refuses what the loader refuses."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from riskstream.rules_schema import NAME, schema_text
from streams.domain.rule_files import read_rule_files
from streams.domain.strict_yaml import load
from streams.engine.rules_load import is_rule_file

RULES = Path(__file__).parents[3] / "risk_rules"
SCHEMA = json.loads(schema_text())
FILES = {name: text for name, text in read_rule_files(RULES).items() if is_rule_file(name)}
GOOD: dict[str, Any] = {
    "schema": 2,
    "rules": [{"id": "a-b", "version": "1.0.0", "title": {"zh": "甲", "en": "a"}, "when": "value > limit.h", "effect": {"evidence": "h"},
               "reference": "x", "provenance": "proposal", "owner": "o"}],
}  # fmt: skip


def test_the_shipped_schema_is_current() -> None:
    """`riskstream rules schema` writes it."""
    assert (RULES / NAME).read_text(encoding="utf-8") == schema_text()
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_shipped_file_is_valid(name: str) -> None:
    assert [e.message for e in Draft202012Validator(SCHEMA).iter_errors(load(FILES[name], name).value)] == []


def refused(**changes: Any) -> bool:
    document = copy.deepcopy(GOOD)
    document["rules"][0] |= changes
    return any(Draft202012Validator(SCHEMA).iter_errors(document))


def test_a_good_rule_is_valid() -> None:
    assert not refused()
    assert not refused(scope="source", effect={"step_up": "permits"}, select={"profile": ["steel"]})
    assert not refused(scope="enterprise", effect={"evidence": "rule", "tier": 4}, n_of_m=[3, 5])


@pytest.mark.parametrize("changes", [
    {"id": "A B"}, {"version": "1"}, {"when": "x" * 1025}, {"when": {"all": []}}, {"on_delay_s": 601}, {"on_delay_s": -1}, {"effect": {}},
    {"effect": {"evidence": "h", "finding": "x"}}, {"effect": {"step_up": "permits"}}, {"effect": {"evidence": "rule"}},
    {"effect": {"evidence": "h", "tier": 9}}, {"scope": "source"}, {"scope": "plant"}, {"status": "off"}, {"unknown": 1}, {"file": "x"},
    {"scope": "source", "effect": {"evidence": "rule"}, "select": {"quantity": ["level"]}}, {"ing": ["x"]}, {"provenance": "guess"},
    {"scope": "source", "effect": {"evidence": "rule"}, "saturation": True}, {"severity": "awful"}, {"title": {"zh": "甲"}},
], ids=str)  # fmt: skip
def test_what_the_loader_refuses_is_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes)


def test_a_rule_without_what_it_must_say_is_refused() -> None:
    for key in ("id", "version", "title", "when", "effect", "reference", "provenance", "owner"):
        document = copy.deepcopy(GOOD)
        del document["rules"][0][key]
        assert any(Draft202012Validator(SCHEMA).iter_errors(document)), key
