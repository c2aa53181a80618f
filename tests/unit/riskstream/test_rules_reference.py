"""The tables of docs/rules.md are those of the catalogue; every name of it is in them; the example in it is a rule."""

from __future__ import annotations

import re
from pathlib import Path

from riskstream.rules_reference import tables, with_tables
from streams.engine.rulelang.catalogue import FUNCTIONS, NAMES, SCOPES
from streams.engine.rulelang.catalogue_events import WORK
from streams.engine.rules_load import RULE_FIELDS, load_rules

DOCUMENT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_tables_are_current() -> None:
    """`riskstream rules reference` writes them."""
    assert with_tables(DOCUMENT) == DOCUMENT


def test_every_name_and_function_has_a_row() -> None:
    rows = "\n".join(tables())
    for function in FUNCTIONS:
        assert f"| `{function}(" in rows, function
    for name in NAMES:
        parts = name.split(".")
        pattern = r"\.".join(rf"(?:{re.escape(p)}|<\w+>)" for p in parts)
        assert re.search(rf"\| `{pattern}` \|", rows), name
    assert all(f"`{work}`" in rows for work, _, _ in WORK)


def test_the_example_is_a_rule_and_names_every_key_once_explained() -> None:
    example = DOCUMENT.split("```yaml\n")[1].split("```")[0]
    assert load_rules({"hazchem/x.yaml": example})[0].id == "hazchem-temperature-rise"
    assert [key for key in RULE_FIELDS if f"{key}" not in DOCUMENT] == []
    assert all(scope in DOCUMENT for scope in SCOPES)
