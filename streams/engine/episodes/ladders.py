"""A ladder as data: who is told at which level, what is repeated how often, who must come and look, what is due after the clear.

Nothing of a regulation is in the code: `risk_rules/ladders/*.yaml` says it, each number with its source. The engine starts with
`SHIPPED`, the same numbers (a test holds them equal), until a set arrives in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

LevelCode = Literal["blue", "yellow", "orange", "red"]
Role = Literal["responsible_persons", "enterprise", "direct_supervisor", "county_office", "park", "city_office", "province_office",
               "offices"]  # fmt: skip
Office = Literal["direct_supervisor", "county_office", "park", "city_office", "province_office"]
Signer = Literal[
    "operator", "responsible_person", "principal", "direct_supervisor", "city_office", "province_office", "inspector"
]
Basis = Literal["accumulated", "restart"]
LEVELS: tuple[LevelCode, ...] = ("blue", "yellow", "orange", "red")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of a ladder: a misspelt key is refused, not ignored."""


class Step(Part, frozen=True):
    """Said each time the clock of `level` passes a multiple of `every_s`.

    A notice ends with the lowering; a supervision order (`by` must come and look) is repeated until a result is filed.
    """

    id: str
    kind: Literal["notice", "supervision"]
    level: Literal["yellow", "orange", "red"]
    every_s: int
    to: tuple[Role, ...]
    by: Office | None = None
    basis: str = ""


class FollowUp(Part, frozen=True):
    """A task that opens in the very second in which `level` is reached."""

    level: Literal["yellow", "orange", "red"] = "red"
    by: Office = "city_office"
    to: tuple[Role, ...] = ("city_office",)
    basis: str = ""


class Report(Part, frozen=True):
    """The disposal report (处置报告单): when it is due, who files it, who checks it one after the other."""

    due_after_s: int = 3600
    latest_after_first_s: int = 86_400  # after the first clear, whatever returned in between
    after_return_s: int = 3600
    overdue_every_s: int = 86_400
    keep_s: int = 2_592_000  # an unanswered loop is remembered so long after the clear
    to: tuple[Role, ...] = ("direct_supervisor", "park")
    filed_by: tuple[Signer, ...] = ("responsible_person", "principal")
    checked_by: tuple[Signer, ...] = ("direct_supervisor", "city_office", "province_office")
    basis: str = ""


class Ladder(Part, frozen=True):
    """One ladder: for which profiles and regions (none named: everywhere), and what it asks for."""

    id: str
    version: str
    title: dict[str, str]
    profiles: tuple[Literal["hazchem", "steel", "aluminium"], ...]
    tell: dict[LevelCode, tuple[Role, ...]]
    steps: tuple[Step, ...]
    owner: str = "risk-rules"
    reference: str = ""
    regions: tuple[str, ...] = ()
    sent_from: LevelCode = "yellow"
    clock: Basis = "accumulated"
    forget_below_s: int = 3600
    quiet_after_raise_s: int = 300
    close_after_s: int = 3600
    repeat_raises: int = 3
    repeat_window_s: int = 604_800
    follow_up: FollowUp | None = None
    report: Report = Report()

    @property
    def name(self) -> str:
        """As warnings name it.

        >>> SHIPPED["hazchem-fuxin"].name
        'hazchem-fuxin 1.0.0'
        """
        return f"{self.id} {self.version}"


def _steps(notice: str, red: str, supervision: str) -> tuple[Step, ...]:
    supervised: tuple[Role, ...] = ("enterprise", "direct_supervisor", "park")
    return (
        Step(id="notice", kind="notice", level="yellow", every_s=3600, to=("enterprise",), basis=notice),
        Step(id="red-notice", kind="notice", level="red", every_s=1800, to=("offices", "park"), basis=red),
        Step(id="city-check", kind="supervision", level="orange", every_s=43_200, to=("city_office", *supervised), by="city_office",
             basis=supervision),
        Step(id="supervisor-check", kind="supervision", level="yellow", every_s=86_400, to=supervised, by="direct_supervisor",
             basis=supervision),
    )  # fmt: skip


