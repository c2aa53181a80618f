"""Pass (b): rule code over the features of a chunk of readings. Out come two bit masks a reading: raise and clear.

The code is data, so a hot reload never waits for a compiler. Every condition has two answers, because an alarm ends elsewhere
than it begins: `raise` (beyond the limit) and `clear` (back beyond the deadband). An unknown feature answers neither. The
algebra is closed: all = (and, or), any = (or, and), not = swapped; so any tree of comparisons is a few rows of code.

Answers are a stack of two-bit pairs in one integer. Numbers are a stack of their own, with a mask of what is known: an operand
that is not known, and a division by zero, make everything above them unknown, down to the comparison. A rule with a clear
expression of its own is two trees: what the first says raises, what the second holds true clears, and raising wins. What the
first one denies (beyond its deadband) is a third mask: it clears no alarm, but an on-delay that still runs starts again.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    ACT_BAD, ACT_LATE, ACT_QUIET, ACT_SKIP, CLASS, E_VALID, E_VALUE, EXT_BASE, OP_ABS, OP_ADD, OP_ALL, OP_CONST, OP_DIV, OP_END,
    OP_EXT, OP_GE, OP_IS_EQ, OP_IS_GE, OP_MIN, OP_MUL, OP_NEG, OP_NOT, OP_OWN, OP_PUSH, OP_RULE_LT, OP_SUB, QUIET_HI, QUIET_LO,
    TERM_BASE, X_VALUE,
)  # fmt: skip
from streams.engine.kernels.quality import FAILS

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
def compared_numbers(op: int, x: float, y: float, band: float) -> int:
    """The same of two numbers, `band` behind the right one. op: 0 to 3 as above, 4 ==."""
    if op == 4:
        return (1 if x == y else 0) | (2 if abs(x - y) > band else 0)
    return compared(op, x, y, y - band if op < 2 else y + band)


@inner
def computed(op: int, x: float, y: float) -> float:
    """Arithmetic of two numbers; a division by zero was caught before."""
    if op == OP_ADD:
        return x + y
    if op == OP_SUB:
        return x - y
    if op == OP_MUL:
        return x * y
    if op == OP_DIV:
        return x / y
    if op == OP_MIN:
        return y if y < x else x
    return y if y > x else x


@inner
def run(  # noqa: C901 - one branch an operation
        o: int, first: int, last: int, terms: int, ext: int, code: Array, TH: Array, E: Array, X: Array, valid: int,
        stack: Array) -> tuple[int, int, int]:  # fmt: skip
    """Masks of what raises, what clears and what does not hold, of reading o under code[first:last]; thresholds start at row
    `terms`, columns of E at `ext`."""
    raised = 0
    cleared = 0
    denied = 0
    answers = 0  # two bits each, the last one lowest
    top = 0  # numbers on the stack
    known = 0  # a bit each, by place
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
            answers = answers << 2 | answer
        elif op < OP_NOT:
            both = 3
            either = 0
            for _ in range(code[c, 1]):
                both &= answers
                either |= answers & 3
                answers >>= 2
            answers = answers << 2 | ((both & 1) | (either & 2) if op == OP_ALL else (either & 1) | (both & 2))
        elif op == OP_NOT:
            answers = answers & ~3 | (answers & 1) << 1 | (answers >> 1 & 1)
        elif op == OP_END:
            raised |= (answers & 1) << code[c, 3]
            cleared |= (answers >> 1 & 1) << code[c, 3]
            answers >>= 2
        elif op == OP_OWN:
            up = answers >> 2 & 1
            raised |= up << code[c, 3]
            cleared |= (answers & 1 & ~up) << code[c, 3]
            denied |= (answers >> 3 & 1) << code[c, 3]
            answers >>= 4
        elif op == OP_PUSH:
            stack[top] = X[o, code[c, 1]]
            known = known & ~(1 << top) | (valid >> code[c, 1] & 1) << top
            top += 1
        elif op == OP_EXT:
            stack[top] = E[ext + code[c, 1], E_VALUE]
            known = known & ~(1 << top) | (1 << top if E[ext + code[c, 1], E_VALID] != 0.0 else 0)
            top += 1
        elif op == OP_CONST:
            stack[top] = TH[terms + code[c, 2], 0]
            known |= 1 << top
            top += 1
        elif op < OP_NEG:
            top -= 1
            if known >> top & 1 and known >> top - 1 & 1 and not (op == OP_DIV and stack[top] == 0.0):
                stack[top - 1] = computed(op, stack[top - 1], stack[top])
            else:
                known &= ~(1 << top - 1)
        elif op == OP_NEG:
            stack[top - 1] = -stack[top - 1]
        elif op == OP_ABS:
            stack[top - 1] = abs(stack[top - 1])
        elif op <= OP_IS_EQ:
            top -= 2
            answer = 0
            if known >> top & 3 == 3:
                band = TH[terms + code[c, 2], 1] if code[c, 2] >= 0 else 0.0
                answer = compared_numbers(op - OP_IS_GE, stack[top], stack[top + 1], band)
            answers = answers << 2 | answer
        else:  # OP_TRUTH
            top -= 1
            answer = 0
            if known >> top & 1:
                answer = 1 if stack[top] != 0.0 else 2
            answers = answers << 2 | answer
    return raised, cleared, cleared | denied


@inner
def answers(o: int, p: int, first: int, last: int, C: Array, TH: Array, E: Array, code: Array, danger: Array, X: Array,
            valid: Array, flags: Array, act: Array, stack: Array) -> tuple[int, int, int]:  # fmt: skip
    """The same of reading o of point p. A faulty value is evidence in the dangerous direction only; what is not good, or is late,
    clears nothing and denies nothing."""
    r, c, d = run(o, first, last, C[p, TERM_BASE], C[p, EXT_BASE], code, TH, E, X, valid[o], stack)
    if flags[o] & FAILS:
        r &= danger[C[p, CLASS]]
    if act[o] & (ACT_BAD | ACT_LATE):
        c = 0
        d = 0
    return r, c, d


def evaluate(n: int, point: Array, start: int, S: Array, C: Array, TH: Array, E: Array, code: Array, code_at: Array, danger: Array,
             X: Array, valid: Array, flags: Array, act: Array, raised: Array, cleared: Array, denied: Array,
             stack: Array) -> None:  # fmt: skip
    """Masks of readings 0..n of the chunk. Of a value in the quiet band only the rules are asked that do not look at the value:
    whether others are cleared matters to busy points alone, and pass (c) asks for it there."""
    for o in range(n):
        raised[o] = 0
        cleared[o] = 0
        denied[o] = 0
        if act[o] == ACT_SKIP:
            continue
        p = point[start + o]
        k = C[p, CLASS]
        first = code_at[k, 0]
        if S[p, QUIET_LO] < X[o, X_VALUE] < S[p, QUIET_HI]:
            act[o] |= ACT_QUIET
            first = code_at[k, 1]
        if first < code_at[k, 2]:
            raised[o], cleared[o], denied[o] = answers(
                o, p, first, code_at[k, 2], C, TH, E, code, danger, X, valid, flags, act, stack
            )
