"""A small deterministic traffic of a few enterprises: gas that comes and goes, unknown points, actions. Enough to be warned about."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.domain.log import TopicPartition
from streams.domain.messages import Action, Frame, RulesPublished
from streams.domain.registry import Region
from streams.engine.rules import files_hash
from tests.scenarios.plants import QUIET, plant

ENTERPRISES = tuple(f"E{i}" for i in range(8))
RULES = Path(__file__).resolve().parents[2] / "risk_rules" / "common" / "gas.yaml"
REGISTRY = TopicPartition("registry", 0)
FRAME_S = 0.25


class Sent(NamedTuple):
    topic: str
    key: bytes
    value: bytes


def configuration() -> Iterator[Sent]:
    """Regions, enterprises, and gas rules that act within a second, so that a short test sees many transitions."""
    encode = msgspec.json.encode
    yield Sent("registry", b"region/R1", encode(Region(code="R1", name="R1", kind="county")))
    for code in ENTERPRISES:
        yield Sent("registry", f"enterprise/{code}".encode(), encode(plant(code=code)))
    files = {"common/gas.yaml": re.sub(r"(o\w+_delay_s): \d+", r"\1: 1", RULES.read_text(encoding="utf-8"))}
    rules = RulesPublished(hash=files_hash(files), files=files, approved_by="test")
    yield Sent("rules", b"rules", encode(rules))


def round_of(number: int, at_ms: int) -> Iterator[Sent]:
    """All frames of one round; each enterprise leaks at its own times, one sends a point that nobody knows."""
    encode = msgspec.json.encode
    for i, code in enumerate(ENTERPRISES):
        values = dict(QUIET)
        phase = (number + 5 * i) % 40
        if phase < 12:
            values["G1"] = values["G2"] = 60.0 + i
        elif phase < 18:
            values["G1"] = 30.0
        if i == 0 and number % 10 == 0:
            values["NOBODY"] = 1.0
        frame = Frame(enterprise=code, gateway="G", collected_at=at_ms, codes=list(values), values=list(values.values()))
        yield Sent("readings", code.encode(), encode(frame))
    if number % 7 == 0:
        code = ENTERPRISES[number % len(ENTERPRISES)]
        action = Action(enterprise=code, id=f"a{number}", kind="patrol", author="x", role="inspector", at=at_ms)
        yield Sent("actions", code.encode(), encode(action))


def now_ms() -> int:
    return time.time_ns() // 1_000_000
