"""The files under risk_rules/ as records: whole, checked, signed, and nothing when a part is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from backfill.configuration import configuration, configuration_records
from streams.domain.messages import ParametersPublished, RulesPublished
from streams.engine.parameters import shipped
from streams.engine.parameters_load import load_parameters
from streams.engine.rules import files_hash
from streams.engine.rules_load import RulesRefused, load_rules

RULES = Path(__file__).parents[3] / "risk_rules"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(RULES, tmp_path / "rules")


def test_what_is_published_is_what_an_engine_loads() -> None:
    given = configuration(RULES)
    parameters, rules = configuration_records(given, 7, "Wang")
    assert (parameters.topic, rules.topic) == ("parameters", "rules")
    assert {parameters.arrival_ms, rules.arrival_ms} == {7}
    published = msgspec.json.decode(rules.value or b"", type=RulesPublished)
    assert load_rules(published.files).hash == given.rules.hash
    assert (published.hash, published.approved_by) == (files_hash(given.rule_files), "Wang")
    numbers = msgspec.json.decode(parameters.value or b"", type=ParametersPublished)
    assert load_parameters(numbers.files) == given.parameters == shipped()


def test_every_file_of_rules_is_in_and_nothing_else(folder: Path) -> None:
    (folder / "README.md").write_text("no rule")
    (folder / "common" / "gas.cases.yaml").write_text("not: a rule")
    given = configuration(folder)
    folders = ("common", "hazchem", "steel", "aluminium")
    wanted = {str(p.relative_to(RULES)) for name in folders for p in (RULES / name).glob("*.yaml") if ".cases." not in p.name}
    assert set(given.rule_files) == wanted


def test_the_same_files_are_the_same_bytes_whatever_the_order_of_the_disk(folder: Path) -> None:
    text = (folder / "common" / "gas.yaml").read_text()
    (folder / "common" / "gas.yaml").unlink()
    (folder / "common" / "gas.yaml").write_text(text)
    assert configuration_records(configuration(folder), 7, "x") == configuration_records(configuration(RULES), 7, "x")


def test_a_changed_rule_is_another_hash(folder: Path) -> None:
    gas = folder / "common" / "gas.yaml"
    gas.write_text(gas.read_text().replace("on_delay_s: 5", "on_delay_s: 6", 1))
    assert configuration(folder).rules.hash != configuration(RULES).rules.hash


def test_all_problems_of_all_files_come_at_once(folder: Path) -> None:
    for name in ("common/a.yaml", "hazchem/b.yaml"):
        (folder / name).write_text("rules: [")
    with pytest.raises(RulesRefused) as refused:
        configuration(folder)
    assert {p.file for p in refused.value.problems} == {"common/a.yaml", "hazchem/b.yaml"}


@pytest.mark.parametrize(
    ("name", "text"), [("holds.yaml", "min_secs: 1\n"), ("nonsense.yaml", "a: 1\n"), ("holds.yaml", "min_s: soon\n")]
)
def test_parameters_that_cannot_be_used_are_refused(folder: Path, name: str, text: str) -> None:
    (folder / "parameters" / name).write_text(text)
    with pytest.raises(ValueError):
        configuration(folder)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesRefused):
        configuration(tmp_path)
