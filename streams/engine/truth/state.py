"""What the tests on truth remember beside their tables, and how they speak: bounded a day, so that one bad sensor is no flood."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.engine.desk import Desk
from streams.engine.state import PointEntry

DAY_MS = 86_400_000


class Edit(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A limit, range or registration of a point that was changed: what it was and what it is."""

    at_ms: int
    before: list[float | None]
    after: list[float | None]


class TruthState(msgspec.Struct, kw_only=True, omit_defaults=True):
    day: int = 0  # local day for which is counted
    told: dict[str, int] = {}  # of today: enterprise|code -> findings said or held back
    said: list[str] = []  # of today: enterprise|code|subject
    edits: dict[int, Edit] = {}  # by point
    lost: dict[str, int] = {}  # sites whose loss was looked at -> since
    cuts: dict[str, list[int]] = {}  # by site: when it lost all signals, the last days
    copies: dict[int, list[int]] = {}  # by point: a copy that was seen and is not said yet
    twins: dict[int, list[int]] = {}  # by point: another one with the same series, not said yet
    pictures: dict[str, tuple[str, int]] = {}  # enterprise|camera -> hash of its picture, since
    gateways: list[tuple[str, str]] = []  # enterprise and code, in the order in which they were first heard
    pairs: list[tuple[int, int]] = []  # neighbouring points of one device and quantity
    next_row: int = -1  # of yesterday's points: from here on they are still to be said
    ended_day_ms: int = 0  # begin of the day that is being said
    patrolled_day: int = 0


def local_day(desk: Desk, at_ms: int) -> int:
    return (at_ms + desk.parameters.day.utc_offset_s * 1000) // DAY_MS


def local_hour(desk: Desk, at_ms: int) -> int:
    return (at_ms + desk.parameters.day.utc_offset_s * 1000) % DAY_MS // 3_600_000


class Teller:
    """Findings of one kind and subject once a day; of one enterprise and kind at most `per_day`, the rest as a number at its end."""

    def __init__(self, desk: Desk, state: TruthState) -> None:
        self._desk, self._state = desk, state
        self._said = set(state.said)

    def tell(self, code: str, enterprise: str, subject: str, at_ms: int, detail: dict[str, Any], **fields: Any) -> bool:
        """Say it unless today is full. Whether it was said."""
        key = f"{enterprise}|{code}|{subject}"
        if key in self._said:
            return False
        self._said.add(key)
        self._state.said.append(key)
        count = f"{enterprise}|{code}"
        n = self._state.told[count] = self._state.told.get(count, 0) + 1
        if n > self._desk.parameters.truth.per_day:
            return False
        site = self._desk.state.sites.get(enterprise)
        region = site.record.region if site is not None else ""
        self._desk.voice.finding(code, enterprise, at_ms, subject=subject, region=region, detail=detail, **fields)
        return True

    def tell_point(self, code: str, entry: PointEntry, at_ms: int, detail: dict[str, Any]) -> bool:
        if entry.removed or entry.retired:
            return False
        source = self._desk.source(entry.source)
        facts = {"quantity": entry.point.quantity, "unit": entry.point.unit, **detail}
        return self.tell(code, entry.enterprise, entry.code, at_ms, facts, source=source.code, point=entry.code)

    def new_day(self, at_ms: int) -> None:
        """What was held back is said as a number; counting starts anew."""
        most = self._desk.parameters.truth.per_day
        for key, n in self._state.told.items():
            enterprise, code = key.rsplit("|", 1)
            if n > most and enterprise in self._desk.state.sites:
                region = self._desk.state.sites[enterprise].record.region
                self._desk.voice.finding("held_back", enterprise, at_ms, subject=code, region=region,
                                         detail={"code": code, "more": n - most})  # fmt: skip
        self._state.told, self._state.said = {}, []
        self._said = set()
