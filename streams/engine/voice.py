"""What the engine says, in order: outputs of one step, with ids that follow from the log alone."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from streams.domain.log import Output
from streams.domain.outputs import (
    CommitmentState,
    DeadLetter,
    Finding,
    LevelNow,
    OnlineMinute,
    PointAlarm,
    PointMinute,
    QualityDay,
    RegionClose,
    RiskNow,
    Warning,
    encode,
)

TOPIC_OF: dict[type, str] = {
    Warning: "warnings",
    PointAlarm: "warnings",
    Finding: "warnings",
    LevelNow: "level",
    RiskNow: "risk",
    PointMinute: "aggregates",
    OnlineMinute: "aggregates",
    QualityDay: "aggregates",
    CommitmentState: "aggregates",
    RegionClose: "region-close",
    DeadLetter: "dead-letters",
}


def identity(*parts: object) -> str:
    """A short id that follows from `parts` alone: the same log gives the same ids."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big"))
        digest.update(text)
    return digest.hexdigest()


class Voice:
    """Collects outputs; splits a block that would be too large by halving its columns, always at the same place."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.limit_bytes = 524_288

    def say(self, key: str, value: Any) -> None:
        """Put `value` on its topic under `key`."""
        self.outputs.append(encode(TOPIC_OF[type(value)], key, value))

    def say_columns(self, key: str, block: PointMinute | OnlineMinute | QualityDay | RegionClose) -> None:
        """Put a block of parallel columns, in as few records as the size limit allows."""
        output = encode(TOPIC_OF[type(block)], key, block)
        rows = max((len(v) for v in msgspec.structs.astuple(block) if isinstance(v, list)), default=0)
        if len(output.value) <= self.limit_bytes or rows < 2:
            self.outputs.append(output)
            return
        half = rows // 2
        for part in (slice(0, half), slice(half, rows)):
            cut = {n: v[part] for n, v in msgspec.structs.asdict(block).items() if isinstance(v, list)}
            self.say_columns(key, msgspec.structs.replace(block, **cut))

    def finding(self, code: str, enterprise: str, at_ms: int, *, subject: str = "", **fields: Any) -> None:
        """A finding; `subject` tells findings of the same code, enterprise and instant apart."""
        made = identity("finding", code, enterprise, subject, at_ms)
        value = Finding(id=made, code=f"finding.{code}", enterprise=enterprise, at_ms=at_ms, **fields)
        self.say(fields.get("source") or enterprise, value)

    def take(self) -> tuple[Output, ...]:
        """All outputs since the last call."""
        taken = tuple(self.outputs)
        self.outputs = []
        return taken
