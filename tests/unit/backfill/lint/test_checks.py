"""Each check fires on its own example and is silent on the same put right; its words are there; its document is up to date."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from backfill.lint import checks
from backfill.lint.check import Check, Linted
from backfill.lint.checks_in_order import CHECKS
from backfill.lint.document import document
from backfill.lint.running import lint
from backfill.lint.settings import NAME, Usual
from streams.domain.catalogue import catalogue
from streams.domain.strict_yaml import load
from tests.unit.backfill.lint.linting import ROOT, completed, ground, ids


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_a_check_fires_on_its_example_and_is_silent_on_the_same_put_right(check: Check, tmp_path: Path) -> None:
    problems = list(check.run(Linted(ground(completed(check.fires), tmp_path))))
    assert problems, "it fires"
    for problem in problems:
        assert problem.id == f"lint/{check.id}"
        assert problem.severity == check.severity
        assert problem.line > 0
        assert problem.column > 0
        assert all((problem.message("zh"), problem.hint("zh"), problem.message("en"), problem.hint("en")))
    assert list(check.run(Linted(ground(completed(check.silent), tmp_path)))) == []


def test_every_file_of_a_check_is_among_the_checks_and_has_its_words() -> None:
    folder = Path(checks.__path__[0])
    assert sorted(c.key for c in CHECKS) == sorted(p.stem for p in folder.glob("*.py") if p.stem != "__init__")
    for check in CHECKS:
        assert {f"lint.{kind}{check.key}" for kind in ("", "hint.", "what.", "why.")} <= catalogue().keys()


def test_every_message_that_a_check_can_give_is_in_the_catalogue() -> None:
    for path in Path(checks.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "problem"
                and len(node.args) > 3
            ):
                message = node.args[3]
                if isinstance(message, ast.Constant) and isinstance(message.value, str):
                    assert f"lint.{path.stem}.{message.value}" in catalogue()


def test_the_document_is_what_the_checks_say() -> None:
    assert (ROOT / "docs" / "lint.md").read_text() == document(), "riskstream rules lint --document docs/lint.md"


def test_every_number_that_rules_are_held_against_has_its_tag() -> None:
    read = load((ROOT / "risk_rules" / NAME).read_text(), NAME).value
    tags = {key: value["tag"] for key, value in read.items() if key != "schema"}
    assert set(tags.values()) <= {"regulation", "standard", "source", "recalled", "proposal"}


def test_the_numbers_of_the_file_decide(tmp_path: Path) -> None:
    """A band in shares of a limit is wide where limits lie high, and narrow where they lie low."""
    rule = """
  - id: near
    select: {quantity: [pressure]}
    when: "value >= limit.h"
    clear: "value < 0.98 * limit.h"
    effect: {evidence: h, tier: 1}
"""
    given = ground(completed(rule), tmp_path)
    check = next(c for c in CHECKS if c.id == "narrow-band")
    assert list(check.run(Linted(given))) == []
    given.settings = msgspec.structs.replace(given.settings, usual_limits=(Usual("limit.h", 0.01),))
    assert [p.id for p in check.run(Linted(given))] == ["lint/narrow-band"]


def test_a_tier_that_counts_on_the_other_side_than_the_rule_looks_is_found(tmp_path: Path) -> None:
    rule = """
  - id: pressure-near-hh
    select: {quantity: [pressure]}
    when: "value >= 0.9 * limit.hh"
    deadband: "0.01 * span"
    effect: {evidence: trend, tier: 1, side: SIDE}
"""
    assert ids(rule.replace("SIDE", "low"), tmp_path) == ["wrong-side"]
    assert ids(rule.replace("SIDE", "high"), tmp_path) == []


def test_one_file_is_linted_with_its_own_cases_only() -> None:
    """Cases of other files speak of rules that are not in it."""
    assert [p for p in lint(ROOT / "risk_rules/hazchem/trends.yaml", ROOT / "risk_rules") if p.severity != "info"] == []


def test_a_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("schema: 2\nrules: [] # 规则".encode("gbk"))
    with pytest.raises(ValueError, match=r"gbk\.yaml: not UTF-8"):
        lint(path, ROOT / "risk_rules")
