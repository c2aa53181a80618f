"""What is remembered of an episode of warnings: its clocks, the steps of the ladder, its reports. Part of `state.State`."""

from __future__ import annotations

import msgspec

from streams.engine.kept import Kept


class Clock(Kept):
    """Time at or above one level in an episode: what earlier stays gathered, and the present or last stay."""

    base_ms: int = 0
    entered_ms: int = 0  # 0: never there
    left_ms: int = 0  # 0: still there, or never
    again: bool = False  # a return: the stay before it is not forgotten
    by: str = ""  # id of the warning that began the stay


class Rung(Kept):
    """What has been said of one step of the ladder."""

    level: int
    n: int = 0
    said_ms: int = 0  # multiple of the step, in time of the clock
    task: str = ""  # order or task that is tracked
    by: str = ""  # office that it was given to
    settled_ms: int = 0  # its result was filed


class Form(Kept):
    """The disposal report of an episode, from the clear at which it was pushed until the last office has checked it."""

    task: str
    n: int
    first_ms: int  # the first clear that it is about
    due_ms: int
    pushed_by: str  # id of the warning that pushed it
    state: str = "open"  # open, filed, returned, accepted
    stage: int = 0  # how many offices have accepted it
    overdue: int = 0  # how often it was said
    next_ms: int = 0  # when it is said that it is overdue
    filed_by: str = ""  # id of the last warning about it


class Episode(Kept):
    """One identity of warnings of a source, from the first raise until 60 min after the last clear."""

    id: str
    opened_ms: int
    sequence: int = 0
    rank: int = 0  # 0 = cleared, else 1 + level
    cleared_ms: int = 0
    clear: str = ""  # id of the last clear
    closed_ms: int = 0
    repeated: bool = False
    clocks: list[Clock] = msgspec.field(default_factory=lambda: [Clock(), Clock(), Clock()])  # of yellow, orange, red
    rungs: dict[str, Rung] = {}  # by id of the step
    forms: list[Form] = []  # the last one is that of the last clear
    lowest: int = 3  # lowest level that any ladder in force during the episode sent: no ladder that comes later silences it
