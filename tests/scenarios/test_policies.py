"""Numbers by region: the nearest region above an enterprise wins, what relaxes waits for an approver or the supervisor, place by place."""

from __future__ import annotations

import json
from typing import Any

from streams.domain.columns import RegistryChange
from streams.domain.explained import lines
from streams.domain.messages import ParametersPublished
from streams.domain.registry import Enterprise, Region
from streams.engine.engine import Engine
from streams.engine.explaining.explaining import explain
from tests.scenarios.plants import QUIET, plant, source
from tests.scenarios.test_rule_language import published
from tests.scenarios.timeline import Timeline, steps

WORSE = [["blue"] * 4, ["yellow"] * 4, ["orange"] * 4, ["red"] * 4, ["red"] * 4]


def sourced(value: Any) -> dict[str, Any]:
    return {"value": value, "tag": "proposal"}


def of_region(region: str, **sections: dict[str, Any]) -> dict[str, str]:
    """The file of a region, `min_s=1200` of holds given as holds={"min_s": 1200}."""
    fields = {name: {key: value if isinstance(value, dict) else sourced(value) for key, value in given.items()}
              for name, given in sections.items()}  # fmt: skip
    return {f"parameters/regions/{region}.yaml": json.dumps({"region": region, "version": "1.0.0", **fields})}


def places(line: Timeline) -> None:
    """County R1 in city C1, R2 in city C2, both in province V1."""
    for code, kind, parent in (
        ("V1", "province", None),
        ("C1", "city", "V1"),
        ("C2", "city", "V1"),
        ("R1", "county", "C1"),
        ("R2", "county", "C2"),
    ):
        line.add(RegistryChange(f"region/{code}", Region(code=code, name=code, kind=kind, parent=parent)))  # type: ignore[arg-type]


def in_region(region: str, code: str = "E1", r: float = 0.5) -> Enterprise:
    return plant(source(f"S-{code}", r=r), code=code, region=region)


def publish(line: Timeline, *files: dict[str, str], approved_by: str = "Wang") -> None:
    together = {path: text for given in files for path, text in given.items()}
    line.add(ParametersPublished(hash="p", files=together, approved_by=approved_by))


def two(*files: dict[str, str], approved_by: str = "Wang") -> Timeline:
    """E1 in R1 and E2 in R2, all quiet."""
    line = Timeline(plain=True)
    places(line)
    for code, region in (("E1", "R1"), ("E2", "R2")):
        line.register(in_region(region, code))
        for point, value in QUIET.items():
            line.feed(point, value, enterprise=code)
    line.enterprise = "E1"
    publish(line, *files, approved_by=approved_by)
    line.wait(minutes=1)
    return line


def excess(line: Timeline, minutes: float = 1.0) -> None:
    """HH for a minute at every enterprise, then good."""
    for value, wait in ((1.9, minutes), (1.0, 0.0)):
        for code in ("E1", "E2"):
            line.feed("P1", value, enterprise=code)
        line.wait(minutes=wait)


def played(line: Timeline) -> Engine:
    engine = line.engine()
    for cut, decoded in steps(line.records, range(0, len(line.records), 500), line.now_ms + 1):
        engine.apply(cut, decoded)
    return engine


def levels(line: Timeline) -> list[str]:
    return [line.level("S-E1"), line.level("S-E2")]


def test_a_matrix_of_one_region_makes_other_levels_there_and_nowhere_else() -> None:
    line = two(of_region("R2", matrix={"hazchem": {"rows": sourced(WORSE)}}))
    excess(line)
    assert levels(line) == ["yellow", "orange"]


def test_a_hold_of_one_region_lasts_longer_there_and_nowhere_else() -> None:
    line = two(of_region("C2", holds={"min_s": 1200}))
    excess(line)
    line.wait(minutes=11)
    assert levels(line) == ["blue", "yellow"]
    line.wait(minutes=10)
    assert levels(line) == ["blue", "blue"]


def test_the_nearest_region_wins_number_by_number() -> None:
    line = two(
        of_region("V1", holds={"min_s": 1800, "stale_min_s": 300}),
        of_region("C1", holds={"min_s": 1200}),
        of_region("R1", holds={"periods": 4}),
    )
    desk = played(line).desk
    assert [desk.policy("E1").holds.min_s, desk.policy("E1").holds.periods, desk.policy("E1").holds.stale_min_s] == [1200, 4, 300]
    assert [desk.policy("E2").holds.min_s, desk.policy("E2").holds.periods] == [1800, 3]
    assert desk.parameters.holds.min_s == 600


def test_codes_are_no_prefixes() -> None:
    line = two(of_region("R", holds={"min_s": 1200}), of_region("R11", holds={"min_s": 1200}))
    assert played(line).desk.policy("E1").holds.min_s == 600


def test_a_relaxation_of_one_region_that_nobody_signed_is_judged_by_the_stricter() -> None:
    mild = [["blue"] * 4, ["blue"] * 4, ["yellow"] * 4, ["orange"] * 4, ["red"] * 4]
    line = two(of_region("R1", holds={"min_s": 300}, matrix={"hazchem": {"rows": sourced(mild)}}), approved_by="")
    desk = played(line).desk
    assert desk.policy("E1") == desk.parameters
    excess(line)
    line.wait(minutes=9)
    assert levels(line) == ["yellow", "yellow"]
    assert len(line.said.findings(code="finding.parameters_pending")) == 1


