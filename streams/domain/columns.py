"""What decode hands to the engine: one step's readings as columns, its other records as typed events, in log order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.domain.messages import Event
from streams.domain.registry import RegistryRecord


class Coordinates(NamedTuple):
    """Where a record came from; `order` is its place in the step's merged order, `log_ms` the log time fixed for it."""

    order: int
    log_ms: int
    topic: str
    partition: int
    offset: int


class RegistryChange(NamedTuple):
    """A registry record, or None under its key when it was removed (tombstone)."""

    key: str
    record: RegistryRecord | None


class LoggedEvent(NamedTuple):
    at: Coordinates
    event: Event | RegistryChange
    key: bytes | None = None


class Rejected(NamedTuple):
    """One record, or one value of a record, that cannot be used; becomes a dead letter."""

    at: Coordinates
    field: str  # "" for the whole record, else a path such as values[3]
    reason: str  # a code of the catalogue: reject.*
    detail: str
    payload: bytes
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """All frames of a step. Frame f owns readings start[f]:start[f+1]; `codes[f]` is the exact JSON text of its code list
    (equal texts mean equal lists, so it is a cache key); `units[f]` the JSON text of its unit list, or b""."""

    at: list[Coordinates]
    enterprise: list[str]
    gateway: list[str]
    connected: list[bool]
    codes: list[bytes]
    units: list[bytes]
    start: NDArray[np.int64]  # shape (frames + 1,)
    value: NDArray[np.float64]  # shape (readings,); 0.0 where wire != OK and no number was given
    event_ms: NDArray[np.int64]  # shape (readings,)
    wire: NDArray[np.uint8]  # shape (readings,), domain.scale.Wire


@dataclass(frozen=True, slots=True)
class Decoded:
    """One step, decoded. Frames, events and rejections interleave by `Coordinates.order`."""

    frames: FrameColumns
    events: list[LoggedEvent] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
