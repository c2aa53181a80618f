"""A data set that is not in the project, through the same reader interface and the whole stack: a table, a mapping, a warning."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backfill.configuration import configuration, configuration_records
from backfill.datasets import Play, played
from backfill.inputs import write_inputs
from backfill.training import dataset_of
from riskstream.main import main
from tests.scenarios.timeline import Said
from tests.stack.casting import highest, levels
from tests.stack.stage import RULES, perform

MAPPING = """\
table: boiler.csv
delimiter: ";"
decimal: ","
time: {column: Zeit, format: "%d.%m.%Y %H:%M:%S", utc_offset_h: 1}
bad: ["---"]
points:
  - {column: Dampfdruck, code: PT-1, name: 汽包压力, quantity: pressure, unit: bar, range: [0, 40], limits: {h: 22, hh: 25}}
  - {column: Temperatur, code: TT-1, name: 汽包温度, quantity: temperature, unit: ℃, range: [0, 400], limits: {h: 260, hh: 280}}
ignore: [Schicht]
normal: {rows: [0, 100]}
events: [{name: overpressure, rows: [200, 259]}]
source:
  code: "990100001001"
  name: 锅炉房
  kind: process_unit
  chemicals: [{name: 甲醇, design_t: 800}]
enterprise: {code: "990100001", name: 某热电}
"""
FAULT_ROW, ROWS = 200, 260
UNTIL_MS = Play().start_ms + ROWS * 10_000 + 60_000


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A boiler of somewhere else: semicolons, decimal commas, local dates, words for lost readings; from row 200 on overpressure."""
    folder = tmp_path_factory.mktemp("foreign")
    noise = np.random.default_rng(3).standard_normal((ROWS, 2))
    lines = ["Zeit;Dampfdruck;Temperatur;Schicht"]
    for i in range(ROWS):
        pressure, degrees = 18.0 + 0.2 * noise[i, 0], 210.0 + noise[i, 1]
        if i >= FAULT_ROW:
            pressure, degrees = 26.0, 285.0
        cells = ["---" if i % 50 == 7 else f"{pressure:.2f}", f"{degrees:.1f}"]
        time = f"03.06.2025 {6 + i // 360:02d}:{i // 6 % 60:02d}:{i % 6 * 10:02d}"
        lines.append(";".join([time, *(cell.replace(".", ",") for cell in cells), "A"]))
    (folder / "boiler.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "boiler.yaml").write_text(MAPPING, encoding="utf-8")
    return folder / "boiler.yaml"


@pytest.fixture(scope="module")
def said(mapping: Path, tmp_path_factory: pytest.TempPathFactory) -> Said:
    data = dataset_of(str(mapping))
    play = Play()
    records = [*configuration_records(configuration(RULES), play.start_ms - 1000, "test"), *played(data, play)]
    return perform(tmp_path_factory.mktemp("stack"), records, UNTIL_MS)


def test_the_table_is_read_as_it_was_written(mapping: Path) -> None:
    data = dataset_of(str(mapping))
    assert (data.codes, data.period_s, len(data.rows.values)) == (("PT-1", "TT-1"), 10.0, ROWS)
    assert not data.rows.valid[7, 0]
    assert data.rows.values[FAULT_ROW].tolist() == [26.0, 285.0]


def test_its_fault_ends_in_a_warning_and_its_normal_hours_in_none(said: Said) -> None:
    source = "990100001001"
    raised = said.warnings(source=source)[0]
    fault_ms = Play().start_ms + FAULT_ROW * 10_000
    assert 0 <= raised.at_ms - fault_ms <= 60_000
    assert raised.kind == "raise"
    assert highest(said, source) in ("orange", "red"), "two instruments at HH"
    assert levels(said, source)[0] == "blue"
    points = {reason.point for w in said.warnings(source=source) for reason in w.reasons}
    assert {"PT-1", "TT-1"} <= points


def test_the_recipe_of_the_documentation_shows_the_same_warnings(
    mapping: Path, said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = mapping.parent / "boiler.jsonl.gz"
    write_inputs(recording, played(dataset_of(str(mapping))))
    assert main(["replay", str(recording), "--rules", str(RULES), "--until-ms", str(UNTIL_MS), "--json", "--lang", "en"]) == 0
    shown = capsys.readouterr()
    closing = json.loads(shown.out)
    raised = [w.level for w in said.warnings() if w.kind in ("raise", "upgrade")]
    assert closing["warnings"] == {level: raised.count(level) for level in ("red", "orange", "yellow", "blue")}
    assert "锅炉房" in shown.err


def test_a_recording_without_rules_says_that_nothing_was_judged(mapping: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = mapping.parent / "unruled.jsonl.gz"
    write_inputs(recording, played(dataset_of(str(mapping))))
    assert main(["replay", str(recording), "--json", "--lang", "en"]) == 0
    assert "no rules are in force" in capsys.readouterr().err


def test_rules_that_cannot_be_used_replay_nothing(mapping: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = mapping.parent / "refused.jsonl.gz"
    write_inputs(recording, played(dataset_of(str(mapping))))
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "x.yaml").write_text("rules: [")
    assert main(["replay", str(recording), "--rules", str(tmp_path), "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert "nothing was replayed" in told.err
    assert "common/x.yaml:" in told.err
