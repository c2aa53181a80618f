"""The product against ground truth: every labelled incident of a simulated county is warned of at its least level, in time; a quiet
county is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backfill.configuration import configuration, configuration_records
from backfill.replay import Recording
from backfill.simulate import KINDS, Label, Simulation, Spec, World
from streams.domain.log import Outcome, Output
from streams.domain.scale import Level

RULES = Path(__file__).parents[2] / "risk_rules"
START = 1_767_571_200_000  # 08:00 of a local day
HOUR = 3_600_000
IN_TIME_MS = 240_000  # from the evidence to the level: on-delays, rates over a minute, and a cycle that began low
SILENCE_MS = 15 * 60_000  # a site counts as lost after ten minutes


def played(specs: Sequence[Spec], hours: float, seed: int = 1, period_s: int = 10) -> tuple[list[Label], list[Output]]:
    world = World.generate("county", 11, period_s)
    simulation = Simulation(world, START, seed, specs)
    outputs: list[Output] = []

    def keep(_: int, outcome: Outcome) -> None:
        outputs.extend(outcome.outputs)

    rules = configuration_records(configuration(RULES), START, "test")
    records = chain(rules, simulation.registry_records(START), simulation.records(START + int(hours * HOUR)))
    for _ in Recording(1, keep).play(records):
        pass
    return simulation.labels, outputs


def warnings_of(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [msgspec.json.decode(output.value) for output in outputs if output.topic == "warnings"]
    return found


def highest(warnings: Sequence[dict[str, Any]], label: Label) -> list[tuple[int, Level]]:
    """Levels said of the label's source (or of any source of its enterprise), with their times."""
    return [
        (warning["at_ms"], Level[warning["level"].upper()])
        for warning in warnings
        if warning.get("kind") in ("raise", "upgrade") and warning["source"].startswith(label.source or label.enterprise)
    ]


@pytest.mark.slow
def test_every_labelled_incident_is_warned_of_at_its_least_level_and_in_time() -> None:
    specs = [Spec(kind=kind, after_s=600 + 240 * n) for n, kind in enumerate(KINDS)]
    labels, outputs = played(specs, 3.2)
    warnings = warnings_of(outputs)
    missed = []
    for label in labels:
        if label.expect == "finding":
            findings = [
                w for w in warnings if w.get("code") == "finding.commitment_missing" and w["enterprise"] == label.enterprise
            ]
            missed += [] if findings else [label]
            continue
        due = label.evidence_ms + (SILENCE_MS if label.kind == "cut_line" else IN_TIME_MS)
        enough = [at for at, level in highest(warnings, label) if level >= Level[label.expect.upper()]]
        if not any(label.start_ms <= at <= due for at in enough):
            missed.append(label)
    assert missed == []


@pytest.mark.slow
def test_a_quiet_county_cries_no_wolf() -> None:
    """Offline points, short cuts, fillings, bump tests, permits: nothing that people must act on."""
    _, outputs = played((), 6.0, period_s=30)
    raised: dict[str, list[str]] = defaultdict(list)
    for warning in warnings_of(outputs):
        if warning.get("kind") in ("raise", "upgrade") and warning["level"] != "blue":
            raised[warning["level"]].append(warning["source"])
    assert raised == {}
    assert any(output.topic == "aggregates" for output in outputs)  # it was awake
