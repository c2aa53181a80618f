"""Laws over whole scripts: outputs do not depend on cuts, on restarts or on the compiler; worse readings and lost data never lower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import Phase, given, settings

from streams.domain.columns import Coordinates, Rejected
from streams.domain.log import Output
from streams.domain.messages import (
    DutyRecord,
    EnterpriseAlarm,
    InterlockState,
    Outage,
    ParametersPublished,
    PositioningAlarm,
    PreventionIndicator,
    RulesPublished,
    SpecialPeriod,
    VideoAlarm,
    VideoStatus,
    Weather,
    WorkPermit,
)
from streams.domain.registry import Limits, Region
from streams.engine.engine import Engine
from tests.scenarios.group_rules import group_rules
from tests.scenarios.plants import QUIET, gas, plant, pressure, source, tank_level, temperature
from tests.scenarios.timeline import FrameRecord, Said, Timeline, steps

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a script is readable as it is; shrinking one takes many minutes
LEVELS = ("blue", "yellow", "orange", "red")
VALUES = {"P1": (1.0, 1.7, 1.9, 4.2), "T1": (80.0, 160.0, 190.0), "L1": (10.0, 0.5, 17.0, 18.5), "G1": (0.5, 30.0, 60.0, 0.0),
          "G2": (0.5, 30.0, 60.0)}  # fmt: skip
Step = Callable[[Timeline], None]


_USUAL = Limits(h=1.6, hh=1.8)


def _plant(limits: Limits = _USUAL, without: str = "", r: float = 20.0) -> Any:
    points = tuple(
        p for p in (pressure("P1", limits=limits), temperature(), tank_level(), gas("G1"), gas("G2")) if p.code != without
    )
    return plant(source(r=r, points=points), source("S2", r=0.5, points=(pressure("P2"),)))


def _outage(kind: str, ahead_s: int, lasts_s: int, points: list[str]) -> Step:
    def do(line: Timeline) -> None:
        start = line.now_ms + ahead_s * 1000
        line.event(Outage, id=f"O{len(line.records)}", kind=kind, filed_at=line.now_ms, start_at=start, end_at=start + lasts_s * 1000,
                   filed_by="Li", reason="test", points=points)  # fmt: skip

    return do


def _rejected(n: int) -> Step:
    def do(line: Timeline) -> None:
        for i in range(n):
            line.now_ms += 20
            line.add(Rejected(Coordinates(0, 0, "readings", 0, len(line.records) + i), "", "reject.malformed", "", b"{", "E1"))

    return do


def _same_instant(line: Timeline) -> None:
    """Several records at one instant, on the second: the order of the log decides, not the cut."""
    line.now_ms = line.now_ms // 1000 * 1000 + 1000
    for value in (1.9, 1.0, 1.9):
        line.add(FrameRecord("E1", ("P1", "G1", "NOPE"), (value, 60.0, 1.0), line.now_ms - 50))
    line.event(VideoStatus, cameras=["S1-C1"], states=["online"], collected_at=line.now_ms)


def _event(kind: type, /, **fields: Any) -> Step:
    return lambda line: line.event(kind, **fields)


def _action(kind: str, /, **fields: Any) -> Step:
    def do(line: Timeline) -> None:
        until = {"until": line.now_ms + fields["lasts_s"] * 1000} if "lasts_s" in fields else {}
        line.act(kind, **{k: v for k, v in fields.items() if k != "lasts_s"}, **until)

    return do


ACTIONS: list[Step] = [
    _action("shelve", points=["P1"], lasts_s=600, reason="known"),
    _action("acknowledge", points=["P1", "G1"]),
    _action("report", source="S1", reason="smell"),
    _action("out_of_service", points=["P1"], lasts_s=400, reason="stuck", substitute="gauge", on_site=True, role="principal",
            co_signers=["city_office:Wang", "direct_supervisor:Wu"]),
    _action("restore", points=["P1"]),
    _action("unshelve", points=["P1", "NOPE"]),
    _action("shelve", points=["G1"], lasts_s=60, reason="known", role="direct_supervisor"),
    _action("acknowledge", points=["NOPE"]),
    _action("confirm_relaxed", points=["P1"]),
    _action("confirm_relaxed", role="direct_supervisor"),
    _action("supervision_result", role="city_office", source="S1", on_site=True, evidence="seen"),
    _action("disposal_report", source="S1", evidence="shut", reason="seal", measures="replaced"),
    _action("return_report", role="direct_supervisor", source="S1", reason="which seal?"),
]  # fmt: skip
_HOLDS = {"holds.yaml": 'version: "1.1.0"\nmin_s: {value: 300, tag: proposal}\nstale_min_s: {value: 120, tag: proposal}'}
_OF_REGIONS = {
    "regions/R1.yaml": 'region: R1\nversion: "1.0.0"\nholds: {min_s: {value: 900, tag: proposal}}',
    "regions/C1.yaml": 'region: C1\nversion: "1.0.0"\ntiers: {attention_after_s: {value: 60, tag: proposal}}',
}
EVENTS: list[Step] = [
    _event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1"),
    _event(WorkPermit, permit="W1", kind="hot_work", state="closed", source="S1"),
    _event(InterlockState, interlock="S1-SIS", state="bypassed"),
    _event(InterlockState, interlock="S1-SIS", state="normal"),
    _event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="on"),
    _event(VideoAlarm, id="v1", camera="S1-C1", kind="flame", state="off"),
    _event(VideoStatus, cameras=["S1-C1", "NOPE"], states=["masked", "online"], collected_at=0),
    _event(PositioningAlarm, id="p1", kind="sos", state="on", source="S1"),
    _event(PositioningAlarm, id="p1", kind="sos", state="off", source="S1"),
    _event(EnterpriseAlarm, point="P1", state="HH"),
    lambda line: line.commit(measures=""),
    lambda line: line.commit(),
    lambda line: line.add(SpecialPeriod(region="R1", id="h", name="holiday", start_at=line.now_ms, end_at=line.now_ms + 900_000)),
    lambda line: line.add(ParametersPublished(hash="p", files=_HOLDS)),
    lambda line: line.add(ParametersPublished(hash="q", files=_HOLDS, approved_by="Wang")),
    lambda line: line.add(ParametersPublished(hash="r", files=_HOLDS | _OF_REGIONS)),
    lambda line: line.add(ParametersPublished(hash="s", files=_OF_REGIONS, approved_by="Wang")),
    lambda line: line.add_registry("region/R1", Region(code="R1", name="R1", kind="county", parent="C1")),
    lambda line: line.register(msgspec.structs.replace(_plant(), region="R2")),
    lambda line: line.register(_plant(Limits(h=3.0, hh=3.5))),
    lambda line: line.register(_plant(Limits(h=0.8, hh=1.8))),
    lambda line: line.register(_plant(without="P1")),
    lambda line: line.register(_plant(r=200.0)),
    lambda line: line.register(None, "E1"),
    lambda line: line.register(_plant()),
    _outage("outage", 0, 300, ["P1", "T1", "L1"]),
    _outage("calibration", 700, 600, ["G1"]),
    _outage("drill", 0, 500, ["T1"]),
    _rejected(30),
    _same_instant,
    lambda line: line.event(WorkPermit, permit="W1", kind="hot_work", state="suspended", source="S1", gas_test_at=line.now_ms),
    lambda line: line.add(Weather(region="R1", at=line.now_ms, wind_ms=9.0, until=line.now_ms + 200_000)),
    _event(VideoAlarm, id="v2", camera="S1-C1", kind="sleeping", state="on"),
    _event(DutyRecord, id="d", kind="patrol", person="Li", done_at=0),
    _event(
        PreventionIndicator,
        date="2023-11-13",
        risk_analysis=1.0,
        inspection=0.9,
        rectification=1.0,
        inspections_due=10,
        inspections_done=8,
    ),
    _event(EnterpriseAlarm, point="P1", state="normal"),
    _outage("start_up", 20, 100, []),
    lambda line: line.add(RulesPublished(hash="r", files={"common/laws.yaml": CHANGED_RULES})),
    lambda line: line.add(RulesPublished(hash="s", files={"common/laws.yaml": CHANGED_RULES}, approved_by="Wang")),
    lambda line: line.platform_gap(9),
]
CHANGED_RULES = """
schema: 2
rules:
  - {id: work-hours, version: "2.0.0", title: {zh: x, en: x}, scope: source, when: "permit.hot_work.hours > 0.05", effect: {evidence: rule, tier: 3},
     severity: low, reference: none, provenance: proposal, owner: tests}
  - {id: level-hh, version: "2.0.0", title: {zh: x, en: x}, when: "value >= limit.hh", effect: {evidence: hh, tier: 2, side: high},
     severity: low, reference: none, provenance: proposal, owner: tests}
