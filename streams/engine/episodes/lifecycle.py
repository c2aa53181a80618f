"""Episodes of warnings: raise, upgrade, downgrade, clear and update as typed events of one identity, each with its reasons.

An episode opens at the lowest level that the ladder sends, is cleared below it, and is closed 60 min after the last clear; a return
by then is the same episode. What time brings after these events (notices, orders, reports) is in `ladder` and `disposal`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from streams.domain.scale import Level
from streams.engine.desk import Desk
from streams.engine.episodes import clocks, disposal, ladder, telling
from streams.engine.episodes.ladders import LEVELS, Ladder, Role
from streams.engine.episodes.telling import Says, Why
from streams.engine.matrix import tier_in_force
from streams.engine.state import Cause, Ended, Source
from streams.engine.state_episodes import Episode
from streams.engine.voice import identity

EventKind = Literal["raise", "upgrade", "downgrade", "clear", "update"]
_WORST_FIRST: tuple[Why, ...] = ("real", "config", "calibration", "maintenance", "false")


class Change(NamedTuple):
    """What a look at a source found: its level before and after, causes that are new or graver, whether site management let go."""

    before: int
    after: int
    news: list[Cause]
    released: bool = False


def follow(desk: Desk, source: Source, change: Change, at_ms: int) -> None:
    """Say what became of the episode of `source`."""
    rungs = telling.ladder_of(desk, source)
    wanted = _rank(rungs, source, change.after)
    if wanted and source.episode is not None and not source.episode.rank and at_ms >= telling.closes_ms(rungs, source.episode):
        ladder.close(desk, source, at_ms)
    if source.episode is None and wanted:
        source.episode = Episode(id=identity("episode", source.enterprise, source.code, at_ms), opened_ms=at_ms)
    episode = source.episode
    if episode is not None:
        episode.lowest = min(episode.lowest, LEVELS.index(rungs.sent_from))
        kind = _kind(episode.rank, wanted, change.news)
        if kind is not None:
            _say(desk, source, episode, rungs, kind, wanted, change, at_ms)
    source.ended.clear()


def _rank(rungs: Ladder, source: Source, at_level: int) -> int:
    """0 when nothing is sent at this level, else 1 + level. Blue is sent only by ladders that say so, and never at rest."""
    lowest = LEVELS.index(rungs.sent_from)
    if source.episode is not None and source.episode.rank:
        lowest = min(lowest, source.episode.lowest)  # a ladder that sends less is no reason to say that it is over
    if at_level < lowest or (at_level == Level.BLUE and not source.causes):
        return 0
    return 1 + at_level


def _kind(before: int, after: int, news: list[Cause]) -> EventKind | None:
    if after > before:
        return "upgrade" if before else "raise"
    if after < before:
        return "downgrade" if after else "clear"
    return "update" if after and news else None


def _say(
    desk: Desk, source: Source, episode: Episode, rungs: Ladder, kind: EventKind, wanted: int, change: Change, at_ms: int
) -> None:
    previous = telling.level_of(episode)
    episode.rank = wanted
    if kind == "raise":
        window_ms = rungs.repeat_window_s * 1000
        source.raises = [t for t in source.raises if t > at_ms - window_ms] + [at_ms]
        episode.repeated = len(source.raises) >= rungs.repeat_raises
        episode.cleared_ms = 0
        disposal.returned_to(episode, rungs)
    if kind != "update":
        now, forget_ms, restart = telling.level_of(episode), rungs.forget_below_s * 1000, rungs.clock == "restart"
        ladder.say_owed(desk, source, episode, clocks.forgetting(episode, now, at_ms, forget_ms, restart=restart), at_ms)
        clocks.account(episode, now, at_ms, forget_ms, telling.next_id(episode), restart=restart)
    if kind == "clear":
        episode.cleared_ms, episode.clear = at_ms, telling.next_id(episode)
    lowering = kind in ("downgrade", "clear")
    bringing = _brought_about(source, change, lowering)
    made = telling.tell(desk, source, episode, Says(
        kind=kind, causation=_causation(bringing, lowering), to=_told(rungs, max(previous, telling.level_of(episode))),
        previous=previous, event_ms=bringing.event_ms if bringing is not None and not lowering else at_ms,
        cause=_why(source.ended, change.released) if lowering else "real",
        reasons=telling.reasons(desk, source, lowering, at_ms),
    ), at_ms)  # fmt: skip
    ladder.followed(desk, source, episode, previous, made, at_ms)
    if kind == "clear":
        disposal.push(desk, source, episode, at_ms)


def _told(rungs: Ladder, level: int) -> tuple[Role, ...]:
    """Who hears of a change: those of the higher of its two levels, so that whoever was told of red hears that it is over."""
    for each in LEVELS[level:]:
        if each in rungs.tell:
            return rungs.tell[each]
    return ()


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


def _why(ended: list[Ended], released: bool) -> Why:
    """Why a level went down: real, unless everything that ended was something else; with nothing ended it was a signed change."""
    if not ended:
        return "real" if released else "config"
    verdicts = {e.cause.verdict or "real" for e in ended}
    return next((w for w in _WORST_FIRST if w in verdicts), "real")
