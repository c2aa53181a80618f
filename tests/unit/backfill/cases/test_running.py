"""Case files through the real engine: what passes, what fails and says why, and what is refused before anything runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from backfill.cases.checking import Verdict
from backfill.cases.junit import junit_xml
from backfill.cases.reading import Refused
from backfill.cases.report import summary, verdict_lines
from backfill.cases.running import run_all, suite
from backfill.configuration import Configuration, configuration
from streams.domain.catalogue import Lang
from streams.engine.rules_load import RulesRefused

RULES = Path("risk_rules")
HEAD = "plant: tank_farm\ncases:\n"
GAS = """
  - name: gas at second level
    rule: combustible-gas-2
    kind: firing
    series: {G1: "0.5*1m 60"}
"""


@cache
def given() -> Configuration:
    return configuration(RULES)


def verdicts(tmp_path: Path, text: str) -> list[Verdict]:
    path = tmp_path / "x.cases.yaml"
    path.write_text(text, encoding="utf-8")
    made = suite([path], RULES, given())
    return run_all(made.cases, made)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        verdicts(tmp_path, text)
    return [f"{p.line} {p.id}" for p in refused.value.problems]


def test_what_is_expected_and_found_passes(tmp_path: Path) -> None:
    expect = """
    restart_everywhere: true
    expect:
      - {at: 1m4s, alarms: none, events: {none: {kind: raise}}, level: blue}
      - at: 1m5s
        alarms: [{point: G1, rule: combustible-gas-2}]
        level: {S1: yellow, E1: yellow}
        causes: {kind: gas_2, points: [G1]}
        events: [{kind: raise, level: yellow, at: 1m5s, reasons: [gas_2], repeated: false}]
"""
    (verdict,) = verdicts(tmp_path, HEAD + GAS + expect)
    assert not verdict.failed, verdict_lines(verdict, "en")


@pytest.mark.parametrize(
    ("expect", "code"),
    [("level: blue", "level"), ("alarms: none", "alarms_none"), ("alarms: {point: G2}", "alarms"),
     ("alarms: {none: {point: G1}}", "alarms_times"), ("events: {kind: clear}", "events"), ("events: none", "events_none"),
     ("events: {kind: raise, times: 2}", "events_times"), ("causes: none", "causes_none"), ("causes: {kind: hh}", "causes"),
     ("next_due: {kind: alarm_overdue, at: 2m}", "next_due"), ("events: {kind: raise, at: 1m6s}", "events"),
     ("events: {kind: raise, repeated: true}", "events")],
)  # fmt: skip
def test_what_differs_fails_and_says_so(tmp_path: Path, expect: str, code: str) -> None:
    (verdict,) = verdicts(tmp_path, f"{HEAD}{GAS}    expect: {{at: 1m5s, {expect}}}\n")
    assert [d.code for d in verdict.differences] == [code]
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        lines = verdict_lines(verdict, lang)
        assert len(lines) >= 3
        assert "x.cases.yaml:8" in lines[1]
    assert "1" in summary([verdict], "zh")
    assert b"<failure" in junit_xml([verdict])


@pytest.mark.parametrize(
    ("rest", "code"),
    [("", "8 cases/expect/none"), ("    expect: []\n", "8 cases/expect/none"), ("    expect: [{at: 1m}]\n", "8 cases/expect/shape"),
     ("    expect: {at: 1m, levels: blue}\n", "8 cases/unknown-key"), ("    expect: {at: 1m, level: purple}\n", "8 cases/expect/value"),
     ("    expect: {at: 1m, alarms: {point: G9}}\n", "8 cases/no-such-code"),
     ("    expect: {at: 1m, alarms: {pont: G1}}\n", "8 cases/expect/field"),
     ("    expect: {at: 1m, events: {kind: rise}}\n", "8 cases/expect/value"),
     ("    expect: {at: 1m, events: {kind: raise, rule: x}}\n", "8 cases/expect/field"),
     ("    expect: {at: 1m, events: {kind: finding, code: x}}\n", "8 cases/expect/value"), ("    expect: {at: 1, level: blue}\n", "8 cases/moment"),
     ("    expect: {at: 1m, level: blue}\n    sries: {}\n", "9 cases/unknown-key"),
     ("    expect: {at: 1m, causes: {kind: x}}\n", "8 cases/expect/value"),
     ("    expect: [{at: 2m, level: blue}, {at: 1m, level: blue}]\n", "8 cases/expect/order"),
     ("    events: [{at: 1m, permits: {}}]\n    expect: {at: 1m, level: blue}\n", "8 cases/events/kind"),
     ("    events: [{at: 1m, actions: {knd: x}}]\n    expect: {at: 1m, level: blue}\n", "8 cases/unknown-key")],
)  # fmt: skip
def test_what_would_expect_nothing_is_refused(tmp_path: Path, rest: str, code: str) -> None:
    found = problems(tmp_path, HEAD + GAS.rstrip("\n") + "\n" + rest)
    assert found == [code if rest else "4 cases/expect/none"]


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    text = "cases:\n  - {name: a, kind: fiering, rule: no-such-rule, plant: tank_frm, series: {P1: x}, expect: {at: 1m, level: blue}}\n"
    found = problems(tmp_path, text)
    assert {"2 cases/kind", "2 cases/no-such-rule", "2 cases/plant/unknown"} <= set(found)


def test_yaml_that_reads_differently_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "cases:\n  - name: a\n    name: b\n") == ["3 yaml/duplicate-key"]


def test_a_pending_case_must_fail(tmp_path: Path) -> None:
    fails, passes = (f"{HEAD}{GAS}    pending: later\n    expect: {{at: 1m5s, level: {level}}}\n" for level in ("blue", "yellow"))
    assert verdicts(tmp_path, fails)[0].passed
    assert not verdicts(tmp_path, passes)[0].passed


def test_an_event_that_cannot_be_sent_is_an_error_of_the_case(tmp_path: Path) -> None:
    events = "    events: [{at: 30s, actions: {kind: verify, author: A, role: operator, causes: [gas_2]}}]\n"
    text = f"{HEAD}{GAS}{events}    expect: {{at: 1m5s, level: yellow}}\n"
    (verdict,) = verdicts(tmp_path, text)
    assert verdict.error == "cases.event.no_cause"
    assert not verdict.passed


def test_own_rules_that_cannot_be_used_are_refused_before_anything_is_played_and_named_by_their_path(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("schema: 2\nrules:\n  - {id: x}\n", encoding="utf-8")
    with pytest.raises(RulesRefused) as refused:
        verdicts(tmp_path, "plant: tank_farm\nrules: [own.yaml]\ncases:\n" + GAS + "    expect:\n      - {at: 2m, level: blue}\n")
    assert {problem.file for problem in refused.value.problems} == {str(own)}


def test_an_expectation_names_rules_that_there_are(tmp_path: Path) -> None:
    expect = "    expect:\n      - {at: 1m5s, alarms: [{none: {rule: combustible-gas-3}}]}\n"
    assert problems(tmp_path, HEAD + GAS + expect) == ["9 cases/no-such-rule"]
