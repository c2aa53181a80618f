"""A set that a point could not carry is refused before it is published, never while a point is defined."""

from __future__ import annotations

import pytest

from streams.engine.kernels import layout as at
from streams.engine.rules import RuleSet, Select
from streams.engine.rules_crowd import MOST_RULES, crowd
from streams.engine.rules_load import RulesRefused, load_rules
from tests.unit.streams.engine.kernels.judging import rule, shipped

RULE = """
  - {{id: r{n}, version: "1.0.0", title: {{zh: r, en: r}}, select: {{quantity: [{quantity}]}}, when: "{when}",
     effect: {{evidence: h, tier: 1}}, reference: x, provenance: proposal, owner: o}}"""


def file(n: int, quantity: str = "level", when: str = "value > limit.h") -> dict[str, str]:
    rules = "".join(RULE.format(n=i, quantity=quantity, when=when) for i in range(n))
    return {"common/x.yaml": "schema: 2\nrules:" + rules + "\n"}


def test_so_many_rules_of_a_point_fit_that_two_sets_can_be_judged_side_by_side() -> None:
    assert len(load_rules(file(MOST_RULES))) == MOST_RULES
    assert 2 * MOST_RULES <= at.MAX_SLOTS
    with pytest.raises(RulesRefused, match="level"):
        load_rules(file(MOST_RULES + 1))


def test_memories_count_too() -> None:
    when = "since(value > limit.h) > 60 s and since(value > limit.hh) > 60 s"
    assert len(load_rules(file(6, when=when))) == 6
    with pytest.raises(RulesRefused, match="since"):
        load_rules(file(7, when=when))


def test_rules_of_other_quantities_do_not_meet() -> None:
    some = [rule(f"a{i}", "value > limit.h", select=Select(quantity=("level",))) for i in range(20)]
    others = [rule(f"b{i}", "value > limit.h", select=Select(quantity=("flow",))) for i in range(25)]
    assert crowd(RuleSet([*some, *others]))[:2] == (25, 0)


def test_the_shipped_rules_leave_room() -> None:
    assert crowd(shipped()).rules < MOST_RULES
