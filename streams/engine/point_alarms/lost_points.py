"""Silence told in as few lines as people can read: a gateway, a device, or a point. Display only; what counts as lost is `presence`.

A gateway of 300 points that falls silent is one finding with 300 names, not 300 findings; each is listed and counted, and when the
gateway is back, what is still silent is told by itself. A group is lost when nothing of it was heard for as long as the first of its
points may be silent, so nobody has to wait for the most patient one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from streams.engine.desk import Desk
from streams.engine.presence import Presence
from streams.engine.state import Site
from streams.engine.state_papers import Loss

MOST_NAMES = 2000  # of one finding; a larger group is listed in several


def tick(desk: Desk, silence: Presence, gateways: list[tuple[str, str]], at_ms: int) -> None:
    """Groups that are heard again first, then points that became silent or were heard; by site."""
    turned: dict[str, list[int]] = {}
    for p in silence.turned:
        turned.setdefault(desk.point(p).enterprise, []).append(p)
    for code in sorted(desk.losing | turned.keys()):
        site = desk.state.sites[code]
        again = list(_returns(desk, silence, site, turned.get(code, []), at_ms))
        fresh = [p for p in turned.get(code, []) if silence.stale[p]]
        _lose(desk, silence, gateways, site, sorted({*fresh, *again}), at_ms)
        (desk.losing.add if site.losses else desk.losing.discard)(code)


def _returns(desk: Desk, silence: Presence, site: Site, turned: list[int], at_ms: int) -> Iterator[int]:
    """Close the groups of which something was heard; yields those of their points that are silent all the same."""
    last = desk.judge.last_log_ms
    back = {p for p in turned if not silence.stale[p]}
    for key, loss in list(site.losses.items()):
        if len(loss.points) == 1 and not back.intersection(loss.points):
            continue
        points = np.array(loss.points, np.int64)
        due = silence.expected[points] != 0
        heard = bool((last[points] > loss.heard_ms).any())
        if due.any() and not heard:
            continue
        del site.losses[key]
        _say(desk, site, loss, f"{loss.kind}_back" if heard else "loss_excused", at_ms)
        yield from (int(p) for p in points[due & (silence.stale[points] != 0)])


def _lose(desk: Desk, silence: Presence, gateways: list[tuple[str, str]], site: Site, fresh: list[int], at_ms: int) -> None:
    known = {p for loss in site.losses.values() for p in loss.points}
    for p in fresh:
        if p in known:
            continue
        loss = _group(desk, silence, gateways, site, p, known, at_ms)
        site.losses[f"{loss.kind}|{loss.name}"] = loss
        known.update(loss.points)
        _say(desk, site, loss, f"{loss.kind}_lost", at_ms)


def _group(
    desk: Desk, silence: Presence, gateways: list[tuple[str, str]], site: Site, p: int, known: set[int], at_ms: int
) -> Loss:
    """The largest thing around a silent point that is as silent: its gateway, its device, or the point alone."""
    entry, row = desk.point(p), int(silence.via[p])
    due = [q for s in site.sources for q in desk.source(s).points if silence.expected[q] and q not in known]
    if row >= 0:
        loss = _whole(desk, silence, "gateway", gateways[row][1], p, [q for q in due if silence.via[q] == row], at_ms)
        if loss is not None:
            return loss
    if entry.device:
        loss = _whole(desk, silence, "device", entry.device, p, [q for q in due if desk.point(q).device == entry.device], at_ms)
        if loss is not None:
            return loss
    return Loss(kind="point", name=entry.code, since_ms=at_ms, heard_ms=int(desk.judge.last_log_ms[p]), points=[p])


def _whole(desk: Desk, silence: Presence, kind: str, name: str, p: int, members: list[int], at_ms: int) -> Loss | None:
    """The group as lost, when nothing of it was heard for as long as `p` may be silent."""
    if len(members) < 2:
        return None
    points: NDArray[np.int64] = np.array(members, np.int64)
    newest_ms = int(silence.seen_ms(desk.judge.last_log_ms, points).max())
    if at_ms - newest_ms <= int(silence.limit_ms[p]):
        return None
    return Loss(kind=kind, name=name, since_ms=at_ms, heard_ms=int(desk.judge.last_log_ms[points].max()), points=members)


def _say(desk: Desk, site: Site, loss: Loss, code: str, at_ms: int) -> None:
    names = [desk.point(p).code for p in loss.points]
    single = desk.point(loss.points[0])
    sources = {desk.point(p).source for p in loss.points}
    source = desk.source(sources.pop()).code if len(sources) == 1 else ""
    for part, some in enumerate(_parts(names)):
        detail = {
            loss.kind: loss.name,
            "kind": loss.kind,
            "name": loss.name,
            "count": len(names),
            "since_ms": loss.heard_ms,
            "points": some,
        }
        desk.voice.finding(code, site.code, at_ms, subject=f"{loss.kind}:{loss.name}:{part}", source=source, region=site.record.region,
                           point=single.code if loss.kind == "point" else "", detail=detail)  # fmt: skip


def _parts(names: list[str]) -> Iterable[list[str]]:
    return (names[i : i + MOST_NAMES] for i in range(0, len(names), MOST_NAMES))
