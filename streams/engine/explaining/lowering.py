"""The smallest change that lowers the level of a source: which causes, or which items of site management, would have to end.

A cause that is made of others ends with them: two instruments are none when one of them is back. So the search is over what stands
by itself; the target after each trial comes from `matrix`, as in the review of a source.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import msgspec

from streams.domain.explanation import Change
from streams.domain.scale import Level
from streams.engine import causes
from streams.engine.desk import Desk
from streams.engine.explaining.ends import PAIRS
from streams.engine.matrix import cell, managed
from streams.engine.site.management import items_of
from streams.engine.state import Cause, Source

MOST_TRIED = 3  # larger sets are not searched: then everything that is as grave has to end


def smallest(desk: Desk, source: Source, at_ms: int) -> Change | None:
    """The fewest things that must end, and the level then; None at rest. Among equals the one that lowers most, then the oldest."""
    if source.level == Level.BLUE:
        return None
    alone = [c for c in source.causes.values() if not _made_of(source, c)]
    items = tuple(items_of(desk, source, at_ms)) if source.lifted else ()
    if items and (after := _after(desk, source, source.causes.values(), False)) < source.level:
        without_items = Change(level=after.code, items=items)
    else:
        without_items = None
    for count in range(1, min(MOST_TRIED, len(alone)) + 1):
        if without_items is not None and len(items) <= count:
            return without_items
        found = _best(desk, source, [frozenset(c.id for c in some) for some in combinations(alone, count)], at_ms)
        if found is not None:
            return found
    return without_items or _best(desk, source, [frozenset(c.id for c in alone)], at_ms)


def _best(desk: Desk, source: Source, tries: list[frozenset[str]], at_ms: int) -> Change | None:
    best: Change | None = None
    lowest = Level(source.level)
    for ended in tries:
        left = [_then(desk, source, c, _over_ms(desk, source, ended, at_ms)) for c in remaining(source, ended)]
        after = _after(desk, source, left, source.lifted and bool(left))
        if after < lowest:
            best, lowest = Change(level=after.code, causes=tuple(c.id for c in source.causes.values() if c.id in ended)), after
    return best


def _over_ms(desk: Desk, source: Source, ended: frozenset[str], at_ms: int) -> int:
    """When the level falls at the earliest: a cause whose condition goes now still counts for its hold."""
    return at_ms + max((int(causes.hold_s(desk, source, c) * 1000) for c in source.causes.values() if c.id in ended), default=0)


def _then(desk: Desk, source: Source, cause: Cause, then_ms: int) -> Cause:
    """The cause as it will be: what stays open until then grows graver by age, and holds the level up."""
    return cause if causes.ages_at(desk, source, cause) > then_ms else msgspec.structs.replace(cause, aged=True)


def _after(desk: Desk, source: Source, left: Iterable[Cause], lifted: bool) -> Level:
    profile = desk.site_of(source).record.profile
    base = max((cell(c, source.column, desk.policy(source.enterprise).matrix, profile) for c in left), default=Level.BLUE)
    return managed(base, lifted, desk.policy(source.enterprise))


def _made_of(source: Source, cause: Cause) -> list[Cause]:
    """The parts of a compound cause that are causes of this source."""
    return [source.causes[key] for key in cause.parts if key in source.causes]


def remaining(source: Source, ended: frozenset[str]) -> list[Cause]:
    """What is left when these causes end, with everything that rests on them."""
    gone = set(ended)
    while True:
        more = {c.id for c in source.causes.values() if c.id not in gone and _falls(source, c, gone)}
        if not more:
            return [c for c in source.causes.values() if c.id not in gone]
        gone |= more


def _falls(source: Source, cause: Cause, gone: set[str]) -> bool:
    parts = _made_of(source, cause)
    left = sum(p.id not in gone for p in parts)
    return bool(parts) and not cause.by_person and left < (2 if cause.kind in PAIRS else 1)