def test_a_tightening_of_one_region_acts_at_once_beside_a_relaxation_that_waits() -> None:
    line = two(of_region("R1", holds={"min_s": 1200}), of_region("R2", holds={"min_s": 300}), approved_by="")
    excess(line)
    line.wait(minutes=9)
    assert levels(line) == ["yellow", "yellow"]
    line.wait(minutes=2)
    assert levels(line) == ["yellow", "blue"]


def test_leaving_a_stricter_region_out_of_the_files_is_a_relaxation() -> None:
    line = two(of_region("R1", holds={"min_s": 1200}))
    publish(line, approved_by="")
    assert played(line).desk.policy("E1").holds.min_s == 1200
    publish(line, approved_by="Wang")
    assert played(line).desk.policy("E1").holds.min_s == 600


def test_what_waits_is_kept_while_it_makes_a_difference() -> None:
    """Tightened unsigned, then taken back unsigned: the tightening stays."""
    line = two(of_region("R1", holds={"min_s": 1200}), approved_by="")
    publish(line, approved_by="")
    desk = played(line).desk
    assert desk.policy("E1").holds.min_s == 1200
    assert desk.policy("E2").holds.min_s == 600


def test_an_enterprise_that_moves_to_a_stricter_region_is_judged_by_it_at_once() -> None:
    line = two(of_region("R2", matrix={"hazchem": {"rows": sourced(WORSE)}}))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    assert line.level("S-E1") == "yellow"
    line.register(in_region("R2"))
    line.wait(seconds=5)
    assert line.level("S-E1") == "orange"


def test_one_that_moves_to_a_milder_region_keeps_the_stricter_numbers_until_its_supervisor_confirms() -> None:
    line = two(of_region("R1", matrix={"hazchem": {"rows": sourced(WORSE)}}))
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.register(in_region("R2"))
    line.wait(minutes=20)
    assert line.level("S-E1") == "orange"
    assert [(f.enterprise, f.detail["what"]) for f in line.said.findings(code="finding.relaxing_pending")] == [("E1", "region")]
    line.act("confirm_relaxed", role="direct_supervisor")
    line.wait(minutes=1)
    assert line.level("S-E1") == "orange"  # serious evidence is 15 min old: one level up, in any matrix
    assert played(line).desk.policy("E1").matrix.hazchem.rows[2][0] == "yellow"


def test_a_region_that_gets_another_one_above_it_takes_its_numbers_along() -> None:
    line = two(of_region("C1", holds={"min_s": 1200}))
    line.add_registry("region/R2", Region(code="R2", name="R2", kind="county", parent="C1"))
    assert played(line).desk.policy("E2").holds.min_s == 1200
    line.add_registry("region/R1", Region(code="R1", name="R1", kind="county", parent="C2"))
    assert played(line).desk.policy("E1").holds.min_s == 1200
    assert [(f.enterprise, f.detail["what"]) for f in line.said.findings(code="finding.relaxing_pending")] == [("E1", "region")]


def test_patience_of_a_region_is_that_of_its_points() -> None:
    line = two(of_region("R2", holds={"stale_min_s": 120}))
    line.silence("P1")
    line.silence("P1", enterprise="E2")
    line.wait(minutes=3)
    assert [f.enterprise for f in line.said.findings(code="finding.point_lost")] == ["E2"]


def test_an_explanation_names_the_region_whose_numbers_are_in_force() -> None:
    engine = played(two(of_region("C2", holds={"min_s": 1200})))
    assert "policy" not in explain(engine, "E1", "").versions
    told = explain(engine, "E2", "")
    assert told.versions["policy"] == "C2 1.0.0"
    assert any("C2 1.0.0" in line and "地区参数" in line for line in lines(told, "zh"))
    assert any(line == "numbers of regions in force: C2 1.0.0" for line in lines(told, "en"))


def test_a_restart_changes_no_policy() -> None:
    engine = played(two(of_region("R1", holds={"min_s": 1200}), of_region("R2", holds={"min_s": 300}), approved_by=""))
    again = Engine.restore(0, 1, engine.snapshot(), plain=True)
    assert again.desk.parameters_hash == engine.desk.parameters_hash
    assert [again.desk.policy(e) for e in ("E1", "E2")] == [engine.desk.policy(e) for e in ("E1", "E2")]


def test_too_many_sets_that_wait_are_refused_aloud() -> None:
    line = two(of_region("R1", holds={"min_s": 601}), approved_by="")
    for n in range(12):  # each tightens another number of another region, and takes the one before back
        publish(line, of_region(f"X{n}", holds={"min_s": 700 + n}), approved_by="")
    assert played(line).desk.policy("E1").holds.min_s == 601
    assert line.said.findings(code="finding.parameters_refused")


def test_numbers_that_move_grades_lay_the_rules_of_points_anew() -> None:
    """A graver column selects other rules from this moment on, not from the next record of the registry."""
    line = Timeline(plain=True)
    published(line, "value >= 1.2 MPa", "grave", "{quantity: [pressure], grade: [I]}")
    line.register(in_region("R1", r=0.0))
    line.enterprise = "E1"
    for point, value in (QUIET | {"P1": 1.3}).items():
        line.feed(point, value)
    line.wait(minutes=2)
    assert line.said.alarms() == []
    # nothing is known of what it holds; which column that takes is a number
    publish(line, {"columns.yaml": json.dumps({"version": "1.1.0", "unknown": sourced("I")})})
    line.wait(minutes=2)
    assert {a.rule for a in line.said.alarms(kind="alarm_on")} == {"grave"}
