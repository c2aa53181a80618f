"""Facts of many sites at once are those that each site has when it is read alone."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import DutyRecord, EnterpriseAlarm, PositioningAlarm, WorkPermit
from streams.engine.groups import features as of_features
from streams.engine.groups.layout import TABLES, Table
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES
from tests.scenarios.plants import QUIET, plant, pressure, source
from tests.scenarios.timeline import Timeline, steps


def test_sites_that_have_nothing_of_a_family_are_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Timeline(plant(source(r=0.5)), *(plant(source(r=0.5), code=f"E{i}") for i in (7, 8, 9)), plain=True)
    for point, value in {**QUIET, "P1": 1.9}.items():
        line.feed(point, value)
    line.wait(minutes=2)
    line.event(WorkPermit, permit="W1", kind="hot_work", state="started", source="S1")
    line.event(PositioningAlarm, id="A", kind="sos", state="on", source="S1")
    line.event(DutyRecord, id="D1", person="P", kind="patrol", source="S1", result="done", done_at=line.now_ms)
    line.wait(seconds=5)
    engine = line.engine()
    for cut, decoded in steps(line.records, (), line.now_ms):
        engine.apply(cut, decoded)
    groups, names = (
        engine.groups,
        [(name, of_features.table_of(name, table)) for name in EVENT_FEATURES for table in TABLES],
    )

    def read(many: int) -> Any:
        monkeypatch.setattr(of_features, "MANY", many)
        groups.features.ask(names)
        groups.features.grow(groups.layout)
        engine.desk.unread.update((code, "") for code in engine.state.sites)
        changes = groups.features.refresh(engine.desk, groups.layout, engine.silence, line.now_ms)
        shown = {key: (column.value.tolist(), column.kind.tolist()) for key, column in groups.features.columns.items()}
        return shown, changes, sorted(groups.features.turns)

    alone, together = read(1 << 30), read(1)
    assert together == alone
    assert any(any(value) for value, _ in alone[0].values())


@pytest.mark.parametrize("told", [False, True], ids=["silent about its own alarms", "tells of its own alarms"])
def test_facts_after_an_alarm_are_those_of_reading_everything_anew(told: bool) -> None:
    two = plant(source(r=0.5), source("S2", r=0.5, points=(pressure("P2"),)))
    line = Timeline(two, *(plant(source(r=0.5), code=f"E{i}") for i in (7, 8)), plain=True)
    for point, value in {**QUIET, "P2": 1.0}.items():
        line.feed(point, value)
    line.wait(minutes=2)
    if told:
        line.event(EnterpriseAlarm, point="T1", state="H", at=line.now_ms)
    line.feed("P1", 1.9)
    line.feed("P2", 1.7)
    line.wait(minutes=3)
    line.feed("P1", 1.0)
    line.wait(minutes=1)
    engine = line.engine()
    features = engine.groups.features
    own: list[tuple[Table, str]] = [("enterprise", "alarm.open"), ("source", "alarm.open"), ("source", "own_alarm.only_ours")]
    begun, seen = False, set()
    for cut, decoded in steps(line.records, range(0, len(line.records), 5), line.now_ms):
        engine.apply(cut, decoded)
        if not begun and engine.groups.rules:
            features.ask([(name, of_features.table_of(name, table)) for name in EVENT_FEATURES for table in TABLES])
            features.grow(engine.groups.layout)
            engine.desk.unread.update((code, "") for code in engine.state.sites)
            begun = True
        features.refresh(engine.desk, engine.groups.layout, engine.silence, engine.state.log_ms)
        held = {key: (column.value.tolist(), column.kind.tolist()) for key, column in features.columns.items()}
        seen.add(str([held.get(key) for key in own]))
        engine.desk.unread.update((code, "") for code in engine.state.sites)
        assert features.refresh(engine.desk, engine.groups.layout, engine.silence, engine.state.log_ms) == {}
    assert len(seen) >= 3
