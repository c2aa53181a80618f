"""The arrays behind `Judge`: growth, layout of rules and windows on points, snapshots."""

# ruff: noqa: N806 - state arrays keep the capital names of kernel_layout

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.domain.scale import Quality
from streams.engine.kernels import layout as at
from streams.engine.kernels.carry import Before
from streams.engine.kernels.points import PointSpec, Transition
from streams.engine.kernels.rooms import ROOMS, grown, lay_memory, lay_windows
from streams.engine.rulecode import Book, Columns, Plan, PointKind, delays, on_value, saturates
from streams.engine.rules import RuleSet

Ids = NDArray[np.int64]
GASES = ("combustible_gas", "toxic_gas")

# N: what a point was defined as, numbers; -1 where there is none. K: its kind, by its place in `kinds`.
N_LO, N_HI, N_RESOLUTION, N_DEADBAND, N_ON, N_OFF, N_PERIOD, N_RATE, N_LIMITS = 0, 1, 2, 3, 4, 5, 6, 7, 8
N_COLUMNS = 12
POINT_ARRAYS = ("N", "K", "P", "S", "T", "C", "M")
SLOT_ARRAYS = ("SL", "ST", "SF", "slot_point")


class Buffers:
    """What a call of the kernel works on; no state."""

    def __init__(self) -> None:
        n = at.CHUNK
        self.X = np.zeros((n, at.X_COLUMNS))
        self.valid = np.zeros(n, np.int64)
        self.event = np.zeros(n, np.int64)
        self.flags = np.zeros(n, np.int64)
        self.act = np.zeros(n, np.int64)
        self.step = np.zeros(n, np.int64)
        self.raised = np.zeros(n, np.int64)
        self.cleared = np.zeros(n, np.int64)
        self.denied = np.zeros(n, np.int64)
        self.stack = np.zeros(at.STACK)
        self.OI = np.zeros((n * at.PER_READING, at.O_COLUMNS), np.int64)
        self.OF = np.zeros((n * at.PER_READING, at.OF_COLUMNS))
        self.count = np.zeros(1, np.int64)
        self._kept: list[Transition] = []

    def reserve(self) -> None:
        """Make room when what is left may not do for the next point."""
        if self.count[0] + at.PER_READING > len(self.OI):
            self._kept = self.drain()

    def drain(self) -> list[Transition]:
        """The transitions so far; the buffer is empty afterwards."""
        n = int(self.count[0])
        self.count[0] = 0
        kept, self._kept = self._kept, []
        if n == 0:
            return kept
        rows = zip(self.OI[:n].tolist(), self.OF[:n].tolist(), strict=True)
        return kept + [Transition(i[0], i[1], i[2], i[3], i[4], f[0], f[1], i[5], f[2], i[6]) for i, f in rows]


class _Header(msgspec.Struct):
    """What a snapshot needs beside the arrays. `planned` in the order in which plans were made: class ids depend on it."""

    points: int
    slots: int
    terms: int
    short: int
    long: int
    panes: int
    cells: int
    outside: int
    now_ms: int
    kinds: list[PointKind]
    planned: list[PointKind]
    free: dict[str, list[tuple[int, int]]]
    rules_hash: str
    version: int = 1


