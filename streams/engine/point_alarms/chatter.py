"""Flap and chatter of a point alarm, and how often it came. Told in one line while it lasts; no level, clock or alarm state knows of it.

Chatter is three activations within a minute. Flap is the weighted share of the last 20 changes of 21 states, taken over slots of
log time and not over samples, so that a fast sender does not flap more than a slow one.
"""

from __future__ import annotations

from streams.engine.parameters import Alarms
from streams.engine.state import Source
from streams.engine.state_alarms import AlarmHistory

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MINUTES = 1440
WEEK_HOURS = 168
_OLDEST, _NEWEST = 0.8, 1.2  # weights of the changes


def history_of(source: Source, key: str) -> AlarmHistory:
    found = source.histories.get(key)
    if found is None:
        found = source.histories[key] = AlarmHistory()
    return found


def is_chattering(source: Source, key: str) -> bool:
    history = source.histories.get(key)
    return history is not None and history.chattering


def turned_on(history: AlarmHistory, at_ms: int, numbers: Alarms) -> tuple[int, int]:
    """Count an activation; returns how many there were in 24 h (by the minute) and in 7 days (by the hour)."""
    minute, hour = at_ms // MINUTE_MS, at_ms // HOUR_MS
    history.minutes = {m: n for m, n in history.minutes.items() if m > minute - DAY_MINUTES}
    history.hours = {h: n for h, n in history.hours.items() if h > hour - WEEK_HOURS}
    history.minutes[minute] = history.minutes.get(minute, 0) + 1
    history.hours[hour] = history.hours.get(hour, 0) + 1
    history.last_ms = at_ms
    history.recent = [*_recent(history, at_ms, numbers), at_ms][-numbers.chatter_activations :]
    if history.chattering:
        history.chatter_count += 1
    turned(history, at_ms, numbers)
    return sum(history.minutes.values()), sum(history.hours.values())


def turned(history: AlarmHistory, at_ms: int, numbers: Alarms) -> None:
    """Note a change of state in either direction."""
    slot = at_ms // (numbers.flap_slot_s * 1000)
    kept = [s for s in history.slots if s > slot - numbers.flap_states + 1]
    history.slots = kept if slot in kept else [*kept, slot]


def flap_share(history: AlarmHistory, at_ms: int, numbers: Alarms) -> float:
    """Share of the last changes that were ones, the newer weighing more: 0 to 1."""
    changes = numbers.flap_states - 1
    slot = at_ms // (numbers.flap_slot_s * 1000)
    weights = (_NEWEST - (_NEWEST - _OLDEST) * (slot - s) / (changes - 1) for s in history.slots if 0 <= slot - s < changes)
    return round(sum(weights) / changes, 4)


def judge(history: AlarmHistory, at_ms: int, numbers: Alarms) -> bool:
    """Whether it flaps or chatters now; between the two thresholds it is what it was."""
    share = flap_share(history, at_ms, numbers)
    rapid = len(_recent(history, at_ms, numbers)) >= numbers.chatter_activations
    return rapid or share >= numbers.flap_high or (history.chattering and share >= numbers.flap_low)


def begin(history: AlarmHistory, at_ms: int, numbers: Alarms) -> None:
    history.chattering, history.chatter_from_ms = True, at_ms
    history.chatter_count = max(1, len(_recent(history, at_ms, numbers)))
    history.chatter_next_ms = at_ms + numbers.chatter_repeat_s * 1000


def next_look(history: AlarmHistory, at_ms: int, numbers: Alarms) -> int:
    """When a chatter may end by time alone, or has to say its count."""
    slot_ms = numbers.flap_slot_s * 1000
    return min(history.chatter_next_ms, (at_ms // slot_ms + 1) * slot_ms)


def _recent(history: AlarmHistory, at_ms: int, numbers: Alarms) -> list[int]:
    return [t for t in history.recent if t > at_ms - numbers.chatter_window_s * 1000]
