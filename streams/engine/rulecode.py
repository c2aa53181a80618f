"""Rules made ready for the kernels: classes of points with the same rules, their code, the thresholds of each point.

A point's class depends on what it is (profile, quantity, kind, danger, unit, medium, which limits it has); points of a class
share one piece of code and differ in numbers only. Nothing is compiled: a reload is as fast as filling arrays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine import kernel_layout as at
from streams.engine.rules import AllOf, Condition, NotOf, Rule, RuleSet, Term

Floats = NDArray[np.float64]

_WINDOW_FEATURES = ("mean", "min", "max", "deviation", "rate", "rise", "fall", "count", "delta")
FEATURES: dict[str, int] = {"value": at.X_VALUE, "rate": at.X_RATE} | {
    f"{name}_{window}": base + i
    for window, base in (("1m", at.X_1M), ("10m", at.X_10M), ("1h", at.X_1H), ("24h", at.X_24H))
    for i, name in enumerate(_WINDOW_FEATURES)
}
_ON_VALUE = {"value"} | {f"{n}_{w}" for n in ("mean", "min", "max") for w in ("1m", "10m", "1h", "24h")}
OPERATORS = {">=": 0, ">": 1, "<=": 2, "<": 3}
LIMITS = ("ll", "l", "h", "hh")
SATURATING = ("combustible_gas", "toxic_gas", "pressure", "temperature", "level")
"""Quantities whose upper end of range is beyond any limit, even where none is filed. Others only where a limit is filed:
a valve that is fully open is at the end of its range all day."""

_SOURCE = re.compile(r"(?:(?P<base>limit\.(?:ll|l|h|hh)|span|range|oel)(?:\s*\*\s*(?P<share>[0-9.]+))?"
                     r"|(?P<number>[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:\s+(?P<unit>\S+))?)\Z")  # fmt: skip


class Source(NamedTuple):
    """Where a threshold comes from: `base` times `share`, or a number (for points of `unit` only, when given)."""

    base: str  # limit.h, span, range, oel, number
    share: float
    unit: str = ""


def source_of(text: str | float) -> Source:
    """Raises ValueError when it is none of the forms of `rules.Term`.

    >>> source_of("span * 0.1")
    Source(base='span', share=0.1, unit='')
    """
    if not isinstance(text, str):
        return Source("number", float(text))
    found = _SOURCE.match(text.strip())
    if not found:
        raise ValueError(text)
    if found["base"]:
        return Source(found["base"], float(found["share"] or 1.0))
    return Source("number", float(found["number"]), _unit(found["unit"] or ""))


def _unit(unit: str) -> str:
    """Units are compared as people write them: case, spaces and the place of % do not matter.

    >>> _unit("LEL%") == _unit("%LEL")
    True
    """
    folded = unit.casefold().replace(" ", "").replace("³", "3")
    return "%" + folded.replace("%", "") if "%" in folded else folded


class PointKind(NamedTuple):
    """What decides which rules a point has."""

    profile: str
    quantity: str
    source_kind: str
    danger: str
    unit: str
    medium: str
    limits: tuple[bool, bool, bool, bool]  # has ll, l, h, hh


class Columns(NamedTuple):
    """Numbers of some points, as columns; has_* where None is possible."""

    range_lo: Floats
    range_hi: Floats
    deadband: Floats  # -1 = none
    on_delay_s: Floats  # -1 = none
    off_delay_s: Floats  # -1 = none
    limits: Floats  # shape (n, 4); 0 where there is none
    rows: int
    period_s: Floats


@dataclass(slots=True)
class BoundTerm:
    """A comparison with the source of its threshold chosen for one kind of point."""

    term: Term
    feature: int
    source: Source

    def thresholds(self, points: Columns, exposure: float | None, kind: PointKind) -> tuple[Floats, Floats]:
        """(raise, clear) for these points."""
        beyond = resolve(self.source, points, exposure, offset=self.term.feature in _ON_VALUE)
        upward = self.term.op[0] == ">"
        pick = np.minimum if upward else np.maximum
        if self.term.at_most is not None and resolvable(cap := source_of(self.term.at_most), kind, exposure):
            beyond = pick(beyond, resolve(cap, points, exposure, offset=True))
        if self.term.saturation and saturates(kind, upward):
            beyond = pick(beyond, points.range_hi if upward else points.range_lo)
        own = np.full(points.rows, -1.0) if self.term.feature != "value" else points.deadband
        default = np.zeros(points.rows)
        if self.term.deadband is not None and resolvable(band := source_of(self.term.deadband), kind, exposure):
            default = resolve(band, points, exposure, offset=False)
        band_of = np.where(own >= 0.0, own, default)
        return beyond, beyond - band_of if upward else beyond + band_of


def saturates(kind: PointKind, upward: bool) -> bool:
    """Whether the end of the range, on that side, counts as beyond HH (or LL) for such a point."""
    ll, low, high, hh = kind.limits
    if upward:
        return kind.danger in ("high", "both") and (high or hh or kind.quantity in SATURATING)
    return kind.danger in ("low", "both") and (low or ll)


def resolvable(source: Source, kind: PointKind, exposure: float | None) -> bool:
    if source.base.startswith("limit."):
        return kind.limits[LIMITS.index(source.base[6:])]
    if source.base == "oel":
        return exposure is not None
    return not source.unit or source.unit == _unit(kind.unit)


def resolve(source: Source, points: Columns, exposure: float | None, offset: bool) -> Floats:
    if source.base.startswith("limit."):
        return points.limits[:, LIMITS.index(source.base[6:])] * source.share
    if source.base == "oel":
        return np.full(points.rows, (exposure or 0.0) * source.share)
    if source.base == "number":
        return np.full(points.rows, source.share)
    share = (points.range_hi - points.range_lo) * source.share
    return points.range_lo + share if source.base == "range" and offset else share


class Aux(NamedTuple):
    """`since(condition)` or `for_share(condition, window)` of a class: column `at.X_AUX` + its place in `Plan.aux`. What it
    remembers goes along with `key`, the expression in one way of writing it, through changes of rules and limits."""

    key: str
    kind: int  # at.AUX_SINCE, at.AUX_SHARE
    window_ms: int  # 0 for since
    code: tuple[tuple[int, int, int, int], ...]  # answers the condition into slot 0: its last row is (at.OP_END, 0, 0, 0)


@dataclass(slots=True)
class Plan:
    """The rules of one kind of point."""

    kind: PointKind
    exposure: float | None
    rules: list[int] = field(default_factory=list)
    guarded: list[tuple[int, int, int, int]] = field(default_factory=list)  # code of rules that ask for a value beyond a guard
    free: list[tuple[int, int, int, int]] = field(default_factory=list)  # code of all other rules
    guards: list[tuple[int, bool]] = field(default_factory=list)  # (term, whether beyond is above)
    terms: list[BoundTerm] = field(default_factory=list)
    wants: int = 1
    danger: int = 0  # slots whose evidence is in the dangerous direction
    class_id: int = -1
    # the term whose threshold is shown as the limit of a slot: one of the value itself if there is one
    limit_term: list[int] = field(default_factory=list)
    upward: list[bool] = field(default_factory=list)  # of a slot: whether higher values are worse
    aux: list[Aux] = field(default_factory=list)  # an aux may use those before it
    ext: list[str] = field(default_factory=list)  # names of features from outside, in the order of their columns of E

    def add(self, index: int, rule: Rule) -> None:
        """Append the rule unless a threshold of it has no source for such a point."""
        if len(self.rules) >= at.MAX_SLOTS:
            raise ValueError(f"more than {at.MAX_SLOTS} rules for one point")
        terms: list[BoundTerm] = []
        code: list[tuple[int, int, int, int]] = []
        if not self._emit(rule.when, terms, code):
            return
        slot = len(self.rules)
        if len(code) == 1:
            operation, feature, term, _ = code[0]
            code = [(operation - at.OP_GE, feature, term, slot)]
        else:
            code.append((at.OP_END, 0, 0, slot))
        shown = next((i for i, bound in enumerate(terms) if bound.term.feature == "value"), 0)
        self.limit_term.append(len(self.terms) + shown)
        self.rules.append(index)
        self.upward.append(self._worse_above(rule, terms[shown].term))
        guard = guard_of(rule.when, terms)
        if guard is None:
            self.free += code
        else:
            self.guards.append((len(self.terms) + guard[0], guard[1]))
            self.guarded += code
        self.terms += terms
        if rule.effect.side in ("any", self.kind.danger) or self.kind.danger == "both":
            self.danger |= 1 << slot
        for bound in terms:
            self.wants |= 1 << bound.feature

    def _worse_above(self, rule: Rule, shown: Term) -> bool:
        if shown.feature == "value":
            return shown.op[0] == ">"
        return rule.effect.side == "high" or (rule.effect.side == "any" and self.kind.danger != "low")

    def _emit(self, when: Condition, terms: list[BoundTerm], code: list[tuple[int, int, int, int]]) -> bool:
        if isinstance(when, Term):
            source = next((s for s in map(source_of, when.threshold) if resolvable(s, self.kind, self.exposure)), None)
            if source is None and when.saturation and saturates(self.kind, when.op[0] == ">"):
                source = Source("range", 1.0 if when.op[0] == ">" else 0.0)
            if source is None:
                return False
            feature = FEATURES[when.feature]
            code.append((at.OP_GE + OPERATORS[when.op], feature, len(self.terms) + len(terms), 0))
            terms.append(BoundTerm(when, feature, source))
            return True
        if isinstance(when, NotOf):
            found = self._emit(when.condition, terms, code)
            code.append((at.OP_NOT, 0, 0, 0))
            return found
        for i, part in enumerate(when.conditions):
            if not self._emit(part, terms, code):
                return False
            if i > 0:  # two by two: the stack of answers stays as deep as the tree
                code.append((at.OP_ALL if isinstance(when, AllOf) else at.OP_ANY, 2, 0, 0))
        return True


def guard_of(when: Condition, terms: Sequence[BoundTerm]) -> tuple[int, bool] | None:
    """(term, upward) of a comparison of the value itself without which the condition cannot hold; None if there is none."""
    conditions = when.conditions if isinstance(when, AllOf) else (when,)
    for condition in conditions:
        if isinstance(condition, Term) and condition.feature == "value":
            place = next(i for i, bound in enumerate(terms) if bound.term is condition)
            return place, condition.op[0] == ">"
    return None


@dataclass(slots=True)
class Tables:
    """The code of all classes, as the kernels read it."""

    code: NDArray[np.int32]
    code_at: NDArray[np.int32]  # shape (classes, 3): first guarded row, first free row, end
    slots_of: NDArray[np.int32]
    terms_of: NDArray[np.int32]
    rule_of: NDArray[np.int32]
    upward: NDArray[np.int8]  # shape of rule_of
    aux: NDArray[np.int64]  # rows of kernel_layout.AUX_*
    aux_at: NDArray[np.int32]  # (classes + 1): first row of `aux` of each class
    wants: NDArray[np.int64]
    danger: NDArray[np.int64]
    looks: NDArray[np.bool_]  # classes with a rule outside the quiet band that may be raised by the value alone


class Book:
    """All plans made so far for one rule set. Class 0 has no rules."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._plans: dict[PointKind, Plan] = {}
        self._classes: dict[tuple[object, ...], int] = {}
        self._ext_columns: dict[str, NDArray[np.int32]] = {}
        self._by_class = [Plan(PointKind("", "", "", "", "", "", (False, False, False, False)), None, class_id=0)]

    @property
    def kinds(self) -> list[PointKind]:
        """In the order in which their plans were made."""
        return list(self._plans)

    def of_class(self, k: int) -> Plan:
        """A plan of that class; all plans of a class have the same code, memories and features from outside."""
        return self._by_class[k]

    def ext_columns(self, name: str) -> NDArray[np.int32]:
        """By class: in which column of E that feature from outside stands; -1 where no rule asks for it."""
        known = self._ext_columns.get(name)
        if known is None or len(known) < len(self._by_class):
            columns = [plan.ext.index(name) if name in plan.ext else -1 for plan in self._by_class]
            known = self._ext_columns[name] = np.array(columns, np.int32)
        return known

    def plan(self, kind: PointKind) -> Plan:
        """The plan of that kind of point; plans with the same code share a class."""
        known = self._plans.get(kind)
        if known is not None:
            return known
        plan = Plan(kind, self.rules.exposure(kind.medium, kind.unit))
        for index, rule in enumerate(self.rules.rules):
            if rule.status != "off" and selects(rule, kind):
                plan.add(index, rule)
        key = (tuple(plan.rules), tuple(plan.guarded), tuple(plan.free), plan.danger, plan.wants, tuple(plan.upward),
               tuple(plan.aux), tuple(plan.ext))  # fmt: skip
        plan.class_id = self._classes.setdefault(key, len(self._by_class))
        if plan.class_id == len(self._by_class):
            self._by_class.append(plan)
        self._plans[kind] = plan
        return plan

    def tables(self) -> Tables:
        plans = self._by_class
        slots = max((len(p.rules) for p in plans), default=0)
        rule_of = np.full((len(plans), max(slots, 1)), -1, np.int32)
        upward = np.zeros_like(rule_of, np.int8)
        for k, plan in enumerate(plans):
            rule_of[k, : len(plan.rules)] = plan.rules
            upward[k, : len(plan.rules)] = plan.upward
        parts = [(p.guarded, p.free, [row for aux in p.aux for row in aux.code]) for p in plans]
        ends = np.cumsum([0] + [len(part) for three in parts for part in three])
        return Tables(
            code=np.array([row for three in parts for part in three for row in part] or [(0, 0, 0, 0)], np.int32),
            code_at=np.stack((ends[0:-3:3], ends[1:-2:3], ends[2:-1:3]), axis=1).astype(np.int32),
            upward=upward,
            aux=_aux_table(plans, ends[2::3]),
            aux_at=np.cumsum([0] + [len(p.aux) for p in plans]).astype(np.int32),
            slots_of=np.array([len(p.rules) for p in plans], np.int32),
            terms_of=np.array([len(p.terms) for p in plans], np.int32),
            rule_of=rule_of,
            wants=np.array([p.wants for p in plans], np.int64),
            danger=np.array([p.danger for p in plans], np.int64),
            looks=np.array([any(row[1] == at.X_VALUE and row[0] < at.OP_ALL for row in p.free) for p in plans]),
        )


