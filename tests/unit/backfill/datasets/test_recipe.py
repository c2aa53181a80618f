"""docs/recipes/play-your-data.md is true: its mapping is read, played and learnt from exactly as printed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from backfill.datasets import played
from backfill.inputs import read_inputs, write_inputs
from backfill.training import dataset_of, trained

RECIPE = Path(__file__).parents[4] / "docs" / "recipes" / "play-your-data.md"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The recipe's own mapping, beside a table of the form that it describes."""
    found = re.search(r"```yaml\n(.*?)```", RECIPE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "pump.yaml").write_text(found[1], encoding="utf-8")
    generator = np.random.default_rng(1)
    cells = generator.standard_normal((5700, 4)) * [5.0, 1.0, 1.0, 2.0] + [300.0, 40.0, 50.0, 80.0]
    cells[5200:5601, 0] += 60.0
    times = np.datetime64("2024-05-01T00:00:00") + np.arange(len(cells)).astype("timedelta64[s]")
    lines = ["timestamp,P_in,T_in,T_out,flow,operator,note_1"]
    for i, (at, row) in enumerate(zip(times, cells, strict=True)):
        words = [f"{value:.3f}" for value in row]
        words[1] = "I/O Timeout" if i % 500 == 7 else words[1]
        lines.append(",".join([str(at), *words, "张三", ""]))
    (tmp_path / "pump.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "pump.yaml"


def test_the_mapping_of_the_recipe_is_read_and_played(mapping: Path) -> None:
    data = dataset_of(str(mapping))
    assert data.codes == ("PT-101", "T_in", "T_out", "flow")
    assert (data.period_s, len(data.normal.values)) == (1.0, 4001)
    count = write_inputs(mapping.parent / "pump.jsonl.gz", played(data.faster(10)))
    assert count == 5700 + len(data.regions) + 1
    assert sum(record.topic == "readings" for record in read_inputs(mapping.parent / "pump.jsonl.gz")) == 5700


def test_a_detector_of_the_recipe_sees_the_leak(mapping: Path) -> None:
    data = dataset_of(str(mapping))
    detector = trained(data).detector()
    scores = detector.score(data.rows.values, data.rows.valid)
    assert scores.alarmed[5210:5601].all()
    assert float(np.mean(scores.over[4001:5200])) < 0.05
