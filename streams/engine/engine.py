"""The engine of one partition: a pure function from the log to what it causes. No clock, no I/O, no randomness.

    records in merged order ─► ticks that log time has passed ─► readings: kernels ─► transitions ─┐
                                                              └► events: registry, people, ...    ─┴► look at what changed ─► outputs

Readings are judged in stretches between two events or ticks; what follows from them is decided record by record, so outputs do
not depend on how the log was cut into steps.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec
import numpy as np

from streams.domain.columns import Decoded, FrameColumns, LoggedEvent, Rejected
from streams.domain.log import NO_HASH, Cut, Outcome, chained
from streams.engine import aggregates, deadletters, review, turning
from streams.engine.desk import Desk
from streams.engine.detecting import Detectors
from streams.engine.events import Events
from streams.engine.groups.groups import Groups
from streams.engine.intake import Intake, Resolved, Stretch
from streams.engine.kernels import kernel
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import Transition
from streams.engine.packing import Packing, unpack
from streams.engine.parameters import shipped
from streams.engine.point_alarms import transitions
from streams.engine.policies import InForce
from streams.engine.presence import Presence
from streams.engine.rules import RuleSet
from streams.engine.site import commitments
from streams.engine.state import State
from streams.engine.truth.truth import Truth

VERSION = "1"
TICK_MS = 1000
_ORDER, _LOG_MS = itemgetter(0), itemgetter(1)  # of the coordinates of a record; neither falls within a step


class Engine:
    """State of one partition. `apply` is the only way in."""

    def __init__(self, partition: int, partitions: int, *, plain: bool = False) -> None:
        state = State(partition=partition, partitions=partitions, hash=NO_HASH)
        self._assemble(state, Judge(plain), Presence(), Detectors(), InForce(sets=(shipped(),)), RuleSet())

    def _assemble(self, state: State, judge: Judge, silence: Presence, detectors: Detectors, in_force: InForce,
                  rules: RuleSet) -> None:  # fmt: skip
        self.state, self.judge, self.silence, self.detectors = state, judge, silence, detectors
        self.desk = Desk(state, in_force, rules, judge)
        self.packing = Packing()
        self.truth = Truth(self.desk, judge.plain)
        self.intake, self.minutes = Intake(self.desk), aggregates.Minutes(self.desk, judge)
        self.groups = Groups(self.desk, judge, silence)
        self.events = Events(self.desk, judge, silence, detectors, self.intake, self.truth, self.groups)

    # --- the way of one step ------------------------------------------------------------------------------------------
    def apply(self, cut: Cut, decoded: Decoded) -> Outcome:
        """Everything that the records of `cut` cause, in order."""
        self._enter(cut)
        rejected = sorted(decoded.rejected, key=lambda r: r.at.order)
        frame = bad = 0
        for event in decoded.events:
            stop_frame, stop_bad = _before(decoded.frames, rejected, event.at.order, frame, bad)
            self._records(decoded.frames, rejected, frame, stop_frame, bad, stop_bad)
            frame, bad = stop_frame, stop_bad
            self._advance(event.at.log_ms)
            self._event(event)
        self._records(decoded.frames, rejected, frame, len(decoded.frames.at), bad, len(rejected))
        self._advance(cut.log_ms)
        outputs = self.desk.voice.take()
        self.state.hash = chained(self.state.hash, outputs)
        return Outcome(outputs, self.state.hash, len(decoded.frames.value))

    def _enter(self, cut: Cut) -> None:
        """What the cut itself says: time in which nobody could observe anything, topics that were blind, records lost."""
        if cut.degraded:
            turning.degraded(self.desk, cut)
        if cut.gaps:
            turning.records_lost(self.desk, cut)
        gap_ms = cut.platform_gap_ms
        if "readings" in cut.blind:
            gap_ms = max(gap_ms, cut.log_ms - self.state.log_ms)
        for topic in cut.blind:
            self.state.blind_until_ms[topic] = cut.log_ms
        if gap_ms and self.state.log_ms:
            turning.platform_gap(self.desk, self.silence, cut, gap_ms)

    def _records(
        self, frames: FrameColumns, rejected: Sequence[Rejected], frame: int, stop_frame: int, bad: int, stop_bad: int
    ) -> None:
        """Readings and rejections up to the next event, tick by tick."""
        while frame < stop_frame or bad < stop_bad:
            times = [frames.at[frame].log_ms] if frame < stop_frame else []
            times += [rejected[bad].at.log_ms] if bad < stop_bad else []
            self._advance(min(times))
            limit_ms = self.state.next_tick_ms
            end_frame, end_bad = bisect_right(frames.at, limit_ms, frame, stop_frame, key=_LOG_MS), bad
            while end_bad < stop_bad and rejected[end_bad].at.log_ms <= limit_ms:
                end_bad += 1
            self._stretch(frames, frame, end_frame, rejected[bad:end_bad])
            frame, bad = end_frame, end_bad

    def _stretch(self, frames: FrameColumns, first: int, stop: int, rejected: Sequence[Rejected]) -> None:
        """Judge a stretch at once; then decide what follows, record by record."""
        news: list[tuple[int, int, object]] = [(r.at.order, 0, r) for r in rejected]
        if first < stop and not self.desk.rules.set.rules:
            self.state.unjudged_frames += stop - first
        if first < stop:
            columns, flawed = self.intake.stretch(frames, first, stop)
            news += [(frames.at[f].order, 1, (f, resolved)) for f, resolved in flawed]
            found = self.judge.judge(columns.point, columns.event_ms, columns.log_ms, columns.value, columns.wire)
            if found:
                news += [(frames.at[f].order, 2, t) for f, t in zip(_frames_of(columns, found), found, strict=True)]
            self.truth.readings(frames, first, stop, columns)
            self.silence.came_by(columns.point, self.truth.rows[columns.frame - first])
            if self.state.quarantine or rejected or flawed:
                news += [(frames.at[f].order, 3, frames.enterprise[f]) for f in range(first, stop)]
        news.sort(key=lambda item: item[:2])  # stable: transitions of a record stay in their order
        for _, of_record in groupby(news, key=lambda item: item[0]):
            log_ms = self._decide(frames, of_record)
            if self.desk.dirty:
                review.review(self.desk, self.silence, log_ms, ticked=False)
        if first < stop:
            self.state.log_ms = max(self.state.log_ms, frames.at[stop - 1].log_ms)

    def _decide(self, frames: FrameColumns, of_record: Iterable[tuple[int, int, object]]) -> int:
        """What follows from one record; returns its log time."""
        log_ms = self.state.log_ms
        for _, _, what in of_record:
            if isinstance(what, Rejected):
                log_ms = what.at.log_ms
                deadletters.reject(self.desk, what)
            elif isinstance(what, Transition):
                log_ms = what.log_ms
                self.truth.transition(what)
                transitions.take(self.desk, what)
            elif isinstance(what, tuple):
                log_ms = frames.at[what[0]].log_ms
                self._flawed(frames, *what)
            elif isinstance(what, str):
                deadletters.count_frame(self.desk, what)
        self.state.log_ms = max(self.state.log_ms, log_ms)
        return log_ms

    def _flawed(self, frames: FrameColumns, frame: int, resolved: Resolved) -> None:
        at, enterprise = frames.at[frame], frames.enterprise[frame]
        if resolved.whole:
            deadletters.refuse(self.desk, at, enterprise, "enterprise", resolved.whole, enterprise, frames.codes[frame])
        for problem in resolved.problems:
            field = f"{'units' if problem.reason == 'unit' else 'codes'}[{problem.place}]"
            value = float(frames.value[int(frames.start[frame]) + problem.place])
            deadletters.refuse(self.desk, at, enterprise, field, problem.reason, problem.detail, repr(value).encode())

    def _event(self, event: LoggedEvent) -> None:
        self.state.log_ms = event.at.log_ms
        self.events.take(event)
        review.review(self.desk, self.silence, event.at.log_ms, ticked=False)

    # --- time -----------------------------------------------------------------------------------------------------------
    def _advance(self, log_ms: int) -> None:
        """Handle every tick that log time has passed. What happens at the very instant of a tick comes before it."""
        state = self.state
        if not state.next_tick_ms:
            state.next_tick_ms = -(-log_ms // TICK_MS) * TICK_MS
        while state.next_tick_ms < log_ms:
            at_ms = state.next_tick_ms
            state.log_ms = max(state.log_ms, at_ms)
            state.next_tick_ms = at_ms + TICK_MS
            self._tick(at_ms)
        state.log_ms = max(state.log_ms, log_ms)

    def _tick(self, at_ms: int) -> None:
        """Data first, then events that time brings, holds, levels; then what is said each minute and hour."""
        desk = self.desk
        for transition in self.judge.tick(at_ms):
            self.truth.transition(transition)
            transitions.take(desk, transition)
        turning.tick(desk, self.silence, self.judge, self.truth.state.gateways, at_ms)
        if self.state.unjudged_frames:
            turning.unjudged(desk, at_ms)
        if self.detectors.served:
            self.detectors.tick(desk, self.judge, at_ms)
        commitments.tick(desk, at_ms)
        self.groups.tick(at_ms)
        desk.take_due(at_ms)
        if self.state.quarantine:
            deadletters.tick(desk, at_ms)
        if desk.dirty:
            review.review(desk, self.silence, at_ms, ticked=True)
        if at_ms % aggregates.MINUTE_MS == 0:
            turning.minute(desk, self.minutes, at_ms)
            self.truth.minute(self.minutes.columns, self.silence, self.judge, at_ms)

    # --- checkpoints ----------------------------------------------------------------------------------------------------
    def snapshot(self) -> list[tuple[str, bytes]]:
        """A copy of everything, as named chunks."""
        own = [
            *self.packing.pack(self.state, self.desk.definitions),
            ("parameters", msgspec.msgpack.encode(self.desk.in_force)),
        ]
        judged = [(f"judge.{name}", chunk) for name, chunk in self.judge.snapshot()]
        kept = (self.silence, self.detectors, self.truth, self.groups)
        return [*own, *(chunk for part in kept for chunk in part.snapshot()), *judged]

    @classmethod
    def restore(
        cls, partition: int, partitions: int, chunks: Iterable[tuple[str, bytes | memoryview]], *, plain: bool = False
    ) -> Engine:
        """The engine as it was at `snapshot`. Raises ValueError when the chunks are of another partition."""
        named = {name: bytes(chunk) for name, chunk in chunks}
        state = unpack(named)
        if (state.partition, state.partitions) != (partition, partitions):
            raise ValueError(f"checkpoint of partition {state.partition}/{state.partitions}, wanted {partition}/{partitions}")
        prefix = "judge."
        judge = Judge.restore(
            [(name.removeprefix(prefix), chunk) for name, chunk in named.items() if name.startswith(prefix)], plain
        )
        in_force = msgspec.msgpack.decode(named["parameters"], type=InForce)
        silence, detectors = Presence(), Detectors()
        engine = cls.__new__(cls)
        engine._assemble(state, judge, silence, detectors, in_force, judge.rules)
        silence.load(named, judge.last_log_ms)
        detectors.load(engine.desk, named)
        engine.truth.load(named)
        engine.groups.load(named, judge.rules)
        return engine

    def versions(self) -> dict[str, str]:
        """What the outcome of a step depends on, beside the log."""
        models = [f"{code}:{kept.published.hash}" for code, kept in self.state.detectors.items()]
        return {
            "engine": VERSION, **kernel.versions(), "parameters": self.desk.parameters_hash,
            "rules": self.desk.rules.set.hash[:16] if self.desk.rules.set.rules else "",
            "models": hashlib.sha256("\n".join(models).encode()).hexdigest()[:16] if models else "",
        }  # fmt: skip


def _before(frames: FrameColumns, rejected: Sequence[Rejected], order: int, frame: int, bad: int) -> tuple[int, int]:
    """First frame and first rejection that come after the record at `order`. A record's own rejections come with it."""
    frame = bisect_left(frames.at, order, frame, key=_ORDER)
    while bad < len(rejected) and rejected[bad].at.order <= order:
        bad += 1
    return frame, bad


def _frames_of(columns: Stretch, found: Sequence[Transition]) -> list[int]:
    """The frame that each transition came with: the record is the unit of decision, not the batch."""
    frames: list[int] = []
    times = np.array([t.log_ms for t in found], np.int64)
    first, stop = (np.searchsorted(columns.log_ms, times, side).tolist() for side in ("left", "right"))
    for t, lo, hi in zip(found, first, stop, strict=True):
        rows = np.flatnonzero(columns.point[lo:hi] == t.point) + lo
        same = rows[columns.event_ms[rows] == t.event_ms] if len(rows) > 1 else rows
        row = same[0] if len(same) else rows[0] if len(rows) else lo
        frames.append(int(columns.frame[row]))
    return frames
