"""The daily report from real tables, on both engines, against approved files. Renew them with RISKSTREAM_APPROVE=1 and read the diff."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.as_json import daily_json
from reports.daily import DailyReport, UnknownRegion, daily_report
from reports.facts import DayFacts, facts_of
from reports.text import daily_text, width_of
from streams.sinks.chdb_engine import ChdbEngine
from streams.sinks.clickhouse_engine import ClickHouseEngine
from streams.sinks.ports import SinkEngine
from streams.sinks.sink import Sink
from tests.support import day_of_outputs

GOLDEN = Path(__file__).parents[1] / "data" / "reports"
_numbers = itertools.count()


@pytest.fixture(scope="module", params=["chdb", "clickhouse"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DayFacts]:
    """The day's facts, out of an engine that a sink has filled; every batch was stored twice."""
    import asyncio

    database = f"report_{next(_numbers)}"
    if request.param == "clickhouse":
        server = request.getfixturevalue("clickhouse_server")
    else:
        pytest.importorskip("chdb")
        server = None
    folder = tmp_path_factory.mktemp("chdb")

    def connect() -> SinkEngine:
        return ChdbEngine(folder, database) if server is None else ClickHouseEngine(server.url, database)

    async def fill() -> None:
        for _ in range(2):
            sink = Sink(connect)
            await sink.open()
            sink._positions = {}
            await sink.take(day_of_outputs.batches())
            await sink.close()

    asyncio.run(fill())
    engine = connect()
    yield facts_of(engine, day_of_outputs.DAY)
    engine.close()


def approved(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("RISKSTREAM_APPROVE"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("region", "by", "lang"),
    [("2109", None, "zh"), ("2109", None, "en"), ("2109", "enterprise", "zh"), ("210921", None, "zh"), ("PK1", None, "zh")],
)
def test_text(facts: DayFacts, region: str, by: Any, lang: Any) -> None:
    report = daily_report(facts, region, by, lang)
    approved(f"daily-{region}-{by or 'auto'}-{lang}.txt", daily_text(report, lang))


def test_json(facts: DayFacts) -> None:
    said = json.dumps(daily_json(daily_report(facts, "2109")), ensure_ascii=False, indent=1) + "\n"
    approved("daily-2109.json", said)


def city(facts: DayFacts) -> DailyReport:
    return daily_report(facts, "2109")


def test_numbers_by_hand(facts: DayFacts) -> None:
    """Five open enterprises in the city: E1, E2, E3, E4, E6."""
    total = city(facts).total
    assert total.enterprises == 5
    c = total.commitments
    assert ((c.on_time.part, c.on_time.of), c.late, c.missing, c.incomplete, c.pending) == ((2, 5), 1, 0, 1, 1)
    s = total.system
    assert (s.count.part, s.count.of) == (3, 5)  # E2 is down at the end, E6 was never heard of
    assert (s.count_unfiled.part, s.count_unfiled.of) == (3, 4)  # E2 has filed it
    assert (s.seconds.part, s.seconds.of) == (120 * 570 + 90 * 600 + 110 * 600 + 120 * 600, 4 * 120 * 600)
    assert (s.seconds_unfiled.part, s.seconds_unfiled.of) == (s.seconds.part, s.seconds.of - 15 * 600)
    v = total.video
    assert (v.count.part, v.count.of) == (3, 5)  # E1-C1 is off; the camera of E6 was never seen
    assert (v.seconds.part, v.seconds.of) == (120 * 60 + 60 * 60 + 120 * 30 + 120 * 60, 4 * 120 * 60)
    w = total.warnings
    assert (w.notices, w.orders, w.orders_open, w.reports_overdue) == (3, 1, 1, 1)
    assert (w.red, w.orange, w.yellow, w.blue, w.downgrades, w.clears, w.drills) == (1, 1, 1, 0, 1, 1, 1)
    a = total.alarms
    assert (a.raised, a.raised_cleared.part, a.raised_in_time.part, a.cleared, a.overdue) == (3, 2, 1, 3, 1)


def test_rankings_by_hand(facts: DayFacts) -> None:
    rows = {row.code: row.ranks for row in city(facts).rows}
    assert {code: r.commitment for code, r in rows.items()} == {"GX01": 1, "210921": 2, "210902": 3}
    assert rows["GX01"].system == 1
    assert rows["210902"].video is None, "the only camera of Haizhou was never seen: no rate, no place"
    assert [row.code for row in city(facts).rows] == ["GX01", "210921", "210902"]


def test_offline_by_hand(facts: DayFacts) -> None:
    offline = [(o.rank, o.code, o.offline_s // 60, o.filed_s // 60, o.unreported) for o in city(facts).offline]
    assert offline == [(1, "E6", 120, 0, True), (2, "E2", 30, 15, False), (3, "E3", 10, 0, False)]


def test_what_is_orange_or_above_at_the_end(facts: DayFacts) -> None:
    """E1 went up to orange; E2 was cleared; the red of E4 is of the next day; drills and other cities do not count."""
    assert [(h.level, h.enterprise) for h in city(facts).high] == [("orange", "E1")]
    assert [(h.level, h.enterprise) for h in daily_report(facts, "2111").high] == [("red", "X1")]


def test_the_registry_is_that_of_the_end_of_the_day(facts: DayFacts) -> None:
    names = {e.code: (e.name, e.region) for e in facts.enterprises}
    assert names["E1"] == ("恒远化工", "210921")
    assert "GONE" not in names


def test_scope_follows_parent_links(facts: DayFacts) -> None:
    assert [r.code for r in daily_report(facts, "GX01").rows] == ["E4"]
    assert [r.code for r in daily_report(facts, "PK1").rows] == ["E1", "E2"]
    with pytest.raises(UnknownRegion):
        daily_report(facts, "21")


def test_lines_of_a_table_are_equally_wide(facts: DayFacts) -> None:
    lines = daily_text(city(facts)).splitlines()
    rule = next(i for i, line in enumerate(lines) if line.startswith("--"))
    assert len({width_of(line) for line in lines[rule : rule + 4]}) == 1


def test_another_day_is_empty_but_not_an_error(facts: DayFacts) -> None:
    empty = DayFacts("2026-03-09", facts.to_ms, facts.to_ms + 1, facts.regions, facts.parks, facts.enterprises)
    report = daily_report(empty, "2109")
    assert report.total.commitments.pending == 5
    assert report.total.system.seconds.percent is None
    assert "0/5 (0.00%)" in daily_text(report)


def test_the_hash_is_of_the_input(facts: DayFacts) -> None:
    assert city(facts).input_hash == facts.hash()
    assert facts.hash() != facts_with_another_date(facts).hash()


def facts_with_another_date(facts: DayFacts) -> DayFacts:
    import msgspec

    day = day_of_outputs.DAY + timedelta(days=1)
    return msgspec.structs.replace(facts, date=day.isoformat())
