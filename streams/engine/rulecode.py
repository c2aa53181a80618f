"""Rules made ready for the kernels: classes of points with the same rules, their code, the thresholds of each point.

A point's class depends on what it is (profile, quantity, kind, danger, unit, medium, which limits it has); points of a class
share one piece of code and differ in numbers only. Nothing is compiled: a reload is as fast as filling arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.engine.groups.asked import asked_of_others, wanted_bits
from streams.engine.kernels import layout as at
from streams.engine.rulelang.constants import LIMITS, Columns, Constants, Floats, PointKind
from streams.engine.rulelang.lower import FEATURES, SATURATING, Aux, Row, Term, in_slot, lowered, saturates, single
from streams.engine.rulelang.measures import folded
from streams.engine.rules import Rule, RuleSet

__all__ = ["FEATURES", "SATURATING", "Aux", "Book", "Columns", "Floats", "Plan", "PointKind", "Tables", "delays", "on_value",
           "saturates", "selects", "upward_slot"]  # fmt: skip


@dataclass(slots=True)
class Plan:
    """The rules of one kind of point."""

    kind: PointKind
    exposure: float | None
    rules: list[int] = field(default_factory=list)
    guarded: list[Row] = field(default_factory=list)  # code of rules that ask for a value beyond a guard
    free: list[Row] = field(default_factory=list)  # code of all other rules
    guards: list[tuple[int, bool]] = field(default_factory=list)  # (term, whether beyond is above)
    terms: list[Term] = field(default_factory=list)
    wants: int = 1
    danger: int = 0  # slots whose evidence is in the dangerous direction
    class_id: int = -1
    # the term whose threshold is shown as the limit of a slot: one of the value itself if there is one
    limit_term: list[int] = field(default_factory=list)
    upward: list[bool] = field(default_factory=list)  # of a slot: whether higher values are worse
    used: list[tuple[int, ...]] = field(default_factory=list)  # of a slot: the terms that its rule looks at
    aux: list[Aux] = field(default_factory=list)  # an aux may use those before it
    ext: list[str] = field(default_factory=list)  # features from outside as canonical text, in the order of their columns of E

    def add(self, index: int, rule: Rule) -> None:
        """Append the rule, unless it does not exist for such points."""
        if len(self.rules) >= at.MAX_SLOTS:
            raise ValueError(f"more than {at.MAX_SLOTS} rules for one point")
        first, slot = len(self.terms), len(self.rules)
        made = lowered(rule, Constants(self.kind, self.exposure), first, self.aux, self.ext)
        if made is None:
            return
        self.rules.append(index)
        self.terms += made.terms
        self.limit_term.append(first + made.shown)
        self.upward.append(made.upward)
        self.used.append(_terms_used(made.code, self.aux))
        self.wants |= made.wants
        if made.guard is None:
            self.free += in_slot(made.code, slot)
        else:
            self.guards.append((first + made.guard[0], made.guard[1]))
            self.guarded += in_slot(made.code, slot)
        if rule.effect.side in ("any", self.kind.danger) or self.kind.danger == "both":
            self.danger |= 1 << slot


@dataclass(slots=True)
class Tables:
    """The code of all classes, as the kernels read it."""

    code: NDArray[np.int64]  # wide, or plain Python would shift a bit out of 32
    code_at: NDArray[np.int32]  # shape (classes, 3): first guarded row, first free row, end
    slots_of: NDArray[np.int32]
    terms_of: NDArray[np.int32]
    rule_of: NDArray[np.int32]
    upward: NDArray[np.int8]  # shape of rule_of
    aux: NDArray[np.int64]  # rows of kernel_layout.AUX_*
    aux_at: NDArray[np.int64]  # (classes + 1): first row of `aux` of each class
    wants: NDArray[np.int64]
    danger: NDArray[np.int64]
    looks: NDArray[np.bool_]  # classes with a rule outside the quiet band that may be raised by the value alone


class Book:
    """All plans made so far for one rule set. Class 0 has no rules."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self._plans: dict[PointKind, Plan] = {}
        self._classes: dict[tuple[object, ...], int] = {}
        self._tables: Tables | None = None
        self._ext_columns: dict[str, NDArray[np.int32]] = {}
        self._asked = asked_of_others(rules.rules)
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
        named = self.rules.chemicals
        if not named.issuperset(kind.chemicals):  # what no rule selects by makes no kind of its own
            plan = self.plan(kind._replace(chemicals=tuple(c for c in kind.chemicals if c in named)))
            self._plans[kind] = plan
            return plan
        plan = Plan(kind, self.rules.exposure(kind.medium, kind.unit))
        for index in self.rules.point_rules:
            if selects(self.rules[index], kind):
                plan.add(index, self.rules[index])
        plan.wants |= wanted_bits(self._asked, kind)
        key = (tuple(plan.rules), tuple(plan.guarded), tuple(plan.free), plan.danger, plan.wants, tuple(plan.upward),
               tuple(plan.aux), tuple(plan.ext))  # fmt: skip
        plan.class_id = self._classes.setdefault(key, len(self._by_class))
        if plan.class_id == len(self._by_class):
            self._by_class.append(plan)
        self._plans[kind] = plan
        return plan

    def tables(self) -> Tables:
        """The same object until there is another class: registering points must not cost the whole rule set each time."""
        if self._tables is None or len(self._tables.slots_of) < len(self._by_class):
            self._tables = self._laid_out()
        return self._tables

    def _laid_out(self) -> Tables:
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
            code=np.array([row for three in parts for part in three for row in part] or [(0, 0, 0, 0)], np.int64),
            code_at=np.stack((ends[0:-3:3], ends[1:-2:3], ends[2:-1:3]), axis=1).astype(np.int32),
            upward=upward,
            aux=_aux_table(plans, ends[2::3]),
            aux_at=np.cumsum([0] + [len(p.aux) for p in plans]).astype(np.int64),
            slots_of=np.array([len(p.rules) for p in plans], np.int32),
            terms_of=np.array([len(p.terms) for p in plans], np.int32),
            rule_of=rule_of,
            wants=np.array([p.wants for p in plans], np.int64),
            danger=np.array([p.danger for p in plans], np.int64),
            looks=np.array([any(_reads_value(row) for row in p.free) for p in plans]),
        )


