"""Why a hazard source has the level it has: everything that decides it at one moment, as plain values. `explained.py` says it in words."""

from __future__ import annotations

import msgspec

from streams.domain.outputs import Reason


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base: what is empty is left out on the wire."""


class End(Told, frozen=True, kw_only=True):
    """What ends a cause. `how`: reading, data, interlock, person, compound, pair, rule, time; `signers`: one role of each group must sign."""

    how: str
    point: str = ""
    value: float | None = None  # what it reads now
    clear: float | None = None  # beyond which side of this it must come back
    side: str = ""  # below, above
    unit: str = ""
    hold_s: float = 0.0
    held_since_ms: int = 0
    hold_ends_ms: int = 0
    signers: tuple[tuple[str, ...], ...] = ()
    parts: tuple[str, ...] = ()


class CauseNow(Told, frozen=True, kw_only=True):
    """One cause: the reason as warnings give it, the level that it makes here, its age and its end."""

    reason: Reason
    makes: str
    tier: int
    aged: bool = False
    ages_ms: int = 0  # when it becomes graver by itself; 0: never
    tested_by: str = ""  # the filed calibration or drill that it falls into
    end: End


class AlarmNow(Told, frozen=True, kw_only=True):
    """A point alarm that is active, or whose on-delay is running."""

    point: str
    rule: str
    version: str
    tier: int
    since_ms: int
    value: float
    limit: float
    unit: str = ""
    due_ms: int = 0
    overdue: bool = False
    acknowledged_by: str = ""
    shelved_until_ms: int = 0
    counts_from_ms: int = 0  # H or L: from when it is evidence for the level
    harmless: str = ""  # why it makes no level: side, out_of_service, calibration, tier


class PointNow(Told, frozen=True, kw_only=True):
    """A point that is not quiet: in alarm, flagged, silent, shelved or out of service."""

    point: str
    quantity: str
    unit: str
    value: float | None = None
    at_ms: int = 0
    quality: str = ""
    flags: tuple[str, ...] = ()
    ll: float | None = None
    l: float | None = None  # noqa: E741 - the field's own name
    h: float | None = None
    hh: float | None = None
    silent_s: float = 0.0
    shelved_until_ms: int = 0
    out_until_ms: int = 0
    filed: str = ""  # outage, calibration or drill that covers it now
    asked_relaxed: bool = False  # a laxer definition waits for the supervisor; until then both are judged


class Timer(Told, frozen=True, kw_only=True):
    """Something that will happen by time alone. `what` is the end of a key `explain.timer.*`."""

    what: str
    at_ms: int
    about: str = ""


class Term(Told, frozen=True, kw_only=True):
    """One number of the score or of the inherent risk. `name` is the end of a key `explain.term.*`."""

    name: str
    value: float


class Change(Told, frozen=True, kw_only=True):
    """The smallest set of things that must end so that the level falls, and to what. `items` are of site management."""

    level: str
    causes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class Explanation(Told, frozen=True, kw_only=True):
    """Everything that decides the level of one hazard source at `at_ms` (log time)."""

    enterprise: str
    source: str
    name: str
    at_ms: int
    level: str
    target: str  # of the matrix, before site management
    since_ms: int
    grade: str
    column: str
    key_column: bool  # one column worse: key process, toxic gas
    episode: str = ""
    causes: tuple[CauseNow, ...] = ()
    items: tuple[Reason, ...] = ()  # of site management
    lifted: bool = False
    alarms: tuple[AlarmNow, ...] = ()
    points: tuple[PointNow, ...] = ()
    timers: tuple[Timer, ...] = ()
    terms: tuple[Term, ...] = ()
    versions: dict[str, str] = {}
    quiet_points: int = 0
    change: Change | None = None  # None at rest
