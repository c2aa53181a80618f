"""Facts of many sites at once are those that each site has when it is read alone."""

from __future__ import annotations

from typing import Any

import pytest

from streams.domain.messages import DutyRecord, PositioningAlarm, WorkPermit
from streams.engine.groups import features as of_features
from streams.engine.groups.layout import TABLES
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES
from tests.scenarios.plants import QUIET, plant, source
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
