"""What people read in the log is what the database holds: the same stack with roll-up and the embedded ClickHouse engine behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from riskstream.report import daily
from streams.sinks.engines import connector
from tests.scenarios.timeline import Said
from tests.stack.casting import Case, case
from tests.stack.stage import perform, script

pytest.importorskip("chdb")
pytestmark = pytest.mark.slow
DATE = "2023-11-14"  # of the scripts, in local time


def cast() -> list[Case]:
    run, quiet = case("RUN", 20.0), case("CALM", 20.0)
    run.feed("T1", 190.0)
    run.feed("P1", 1.9)
    for line in (run, quiet):
        line.wait(minutes=5)
    return [run, quiet]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stored")


@pytest.fixture(scope="module")
def said(folder: Path) -> Said:
    lines = cast()
    return perform(folder, script(*lines), lines[0].now_ms, role="all", sink=f"chdb:{folder / 'clickhouse'}")


def test_every_warning_of_the_log_is_a_row_and_no_row_is_made_up(said: Said, folder: Path) -> None:
    engine = connector(f"chdb:{folder / 'clickhouse'}")()
    try:
        rows = engine.query("SELECT id, kind, level, source FROM riskstream.warnings FINAL")
        report = daily(engine, "R1", date.fromisoformat(DATE), "enterprise", "en")
    finally:
        engine.close()
    wanted = [(w.id, w.kind, w.level, w.source) for w in said.story()]
    assert sorted(map(tuple, rows)) == sorted(wanted) != []
    assert [row.code for row in report.rows if row.measures.warnings.red] == ["RUN"]
    assert {row.code for row in report.rows} == {"RUN", "CALM"}
