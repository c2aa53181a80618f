"""Code of the kernels against the plain evaluator on random conditions; what does not apply; clear, deadband, saturation."""

# ruff: noqa: N806 - state arrays keep the capital names of kernel_layout

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.kernels import layout as at
from streams.engine.kernels import rule_code as kernel_rules
from streams.engine.rulelang.constants import Columns, Constants, PointKind
from streams.engine.rulelang.lower import FEATURES, Aux, Lowered, in_slot, lowered
from streams.engine.rulelang.outside import columns_of, is_truth
from streams.engine.rulelang.parse import ExpressionRefused, parse
from streams.engine.rulelang.tree import Node, count, depth
from streams.engine.rulelang.types import Where, checked
from streams.engine.rules import Effect, Rule, Title
from tests.unit.streams.engine.rulelang.trees import CONSTANTS, READINGS, REMEMBERED, Missing, Point, conditions

KIND = PointKind("hazchem", "temperature", "tank_farm", "both", "degC", "", (False, True, True, False), has_deadband=True)
NUMBERS: dict[str, float] = {
    "limit.l": 20.0,
    "limit.h": 60.0,
    "range.lo": -10.0,
    "range.hi": 90.0,
    "span": 100.0,
    "deadband": 0.0,
}
COLUMNS = Columns(np.array([-10.0]), np.array([90.0]), np.array([1.0]), np.array([-1.0]), np.array([-1.0]),
                  np.array([[0.0, 20.0, 60.0, 0.0]]), 1, np.array([1.0]))  # fmt: skip
EXACT = COLUMNS._replace(deadband=np.array([0.0]))  # the negation of a comparison, without a band
COLUMN_OF = {"value": at.X_VALUE, "mean(10m)": FEATURES["mean_10m"], "rise(1m)": FEATURES["rise_1m"],
             "fall(1h)": FEATURES["fall_1h"], "max(24h)": FEATURES["max_24h"], "delta(10m)": FEATURES["delta_10m"]}  # fmt: skip
unknown_or = st.one_of(st.none(), st.sampled_from((-5.0, 0.0, 0.5, 1.0, 20.0, 60.0, 61.0, 90.0)))


def rule(when: str, **more: Any) -> Rule:
    return Rule(id="r", version="1.0.0", title=Title(zh="r", en="r"), when=when, effect=Effect(evidence="h", tier=1), **more)


class Machine:
    """One rule at one point, run by the kernel's own code."""

    def __init__(self, of: Rule, kind: PointKind = KIND) -> None:
        self.aux: list[Aux] = []
        self.ext: list[str] = []
        self.made: Lowered | None = lowered(of, Constants(kind, None), 0, self.aux, self.ext)

    def answers(self, seen: dict[str, Any], columns_of_point: Columns = COLUMNS) -> tuple[int, int]:
        """(raises, clears)"""
        raised, cleared, _ = self.masks(seen, columns_of_point)
        return raised, cleared

    def denies(self, seen: dict[str, Any]) -> bool:
        """Whether the condition is known not to hold, whatever the rule's own `clear` says."""
        return bool(self.masks(seen, COLUMNS)[2])

    def masks(self, seen: dict[str, Any], columns_of_point: Columns) -> tuple[int, int, int]:
        assert self.made is not None
        X, valid = np.zeros((1, at.X_COLUMNS)), 0
        columns = {at.X_AUX + i: aux.key for i, aux in enumerate(self.aux)} | {c: text for text, c in COLUMN_OF.items()}
        for column, text in columns.items():
            if seen[text] is not None:
                X[0, column] = seen[text]
                valid |= 1 << column
        outside = np.array([[seen[text] or 0.0, float(seen[text] is not None)] for text in self.ext]).reshape(-1, 2)
        TH = np.array([(float(a[0]), float(b[0])) for a, b in (term.thresholds(columns_of_point) for term in self.made.terms)])
        code = np.array(in_slot(self.made.code, 3), np.int32)
        with np.errstate(all="ignore"):
            masks = kernel_rules.run(0, 0, len(code), 0, 0, code, TH, outside, X, np.int64(valid), np.zeros(at.STACK))  # type: ignore[arg-type]
        raised, cleared, denied = masks
        assert raised | cleared | denied | 8 == 8
        assert raised & denied == 0, "what holds is not denied"
        assert cleared & ~denied == 0, "what clears does not hold"
        return raised >> 3, cleared >> 3, denied >> 3


def readable(when: str) -> Node | None:
    try:
        tree = parse(when)
    except ExpressionRefused:
        return None
    return None if checked(tree, Where("point", ("temperature",))) else tree


@settings(max_examples=300)
@given(st.data())
def test_code_answers_as_the_language_means(data: st.DataObject) -> None:
    when = data.draw(conditions)
    tree = readable(when)
    if tree is None:
        return
    assert count(tree) <= 64
    assert depth(tree) <= 12
    machine = Machine(rule(when))
    asked = sorted({*READINGS, *REMEMBERED, *columns_of(rule(when)), *machine.ext})
    seen: dict[str, Any] = {text: data.draw(unknown_or, label=text) for text in asked}
    for text in columns_of(rule(when)):
        if is_truth(parse(text)) and seen[text] is not None:
            seen[text] = float(seen[text] > 0.5)
    point = Point(NUMBERS, seen)
    if machine.made is None:
        with pytest.raises(Missing):
            point.truth(tree)
        return
    expected = point.truth(tree)
    assert machine.answers(seen, EXACT) == (int(expected is True), int(expected is False))


