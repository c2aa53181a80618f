"""The rules that come with riskstream are clean: no error and no warning of any check, other than what they allow with a reason.

Which cases a rule has is held by `tests/cases`; what the lock says by `riskstream rules check`.
"""

from __future__ import annotations

from pathlib import Path

from backfill.lint.running import lint

RULES = Path(__file__).parents[2] / "risk_rules"
ELSEWHERE = ("lint/untested", "cases/", "lock/")


def test_the_shipped_rules_are_clean() -> None:
    found = [p for p in lint(RULES, RULES) if p.severity != "info" and not p.id.startswith(ELSEWHERE)]
    assert [p.line_of_text("en") for p in found] == []
