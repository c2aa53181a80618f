"""How many rules could meet at one point: the kernels have a bit for each, and a memory for each `since` and `for_share`.

Counted over what a point is (profile, quantity, kind of source), as if it had everything else that rules select by: an upper bound, so
that no registry can bring a rule set that was accepted to a point that cannot carry it.
"""

from __future__ import annotations

from typing import NamedTuple, get_args

from streams.domain.registry import Profile, Quantity, SourceKind
from streams.engine.kernels import layout as at
from streams.engine.rulelang.outside import MEMORIES
from streams.engine.rulelang.tree import Call, walk
from streams.engine.rules import Rule, RuleSet

MOST_RULES, MOST_MEMORIES = at.MAX_SLOTS // 2, at.MAX_AUX // 2  # half: a set and the one that replaces it are judged side by side


class Crowd(NamedTuple):
    """Where most rules meet."""

    rules: int
    memories: int
    place: str  # profile/quantity/kind of source

    def fits(self, whole: bool = False) -> bool:
        """Whether a point can carry them; `whole`: two sets are already in them."""
        times = 2 if whole else 1
        return self.rules <= times * MOST_RULES and self.memories <= times * MOST_MEMORIES


def crowd(rules: RuleSet) -> Crowd:
    """The worst place of these rules."""
    found = [rules[i] for i in rules.point_rules]
    memories = [_memories(rule) for rule in found]
    worst = Crowd(0, 0, "")
    for profile in get_args(Profile):
        for quantity in get_args(Quantity):
            here = [i for i, rule in enumerate(found) if _for(rule, profile, quantity)]
            for kind in get_args(SourceKind):
                those = [i for i in here if not found[i].select.kind or kind in found[i].select.kind]
                this = Crowd(len(those), sum(memories[i] for i in those), f"{profile}/{quantity}/{kind}")
                worst = max(worst, this, key=lambda c: max(c.rules / MOST_RULES, c.memories / MOST_MEMORIES))
    return worst


def _for(rule: Rule, profile: str, quantity: str) -> bool:
    select = rule.select
    return (not select.profile or profile in select.profile) and (not select.quantity or quantity in select.quantity)


def _memories(rule: Rule) -> int:
    trees = [tree for tree in (rule.tree, rule.clear_tree) if tree is not None]
    return sum(isinstance(node, Call) and node.name in MEMORIES for tree in trees for node in walk(tree))
