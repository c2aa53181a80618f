"""Actions of people (ING-15): who may do what, and what it ends. What is not signed by whom it must be changes nothing, and is said.

Acknowledging ends nothing. Shelving quiets point alarms, never a warning, never a clock. Only `verify` ends what readings cannot end,
and only `out_of_service` makes the readings of a stuck sensor harmless, for 72 hours at most and never below yellow.
"""

from __future__ import annotations

from streams.domain.messages import Action
from streams.engine import roster
from streams.engine.desk import Desk
from streams.engine.episodes import disposal, ladder
from streams.engine.people import servicing, shelving, signing, verifying
from streams.engine.people.refusing import NOTHING, Effect, named, refused
from streams.engine.point_alarms import annunciation
from streams.engine.point_alarms.annunciation import state_of
from streams.engine.state import PointEntry, Site
from streams.engine.voice import identity

HIGHER = frozenset(("direct_supervisor", "city_office", "province_office"))
WEEK_MS = 7 * 86_400_000
_LADDER = {"supervision_result": ladder.result, "disposal_report": disposal.act, "return_report": disposal.act,
           "accept_report": disposal.act}  # fmt: skip


def act(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """Carry out an action. One with an id that was seen already, or that comes too late, does nothing, and is said.

    A report of an emergency is taken whatever its form: under an id that is used, late, or for a source that nobody knows.
    """
    mark = identity(*_content(action))
    known = site.actions.get(action.id)
    if known is not None and (known[1] == mark or action.kind != "report"):
        return refused(desk, site, action, at_ms, "repeated" if known[1] == mark else "id_taken")
    _remember(site, action, mark, at_ms)
    if action.kind != "report" and action.at < at_ms - desk.policy(site.code).signing.action_valid_s * 1000:
        return refused(desk, site, action, at_ms, "too_old")
    source = desk.source_named(site, action.source)
    if source is None:
        refused(desk, site, action, at_ms, "unknown_source", action.source)
        if action.kind != "report":
            return NOTHING
        source = desk.site_source(site)
    if action.kind in _LADDER:
        why = _LADDER[action.kind](desk, source, action, at_ms)
        return refused(desk, site, action, at_ms, why) if why else NOTHING
    if action.kind == "report":
        return verifying.report(desk, site, source, action, at_ms)
    todo = {"acknowledge": _acknowledge, "shelve": shelving.shelve, "unshelve": shelving.unshelve, "verify": verifying.verify,
            "out_of_service": servicing.out_of_service, "restore": servicing.restore, "confirm_relaxed": _confirm_relaxed}  # fmt: skip
    do = todo.get(action.kind)
    return do(desk, site, action, at_ms) if do is not None else NOTHING


def _content(action: Action) -> tuple[object, ...]:
    return tuple(getattr(action, name) for name in action.__struct_fields__)


def _remember(site: Site, action: Action, mark: str, at_ms: int) -> None:
    site.actions[action.id] = (at_ms, mark)
    for old in [k for k, (t, _) in site.actions.items() if t < at_ms - WEEK_MS]:
        del site.actions[old]


def _acknowledge(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """Somebody has seen the alarms of these points. It ends nothing and stops no clock; the first one to say so stays."""
    for entry in named(desk, site, action, at_ms):
        _acknowledge_point(desk, site, entry, action, at_ms)
    return NOTHING


def _acknowledge_point(desk: Desk, site: Site, entry: PointEntry, action: Action, at_ms: int) -> None:
    source = desk.source(entry.source)
    alarms = [a for a in source.alarms.values() if a.point == entry.id and state_of(desk, source, a, at_ms) != "normal"]
    fresh = [a for a in alarms if not a.acknowledged_ms]
    if not fresh:
        refused(desk, site, action, at_ms, "acknowledged_already" if alarms else "no_alarm", entry.code)
    for alarm in fresh:
        alarm.acknowledged_by, alarm.acknowledged_role, alarm.acknowledged_ms = action.author, action.role, at_ms
        annunciation.worst_so_far(desk, alarm)
        annunciation.say(desk, source, alarm, "alarm_acknowledged", at_ms, author=action.author, reason=action.reason)
    desk.touch(source.id)


def _confirm_relaxed(desk: Desk, site: Site, action: Action, at_ms: int) -> Effect:
    """The supervisor confirms a relaxation: of the points named, of a source, or (neither named) of the whole enterprise."""
    if HIGHER.isdisjoint(signing.roles_of(signing.signers_of(action))):
        return refused(desk, site, action, at_ms, "direct_supervisor_needed")
    if action.points and not named(desk, site, action, at_ms):
        return NOTHING
    columns = [desk.source(s).column for s in site.sources]
    specs = tuple(roster.confirm(desk, site, action.points, action.source))
    if not specs and columns == [desk.source(s).column for s in site.sources]:
        refused(desk, site, action, at_ms, "nothing_pending", *action.points)
    return Effect(define=specs)
