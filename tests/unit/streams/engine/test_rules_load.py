"""Rule files: every problem at once, with file and line; what is accepted can always be judged."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.rulecode import FEATURES, source_of
from streams.engine.rules import AllOf, RuleSet, Term, files_hash
from streams.engine.rules_load import RulesRefused, load_rules
from tests.unit.streams.engine.judging import shipped

GOOD = """schema: 1
rules:
  - id: pressure-hh
    version: "1.0.0"
    title: {zh: 压力高高报, en: pressure high-high}
    select: {quantity: [pressure]}
    when: {feature: value, op: ">=", threshold: limit.hh}
    on_delay_s: 10
    effect: {evidence: hh, tier: 2, side: high}
    reference: AQ 3036
    provenance: proposed
    owner: safety
"""


def problems(text: str, path: str = "hazchem/x.yaml") -> list[tuple[str, int]]:
    with pytest.raises(RulesRefused) as refused:
        load_rules({path: text})
    for lang in ("zh", "en"):
        for problem in refused.value.problems:
            assert problem.line_of_text(lang)
    return [(p.id, p.line) for p in refused.value.problems]


def test_a_good_file() -> None:
    rules = load_rules({"hazchem/x.yaml": GOOD, "ladders/hazchem.yaml": "not: rules", "hazchem/x.cases.yaml": "[]"})
    rule = rules[0]
    assert (rule.id, rule.select.profile, rule.select.quantity, rule.on_delay_s) == (
        "pressure-hh",
        ("hazchem",),
        ("pressure",),
        10.0,
    )
    assert rule.when == Term(feature="value", op=">=", threshold=("limit.hh",))
    assert (rule.file, rule.line) == ("hazchem/x.yaml", 3)
    assert rules.hash == files_hash({"hazchem/x.yaml": GOOD})


def test_common_rules_are_for_every_profile() -> None:
    assert load_rules({"common/x.yaml": GOOD})[0].select.profile == ()


def test_a_tree_of_conditions() -> None:
    tree = '{all: [{feature: value, op: ">", threshold: [limit.h, 3]}, {not: {feature: rise_1m, op: "<", threshold: 2}}]}'
    text = GOOD.replace('{feature: value, op: ">=", threshold: limit.hh}', tree)
    when = load_rules({"steel/x.yaml": text})[0].when
    assert isinstance(when, AllOf)
    assert when.conditions[0] == Term(feature="value", op=">", threshold=("limit.h", 3.0))


def test_all_problems_at_once_with_their_lines() -> None:
    bad = (
        GOOD.replace("version:", "vershun:").replace("limit.hh", "limit.hhh").replace("tier: 2", "tier: 7").replace("10", "9999")
    )
    found = problems(bad + GOOD.partition("rules:\n")[2])
    assert found == [
        ("rules/missing-key", 3), ("rules/unknown-key", 4), ("rules/threshold", 7), ("rules/delay", 8), ("rules/tier", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "what", "line"),
    [
        ("feature: value", "feature: velocity", "rules/unknown-value", 7),
        ('op: ">="', 'op: "=="', "rules/unknown-value", 7),
        ("quantity: [pressure]", "quantity: [presure]", "rules/wrong-type", 6),
        ("id: pressure-hh", "id: Pressure HH", "rules/id", 3),
        ("schema: 1", "schema: 2", "rules/schema", 1),
        ("evidence: hh", "evidence: boom", "rules/wrong-type", 9),
        ("on_delay_s: 10", "on_delay_s: -1", "rules/delay", 8),
        ("on_delay_s: 10", "on_delay_s: 10\n    on_delay_s: 20", "yaml/duplicate-key", 9),
        ("select: {quantity: [pressure]}", "select: {profile: [steel]}", "rules/profile", 6),
        ("when: {feature: value, op: \">=\", threshold: limit.hh}", "when: value > 3", "rules/condition", 7),
        ("threshold: limit.hh", "threshold: __import__('os')", "rules/threshold", 7),
        ("owner: safety", "owner: safety\n    status: maybe", "rules/unknown-value", 13),
        ("rules:", "rulez: []\nrules:", "rules/unknown-key", 2),
    ],
)  # fmt: skip
def test_each_problem_is_said_where_it_is(before: str, after: str, what: str, line: int) -> None:
    assert before in GOOD
    assert problems(GOOD.replace(before, after)) == [(what, line)]


def test_an_id_is_given_once_over_all_files() -> None:
    with pytest.raises(RulesRefused) as refused:
        load_rules({"hazchem/a.yaml": GOOD, "hazchem/b.yaml": GOOD})
    assert "hazchem/a.yaml:3" in refused.value.problems[0].message("en")


def test_no_rules_at_all_is_refused() -> None:
    with pytest.raises(RulesRefused):
        load_rules({"ladders/x.yaml": GOOD})


def test_a_deep_tree_is_refused() -> None:
    when = '{feature: value, op: ">", threshold: 1}'
    for _ in range(9):
        when = f"{{not: {when}}}"
    assert problems(GOOD.replace('{feature: value, op: ">=", threshold: limit.hh}', when)) == [("rules/too-deep", 7)]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RulesRefused):
        load_rules({"hazchem/x.yaml": text})


@given(st.text(alphabet="limt.hoespanrg *0123456789%LEL-+", max_size=20))
def test_any_threshold_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert source_of(text).base


def test_a_set_goes_through_bytes_unchanged() -> None:
    rules = shipped()
    again = RuleSet.decode(rules.encode(), rules.hash)
    assert again.encode() == rules.encode()
    assert [r.hash for r in again.rules] == [r.hash for r in rules.rules]


def test_every_feature_has_a_column_of_its_own() -> None:
    assert len(set(FEATURES.values())) == len(FEATURES) == 38
