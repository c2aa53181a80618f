"""Rules, parameters, models and partitions: what changes under a running engine, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest

from models.detectors.artefact import made
from streams.domain.columns import RegistryChange
from streams.domain.log import Cut
from streams.domain.messages import ModelPublished, ParametersPublished, RulesPublished
from streams.domain.partitions import partition_of
from streams.engine.engine import Engine
from streams.engine.rules import files_hash
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import FrameRecord, Record, Said, Timeline, decoded_of, running

RULE = """
schema: 2
rules:
  - id: pressure-hh
    version: "{version}"
    title: {{zh: 压力高高, en: pressure high-high}}
    select: {{quantity: [pressure]}}
    when: "value >= {threshold} MPa"
    effect: {{evidence: hh, tier: 2, side: high}}
    on_delay_s: 10
    off_delay_s: 10
    reference: test
    provenance: proposal
    owner: test
"""


def rules(threshold: object, version: str = "1.0.0") -> Mapping[str, str]:
    return {"hazchem/pressure.yaml": RULE.format(threshold=threshold, version=version)}


def publish(line: Timeline, files: Mapping[str, str], approved_by: str = "") -> None:
    line.add(RulesPublished(hash=files_hash(files), files=dict(files), approved_by=approved_by))


def with_rules(approved_by: str = "Wang") -> Timeline:
    """An engine that has its rules from the log and nothing else."""
    line = Timeline(plant(source(r=0.5)))
    line.rules = None
    publish(line, rules(1.8), approved_by)
    for point, value in QUIET.items():
        line.feed(point, value)
    line.commit()
    line.wait(minutes=1)
    return line


def test_the_first_set_needs_no_approver_because_nothing_is_judged_without_it() -> None:
    line = with_rules(approved_by="")
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert line.said.warnings()[0].reasons[0].rule == "pressure-hh"


def test_a_tighter_rule_acts_at_once() -> None:
    line = with_rules()
    publish(line, rules(0.9, "1.0.1"))
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_a_laxer_rule_waits_for_a_named_approver_and_is_judged_beside_the_old_one() -> None:
    line = with_rules()
    publish(line, rules(3.0, "1.0.1"))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    assert len(line.said.findings(code="finding.rules_pending")) == 1


def test_a_removed_rule_waits_for_a_named_approver() -> None:
    line = with_rules()
    publish(line, {"hazchem/pressure.yaml": "schema: 2\nrules: []"})
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"


def test_an_approved_laxer_rule_acts_and_what_it_ends_is_called_a_change_of_configuration() -> None:
    line = with_rules()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    publish(line, rules(3.0, "1.0.1"), approved_by="Wang")
    line.wait(minutes=15)
    assert line.level("S1") == "blue"
    clear = line.said.warnings()[-1]
    assert (clear.kind, clear.cause) == ("clear", "config")


def test_a_recovery_after_a_change_of_rules_is_a_recovery() -> None:
    line = with_rules()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    publish(line, rules(1.7, "1.0.1"), approved_by="Wang")
    line.feed("P1", 1.0)
    line.wait(minutes=15)
    clear = line.said.warnings()[-1]
    assert (clear.kind, clear.cause) == ("clear", "real")


def test_publishing_the_same_rules_again_changes_nothing() -> None:
    line = with_rules()
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    before = [(w.kind, w.at_ms) for w in line.said.warnings()]
    publish(line, rules(1.8))
    line.wait(minutes=1)
    assert [(w.kind, w.at_ms) for w in line.said.warnings()] == before
    assert line.said.findings(code="finding.rules_pending") == []


def test_an_unapproved_shorter_hold_is_not_taken() -> None:
    line = running(plant(source(r=0.5)), QUIET)
    line.add(ParametersPublished(hash="p", files={"holds.yaml": 'version: "1.1.0"\nmin_s: {value: 10, tag: proposal}'}))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.feed("P1", 1.0)
    line.wait(minutes=9)
    assert line.level("S1") == "yellow"
    assert len(line.said.findings(code="finding.parameters_pending")) == 1


def test_parameters_that_cannot_be_read_are_refused_and_said() -> None:
    line = running(plant(source(r=0.5)), QUIET)
    line.add(
        ParametersPublished(
            hash="p", files={"holds.yaml": 'version: "1.1.0"\nmin_sec: {value: 10, tag: proposal}'}, approved_by="Wang"
        )
    )
    assert len(line.said.findings(code="finding.parameters_refused")) == 1


# --- models ------------------------------------------------------------------------------------------------------------------
def detector(points: list[str]) -> ModelPublished:
    """Mahalanobis with unit covariance around (1, 80): one row over its limit opens the alarm."""
    k = len(points)
    meta = {"points": points, "period_s": 5.0, "open_rows": 2, "rearm_rows": 2, "kind": "mahalanobis"}
    arrays = {
        "center": np.array([1.0, 80.0][:k]), "scale": np.array([0.05, 2.0][:k]), "precision": np.eye(k), "forms": np.eye(k)[None],
        "chart_form": np.zeros(1), "chart_lambda": np.ones(1), "chart_limit": np.full(1, 25.0), "chart_start": np.zeros(1),
        "chart_on_data": np.zeros(1),
    }  # fmt: skip
    artefact = made("mahalanobis", meta, arrays)
    return ModelPublished(
        source="S1", hash=artefact.hash, kind=artefact.kind, points=points, arrays=artefact.arrays, meta=artefact.meta
    )


def with_model(r: float = 0.5) -> Timeline:
    line = running(plant(source(r=r)), QUIET)
    line.add(detector(["P1", "T1"]))
    line.wait(minutes=1)
    return line


def test_a_model_lifts_by_one_step_and_names_what_it_looked_at() -> None:
    line = with_model()
    assert line.highest("S1") == "blue"
    line.feed("P1", 1.5)
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"
    (reason,) = line.said.warnings()[-1].reasons
    assert (reason.code, reason.detail["points"][0]) == ("cause.management_model", "P1")
    assert reason.detail["model"]


@pytest.mark.parametrize("r", [0.5, 200.0])
def test_a_model_never_makes_red_and_never_lowers(r: float) -> None:
    line = with_model(r)
    line.feed("P1", 1.9)
    line.wait(minutes=14)
    assert line.highest("S1") == "orange"
    line = with_model(r)
    line.feed("T1", 190.0)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.add(detector(["P1", "T1"]))  # a fresh model has no alarm
    line.wait(minutes=5)
    assert line.level("S1") == line.highest("S1")


def test_a_model_that_lies_about_its_content_is_refused() -> None:
    line = with_model()
    line.add(msgspec.structs.replace(detector(["P1", "T1"]), hash="0" * 64))
    assert len(line.said.findings(code="finding.model_refused")) == 1


def test_a_model_survives_a_restart() -> None:
    line = with_model()
    line.feed("P1", 1.5)
    line.wait(seconds=4)
    engine = line.engine()
    engine.apply(Cut(partition=0, number=0, log_ms=line.now_ms), decoded_of(line.records))
    again = Engine.restore(0, 1, engine.snapshot())
    end = line.now_ms + 60_000
    frames = [Record(t, FrameRecord("E1", ("P1", "T1"), (1.5, 80.0), t - 100)) for t in range(line.now_ms + 1000, end, 5000)]
    cut = Cut(partition=0, number=1, log_ms=end)
    assert again.apply(cut, decoded_of(frames)) == engine.apply(cut, decoded_of(frames))


# --- partitions --------------------------------------------------------------------------------------------------------------
def test_each_partition_keeps_its_own_enterprises_and_refuses_the_others_aloud() -> None:
    codes = [f"E{i}" for i in range(12)]
    enterprises = [plant(source(f"S{c}", points=(pressure(f"P{c}"),)), code=c) for c in codes]
    registry = [Record(1_700_000_000_000, RegistryChange(f"enterprise/{e.code}", e)) for e in enterprises]
    frames = [Record(1_700_000_001_000, FrameRecord(c, (f"P{c}",), (1.0,), 1_700_000_000_900)) for c in codes]
    seen: list[str] = []
    for partition in range(3):
        engine = Engine(partition, 3)
        cut = Cut(partition=partition, number=0, log_ms=1_700_000_002_000)
        said = Said(engine.apply(cut, decoded_of([*registry, *frames])).outputs)
        own = [c for c in codes if partition_of(c, 3) == partition]
        seen += engine.state.sites
        assert list(engine.state.sites) == own
        refused = {d["enterprise"] for d in said.raw("dead-letters") if d["reason"] == "reject.wrong_partition"}
        assert refused == set(codes) - set(own)
    assert sorted(seen) == sorted(codes)


def test_a_checkpoint_of_another_partition_is_refused() -> None:
    with pytest.raises(ValueError, match="checkpoint of partition"):
        Engine.restore(1, 3, Engine(0, 3).snapshot())


def test_versions_name_what_an_outcome_depends_on() -> None:
    line = with_model()
    engine = line.engine()
    before = engine.versions()
    engine.apply(Cut(partition=0, number=0, log_ms=line.now_ms), decoded_of(line.records))
    after = engine.versions()
    assert before["models"] != after["models"]
    assert {"engine", "numpy", "numba", "parameters", "rules", "models"} <= after.keys()


def test_ids_are_given_once_and_kept_when_a_point_comes_back() -> None:
    line = Timeline(plant(source(points=(pressure("P1"), pressure("P2")))))
    line.wait(seconds=5)
    line.register(plant(source(points=(pressure("P2"), pressure("P3")))))
    line.register(plant(source(points=(pressure("P3"), pressure("P1"), pressure("P2")))))
    engine = line.engine()
    engine.apply(Cut(partition=0, number=0, log_ms=line.now_ms + 1), decoded_of(line.records))
    assert [p.code for p in engine.state.points] == ["P1", "P2", "P3"]
    assert [p.removed for p in engine.state.points] == [False, False, False]


def test_frames_of_an_unregistered_enterprise_are_dead_letters_until_it_is_registered() -> None:
    line = Timeline()
    line.enterprise = "E1"
    line.feed("P1", 1.0)
    line.wait(seconds=10)
    line.register(plant(source(points=(pressure(),))))
    line.wait(seconds=10)
    assert [d["reason"] for d in line.said.raw("dead-letters")] == ["reject.unknown_enterprise"] * 2
