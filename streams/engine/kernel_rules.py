"""Pass (b): rule code over the features of a chunk of readings. Out come two bit masks a reading: raise and clear.

The code is data, so a hot reload never waits for a compiler. Every condition has two answers, because an alarm ends elsewhere
than it begins: `raise` (beyond the limit) and `clear` (back beyond the deadband). An unknown feature answers neither. The
algebra is closed: all = (and, or), any = (or, and), not = swapped; so any tree of comparisons is a few rows of code.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.engine.kernel import inner
from streams.engine.kernel_layout import (
    ACT_BAD, ACT_LATE, ACT_QUIET, ACT_SKIP, CLASS, OP_ALL, OP_END, OP_GE, OP_NOT, OP_RULE_LT, QUIET_HI, QUIET_LO, TERM_BASE,
    X_VALUE,
)  # fmt: skip
from streams.engine.quality import FAILS

Array = Any


@inner
def compared(op: int, x: float, beyond: float, back: float) -> int:
    """Bit 1: the comparison holds; bit 2: it is safely away. op: 0 >=, 1 >, 2 <=, 3 <."""
    if op == 0:
        return (1 if x >= beyond else 0) | (2 if x < back else 0)
    if op == 1:
        return (1 if x > beyond else 0) | (2 if x <= back else 0)
    if op == 2:
        return (1 if x <= beyond else 0) | (2 if x > back else 0)
    return (1 if x < beyond else 0) | (2 if x >= back else 0)


@inner
def run(o: int, first: int, last: int, terms: int, code: Array, TH: Array, X: Array, valid: int, stack: Array) -> tuple[int, int]:
    """(raise mask, clear mask) of reading o under code[first:last]; thresholds start at row `terms`."""
    raised = 0
    cleared = 0
    top = 0
    for c in range(first, last):
        op = code[c, 0]
        if op <= OP_RULE_LT:
            if valid >> code[c, 1] & 1:
                row = terms + code[c, 2]
                answer = compared(op, X[o, code[c, 1]], TH[row, 0], TH[row, 1])
                raised |= (answer & 1) << code[c, 3]
                cleared |= (answer >> 1) << code[c, 3]
        elif op < OP_ALL:
            answer = 0
            if valid >> code[c, 1] & 1:
                row = terms + code[c, 2]
                answer = compared(op - OP_GE, X[o, code[c, 1]], TH[row, 0], TH[row, 1])
            stack[top] = answer
            top += 1
        elif op == OP_NOT:
            answer = stack[top - 1]
            stack[top - 1] = (answer & 1) << 1 | answer >> 1
        elif op == OP_END:
            top -= 1
            raised |= (stack[top] & 1) << code[c, 3]
            cleared |= (stack[top] >> 1) << code[c, 3]
        else:
            both = 3
            either = 0
            for _ in range(code[c, 1]):
                top -= 1
                both &= stack[top]
                either |= stack[top]
            if op == OP_ALL:
                stack[top] = (both & 1) | (either & 2)
            else:
                stack[top] = (either & 1) | (both & 2)
            top += 1
    return raised, cleared


@inner
def answers(o: int, p: int, first: int, last: int, C: Array, TH: Array, code: Array, danger: Array, X: Array, valid: Array,
            flags: Array, act: Array, stack: Array) -> tuple[int, int]:  # fmt: skip
    """(raise mask, clear mask) of reading o of point p. A faulty value is evidence in the dangerous direction only; what is not
    good, or is late, clears nothing."""
    r, c = run(o, first, last, C[p, TERM_BASE], code, TH, X, valid[o], stack)
    if flags[o] & FAILS:
        r &= danger[C[p, CLASS]]
    if act[o] & (ACT_BAD | ACT_LATE):
        c = 0
    return r, c


def evaluate(n: int, point: Array, start: int, S: Array, C: Array, TH: Array, code: Array, code_at: Array, danger: Array,
             X: Array, valid: Array, flags: Array, act: Array, raised: Array, cleared: Array, stack: Array) -> None:  # fmt: skip
    """Masks of readings 0..n of the chunk. Of a value in the quiet band only the rules are asked that do not look at the value:
    whether others are cleared matters to busy points alone, and pass (c) asks for it there."""
    for o in range(n):
        raised[o] = 0
        cleared[o] = 0
        if act[o] == ACT_SKIP:
            continue
        p = point[start + o]
        k = C[p, CLASS]
        first = code_at[k, 0]
        if S[p, QUIET_LO] < X[o, X_VALUE] < S[p, QUIET_HI]:
            act[o] |= ACT_QUIET
            first = code_at[k, 1]
        if first < code_at[k, 2]:
            raised[o], cleared[o] = answers(o, p, first, code_at[k, 2], C, TH, code, danger, X, valid, flags, act, stack)
