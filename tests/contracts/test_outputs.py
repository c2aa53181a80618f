"""What the engine really puts out in a day full of incidents: valid by the schemas, and readable for the sink, every record of it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from backfill.configuration import configuration, configuration_records
from backfill.inputs import InputRecord
from backfill.replay import Recording
from backfill.simulate import KINDS, Simulation, Spec, World
from streams.domain.log import Outcome, Output, RawRecord
from streams.sinks.rows import TOPICS, rows_of

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
START = 1_767_578_100_000  # 09:55 local, so that 10:00 passes
MINUTES = 35
MOST_CHECKED = 40  # of one kind: validation takes milliseconds a record

Said = dict[str, list[Output]]


@pytest.fixture(scope="module")
def said() -> Said:
    world = World.generate("county", 7, 10)
    simulation = Simulation(world, START, 3, [Spec(kind=kind, after_s=60 + 90 * n) for n, kind in enumerate(KINDS)])
    outputs: Said = {}

    def keep(_: int, outcome: Outcome) -> None:
        for output in outcome.outputs:
            outputs.setdefault(output.topic, []).append(output)

    bad = [
        InputRecord(START + 61_000, "readings", b"E", b"{"),
        InputRecord(START + 63_000, "registry", b"town/1", b"{}"),
    ]
    rules = configuration_records(configuration(ROOT / "risk_rules"), START, "test")
    records = [*simulation.registry_records(START), *simulation.records(START + MINUTES * 60_000), *bad]
    records.sort(key=lambda r: r.arrival_ms)
    for _ in Recording(1, keep).play(chain(rules, records)):
        pass
    return outputs


def kind_of(output: Output) -> str:
    return str(json.loads(output.value).get("kind", ""))


def test_every_output_is_valid_by_its_schema(said: Said) -> None:
    checked: Counter[tuple[str, str]] = Counter()
    for topic, outputs in said.items():
        validator = Draft202012Validator(json.loads((ROOT / "schemas" / topic / "v1.json").read_text(encoding="utf-8")))
        by_kind: dict[str, list[Output]] = {}
        for output in outputs:
            by_kind.setdefault(kind_of(output), []).append(output)
        for kind, some in by_kind.items():
            for output in islice(some, 0, None, max(1, len(some) // MOST_CHECKED)):
                error: Any = next(validator.iter_errors(json.loads(output.value)), None)
                assert error is None, f"{topic} {kind}: {error.message}"
                checked[topic, kind] += 1
    assert {"warnings", "level", "risk", "aggregates", "region-close", "dead-letters"} <= {topic for topic, _ in checked}
    assert {kind for topic, kind in checked if topic == "warnings"} >= {"raise", "upgrade", "downgrade", "alarm_on", "alarm_off"}
    assert {kind for topic, kind in checked if topic == "aggregates"} >= {"points", "online"}


def test_the_sink_can_read_every_output(said: Said) -> None:
    records = [RawRecord(t, 0, i, START, o.key, o.value) for t in TOPICS for i, o in enumerate(said.get(t, ()))]
    rows = rows_of(records)
    assert "reject.unreadable" not in rows["dead_letters"]["reason"]
    stored = {table: len(set(columns["offset"])) for table, columns in rows.items()}
    assert stored["warnings"] + stored["point_alarms"] + stored.get("findings", 0) == len(said["warnings"])
    assert stored["point_minutes"] + stored["online_minutes"] + stored["commitments"] == len(said["aggregates"])
    assert stored["risk"] == len(said["risk"])
    assert stored["dead_letters"] == len(said["dead-letters"])


def test_no_identity_is_given_twice(said: Said) -> None:
    """Tables replace rows with the same key: two different events under one key would hide one of them."""
    events = [json.loads(o.value) for o in said["warnings"]]
    keys = Counter((e["at_ms"], e["id"], e.get("kind")) for e in events)
    assert [key for key, count in keys.items() if count > 1] == []
    minutes = [json.loads(o.value) for o in said["aggregates"]]
    rows = Counter(
        (b["enterprise"][i], b["point"][i], b["at_ms"])
        for b in minutes
        if b.get("kind") == "points"
        for i in range(len(b["point"]))
    )
    assert [key for key, count in rows.items() if count > 1] == []
    online = Counter((b["of"], b["enterprise"][i], b["code"][i], b["at_ms"]) for b in minutes if b.get("kind") == "online"
                     for i in range(len(b["code"])))  # fmt: skip
    assert [key for key, count in online.items() if count > 1] == []


def test_reasons_of_dead_letters_have_words(said: Said) -> None:
    from streams.domain.catalogue import text

    for output in said["dead-letters"]:
        assert text(json.loads(output.value)["reason"], "en")
