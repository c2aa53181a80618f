"""Episodes of warnings: raise, upgrade, downgrade, clear and update as typed events of one identity, each with its reasons.

An episode opens at the lowest level that the profile sends, is cleared below it, and is closed 60 min after the last clear; a return
by then is the same episode. The time spent at or above each level is accounted here for the statutory clocks: frozen below the
level, zeroed after more than 60 min below, so that bouncing gains nothing.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from streams.domain.outputs import Reason, Warning
from streams.domain.scale import Level
from streams.engine.desk import NEVER, Desk
from streams.engine.management import items_of
from streams.engine.matrix import profile_of, tier_in_force
from streams.engine.parameters import level
from streams.engine.scores import score_of
from streams.engine.state import Cause, Ended, Episode, Source
from streams.engine.voice import identity

EventKind = Literal["raise", "upgrade", "downgrade", "clear", "update"]
Why = Literal["real", "false", "maintenance", "calibration", "config"]
_WORST_FIRST: tuple[Why, ...] = ("real", "config", "calibration", "maintenance", "false")


class Change(NamedTuple):
    """What a look at a source found: its level before and after, and causes that are new or graver."""

    before: int
    after: int
    news: list[Cause]


def rank(desk: Desk, source: Source, at_level: int) -> int:
    """0 when nothing is sent at this level, else 1 + level. Blue is sent only by profiles that say so, and never at rest."""
    profile = desk.site_of(source).record.profile
    lowest = level(profile_of(desk.parameters.matrix, profile).sent_from)
    if at_level < lowest or (at_level == Level.BLUE and not source.causes):
        return 0
    return 1 + at_level


def account(episode: Episode, at_level: int, at_ms: int, forget_ms: int) -> None:
    """Log time at or above each level up to `at_ms`, before the level changes to `at_level`."""
    for each in range(1, 4):
        if episode.entered_ms[each]:
            episode.above_ms[each] += at_ms - episode.entered_ms[each]
            episode.entered_ms[each] = 0
            episode.left_ms[each] = at_ms
        if episode.left_ms[each] and at_ms - episode.left_ms[each] > forget_ms:
            episode.above_ms[each] = 0
        if at_level >= each:
            episode.entered_ms[each] = at_ms
            episode.left_ms[each] = 0


def follow(desk: Desk, source: Source, change: Change, at_ms: int) -> int:
    """Say what became of the episode of `source`. Returns when to look again."""
    episode = source.episode
    times = desk.parameters.episodes
    if episode is not None and not episode.rank and at_ms > episode.cleared_ms + times.close_after_s * 1000:
        source.episode = episode = None
    wanted = rank(desk, source, change.after)
    if episode is None and wanted:
        episode = source.episode = Episode(id=identity("episode", source.enterprise, source.code, at_ms), opened_ms=at_ms)
    if episode is None:
        source.ended.clear()
        return NEVER
    if change.before != change.after or not episode.sequence:
        account(episode, change.after, at_ms, times.forget_after_s * 1000)
    kind = _kind(episode.rank, wanted, change.news)
    if kind is not None:
        _say(desk, source, episode, kind, wanted, change, at_ms)
    source.ended.clear()
    return NEVER if episode.rank else episode.cleared_ms + times.close_after_s * 1000 + 1


def _kind(before: int, after: int, news: list[Cause]) -> EventKind | None:
    if after > before:
        return "upgrade" if before else "raise"
    if after < before:
        return "downgrade" if after else "clear"
    return "update" if after and news else None


def _say(desk: Desk, source: Source, episode: Episode, kind: EventKind, wanted: int, change: Change, at_ms: int) -> None:
    if kind == "raise":
        window_ms = desk.parameters.episodes.repeat_window_s * 1000
        source.raises = [t for t in source.raises if t > at_ms - window_ms] + [at_ms]
        episode.repeated = len(source.raises) >= desk.parameters.episodes.repeat_raises
        episode.cleared_ms = 0
    if kind == "clear":
        episode.cleared_ms = at_ms
        episode.first_cleared_ms = episode.first_cleared_ms or at_ms
    previous = max(episode.rank - 1, 0)
    episode.rank = wanted
    lowering = kind in ("downgrade", "clear")
    site = desk.site_of(source)
    bringing = _brought_about(source, change, lowering)
    causes = list(source.causes.values())
    warning = Warning(
        id=identity("warning", episode.id, episode.sequence), episode=episode.id, sequence=episode.sequence, kind=kind, scope="source",
        enterprise=site.code, enterprise_name=site.record.name, source=source.code, source_name=source.name,
        region=site.record.region, level=Level(change.after).code, previous=Level(previous).code, at_ms=at_ms,
        event_ms=bringing.event_ms if bringing is not None and not lowering else at_ms,
        cause=_why(source.ended) if lowering else "real",
        causation=_causation(bringing, lowering), repeated=episode.repeated, drill=bool(causes) and all(c.drill for c in causes),
        park=site.record.park or "", supervisor=site.record.supervisor, profile=site.record.profile, grade=source.grade,
        score=score_of(desk, source, at_ms).score, inherent=source.inherent, parameters=desk.parameters_hash,
        reasons=reasons(desk, source, lowering, at_ms),
    )  # fmt: skip
    episode.sequence += 1
    desk.voice.say(source.code, warning)


def _brought_about(source: Source, change: Change, lowering: bool) -> Cause | None:
    """The cause behind the event: the gravest new one, or the gravest that ended last."""
    if lowering:
        return max((e.cause for e in source.ended), key=lambda c: (tier_in_force(c), c.opened_ms, c.id), default=None)
    open_causes = change.news or [c for c in source.causes.values() if not c.over_ms]
    return max(open_causes, key=lambda c: (tier_in_force(c), c.opened_ms, c.id), default=None)


def _causation(cause: Cause | None, lowering: bool) -> str:
    if cause is None:
        return ""
    return cause.ended_by if lowering and cause.ended_by else cause.id


def _why(ended: list[Ended]) -> Why:
    """Why a level went down: real, unless everything that ended was something else."""
    verdicts = {e.cause.verdict or "real" for e in ended}
    return next((w for w in _WORST_FIRST if w in verdicts), "real")


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
