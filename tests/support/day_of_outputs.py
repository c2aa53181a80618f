"""A small city with one eventful day as output records: what the reports' golden tests are made of.

City 2109 has counties 210902 and 210921, a high-tech zone whose code has no common prefix (GX01), and a park. Everything that
is in the report was put here by hand, so the numbers in the golden files can be checked with a pencil.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from reports.facts import day_window
from streams.domain.log import Batch, RawRecord
from streams.domain.outputs import CommitmentState, OnlineMinute, PointAlarm, Warning
from streams.domain.registry import Camera, Enterprise, HazardSource, Park, Region

DAY = date(2026, 3, 2)
FROM_MS, TO_MS = day_window(DAY)
MINUTE_MS = 60_000
MINUTES = 120  # stored of the day: from 22:00 to 24:00
FIRST_MS = TO_MS - MINUTES * MINUTE_MS

REGIONS = (
    Region(code="2109", name="阜新市", name_en="Fuxin", kind="city"),
    Region(code="210902", name="海州区", name_en="Haizhou", kind="county", parent="2109"),
    Region(code="210921", name="阜新蒙古族自治县", name_en="Fuxin Mongol County", kind="county", parent="2109"),
    Region(code="GX01", name="高新区", name_en="High-tech Zone", kind="county", parent="2109"),
    Region(code="2111", name="盘锦市", name_en="Panjin", kind="city"),
)
PARK = Park(code="PK1", name="氟产业开发区", name_en="Fluorine Park", region="210921")
# code, name, region, park, cameras, closed
ENTERPRISES = (
    ("E1", "恒远化工", "210921", "PK1", 2, False),
    ("E2", "Apex 精细化学有限公司", "210921", "PK1", 1, False),
    ("E3", "东方气体", "210902", None, 0, False),
    ("E4", "高新材料", "GX01", None, 1, False),
    ("E5", "老厂", "210902", None, 1, True),  # closed: in no number
    ("E6", "北站油库", "210902", None, 1, False),  # registered, nothing was ever heard of it
    ("X1", "盘锦石化", "2111", None, 1, False),  # of another city
)
COMMITMENTS = {"E1": ["on_time"], "E2": ["missing", "late"], "E3": ["incomplete"], "E4": ["on_time"], "X1": ["on_time"]}


def _enterprise(code: str, name: str, region: str, park: str | None, cameras: int, closed: bool) -> Enterprise:
    lenses = tuple(Camera(code=f"{code}-C{i}", name=f"C{i}", place="other") for i in range(cameras))
    source = HazardSource(code=f"{code}-S1", name=f"{name}罐区", kind="tank_farm", cameras=lenses)
    return Enterprise(code=code, name=name, region=region, supervisor=region, park=park, closed=closed, sources=(source,))


def _online(minute: int) -> list[tuple[str, str, int, int, int, int]]:
    """(enterprise, region, online, due, filed, up) of minute 0..119; 10 points each, so 600 point-seconds a minute."""
    down = {
        "E2": minute >= 90,  # the last half hour, half of it filed
        "E3": 10 <= minute < 20,  # ten minutes in between
    }
    regions = {e[0]: e[2] for e in ENTERPRISES}
    rows = []
    for code in ("E1", "E2", "E3", "E4", "X1"):
        is_down = down.get(code, False)
        online = 0 if is_down else 570 if code == "E1" else 600  # E1 lacks half a point
        filed = 600 if code == "E2" and minute >= 105 else 0
        rows.append((code, regions[code], online, 600, filed, 0 if is_down else 60))
    return rows


def _cameras(minute: int) -> list[tuple[str, str, str, int]]:
    """(enterprise, region, camera, online seconds)."""
    return [
        ("E1", "210921", "E1-C0", 60),
        ("E1", "210921", "E1-C1", 60 if minute < 60 else 0),
        ("E2", "210921", "E2-C0", 30),
        ("E4", "GX01", "E4-C0", 60),
        ("X1", "2111", "X1-C0", 60),
    ]


def _aggregates() -> Iterator[Any]:
    for minute in range(MINUTES):
        rows = _online(minute)
        code, region, online, due, filed, up = (list(column) for column in zip(*rows, strict=True))
        yield OnlineMinute(at_ms=FIRST_MS + minute * MINUTE_MS, of="enterprise", region=region, enterprise=code, code=code,
                           online_s=online, due_s=due, filed_s=filed, up_s=up)  # fmt: skip
        owner, county, camera, seconds = (list(column) for column in zip(*_cameras(minute), strict=True))
        yield OnlineMinute(at_ms=FIRST_MS + minute * MINUTE_MS, of="camera", region=county, enterprise=owner, code=camera,
                           online_s=seconds, due_s=[60] * len(owner), filed_s=[0] * len(owner), up_s=seconds)  # fmt: skip
    regions = {e[0]: e[2] for e in ENTERPRISES}
    for code, states in COMMITMENTS.items():  # type: ignore[assignment]
        for state in states:
            yield CommitmentState(enterprise=code, region=regions[code], date=DAY.isoformat(), state=state, at_ms=FROM_MS)  # type: ignore[arg-type, index]
    yield CommitmentState(enterprise="E3", region="210902", date="2026-03-01", state="on_time", at_ms=FROM_MS)


def _warning(number: int, enterprise: str, kind: str, level: str, at_ms: int, **more: Any) -> Warning:
    names = {e[0]: (e[1], e[2]) for e in ENTERPRISES}
    name, region = names[enterprise]
    return Warning(id=f"w{number}", episode=f"ep-{enterprise}", sequence=number, kind=kind, scope="source", enterprise=enterprise,  # type: ignore[arg-type]
                   enterprise_name=name, source=f"{enterprise}-S1", source_name=f"{name}罐区", region=region, level=level, previous="blue",
                   at_ms=at_ms, event_ms=at_ms, **more)  # fmt: skip


def _alarm(number: int, enterprise: str, kind: str, at_ms: int, due_ms: int) -> PointAlarm:
    return PointAlarm(id=f"a{number}", kind=kind, enterprise=enterprise, source=f"{enterprise}-S1", region="", point="P", device="D",  # type: ignore[arg-type]
                      quantity="level", limit_kind="HH", rule="r", at_ms=at_ms, event_ms=at_ms, due_ms=due_ms)  # fmt: skip


def _warnings() -> Iterator[Any]:
    hour = 3_600_000
    yield _warning(1, "E1", "raise", "yellow", FROM_MS - hour)  # the evening before
    yield _warning(2, "E1", "upgrade", "orange", FROM_MS + hour)
    yield _warning(3, "E2", "raise", "red", FROM_MS + 2 * hour)
    for n in range(1, 4):
        yield _warning(20 + n, "E2", "notice", "red", FROM_MS + 2 * hour + n * hour // 2, step="red-notice", n=n)
    yield _warning(24, "E1", "supervision", "orange", FROM_MS - hour, step="city-check", n=1, task="o1")  # yesterday, still open
    yield _warning(25, "E2", "supervision", "red", FROM_MS + 14 * hour, step="city-check", n=1, task="o2")
    yield _warning(26, "E2", "supervision_result", "red", FROM_MS + 15 * hour, step="city-check", n=1, task="o2")
    yield _warning(27, "E1", "report_overdue", "blue", FROM_MS + 20 * hour, step="report", n=1, task="f1")
    yield _warning(4, "E2", "downgrade", "yellow", FROM_MS + 3 * hour)
    yield _warning(5, "E2", "clear", "blue", FROM_MS + 4 * hour)
    yield _warning(6, "E4", "raise", "yellow", TO_MS - 1)  # the last millisecond of the day
    yield _warning(7, "E4", "upgrade", "red", TO_MS)  # the first of the next
    yield _warning(8, "E3", "raise", "red", FROM_MS + hour, drill=True)
    yield _warning(9, "X1", "raise", "red", FROM_MS + hour)
    yield _alarm(1, "E1", "alarm_on", FROM_MS + hour, FROM_MS + 2 * hour)
    yield _alarm(1, "E1", "alarm_off", FROM_MS + hour + 1, FROM_MS + 2 * hour)  # in time
    yield _alarm(2, "E2", "alarm_on", FROM_MS + hour, FROM_MS + 2 * hour)
    yield _alarm(2, "E2", "alarm_overdue", FROM_MS + 2 * hour, FROM_MS + 2 * hour)
    yield _alarm(2, "E2", "alarm_off", FROM_MS + 5 * hour, FROM_MS + 2 * hour)  # cleared, late
    yield _alarm(3, "E2", "alarm_off", FROM_MS + 5 * hour, FROM_MS + 2 * hour)  # raised the day before
    yield _alarm(4, "E4", "alarm_on", FROM_MS + hour, FROM_MS + 2 * hour)  # still on


def _registry() -> Iterator[tuple[str, Any]]:
    yield from ((f"region/{r.code}", r) for r in REGIONS)
    yield f"park/{PARK.code}", PARK
    yield "enterprise/E1", _enterprise("E1", "旧名", "2111", None, 9, False)  # replaced by the record that follows
    yield from ((f"enterprise/{e[0]}", _enterprise(*e)) for e in ENTERPRISES)
    yield "enterprise/GONE", _enterprise("GONE", "已注销", "210921", None, 1, False)
    yield "enterprise/GONE", None


def batches() -> list[Batch]:
    """All records of the day, a batch a topic."""
    registry = [
        RawRecord("registry", 0, i, FROM_MS - 1000 + i, key.encode(), None if value is None else msgspec.json.encode(value))
        for i, (key, value) in enumerate(_registry())
    ]
    late = _enterprise("E1", "新名, 次日才登记", "210902", None, 0, False)
    registry.append(RawRecord("registry", 0, len(registry), TO_MS, b"enterprise/E1", msgspec.json.encode(late)))
    return [_batch("registry", registry), _batch("aggregates", _records("aggregates", _aggregates())),
            _batch("warnings", _records("warnings", _warnings()))]  # fmt: skip


def _records(topic: str, values: Iterator[Any]) -> list[RawRecord]:
    return [RawRecord(topic, 0, i, FROM_MS, b"k", msgspec.json.encode(value)) for i, value in enumerate(values)]


def _batch(topic: str, records: Sequence[RawRecord]) -> Batch:
    return Batch(topic, 0, 0, len(records), records)
