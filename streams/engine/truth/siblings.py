"""Neighbours that part: points of one device and quantity whose difference leaves what it always was.

Gas detectors are left out: of two at one tank the nearer one sees the leak, which is no doubt about it.
"""

from __future__ import annotations

import numpy as np

from streams.engine.desk import GASES, Desk
from streams.engine.truth.hours import LEAST_READINGS, Found, figure
from streams.engine.truth.points import spans
from streams.engine.truth.settings import Truth
from streams.engine.truth.state import TruthState
from streams.engine.truth.table import Table

_MEMORY_HOURS = 72.0


def new_table() -> Table:
    return Table("truth.pairs", {"usual": (np.float64, 0, 0), "spread": (np.float64, 0, 0), "learned": (np.int16, 0, 0),
                                 "off": (np.int16, 0, 0)})  # fmt: skip


def pair_up(desk: Desk, state: TruthState, pairs: Table) -> None:
    """Each point with the one before it of the same device, quantity and unit. Pairs that exist keep their row."""
    known = set(state.pairs)
    last: dict[tuple[int, str, str, str], int] = {}
    for entry in desk.state.points:
        if entry.retired or entry.point.quantity in (*GASES, "generic"):
            continue
        key = (entry.source, entry.device, entry.point.quantity, entry.point.unit)
        if key in last and (last[key], entry.id) not in known:
            state.pairs.append((last[key], entry.id))
        last[key] = entry.id
    pairs.grow(len(state.pairs))


def hour(points: Table, pairs: Table, state: TruthState, settings: Truth) -> list[Found]:
    """At the end of an hour, before its sums are forgotten."""
    if not state.pairs:
        return []
    ab = np.array(state.pairs, np.int64)
    a, b = ab[:, 0], ab[:, 1]
    n = points["n"]
    mean = np.divide(points["sum"], n, out=np.zeros(points.n), where=n > 0)
    enough = (n[a] >= LEAST_READINGS) & (n[b] >= LEAST_READINGS)
    diff = mean[b] - mean[a]
    learned = pairs["learned"]
    far = np.abs(diff - pairs["usual"])
    wide = np.maximum(settings.sibling_share * spans(points)[a], settings.sibling_times * pairs["spread"])
    alike = np.abs(pairs["usual"]) <= 0.5 * settings.sibling_share * spans(points)[a]  # they measure the same thing
    off = enough & alike & (learned >= settings.learn_hours) & (far > wide)
    pairs["off"][:] = np.where(off, np.minimum(pairs["off"] + 1, 30_000), np.where(enough, 0, pairs["off"]))
    relearn = pairs["off"] >= _MEMORY_HOURS
    learned[relearn], pairs["off"][relearn] = 0, 0
    usable = enough & ~(off & ~relearn)
    share = 1.0 / np.minimum(learned[usable] + 1.0, _MEMORY_HOURS)
    pairs["spread"][usable] += (np.where(learned[usable] > 0, far[usable], 0.0) - pairs["spread"][usable]) * share
    pairs["usual"][usable] += (diff[usable] - pairs["usual"][usable]) * share
    learned[usable] = np.minimum(learned[usable] + 1, 30_000)
    return [Found(int(b[i]), "siblings_part", {"sibling": int(a[i]), "difference": figure(diff[i]), "usual": figure(pairs["usual"][i]),
                                               "spread": figure(pairs["spread"][i]), "hours": int(pairs["off"][i])})
            for i in np.flatnonzero(off & (pairs["off"] == settings.sibling_hours))]  # fmt: skip
