"""Every case file, beside rules and here, through the engine: one test a case. The traps of the alerting study and the sentences of the
design that concern the engine must each have a case.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from backfill.cases.case import Case
from backfill.cases.checking import Verdict
from backfill.cases.covering import Trace, traced
from backfill.cases.report import verdict_lines
from backfill.cases.running import Suite, found, run_with, suite

RULES = Path("risk_rules")
# Not of the engine: pushes (25, 26), access of a county (30), the database (32).
TRAPS = tuple(n for n in range(1, 33) if n not in (25, 26, 30, 32))
SENTENCES = ("D7-inherent", "D7-rest", "D7-matrix", "D7-hold", "D7-score", "D7-management", "D7-rollup", "D7-ageing",
             *(f"D7.{n}" for n in range(1, 7)), *(f"D8.{n}" for n in (*range(1, 17), 18)))  # fmt: skip


@cache
def whole() -> Suite:
    return suite(found([RULES, Path("tests/cases")]), RULES)


def cases() -> list[Case]:
    return whole().cases


class Tried(NamedTuple):
    verdict: Verdict
    trace: Trace | None
    """What its rules did; None: it could not be played."""


_TRIED: dict[str, Tried] = {}


def tried(case: Case) -> Tried:
    """The case played, checked and watched, once for all tests that look at it."""
    if case.id not in _TRIED:
        given = whole().configuration_of(case)
        verdict, played = run_with(case, given)
        _TRIED[case.id] = Tried(verdict, traced(played, given.rules) if played is not None else None)
    return _TRIED[case.id]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in cases()])
def test_case(case: Case) -> None:
    verdict = tried(case).verdict
    assert verdict.passed, "\n" + "\n".join(verdict_lines(verdict, "en"))


def test_each_trap_and_each_sentence_has_a_case() -> None:
    held = {trap for case in cases() for trap in case.traps}
    wanted = {f"T{n}" for n in TRAPS} | set(SENTENCES)
    assert wanted - held == set()
    assert {t for t in held if not t.startswith(("T", "D7", "D8"))} == set()
