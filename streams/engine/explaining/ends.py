"""How one cause ends: by which reading, which signatures, or the end of what it is made of. Read off the state, for `explaining`."""

from __future__ import annotations

import msgspec

from streams.domain.explanation import End
from streams.engine import causes
from streams.engine.desk import Desk
from streams.engine.kernels import layout as at
from streams.engine.kernels.judge import Judge, SlotNow
from streams.engine.people import signing
from streams.engine.state import Cause, Source

PAIRS = ("two_serious", "two_gas", "two_sources")  # end when fewer than two of their parts are left
COMPOUND = ("gas_1_work", "gas_2_work", "hh_interlock")
BLINDNESS = ("blind", "site_lost")
BY_TIME = ("out_of_service",)


def end_of(desk: Desk, source: Source, cause: Cause) -> End:
    """What has to happen that `cause` ends. A hold that runs already is given with its end."""
    hold_s = causes.hold_s(desk, source, cause)
    hold_ends_ms = cause.hold_from_ms + int(hold_s * 1000) if cause.over_ms and not cause.broken_ms else 0
    same = End(how=_how(cause), hold_s=hold_s, held_since_ms=cause.over_ms, hold_ends_ms=hold_ends_ms, parts=tuple(cause.parts))
    if cause.over_ms:
        return same
    if same.how == "person":
        return _with(same, signers=signing.groups_of(desk.policy(source.enterprise).signing, source.level))
    slot = _slot(desk, cause)
    if same.how != "reading" or slot is None:
        return same
    point = desk.point(cause.points[0])
    return _with(same, point=point.code, value=float(desk.judge.last_value[cause.points[0]]), clear=slot.back,
                 side="below" if slot.upward else "above", unit=point.point.unit)  # fmt: skip


def _how(cause: Cause) -> str:
    if cause.by_person:
        return "person"
    if cause.kind in PAIRS:
        return "pair"
    if cause.kind in COMPOUND:
        return "compound"
    if cause.kind in BLINDNESS:
        return "data"
    if cause.kind in BY_TIME:
        return "time"
    return "rule" if cause.kind == "rule" else "reading"


def _slot(desk: Desk, cause: Cause) -> SlotNow | None:
    """The rule's place at the point of the cause; None where its clear condition is an expression of its own."""
    judge = desk.judge
    if len(cause.points) != 1 or not isinstance(judge, Judge):
        return None
    for slot in judge.slots(cause.points[0]):
        rule, _ = desk.rules[slot.rule]
        if rule.id == cause.rule and slot.state >= at.ACTIVE and not rule.clear:
            return slot
    return None


def _with(end: End, **fields: object) -> End:
    return msgspec.structs.replace(end, **fields)
