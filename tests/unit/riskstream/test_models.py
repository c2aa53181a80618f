"""`riskstream models` from end to end, with its exit codes and its two languages."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from models.checks import POINTS, plant
from riskstream import models
from riskstream.console import UserError
from streams.domain.catalogue import catalogue

MAPPING = "table: d.csv\nperiod_s: 1\npoints: [{{column: 'P*'}}]\n{more}source: {{code: S1, name: 源}}\nenterprise: {{code: E1, name: 厂}}\n"


def call(*words: str) -> int:
    top = argparse.ArgumentParser()
    models.register(top.add_subparsers(dest="verb", required=True))
    args = top.parse_args(["models", *words])
    code: int = args.run(args)
    return code


def plant_files(folder: Path, shift: float = 0.0, shift_from: int = 0, more: str = "") -> str:
    rows = plant(2000, 1)
    rows[shift_from:, 2] += shift
    lines = [",".join(POINTS), *(",".join(f"{v:.6f}" for v in row) for row in rows)]
    (folder / "d.csv").write_text("\n".join(lines) + "\n")
    (folder / "m.yaml").write_text(MAPPING.format(more=more))
    return str(folder / "m.yaml")


def test_train_show_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = plant_files(tmp_path, 1.0, 1800, "normal: {rows: [0, 1499]}\nevents: [{name: step, rows: [1800, 1999]}]\n")
    assert call("train", "--dataset", mapping, "--out", str(tmp_path), "--lang", "en") == 0
    file = tmp_path / "S1.model.json"
    assert "1200 rows" in capsys.readouterr().out
    assert call("show", str(file), "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["meta"]["points"] == list(POINTS)
    assert call("evaluate", str(file), "--dataset", mapping, "--json") == 0
    results = json.loads(capsys.readouterr().out)
    assert results["row by row"]["detection"] > 0.9
    assert results["always on"]["detection"] == 1.0
    assert call("evaluate", str(file), "--dataset", mapping, "--lang", "en") == 0
    assert "always on" in capsys.readouterr().out


def test_a_contaminated_stretch_is_refused_in_both_languages_and_can_be_forced(tmp_path: Path) -> None:
    mapping = plant_files(tmp_path, 1.0, 1200, "normal: {rows: [0, 1999]}\n")
    with pytest.raises(UserError, match="do not look like the rest"):
        call("train", "--dataset", mapping, "--out", str(tmp_path), "--lang", "en")
    with pytest.raises(UserError, match="--allow-contaminated"):
        call("train", "--dataset", mapping, "--out", str(tmp_path), "--lang", "zh")
    assert call("train", "--dataset", mapping, "--out", str(tmp_path), "--allow-contaminated") == 1


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    mapping = plant_files(tmp_path)
    call("train", "--dataset", mapping, "--out", str(tmp_path))
    file = tmp_path / "S1.model.json"
    file.write_text(file.read_text().replace('"open_rows": 2', '"open_rows": 1', 1))
    with pytest.raises(UserError, match="does not match its hash"):
        call("show", str(file), "--lang", "en")


def test_a_detector_no_better_than_a_clock_is_said_by_the_exit_code(tmp_path: Path) -> None:
    mapping = plant_files(tmp_path, 0.0, 0, "normal: {rows: [0, 999]}\nevents: [{name: nothing, rows: [1500, 1999]}]\n")
    call("train", "--dataset", mapping, "--out", str(tmp_path))
    assert call("evaluate", str(tmp_path / "S1.model.json"), "--dataset", mapping) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("train", "--dataset", "nowhere", "--out", "x"), "no data set or file nowhere"),
        (("train", "--dataset", "tep:77", "--out", "x"), "0 to 21"),
        (("train", "--dataset", "tep", "--out", "x", "--alpha", "2"), "alpha"),
        (("show", "nowhere.json"), "nowhere.json"),
        (("publish", "nowhere.json", "--to", "embedded:x"), "nowhere.json"),
    ],
)
def test_what_cannot_be_done_is_a_user_error(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        call(*words, "--lang", "en")


def test_published_into_an_embedded_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("train", "--dataset", plant_files(tmp_path), "--out", str(tmp_path))
    assert call("publish", str(tmp_path / "S1.model.json"), "--to", f"embedded:{tmp_path / 'log.sqlite'}", "--lang", "en") == 0
    assert "for source S1" in capsys.readouterr().out


def test_every_error_code_has_a_text() -> None:
    known = catalogue()
    wanted = {f"train.{c}" for c in ("columns", "rows", "contaminated")} | {
        f"artefact.{c}" for c in ("hash", "format", "missing", "shape", "values", "array")
    }
    assert wanted <= known.keys()
