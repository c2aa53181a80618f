"""A small language for scenarios: a script in log time goes through the real engine, and what it said is asked for by name.

    line = Timeline(plant())
    line.feed("P1", 1.2)                      # P1 reads 1.2 MPa every 5 s from now on
    line.wait(minutes=5)
    line.feed("P1", 1.9)                      # and from here it is beyond HH
    line.wait(minutes=1)
    assert line.level("S1") == "yellow"

Records are collected first; `play` may then cut them into any steps. Nothing here knows what the engine ought to say.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from streams.domain.columns import Coordinates, Decoded, FrameColumns, LoggedEvent, RegistryChange, Rejected
from streams.domain.log import Cut, Output
from streams.domain.messages import Action, Commitment, Event
from streams.domain.outputs import Finding, LevelNow, PointAlarm, RiskNow, Warning
from streams.domain.registry import Enterprise, Park, Region
from streams.domain.scale import Wire
from streams.engine.engine import Engine
from streams.engine.rules import RuleSet
from tests.scenarios.standard_rules import standard_rules

DAY_MS = 1_700_000_000_000 // 86_400_000 * 86_400_000 - 8 * 3_600_000  # a local midnight (UTC+8)
LEVEL_KINDS = ("raise", "upgrade", "downgrade", "clear", "update")
OFF = "off"  # a point that sends nothing


class FrameRecord(NamedTuple):
    enterprise: str
    codes: tuple[str, ...]
    values: tuple[float | None, ...]
    event_ms: int
    units: tuple[str, ...] = ()
    gateway: str = "G"


class Record(NamedTuple):
    """One record of the log, before it has a place in a step."""

    log_ms: int
    what: FrameRecord | Event | RegistryChange | Rejected
    platform_gap_ms: int = 0
    blind: tuple[str, ...] = ()


def at_time(text: str) -> int:
    """Log time of a local time of the scenario's day: at_time("08:30:15")."""
    parts = [float(p) for p in text.split(":")]
    return DAY_MS + round(sum(p * f for p, f in zip(parts, (3600, 60, 1), strict=False)) * 1000)


def decoded_of(records: Sequence[Record], first: int = 0) -> Decoded:
    """Records as one step's columns and events; `first` is the offset of the first of them."""
    frames = [(i, r, r.what) for i, r in enumerate(records) if isinstance(r.what, FrameRecord)]
    values = [v for _, _, f in frames for v in f.values]
    columns = FrameColumns(
        at=[Coordinates(i, r.log_ms, "readings", 0, first + i) for i, r, _ in frames],
        enterprise=[f.enterprise for _, _, f in frames],
        gateway=[f.gateway for _, _, f in frames],
        connected=[True] * len(frames),
        codes=[msgspec.json.encode(f.codes) for _, _, f in frames],
        units=[msgspec.json.encode(f.units) if f.units else b"" for _, _, f in frames],
        start=np.cumsum([0, *(len(f.values) for _, _, f in frames)]).astype(np.int64),
        value=np.array([0.0 if v is None else v for v in values], np.float64),
        event_ms=np.array([f.event_ms for _, _, f in frames for _ in f.values], np.int64),
        wire=np.array([Wire.ABSENT if v is None else Wire.OK for v in values], np.uint8),
    )
    events = [LoggedEvent(Coordinates(i, r.log_ms, "events", 0, first + i), r.what) for i, r in enumerate(records)
              if not isinstance(r.what, FrameRecord | Rejected)]  # fmt: skip
    rejected = [r.what._replace(at=r.what.at._replace(order=i, log_ms=r.log_ms, offset=first + i))
                for i, r in enumerate(records) if isinstance(r.what, Rejected)]  # fmt: skip
    return Decoded(columns, events, rejected)


def steps(records: Sequence[Record], cuts: Iterable[int], end_ms: int) -> list[tuple[Cut, Decoded]]:
    """Records cut before each index in `cuts`; a platform gap always begins a step. The last step ends at `end_ms`."""
    marks = sorted({0, len(records), *(c for c in cuts if 0 < c < len(records)),
                    *(i for i, r in enumerate(records) if r.platform_gap_ms or r.blind)})  # fmt: skip
    made: list[tuple[Cut, Decoded]] = []
    for number, (lo, hi) in enumerate(pairwise(marks)):
        part = records[lo:hi]
        log_ms = end_ms if hi == len(records) else part[-1].log_ms
        cut = Cut(partition=0, number=number, log_ms=log_ms, platform_gap_ms=part[0].platform_gap_ms, blind=part[0].blind)
        made.append((cut, decoded_of(part, lo)))
    return made


