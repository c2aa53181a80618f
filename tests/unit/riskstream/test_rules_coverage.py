"""The coverage table is current, has no empty cell without a reason, and counts no rule twice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest

from backfill.coverage import Cell, Coverage, Plan, Reason, Title, covered, shape, shapes
from backfill.coverage_document import document
from riskstream.main import main
from riskstream.rules_coverage import DOCUMENT, RULES, table
from streams.engine.rules import Effect, Rule, RuleSet, Select
from streams.engine.rules import Title as RuleTitle

LEAST = 80


@cache
def shipped() -> tuple[RuleSet, Coverage, Plan]:
    return table(RULES)


def rule(name: str, when: str, **more: object) -> Rule:
    given = {"effect": Effect(evidence="h", tier=1), "title": RuleTitle(zh=name, en=name), "version": "1.0.0"} | more
    return Rule(id=name, when=when, **given)  # type: ignore[arg-type]


def plan(**more: object) -> Plan:
    given = {
        "schema": 1,
        "kinds": {"hazchem": ("tank_farm",)},
        "readings": {"hazchem": "ING-1"},
        "records": {"ING-6": Title("票", "permits")},
    }
    return Plan(**(given | more))  # type: ignore[arg-type]


def test_no_cell_is_empty_without_a_written_reason() -> None:
    _, found, _ = shipped()
    assert found.unexplained == ()
    assert found.idle_reasons == (), "a reason that no empty cell needs"


def test_every_row_and_every_quantity_has_its_cells() -> None:
    _, found, plan = shipped()
    assert {c.cell.ing for c in found.cells} == {f"ING-{n}" for n in range(1, 16)}
    assert {c.cell.profile for c in found.cells} == set(plan.kinds) == {"hazchem", "steel", "aluminium"}


def test_at_least_eighty_stable_rules_when_repeats_count_once() -> None:
    rules, _, _ = shipped()
    assert len(shapes(rules.rules)) >= LEAST


def test_the_document_is_current() -> None:
    rules, found, plan = shipped()
    assert DOCUMENT.read_text(encoding="utf-8") == document(rules.rules, found, plan), "run riskstream rules coverage"


def test_a_rule_repeated_for_another_quantity_number_window_or_kind_of_record_counts_once() -> None:
    same = [rule("a", "fall(1m) >= 0.2 * span"), rule("b", "fall(10m) >= 0.1 * span", select=Select(quantity=("flow",)))]
    same += [rule("c", "permit.height.hours > 168", scope="source"), rule("d", "permit.hot_work_1.hours > 8", scope="source")]
    assert len(shapes(same)) == 2
    assert shape(rule("e", "value >= limit.hh")) != shape(rule("f", "value >= limit.h"))
    assert shape(rule("g", "highest(flow) >= 3 m3/h")) == shape(rule("h", "highest(level) >= 5 m"))


def test_only_stable_rules_count() -> None:
    assert shapes([rule("a", "value >= 1", status="sandbox"), rule("b", "value >= 1", status="deprecated")]) == {}


def test_a_cell_without_a_rule_is_found_and_a_sandbox_rule_covers_nothing() -> None:
    rules = [
        rule("a", "value >= limit.h", select=Select(quantity=("level",))),
        rule("b", "value >= limit.h", status="sandbox", select=Select(quantity=("flow",))),
    ]
    found = covered(rules, plan())
    empty = {c.quantity for c in found.unexplained if c.ing == "ING-1"}
    assert "level" not in empty
    assert "flow" in empty
    assert Cell("hazchem", "tank_farm", "ING-6", "-") in found.unexplained


def test_a_rule_serves_the_quantities_it_names_and_the_records_it_asks_for() -> None:
    rules = [rule("a", "permit.live >= 1 and highest(flow) >= 3 m3/h", scope="source")]
    cells = {c.cell: c for c in covered(rules, plan()).cells}
    assert cells[Cell("hazchem", "tank_farm", "ING-1", "flow")].common == ("a",)
    assert cells[Cell("hazchem", "tank_farm", "ING-6", "-")].common == ("a",)
    assert cells[Cell("hazchem", "tank_farm", "ING-1", "level")].empty


def test_a_rule_of_another_profile_or_kind_does_not_serve() -> None:
    rules = [
        rule("a", "value >= limit.h", select=Select(profile=("steel",))),
        rule("b", "value >= limit.h", select=Select(kind=("gas_main",))),
    ]
    assert all(c.empty for c in covered(rules, plan()).cells)


def test_a_reason_explains_only_empty_cells_and_an_idle_one_is_told() -> None:
    why = Title("无", "none")
    used, idle = Reason(why=why, ing=("ING-6",)), Reason(why=why, quantity=("level",))
    rules = [rule("a", "value >= limit.h", select=Select(quantity=("level",)))]
    found = covered(rules, plan(reasons=(used, idle)))
    assert found.idle_reasons == (idle,)
    assert Cell("hazchem", "tank_farm", "ING-6", "-") not in found.unexplained


def test_an_unknown_key_of_the_plan_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"schema": 1, "kinds": {}, "readings": {}, "records": {}, "cells": []}, Plan)


def test_the_check_fails_on_an_old_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "coverage.md"
    old.write_text("old", encoding="utf-8")
    assert main(["rules", "coverage", "--check", "--out", str(old), "--lang", "en"]) == 1
    assert "out of date" in capsys.readouterr().err
    main(["rules", "coverage", "--out", str(old), "--lang", "en"])
    assert main(["rules", "coverage", "--check", "--out", str(old), "--lang", "en"]) == 0
