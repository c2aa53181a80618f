"""Rule files: every problem at once, with file and line; what is accepted can always be judged."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.rulecode import FEATURES
from streams.engine.rules import RuleSet, files_hash
from streams.engine.rules_load import RulesRefused, load_rules
from tests.unit.streams.engine.kernels.judging import shipped

GOOD = """schema: 2
rules:
  - id: pressure-hh
    version: "1.0.0"
    title: {zh: 压力高高报, en: pressure high-high}
    select: {quantity: [pressure]}
    when: "value >= limit.hh"
    on_delay_s: 10
    effect: {evidence: hh, tier: 2, side: high}
    reference: AQ 3036
    provenance: proposal
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
    assert rule.when == "value >= limit.hh"
    assert (rule.file, rule.line) == ("hazchem/x.yaml", 3)
    assert rules.hash == files_hash({"hazchem/x.yaml": GOOD})


def test_common_rules_are_for_every_profile() -> None:
    assert load_rules({"common/x.yaml": GOOD})[0].select.profile == ()


def test_expressions_are_kept_in_one_way_of_writing() -> None:
    text = GOOD.replace("value >= limit.hh", "( value>=limit.hh)and rise( 1m )<2.50 kPa")
    rule = load_rules({"steel/x.yaml": text})[0]
    assert rule.when == "value >= limit.hh and rise(1m) < 2.5 kPa"
    folded = GOOD.replace('when: "value >= limit.hh"', "when: >-\n      value >= limit.hh\n      and rise(1m) < 2.5 kPa")
    assert load_rules({"steel/x.yaml": folded})[0].when == rule.when


def test_all_problems_at_once_with_their_lines() -> None:
    bad = (
        GOOD.replace("version:", "vershun:").replace("limit.hh", "limit.hhh").replace("tier: 2", "tier: 7").replace("10", "9999")
    )
    found = problems(bad + GOOD.partition("rules:\n")[2])
    assert found == [
        ("rules/missing-key", 3), ("rules/unknown-key", 4), ("expr/unknown-name", 7), ("rules/delay", 8), ("rules/tier", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "what", "line"),
    [
        ("value >=", "velocity >=", "expr/unknown-name", 7),
        ("value >=", "value ==", "expr/equality", 7),
        ("limit.hh", "25 %LEL", "expr/measures", 7),
        ("limit.hh", "25", "expr/unit-missing", 7),
        ("limit.hh", "1e3 kPa", "expr/number", 7),
        ("value >= limit.hh", "value", "expr/not-a-condition", 7),
        ("value >= limit.hh", "value >", "expr/ends", 7),
        ("on_delay_s: 10", "clear: value", "expr/not-a-condition", 8),
        ("on_delay_s: 10", "deadband: value", "expr/not-constant", 8),
        ("on_delay_s: 10", "n_of_m: [5, 3]", "rules/n-of-m", 8),
        ("on_delay_s: 10", "ing: [x]", "rules/ing", 8),
        ("on_delay_s: 10", "severity: awful", "rules/unknown-value", 8),
        ('version: "1.0.0"', 'version: "1"', "rules/version", 4),
        ("evidence: hh, ", "", "rules/effect", 9),
        ("evidence: hh, tier: 2, side: high", "step_up: permits", "rules/step-up-scope", 9),
        ("evidence: hh", "evidence: rule", "rules/evidence-scope", 9),
        ("quantity: [pressure]", "quantity: [presure]", "rules/unknown-value", 6),
        ("id: pressure-hh", "id: Pressure HH", "rules/id", 3),
        ("schema: 2", "schema: 1", "rules/schema", 1),
        ("evidence: hh", "evidence: boom", "rules/unknown-value", 9),
        ("on_delay_s: 10", "on_delay_s: -1", "rules/delay", 8),
        ("on_delay_s: 10", "on_delay_s: 10\n    on_delay_s: 20", "yaml/duplicate-key", 9),
        ("select: {quantity: [pressure]}", "select: {profile: [steel]}", "rules/profile", 6),
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


@pytest.mark.parametrize("trap", ["&a", "*a", "<<: {x: 1}", "0o17", "017", "0x1F", ".inf", "!!python/object:os.system x"])
def test_what_yaml_reads_otherwise_than_people_is_refused(trap: str) -> None:
    bad = GOOD.replace("on_delay_s: 10", trap if ":" in trap and not trap.startswith("!") else f"on_delay_s: {trap}")
    assert problems(bad)[0][0].startswith("yaml/")


def test_a_mistake_in_an_expression_is_shown_at_its_column() -> None:
    with pytest.raises(RulesRefused) as refused:
        load_rules({"hazchem/x.yaml": GOOD.replace("limit.hh", "limit.hhh")})
    problem = refused.value.problems[0]
    assert GOOD.splitlines()[problem.line - 1][problem.column - 1 :].startswith("limit.hh")
    assert "limit.hh" in problem.hint("en")


def test_the_old_form_is_refused_with_the_way_out() -> None:
    with pytest.raises(RulesRefused) as refused:
        load_rules({"hazchem/x.yaml": GOOD.replace("schema: 2", "schema: 1")})
    assert "value >= limit.hh" in refused.value.problems[0].hint("en")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RulesRefused):
        load_rules({"hazchem/x.yaml": text})


def test_a_set_goes_through_bytes_unchanged() -> None:
    rules = shipped()
    again = RuleSet.decode(rules.encode(), rules.hash)
    assert again.encode() == rules.encode()
    assert [r.hash for r in again.rules] == [r.hash for r in rules.rules]


def test_every_feature_has_a_column_of_its_own() -> None:
    assert len(set(FEATURES.values())) == len(FEATURES) == 38


def test_a_misspelt_word_is_refused_with_the_words_that_fit() -> None:
    with pytest.raises(RulesRefused) as refused:
        load_rules({"hazchem/x.yaml": GOOD.replace("quantity: [pressure]", "quantity: [presure]")})
    [problem] = refused.value.problems
    assert "temperature" in problem.message("zh")
    assert problem.hint("en") == "did you mean pressure?"
