"""What the type of an event cannot say: plausible stamps, dates, shares, intervals, names that must not be empty.

An impossible stamp on an *observation* (a flame, an SOS, an alarm) costs the stamp only: the event goes on with the nearest
plausible one. On *paperwork* (filed outages, permits' plans, signatures) it costs the record: nothing may be excused by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

import msgspec

from streams.decode.problems import Problem, shown
from streams.decode.stamps import clamped, plausible
from streams.domain import messages as m

E = TypeVar("E", bound=msgspec.Struct)

OBSERVED = ("at", "collected_at")
PLANNED = ("signed_at", "filed_at", "start_at", "end_at", "until", "done_at", "gas_test_at")
NAMES = ("enterprise", "id", "camera", "permit", "point", "interlock", "author", "region", "source", "hash")
MAY_BE_EMPTY = {(m.EnterpriseAlarm, "id"), (m.WorkPermit, "source"), (m.PositioningAlarm, "source"), (m.DutyRecord, "source"),
                (m.Action, "source"), (m.ModelPublished, "enterprise")}  # fmt: skip
MOST = 1_000_000_000  # no count of a site is larger; more is a slip of the keyboard
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def observed(event: E) -> tuple[E, list[Problem]]:
    """The event with plausible observation stamps, and what was wrong with them."""
    problems: list[Problem] = []
    for name in OBSERVED:
        stamp = getattr(event, name, None)
        if isinstance(stamp, int) and not plausible(stamp):
            problems.append(Problem(name, "stamp_range", shown(str(stamp))))
            event = msgspec.structs.replace(event, **{name: clamped(stamp)})
    return event, problems


def problem_with(event: msgspec.Struct) -> Problem | None:
    """The first reason for which the whole event cannot be used."""
    return next(_problems(event), None)


def _problems(event: msgspec.Struct) -> Iterator[Problem]:
    if getattr(event, "schema", 1) != 1:
        yield Problem("schema", "schema_version", shown(str(event.schema)))  # type: ignore[attr-defined]
    for name in NAMES:
        text = getattr(event, name, None)
        if isinstance(text, str) and not text.strip() and (type(event), name) not in MAY_BE_EMPTY:
            yield Problem(name, "empty_text")
    for name in PLANNED:
        stamp = getattr(event, name, None)
        if isinstance(stamp, int) and not plausible(stamp):
            yield Problem(name, "stamp_range", shown(str(stamp)))
    yield from _dates(event)
    yield from _CHECKS.get(type(event), _nothing)(event)


def _nothing(_: msgspec.Struct) -> Iterator[Problem]:
    yield from ()


def _dates(event: msgspec.Struct) -> Iterator[Problem]:
    text = getattr(event, "date", None)
    if isinstance(text, str) and not _is_date(text):
        yield Problem("date", "bad_date", shown(text))


def _is_date(text: str) -> bool:
    if not _DATE.match(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _counts(event: msgspec.Struct) -> Iterator[Problem]:
    for name in event.__struct_fields__:
        number = getattr(event, name)
        if name not in PLANNED and type(number) is int and not 0 <= number <= MOST:
            yield Problem(name, "out_of_range", shown(str(number)))


def _shares(event: msgspec.Struct) -> Iterator[Problem]:
    for name in ("risk_analysis", "inspection", "rectification"):
        share = getattr(event, name)
        if not 0.0 <= share <= 1.0:
            yield Problem(name, "out_of_range", f"{share} (0..1)")
    yield from _counts(event)


def _interval(event: msgspec.Struct) -> Iterator[Problem]:
    start, end = getattr(event, "start_at", None), getattr(event, "end_at", None)
    if start is not None and end is not None and end < start:
        yield Problem("end_at", "bad_interval", f"{start} .. {end}")


def _lengths(event: msgspec.Struct) -> Iterator[Problem]:
    cameras, states = len(event.cameras), len(event.states)  # type: ignore[attr-defined]
    if cameras != states:
        yield Problem("states", "length_mismatch", f"cameras {cameras}, states {states}")


_CHECKS: dict[type, Callable[[msgspec.Struct], Iterator[Problem]]] = {
    m.VideoStatus: _lengths,
    m.Commitment: _counts,
    m.PreventionIndicator: _shares,
    m.Outage: _interval,
    m.WorkPermit: _interval,
    m.SpecialPeriod: _interval,
}
