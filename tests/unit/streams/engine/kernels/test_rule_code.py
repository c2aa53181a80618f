"""Rule code against a reference that walks the tree: pairs of answers, numbers, what is unknown, own clear expressions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.kernels import layout as at
from streams.engine.kernels import rule_code as kernel_rules

Tree = tuple[Any, ...]
FEATURES, OUTSIDE = 3, 2
NUMBERS = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.5)
TWO = {at.OP_ADD, at.OP_SUB, at.OP_MUL, at.OP_DIV, at.OP_MIN, at.OP_MAX}

leaves = st.one_of(
    st.tuples(st.just(at.OP_PUSH), st.integers(0, FEATURES - 1)),
    st.tuples(st.just(at.OP_EXT), st.integers(0, OUTSIDE - 1)),
    st.tuples(st.just(at.OP_CONST), st.sampled_from(NUMBERS)),
)
numbers = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(TWO)), inner, inner), st.tuples(st.sampled_from([at.OP_NEG, at.OP_ABS]), inner)
    ),
    max_leaves=6,
)
bands = st.sampled_from([None, 0.5, 1.0])
comparisons = st.one_of(
    st.tuples(st.sampled_from(range(at.OP_IS_GE, at.OP_IS_EQ + 1)), numbers, numbers, bands),
    st.tuples(st.sampled_from(range(at.OP_GE, at.OP_LT + 1)), st.integers(0, FEATURES - 1), st.sampled_from(NUMBERS), bands),
    st.tuples(st.just(at.OP_TRUTH), numbers),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from([at.OP_ALL, at.OP_ANY]), inner, inner), st.tuples(st.just(at.OP_NOT), inner)
    ),
    max_leaves=8,
)
readings = st.lists(st.one_of(st.none(), st.sampled_from(NUMBERS)), min_size=FEATURES + OUTSIDE, max_size=FEATURES + OUTSIDE)


class Code:
    """Rows of code and of thresholds of a tree."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self.terms: list[tuple[float, float]] = []

    def term(self, beyond: float, back: float) -> int:
        self.terms.append((beyond, back))
        return len(self.terms) - 1

    def put(self, tree: Tree) -> Code:
        op = tree[0]
        if op in (at.OP_PUSH, at.OP_EXT):
            self.rows.append((op, tree[1], 0, 0))
        elif op == at.OP_CONST:
            self.rows.append((op, 0, self.term(tree[1], 99.0), 0))
        elif at.OP_GE <= op <= at.OP_LT:
            band = tree[3] or 0.0
            self.rows.append((op, tree[1], self.term(tree[2], tree[2] - band if op < at.OP_LE else tree[2] + band), 0))
        else:
            parts = [part for part in tree[1:] if isinstance(part, tuple)]
            for part in parts:
                self.put(part)
            band_term = self.term(99.0, tree[3]) if len(tree) == 4 and tree[3] is not None else -1
            self.rows.append((op, len(parts), band_term, 0))
        return self

    def end(self, op: int = at.OP_END, slot: int = 0) -> Code:
        self.rows.append((op, 0, 0, slot))
        return self


def number(tree: Tree, given: list[float | None]) -> float | None:
    """None = unknown."""
    op = tree[0]
    if op in (at.OP_PUSH, at.OP_EXT):
        seen: float | None = given[tree[1] + (FEATURES if op == at.OP_EXT else 0)]
        return seen
    if op == at.OP_CONST:
        return float(tree[1])
    found = [number(part, given) for part in tree[1:]]
    known = [x for x in found if x is not None]
    if len(known) < len(found) or (op == at.OP_DIV and known[1] == 0.0):
        return None
    x, y = known[0], known[-1]
    done: dict[int, float] = {at.OP_ADD: x + y, at.OP_SUB: x - y, at.OP_MUL: x * y, at.OP_DIV: x / (y or 1.0), at.OP_MIN: min(x, y),
            at.OP_MAX: max(x, y), at.OP_NEG: -x, at.OP_ABS: abs(x)}  # fmt: skip
    return done[op]