class State:
    """Arrays of all points of one partition, and the rules laid out on them."""

    def __init__(self, rules: RuleSet) -> None:
        self.points = self.slots = self.terms = self.short = self.long = self.panes = self.now_ms = 0
        self.kinds: dict[PointKind, int] = {}
        self.free: dict[str, list[tuple[int, int]]] = {name: [] for name in ROOMS}
        self.N = np.zeros((0, N_COLUMNS))
        self.K = np.zeros(0, np.int32)
        self.P = np.zeros((0, at.P_COLUMNS))
        self.S = np.zeros((0, at.S_COLUMNS))
        self.T = np.zeros((0, at.T_COLUMNS), np.int64)
        self.C = np.zeros((0, at.C_COLUMNS), np.int32)
        self.M = np.zeros((0, at.M_COLUMNS))
        self.W1 = np.zeros((0, at.W1_COLUMNS))
        self.W2 = np.zeros((0, at.W2_COLUMNS))
        self.R = np.zeros((0, at.R_COLUMNS))
        self.book = Book(rules)
        self.tables = self.book.tables()
        self.tables_of = self.book  # differs from `book` between `rebook` and `place`
        self._new_slots()

    def _new_slots(self) -> None:
        self.slots = self.terms = self.cells = self.outside = 0
        self.A = np.zeros(0, np.int64)
        self.E = np.zeros((0, at.E_COLUMNS))
        self.TH = np.zeros((0, 2))
        self.SL = np.zeros((0, at.L_COLUMNS), np.int64)
        self.ST = np.zeros(0, np.int16)
        self.SF = np.zeros((0, at.SF_COLUMNS))
        self.slot_point = np.zeros(0, np.int32)

    # --- points

    def define(self, specs: Sequence[PointSpec]) -> Ids:
        """Write down what the points are; `place` lays the rules on them. The ids, in the order given."""
        if not specs:
            return np.zeros(0, np.int64)
        specs = list({s.id: s for s in specs}.values())
        ids = np.array([s.id for s in specs], np.int64)
        rows = int(ids.max()) + 1
        if rows > self.points:
            self._more_points(rows)
        none = -1.0
        self.N[ids] = [
            (s.range_lo, s.range_hi, none if s.resolution is None else s.resolution, none if s.deadband is None else s.deadband,
             none if s.on_delay_s is None else s.on_delay_s, none if s.off_delay_s is None else s.off_delay_s, s.period_s,
             none if s.rate_max is None else s.rate_max, s.ll or 0.0, s.l or 0.0, s.h or 0.0, s.hh or 0.0)
            for s in specs
        ]  # fmt: skip
        kinds = self.kinds
        self.K[ids] = [
            kinds.setdefault(PointKind(s.profile, s.quantity, s.source_kind, s.danger, s.unit, s.medium,
                                       (s.ll is not None, s.l is not None, s.h is not None, s.hh is not None), s.role, s.device,
                                       s.grade, s.chemicals, s.deadband is not None), len(kinds))
            for s in specs
        ]  # fmt: skip
        return ids

    def _more_points(self, rows: int) -> None:
        for name in POINT_ARRAYS:
            setattr(self, name, grown(getattr(self, name), rows))
        new = slice(self.points, rows)
        self.T[new, at.EVENT] = -1
        self.C[new, at.QUALITY] = int(Quality.UNKNOWN)
        self.C[new, at.SHORT] = self.C[new, at.LONG] = self.C[new, at.DAY] = -1
        self.points = rows

    def kinds_of(self, ids: Ids) -> list[tuple[PointKind, Ids]]:
        """The ids grouped by kind of point, in a fixed order."""
        kinds = list(self.kinds)
        kind_of = self.K[ids]
        order = np.argsort(kind_of, kind="stable")
        ends = np.flatnonzero(np.diff(kind_of[order])) + 1
        return [(kinds[self.K[group[0]]], group) for group in np.split(ids[order], ends) if len(group)]

    def columns(self, ids: Ids) -> Columns:
        N = self.N[ids]
        return Columns(
            N[:, N_LO], N[:, N_HI], N[:, N_DEADBAND], N[:, N_ON], N[:, N_OFF], N[:, N_LIMITS:], len(ids), N[:, N_PERIOD]
        )

    # --- rules on points

    def rebook(self, rules: RuleSet) -> None:
        """Other rules; every point must be placed next."""
        self.book = Book(rules)

    def place(self, ids: Ids) -> list[Transition]:
        """Lay the rules on these points: class, thresholds, delays, windows. State goes along by rule id; an active alarm whose
        rule is gone is reported, with CONFIG."""
        old = Before(self, ids, whole=self.tables_of is not self.book)
        if old.whole:
            self._new_slots()
        for kind, group in self.kinds_of(ids):
            plan = self.book.plan(kind)
            self._parameters(kind, plan, group)
            self._slots(plan, group, old.whole)
            lay_windows(self, plan, group)
        self.tables = self.book.tables()
        self.tables_of = self.book
        return old.carry()

    def _parameters(self, kind: PointKind, plan: Plan, ids: Ids) -> None:
        """The row P of points of one kind."""
        q = self.book.rules.quality_of(kind.quantity)
        N = self.N[ids]
        lo, hi = N[:, N_LO], N[:, N_HI]
        span = hi - lo
        gas = kind.quantity in GASES
        P = np.full((len(ids), at.P_COLUMNS), np.inf)
        P[:, at.FAIL_LO] = lo - span * q.tolerance_share
        P[:, at.FAIL_HI] = hi + span * q.tolerance_share
        P[:, at.SAT_LO] = lo if saturates(kind, False) else -np.inf
        P[:, at.SAT_HI] = hi if saturates(kind, True) else np.inf
        P[:, at.JUMP] = np.inf if q.jump_share is None else span * q.jump_share
        P[:, at.RATE_MAX] = np.where(N[:, N_RATE] >= 0.0, N[:, N_RATE] / 1000.0, np.inf)
        P[:, at.FLAT_TOL] = np.maximum(N[:, N_RESOLUTION], 0.0) * 0.5  # one step of the sensor is a change
        P[:, at.FLAT_MS] = np.inf if q.flat_s is None else q.flat_s * 1000.0
        P[:, at.FLAT_BAD_MS] = P[:, at.FLAT_MS] if q.flat_suspect_s is None else q.flat_suspect_s * 1000.0
        P[:, at.ZERO_HI] = lo + span * q.zero_share if gas else -np.inf
        if gas:
            P[:, at.SECOND] = self._second_level(plan, ids)
        period_ms = np.maximum(N[:, N_PERIOD], 0.0) * 1000.0
        P[:, at.SUDDEN_MS] = np.maximum(2.0 * period_ms, 10_000.0)
        P[:, at.GAP_MS] = np.maximum(3.0 * period_ms, 3_000.0)
        P[:, at.STALE_MS] = np.maximum(3.0 * period_ms, 60_000.0)
        sentinels = sorted(q.sentinels, key=abs)[: at.SENTINEL_COUNT]
        P[:, at.SENTINELS : at.SENTINELS + len(sentinels)] = sentinels
        P[:, at.SENTINEL_FROM] = abs(sentinels[0]) if sentinels else np.inf
        P[:, at.ONLINE_MS] = np.maximum(3.0 * period_ms, 5_000.0)
        self.P[ids] = P

    def _second_level(self, plan: Plan, ids: Ids) -> NDArray[np.float64]:
        """Second alarm level of gas points: the threshold of their rules for it, else their own HH."""
        columns = self.columns(ids)
        level = columns.limits[:, 3] if plan.kind.limits[3] else np.full(len(ids), np.inf)
        for index, first in zip(plan.rules, plan.limit_term, strict=True):
            rule = self.book.rules[index]
            if rule.effect.evidence in ("gas_2", "hh") and on_value(rule):
                level = np.minimum(level, plan.terms[first].thresholds(columns)[0])
        return level

    def _slots(self, plan: Plan, ids: Ids, anew: bool) -> None:
        """Slots and thresholds of points of one class; idle, until the old states are carried in."""
        k = len(plan.rules)
        columns = self.columns(ids)
        base, term_base = self._rows(plan, ids, anew)
        n_of_m = [self.book.rules[i].n_of_m or (0, 0) for i in plan.rules]
        on, off = delays([self.book.rules[i] for i in plan.rules], columns, on_value)
        for i, term in enumerate(plan.terms):
            self.TH[term_base + i, 0], self.TH[term_base + i, 1] = term.thresholds(columns)
        quiet_lo, quiet_hi = np.full(len(ids), -np.inf), np.full(len(ids), np.inf)
        for i, upward in plan.guards:
            if upward:
                quiet_hi = np.minimum(quiet_hi, self.TH[term_base + i, 0])
            else:
                quiet_lo = np.maximum(quiet_lo, self.TH[term_base + i, 0])
        self.S[ids, at.QUIET_LO], self.S[ids, at.QUIET_HI] = quiet_lo, quiet_hi
        rows = base[:, None] + np.arange(k)
        self.SL[rows] = 0
        self.SL[rows, at.L_ON], self.SL[rows, at.L_OFF] = on, off
        self.SL[rows, at.L_N], self.SL[rows, at.L_M] = np.array(n_of_m, np.int64).reshape(k, 2).T
        self.ST[rows] = at.IDLE
        self.SF[rows, at.SF_WORST] = 0.0
        self.SF[rows, at.SF_LIMIT] = self.TH[term_base[:, None] + np.array(plan.limit_term, np.int64), 0]
        self.slot_point[rows] = ids[:, None]
        self.C[ids, at.CLASS] = plan.class_id
        self.C[ids, at.SLOT_BASE] = base
        self.C[ids, at.TERM_BASE] = term_base
        self.C[ids, at.BUSY] = 0

    def _rows(self, plan: Plan, ids: Ids, anew: bool) -> tuple[Ids, Ids]:
        """(first slot, first term) of each point: where they are if the class stays, else new rows at the end."""
        k, m = len(plan.rules), len(plan.terms)
        base, term_base = self.C[ids, at.SLOT_BASE].astype(np.int64), self.C[ids, at.TERM_BASE].astype(np.int64)
        fresh = np.ones(len(ids), bool) if anew else self.C[ids, at.CLASS] != plan.class_id
        n = int(fresh.sum())
        lay_memory(self, plan, ids[fresh])
        base[fresh] = self.slots + np.arange(n) * k
        term_base[fresh] = self.terms + np.arange(n) * m
        self.slots += n * k
        self.terms += n * m
        for name in SLOT_ARRAYS:
            setattr(self, name, grown(getattr(self, name), self.slots))
        self.TH = np.asarray(grown(self.TH, self.terms), np.float64)
        return base, term_base

    # --- time

    def waiting(self, at_ms: int) -> list[int]:
        """Slots whose delay has run out by `at_ms`, ordered by point, then rule."""
        states = self.ST[: self.slots] & at.STATE_MASK
        rows = np.flatnonzero((states == at.PENDING_ON) | (states == at.PENDING_OFF))
        if len(rows) == 0:
            return []
        delay = np.where(states[rows] == at.PENDING_ON, self.SL[rows, at.L_ON], self.SL[rows, at.L_OFF])
        rows = rows[self.SL[rows, at.L_LOG] + delay <= at_ms]
        found: list[int] = rows[np.lexsort((rows, self.slot_point[rows]))].tolist()
        return found

    def close_minute(self, minute_ms: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64],
                                                    NDArray[np.float64], NDArray[np.float64], NDArray[np.int64],
                                                    NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
        """Columns of the minute; the next one starts with the coverage that reaches into it."""
        M = self.M[: self.points]
        n = M[:, at.M_N]
        some = n > 0.0
        mean = np.divide(M[:, at.M_SUM], n, out=np.zeros(self.points), where=some)
        over = np.maximum(M[:, at.M_COVERED] - (minute_ms + 60_000), 0.0)
        online = np.clip(M[:, at.M_ONLINE] - over, 0.0, 60_000.0)
        out = (n.astype(np.int64), mean, np.where(some, M[:, at.M_LOW], 0.0), np.where(some, M[:, at.M_HIGH], 0.0),
               M[:, at.M_LAST].copy(), M[:, at.M_GOOD].astype(np.int64), (online // 1000.0).astype(np.int64),
               M[:, at.M_OTHER : at.M_INACCURATE + 1].astype(np.int64))  # fmt: skip
        M[:, [at.M_N, at.M_SUM, at.M_LOW, at.M_HIGH, at.M_GOOD]] = 0.0
        M[:, at.M_OTHER :] = 0.0
        M[:, at.M_ONLINE] = over
        return out

    # --- snapshots

    def _used(self) -> dict[str, int]:
        rows = dict.fromkeys(POINT_ARRAYS, self.points) | dict.fromkeys(SLOT_ARRAYS, self.slots)
        return rows | {"TH": self.terms, "W1": self.short, "W2": self.long, "R": self.panes, "A": self.cells, "E": self.outside}

    def snapshot(self) -> list[tuple[str, bytes]]:
        header = _Header(self.points, self.slots, self.terms, self.short, self.long, self.panes, self.cells,
                         self.outside, self.now_ms, list(self.kinds), self.book.kinds, self.free, self.book.rules.hash)  # fmt: skip
        chunks = [("judge/header", msgspec.json.encode(header)), ("judge/rules", self.book.rules.encode())]
        return chunks + [(f"judge/{name}", getattr(self, name)[:rows].tobytes()) for name, rows in self._used().items()]

    @staticmethod
    def restore(chunks: Iterable[tuple[str, bytes | memoryview]]) -> State:
        parts = dict(chunks)
        header = msgspec.json.decode(parts["judge/header"], type=_Header)
        state = State(RuleSet.decode(bytes(parts["judge/rules"]), header.rules_hash))
        for name in ("points", "slots", "terms", "short", "long", "panes", "cells", "outside", "now_ms", "free"):
            setattr(state, name, getattr(header, name))
        state.kinds = {kind: i for i, kind in enumerate(header.kinds)}
        for kind in header.planned:
            state.book.plan(kind)
        state.tables = state.book.tables()
        state.tables_of = state.book
        for name, rows in state._used().items():
            empty = getattr(state, name)
            data = np.frombuffer(parts[f"judge/{name}"], empty.dtype)
            setattr(state, name, data.reshape(rows, *empty.shape[1:]).copy())
        return state
