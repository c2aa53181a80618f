"""What is remembered of point alarms, dead gas detectors and shelves. Part of `state.State`."""

from __future__ import annotations

from streams.engine.kept import Kept


class Alarm(Kept):
    """A point alarm: one rule at one point, from its activation until it is over, acknowledged and no longer needed.

    Its clocks are those of the run: activations between which it was never away for long count as one.
    """

    id: str
    point: int
    rule: str
    version: str
    hash: str
    evidence: str
    tier: int
    since_ms: int
    event_ms: int
    value: float
    limit: float
    flags: int
    due_ms: int
    off_ms: int = 0  # ended, but remembered for a while: fire and process alarm need not come together
    annunciate: bool = True
    overdue: bool = False
    config: bool = False  # ended by an unsigned change, not by a reading: it stays until a person has looked
    acknowledged_by: str = ""
    acknowledged_role: str = ""
    acknowledged_ms: int = 0
    sequence: int = 0  # events said of it
    first_ms: int = 0  # begin of the run
    run_ms: int = 0  # time in alarm of the earlier activations of the run
    overdue_count: int = 0
    overdue_next_ms: int = 0
    standing_next_ms: int = 0
    peak: float | None = None
    suppressed_by: str = ""  # id of the worse alarm of the point: display only
    quiet: bool = False  # not annunciated, as it was said last
    day_count: int = 0
    week_count: int = 0
    verdict: str = ""  # what a person found, and by which action
    verdict_by: str = ""


class AlarmHistory(Kept):
    """Activations of one rule at one point, for the counts and for flap and chatter. Minutes of a day, hours of a week: bounded."""

    minutes: dict[int, int] = {}
    hours: dict[int, int] = {}
    last_ms: int = 0
    recent: list[int] = []  # activations in the chatter window
    slots: list[int] = []  # time slots in which it went on or off
    chattering: bool = False
    chatter_from_ms: int = 0
    chatter_count: int = 0
    chatter_next_ms: int = 0


class Zero(Kept):
    """A gas point that fell to nothing at once after second level, until a person or a second point says what that was."""

    since_ms: int
    test: bool = False  # in its own calibration: what a bump test looks like
    second: int = -1  # the point that may confirm, and since when it has been calm
    calm_ms: int = 0
    alive: bool = False  # it showed more than the bottom of its range in that time: a dead one would not


class Shelf(Kept):
    """A point whose alarms are shelved: who, why, until when; `graver`: signed for alarms of tier 2 and above too."""

    until_ms: int
    since_ms: int
    action: str
    author: str
    role: str
    reason: str
    graver: bool = False
