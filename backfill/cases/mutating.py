"""Does a rule earn its cases? Each stable rule is switched off, and each of its limits is moved a little each way: if all cases of the
rule still pass, nobody would notice such a mistake. A little is 2 % of a measure, one of what is counted, and a tenth of a whole
of a share: a share is of few things, and nothing lies between.

A mutant is played beside the other rules that its case is for only, where the case passes so with the rule as it is: three hundred
rules that say nothing of it would be judged for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import msgspec

from backfill.cases.case import Case
from backfill.cases.running import Suite, run
from backfill.configuration import Configuration
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Arith, Call, Compare, Name, Node, Num, rebuilt, walk
from streams.engine.rules import Rule, RuleSet

SHARE = 0.02  # how far a limit is moved: 2 % of itself
PART = 0.1  # how far a share of points, cameras or tasks is moved
LEAST = 0.01  # a limit of zero is moved by this much
ORDER = ("firing", "boundary", "clearing", "silent", "trap")  # who notices soonest is asked first
_ORDERED = ("<", "<=", ">", ">=")


class Mutant(NamedTuple):
    """A rule with one thing changed; `rule` None: it is switched off."""

    of: str
    what: str
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case of its rule noticed."""

    mutant: Mutant
    cases: int


def mutants(rule: Rule) -> Iterator[Mutant]:
    """
    >>> from streams.engine.rules import Effect, Title
    >>> r = Rule(id="a", version="1", title=Title(zh="a", en="a"), when="value >= limit.h", effect=Effect(evidence="h", tier=1))
    >>> [m.what for m in mutants(r)]
    ['off', 'value >= limit.h * 1.02', 'value >= limit.h * 0.98']
    >>> r = Rule(id="a", version="1", title=Title(zh="a", en="a"), when="permit.live >= 2", scope="source", effect=Effect(finding="a"))
    >>> [m.what for m in mutants(r)]
    ['off', 'permit.live >= 3', 'permit.live >= 1']
    """
    yield Mutant(rule.id, "off", None)
    tree = rule.tree
    places = [node for node in walk(tree) if isinstance(node, Compare) and node.op in _ORDERED]
    for place in places:
        for factor in (1 + SHARE, 1 - SHARE):
            when = show(rebuilt(tree, partial(_moved, place=place, factor=factor)))
            yield Mutant(rule.id, when, msgspec.structs.replace(rule, when=when))


def survivors(of: Suite, rules: Sequence[str]) -> Iterator[tuple[str, int, list[Survivor]]]:
    """Rule by rule: its id, how many mutants were tried, and those that nobody noticed."""
    cases: dict[str, list[Case]] = {}
    for case in of.cases:
        for name in () if case.pending else case.rules:
            cases.setdefault(name, []).append(case)
    for rule in of.given.rules.rules:
        if rule.status != "stable" or rule.id not in rules:
            continue
        mine = sorted(cases.get(rule.id, ()), key=lambda c: ORDER.index(c.kind))
        tried = list(mutants(rule))
        tests = [(case, given) for case in mine if rule.id in (given := of.configuration_of(case)).rules.index]
        small = _Small(tests)
        yield (
            rule.id,
            len(tried),
            [Survivor(m, len(mine)) for m in tried if not small.noticed(m)],
        )


class _Small:
    """The cases of one rule, each with as few rules as it passes with."""

    def __init__(self, tests: Sequence[tuple[Case, Configuration]]) -> None:
        self._tests = tests
        self._given: dict[int, Configuration] = {}

    def noticed(self, mutant: Mutant) -> bool:
        """By any case; where none does with few rules, by any with all of them: a case may need what others say."""
        places = range(len(self._tests))
        if any(self._fails(n, self._few(n, mutant), mutant) for n in places):
            return True
        return any(self._few(n, mutant) is not (whole := self._tests[n][1]) and self._fails(n, whole, mutant) for n in places)

    def _few(self, test: int, mutant: Mutant) -> Configuration:
        if test not in self._given:
            case, whole = self._tests[test]
            few = _only(whole, {*case.rules, mutant.of})
            self._given[test] = few if run(case, few, restarts=False).passed else whole
        return self._given[test]

    def _fails(self, test: int, given: Configuration, mutant: Mutant) -> bool:
        return run(self._tests[test][0], _with(given, mutant), restarts=False).failed


def _only(given: Configuration, rules: Collection[str]) -> Configuration:
    """The same with those rules alone."""
    kept = [rule for rule in given.rules.rules if rule.id in rules]
    return given._replace(rules=RuleSet(kept, given.rules.exposures, given.rules.quality))


def _with(given: Configuration, mutant: Mutant) -> Configuration:
    kept = [rule for rule in given.rules.rules if rule.id != mutant.of]
    rules = RuleSet([*kept, *([mutant.rule] if mutant.rule else [])], given.rules.exposures, given.rules.quality)
    return given._replace(rules=rules)


def _moved(node: Node, *, place: Compare, factor: float) -> Node:
    """The comparison at that place with its right side moved."""
    if not isinstance(node, Compare) or node.at != place.at:
        return node
    if isinstance(node.r, Num) and _counted(node.l):
        return Compare(node.op, node.l, Num(node.r.value + (1 if factor > 1 else -1), node.r.unit))
    if (
        isinstance(node.r, Num)
        and isinstance(node.l, Name)
        and node.l.path in EVENT_FEATURES
        and EVENT_FEATURES[node.l.path].unit == "share"
    ):
        return Compare(node.op, node.l, Num(round(node.r.value + (PART if factor > 1 else -PART), 9), node.r.unit))
    if isinstance(node.r, Num):
        value = node.r.value * factor if node.r.value else LEAST * (1 if factor > 1 else 0)
        return Compare(node.op, node.l, Num(round(value, 9), node.r.unit))
    return Compare(node.op, node.l, Arith("*", node.r, Num(factor)))


def _counted(node: Node) -> bool:
    """Whether a value is whole: it counts records or points, or is a sum of such counts."""
    match node:
        case Name():
            known = EVENT_FEATURES.get(node.path)
            return known is not None and known.kind == "number" and not known.unit
        case Arith():
            return node.op != "/" and _counted(node.l) and _counted(node.r)
        case Num():
            return node.value == int(node.value)
        case Call():
            return node.name in ("count", "number")
        case _:
            return False
