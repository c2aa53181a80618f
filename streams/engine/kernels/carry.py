"""Alarm states that outlive a change of rules, limits or points: carried along by rule id, never silently ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streams.engine.kernels import layout as at
from streams.engine.kernels.points import CONFIG, Kind, Transition
from streams.engine.kernels.rooms import carry_memory, gathered
from streams.engine.rulecode import on_value, upward_slot

if TYPE_CHECKING:
    from streams.engine.kernels.state import State

Ids = NDArray[np.int64]


class Before:
    """The rows of some points as they were before rules were laid anew, to take their states along.

    Only theirs: registering enterprises one by one must not cost the whole registry each time. Slots and thresholds are copied
    one behind the other, so `slot_at` and `term_at` say where those of point `ids[i]` begin.
    """

    def __init__(self, state: State, ids: Ids, whole: bool) -> None:
        self.state, self.ids, self.whole = state, ids, whole
        self.book, self.tables = state.tables_of, state.tables
        self.rules = self.book.rules
        self.C = state.C[ids].copy()
        k = self.C[:, at.CLASS]
        self.slot_at, slots = gathered(self.C[:, at.SLOT_BASE], self.tables.slots_of[k])
        self.term_at, terms = gathered(self.C[:, at.TERM_BASE], self.tables.terms_of[k])
        self.SL, self.SF, self.ST, self.TH = state.SL[slots], state.SF[slots], state.ST[slots], state.TH[terms]
        self.A, self.E = state.A, state.E  # never written again where a point has got other rows

    def carry(self) -> list[Transition]:
        """Old states into the new slots of these points, by rule id."""
        self._memories()
        s = self.state
        gone: list[Transition] = []
        for i in np.flatnonzero(self._any_state()).tolist():
            p, k = int(self.ids[i]), int(self.C[i, at.CLASS])
            base, old_base = int(s.C[p, at.SLOT_BASE]), int(self.C[i, at.SLOT_BASE])
            if base != old_base and not self.whole:
                s.ST[old_base : old_base + self.tables.slots_of[k]] = at.IDLE  # rows left behind must not run out
            new_slots = {s.book.rules[int(r)].id: j for j, r in enumerate(s.tables.rule_of[int(s.C[p, at.CLASS])]) if r >= 0}
            for slot in range(int(self.tables.slots_of[k])):
                row = int(self.slot_at[i]) + slot
                rule = int(self.tables.rule_of[k, slot])
                if self.ST[row] == 0:
                    continue
                to = new_slots.get(self.rules[rule].id)
                if to is not None:
                    self._into(i, row, slot, base, to)
                elif self.ST[row] & at.STATE_MASK >= at.ACTIVE:
                    gone.append(self._ended(p, rule, row))
        return gone

    def _into(self, i: int, row: int, slot: int, base: int, to: int) -> None:
        """The state of an old slot of point `ids[i]` into its new one."""
        s, p = self.state, int(self.ids[i])
        s.ST[base + to] = self.ST[row]
        s.SL[base + to, [at.L_EVENT, at.L_LOG, at.L_BITS, at.L_FIRST]] = self.SL[
            row, [at.L_EVENT, at.L_LOG, at.L_BITS, at.L_FIRST]
        ]
        s.SF[base + to, at.SF_WORST] = self.SF[row, at.SF_WORST]
        if self.ST[row] & at.STATE_MASK:
            s.C[p, at.BUSY] += 1
            if self._laxer(i, slot, to):
                s.ST[base + to] |= at.CHANGED

    def _memories(self) -> None:
        """Memories of conditions and features from outside, of all points that were of one class and are of one class now."""
        s = self.state
        classes = np.stack((self.C[:, at.CLASS], s.C[self.ids, at.CLASS]), axis=1)
        if not self.whole:
            classes[classes[:, 0] == classes[:, 1]] = 0  # same rows as before
        pairs, which = np.unique(classes, axis=0, return_inverse=True)
        for n, (old, new) in enumerate(pairs.tolist()):
            before, after = self.book.of_class(old), s.book.of_class(new)
            if (before.aux or before.ext) and (after.aux or after.ext):
                rows = np.flatnonzero(which.ravel() == n)
                carry_memory(s, before, after, self.C[rows], self.ids[rows], self.A, self.E)

    def _any_state(self) -> NDArray[np.bool_]:
        """Which of the points had anything but idle slots."""
        marked = np.concatenate(([0], np.cumsum(self.ST != 0)))
        slots = self.tables.slots_of[self.C[:, at.CLASS]]
        some: NDArray[np.bool_] = marked[self.slot_at + slots] > marked[self.slot_at]
        return some

    def _ended(self, p: int, rule: int, row: int) -> Transition:
        s = self.state
        return Transition(int(Kind.ALARM_OFF), p, rule, int(s.T[p, at.EVENT]), s.now_ms, float(s.S[p, at.VALUE]), 0.0,
                          int(s.C[p, at.FLAGS]) | CONFIG, float(self.SF[row, at.SF_WORST]), int(self.SL[row, at.L_FIRST]))  # fmt: skip

    def _laxer(self, i: int, slot: int, to: int) -> bool:
        """Whether the alarm could end now because of the change and not because of the plant. In doubt yes."""
        s, p = self.state, int(self.ids[i])
        k, new_k = int(self.C[i, at.CLASS]), int(s.C[p, at.CLASS])
        before = self.rules[int(self.tables.rule_of[k, slot])]
        after = s.book.rules[int(s.tables.rule_of[new_k, to])]
        if before.content != after.content or not on_value(before) or before.clear:
            return before.content != after.content or self._moved(i, slot, to)
        old_term, _ = upward_slot(self.tables, k, slot)
        new_term, upward = upward_slot(s.tables, new_k, to)
        old_clear = float(self.TH[self.term_at[i] + old_term, 1])
        new_clear = float(s.TH[s.C[p, at.TERM_BASE] + new_term, 1])
        return new_clear > old_clear if upward else new_clear < old_clear

    def _moved(self, i: int, slot: int, to: int) -> bool:
        """Whether any threshold that the rule looks at moved; nothing finer is worth its code."""
        s, p = self.state, int(self.ids[i])
        old = np.array(self.book.of_class(int(self.C[i, at.CLASS])).used[slot], np.int64)
        new = np.array(s.book.of_class(int(s.C[p, at.CLASS])).used[to], np.int64)
        return not np.array_equal(self.TH[self.term_at[i] + old], s.TH[s.C[p, at.TERM_BASE] + new])
