"""The boundary between the kernels and the decisions: readings and ticks go in, transitions come out.

    judge.define(specs); judge.use(rules, at_ms)
    for each stretch of readings between two ticks or events: judge.judge(...), then judge.tick(at_ms)

All state is numpy arrays indexed by point id. Results do not depend on how the readings are cut into calls, only on where the
ticks are. Log times of calls must not decrease.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.groups.kernel import folder
from streams.engine.kernels import alarms
from streams.engine.kernels import layout as at
from streams.engine.kernels.judging import judge_readings
from streams.engine.kernels.points import PointSpec, Transition
from streams.engine.kernels.quality import STANDING
from streams.engine.kernels.rooms import outside_rows
from streams.engine.kernels.rule_code import evaluate
from streams.engine.kernels.state import Buffers, State
from streams.engine.rules import RuleSet

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class PointMinuteColumns(NamedTuple):
    """One minute of log time, one row a point id. Rows with n = 0 hold zeros in mean, low and high, and the last value.
    `n`, mean, low, high, last leave out late, invalid and impossible values; `good` counts quality GOOD."""

    minute_ms: int
    n: Ints
    mean: Floats
    low: Floats
    high: Floats
    last: Floats
    good: Ints
    online_s: Ints
    against: Ints  # two dimensions: other (came, not in n), absent, untrue, untimely, irregular, inaccurate


class SlotNow(NamedTuple):
    """One rule at one point: its state (kernel_layout.IDLE ...), limit, the value at which it comes back, and its running delay."""

    rule: int
    state: int
    limit: float
    back: float
    upward: bool
    since_log_ms: int
    on_ms: int
    off_ms: int


class Judge:
    """Quality tests, windows, rules and alarm states of the points of one partition."""

    def __init__(self, plain: bool = False) -> None:
        self.plain = plain
        self._kernel, self._fold = judge_readings(plain), folder(plain)
        self._scratch = np.zeros((1, at.WINDOW_FEATURES))
        self._state = State(RuleSet())
        self._buffers = Buffers()

    @property
    def points(self) -> int:
        """Ids given out so far."""
        return self._state.points

    @property
    def rules(self) -> RuleSet:
        return self._state.book.rules

    # Arrays indexed by point id, for reading only; ask again after `define`, they grow by moving.
    @property
    def last_log_ms(self) -> Ints:
        """Log time of the last value that its gateway did not call invalid; 0 = never."""
        return self._state.T[: self.points, at.LOG]

    @property
    def last_good_log_ms(self) -> Ints:
        return self._state.T[: self.points, at.GOOD_LOG]

    @property
    def last_event_ms(self) -> Ints:
        """Judged event time of the current value; -1 = never."""
        return self._state.T[: self.points, at.EVENT]

    @property
    def last_value(self) -> Floats:
        return self._state.S[: self.points, at.VALUE]

    @property
    def flags(self) -> NDArray[np.int32]:
        """Flag bits of the current value."""
        return self._state.C[: self.points, at.FLAGS]

    @property
    def quality(self) -> NDArray[np.int32]:
        """domain.scale.Quality of the last reading; UNKNOWN before the first."""
        return self._state.C[: self.points, at.QUALITY]

    def standing(self) -> Ints:
        """Flags and quality of each point's current value as one number, of which the lowest three bits are free."""
        s = self._state
        flags = s.C[: self.points, at.FLAGS].astype(np.int64)
        return flags << 8 | s.C[: self.points, at.QUALITY] << 3

    @property
    def zero_up_to(self) -> Floats:
        """A gas reading up to here counts as zero; -inf for everything that is not a gas."""
        return self._state.P[: self.points, at.ZERO_HI]

    def define(self, specs: Sequence[PointSpec]) -> list[Transition]:
        """Add or redefine points; state is kept; a tighter limit is held against the last value at once."""
        state = self._state
        touched = state.define(specs)
        ended = state.place(touched)
        return ended + self._held_against(touched)

    def use(self, rules: RuleSet, at_ms: int) -> list[Transition]:
        """Swap the rules; state is kept by rule id. ALARM_OFF with CONFIG for active alarms whose rule is gone: its `rule` is an
        index of the set before; all others are of the new set."""
        state = self._state
        state.now_ms = max(state.now_ms, at_ms)
        state.rebook(rules)
        everything = np.arange(state.points)
        ended = state.place(everything)
        return ended + self._held_against(everything)

    def asks(self, points: Ints) -> dict[str, Ints]:
        """Names of the features from outside that rules of these points use, each with the points that ask for it."""
        s = self._state
        classes = s.C[points, at.CLASS]
        names = dict.fromkeys(name for k in np.unique(classes).tolist() for name in s.book.of_class(k).ext)
        return {name: points[s.book.ext_columns(name)[classes] >= 0] for name in names}

    def provide(self, points: Ints, name: str, values: Floats | float, valid: NDArray[np.bool_] | bool = True) -> None:
        """A feature from outside of these points, from the next reading on; to be called at ticks and events only. It stays as it
        is until provided anew; not `valid` = unknown. Points whose rules do not ask for it are passed over."""
        s = self._state
        column = s.book.ext_columns(name)[s.C[points, at.CLASS]]
        asking = column >= 0
        rows = s.C[points, at.EXT_BASE][asking] + column[asking]
        s.E[rows, at.E_VALUE] = np.broadcast_to(values, len(points))[asking]
        s.E[rows, at.E_VALID] = np.broadcast_to(valid, len(points))[asking]

    def fold(self, asked: tuple[int, ...], at_ms: int, of: Any, silence: Any, out: NDArray[np.uint8], lo: Floats,
             hi: Floats) -> int:  # fmt: skip
        """A function of groups of points (`groups.members.Series`) as of their last readings, into `lo` and `hi`. Returns when it
        changes by time alone."""
        s = self._state
        return int(self._fold(
            *asked, at_ms, of.points, of.starts, of.rows, of.before, of.scale, of.after, of.high, of.low, of.mixed, s.S, s.T, s.C, s.W1,
            s.W2, silence.limit_ms, silence.floor_ms, silence.credit_ms, silence.credit_base, silence.expected, silence.stale, out,
            self._scratch, lo, hi,
        ))  # fmt: skip

    def uses(self) -> dict[int, int]:
        """Rule -> how many points have it."""
        s = self._state
        points = np.bincount(s.C[: self.points, at.CLASS], minlength=len(s.tables.rule_of))
        rules, of = s.tables.rule_of[s.tables.rule_of >= 0], np.nonzero(s.tables.rule_of >= 0)[0]
        counted = np.bincount(rules, weights=points[of], minlength=len(self.rules))
        return {i: int(n) for i, n in enumerate(counted.tolist()) if n}

    def worst(self, point: int) -> dict[int, tuple[float, int]]:
        """Of each rule whose alarm is on at that point: the worst value so far, and event time of the first reading beyond."""
        s = self._state
        base = int(s.C[point, at.SLOT_BASE])
        rules = s.tables.rule_of[s.C[point, at.CLASS]]
        on = np.flatnonzero(s.ST[base : base + s.tables.slots_of[s.C[point, at.CLASS]]] & at.STATE_MASK >= at.ACTIVE)
        return {int(rules[i]): (float(s.SF[base + i, at.SF_WORST]), int(s.SL[base + i, at.L_FIRST])) for i in on.tolist()}

    def judge(self, point: NDArray[np.int32], event_ms: Ints, log_ms: Ints, value: Floats,
              wire: NDArray[np.uint8]) -> list[Transition]:  # fmt: skip
        """Readings in log order. Ids must have been defined."""
        n = len(point)
        if n == 0:
            return []
        if not (len(event_ms) == len(log_ms) == len(value) == len(wire) == n):
            raise ValueError("columns of different length")
        point, event_ms, log_ms = _column(point, np.int32), _column(event_ms, np.int64), _column(log_ms, np.int64)
        value, wire = _column(value, np.float64), _column(wire, np.uint8)
        if point.min() < 0 or point.max() >= self.points:
            raise ValueError("reading of an undefined point")
        s, b = self._state, self._buffers
        t = s.tables
        out: list[Transition] = []
        first = 0
        with np.errstate(over="ignore", invalid="ignore"):
            while first < n:
                first = self._kernel(
                    first, n, point, event_ms, log_ms, value, wire, s.P, s.S, s.T, s.C, s.M, s.W1, s.W2, s.R, s.TH, s.E, s.A, s.SL,
                    s.ST, s.SF, t.wants, t.danger, t.code, t.code_at, t.slots_of, t.rule_of, t.upward, t.aux, t.aux_at, b.X,
                    b.valid, b.event, b.flags, b.act, b.step, b.raised, b.cleared, b.denied, b.stack, b.OI, b.OF, b.count,
                )  # fmt: skip
                out += b.drain()
        s.now_ms = max(s.now_ms, int(log_ms[-1]))
        return out

    def tick(self, at_ms: int) -> list[Transition]:
        """Delays that ran out by log time `at_ms` with no new reading, in order of point and rule. A stale point's off-delay does
        not run out: lost data is no recovery."""
        s, b = self._state, self._buffers
        s.now_ms = max(s.now_ms, at_ms)
        waiting = s.waiting(at_ms)
        for slot in waiting:
            p = int(s.slot_point[slot])
            alarms.run_out(int(slot), p, int(slot - s.C[p, at.SLOT_BASE]), at_ms, s.P, s.S, s.T, s.C, s.SL, s.ST, s.SF,
                           s.tables.rule_of, b.OI, b.OF, b.count)  # fmt: skip
            b.reserve()
        return b.drain()

    def active(self, point: int) -> list[int]:
        """Indexes of the rules whose alarm is on at that point."""
        s = self._state
        k, base = s.C[point, at.CLASS], s.C[point, at.SLOT_BASE]
        states = s.ST[base : base + s.tables.slots_of[k]] & at.STATE_MASK
        return [int(s.tables.rule_of[k, i]) for i in np.flatnonzero(states >= at.ACTIVE)]

    def slots(self, point: int) -> list[SlotNow]:
        """Every rule judged at that point with where it stands, for those who ask why."""
        s = self._state
        k, base = int(s.C[point, at.CLASS]), int(s.C[point, at.SLOT_BASE])
        first = int(s.C[point, at.TERM_BASE])
        shown, out = s.book.of_class(k).limit_term, []
        for i in range(int(s.tables.slots_of[k])):
            row = s.SL[base + i]
            back = float(s.TH[first + shown[i], 1])
            out.append(SlotNow(
                int(s.tables.rule_of[k, i]), int(s.ST[base + i] & at.STATE_MASK), float(s.SF[base + i, at.SF_LIMIT]), back,
                bool(s.tables.upward[k, i]), int(row[at.L_LOG]), int(row[at.L_ON]), int(row[at.L_OFF]),
            ))  # fmt: skip
        return out

    def verify(self, points: Iterable[int]) -> None:
        """A person, or a second point, confirmed these gas readings: SUDDEN_ZERO holds them no longer."""
        for p in points:
            self._state.T[p, at.SECOND_EV] = 0

    def stand(self, flags: NDArray[np.int32]) -> None:
        """Flags that tests over minutes give, one mask a point: every reading has them from here on, until the next call."""
        C = self._state.C[: self.points]  # noqa: N806
        C[:, at.FLAGS] = (C[:, at.FLAGS] & ~STANDING) | flags

    def close_minute(self, minute_ms: int) -> PointMinuteColumns:
        """The minute [minute_ms, minute_ms + 60 000) of log time; starts the next one."""
        return PointMinuteColumns(minute_ms, *self._state.close_minute(minute_ms))

    def snapshot(self) -> list[tuple[str, bytes]]:
        """Everything, as named chunks; a copy."""
        return self._state.snapshot()

    @staticmethod
    def restore(chunks: Iterable[tuple[str, bytes | memoryview]], plain: bool = False) -> Judge:
        judge = Judge(plain)
        judge._state = State.restore(chunks)
        return judge

    def _held_against(self, touched: NDArray[np.int64]) -> list[Transition]:
        """Last values of these points against the rules as they are now: what is beyond starts its on-delay. Clears nothing.
        Windows, memories and features from outside are not known here: they belong to a reading."""
        s, b = self._state, self._buffers
        t = s.tables
        value = s.S[touched, at.VALUE]
        quiet = (s.S[touched, at.QUIET_LO] < value) & (value < s.S[touched, at.QUIET_HI]) & ~t.looks[s.C[touched, at.CLASS]]
        touched = touched[(s.T[touched, at.EVENT] >= 0) & ~quiet]
        outside = outside_rows(s, touched)
        known = s.E[outside, at.E_VALID]
        s.E[outside, at.E_VALID] = 0.0
        out: list[Transition] = []
        for first in range(0, len(touched), at.CHUNK):
            point = touched[first : first + at.CHUNK].astype(np.int32)
            n = len(point)
            log_ms = np.full(n, s.now_ms, np.int64)
            b.X[:n, at.X_VALUE] = s.S[point, at.VALUE]
            b.valid[:n] = 1
            b.event[:n] = s.T[point, at.EVENT]
            b.flags[:n] = s.C[point, at.FLAGS]
            b.act[:n] = at.ACT_NORMAL
            evaluate(n, point, 0, s.S, s.C, s.TH, s.E, t.code, t.code_at, t.danger, b.X, b.valid, b.flags, b.act, b.raised, b.cleared,
                     b.denied, b.stack)  # fmt: skip
            beyond = np.flatnonzero(b.raised[:n])
            for o in beyond:
                p = int(point[o])
                alarms.begin(p, int(b.raised[o]), int(b.event[o]), int(log_ms[o]), float(b.X[o, at.X_VALUE]), int(b.flags[o]),
                             s.C, s.SL, s.ST, s.SF, t.slots_of, t.rule_of, t.upward, b.OI, b.OF, b.count)  # fmt: skip
                b.reserve()
            out += b.drain()
        s.E[outside, at.E_VALID] = known
        return out


def _column(array: NDArray[Any], kind: type[np.generic]) -> NDArray[Any]:
    """The array as the kernel was compiled for it; another layout would start the compiler in the middle of work."""
    return np.require(array, kind, ("C", "W"))
