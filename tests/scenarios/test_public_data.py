"""Public data through the real decode and engine: what a plant's fault looks like in warnings, and that a normal run is quiet."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backfill.datasets import Dataset, Play, played
from backfill.inputs import InputRecord, merge_inputs
from backfill.replay import Recording
from backfill.training import dataset_of, published, trained
from streams.domain.log import Outcome
from streams.domain.messages import RulesPublished
from streams.domain.outputs import Warning
from streams.domain.rule_files import read_rule_files
from streams.engine.rules import files_hash

RULES = Path(__file__).parents[2] / "risk_rules"
pytestmark = pytest.mark.slow


def play_of(data: Dataset, first_row: int, last_row: int, kind: str | None) -> list[Warning]:
    """Episode events of one source, with `kind` of detector in service or none."""
    play = Play(first_row=first_row, last_row=last_row)
    files = {name: text for name, text in read_rule_files(RULES).items() if not name.startswith("parameters/")}
    rules = RulesPublished(hash=files_hash(files), files=files, approved_by="test")
    before = [InputRecord(play.start_ms - 100, "rules", b"rules", msgspec.json.encode(rules))]
    if kind is not None:
        before.append(published(trained(data, kind), data.source, play.start_ms - 50))
    found: list[Warning] = []

    def listen(_partition: int, outcome: Outcome) -> None:
        for output in outcome.outputs:
            kind_of = msgspec.json.decode(output.value).get("kind") if output.topic == "warnings" else None
            if kind_of in ("raise", "upgrade", "downgrade", "clear"):
                found.append(msgspec.json.decode(output.value, type=Warning))

    for _ in Recording(1, listen).play(merge_inputs(before, played(data, play))):
        pass
    return [warning for warning in found if warning.scope == "source"]


def codes(warning: Warning) -> set[str]:
    return {reason.code for reason in warning.reasons}


def test_a_fault_is_warned_of_by_the_model_before_any_limit_is_crossed() -> None:
    data = dataset_of("tep:6").faster(180)
    with_model = play_of(data, 130, 220, "innovations")
    fault_ms = Play().start_ms + 30_000
    first = with_model[0]
    assert (first.kind, first.level) == ("raise", "yellow")
    assert "cause.management_model" in codes(first)
    assert 0 <= first.at_ms - fault_ms <= 10_000  # ten rows: half an hour of the plant
    limits = next(w for w in with_model if "cause.hh" in codes(w))
    assert limits.at_ms > first.at_ms
    # the same evidence without the model, and nothing later because of it
    without = play_of(data, 130, 220, None)
    alone = next(w for w in without if "cause.hh" in codes(w))
    assert limits.at_ms <= alone.at_ms
    assert {"yellow": 1, "orange": 2, "red": 3}[limits.level] >= {"yellow": 1, "orange": 2, "red": 3}[alone.level]


def test_a_normal_run_is_quiet() -> None:
    assert play_of(dataset_of("tep").faster(180), 0, 200, "innovations") == []
