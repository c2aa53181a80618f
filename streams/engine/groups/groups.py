"""Rules of devices, sources and enterprises, judged at each tick: one vector operation for all groups of a rule.

    groups.use(rules, at_ms, signed)      a set in force
    groups.tick(at_ms)                    registry and records read, rules asked, effects; features for point rules handed on

A rule of records and calendars alone is asked only where a record came or its time has come; one that looks at readings is asked for
all groups each second. Outcomes depend on where the ticks are and on nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.engine.desk import NEVER, Desk
from streams.engine.groups import effects
from streams.engine.groups.code import Ask, Code
from streams.engine.groups.columns import Column, names_asked, provide
from streams.engine.groups.features import Features, family_of, table_of
from streams.engine.groups.layout import Layout, Table
from streams.engine.groups.members import Now, current, grouped, single
from streams.engine.groups.memory import IDLE, Memory
from streams.engine.groups.numbers import Answer, Interval, Ints
from streams.engine.kernels.judge import Judge
from streams.engine.presence import Presence
from streams.engine.rulelang.outside import columns_of
from streams.engine.rules import Rule, RuleSet
from streams.engine.state import Source

STILL_MS, MIXED_MS = 10_000, 2_000  # at the latest so often a rule over readings is asked, and one that asks for records too


class GroupRule:
    """A rule with its code, its memory and the groups that it is for."""

    def __init__(self, rule: Rule, rule_hash: str) -> None:
        self.rule, self.hash = rule, rule_hash
        self.table: Table = rule.scope if rule.scope != "point" else "device"
        self.code = Code(rule.tree, rule.clear_tree, rule.deadband_tree)
        self.memory = Memory(self.code.places, self.code.shares)
        self.families = {family_of(name) for name in self.code.features}
        self.on_ms, self.off_ms = round(rule.on_delay_s * 1000), round(rule.off_delay_s * 1000)
        self.chosen = np.zeros(0, np.bool_)
        self.next_ms = NEVER  # first time at which some group turns by itself
        self.everywhere = True  # every group has to be asked once
        self.idle = False  # for no group at all: a kind of source that nobody here has costs nothing
        self.quiet = self.code.static  # asked only where a record came or a time has come
        self.members: Ints = np.zeros(0, np.int64)  # the points that it reads
        self.fresh = True  # not asked yet as it stands
        # Without a reading of its members such a rule answers as before, but for members that fall silent. Memories go on by time.
        self.waits = not self.code.places
        self.every_ms = MIXED_MS if self.code.features else STILL_MS


def _still(judged: GroupRule, came: NDArray[np.bool_], at_ms: int) -> bool:
    """Whether the answer is that of the last tick: nothing came of its points, nothing of it is on or under way. It is asked anew
    every few seconds all the same, because a point that falls silent becomes unknown."""
    if judged.fresh or not judged.waits or at_ms % judged.every_ms == 0:
        return False
    return not came[judged.members].any() and not (judged.memory.state != IDLE).any()


class Look:
    """The groups of one rule at one tick; `rows` None: all of the table."""

    def __init__(self, groups: Groups, judged: GroupRule, rows: Ints | None, at_ms: int) -> None:
        self.groups, self.judged, self.at_ms, self.index = groups, judged, at_ms, rows
        self.rows = groups.layout.rows[judged.table] if rows is None else len(rows)
        self.turns_ms: Any = np.full(self.rows, NEVER, np.int64)

    def feature(self, name: str) -> Interval:
        own = self.judged.table
        table = table_of(name, own)
        rows = self.index
        above = self.groups.layout.lifted(own, table)
        if above is not None:
            rows = above if rows is None else above[rows]
        found, begins = self.groups.features.interval(table, name, rows, self.at_ms)
        if begins is not None:
            self.turn(begins)
        return found

    def group(self, how: str, ask: Ask) -> Interval:
        found = self.groups.member_value(self.judged.table, how, ask, self.at_ms)
        return found if self.index is None else Interval(found.lo[self.index], found.hi[self.index])

    def since(self, place: str, answer: Answer) -> Interval:
        rows = np.arange(self.rows, dtype=np.int64) if self.index is None else self.index
        return self.judged.memory.since[place].seen(rows, answer, self.at_ms)

    def share(self, place: str, answer: Answer, seconds: int) -> Interval:
        return self.judged.memory.shares[place].seen(answer, self.at_ms, seconds)

    def turn(self, when_ms: Any) -> None:
        self.turns_ms = np.minimum(self.turns_ms, when_ms)


class Groups:
    """All rules over groups of one partition."""

    def __init__(self, desk: Desk, judge: Judge, silence: Presence) -> None:
        self.desk, self.judge, self.silence = desk, judge, silence
        self.layout, self.features = Layout(desk), Features()
        self.rules: dict[str, GroupRule] = {}
        self.columns: list[Column] = []
        self._live: list[GroupRule] = []
        self._moving: list[GroupRule] = []
        self._wanted: list[Column] = []  # columns that some point asks for
        self._due_ms = 0
        self._now: dict[tuple[Table, str, str, frozenset[str]], Now] = {}
        self._values: dict[tuple[Table, str, Ask], Interval] = {}

    # --- rules in force

    def use(self, rules: RuleSet, at_ms: int, signed: bool) -> None:
        """Another set. State goes along by rule id; a tier that grew counts at once, nothing that is true becomes milder."""
        before = self.rules
        self.rules = {}
        for index in rules.group_rules:
            rule = rules[index]
            made = self.rules[rule.id] = GroupRule(rule, rule.hash)
            old = before.get(rule.id)
            if old is not None and old.table == made.table:
                made.memory.take_over(old.memory)
        self._ask(rules)
        for source in self.desk.state.sources:
            for key, judged in list(source.judged.items()):
                self._carried(source, key, judged.rule, signed, at_ms)

    def _carried(self, source: Source, key: str, rule_id: str, signed: bool, at_ms: int) -> None:
        judged = source.judged[key]
        if judged.config or judged.scope == "point":
            return
        now = self.rules.get(rule_id)
        if now is None or now.rule.scope != judged.scope:
            effects.gone(self.desk, source, key, signed, at_ms)
        elif effects.effect_of(now.rule) == judged.effect == "evidence" and now.rule.effect.tier > judged.tier:
            judged.tier, judged.version, judged.hash = now.rule.effect.tier, now.rule.version, now.hash
            self.desk.touch(source.id)

    def _ask(self, rules: RuleSet) -> None:
        texts = dict.fromkeys(text for i in rules.point_rules for text in columns_of(rules[i]))
        self.columns = [Column(text) for text in texts]
        names = {(name, table_of(name, r.table)) for r in self.rules.values() for name in r.code.features}
        self.features.ask(names | names_asked(self.columns))
        self.desk.unread.update((code, "") for code in self.desk.state.sites)
        self._lay_out(self._registered())  # a set may come before the tick that would lay out new points

    # --- at each tick

    def tick(self, at_ms: int) -> None:
        """Ask every rule where its answer may have changed."""
        desk = self.desk
        self._now, self._values = {}, {}
        if desk.relaid:
            changed = self._registered()
            self._lay_out(changed)
            desk.unread.update((code, "") for code in changed)
        if not self.rules and not self.columns:
            desk.touched.clear()
            desk.unread.clear()
            return
        read = self.features.refresh(desk, self.layout, self.silence, at_ms)
        records = bool(read) or self._due_ms <= at_ms
        came = self.judge.last_log_ms > at_ms - 1000
        for judged in self._live if records else self._moving:
            if records or not _still(judged, came, at_ms):
                judged.fresh = False
                self._ask_rule(judged, read, at_ms)
        if records:
            self._due_ms = min((judged.next_ms for judged in self._live if judged.quiet), default=NEVER)
        for column in self._wanted:
            if records or at_ms % STILL_MS == 0 or column.moved(came):
                provide(self, column, read, at_ms)

    def _registered(self) -> list[str]:
        """Sites whose record changed since members were laid out."""
        changed = sorted(self.desk.relaid & self.desk.state.sites.keys())
        self.desk.relaid.clear()
        return changed

    def _lay_out(self, changed: tuple[str, ...] | list[str]) -> None:
        self.layout.rebuild(changed)
        self.features.grow(self.layout)
        for judged in self.rules.values():
            judged.memory.grow(self.layout.rows[judged.table])
            judged.chosen = self.layout.selected(judged.table, judged.rule)
            judged.everywhere = True
            judged.idle = not judged.chosen.any()
            judged.fresh = True
            judged.members = self.members_of(judged.table, judged.code)
            judged.quiet = judged.code.static or not (judged.code.shares or self._has_members(judged))
        self._sort_out()
        asked = self.judge.asks(np.arange(self.judge.points, dtype=np.int64))
        for column in self.columns:
            column.place(self, asked.get(column.text, np.zeros(0, np.int64)))
        self._wanted = [column for column in self.columns if any(len(points) for points in column.points.values())]

    def members_of(self, table: Table, code: Code) -> Ints:
        """Every point whose readings the code may ask for."""
        parts = [self.layout.series(table, ask).points for _, ask in sorted(code.asks, key=str)]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

    def _has_members(self, judged: GroupRule) -> bool:
        """Whether any reading can change the answer of a rule over points."""
        return any(len(self.layout.series(judged.table, ask).points) for _, ask in judged.code.asks)

    def _sort_out(self) -> None:
        """Which rules a tick must look at at all, in the order of the set; most ticks bring no record."""
        self._live = [judged for judged in self.rules.values() if not judged.idle or (judged.memory.state != IDLE).any()]
        self._moving = [judged for judged in self._live if not judged.quiet]
        self._due_ms = 0

    def _ask_rule(self, judged: GroupRule, read: dict[str, set[int]], at_ms: int) -> None:
        rows = self._rows_to_ask(judged, read, at_ms)
        if rows is not None and not len(rows):
            return
        look = Look(self, judged, rows, at_ms)
        memory = judged.memory
        if rows is None and judged.waits and not (memory.state != IDLE).any():
            some = np.flatnonzero(judged.code.holds(look, judged.chosen)).astype(np.int64)
            if not len(some):
                return
            nowhere = np.zeros(len(some), np.bool_)
            went_on, went_off = memory.advance(some, Answer(~nowhere, nowhere), nowhere, judged.on_ms, judged.off_ms, at_ms)
            self._said(judged, went_on, went_off, at_ms)
            return
        answer, denied = judged.code.answer(look)
        if rows is None:
            up = np.broadcast_to(answer.up, look.turns_ms.shape) & judged.chosen
            some = np.flatnonzero(up | (memory.state != IDLE)).astype(np.int64)
            chosen = judged.chosen[some]
            answer = Answer(up[some], np.broadcast_to(answer.down, look.turns_ms.shape)[some] & chosen)
            denied = np.broadcast_to(denied, look.turns_ms.shape)[some] & chosen
            went_on, went_off = memory.advance(some, answer, denied, judged.on_ms, judged.off_ms, at_ms)
        else:
            chosen = judged.chosen[rows]
            went_on, went_off = memory.advance(
                rows, Answer(answer.up & chosen, answer.down & chosen), denied & chosen, judged.on_ms, judged.off_ms, at_ms
            )
            memory.next_ms[rows] = np.minimum(look.turns_ms, memory.due_ms(rows, judged.on_ms, judged.off_ms))
            judged.next_ms = int(memory.next_ms.min()) if len(memory.next_ms) else NEVER
        self._said(judged, went_on, went_off, at_ms)

    def _said(self, judged: GroupRule, went_on: Ints, went_off: Ints, at_ms: int) -> None:
        for row in went_on.tolist():
            self._begin(judged, row, at_ms)
        for row in went_off.tolist():
            source = self.layout.source_at(judged.table, row)
            effects.end(self.desk, source, judged.rule.id, self._subject(judged, row), at_ms)

    def _rows_to_ask(self, judged: GroupRule, read: dict[str, set[int]], at_ms: int) -> Ints | None:
        """None: all of them."""
        if not judged.quiet:
            return None
        if judged.everywhere:
            judged.everywhere = False
            return np.arange(self.layout.rows[judged.table], dtype=np.int64)
        sites = sorted(set().union(*(read.get(family, set()) for family in judged.families)))
        parts = [self.layout.rows_of_site(judged.table, site) for site in sites]
        if judged.next_ms <= at_ms:
            parts.append(np.flatnonzero(judged.memory.next_ms <= at_ms).astype(np.int64))
        if not parts:
            return np.zeros(0, np.int64)
        return np.unique(np.concatenate(parts)) if len(parts) > 1 else parts[0]

    def _subject(self, judged: GroupRule, row: int) -> str:
        return self.desk.state.devices[row].code if judged.table == "device" else ""

    def _begin(self, judged: GroupRule, row: int, at_ms: int) -> None:
        source = self.layout.source_at(judged.table, row)
        look = Look(self, judged, np.array([row], np.int64), at_ms)
        value, limit, unit = judged.code.witness(look)
        points = sorted({p for _, ask in judged.code.asks for p in self._points(judged.table, ask, row)})
        seen = effects.Seen(value, limit, unit, tuple(points))
        effects.begin(self.desk, source, judged.rule, judged.hash, self._subject(judged, row), seen, at_ms)

    def _points(self, table: Table, ask: Ask, row: int) -> list[int]:
        return self.layout.series(table, ask).members(row)

    # --- members

    def member_value(self, table: Table, how: str, ask: Ask, at_ms: int) -> Interval:
        """One group function over all rows of a table; worked out once a tick, however many rules ask."""
        key = (table, how, ask)
        if key not in self._values:
            series = self.layout.series(table, ask)
            of = (table, ask.quantity, ask.role, ask.dimensions)
            if of not in self._now:
                self._now[of] = current(self.desk, self.judge, self.silence, series, at_ms)
            now, rows = self._now[of], self.layout.rows[table]
            value, valid = now.value, now.good
            if ask.feature:
                value, valid = self.judge.windowed(series.points, ask.feature, ask.seconds)
                valid = valid & now.good
                value = value * series.scale if ask.feature not in ("mean", "min", "max", "count") else (
                    value if ask.feature == "count" else (value + series.before) * series.scale + series.after)  # fmt: skip
            made = (
                single(series, value, valid & now.member, rows)
                if how == "single"
                else grouped(how, series, now, value, valid, rows)
            )
            self._values[key] = made
        return self._values[key]

    # --- checkpoint

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [(f"groups.{rule_id}", judged.memory.pack()) for rule_id, judged in self.rules.items()]

    def load(self, chunks: dict[str, bytes], rules: RuleSet) -> None:
        """After `Desk` holds the state. Everything else follows from it."""
        self.rules = {rules[i].id: GroupRule(rules[i], rules[i].hash) for i in rules.group_rules}
        self._ask(rules)
        self._lay_out(sorted(self.desk.state.sites))
        self.desk.relaid.clear()
        for rule_id, judged in self.rules.items():
            if f"groups.{rule_id}" in chunks:
                judged.memory.unpack(chunks[f"groups.{rule_id}"], self.layout.rows[judged.table])
        self._sort_out()
