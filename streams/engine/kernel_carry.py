"""Alarm states that outlive a change of rules, limits or points: carried along by rule id, never silently ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streams.engine import kernel_layout as at
from streams.engine.points import CONFIG, Kind, Transition
from streams.engine.rulecode import on_value, upward_slot

if TYPE_CHECKING:
    from streams.engine.kernel_state import State

Ids = NDArray[np.int64]


class Before:
    """The slots as they were before rules were laid anew, to take their states along."""

    def __init__(self, state: State, whole: bool) -> None:
        self.state, self.whole = state, whole
        self.rules = state.tables_of.rules
        self.tables = state.tables
        self.C = state.C[: state.points].copy()
        self.SL, self.ST, self.TH = state.SL, state.ST, state.TH
        if not whole:  # the arrays go on; what is added lies behind
            self.SL, self.ST, self.TH = state.SL.copy(), state.ST.copy(), state.TH.copy()

    def carry(self, ids: Ids) -> list[Transition]:
        """Old states into the new slots of these points, by rule id."""
        s = self.state
        gone: list[Transition] = []
        for p in ids[self._any_state(ids)].tolist():
            k, base = int(self.C[p, at.CLASS]), int(self.C[p, at.SLOT_BASE])
            new_k, new_base = int(s.C[p, at.CLASS]), int(s.C[p, at.SLOT_BASE])
            if base != new_base and not self.whole:
                s.ST[base : base + self.tables.slots_of[k]] = at.IDLE  # rows left behind must not run out
            new_slots = {s.book.rules[int(r)].id: i for i, r in enumerate(s.tables.rule_of[new_k]) if r >= 0}
            for i in range(int(self.tables.slots_of[k])):
                mark = int(self.ST[base + i])
                if mark == 0:
                    continue
                rule = int(self.tables.rule_of[k, i])
                to = new_slots.get(self.rules[rule].id)
                if to is None:
                    if mark & at.STATE_MASK >= at.ACTIVE:
                        gone.append(self._ended(p, rule, base + i))
                    continue
                slot = new_base + to
                s.ST[slot] = mark
                s.SL[slot, :2] = self.SL[base + i, :2]
                s.C[p, at.BUSY] += 1 if mark & at.STATE_MASK else 0
                if mark & at.STATE_MASK and self._laxer(p, rule, i, int(s.tables.rule_of[new_k, to]), to):
                    s.ST[slot] |= at.CHANGED
        return gone

    def _any_state(self, ids: Ids) -> NDArray[np.bool_]:
        """Which of the points had anything but idle slots."""
        known = ids < len(self.C)
        out = np.zeros(len(ids), bool)
        rows = self.C[ids[known]]
        slots = self.tables.slots_of[rows[:, at.CLASS]]
        marked = np.concatenate(([0], np.cumsum(self.ST != 0)))
        base = rows[:, at.SLOT_BASE]
        out[known] = marked[np.minimum(base + slots, len(self.ST))] > marked[np.minimum(base, len(self.ST))]
        return out

    def _ended(self, p: int, rule: int, slot: int) -> Transition:
        s = self.state
        return Transition(int(Kind.ALARM_OFF), p, rule, int(s.T[p, at.EVENT]), s.now_ms, float(s.S[p, at.VALUE]), 0.0,
                          int(s.C[p, at.FLAGS]) | CONFIG)  # fmt: skip

    def _laxer(self, p: int, rule: int, i: int, new_rule: int, to: int) -> bool:
        """Whether the alarm could end now because of the change and not because of the plant. In doubt yes."""
        s = self.state
        before, after = self.rules[rule], s.book.rules[new_rule]
        if before.content != after.content or not on_value(before):
            return before.content != after.content or self._moved(p)
        k, new_k = int(self.C[p, at.CLASS]), int(s.C[p, at.CLASS])
        old_term, _ = upward_slot(self.tables, k, i)
        new_term, upward = upward_slot(s.tables, new_k, to)
        old_clear = float(self.TH[self.C[p, at.TERM_BASE] + old_term, 1])
        new_clear = float(s.TH[s.C[p, at.TERM_BASE] + new_term, 1])
        return new_clear > old_clear if upward else new_clear < old_clear

    def _moved(self, p: int) -> bool:
        """Whether any threshold of the point moved; for rules of several terms nothing finer is worth its code."""
        s = self.state
        n_old = int(self.tables.terms_of[self.C[p, at.CLASS]])
        n_new = int(s.tables.terms_of[s.C[p, at.CLASS]])
        a, b = int(self.C[p, at.TERM_BASE]), int(s.C[p, at.TERM_BASE])
        return n_old != n_new or not np.array_equal(self.TH[a : a + n_old], s.TH[b : b + n_new])
