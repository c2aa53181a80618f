"""Whether cases are what they say. A label proves nothing, so every case is played and its rules are watched: did the rule fire, did
its alarm end, was it judged at all at a point that sends?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backfill.cases.case import Case
from backfill.cases.playing import Played, play
from backfill.cases.running import Suite
from streams.engine.engine import Engine
from streams.engine.kernels import layout
from streams.engine.rules import Rule, RuleSet

NEEDED = ("firing", "silent", "boundary", "clearing")


@dataclass(frozen=True, slots=True)
class Trace:
    """What rules did in one case."""

    fired: frozenset[str]
    ended: frozenset[str]
    judged: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lack:
    """What a rule lacks: `code` is the end of a key cases.lacks.*"""

    rule: str
    code: str
    kind: str
    case: str = ""


@dataclass(slots=True)
class Coverage:
    """Per rule and kind, the cases that are what they say; and those that are not."""

    good: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    wrong: list[Lack] = field(default_factory=list)

    def take(self, case: Case, trace: Trace) -> None:
        if case.kind not in NEEDED or case.pending:
            return
        for rule in case.rules:
            code = _untrue(case.kind, rule, trace)
            if code:
                self.wrong.append(Lack(rule, code, case.kind, case.id))
            else:
                self.good.setdefault(rule, {}).setdefault(case.kind, []).append(case.id)

    def lacks(self, rules: Iterable[Rule]) -> list[Lack]:
        """What stable rules lack, and cases that are not what they say."""
        missing = [Lack(rule.id, "missing", kind) for rule in rules if rule.status == "stable"
                   for kind in NEEDED if not self.good.get(rule.id, {}).get(kind)]  # fmt: skip
        return sorted([*missing, *self.wrong], key=lambda lack: (lack.rule, lack.code, lack.kind, lack.case))


def covered(of: Suite) -> Coverage:
    """Every case of the suite played and watched."""
    found = Coverage()
    for case in of.cases:
        if case.kind in NEEDED and not case.pending:
            given = of.configuration_of(case)
            found.take(case, traced(play(case, given), given.rules))
    return found


def traced(played: Played, rules: RuleSet) -> Trace:
    """What the rules did: by what was said, and by what the engine held at each moment that the case looks at."""
    fired: set[str] = set()
    ended: set[str] = set()
    for said in played.everything:
        named = set(_rules_in(said.fields))
        if said.fields.get("kind") in ("alarm_off", "clear", "downgrade"):
            ended |= named
        else:
            fired |= named
    held: set[str] = set()
    for view in played.views:
        now = {str(a["rule"]) for a in view.alarms if a["active"]} | {str(c["rule"]) for c in view.causes if c["open"]}
        now |= {str(r["rule"]) for r in view.judged}
        ended |= held - now
        held |= now
    fired |= held
    known = set(rules.index)
    judged = _judged(played.engine) if played.engine is not None else set()
    return Trace(frozenset(fired & known), frozenset(ended & known), frozenset(judged | (fired & known)))


def _untrue(kind: str, rule: str, trace: Trace) -> str:
    """Why a case of that kind proves nothing of the rule; empty: it does."""
    if rule not in trace.judged:
        return "not_judged"
    if kind == "silent":
        return "fires" if rule in trace.fired else ""
    if kind == "boundary":
        return ""  # on the limit or just inside of it: which samples decide is what the mutants show
    if rule not in trace.fired:
        return "does_not_fire"
    return "does_not_end" if kind == "clearing" and rule not in trace.ended else ""


def _rules_in(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "rule" and isinstance(inner, str):
                yield inner
            else:
                yield from _rules_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _rules_in(inner)


def _judged(engine: Engine) -> set[str]:
    """Rules that are judged at a point that has sent something, or over a group of such points."""
    judge = engine.judge
    sends = [p for p in range(judge.points) if int(judge.last_log_ms[p]) > 0]
    laid = judge._state
    found = {judge.rules[index].id for p in sends for index in laid.book.of_class(int(laid.C[p, layout.CLASS])).rules}
    return found | _groups(engine)


def _groups(engine: Engine) -> set[str]:
    """Rules of devices, sources and enterprises that have something to judge here."""
    return {rule for rule, judged in engine.groups.rules.items() if bool(judged.chosen.any())}
