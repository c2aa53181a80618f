"""Probes: small enterprises, one a partition, whose points cross a limit in turn, so that every frame of theirs makes a warning at once.

They send among everybody else's readings. The stamp of the frame comes back in the point alarm: receipt less stamp is the time from a
reading produced to its warning read as committed.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from streams.domain.messages import Frame
from streams.domain.partitions import partition_of
from streams.domain.registry import Device, Enterprise, HazardSource, Limits, Point

POINTS = 20
EVERY_MS = 200
HIGH, LOW = 95.0, 30.0
RULE = {
    "id": "bench-probe", "version": "1.0.0", "title": {"zh": "探针", "en": "probe"}, "when": "value >= limit.hh",
    "select": {"quantity": ["generic"], "role": ["reference"]}, "on_delay_s": 0, "off_delay_s": 0,
    "effect": {"evidence": "trend", "tier": 1}, "reference": "benchmark", "provenance": "proposal", "owner": "bench",
}  # fmt: skip
RULES = {"common/bench_probe.yaml": json.dumps({"schema": 2, "rules": [RULE]}, ensure_ascii=False)}
CODES = [f"X{i}" for i in range(POINTS)]


def owners(partitions: int) -> list[str]:
    """A probe of each partition."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        name = f"PROBE{number}"
        found.setdefault(partition_of(name.encode(), partitions), name)
        number += 1
    return [found[p] for p in range(partitions)]


def enterprise(code: str) -> Enterprise:
    points = tuple(Point(code=c, name=c, quantity="generic", unit="kPa", range_lo=0.0, range_hi=100.0, limits=Limits(hh=90.0),
                         role="reference") for c in CODES)  # fmt: skip
    source = HazardSource(
        code=f"{code}-S", name=code, kind="other", grade="IV", devices=(Device(code="D", name="D", points=points),)
    )
    return Enterprise(code=code, name=code, region="C1", supervisor="C1", sources=(source,))


def registry(partitions: int) -> list[tuple[str, bytes, Any]]:
    return [("registry", f"enterprise/{code}".encode(), enterprise(code)) for code in owners(partitions)]


class Probing:
    """Frames of all probes; in each frame one point of the probe goes up, or comes down."""

    def __init__(self, partitions: int) -> None:
        self._owners = owners(partitions)
        self._up = [False] * POINTS
        self._turn = 0
        self.sent = 0

    def frames(self, at_ms: int) -> list[tuple[bytes, bytes]]:
        self._up[self._turn] = not self._up[self._turn]
        self._turn = (self._turn + 1) % POINTS
        values: list[float | None] = [HIGH if up else LOW for up in self._up]
        self.sent += len(self._owners)
        return [(o.encode(), msgspec.json.encode(Frame(enterprise=o, gateway="G", collected_at=at_ms, codes=CODES, values=values)))
                for o in self._owners]  # fmt: skip
