"""A day of an enterprise besides its readings: commitment, permits, duty, indicators, positioning, filed calibrations and repairs.

Each enterprise and day has its own random stream, so a day is the same whenever and in whatever company it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from backfill.inputs import InputRecord
from backfill.simulate.effects import Effect
from backfill.simulate.signals import GASES
from backfill.simulate.world import Gateway
from streams.domain.messages import (
    Commitment,
    DutyRecord,
    Message,
    Outage,
    PositioningAlarm,
    PreventionIndicator,
    VideoAlarm,
    WorkPermit,
)
from streams.domain.registry import Enterprise

HOUR = 3600
DAY = 86_400
LOCAL = 8 * HOUR
_encoder = msgspec.json.Encoder()
_PERMITS: tuple[Literal["hot_work", "confined_space", "blind_plate", "height", "lifting", "temporary_power"], ...] = (
    "hot_work", "confined_space", "blind_plate", "height", "lifting", "temporary_power",
)  # fmt: skip
_MEASURES = "已开展安全风险研判,各项安全风险防控措施已落实到位"


class Day(NamedTuple):
    """What a day brings: records in no order yet, and what is done to signals."""

    records: list[InputRecord]
    effects: list[Effect]


def local_date(at_s: int) -> str:
    """Date in the simulated country, YYYY-MM-DD.

    >>> local_date(0)
    '1970-01-01'
    """
    return str(np.datetime64((at_s + LOCAL) // DAY, "D"))


def midnight_of(at_s: int) -> int:
    """The local midnight at or before this second."""
    return (at_s + LOCAL) // DAY * DAY - LOCAL


class EnterpriseDay:
    """Makes one day of one enterprise."""

    def __init__(self, enterprise: Enterprise, gateways: Sequence[Gateway], midnight_s: int, seed: int, index: int) -> None:
        self.enterprise, self.gateways, self.midnight = enterprise, gateways, midnight_s
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2, index, midnight_s // DAY + 1])))
        self.date = local_date(midnight_s)
        self.records: list[InputRecord] = []
        self.effects: list[Effect] = []

    def made(self, commits: bool) -> Day:
        self._commitment(commits)
        self._permits()
        self._people()
        self._indicators()
        self._calibration()
        self._repair()
        return Day(self.records, self.effects)

    def _send(self, at_ms: int, topic: str, message: Message) -> None:
        arrival = at_ms + int(self.rng.integers(40, 900))
        self.records.append(InputRecord(arrival, topic, self.enterprise.code.encode(), _encoder.encode(message)))

    def _at(self, from_h: float, to_h: float) -> int:
        """A moment of the day, whole seconds."""
        return self.midnight + int(self.rng.uniform(from_h, to_h) * HOUR)

    def _id(self, kind: str, n: int = 0) -> str:
        return f"{kind}-{self.enterprise.code}-{self.date}-{n}"

    def _commitment(self, commits: bool) -> None:
        draw, spread = self.rng.random(), self.rng.normal(8.85, 0.3)
        at = self.midnight + int(np.clip(spread, 8.0, 9.9) * HOUR)
        if draw < 0.02:
            at = self._at(10.05, 12)
        missing = 0.02 <= draw < 0.027
        if missing or not commits:
            return
        total = max(1, len(self.enterprise.sources))
        stopped = int(self.rng.random() < 0.1)
        special, hot = int(self.rng.integers(0, 2)), int(self.rng.integers(0, 3))
        message = Commitment(
            enterprise=self.enterprise.code, date=self.date, signed_by=self.enterprise.persons[0].name if self.enterprise.persons else "负责人",
            signed_at=at * 1000, units_total=total, units_running=total - stopped, units_stopped=stopped, units_overhaul=0,
            hot_work_special=0, hot_work_1=special, hot_work_2=hot, confined_space=int(self.rng.integers(0, 2)), blind_plate=0,
            height_work=int(self.rng.integers(0, 3)), lifting=0, temporary_power=int(self.rng.integers(0, 2)), excavation=0,
            road_closure=0, contractor_jobs=int(self.rng.integers(0, 3)), trial_production=False, start_stop=False,
            major_hidden_danger=False, risk_grade="blue", measures=_MEASURES,
        )  # fmt: skip
        if 0.027 <= draw < 0.037:  # incomplete: fields were left out
            message = msgspec.structs.replace(message, hot_work_2=None, measures=None)
        self._send(at * 1000, "commitments", message)

    def _permits(self) -> None:
        for n in range(int(self.rng.poisson(1.5))):
            kind = _PERMITS[int(self.rng.integers(len(_PERMITS)))]
            gateway = self.gateways[int(self.rng.integers(len(self.gateways)))]
            area = gateway.signals[-1].area if gateway.signals else ""
            start = self._at(8.6, 15.5)
            end = start + int(self.rng.uniform(0.7, 2.5) * HOUR)
            tested = (start - int(self.rng.uniform(300, 1500))) * 1000 if kind in ("hot_work", "confined_space") else None
            grade: Literal["1", "2", ""] = ("1" if self.rng.random() < 0.3 else "2") if kind == "hot_work" else ""
            for state, at in (("issued", start - 2400), ("started", start), ("closed", end)):
                self._send(at * 1000, "work-permits", WorkPermit(
                    enterprise=self.enterprise.code, permit=self._id("ZY", n), kind=kind,
                    state=msgspec.convert(state, Literal["issued", "started", "closed"]), at=at * 1000, source=gateway.source, area=area,
                    grade=grade, start_at=start * 1000, end_at=(end + 1800) * 1000, gas_test_at=tested))  # fmt: skip

    def _people(self) -> None:
        """Duty records, patrols, and now and then a positioning or a video alarm of no great weight."""
        code = self.enterprise.code
        for shift, hour in enumerate((8.0, 20.0)):
            at = self._at(hour, hour + 0.3)
            self._send(at * 1000, "duty-records", DutyRecord(enterprise=code, id=self._id("ZB", shift), kind="watch", person="值班员",
                                                             done_at=at * 1000))  # fmt: skip
        for n, source in enumerate(self.enterprise.sources):
            operational = next((p.name for p in source.persons if p.role == "operational"), "操作负责人")
            weekly = (self.midnight // DAY + n) % 7 == 0
            if self.rng.random() < 0.97:
                at = self._at(9, 17)
                self._send(at * 1000, "duty-records", DutyRecord(
                    enterprise=code, id=self._id("XJ", n), kind="operational" if weekly else "patrol", person=operational,
                    done_at=at * 1000, source=source.code))  # fmt: skip
        if self.rng.random() < 0.12:
            at, last = self._at(8, 22), int(self.rng.integers(60, 600))
            for state, when in (("on", at), ("off", at + last)):
                self._send(when * 1000, "positioning-alarms", PositioningAlarm(
                    enterprise=code, id=self._id("DW"), kind="left_post" if last > 300 else "crowd",
                    state=msgspec.convert(state, Literal["on", "off"]), at=when * 1000, area="厂区"))  # fmt: skip
        if self.enterprise.cameras and self.rng.random() < 0.08:
            at = self._at(8, 20)
            for state, when in (("on", at), ("off", at + 90)):
                self._send(when * 1000, "video-alarms", VideoAlarm(
                    enterprise=code, id=self._id("SP"), camera=self.enterprise.cameras[0].code, kind="no_protection",
                    state=msgspec.convert(state, Literal["on", "off"]), at=when * 1000))  # fmt: skip

    def _indicators(self) -> None:
        due, dangers = int(self.rng.integers(20, 60)), int(self.rng.integers(1, 6))
        done = due - int(self.rng.binomial(due, 0.01))
        closed = dangers - int(self.rng.random() < 0.05)
        at = self._at(6.5, 7.5)
        self._send(at * 1000, "prevention-indicators", PreventionIndicator(
            enterprise=self.enterprise.code, date=local_date(self.midnight - 1), risk_analysis=1.0, inspection=round(done / due, 4),
            rectification=round(closed / dangers, 4), inspections_due=due, inspections_done=done, dangers_due=dangers,
            dangers_closed=closed))  # fmt: skip

    def _calibration(self) -> None:
        """A filed bump test of one gas detector: above its second level for some minutes, harmless."""
        if self.rng.random() >= 0.15:
            return
        gas = [(g, s) for g in self.gateways for s in g.signals if s.part.quantity in GASES]
        if not gas:
            return
        _, signal = gas[int(self.rng.integers(len(gas)))]
        start = self._at(9, 16)
        self._send((start - 1800) * 1000, "outages", Outage(
            enterprise=self.enterprise.code, id=self._id("BD"), kind="calibration", filed_at=(start - 1800) * 1000, start_at=start * 1000,
            end_at=(start + 2400) * 1000, filed_by="仪表班", reason="探测器标定", points=[signal.code]))  # fmt: skip
        second_level = signal.part.limits[3] or signal.part.hi * 0.5
        bump = start + 300 + int(self.rng.integers(0, 300))
        self.effects.append(Effect(self.enterprise.code, signal.code, bump, bump + 200, "toward", second_level * 1.25, 20, 180))

    def _repair(self) -> None:
        """A filed repair of one device that is no gas detector: its values are missing, excused."""
        if self.rng.random() >= 0.03:
            return
        devices = [
            (g, d) for g in self.gateways for d in dict.fromkeys(s.device for s in g.signals if s.part.quantity not in GASES)
        ]
        if not devices:
            return
        gateway, device = devices[int(self.rng.integers(len(devices)))]
        signals = [s for s in gateway.signals if s.device == device]
        if any(s.part.quantity in GASES for s in signals):
            return
        start = self._at(9, 15)
        end = start + int(self.rng.uniform(1, 3) * HOUR)
        self._send((start - HOUR) * 1000, "outages", Outage(
            enterprise=self.enterprise.code, id=self._id("JX"), kind="outage", filed_at=(start - HOUR) * 1000, start_at=start * 1000,
            end_at=end * 1000, filed_by="设备科", reason="检修", devices=[device]))  # fmt: skip
        self.effects += [Effect(self.enterprise.code, s.code, start + 60, end - 120, "lost") for s in signals]