_TOLD: tuple[Role, ...] = ("responsible_persons", "county_office", "park")
_ALL: tuple[Role, ...] = ("responsible_persons", "offices", "park")
_HAZCHEM = Ladder(
    id="hazchem-fuxin", version="1.0.0", title={"zh": "危险化学品预警处置阶梯(阜新)", "en": "Hazardous chemicals, ladder of Fuxin"},
    reference="Fuxin 2021-48", profiles=("hazchem",), tell={"yellow": _TOLD, "orange": _TOLD, "red": _ALL},
    steps=_steps("FX 26", "FX 27", "FX 26"), follow_up=FollowUp(basis="FX 4, 27"), report=Report(basis="FX 25, 28"),
)  # fmt: skip
_OF_METAL = msgspec.structs.replace(
    _HAZCHEM, reference="Ministry notice 2024-8", sent_from="blue", tell={"blue": ("responsible_persons",), **_HAZCHEM.tell},
    steps=_steps("", "", ""), follow_up=FollowUp(), report=Report(),
)  # fmt: skip
_STEEL = msgspec.structs.replace(
    _OF_METAL, id="steel", profiles=("steel",), title={"zh": "钢铁预警处置阶梯", "en": "Steel, ladder"}
)
_ALUMINIUM = msgspec.structs.replace(
    _OF_METAL,
    id="aluminium",
    profiles=("aluminium",),
    title={"zh": "铝加工(深井铸造)预警处置阶梯", "en": "Aluminium casting, ladder"},
)
SHIPPED: dict[str, Ladder] = {ladder.id: ladder for ladder in (_ALUMINIUM, _HAZCHEM, _STEEL)}


def ladder_for(ladders: Mapping[str, Ladder], profile: str, regions: Iterable[str]) -> Ladder:
    """The ladder of a profile in a place; `regions` from the nearest upwards. The nearest that names a region wins."""
    of_profile = [ladder for ladder in ladders.values() if profile in ladder.profiles]
    for region in regions:
        for ladder in of_profile:
            if region in ladder.regions:
                return ladder
    for ladder in of_profile:
        if not ladder.regions:
            return ladder
    return next(ladder for ladder in SHIPPED.values() if profile in ladder.profiles)


# --- what may act before an approver has signed -----------------------------------------------------------------------------
def stricter(force: Mapping[str, Ladder], wanted: Mapping[str, Ladder]) -> dict[str, Ladder]:
    """What of `wanted` tightens acts at once: shorter times, more receivers, further steps. All else stays as it is in force.

    A ladder that is new stays out: it would take a region away from the ladder in force.
    """
    return {name: _stricter(ladder, wanted[name]) if name in wanted else ladder for name, ladder in force.items()}


def _stricter(force: Ladder, wanted: Ladder) -> Ladder:
    told: dict[LevelCode, tuple[Role, ...]] = {
        level: _both(force.tell.get(level, ()), wanted.tell.get(level, ()))
        for level in LEVELS
        if level in force.tell or level in wanted.tell
    }
    new = {step.id: step for step in wanted.steps}
    steps = [_stricter_step(step, new.pop(step.id)) if step.id in new else step for step in force.steps]
    merged = msgspec.structs.replace(
        force, tell=told, steps=(*steps, *new.values()), sent_from=min(force.sent_from, wanted.sent_from, key=LEVELS.index),
        forget_below_s=max(force.forget_below_s, wanted.forget_below_s), close_after_s=max(force.close_after_s, wanted.close_after_s),
        quiet_after_raise_s=min(force.quiet_after_raise_s, wanted.quiet_after_raise_s),
        repeat_raises=min(force.repeat_raises, wanted.repeat_raises),
        repeat_window_s=max(force.repeat_window_s, wanted.repeat_window_s),
        follow_up=force.follow_up or wanted.follow_up, report=_stricter_report(force.report, wanted.report),
    )  # fmt: skip
    same = msgspec.structs.replace(
        merged, version=wanted.version, title=wanted.title, owner=wanted.owner, reference=wanted.reference
    )
    return wanted if same == wanted else merged


def _stricter_step(force: Step, wanted: Step) -> Step:
    if (force.kind, force.level, force.by) != (wanted.kind, wanted.level, wanted.by):
        return force
    return msgspec.structs.replace(force, every_s=min(force.every_s, wanted.every_s), to=_both(force.to, wanted.to))


def _stricter_report(force: Report, wanted: Report) -> Report:
    times = ("due_after_s", "latest_after_first_s", "after_return_s", "overdue_every_s")
    shorter = {name: min(getattr(force, name), getattr(wanted, name)) for name in times}
    return msgspec.structs.replace(force, **shorter, keep_s=max(force.keep_s, wanted.keep_s), to=_both(force.to, wanted.to))


def _both(force: tuple[Role, ...], wanted: tuple[Role, ...]) -> tuple[Role, ...]:
    """As wanted where that reaches everybody in force too; else those in force and then the new ones."""
    return wanted if set(force) <= set(wanted) else (*force, *(role for role in wanted if role not in force))
