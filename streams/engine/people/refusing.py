"""What an action of a person does to the engine, and how it is refused: with a finding that says why. `word.<why>` says how to do it right."""

from __future__ import annotations

from typing import NamedTuple

from streams.domain.messages import Action
from streams.engine.desk import Desk
from streams.engine.kernels.points import PointSpec
from streams.engine.state import PointEntry, Site


class Effect(NamedTuple):
    """What the engine has to do beyond the desk: points to define anew, gas points that a person confirmed, expectations to renew."""

    define: tuple[PointSpec, ...] = ()
    verified: tuple[int, ...] = ()
    expect: tuple[int, ...] = ()


NOTHING = Effect()


def refused(desk: Desk, site: Site, action: Action, at_ms: int, why: str, *about: str) -> Effect:
    """Say that `action`, or the part of it that is `about` these points, causes or offices, was not done."""
    detail = {
        "action": action.kind,
        "id": action.id,
        "why": why,
        "author": action.author,
        "role": action.role,
        "about": list(about),
    }
    desk.voice.finding("action_refused", site.code, at_ms, subject=f"{action.id}:{why}:{','.join(about)}", source=action.source,
                       region=site.record.region, detail=detail)  # fmt: skip
    return NOTHING


def done(desk: Desk, site: Site, action: Action, at_ms: int, code: str, entry: PointEntry, **detail: object) -> None:
    """Say what was done to a point."""
    desk.voice.finding(code, site.code, at_ms, subject=f"{action.id}:{entry.code}", source=desk.source(entry.source).code,
                       region=site.record.region, point=entry.code,
                       detail={"id": action.id, "author": action.author, "role": action.role, **detail})  # fmt: skip


def named(desk: Desk, site: Site, action: Action, at_ms: int) -> list[PointEntry]:
    """The points that the action names; none named, or one that does not exist, is refused by name and the others are done."""
    ids = {code: desk.point_named(site.code, code) for code in action.points}
    unknown = [code for code, p in ids.items() if p < 0]
    if unknown:
        refused(desk, site, action, at_ms, "unknown_point", *unknown)
    elif not ids:
        refused(desk, site, action, at_ms, "points_needed")
    return [desk.point(p) for p in ids.values() if p >= 0]