class Said:
    """What an engine said, asked for by kind."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self.outputs = list(outputs)

    def _of(self, topic: str, kind: type, /, **fields: Any) -> list[Any]:
        found: list[Any] = []
        for output in self.outputs:
            if output.topic != topic:
                continue
            try:
                value: Any = msgspec.json.decode(output.value, type=kind, strict=True)
            except msgspec.ValidationError:
                continue
            if all(getattr(value, name) == wanted for name, wanted in fields.items()):
                found.append(value)
        return found

    def warnings(self, **fields: Any) -> list[Warning]:
        """Events in which a level or its reasons changed, unless a kind is asked for."""
        return [w for w in self.story(**fields) if "kind" in fields or w.kind in LEVEL_KINDS]

    def story(self, **fields: Any) -> list[Warning]:
        """All events of episodes: levels, and what the ladder made of them."""
        return self._of("warnings", Warning, **fields)

    def alarms(self, **fields: Any) -> list[PointAlarm]:
        return self._of("warnings", PointAlarm, **fields)

    def findings(self, **fields: Any) -> list[Finding]:
        return self._of("warnings", Finding, **fields)

    def levels(self, code: str) -> list[LevelNow]:
        return self._of("level", LevelNow, code=code)

    def risks(self, code: str) -> list[RiskNow]:
        return self._of("risk", RiskNow, code=code)

    def raw(self, topic: str) -> list[dict[str, Any]]:
        return [msgspec.json.decode(o.value) for o in self.outputs if o.topic == topic]


class Timeline:
    """A script of one enterprise. `feed` sets what points send; `wait` lets time pass and sends it; everything else is an event."""

    def __init__(self, *enterprises: Enterprise, start: str = "08:00:05", period_s: float = 5.0, rules: RuleSet | None = None,
                 plain: bool = False) -> None:  # fmt: skip
        self.records: list[Record] = []
        self.now_ms = at_time(start)
        self.period_ms = int(period_s * 1000)
        self.rules: RuleSet | None = rules or standard_rules()  # None: the script itself publishes them
        self.plain = plain
        self.enterprise = enterprises[0].code if enterprises else ""
        self._sending: dict[str, dict[str, float | None]] = {}
        self._played: Said | None = None
        for enterprise in enterprises:
            self.register(enterprise)

    # --- the script -------------------------------------------------------------------------------------------------
    def register(self, enterprise: Enterprise | None, code: str = "") -> None:
        key = f"enterprise/{enterprise.code if enterprise is not None else code}"
        self.add(RegistryChange(key, enterprise))

    def add_registry(self, key: str, record: Region | Park) -> None:
        self.add(RegistryChange(key, record))

    def add(self, what: FrameRecord | Event | RegistryChange | Rejected, **fields: Any) -> None:
        """One record, now."""
        self.records.append(Record(self.now_ms, what, **fields))
        self._played = None

    def feed(self, point: str, value: float | str, enterprise: str = "") -> None:
        """From now on `point` sends `value` with every frame; OFF: it sends nothing."""
        sending = self._sending.setdefault(enterprise or self.enterprise, {})
        if isinstance(value, str):
            sending.pop(point, None)
        else:
            sending[point] = value

    def silence(self, *points: str, enterprise: str = "") -> None:
        """These points (none named: all) send nothing any more."""
        sending = self._sending.setdefault(enterprise or self.enterprise, {})
        for point in points or tuple(sending):
            sending.pop(point, None)

    def wait(self, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let time pass; one frame a period for each enterprise that sends something."""
        end_ms = self.now_ms + round((seconds + 60 * minutes + 3600 * hours) * 1000)
        while self.now_ms < end_ms:
            self.now_ms = min(self.now_ms + self.period_ms, end_ms)
            for enterprise, values in self._sending.items():
                if values:
                    self.add(FrameRecord(enterprise, tuple(values), tuple(values.values()), self.now_ms - 100))
        self._played = None

    def until(self, time: str) -> None:
        self.wait(seconds=(at_time(time) - self.now_ms) / 1000)

    def event(self, kind: type, /, **fields: Any) -> None:
        """An event of the enterprise, now; `at` and the like default to now."""
        known = {f.name for f in msgspec.structs.fields(kind)}
        given = {"enterprise": self.enterprise, "at": self.now_ms, **fields}
        self.add(kind(**{k: v for k, v in given.items() if k in known or k in fields}))

    def platform_gap(self, seconds: float, behind: bool = False) -> None:
        """For a while nobody could observe anything; the next record begins the step that says so. `behind`: the log went on
        meanwhile, and is read after it."""
        gap_ms = round(seconds * 1000)
        self.now_ms += 0 if behind else gap_ms
        for enterprise, values in self._sending.items():
            record = FrameRecord(enterprise, tuple(values), tuple(values.values()), self.now_ms - 100)
            self.records.append(Record(self.now_ms, record, platform_gap_ms=gap_ms))
            gap_ms = 0
        self._played = None

    # --- what came of it --------------------------------------------------------------------------------------------
    def engine(self) -> Engine:
        engine = Engine(0, 1, plain=self.plain)
        if self.rules is not None:
            engine.events.use_rules(self.rules, self.records[0].log_ms if self.records else self.now_ms)
        return engine

    def play(self, cuts: Iterable[int] | None = None) -> Said:
        """The whole script through a fresh engine; cut every 500 records unless told otherwise."""
        chosen = range(0, len(self.records), 500) if cuts is None else cuts
        engine = self.engine()
        outputs: list[Output] = []
        for cut, decoded in steps(self.records, chosen, self.now_ms + 1):
            outputs += engine.apply(cut, decoded).outputs
        self._played = Said(outputs)
        return self._played

    @property
    def said(self) -> Said:
        return self._played or self.play()

    def level(self, source: str) -> str:
        """The level of a source now."""
        levels = self.said.levels(source)
        return levels[-1].level if levels else "blue"

    def highest(self, source: str) -> str:
        order = ("blue", "yellow", "orange", "red")
        return max((v.level for v in self.said.levels(source)), key=order.index, default="blue")

    def causes(self, source: str) -> Mapping[str, str]:
        """Ids of the causes in the last warning of a source, by kind."""
        warnings = self.said.warnings(source=source)
        return {r.code.removeprefix("cause."): r.cause for r in warnings[-1].reasons} if warnings else {}

    def verify(
        self, *causes: str, role: str = "responsible_person", verdict: str = "false", co_signers: Sequence[str] = ()
    ) -> None:
        """Somebody on site says what these causes were."""
        self.event(Action, id=f"V{len(self.records)}", kind="verify", author="Zhang", role=role, causes=list(causes), verdict=verdict,
                   evidence="photo", on_site=True, co_signers=list(co_signers))  # fmt: skip

    def commit(self, date: str = "", **fields: Any) -> None:
        """A complete safety commitment for the day of the scenario."""
        day = (
            datetime.datetime.fromtimestamp(self.now_ms / 1000, datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
        )
        numbers = ("units_total", "units_running", "units_stopped", "units_overhaul", "hot_work_special", "hot_work_1", "hot_work_2",
                   "confined_space", "blind_plate", "height_work", "lifting", "temporary_power", "excavation", "road_closure",
                   "contractor_jobs")  # fmt: skip
        flags = ("trial_production", "start_stop", "major_hidden_danger")
        given: dict[str, Any] = {**dict.fromkeys(numbers, 0), **dict.fromkeys(flags, False), "date": date or day, "signed_by": "Zhao",
                                 "signed_at": self.now_ms, "risk_grade": "blue", "measures": "patrol", **fields}  # fmt: skip
        self.event(Commitment, **given)

    def act(self, kind: str, role: str = "responsible_person", **fields: Any) -> None:
        """Any other action of a person."""
        self.event(Action, id=f"A{len(self.records)}", kind=kind, author="Zhang", role=role, **fields)


def running(enterprise: Enterprise, feeds: Mapping[str, float], **fields: Any) -> Timeline:
    """A timeline in which the enterprise has committed and run quietly for a minute."""
    line = Timeline(enterprise, **fields)
    line.commit()
    for point, value in feeds.items():
        line.feed(point, value)
    line.wait(minutes=1)
    return line
