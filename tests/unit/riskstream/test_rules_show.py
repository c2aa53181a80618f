"""`riskstream rules show`: one rule in words, with its types; every shipped rule can be shown in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskstream.main import main
from riskstream.rules_show import lines_of
from streams.domain.rule_files import read_rule_files
from streams.engine.rules_load import load_rules

RULES = Path(__file__).parents[3] / "risk_rules"


def test_a_rule_is_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "hazchem-temperature-rise", "--rules", str(RULES), "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "when: rise(10m) >= 0.1 * span and value >= 0.9 * limit.h" in out
    assert "the present value is at or above 0.9 times the filed H of the point" in out
    assert "value: number [temperature]" in out
    assert main(["rules", "show", "hazchem-temperature-rise", "--rules", str(RULES), "--lang", "zh"]) == 0
    assert "当前值不低于0.9乘以测点备案的高限" in capsys.readouterr().out


def test_a_rule_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "nothing", "--rules", str(RULES), "--lang", "en"]) == 2
    assert "nothing" in capsys.readouterr().err


def test_every_shipped_rule_can_be_shown() -> None:
    for rule in load_rules(read_rule_files(RULES)).rules:
        for lang in ("zh", "en"):
            lines = lines_of(rule, lang)
            assert lines[1] == (rule.title.zh if lang == "zh" else rule.title.en)
            assert not any(line.partition(": ")[2].startswith("unknown") for line in lines if line.startswith("  ")), lines
