"""A case through the real decode and engine: the same `Machine` as live, replay and audit. The player owns the clock, nothing else.

What a case sends is kept as a tape of records with their log times, so that the very same history can be played again cut and
restarted anywhere (`again`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, NamedTuple, cast

import msgspec

from backfill.cases import building
from backfill.cases.building import BuildProblem, Sent
from backfill.cases.case import Case, CaseEvent
from backfill.cases.feeding import Arrival, arrivals, frames
from backfill.cases.known import spelled_out
from backfill.cases.reading_events import TOPICS
from backfill.cases.times import DAY_MS, ZONE_MS, duration_ms
from backfill.cases.viewing import View, view
from backfill.configuration import Configuration
from streams.decode.decoder import Decoder
from streams.domain.log import Cut, Gap, Output, RawRecord
from streams.domain.registry import Enterprise
from streams.engine.engine import Engine
from streams.engine.policies import InForce
from streams.engine.rules import RuleSet
from streams.steps.applying import Kernel, Machine

LEAD_MS = 1000  # the registry is known this long before the first reading
STEP_MS = 60_000  # the longest step; a case is the same however it is cut
RESTARTS = 0.3  # after so many of the random cuts
COMMIT_CLOCK_MS = 8 * 3_600_000


class Taped(NamedTuple):
    """One record of the history, and what the step that begins with it says beside."""

    log_ms: int
    record: RawRecord


class Marks(NamedTuple):
    """What a step says beside its records: platform gap, blind topics, records lost, degraded."""

    platform_gap_ms: int = 0
    blind: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    degraded: tuple[str, ...] = ()


class Said(NamedTuple):
    """An output as plain values, with the topic that it is on."""

    topic: str
    fields: dict[str, Any]


@dataclass(slots=True)
class Played:
    """What came of a case: for each expected moment what was said since the one before, and the state then."""

    said: list[list[Said]] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    everything: list[Said] = field(default_factory=list)
    tape: list[tuple[Marks, list[Taped], int]] = field(default_factory=list)  # steps: marks, records, end
    hash: str = ""
    readings: int = 0
    engine: Engine | None = None


class PlayProblem(Exception):
    """An event of the case that could not be sent: the case is wrong, not the engine."""

    def __init__(self, event: CaseEvent, problem: BuildProblem) -> None:
        super().__init__(str(problem))
        self.event, self.problem = event, problem


def kernel(plain: bool) -> Kernel:
    return Kernel(fresh=partial(Engine, plain=plain), restored=partial(Engine.restore, plain=plain), decoder=Decoder)


def play(case: Case, given: Configuration, *, plain: bool = True) -> Played:
    """The whole case. Raises PlayProblem; EngineFailed when the engine raises."""
    return _Player(case, given, plain).run()


def again(case: Case, given: Configuration, played: Played, *, seed: int, plain: bool = True) -> str:
    """The hash of the same history with a restart from a snapshot after each minute (seed 0), or cut and restarted at random."""
    machine = _machine(case, given.rules, given, plain)
    random = Random(seed)
    cutter = _Cutter(machine, plain)
    for marks, records, end_ms in played.tape:
        cuts = min(2, len(records) - 1) if seed and len(records) > 1 else 0
        places = sorted(random.sample(range(1, len(records)), cuts))
        lo = 0
        for hi in (*places, len(records)):
            part = records[lo:hi]
            cutter.apply(marks, part, end_ms if hi == len(records) else part[-1].log_ms)
            if not seed or random.random() < RESTARTS:
                cutter.restart()
            marks, lo = Marks(), hi
    return _engine(cutter.machine).state.hash


class _Cutter:
    """Gives steps to a machine."""

    def __init__(self, machine: Machine, plain: bool) -> None:
        self.machine, self._plain, self._number = machine, plain, 0

    def apply(self, marks: Marks, records: Sequence[Taped], end_ms: int) -> tuple[Sequence[Output], int]:
        self._number += 1
        cut = Cut(partition=0, number=self._number, log_ms=end_ms, platform_gap_ms=marks.platform_gap_ms, blind=marks.blind,
                  gaps=marks.gaps, degraded=marks.degraded)  # fmt: skip
        outcome = self.machine.apply(cut, [r.record for r in records], [r.log_ms for r in records])
        return outcome.outputs, outcome.readings

    def restart(self) -> None:
        """A checkpoint and another worker."""
        self.machine = Machine.restored(kernel(self._plain), 0, 1, self.machine.engine.snapshot())


def _engine(machine: Machine) -> Engine:
    return cast(Engine, machine.engine)


def _machine(case: Case, rules: RuleSet, given: Configuration, plain: bool) -> Machine:
    """An engine with rules and parameters in force from the start."""
    machine = Machine.fresh(kernel(plain), 0, 1)
    engine = _engine(machine)
    engine.desk.use(InForce(sets=(given.parameters,)))
    engine.events.use_rules(rules, case.start_ms - LEAD_MS)
    return machine


class _Player:
    def __init__(self, case: Case, given: Configuration, plain: bool) -> None:
        self.case, self.given = case, given
        self.cutter = _Cutter(_machine(case, given.rules, given, plain), plain)
        self.plants: dict[str, Enterprise] = {plant.code: plant for plant in case.plants}
        self.rule_files, self.parameter_files = dict(given.rule_files), dict(given.parameter_files)
        self.played = Played()
        self.recent: list[Said] = []
        self.offsets: dict[str, int] = {}
        self.marks = Marks()
        self.waiting: list[tuple[int, Sent]] = []
        self.gap_until_ms = -1 << 62
        self.step_ms = -LEAD_MS

    def run(self) -> Played:
        self._prepare()
        readings = arrivals(self.case.series, self.case.end_ms)
        pending: Arrival | None = next(readings, None)
        agenda = self._agenda()
        for at_ms in self._instants(agenda):
            while pending is not None and pending.at_ms < at_ms:
                pending = self._readings(readings, pending)
            now = agenda.get(at_ms, [])
            for event in now:
                self._event(event, at_ms)
            while pending is not None and pending.at_ms == at_ms:
                pending = self._readings(readings, pending)
            for moment in self.case.moments:
                if moment.at_ms == at_ms:
                    self._look(at_ms)
        self.played.hash = _engine(self.cutter.machine).state.hash
        self.played.engine = _engine(self.cutter.machine)
        return self.played

    def _prepare(self) -> None:
        at_ms = -LEAD_MS
        for sent in building.regions():
            self._send(at_ms, sent)
        for plant in self.case.plants:
            self._send(at_ms, building.registry(plant, plant.code))
            if self.case.committed:
                self._send(at_ms + 1, building.commitment(plant.code, self.case.start_ms + at_ms + 1))

    def _agenda(self) -> dict[int, list[CaseEvent]]:
        agenda: dict[int, list[CaseEvent]] = {}
        events = [*self.case.events, *self._commitments()]
        for event in events:
            if event.at_ms <= self.case.end_ms:
                agenda.setdefault(event.at_ms, []).append(event)
        return agenda

    def _commitments(self) -> list[CaseEvent]:
        """The commitments of the days after the first."""
        if not self.case.committed:
            return []
        first_ms = (self.case.start_ms + ZONE_MS) // DAY_MS * DAY_MS - ZONE_MS
        days = range(1, (self.case.start_ms + self.case.end_ms - first_ms) // DAY_MS + 1)
        return [CaseEvent(first_ms + day * DAY_MS + COMMIT_CLOCK_MS - self.case.start_ms, "commitments", "complete", 0, plant.code)
                for day in days for plant in self.case.plants]  # fmt: skip

    def _instants(self, agenda: dict[int, list[CaseEvent]]) -> list[int]:
        return sorted({*agenda, *(moment.at_ms for moment in self.case.moments)})

    def _readings(self, readings: Any, first: Arrival) -> Arrival | None:
        """The frames of one instant; the first arrival after it."""
        taken = [first]
        following: Arrival | None = None
        for following in readings:
            if following.at_ms != first.at_ms:
                break
            taken.append(following)
        else:
            following = None
        if first.at_ms - self.step_ms >= STEP_MS:
            self._step(self.waiting[-1][0] if self.waiting else self.step_ms)
        if first.at_ms >= self.gap_until_ms:
            for sent in frames(taken, self.case.start_ms):
                self._send(first.at_ms, sent)
        return following

    # --- events -----------------------------------------------------------------------------------------------------
    def _event(self, event: CaseEvent, at_ms: int) -> None:
        try:
            if event.what in TOPICS:
                if event.what == "actions":
                    self._step(at_ms)
                self._send(at_ms, building.message(event, self.case.start_ms, _engine(self.cutter.machine).state))
            else:
                self._own(event, at_ms)
        except BuildProblem as problem:
            raise PlayProblem(event, problem) from None

    def _own(self, event: CaseEvent, at_ms: int) -> None:
        given = event.given
        if event.what == "registry":
            sent, self.plants[event.enterprise] = building.registry_change(event, self.plants[event.enterprise])
            self._send(at_ms, sent)
        elif event.what == "rules":
            sent, self.rule_files = building.rules_published(given, self.rule_files)
            self._send(at_ms, sent)
        elif event.what == "parameters":
            sent, self.parameter_files = building.parameters_published(given, self.parameter_files)
            self._send(at_ms, sent)
        elif event.what == "raw":
            self._send(at_ms, building.raw(given, event.enterprise))
        elif event.what == "restart":
            self._step(at_ms)
            self.cutter.restart()
        else:
            self._mark(event, at_ms)

    def _mark(self, event: CaseEvent, at_ms: int) -> None:
        """What a step says beside its records: it begins a step of its own."""
        self._step(at_ms)
        if event.what == "platform_gap":
            gap_ms = duration_ms(event.given)
            self.gap_until_ms = at_ms + gap_ms
            self.marks = self.marks._replace(platform_gap_ms=gap_ms)
        elif event.what == "blind":
            self.marks = self.marks._replace(blind=tuple(event.given))
        elif event.what == "degraded":
            self.marks = self.marks._replace(degraded=tuple(event.given))
        else:
            self.marks = self.marks._replace(gaps=(Gap(str(event.given), 0, 0, 0),))

    # --- steps ------------------------------------------------------------------------------------------------------
    def _send(self, at_ms: int, sent: Sent) -> None:
        self.waiting.append((at_ms, sent))

    def _step(self, end_ms: int, *, past: int = 0) -> None:
        """Apply what waits as one step that ends at `end_ms` (and `past` ms beyond, so that the tick of that second is handled)."""
        order = sorted(range(len(self.waiting)), key=lambda i: (self.waiting[i][0], self.waiting[i][1].topic, i))
        records: list[Taped] = []
        for i in order:
            at_ms, sent = self.waiting[i]
            offset = self.offsets.get(sent.topic, 0)
            self.offsets[sent.topic] = offset + 1
            log_ms = self.case.start_ms + at_ms
            records.append(Taped(log_ms, RawRecord(sent.topic, 0, offset, log_ms, sent.key, sent.value)))
        self.waiting.clear()
        if not records and not past:
            return
        log_ms = self.case.start_ms + end_ms + past
        outputs, readings = self.cutter.apply(self.marks, records, log_ms)
        self.played.tape.append((self.marks, records, log_ms))
        self.played.readings += readings
        self.marks, self.step_ms = Marks(), end_ms
        for output in outputs:
            said = Said(output.topic, spelled_out(output.topic, msgspec.json.decode(output.value)))
            self.recent.append(said)
            self.played.everything.append(said)

    def _look(self, at_ms: int) -> None:
        self._step(at_ms, past=1)
        self.played.said.append(self.recent)
        self.recent = []
        self.played.views.append(view(_engine(self.cutter.machine), self.case.start_ms + at_ms))
