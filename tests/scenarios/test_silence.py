"""Silence in as few lines as people can read: every point is listed and counted, and nothing of it decides a level."""

from __future__ import annotations

from streams.domain.messages import Outage
from streams.domain.outputs import Finding
from streams.domain.registry import Device, Point
from tests.scenarios.plants import plant, pressure, source
from tests.scenarios.timeline import FrameRecord, Timeline

MINUTE_MS = 60_000
LOST = ("gateway", "device", "point")


def devices(n: int, each: int) -> tuple[Device, ...]:
    return tuple(Device(code=f"D{d}", name=f"D{d}", points=_points(f"D{d}", each)) for d in range(n))


def _points(device: str, n: int) -> tuple[Point, ...]:
    return tuple(pressure(f"{device}-P{i}") for i in range(n))


class Plant:
    """Devices whose points come by two gateways: the even ones by one frame, the odd ones by another."""

    def __init__(self, n: int = 4, each: int = 3) -> None:
        made = devices(n, each)
        self.line = Timeline(plant(source(devices=made, interlocks=(), cameras=())), plain=True)
        self.codes = {d.code: [p.code for p in d.points] for d in made}
        self.silent: set[str] = set()

    def wait(self, minutes: float) -> None:
        for _ in range(int(minutes * 6)):
            self.line.now_ms += 10_000
            for gateway, parity in (("GW0", 0), ("GW1", 1)):
                codes = tuple(
                    c for i, of in enumerate(self.codes.values()) if i % 2 == parity for c in of if c not in self.silent
                )
                if codes:
                    self.line.add(FrameRecord("E1", codes, (1.0,) * len(codes), self.line.now_ms - 100, gateway=gateway))
        self.line.add(FrameRecord("E0", ("X",), (0.0,), self.line.now_ms))

    def told(self) -> list[Finding]:
        ends = ("_lost", "_back", "_excused")
        return [
            f
            for f in self.line.said.findings()
            if f.code.endswith(ends) and f.code.startswith(tuple(f"finding.{k}" for k in (*LOST, "loss")))
        ]


def names(found: list[Finding]) -> list[tuple[str, str, int]]:
    return [(f.code.removeprefix("finding."), f.detail["name"], f.detail["count"]) for f in found]


def test_a_gateway_that_falls_silent_is_one_line_with_all_its_points() -> None:
    p = Plant(n=4, each=75)
    p.wait(1)
    p.silent = {c for d in ("D0", "D2") for c in p.codes[d]}
    p.wait(12)
    told = p.told()
    assert names(told) == [("gateway_lost", "GW0", 150)]
    assert set(told[0].detail["points"]) == p.silent


def test_a_whole_device_is_one_line_and_a_point_alone_is_one() -> None:
    p = Plant()
    p.wait(1)
    p.silent = {*p.codes["D0"], "D1-P1"}
    p.wait(12)
    assert sorted(names(p.told())) == [("device_lost", "D0", 3), ("point_lost", "D1-P1", 1)]


def test_when_a_gateway_is_back_what_is_still_silent_is_told_by_itself() -> None:
    p = Plant()
    p.wait(1)
    p.silent = {c for d in ("D0", "D2") for c in p.codes[d]}
    p.wait(12)
    p.silent = {"D0-P0"}
    p.wait(2)
    p.silent = set()
    p.wait(1)
    assert names(p.told()) == [
        ("gateway_lost", "GW0", 6),
        ("gateway_back", "GW0", 6),
        ("point_lost", "D0-P0", 1),
        ("point_back", "D0-P0", 1),
    ]


def test_the_lines_of_points_that_are_lost_are_display_only() -> None:
    p = Plant()
    p.wait(1)
    p.silent = {c for of in p.codes.values() for c in of}
    p.wait(12)
    assert {f.detail["name"] for f in p.told()} == {"GW0", "GW1"}
    assert p.line.level("E1-SITE") == "yellow", "the loss of the whole site counts as ever"


def test_a_filed_outage_ends_a_loss_and_begins_none() -> None:
    p = Plant()
    p.wait(1)
    p.silent = set(p.codes["D0"])
    p.wait(12)
    now = p.line.now_ms
    for device in ("D0", "D2"):
        p.line.event(Outage, id=device, kind="outage", filed_at=now, start_at=now, end_at=now + 60 * MINUTE_MS, filed_by="Li",
                     reason="maintenance", devices=[device])  # fmt: skip
    p.silent = {*p.codes["D0"], *p.codes["D2"]}
    p.wait(15)
    assert names(p.told()) == [("device_lost", "D0", 3), ("loss_excused", "D0", 3)]


def test_points_that_never_reported_are_told_by_device() -> None:
    p = Plant()
    p.silent = set(p.codes["D3"])
    p.wait(12)
    assert names(p.told()) == [("device_lost", "D3", 3)]