"""
SILENT = (("P1",), ("P1", "T1", "L1"), ())
feeds = st.sampled_from([(p, v) for p, values in VALUES.items() for v in values])


@st.composite
def scripts(draw: st.DrawFn) -> Timeline:
    """A script of feeds, silences, events and actions, with a verification of what it raised near its end."""
    rules = group_rules() if draw(st.booleans()) else None
    line = Timeline(_plant(), start=draw(st.sampled_from(["08:00:05", "09:50:00"])), plain=True, rules=rules)
    for point, value in QUIET.items():
        line.feed(point, value)
    line.feed("P2", 1.0)
    for _ in range(draw(st.integers(3, 12))):
        kind = draw(st.integers(0, 9))
        if kind < 5:
            point, value = draw(feeds)
            line.feed(point, value)
        elif kind == 5:
            line.silence(*SILENT[draw(st.integers(0, 2))])
        else:
            todo = ACTIONS if kind == 6 else EVENTS
            todo[draw(st.integers(0, len(todo) - 1))](line)
        line.wait(seconds=draw(st.sampled_from([0, 0.3, 5, 12, 40, 130, 340])))
    raised = [r.cause for w in line.play([]).warnings() for r in w.reasons]
    verified: bool = draw(st.booleans())
    if raised and verified:
        line.verify(*raised[-4:], role="principal", co_signers=["city_office:Wang", "direct_supervisor:Wu"])
    line.wait(seconds=draw(st.sampled_from([5, 700, 1300])))
    return line


def _outputs(line: Timeline, cuts: list[int], restart: bool = False) -> tuple[list[Output], str]:
    engine = line.engine()
    outputs: list[Output] = []
    for cut, decoded in steps(line.records, cuts, line.now_ms + 1):
        outputs += engine.apply(cut, decoded).outputs
        if restart:
            engine = Engine.restore(0, 1, engine.snapshot(), plain=line.plain)
    return outputs, engine.state.hash


def _first_difference(a: list[Output], b: list[Output]) -> str:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return f"output {i}:\n{x}\n{y}"
    return f"{len(a)} and {len(b)} outputs"


@settings(max_examples=25, phases=PHASES)
@given(scripts(), st.data())
def test_outputs_do_not_depend_on_how_the_log_is_cut(line: Timeline, data: st.DataObject) -> None:
    whole, whole_hash = _outputs(line, [])
    cuts = data.draw(st.lists(st.integers(1, max(1, len(line.records) - 1)), max_size=30))
    some, some_hash = _outputs(line, cuts)
    every, every_hash = _outputs(line, list(range(len(line.records))))
    assert some == whole, _first_difference(whole, some)
    assert every == whole, _first_difference(whole, every)
    assert whole_hash == some_hash == every_hash


@settings(max_examples=25, phases=PHASES)
@given(scripts(), st.data())
def test_a_restart_at_any_place_changes_nothing(line: Timeline, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(1, max(1, len(line.records) - 1)), max_size=8))
    straight, straight_hash = _outputs(line, cuts)
    restarted, restarted_hash = _outputs(line, cuts, restart=True)
    assert restarted == straight, _first_difference(straight, restarted)
    assert restarted_hash == straight_hash


@pytest.mark.slow
@settings(max_examples=15, phases=PHASES)
@given(scripts())
def test_compiled_and_plain_kernels_say_the_same(line: Timeline) -> None:
    plain, _ = _outputs(line, [])
    line.plain = False
    compiled, _ = _outputs(line, [])
    assert compiled == plain, _first_difference(plain, compiled)


# --- monotony ----------------------------------------------------------------------------------------------------------------
def _levels_over_time(said: Said, code: str) -> list[tuple[int, int]]:
    return [(v.at_ms, LEVELS.index(v.level)) for v in said.levels(code)]


def _at(levels: list[tuple[int, int]], at_ms: int) -> int:
    return next((level for since, level in reversed(levels) if since <= at_ms), 0)


profiles = st.lists(
    st.tuples(st.sampled_from([1.0, 1.2, 1.7, 1.9, 3.0]), st.sampled_from([5, 15, 60, 300, 650])), min_size=1, max_size=10
)


@settings(max_examples=25, phases=PHASES)
@given(profiles, st.lists(st.sampled_from([0.0, 0.2, 0.9, 5.0]), min_size=10, max_size=10), st.sampled_from([0.5, 20.0, 200.0]))
def test_a_reading_further_in_the_dangerous_direction_never_lowers_a_level(
    profile: list[tuple[float, int]], more: list[float], r: float
) -> None:
    def played(extra: list[float]) -> Said:
        line = Timeline(plant(source(r=r, points=(pressure(), temperature()))), plain=True)
        line.feed("T1", 80.0)
        for (value, seconds), add in zip(profile, extra, strict=False):
            line.feed("P1", value + add)
            line.wait(seconds=seconds)
        line.wait(minutes=1)
        return line.said

    low, high = (_levels_over_time(played(extra), "S1") for extra in ([0.0] * 10, more))
    for at_ms in sorted({t for t, _ in (*low, *high)}):
        assert _at(high, at_ms) >= _at(low, at_ms), f"{at_ms}: {low} {high}"


@settings(max_examples=25, phases=PHASES)
@given(scripts())
def test_after_all_data_are_lost_no_level_goes_down(line: Timeline) -> None:
    """Nobody acts, nothing is read: whatever a source is, it stays or gets worse. (Site management may still end.)"""
    lost_ms = line.now_ms
    line.add(PositioningAlarm(enterprise="E1", id="p1", kind="sos", state="off", at=line.now_ms))
    line.silence()
    line.period_ms = 5000
    line.feed("X", 0.0, enterprise="E0")
    line.wait(hours=1)
    downs = [w for w in line.said.warnings(source="S1") if w.at_ms > lost_ms and w.kind in ("downgrade", "clear")]
    for w in downs:
        ended = {r.code for r in w.reasons if "ended_ms" in r.detail}
        plain = {"cause.report", "cause.lost_serious", "cause.lost_attention", "cause.out_of_service", "cause.flame", "cause.fire_process",
                 "cause.blind"}  # fmt: skip
        assert ended <= plain, f"ended without a reading: {ended}"