def _aux_table(plans: Sequence[Plan], code_at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of all aux features; their code stands behind the rules of each class."""
    rows = []
    for plan, start in zip(plans, code_at.tolist(), strict=False):
        cell = 0
        for aux in plan.aux:
            rows.append((start, start + len(aux.code), aux.kind, aux.window_ms, cell))
            start += len(aux.code)
            cell += at.AUX_CELLS[aux.kind]
    return np.array(rows, np.int64).reshape(-1, at.AUX_COLUMNS)


def selects(rule: Rule, kind: PointKind) -> bool:
    want = rule.select
    pairs: Sequence[tuple[Sequence[str], str]] = (
        (want.profile, kind.profile), (want.quantity, kind.quantity), (want.kind, kind.source_kind), (want.danger, kind.danger),
    )  # fmt: skip
    if any(kind.limits[LIMITS.index(limit)] for limit in want.lacks):
        return False
    if want.unit and _unit(kind.unit) not in [_unit(u) for u in want.unit]:
        return False
    return all(not allowed or has in allowed for allowed, has in pairs)


def delays(
    rules: Sequence[Rule], points: Columns, of_value: Callable[[Rule], bool]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """On- and off-delays in ms, shape (points, rules). The point's own win where the rule is on its value; a filed on-delay
    counts up to the rule's `on_delay_max_s` only, because a long one would hide an emergency."""
    on = np.empty((points.rows, len(rules)), np.int64)
    off = np.empty((points.rows, len(rules)), np.int64)
    for s, rule in enumerate(rules):
        own = of_value(rule)
        longest = np.full(points.rows, rule.on_delay_s)
        if rule.n_of_m and rule.on_delay_s == 0.0:  # a count alone would leave a source that sends rarely without an alarm
            longest = np.minimum(rule.n_of_m[1] * points.period_s, rule.on_delay_max_s)
        on_s = np.where((points.on_delay_s >= 0.0) & own, np.minimum(points.on_delay_s, rule.on_delay_max_s), longest)
        off_s = np.where((points.off_delay_s >= 0.0) & own, points.off_delay_s, rule.off_delay_s)
        on[:, s] = np.rint(on_s * 1000.0).astype(np.int64)
        off[:, s] = np.rint(off_s * 1000.0).astype(np.int64)
    return on, off


def on_value(rule: Rule) -> bool:
    return isinstance(rule.when, Term) and rule.when.feature == "value"


def upward_slot(tables: Tables, k: int, slot: int) -> tuple[int, bool]:
    """(term, whether beyond is above) of a slot whose rule is one comparison."""
    for row in range(int(tables.code_at[k, 0]), int(tables.code_at[k, 2])):
        if tables.code[row, 0] <= at.OP_RULE_LT and tables.code[row, 3] == slot:
            return int(tables.code[row, 2]), bool(tables.code[row, 0] <= at.OP_RULE_GT)
    raise KeyError(slot)
