"""What is wrong with a condition by itself: parts that can never hold, that always hold, that contradict each other.

The smallest part that is to blame is named, once. Judged in every kind of point that the rule selects: a part is dead only if it is dead in
all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import Literal, NamedTuple

from backfill.lint.ground import Subject
from backfill.lint.kinds import kinds_of
from backfill.lint.settings import Settings
from backfill.lint.solving import World
from streams.engine.rulelang.constants import is_constant
from streams.engine.rulelang.outside import MEMORIES, is_own_window
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import All, Any, Call, Compare, Name, Node, Not, children, walk

What = Literal["never", "outside", "contradictory", "always", "redundant", "inapplicable"]
Said = tuple[Node, bool]


class Blame(NamedTuple):
    """`node` is to blame; `others`: what it contradicts or repeats."""

    what: What
    key: str
    node: Node
    others: tuple[Node, ...] = ()


class Reading:
    """The conditions of one rule, judged. Nothing is asked twice."""

    def __init__(self, subject: Subject, settings: Settings) -> None:
        self.subject = subject
        select = subject.rule.select
        doubts = bool(subject.rule.effect.finding) or subject.rule.effect.tier == 0
        trees = list(subject.trees.values())
        self.worlds = [World(kind, settings, frozenset(select.lacks), doubts) for kind in kinds_of(subject.rule, trees)]
        self.known: dict[tuple[tuple[Said, ...], bool], bool | None] = {}

    def can(self, *said: Said, positive: bool = False) -> bool | None:
        """Whether this can be so for any points that the rule selects; None: it exists for none of them."""
        key = (said, positive)
        if key not in self.known:
            found = [world._replace(positive=positive).can_hold(*said) for world in self.worlds]
            self.known[key] = None if all(f is None for f in found) else any(f is not False and f is not None for f in found)
        return self.known[key]

    @cached_property
    def blames(self) -> tuple[Blame, ...]:
        """Of `when` and `clear`, and of the conditions inside `since` and `for_share`."""
        out: list[Blame] = []
        for key in ("when", "clear"):
            tree = self.subject.trees.get(key)
            if tree is None or not self.worlds:
                continue  # without worlds no point is selected at all: said of the selector
            if key == "clear" and self.can((tree, True)) is False:
                continue  # it never ends: more than a part of it is wrong
            for condition in (tree, *_remembered(tree)):
                out += self.of(key, condition)
        return tuple(out)

    def of(self, key: str, node: Node) -> Iterator[Blame]:
        if self.can((node, True)) is None:
            yield Blame("inapplicable", key, node)
            return
        dead = list(self.dead(key, node))
        yield from dead
        if dead:
            return
        if self.can((node, False)) is False:
            yield Blame("always", key, self.smallest_sure(node))
            return
        yield from self.idle(key, node)

    # --- parts that can never hold

    def dead(self, key: str, node: Node) -> Iterator[Blame]:
        if self.can((node, True)) is not False:
            match node:
                case Any() | All():
                    for part in node.parts:
                        yield from self.dead(key, part)
                case _:
                    return
            return
        match node:
            case Any():
                for part in node.parts:
                    yield from self.dead(key, part)
            case All():
                inner = [blame for part in node.parts for blame in self.dead(key, part)]
                yield from inner if inner else [self.conflict(key, node.parts)]
            case Compare() if is_threshold(node):
                yield Blame("outside", key, node)
            case _:
                yield Blame("never", key, node)

    def conflict(self, key: str, parts: Sequence[Node]) -> Blame:
        """The two parts that exclude each other, else all of them."""
        for one, other in combinations(parts, 2):
            if self.can((one, True), (other, True)) is False:
                return Blame("contradictory", key, one, (other,))
        return Blame("contradictory", key, parts[0], tuple(parts[1:]))

    # --- parts that are always so

    def smallest_sure(self, node: Node) -> Node:
        """The first part that alone makes the whole always so."""
        if isinstance(node, Any):
            for part in node.parts:
                if self.can((part, False)) is False:
                    return self.smallest_sure(part)
        return node

    def idle(self, key: str, node: Node) -> Iterator[Blame]:
        """Parts of an `and` that hold whenever the others do, parts of an `or` that hold only when another does."""
        if not isinstance(node, All | Any):
            return
        both = isinstance(node, All)
        for i, part in enumerate(node.parts):
            others = tuple(p for j, p in enumerate(node.parts) if j != i)
            if both and self.can((part, False)) is False:
                yield Blame("always", key, part)
            elif self.can(*((p, both) for p in others), (part, not both)) is False:
                yield Blame("redundant", key, part, others)
                return
            yield from self.idle(key, part)


def is_threshold(node: Compare) -> bool:
    """Whether the present value, or a value of a window, is held against constants."""
    for side, other in ((node.l, node.r), (node.r, node.l)):
        plain = side == Name("value") or (
            isinstance(side, Call) and side.name in ("mean", "min", "max") and not is_constant(side)
        )
        if plain and is_constant(other):
            return True
    return False


def features_of(node: Node) -> frozenset[str]:
    """What a condition watches: values, windows, groups, records; not the constants that they are held against."""
    match node:
        case Name():
            return frozenset() if is_constant(node) else frozenset((node.path,))
        case Call() if is_own_window(node):
            return frozenset((show(replace(node, args=node.args[-1:])),))
        case Call() if not is_constant(node) and node.name != "abs":
            return frozenset((show(node),))
        case _:
            return frozenset(f for child in children(node) for f in features_of(child))


def _remembered(node: Node) -> Iterator[Node]:
    """Conditions inside `since` and `for_share`."""
    for part in walk(node):
        if isinstance(part, Call) and part.name in MEMORIES and part.args:
            yield part.args[0]


def parts_of(node: Node) -> Iterator[Compare]:
    """All comparisons of a condition itself, not those inside memories."""
    match node:
        case Compare():
            yield node
        case All() | Any():
            for part in node.parts:
                yield from parts_of(part)
        case Not():
            yield from parts_of(node.part)
        case _:
            return
