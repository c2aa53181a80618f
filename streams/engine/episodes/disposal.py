"""The disposal report (处置报告单): pushed at the clear, filled, returned or accepted, and fed upward level by level.

A missing report is an event of its own, and stays one: a return of the level moves its due time to the next clear, but never
further than a day after the first. The loop outlives its episode.
"""

from __future__ import annotations

from typing import Any

from streams.domain.messages import Action
from streams.engine.desk import Desk
from streams.engine.episodes import telling
from streams.engine.episodes.ladders import Ladder, Report, Role
from streams.engine.episodes.telling import Says
from streams.engine.state import Source
from streams.engine.state_episodes import Episode, Form
from streams.engine.voice import identity

STEP = "report"
OPEN = ("open", "returned")
_OFFICE: dict[str, Role] = {
    "direct_supervisor": "direct_supervisor",
    "city_office": "city_office",
    "province_office": "province_office",
}


def push(desk: Desk, source: Source, episode: Episode, at_ms: int) -> None:
    """A clear: the form goes to the enterprise. One that is still unanswered is due anew; one that was filed needs a second."""
    report = telling.ladder_of(desk, source).report
    form = episode.forms[-1] if episode.forms else None
    if form is None or form.state not in OPEN:
        n = len(episode.forms) + 1
        form = Form(task=identity("form", episode.id, n), n=n, first_ms=at_ms, due_ms=0, pushed_by="")
        episode.forms.append(form)
    if not form.overdue:
        form.due_ms = form.next_ms = min(at_ms + report.due_after_s * 1000, form.first_ms + report.latest_after_first_s * 1000)
    form.pushed_by = telling.next_id(episode)
    telling.tell(desk, source, episode, Says(
        kind="report_due", causation=episode.clear, to=("responsible_persons", "enterprise", *report.to), step=STEP, n=form.n,
        due_ms=form.due_ms, task=form.task, basis=report.basis,
    ), at_ms)  # fmt: skip


def returned_to(episode: Episode, ladder: Ladder) -> None:
    """The level is back before the report was filed: it is due at the next clear, or a day after the first one."""
    for form in episode.forms:
        if form.state == "open" and not form.overdue:
            form.due_ms = form.next_ms = form.first_ms + ladder.report.latest_after_first_s * 1000


def overdue(desk: Desk, source: Source, episode: Episode, at_ms: int) -> None:
    """Reports that have not come in time, said again and again until they come."""
    report = telling.ladder_of(desk, source).report
    for form in episode.forms:
        if not form.next_ms or form.next_ms > at_ms:
            continue
        due_ms = form.next_ms
        form.overdue += 1
        form.next_ms = at_ms + report.overdue_every_s * 1000
        told = telling.tell(desk, source, episode, Says(
            kind="report_overdue", causation=form.pushed_by, to=("responsible_persons", "enterprise", *report.to), step=STEP,
            n=form.overdue, due_ms=due_ms, task=form.task, basis=report.basis, detail={"due_ms": form.due_ms},
        ), at_ms)  # fmt: skip
        form.filed_by = told


# --- what people do ---------------------------------------------------------------------------------------------------------
def act(desk: Desk, source: Source, action: Action, at_ms: int) -> str:
    """A report is filed, returned or accepted. Returns why that is refused, or nothing."""
    report = telling.ladder_of(desk, source).report
    wanted = OPEN if action.kind == "disposal_report" else ("filed",)
    found = _form(source, action.relates, wanted)
    if found is None:
        return "no_open_report" if wanted is OPEN else "no_filed_report"
    episode, form = found
    if action.kind == "disposal_report":
        return _filed(desk, source, episode, form, report, action, at_ms)
    if action.role not in report.checked_by[form.stage :]:
        return "not_by_this_role"
    if action.kind == "return_report":
        return _returned(desk, source, episode, form, report, action, at_ms)
    return _accepted(desk, source, episode, form, report, action, at_ms)


def _form(source: Source, relates: str, states: tuple[str, ...]) -> tuple[Episode, Form] | None:
    """The oldest form that waits for this, or the one that is named (itself or its episode)."""
    for episode in [*source.past, source.episode]:
        for form in episode.forms if episode is not None else ():
            if episode is not None and form.state in states and relates in ("", form.task, episode.id):
                return episode, form
    return None


def _filed(desk: Desk, source: Source, episode: Episode, form: Form, report: Report, action: Action, at_ms: int) -> str:
    if action.role not in report.filed_by:
        return "not_by_this_role"
    if not (action.evidence and action.reason and action.measures):
        return "report_incomplete"
    form.state, form.next_ms = "filed", 0
    detail = {"author": action.author, "role": action.role, "result": action.evidence, "analysis": action.reason,
              "measures": action.measures, "verdict": action.verdict, "late_ms": max(0, at_ms - form.due_ms)}  # fmt: skip
    _said_of(desk, source, episode, form, "report_received", report.to, action, at_ms, detail)
    return ""


def _returned(desk: Desk, source: Source, episode: Episode, form: Form, report: Report, action: Action, at_ms: int) -> str:
    if not action.reason:
        return "reason_and_end_needed"
    form.state, form.stage, form.overdue = "returned", 0, 0
    form.due_ms = form.next_ms = at_ms + report.after_return_s * 1000
    detail = {"author": action.author, "role": action.role, "reason": action.reason}
    _said_of(desk, source, episode, form, "report_returned", ("responsible_persons", "enterprise"), action, at_ms, detail)
    return ""


def _accepted(desk: Desk, source: Source, episode: Episode, form: Form, report: Report, action: Action, at_ms: int) -> str:
    """One office has checked it; the next one above hears. An office above may check for those below it."""
    form.stage = report.checked_by.index(action.role) + 1
    done = form.stage == len(report.checked_by)
    if done:
        form.state = "accepted"
    upward: tuple[Role, ...] = () if done else (_OFFICE.get(report.checked_by[form.stage], "offices"),)
    detail = {"author": action.author, "role": action.role, "stage": form.stage, "of": len(report.checked_by)}
    _said_of(desk, source, episode, form, "report_accepted", ("enterprise", *upward), action, at_ms, detail)
    return ""


def _said_of(desk: Desk, source: Source, episode: Episode, form: Form, kind: Any, to: tuple[Role, ...], action: Action, at_ms: int,
          detail: dict[str, Any]) -> None:  # fmt: skip
    verdict = action.verdict or "real"
    form.filed_by = telling.tell(desk, source, episode, Says(
        kind=kind, causation=action.id, to=to, cause=verdict, step=STEP, n=form.n, due_ms=form.due_ms, task=form.task, detail=detail,
    ), at_ms)  # fmt: skip
