"""`riskstream rules`: what is wrong is said at file and line, all at once, and nothing is half published."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from riskstream.main import main
from riskstream.targets import opened_log
from streams.domain.log import TopicPartition
from streams.domain.messages import ParametersPublished, RulesPublished

ROOT = Path(__file__).parents[3]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "risk_rules", tmp_path / "rules")


def test_the_shipped_rules_are_usable(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", str(rules), "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("usable: ")


def test_problems_are_said_all_at_once_with_file_and_line(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gas, limits = rules / "common" / "gas.yaml", rules / "hazchem" / "limits.yaml"
    gas.write_text(gas.read_text().replace("value >=", "valeu >=", 1))
    limits.write_text(limits.read_text().replace("on_delay_s: 10", "on_delay_s: soon", 1))
    wanted = {
        f"common/gas.yaml:{line_of(gas, 'valeu')}": False,
        f"hazchem/limits.yaml:{line_of(limits, 'soon')}": False,
    }
    assert main(["rules", "check", str(rules), "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert {place: any(line.startswith(place) for line in told.err.splitlines()) for place in wanted} == dict.fromkeys(
        wanted, True
    )


@pytest.mark.parametrize(
    "broken", ["rules: [", "rules:\n  - id: a\n  - id: a\n", "a: &x 1\nb: *x\n", "rules: !!python/object:os.system []\n"]
)
def test_yaml_that_is_broken_or_dangerous_is_refused_at_its_line(
    broken: str, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "common" / "new.yaml").write_text(broken)
    assert main(["rules", "check", str(rules), "--lang", "zh"]) == 1
    assert "common/new.yaml:" in capsys.readouterr().err


def test_parameters_that_cannot_be_used_are_problems_too(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "parameters" / "holds.yaml").write_text("min_secs: 1\n")
    assert main(["rules", "check", str(rules)]) == 1
    assert "min_secs" in capsys.readouterr().err


def test_what_is_refused_is_not_published(rules: Path, tmp_path: Path) -> None:
    (rules / "common" / "new.yaml").write_text("rules: [")
    assert main(["rules", "publish", str(rules), "--to", f"embedded:{tmp_path / 'log.db'}"]) == 1
    assert not (tmp_path / "log.db").exists()


async def test_publishing_writes_whole_sets_signed_by_the_approver(rules: Path, tmp_path: Path) -> None:
    import asyncio

    target = f"embedded:{tmp_path / 'log.db'}"
    code = await asyncio.to_thread(main, ["rules", "publish", str(rules), "--to", target, "--approved-by", "Wang"])
    assert code == 0
    with opened_log(target, "en") as log:
        reader = log.reader()
        (record,), _ = await reader.read(TopicPartition("rules", 0), 0, 1)
        (numbers,), _ = await reader.read(TopicPartition("parameters", 0), 0, 1)
        await reader.close()
    published = msgspec.json.decode(record.value or b"", type=RulesPublished)
    parameters = msgspec.json.decode(numbers.value or b"", type=ParametersPublished)
    assert (published.approved_by, parameters.approved_by) == ("Wang", "Wang")
    assert published.files["common/gas.yaml"] == (rules / "common" / "gas.yaml").read_text()
    parts = [p for folder in ("parameters", "ladders") for p in (rules / folder).rglob("*.yaml")]
    assert set(parameters.files) == {p.relative_to(rules).as_posix() for p in parts}


def line_of(path: Path, word: str) -> int:
    return next(n for n, line in enumerate(path.read_text().splitlines(), start=1) if word in line)
