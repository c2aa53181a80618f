"""The clocks of point alarms: overdue and its repeats, standing, flap and chatter, and when an alarm may be forgotten.

Nothing that a person does here stops one: acknowledging, shelving and grouping are about display, the clocks run on log time.
"""

from __future__ import annotations

from streams.engine.desk import NEVER, Desk
from streams.engine.kernels.points import Transition
from streams.engine.point_alarms import annunciation, chatter
from streams.engine.point_alarms.annunciation import say
from streams.engine.state import Source
from streams.engine.state_alarms import Alarm, AlarmHistory

WEEK_MS = 7 * 86_400_000


def began(desk: Desk, source: Source, key: str, t: Transition) -> None:
    """Count the activation and say it; a worse alarm of the point takes the lesser one off the display."""
    alarm, numbers = source.alarms[key], desk.policy(source.enterprise).alarms
    if not alarm.annunciate:
        return
    history = chatter.history_of(source, key)
    alarm.day_count, alarm.week_count = chatter.turned_on(history, t.log_ms, numbers)
    fresh = not history.chattering and chatter.judge(history, t.log_ms, numbers)
    if fresh:
        chatter.begin(history, t.log_ms, numbers)
    _mind_the_worse(source, alarm)
    alarm.quiet = annunciation.is_quiet(desk, source, key, t.log_ms)
    say(desk, source, alarm, "alarm_on", t.log_ms, t.event_ms)
    if fresh:
        _chatter(desk, source, alarm, history, t.log_ms)
    annunciation.rank_point(desk, source, alarm.point, t.log_ms)


def _mind_the_worse(source: Source, alarm: Alarm) -> None:
    """What begins below a worse alarm begins suppressed; the event that it has begun says so."""
    worse = (a.id for _, a in annunciation.of_point(source, alarm.point)
             if a.annunciate and a.evidence == annunciation.WORSE.get(alarm.evidence))  # fmt: skip
    alarm.suppressed_by = next(worse, "")


def ended(desk: Desk, source: Source, alarm: Alarm, at_ms: int, event_ms: int) -> None:
    """Say that it is over; what it kept off the display is announced again."""
    if not alarm.annunciate:
        return
    key = f"{alarm.point}|{alarm.rule}"
    numbers = desk.policy(source.enterprise).alarms
    history = chatter.history_of(source, key)
    chatter.turned(history, at_ms, numbers)
    fresh = not history.chattering and chatter.judge(history, at_ms, numbers)
    if fresh:
        chatter.begin(history, at_ms, numbers)
        alarm.quiet = True
    say(desk, source, alarm, "alarm_off", at_ms, event_ms)
    if fresh:
        _chatter(desk, source, alarm, history, at_ms)
    alarm.suppressed_by, alarm.quiet = "", False
    annunciation.rank_point(desk, source, alarm.point, at_ms)


def tick(desk: Desk, source: Source, at_ms: int) -> int:
    """At a tick: what became due at this source's alarms. Returns when the next thing will be."""
    next_ms = NEVER
    for key in list(source.histories):
        next_ms = min(next_ms, _of_history(desk, source, key, at_ms))
    for key in list(source.alarms):
        alarm = source.alarms[key]
        next_ms = min(next_ms, _of_ended(desk, source, key, at_ms) if alarm.off_ms else _of_active(desk, source, alarm, at_ms))
    return next_ms


def _of_active(desk: Desk, source: Source, alarm: Alarm, at_ms: int) -> int:
    numbers = desk.policy(source.enterprise).alarms
    due_ms = alarm.overdue_next_ms if alarm.overdue else alarm.due_ms
    if at_ms >= due_ms:
        alarm.overdue, alarm.overdue_count = True, alarm.overdue_count + 1
        desk.alarmed.add(source.id)  # rules over groups may ask how many are overdue
        due_ms = alarm.overdue_next_ms = _after(due_ms, numbers.overdue_repeat_s * 1000, at_ms)
        annunciation.worst_so_far(desk, alarm)
        say(desk, source, alarm, "alarm_overdue", at_ms)
    if at_ms >= alarm.standing_next_ms:
        alarm.standing_next_ms = _after(alarm.standing_next_ms, numbers.standing_s * 1000, at_ms)
        annunciation.worst_so_far(desk, alarm)
        say(desk, source, alarm, "alarm_standing", at_ms)
    return min(due_ms, alarm.standing_next_ms)


def _after(due_ms: int, every_ms: int, at_ms: int) -> int:
    """The next beat of a clock that began at `due_ms`: one that was missed is told once, and the rhythm stays."""
    return due_ms + every_ms * ((at_ms - due_ms) // every_ms + 1)


def _of_ended(desk: Desk, source: Source, key: str, at_ms: int) -> int:
    """An alarm that is over waits for acknowledgement, for the bounce that would go on with it, and for a fire in its area."""
    alarm, numbers = source.alarms[key], desk.policy(source.enterprise).alarms
    keep_ms = alarm.off_ms + max(desk.policy(source.enterprise).tiers.fire_window_s, numbers.same_run_s) * 1000
    told = alarm.acknowledged_ms or not alarm.annunciate
    if at_ms <= keep_ms:
        return keep_ms + 1
    if any(c.alarm == key for c in source.causes.values()):
        return at_ms + 1000
    lapses_ms = alarm.off_ms + numbers.returned_keep_s * 1000
    if not told and at_ms < lapses_ms:
        return lapses_ms
    if not told:
        alarm.acknowledged_ms = at_ms  # by nobody: it is normal, and its event says why
        say(desk, source, alarm, "alarm_lapsed", at_ms)
    del source.alarms[key]
    return NEVER


def _of_history(desk: Desk, source: Source, key: str, at_ms: int) -> int:
    history, alarm, numbers = source.histories[key], source.alarms.get(key), desk.policy(source.enterprise).alarms
    if history.chattering:
        if not chatter.judge(history, at_ms, numbers):
            history.chattering = False
            _chatter(desk, source, alarm, history, at_ms, "alarm_chatter_end")
            if alarm is not None:
                annunciation.settle(desk, source, key, at_ms)
        elif at_ms >= history.chatter_next_ms:
            history.chatter_next_ms = _after(history.chatter_next_ms, numbers.chatter_repeat_s * 1000, at_ms)
            _chatter(desk, source, alarm, history, at_ms)
    if history.chattering:
        return chatter.next_look(history, at_ms, numbers)
    if alarm is None and at_ms >= history.last_ms + WEEK_MS:
        del source.histories[key]
        return NEVER
    return history.last_ms + WEEK_MS if alarm is None else NEVER


def _chatter(
    desk: Desk, source: Source, alarm: Alarm | None, history: AlarmHistory, at_ms: int, kind: str = "alarm_chatter"
) -> None:
    """One line for many activations. This line itself is never quiet because of the chatter."""
    if alarm is None:
        return
    was, alarm.quiet = alarm.quiet, bool(alarm.suppressed_by)
    say(desk, source, alarm, kind, at_ms, chatter_count=history.chatter_count,  # type: ignore[arg-type]
        flap_share=chatter.flap_share(history, at_ms, desk.policy(source.enterprise).alarms))  # fmt: skip
    alarm.quiet = was
