"""A label proves nothing: coverage and mutants look at what the engine did."""

from __future__ import annotations

from pathlib import Path

import pytest

from backfill.cases.covering import covered
from backfill.cases.mutating import survivors
from backfill.cases.running import Suite, suite
from tests.unit.backfill.cases.test_running import RULES, given

RULE = "combustible-gas-2"
HEAD = "plant: tank_farm\nrule: combustible-gas-2\ncases:\n"
GOOD = (
    HEAD
    + """
  - {name: fires, kind: firing, series: {G1: "0.5*1m 60"}, expect: {at: 1m5s, alarms: {rule: combustible-gas-2}}}
  - {name: silent, kind: silent, series: {G1: "0.5*1m 30"}, expect: {at: 5m, alarms: {none: {rule: combustible-gas-2}}}}
  - {name: on the limit, kind: boundary, series: {G1: "0.5*1m 50"}, expect: {at: 1m5s, alarms: {rule: combustible-gas-2}}}
  - {name: just inside, kind: boundary, series: {G1: "0.5*1m 49.9"}, expect: {at: 5m, alarms: {none: {rule: combustible-gas-2}}}}
  - name: clears
    kind: clearing
    series: {G1: "0.5*1m 60*1m 60->0.5*1m"}
    expect: [{at: 1m5s, alarms: {rule: combustible-gas-2}}, {at: 5m, alarms: {none: {rule: combustible-gas-2}}}]
"""
)


def made(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "x.cases.yaml"
    path.write_text(text, encoding="utf-8")
    return suite([path], RULES, given())


def test_cases_that_are_what_they_say_lack_nothing(tmp_path: Path) -> None:
    lacks = covered(made(tmp_path, GOOD)).lacks(r for r in given().rules.rules if r.id == RULE)
    assert lacks == []


@pytest.mark.parametrize(
    ("kind", "series", "code"),
    [("firing", "0.5*1m 30", "does_not_fire"), ("silent", "0.5*1m 60", "fires"), ("clearing", "0.5*1m 60", "does_not_end"),
     ("silent", "stale", "not_judged")],
)  # fmt: skip
def test_a_wrong_label_is_said(tmp_path: Path, kind: str, series: str, code: str) -> None:
    others = "others: silent, " if series == "stale" else ""
    text = f'{HEAD}  - {{name: x, kind: {kind}, {others}series: {{G1: "{series}"}}, expect: {{at: 5m, level: {{E1: {{not: red}}}}}}}}\n'
    lacks = covered(made(tmp_path, text)).lacks(())
    assert [la.code for la in lacks] == [code]


def test_good_cases_notice_every_mutant(tmp_path: Path) -> None:
    ((rule, tried, left),) = survivors(made(tmp_path, GOOD), [RULE])
    assert (rule, left) == (RULE, [])
    assert tried >= 3


def test_cases_that_prove_nothing_let_mutants_live(tmp_path: Path) -> None:
    text = HEAD + '  - {name: x, kind: firing, series: {G1: "0.5*1m 60"}, expect: {at: 5m, level: {E1: {not: red}}}}\n'
    ((_, tried, left),) = survivors(made(tmp_path, text), [RULE])
    assert len(left) == tried