def answer(tree: Tree, given: list[float | None]) -> tuple[bool, bool]:
    """(raise, clear)."""
    op = tree[0]
    if op == at.OP_NOT:
        return answer(tree[1], given)[::-1]
    if op in (at.OP_ALL, at.OP_ANY):
        (a, b), (c, d) = answer(tree[1], given), answer(tree[2], given)
        return (a and c, b or d) if op == at.OP_ALL else (a or c, b and d)
    if op == at.OP_TRUTH:
        truth = number(tree[1], given)
        return (False, False) if truth is None else (truth != 0.0, truth == 0.0)
    feature = at.OP_GE <= op <= at.OP_LT
    x, y = (given[tree[1]], tree[2]) if feature else (number(tree[1], given), number(tree[2], given))
    if x is None or y is None:
        return False, False
    band = tree[3] or 0.0
    kind = op - at.OP_GE if feature else op - at.OP_IS_GE
    return [(x >= y, x < y - band), (x > y, x <= y - band), (x <= y, x > y + band), (x < y, x >= y + band),
            (x == y, abs(x - y) > band)][int(kind)]  # fmt: skip


def run(code: Code, given: list[float | None]) -> tuple[int, int, int]:
    own = given[:FEATURES]
    return kernel_rules.run(
        0, 0, len(code.rows), 0, 0, np.array(code.rows, np.int64), np.array(code.terms or [(0.0, 0.0)]),
        np.array([[x or 0.0, float(x is not None)] for x in given[FEATURES:]]), np.array([[x or 0.0 for x in own]]),
        sum(1 << i for i, x in enumerate(own) if x is not None), np.zeros(at.STACK),
    )  # fmt: skip


@given(conditions, readings)
def test_code_answers_as_its_tree(tree: Tree, given: list[float | None]) -> None:
    raised, cleared = answer(tree, given)
    assert run(Code().put(tree).end(slot=at.MAX_SLOTS - 1), given) == tuple(
        bit << at.MAX_SLOTS - 1 for bit in (raised, cleared, cleared)
    )
    assert not (raised and cleared)


@given(conditions, conditions, readings)
def test_an_own_clear_expression_clears_by_its_truth_and_raising_wins(up: Tree, down: Tree, given: list[float | None]) -> None:
    raised = answer(up, given)[0]
    cleared = answer(down, given)[0] and not raised
    denied = cleared or answer(up, given)[1]
    assert run(Code().put(up).put(down).end(at.OP_OWN, 3), given) == (raised << 3, cleared << 3, denied << 3)


@given(st.lists(st.tuples(conditions, st.booleans(), conditions), min_size=2, max_size=5), readings)
def test_rules_one_behind_the_other_do_not_see_each_other(
    rules: list[tuple[Tree, bool, Tree]], given: list[float | None]
) -> None:
    code, expected = Code(), [0, 0, 0]
    for slot, (up, own, down) in enumerate(rules):
        code.put(up)
        alone = Code().put(up)
        if own:
            code.put(down)
            alone.put(down)
        code.end(at.OP_OWN if own else at.OP_END, slot)
        bits = run(alone.end(at.OP_OWN if own else at.OP_END), given)
        expected = [mask | bit << slot for mask, bit in zip(expected, bits, strict=True)]
    assert list(run(code, given)) == expected


@given(conditions, readings, st.integers(0, FEATURES + OUTSIDE - 1))
def test_knowing_less_never_turns_an_answer_round(tree: Tree, given: list[float | None], lost: int) -> None:
    """What is unknown neither raises nor clears, through all arithmetic: less data gives the same answer or none."""
    less = [None if i == lost else x for i, x in enumerate(given)]
    before, after = run(Code().put(tree).end(), given), run(Code().put(tree).end(), less)
    assert after in (before, (0, 0, 0))


def test_answers_may_be_as_deep_as_the_stack_says() -> None:
    true: Tree = (at.OP_GE, 0, 1.0, None)
    code = Code()
    for _ in range(at.MAX_ANSWERS):
        code.put(true)
    for _ in range(at.MAX_ANSWERS - 1):
        code.rows.append((at.OP_ALL, 2, 0, 0))
    assert run(code.end(), [2.0, None, None, None, None]) == (1, 0, 0)
    assert run(code, [0.0, None, None, None, None]) == (0, 1, 1)


@pytest.mark.parametrize("values", [(1e308, 10.0), (-1e308, 10.0)])
def test_a_number_beyond_all_numbers_is_no_proof(values: tuple[float, float]) -> None:
    """1e308 * 10 - 1e308 * 10 is not a number: such a comparison answers neither."""
    big: Tree = (at.OP_MUL, (at.OP_PUSH, 0), (at.OP_PUSH, 1))
    with np.errstate(all="ignore"):
        got = run(Code().put((at.OP_IS_GE, (at.OP_SUB, big, big), (at.OP_CONST, 0.0), None)).end(), [*values, None, None, None])
    assert got == (0, 0, 0)