@pytest.mark.parametrize("when", [
    "value >= limit.hh", "value >= limit.h and value >= limit.hh", "not value >= limit.hh", "value >= 25 kPa", "value >= oel",
    "value >= limit.hh or rise(1m) > limit.ll", "since(value > limit.hh) > 60", "value - limit.hh > 5 degC",
])  # fmt: skip
def test_what_a_point_does_not_have_makes_no_rule_there(when: str) -> None:
    machine = Machine(rule(when))
    assert machine.made is None
    assert machine.aux == []
    assert machine.ext == []


def test_what_does_not_apply_is_dropped_from_an_or() -> None:
    machine = Machine(rule("value >= limit.hh or value >= limit.h"))
    seen: dict[str, Any] = dict.fromkeys(READINGS)
    assert machine.answers(seen | {"value": 60.0}) == (1, 0)
    assert machine.answers(seen | {"value": 50.0}) == (0, 1)
    assert machine.answers(seen) == (0, 0)


def test_one_comparison_is_one_row() -> None:
    for when in ("value >= limit.h", "limit.h <= value", "rise(10m) > 0.1 * span"):
        made = Machine(rule(when)).made
        assert made is not None
        assert len(made.code) == 1
        assert made.code[0][0] <= at.OP_RULE_LT


def test_the_deadband_moves_the_end_and_the_filed_one_wins_on_the_value() -> None:
    seen: dict[str, Any] = dict.fromkeys(READINGS)
    by_value = Machine(rule("value >= limit.h", deadband="5 degC"))  # the point files 1
    assert [by_value.answers(seen | {"value": v}) for v in (60.0, 59.5, 58.9)] == [(1, 0), (0, 0), (0, 1)]
    by_rise = Machine(rule("rise(1m) >= 0.2 * span", deadband="0.05 * span"))
    assert [by_rise.answers(seen | {"rise(1m)": v}) for v in (20.0, 16.0, 14.0)] == [(1, 0), (0, 0), (0, 1)]
    computed = Machine(rule("value - temperature.outlet >= 20 degC", deadband="5 degC"))
    found = [computed.answers(seen | {"value": v, "temperature.outlet": 40.0}) for v in (60.0, 56.0, 54.0)]
    assert found == [(1, 0), (0, 0), (0, 1)]


def test_a_deadband_does_not_touch_what_it_does_not_measure() -> None:
    seen: dict[str, Any] = dict.fromkeys(READINGS) | {"since(value > limit.h)": 599.0}
    machine = Machine(rule("since(value > limit.h) >= 600 s", deadband="5 degC"))
    assert machine.answers(seen) == (0, 1)


def test_an_own_clear_expression_ends_the_alarm_and_raising_wins() -> None:
    machine = Machine(rule("value >= limit.h", clear="mean(10m) < 50 degC"))
    seen: dict[str, Any] = dict.fromkeys(READINGS)
    assert machine.answers(seen | {"value": 60.0, "mean(10m)": 40.0}) == (1, 0)
    assert machine.answers(seen | {"value": 50.0, "mean(10m)": 55.0}) == (0, 0)
    assert machine.answers(seen | {"value": 50.0, "mean(10m)": 40.0}) == (0, 1)
    assert machine.answers(seen | {"value": 10.0}) == (0, 0)
    assert machine.denies(seen | {"value": 10.0}), "no delay runs on, though what is on stays on"
    assert not machine.denies(seen), "unknown denies nothing"


def test_a_clear_expression_that_cannot_be_asked_gives_way_to_the_negation() -> None:
    machine = Machine(rule("value >= limit.h", clear="value < limit.hh"))
    assert machine.answers(dict.fromkeys(READINGS) | {"value": 10.0}) == (0, 1)


@pytest.mark.parametrize(("limits", "beyond"), [((False, False, True, True), 80.0), ((False, False, False, False), 90.0)])
def test_the_end_of_the_range_counts_as_beyond(limits: tuple[bool, bool, bool, bool], beyond: float) -> None:
    kind = KIND._replace(limits=limits)
    made = Machine(rule("value >= limit.hh", saturation=True), kind).made
    assert made is not None
    columns = COLUMNS._replace(limits=np.array([[0.0, 0.0, 60.0, 80.0 if limits[3] else 0.0]]))
    assert made.terms[0].thresholds(columns)[0] == [beyond]
    assert Machine(rule("value >= limit.hh"), KIND._replace(limits=(False,) * 4)).made is None


def test_a_limit_beyond_the_range_saturates_before_it() -> None:
    made = Machine(rule("value >= limit.h", saturation=True)).made
    assert made is not None
    assert made.terms[0].thresholds(COLUMNS._replace(limits=np.array([[0.0, 0.0, 500.0, 0.0]])))[0] == [90.0]


def test_a_guard_is_a_comparison_without_which_the_rule_cannot_hold() -> None:
    guards = {when: Machine(rule(when)).made for when in ("value >= limit.h", "rise(1m) > span and value <= limit.l",
                                                         "value >= limit.h or rise(1m) > span", "not value >= limit.h")}  # fmt: skip
    assert [made.guard if made else None for made in guards.values()] == [(0, True), (1, False), None, None]


def test_numbers_of_another_unit_are_converted_values_with_their_offset_differences_without() -> None:
    values = Machine(rule("value >= 333.15 K")).made
    differences = Machine(rule("rise(1m) >= 5 K")).made
    assert values is not None
    assert differences is not None
    assert values.terms[0].thresholds(COLUMNS)[0] == pytest.approx([60.0])
    assert differences.terms[0].thresholds(COLUMNS)[0] == [5.0]


def test_every_constant_of_the_catalogue_is_tried_by_the_law() -> None:
    from streams.engine.rulelang.catalogue import NAMES

    assert {name for name, entry in NAMES.items() if entry.constant} - {"limit.ll", "period_s", "oel"} == set(CONSTANTS)
