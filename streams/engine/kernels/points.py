"""Points as the kernels see them, and what the kernels report: the values that cross the boundary `judge.py`."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class PointSpec(NamedTuple):
    """One monitored quantity. `id` is given once, in log order, and never reused: it is the row in every state array.

    The limits are effective ones: the strictest of what must be judged, confirmed or not. None = no such limit. Delays,
    deadband and rate of the point itself win over the rule's (an on-delay only up to the rule's `on_delay_max_s`).
    """

    id: int
    quantity: str
    profile: str
    source_kind: str
    danger: str  # high, low, both
    unit: str
    range_lo: float
    range_hi: float
    resolution: float | None = None
    deadband: float | None = None
    on_delay_s: float | None = None
    off_delay_s: float | None = None
    period_s: float = 1.0
    rate_max: float | None = None  # largest physically possible change, unit per second
    ll: float | None = None
    l: float | None = None  # noqa: E741 - the field's own name
    h: float | None = None
    hh: float | None = None
    medium: str = ""  # name or CAS number; finds the exposure limit of a toxic gas without limits of its own
    role: str = ""  # what the point is for on its device: inlet, outlet, reference, ...
    device: str = ""  # kind of its device
    grade: str = ""  # I to IV of its source
    chemicals: tuple[str, ...] = ()  # names and CAS numbers of its source, case-folded


class Kind(IntEnum):
    """What a transition says."""

    ALARM_ON = 1  # the condition of a rule held for its on-delay
    ALARM_OFF = 2  # it was away from it, by good readings, for its off-delay; see CONFIG
    FLAG_ON = 3  # a quality flag that lasts was set; `rule` is the Flag bit
    FLAG_OFF = 4
    LATE_EXCURSION = 5  # a late reading was beyond a limit, and nobody knew at the time
    CLOCK_RESET = 6  # the stamps of the point stepped back and stay there; `limit` is the step in seconds


CONFIG = 1 << 20
"""Bit of `Transition.flags` beside the Flag bits: the alarm ended (or may have ended) because a limit, a rule or the point
was changed. It is not a recovery and lowers nothing."""

TIMER = 1 << 21
"""Bit of `Transition.flags`: a delay ran out in log time, with no further reading."""


class Transition(NamedTuple):
    """A change that decisions must know of. In log order; `flags` are the Flag bits of the reading plus CONFIG and TIMER."""

    kind: int
    point: int
    rule: int  # index in the RuleSet in force (of `use`: in the set before), or the Flag bit
    event_ms: int
    log_ms: int
    value: float  # ALARM_ON: the worst value since the first reading beyond; else that of the reading
    limit: float
    flags: int
    worst: float = 0.0  # alarms: the worst value from the first reading beyond until now
    first_ms: int = 0  # alarms: event time of the first reading beyond