def _terms_used(code: Sequence[Row], aux: Sequence[Aux]) -> tuple[int, ...]:
    """Terms in the order of the code, with those of the memories that it asks."""
    out: list[int] = []
    for op, feature, term, _ in code:
        if term >= 0 and (op <= at.OP_LT or op == at.OP_CONST or at.OP_IS_GE <= op <= at.OP_IS_EQ):
            out.append(term)
        if feature >= at.X_AUX and (op <= at.OP_LT or op == at.OP_PUSH):
            out += _terms_used(aux[feature - at.X_AUX].code, aux)
    return tuple(out)


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


def _reads_value(row: Row) -> bool:
    return row[1] == at.X_VALUE and (row[0] < at.OP_ALL or row[0] == at.OP_PUSH)


def selects(rule: Rule, kind: PointKind) -> bool:
    want = rule.select
    pairs: Sequence[tuple[Sequence[str], str]] = (
        (want.profile, kind.profile), (want.quantity, kind.quantity), (want.kind, kind.source_kind), (want.danger, kind.danger),
        (want.role, kind.role), (want.device, kind.device), (want.grade, kind.grade),
    )  # fmt: skip
    if any(kind.limits[LIMITS.index(limit)] for limit in want.lacks):
        return False
    if want.unit and folded(kind.unit) not in [folded(u) for u in want.unit]:
        return False
    if want.chemical:
        substances = {kind.medium.strip().casefold(), *kind.chemicals}
        if not any(name.casefold() in substances for name in want.chemical):
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
    """Whether the rule is one comparison of the value itself with a constant: the filed delays of the point are meant for it."""
    return single(rule.tree) is not None


def upward_slot(tables: Tables, k: int, slot: int) -> tuple[int, bool]:
    """(term, whether beyond is above) of a slot whose rule is one comparison."""
    for row in range(int(tables.code_at[k, 0]), int(tables.code_at[k, 2])):
        if tables.code[row, 0] <= at.OP_RULE_LT and tables.code[row, 3] == slot:
            return int(tables.code[row, 2]), bool(tables.code[row, 0] <= at.OP_RULE_GT)
    raise KeyError(slot)
