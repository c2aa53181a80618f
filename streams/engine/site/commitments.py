"""The daily safety commitment (安全承诺公告): on time before 10:00:00 local by log time; at 10:00:00 it is late. All fields are mandatory."""

from __future__ import annotations

from typing import Literal

from streams.domain.messages import Commitment
from streams.domain.outputs import CommitmentState
from streams.engine.desk import NEVER, Desk
from streams.engine.site.management import date_text
from streams.engine.state import Site

State = Literal["on_time", "late", "missing", "incomplete"]
MANDATORY = ("signed_by", "signed_at", "units_total", "units_running", "units_stopped", "units_overhaul", "hot_work_special", "hot_work_1",
             "hot_work_2", "confined_space", "blind_plate", "height_work", "lifting", "temporary_power", "excavation", "road_closure",
             "contractor_jobs", "trial_production", "start_stop", "major_hidden_danger", "risk_grade", "measures")  # fmt: skip
_KEPT_DAYS = 2


def due_ms(desk: Desk, day: int) -> int:
    """10:00:00 local of a local day number, in epoch ms."""
    d = desk.parameters.day
    return (day * 86_400 - d.utc_offset_s + d.commitment_due_s) * 1000


def local_day(desk: Desk, at_ms: int) -> int:
    return (at_ms // 1000 + desk.parameters.day.utc_offset_s) // 86_400


def receive(desk: Desk, site: Site, commitment: Commitment, at_ms: int) -> None:
    """A commitment for today, or (too late for its day) an earlier one; one day ahead is in time for that day."""
    today = local_day(desk, at_ms)
    near = {date_text(day): day for day in range(today - _KEPT_DAYS, today + 2)}
    if commitment.date not in near:
        _finding(desk, site, "commitment_date", commitment.date, at_ms, {"date": commitment.date})
        return
    missing = tuple(name for name in MANDATORY if getattr(commitment, name) in (None, ""))
    in_time = at_ms < due_ms(desk, near[commitment.date])
    before = site.commitment_states.get(commitment.date, "")
    if before in ("on_time", "late"):
        return  # the first complete one counts; a second one takes nothing away
    state: State = "incomplete" if missing else "on_time" if in_time else "late"
    site.commitments[commitment.date] = commitment
    site.commitment_received_ms[commitment.date] = at_ms
    _become(desk, site, commitment.date, state, at_ms, missing)


def tick(desk: Desk, at_ms: int) -> None:
    """At 10:00:00 local: whoever has not committed is missing. Enterprises registered later that day are due from tomorrow."""
    today = local_day(desk, at_ms)
    due = due_ms(desk, today)
    if desk.state.commitment_day == today or at_ms < due or at_ms <= desk.state.blind_until_ms.get("commitments", -NEVER):
        return
    desk.state.commitment_day = today
    date = date_text(today)
    for site in desk.state.sites.values():
        if date in site.commitment_states or site.removed or site.record.closed or site.since_ms >= due:
            continue
        _become(desk, site, date, "missing", at_ms, ())
        desk.touch_site(site)


def _become(desk: Desk, site: Site, date: str, state: State, at_ms: int, missing: tuple[str, ...]) -> None:
    site.commitment_states[date] = state
    for old in sorted(site.commitment_states)[: -_KEPT_DAYS - 2]:
        site.commitment_states.pop(old, None)
        site.commitments.pop(old, None)
        site.commitment_received_ms.pop(old, None)
    desk.voice.say(site.code, CommitmentState(
        enterprise=site.code, region=site.record.region, date=date, state=state, at_ms=at_ms,
        received_ms=site.commitment_received_ms.get(date, 0), missing_fields=missing,
    ))  # fmt: skip
    if state != "on_time":
        _finding(desk, site, f"commitment_{state}", date, at_ms, {"date": date, "fields": list(missing)})


def _finding(desk: Desk, site: Site, code: str, date: str, at_ms: int, detail: dict[str, object]) -> None:
    desk.voice.finding(code, site.code, at_ms, subject=date, region=site.record.region, detail=detail)
