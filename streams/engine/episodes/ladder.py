"""What log time brings to an episode: notices, supervision orders, overdue reports, its end. And what offices do about them.

Clocks are turned at ticks, after all levels of the same instant: what was lowered exactly when a step was due was lowered in time.
What became due while the platform could not see anything is said once, at its end, with the time at which it was due.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from streams.domain.messages import Action
from streams.engine.desk import NEVER, Desk
from streams.engine.episodes import clocks, disposal, receivers, telling
from streams.engine.episodes.ladders import LEVELS, Ladder, Role, Step
from streams.engine.episodes.telling import Says
from streams.engine.state import Source
from streams.engine.state_episodes import Episode, Rung
from streams.engine.voice import identity

FOLLOW_UP = "follow-up"
_MAY_ANSWER: dict[str, tuple[str, ...]] = {  # an office or one above it
    "direct_supervisor": ("direct_supervisor", "city_office", "province_office"),
    "county_office": ("direct_supervisor", "city_office", "province_office"),
    "park": ("direct_supervisor", "city_office", "province_office"),
    "city_office": ("city_office", "province_office"),
    "province_office": ("province_office",),
}


def turn(desk: Desk, source: Source, at_ms: int, ticked: bool) -> None:
    """Say what is due at a tick, and make sure that the source is looked at when the next step is."""
    if source.episode is None and not source.past:
        return
    unseen = at_ms < desk.state.unseen_until_ms
    if ticked:
        if not unseen:
            for episode in stories(source):
                _say_due(desk, source, episode, at_ms)
        _end(desk, source, at_ms)
        if source.ring_ms <= at_ms:
            source.ring_ms = 0  # its entry was taken
    ladder = telling.ladder_of(desk, source)
    soonest = min((due.at_ms for e in stories(source) for due in telling.upcoming(ladder, e)), default=NEVER)
    soonest = max(soonest, desk.state.unseen_until_ms if unseen else 0)
    if soonest < NEVER and soonest != source.ring_ms:
        heapq.heappush(desk.state.due, (soonest, source.id))
        source.ring_ms = soonest


def stories(source: Source) -> list[Episode]:
    """Closed episodes with something unanswered, then the present one."""
    return [*source.past, source.episode] if source.episode is not None else list(source.past)


def say_owed(desk: Desk, source: Source, episode: Episode, levels: list[int], at_ms: int) -> None:
    """What became due at these levels while nobody could see, before their clocks begin anew; all else waits for the end of that."""
    if levels and at_ms < desk.state.unseen_until_ms:
        _say_due(desk, source, episode, at_ms, levels)


def _say_due(desk: Desk, source: Source, episode: Episode, at_ms: int, levels: list[int] | None = None) -> None:
    ladder = telling.ladder_of(desk, source)
    steps = {step.id: step for step in ladder.steps}
    for due in telling.upcoming(ladder, episode):
        if due.at_ms > at_ms:
            break
        if due.kind == "report_overdue":
            if levels is not None:
                continue
            disposal.overdue(desk, source, episode, at_ms)
        elif due.kind != "closed" and (levels is None or LEVELS.index(steps[due.step].level) in levels):
            _step(desk, source, episode, steps[due.step], clocks.Due(due.n, due.at_ms), at_ms)


def _step(desk: Desk, source: Source, episode: Episode, step: Step, due: clocks.Due, at_ms: int) -> None:
    """One step of the ladder, with all multiples that were missed since it was due."""
    level = LEVELS.index(step.level)
    clock = episode.clocks[level - 1]
    rung = episode.rungs.setdefault(step.id, Rung(level=level))
    every_ms = step.every_s * 1000
    rung.n = max(due.n, clocks.multiple(clock, every_ms, at_ms))
    rung.said_ms = rung.n * every_ms
    if step.by is not None:
        rung.task = rung.task or identity("order", episode.id, step.id, at_ms)
        rung.by = step.by
    detail = {"above_ms": rung.said_ms, "level": step.level}
    if rung.n > due.n:
        detail["missed"] = rung.n - due.n
    telling.tell(desk, source, episode, Says(
        kind=step.kind, causation=clock.by, to=step.to, reasons=telling.reasons(desk, source, False, at_ms) if episode.rank else (),
        step=step.id, n=rung.n, due_ms=due.at_ms, task=rung.task, basis=step.basis, detail=detail,
        assignee=receivers.office(desk, source, step.by) if step.by is not None else "",
    ), at_ms)  # fmt: skip


def followed(desk: Desk, source: Source, episode: Episode, previous: int, by: str, at_ms: int) -> None:
    """The task that opens in the very second in which its level is reached; once more for each return to it."""
    task = telling.ladder_of(desk, source).follow_up
    if task is None or not previous < LEVELS.index(task.level) <= telling.level_of(episode):
        return
    rung = episode.rungs.setdefault(FOLLOW_UP, Rung(level=LEVELS.index(task.level)))
    rung.n += 1
    rung.task = rung.task or identity("task", episode.id, FOLLOW_UP, at_ms)
    rung.by, rung.settled_ms = task.by, 0
    telling.tell(desk, source, episode, Says(
        kind="follow_up", causation=by, to=task.to, reasons=telling.reasons(desk, source, False, at_ms), step=FOLLOW_UP, n=rung.n,
        due_ms=at_ms, task=rung.task, assignee=receivers.office(desk, source, task.by), basis=task.basis,
    ), at_ms)  # fmt: skip


# --- the end ----------------------------------------------------------------------------------------------------------------
def _end(desk: Desk, source: Source, at_ms: int) -> None:
    ladder = telling.ladder_of(desk, source)
    episode = source.episode
    if episode is not None and not episode.rank and at_ms >= telling.closes_ms(ladder, episode):
        close(desk, source, at_ms)
    keep_ms = ladder.report.keep_s * 1000
    source.past = [e for e in source.past if at_ms < e.closed_ms + keep_ms and not _answered(e)]


def close(desk: Desk, source: Source, at_ms: int) -> None:
    """The episode is over; it is remembered while a report or an order is unanswered."""
    episode = source.episode
    if episode is None:
        return
    episode.closed_ms = at_ms
    source.episode = None
    quiet_ms = telling.ladder_of(desk, source).close_after_s * 1000
    telling.tell(desk, source, episode, Says(
        kind="closed", causation=episode.clear, to=("direct_supervisor", "park"), due_ms=episode.cleared_ms + quiet_ms,
        detail={"quiet_ms": quiet_ms},
    ), at_ms)  # fmt: skip
    source.past.append(episode)


def _answered(episode: Episode) -> bool:
    orders = [r for name, r in episode.rungs.items() if r.task and name != FOLLOW_UP]
    return all(r.settled_ms for r in orders) and all(f.state == "accepted" for f in episode.forms)


# --- what offices do --------------------------------------------------------------------------------------------------------
def result(desk: Desk, source: Source, action: Action, at_ms: int) -> str:
    """The result of a supervision order or a follow-up task. Returns why it is refused, or nothing.

    It ends the repeats of its order. The clock goes on: only a lowering ends "not lowered".
    """
    ladder = telling.ladder_of(desk, source)
    asked = list(_asked(source, action.relates))
    if not asked:
        return "no_open_order"
    if not action.on_site or not action.evidence:
        return "on_site_and_evidence_needed"
    roles = [action.role, *(s.split(":", 1)[0] for s in action.co_signers)]
    mine = [(e, name, r) for e, name, r in asked if any(_may_answer(role, name, r) for role in roles)]
    for episode, name, rung in mine:
        rung.settled_ms = at_ms
        telling.tell(desk, source, episode, Says(
            kind="supervision_result", causation=action.id, to=_hearing(ladder, name), step=name, n=rung.n, task=rung.task,
            detail={"author": action.author, "role": action.role, "result": action.evidence, "verdict": action.verdict,
                    "measures": action.measures},
        ), at_ms)  # fmt: skip
    return "" if mine else "not_by_this_role"


def _may_answer(role: str, name: str, rung: Rung) -> bool:
    """The inspector who was there answers an order to come and look; the city's own task is the city's."""
    return role in _MAY_ANSWER.get(rung.by, ()) or (role == "inspector" and name != FOLLOW_UP)


def _hearing(ladder: Ladder, name: str) -> tuple[Role, ...]:
    """Who hears of a result: whoever heard of the order."""
    if name == FOLLOW_UP:
        return ladder.follow_up.to if ladder.follow_up is not None else ()
    return next((step.to for step in ladder.steps if step.id == name), ())


def _asked(source: Source, relates: str) -> Iterator[tuple[Episode, str, Rung]]:
    """Open orders and tasks, narrowed to one of them or to those of one episode."""
    for episode in stories(source):
        for name, rung in episode.rungs.items():
            if rung.task and not rung.settled_ms and relates in ("", rung.task, episode.id):
                yield episode, name, rung
