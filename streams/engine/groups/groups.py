"""Rules of devices, sources and enterprises, judged at each tick: one vector operation for all groups of a rule.

    groups.use(rules, at_ms, signed)      a set in force
    groups.tick(at_ms)                    registry and records read, rules asked, effects; features for point rules handed on

A rule of records and calendars alone is asked only where a record came or its time has come; one that looks at readings is asked for
all groups each second. Outcomes depend on where the ticks are and on nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.engine.desk import NEVER, Desk
from streams.engine.groups import effects
from streams.engine.groups.code import Ask, Code, code_of
from streams.engine.groups.columns import Column, names_asked, provide
from streams.engine.groups.features import Changes, Features, table_of
from streams.engine.groups.layout import Layout, Table
from streams.engine.groups.members import Series
from streams.engine.groups.memory import Memory
from streams.engine.groups.numbers import Answer, Bools, Interval, Ints
from streams.engine.groups.waking import Wakes
from streams.engine.kernels.judge import Judge
from streams.engine.presence import Presence
from streams.engine.rulelang.outside import columns_of
from streams.engine.rules import Rule, RuleSet
from streams.engine.state import Source

SURE_MS = 60_000  # so often everything is asked though nothing seems to have changed: no rule may sleep for ever


class GroupRule:
    """A rule with its code, its memory and the groups that it is for."""

    def __init__(self, rule: Rule, rule_hash: str) -> None:
        self.rule, self.hash = rule, rule_hash
        self.table: Table = rule.scope if rule.scope != "point" else "device"
        self.code = code_of(rule.when, rule.clear, rule.deadband)
        self.memory = Memory(self.code.places, self.code.shares)
        self.hears = [(table_of(name, self.table), name) for name in sorted(self.code.features)]
        self.on_ms, self.off_ms = round(rule.on_delay_s * 1000), round(rule.off_delay_s * 1000)
        self.chosen = np.zeros(0, np.bool_)
        self.next_ms = NEVER  # first time at which some group turns by itself
        self.everywhere = True  # every group has to be asked once
        self.quiet = self.code.static  # no reading can change its answer: asked only where a record came or a time has come
        self.waits = (
            not self.code.places
        )  # nothing of the past is counted while it is not on: asked only until it is seen not to hold
        self.always = False  # asked at each tick: it counts the time


class Look:
    """The groups of one rule at one tick; `rows` None: all of the table."""

    def __init__(self, groups: Groups, judged: GroupRule, rows: Ints | None, at_ms: int) -> None:
        self.groups, self.judged, self.at_ms, self.index = groups, judged, at_ms, rows
        self.rows = groups.layout.rows[judged.table] if rows is None else len(rows)
        self.turns_ms: Any = NEVER

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
        found, silent_ms = self.groups.member_value(self.judged.table, how, ask, self.at_ms)
        if silent_ms < NEVER:
            self.turn(silent_ms)
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
        self._wanted: list[Column] = []  # columns that some point asks for
        self._wakes = Wakes(())
        self._due_ms = 0
        self._values: dict[tuple[Table, str, Ask], tuple[Interval, int]] = {}
        self._asked_of: dict[tuple[Table, str, Ask], Bools | None] = {}  # rows that somebody asks a group function of; None: all

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
        self._values.clear()
        if desk.relaid:
            changed = self._registered()
            self._lay_out(changed)
            desk.unread.update((code, "") for code in changed)
        if not self.rules and not self.columns:
            desk.touched.clear()
            desk.alarmed.clear()
            desk.unread.clear()
            return
        read = self.features.refresh(desk, self.layout, self.silence, at_ms)
        woken = self._wakes.woken(desk, self.judge, self.silence, read, at_ms)
        if at_ms >= self._due_ms or at_ms % SURE_MS == 0:
            woken |= self._due(at_ms)
        rules = len(self._live)
        for index in sorted(woken):
            if index < rules:
                self._ask_rule(index, read, at_ms)
            else:
                column = self._wanted[index - rules]
                provide(self, column, at_ms)
                self._due_ms = min(self._due_ms, column.turn_ms)

    def _due(self, at_ms: int) -> set[int]:
        """Rules and columns whose time has come; when the next one will."""
        asked: tuple[GroupRule | Column, ...] = (*self._live, *self._wanted)
        times = [judged.next_ms for judged in self._live] + [column.turn_ms for column in self._wanted]
        self._due_ms = min((t for t in times if t > at_ms), default=NEVER)
        sure = at_ms % SURE_MS == 0
        return {i for i, t in enumerate(times) if t <= at_ms or (sure and not asked[i].quiet)}

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
            judged.chosen = self.layout.selected(judged.table, judged.rule.select)
            judged.everywhere = True
            judged.quiet = judged.code.static or not (judged.code.shares or self.series_of(judged.table, judged.code))
            judged.always = not judged.quiet and not judged.waits
        asked = self.judge.asks(np.arange(self.judge.points, dtype=np.int64))
        for column in self.columns:
            column.place(self, asked.get(column.text, np.zeros(0, np.int64)))
        self._wanted = [column for column in self.columns if any(len(points) for points in column.points.values())]
        self._asked_of = self._asking()
        self._sort_out()

    def _asking(self) -> dict[tuple[Table, str, Ask], Bools | None]:
        """What is asked of which rows. A rule that counts the past counts it of groups too for which it is not meant yet."""
        found: dict[tuple[Table, str, Ask], Bools | None] = {}
        for column in self.columns:
            found.update((("device", how, ask), None) for how, ask in column.code.asks)
        for judged in self.rules.values():
            for how, ask in judged.code.asks:
                key = (judged.table, how, ask)
                before = found.get(key, np.zeros(len(judged.chosen), np.bool_))
                found[key] = None if before is None or not judged.waits else before | judged.chosen
        return found

    def series_of(self, table: Table, code: Code) -> list[Series]:
        """The points whose readings the code asks for, as far as there are any."""
        asked = (self.layout.series(table, ask) for _, ask in sorted(code.asks, key=str))
        return list(dict.fromkeys(series for series in asked if len(series.points)))

    def _sort_out(self) -> None:
        """Which rules a tick must look at at all, in the order of the set, and what wakes each of them. Most ticks bring little."""
        self._live = [judged for judged in self.rules.values() if judged.chosen.any() or judged.memory.busy]
        for judged in self._live:
            judged.next_ms = 0
        self._due_ms = 0
        self._wakes = Wakes(
            [(judged.hears, [] if judged.quiet else self.series_of(judged.table, judged.code)) for judged in self._live]
            + [(column.hears, column.series(self)) for column in self._wanted]
        )

    def _ask_rule(self, index: int, read: Changes, at_ms: int) -> None:
        judged = self._live[index]
        rows = self._rows_to_ask(judged, read, at_ms)
        if rows is not None and not len(rows):
            return
        look = Look(self, judged, rows, at_ms)
        memory = judged.memory
        chosen = judged.chosen if rows is None else judged.chosen[rows]
        if judged.waits and not (memory.busy and (rows is None or memory.state[rows].any())):
            some = np.flatnonzero(judged.code.holds(look, chosen))
            nowhere = np.zeros(len(some), np.bool_)
            answer, denied = Answer(~nowhere, nowhere), nowhere
        else:
            answer, denied = judged.code.answer(look)
            up, down, denied = (a & chosen for a in (*answer, denied))
            some = np.flatnonzero(up | (memory.state if rows is None else memory.state[rows]))
            answer, denied = Answer(up[some], down[some]), denied[some]
        some = some if rows is None else rows[some]
        if len(some):
            went_on, went_off = memory.advance(some, answer, denied, judged.on_ms, judged.off_ms, at_ms)
        if rows is None:
            turn_ms = look.turns_ms if isinstance(look.turns_ms, int) else int(np.where(chosen, look.turns_ms, NEVER).min())
            judged.next_ms = at_ms + 1000 if judged.always or memory.busy else turn_ms
        else:
            memory.next_ms[rows] = look.turns_ms
            if len(some):
                memory.next_ms[some] = np.minimum(memory.next_ms[some], memory.due_ms(some, judged.on_ms, judged.off_ms))
            judged.next_ms = int(memory.next_ms.min())
        self._due_ms = min(self._due_ms, judged.next_ms)
        if len(some):
            self._said(judged, went_on, went_off, at_ms)

    def _said(self, judged: GroupRule, went_on: Ints, went_off: Ints, at_ms: int) -> None:
        for row in went_on.tolist():
            self._begin(judged, row, at_ms)
        for row in went_off.tolist():
            source = self.layout.source_at(judged.table, row)
            effects.end(self.desk, source, judged.rule.id, self._subject(judged, row), at_ms)

    def _rows_to_ask(self, judged: GroupRule, read: Changes, at_ms: int) -> Ints | None:
        """None: all of them."""
        if not judged.quiet:
            return None
        if judged.everywhere:
            judged.everywhere = False
            return np.arange(self.layout.rows[judged.table], dtype=np.int64)
        parts = []
        for table, name in judged.hears:
            if table == judged.table:
                parts += [np.array(sorted(read.get((table, name), ())), np.int64)]
            else:
                of = self.layout.site_of[table]
                parts += [
                    self.layout.rows_of_site(judged.table, site)
                    for site in sorted({int(of[r]) for r in read.get((table, name), ())})
                ]
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

    def member_value(self, table: Table, how: str, ask: Ask, at_ms: int) -> tuple[Interval, int]:
        """One group function over all rows of a table, and when it changes by time alone; worked out once a tick, however many ask."""
        key = (table, how, ask)
        found = self._values.get(key)
        if found is None:
            fold = self.layout.fold(table, how, ask, self._asked_of[key])
            found = self._values[key] = fold.at(self.judge, self.silence, self._wakes.out, at_ms)
        return found

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
