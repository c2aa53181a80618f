"""`riskstream rules lock` and what `check` says: no rule changes its meaning under a version that was given out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backfill.rules_lock import Locked, content_hash, locked, read_lock, text_of
from riskstream.main import main
from streams.domain.rule_files import read_rule_files
from streams.engine.rules import Effect, Rule, RuleSet, Title
from streams.engine.rules_load import load_rules

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "risk_rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = shutil.copytree(SHIPPED, tmp_path / "rules")
    (folder / "lock.yaml").unlink(missing_ok=True)
    assert main(["rules", "lock", str(folder)]) == 0
    return folder


def edit(rules: Path, before: str, after: str, name: str = "hazchem/trends.yaml") -> None:
    path = rules / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def checked(rules: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["rules", "check", str(rules), "--lang", "en"])
    return code, capsys.readouterr().err


def test_the_shipped_lock_is_that_of_the_shipped_rules() -> None:
    """After a change: a new version for each changed rule, then `riskstream rules lock`."""
    lock, problems = read_lock((SHIPPED / "lock.yaml").read_text())
    assert problems == []
    assert [p.line_of_text("en") for p in locked(load_rules(read_rule_files(SHIPPED)), lock, False, False)[1]] == []
    assert main(["rules", "check", str(SHIPPED)]) == 0


def test_a_changed_rule_needs_a_new_version_and_then_a_new_lock(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(rules, capsys) == (0, "")
    edit(rules, "13.8 m/s", "14.5 m/s")
    code, said = checked(rules, capsys)
    assert code == 1
    assert said.startswith("hazchem/trends.yaml:")
    assert "hazchem-wind" in said
    assert "1.0.1" in said
    assert main(["rules", "lock", str(rules)]) == 1
    text = (rules / "hazchem/trends.yaml").read_text()
    head, _, tail = text.partition("hazchem-wind")
    (rules / "hazchem/trends.yaml").write_text(head + "hazchem-wind" + tail.replace('"1.0.0"', '"1.0.1"', 1))
    assert "lock/released" in checked(rules, capsys)[1]
    assert main(["rules", "lock", str(rules)]) == 0
    assert checked(rules, capsys) == (0, "")


def test_another_way_of_writing_the_same_is_no_change(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(rules, 'when: "value >= 13.8 m/s"', "when: (value>=13.80 m/s)")
    edit(rules, "on_delay_s: 30\n", "on_delay_s: 30.0\n")
    assert checked(rules, capsys) == (0, "")


def test_a_rule_that_is_gone_is_said_and_its_id_stays_taken(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = rules / "hazchem/trends.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("  - id: hazchem-wind")])
    assert "lock/removed" in checked(rules, capsys)[1]
    assert main(["rules", "lock", str(rules)]) == 1
    assert main(["rules", "lock", str(rules), "--removed"]) == 0
    assert checked(rules, capsys) == (0, "")
    path.write_text(text.replace("13.8 m/s", "10.8 m/s"))
    assert "lock/changed" in checked(rules, capsys)[1]


def test_a_version_never_goes_back(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (rules / "lock.yaml").read_text()
    (rules / "lock.yaml").write_text(text.replace('hazchem-wind: {version: "1.0.0"', 'hazchem-wind: {version: "1.10.0"'))
    code, said = checked(rules, capsys)
    assert code == 1
    assert "lock/older" in said
    assert "1.10.1" in said


def test_what_was_never_published_may_keep_its_version(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(rules, "13.8 m/s", "14.5 m/s")
    assert main(["rules", "lock", str(rules), "--unreleased"]) == 0
    assert checked(rules, capsys) == (0, "")


@pytest.mark.parametrize("broken", ["schema: 2\nrules: {}\n", "rules: []\n", "schema: 1\nrules: {a: 3}\n", "a: [", ""])
def test_a_lock_that_cannot_be_read_is_no_lock(broken: str, rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "lock.yaml").write_text(broken)
    code, said = checked(rules, capsys)
    assert code == 1
    assert "lock.yaml" in said


def test_what_is_written_reads_back() -> None:
    rule = Rule(id="a", version="1.2.3", title=Title(zh="x", en="x"), when="value > limit.h", effect=Effect(evidence="h", tier=1))
    lock, hindering = locked(RuleSet([rule]), {"b": Locked("2.0.0", "f" * 32)}, removed=True, unreleased=False)
    assert hindering == []
    assert read_lock(text_of(lock)) == (lock, [])
    assert lock == {"a": Locked("1.2.3", content_hash(rule)), "b": Locked("2.0.0", "f" * 32, removed=True)}
