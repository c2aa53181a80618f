"""One event of an episode as it is said: whose it is, who hears, why, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from streams.domain.outputs import NextDue, Reason, Receiver, Warning
from streams.domain.scale import Level
from streams.engine.desk import Desk
from streams.engine.episodes import clocks, receivers
from streams.engine.episodes.ladders import LEVELS, Ladder, Role, ladder_for
from streams.engine.matrix import tier_in_force
from streams.engine.scores import score_of
from streams.engine.site.management import items_of, regions_above
from streams.engine.state import Cause, Source
from streams.engine.state_episodes import Episode
from streams.engine.voice import identity

Kind = Literal["raise", "upgrade", "downgrade", "clear", "update", "closed", "notice", "supervision", "supervision_result",
               "follow_up", "report_due", "report_overdue", "report_received", "report_returned", "report_accepted"]  # fmt: skip
Why = Literal["real", "false", "maintenance", "calibration", "config"]


class Says(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says beyond its place and time."""

    kind: Kind
    causation: str
    to: Iterable[Role]
    previous: int | None = None  # level before; None: as it is
    event_ms: int = 0
    cause: Why = "real"
    reasons: tuple[Reason, ...] = ()
    step: str = ""
    n: int = 0
    due_ms: int = 0
    task: str = ""
    assignee: str = ""
    basis: str = ""
    detail: dict[str, Any] = {}


def ladder_of(desk: Desk, source: Source) -> Ladder:
    """The ladder in force for a source: that of its profile and the nearest region that has one of its own."""
    site = desk.site_of(source).record
    return ladder_for(desk.parameters.ladders, site.profile, regions_above(desk, site.region))


def next_id(episode: Episode) -> str:
    """Id of the event that is said next."""
    return identity("warning", episode.id, episode.sequence)


def level_of(episode: Episode) -> int:
    """The level that the episode stands at; blue when it is cleared."""
    return max(episode.rank - 1, 0)


def tell(desk: Desk, source: Source, episode: Episode, says: Says, at_ms: int) -> str:
    """Say it; returns its id. What is due next is that after this event, so the clocks must know of it already."""
    site, ladder = desk.site_of(source), ladder_of(desk, source)
    level = Level(level_of(episode))
    causes = list(source.causes.values()) if episode is source.episode else []
    warning = Warning(
        id=next_id(episode), episode=episode.id, sequence=episode.sequence, kind=says.kind,
        scope="enterprise" if source.record is None else "source",
        enterprise=site.code, enterprise_name=site.record.name, source=source.code, source_name=source.name,
        region=site.record.region, level=level.code, previous=Level(level if says.previous is None else says.previous).code, at_ms=at_ms,
        event_ms=says.event_ms or at_ms, cause=says.cause, causation=says.causation, repeated=episode.repeated,
        drill=bool(causes) and all(c.drill for c in causes),
        park=site.record.park or "", supervisor=site.record.supervisor, profile=site.record.profile, grade=source.grade,
        score=score_of(desk, source, at_ms).score, inherent=source.inherent, parameters=desk.parameters_hash, reasons=says.reasons,
        ladder=ladder.name, step=says.step, n=says.n, due_ms=says.due_ms, task=says.task, assignee=says.assignee, basis=says.basis,
        receivers=_receivers(desk, source, says.to), next_due=tuple(upcoming(ladder, episode)), detail=says.detail,
    )  # fmt: skip
    episode.sequence += 1
    desk.voice.say(source.code, warning)
    return warning.id


def _receivers(desk: Desk, source: Source, roles: Iterable[Role]) -> tuple[Receiver, ...]:
    return receivers.receivers_of(desk, source, roles)


# --- what comes next --------------------------------------------------------------------------------------------------------
def upcoming(ladder: Ladder, episode: Episode) -> list[NextDue]:
    """Everything that will be said of an episode by time alone, the soonest first."""
    found = [*_steps(ladder, episode), *_forms(episode)]
    if not episode.rank and episode.cleared_ms and not episode.closed_ms:
        found.append(NextDue(kind="closed", at_ms=closes_ms(ladder, episode)))
    return sorted(found, key=lambda due: (due.at_ms, due.kind, due.step))


def closes_ms(ladder: Ladder, episode: Episode) -> int:
    """First moment at which a return is not the same episode any more."""
    return episode.cleared_ms + ladder.close_after_s * 1000 + 1


def _steps(ladder: Ladder, episode: Episode) -> Iterable[NextDue]:
    for step in ladder.steps:
        rung = episode.rungs.get(step.id)
        if rung is not None and rung.settled_ms:
            continue
        clock = episode.clocks[LEVELS.index(step.level) - 1]
        due = clocks.due(clock, step.every_s * 1000, rung.said_ms if rung else 0, ladder.quiet_after_raise_s * 1000)
        if due is not None:
            yield NextDue(kind=step.kind, at_ms=due.at_ms, step=step.id, n=due.n)


def _forms(episode: Episode) -> Iterable[NextDue]:
    for form in episode.forms:
        if form.next_ms:
            yield NextDue(kind="report_overdue", at_ms=form.next_ms, step="report", n=form.overdue + 1)


# --- why --------------------------------------------------------------------------------------------------------------------
def reasons(desk: Desk, source: Source, lowering: bool, at_ms: int) -> tuple[Reason, ...]:
    """All causes that count, the gravest first; for a lowering also those that ended; then what site management adds."""
    causes = sorted(source.causes.values(), key=lambda c: (-tier_in_force(c), c.opened_ms, c.id))
    told = [_reason(desk, c, {"held_since_ms": c.over_ms} if c.over_ms else {}) for c in causes]
    if lowering:
        told += [
            _reason(desk, e.cause, {"ended_ms": e.ended_ms, "ended_by": e.cause.ended_by or "recovered"}) for e in source.ended
        ]
    if source.lifted:
        told += [Reason(cause=f"{source.code}:management:{item}", code=f"cause.management_{item}", tier=0, opened_ms=since,
                        detail=source.model_detail if item == "model" else {})
                 for item, since in items_of(desk, source, at_ms).items()]  # fmt: skip
    return tuple(told)


def _reason(desk: Desk, cause: Cause, extra: dict[str, Any]) -> Reason:
    point = desk.point(cause.points[0]) if len(cause.points) == 1 else None
    detail: dict[str, Any] = {**cause.detail, **extra}
    if cause.aged:
        detail["aged"] = True
    if len(cause.points) > 1:
        detail["points"] = [desk.point(p).code for p in cause.points]
    if cause.parts:
        detail["parts"] = list(cause.parts)
    return Reason(
        cause=cause.id, code=f"cause.{cause.kind}", tier=tier_in_force(cause), opened_ms=cause.opened_ms, rule=cause.rule,
        rule_version=cause.rule_version, rule_hash=cause.rule_hash, device=cause.device, area=cause.area,
        point=point.code if point else "", quantity=point.point.quantity if point else "", value=cause.value, limit=cause.limit,
        unit=point.point.unit if point else "", flags=cause.flags, detail=detail,
    )  # fmt: skip
