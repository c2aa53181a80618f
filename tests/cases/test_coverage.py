"""Each stable rule has a firing, a silent, a boundary and a clearing case that are what they say, and would notice a changed rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from backfill.cases.covering import Coverage
from backfill.cases.mutating import survivors
from tests.cases.test_cases import RULES, tried, whole


def test_each_stable_rule_has_cases_that_are_what_they_say() -> None:
    found = Coverage()
    for case in whole().cases:
        if (trace := tried(case).trace) is not None:
            found.take(case, trace)
    lacks = found.lacks(whole().given.rules.rules)
    assert [f"{la.rule}: {la.code} {la.kind} {la.case}" for la in lacks] == []


@pytest.mark.parametrize("rule", [r.id for r in whole().given.rules.rules if r.status == "stable"])
def test_a_changed_rule_fails_a_case(rule: str) -> None:
    left = [s.mutant.what for _, _, alive in survivors(whole(), [rule]) for s in alive]
    assert left == []


def test_case_files_stand_beside_the_rules_that_they_are_for() -> None:
    of = {rule.id: rule.file for rule in whole().given.rules.rules}
    beside = [(c, Path(c.file).relative_to(RULES).as_posix()) for c in whole().cases if Path(c.file).is_relative_to(RULES)]
    astray = [c.id for c, file in beside if c.rules and file.replace(".cases.yaml", ".yaml") not in {of.get(r) for r in c.rules}]
    assert astray == []
