"""What every reader of a data set gives, and how it is played: registry records first, then one frame a row.

Times are restamped: row i arrives at `start_ms` + i periods / speedup, and the points' own period shrinks alike, so that a
faster play is a faster plant, not a late one. Nothing here is random and nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from backfill.inputs import InputRecord
from streams.decode.registry_files import encoded, key_of
from streams.domain.messages import Frame
from streams.domain.registry import Enterprise, Region, RegistryRecord

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LATENCY_MS = 120  # from the gateway's stamp to the broker's
START_MS = 1_767_225_600_000  # 2026-01-01 08:00 in UTC+8: where a play begins unless told otherwise


class DatasetError(ValueError):
    """A data set that cannot be read. `code` is a key of the texts (dataset.*); the message names file, line, column, field."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details: dict[str, object] = details


class Rows(NamedTuple):
    """Rows of a table in time order. `values` has no NaN: where `valid` is false the number means nothing."""

    values: Floats
    valid: Bools

    def part(self, first: int, last: int | None = None) -> Rows:
        return Rows(self.values[first:last], self.valid[first:last])

    def columns(self, which: list[int]) -> Rows:
        return Rows(self.values[:, which], self.valid[:, which])


class Event(NamedTuple):
    """What is known to be wrong: rows first..last (inclusive) of the rows that are played."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set around one hazard source. `codes[j]` is the point of column j; `normal` is what a detector may learn from,
    `holdout` another normal stretch or None; `rows` is what is played."""

    name: str
    regions: tuple[Region, ...]
    enterprise: Enterprise
    source: str
    gateway: str
    codes: tuple[str, ...]
    period_s: float
    rows: Rows
    normal: Rows
    holdout: Rows | None = None
    events: tuple[Event, ...] = ()
    origin: str = ""

    def faster(self, speedup: float) -> Dataset:
        """The same plant with every period divided by `speedup` (its slowest rates grow alike)."""
        if speedup <= 0:
            raise DatasetError("speedup", f"speedup must be above 0, not {speedup}", value=speedup)
        return replace(self, period_s=self.period_s / speedup, enterprise=_faster(self.enterprise, speedup))

    def settled(self, county: Region, supervisor: str | None = None) -> Dataset:
        """The same enterprise in another county, whose regions someone else publishes."""
        moved = msgspec.structs.replace(self.enterprise, region=county.code, supervisor=supervisor or county.code)
        return replace(self, regions=(), enterprise=moved)


class Play(NamedTuple):
    """How to play: from when, which rows, with or without the registry records before them."""

    start_ms: int = START_MS
    first_row: int = 0
    last_row: int | None = None  # exclusive
    registry: bool = True
    latency_ms: int = LATENCY_MS


def _faster(enterprise: Enterprise, speedup: float) -> Enterprise:
    sources = tuple(
        msgspec.structs.replace(
            source,
            devices=tuple(
                msgspec.structs.replace(
                    device,
                    points=tuple(
                        msgspec.structs.replace(
                            point,
                            period_s=point.period_s / speedup,
                            rate_max=None if point.rate_max is None else point.rate_max * speedup,
                        )
                        for point in device.points
                    ),
                )
                for device in source.devices
            ),
        )
        for source in enterprise.sources
    )
    return msgspec.structs.replace(enterprise, sources=sources)


def played(dataset: Dataset, play: Play | None = None) -> Iterator[InputRecord]:
    """Records of the data set in arrival order. Equal arguments give equal bytes."""
    play = play or Play()
    if play.registry:
        # one millisecond apart and before the first frame: parents are there when a child or a reading comes
        records: list[RegistryRecord] = [*dataset.regions, dataset.enterprise]
        for i, record in enumerate(records):
            yield InputRecord(play.start_ms - len(records) + i, "registry", key_of(record).encode(), encoded(record))
    yield from _frames(dataset, play)


def _frames(dataset: Dataset, play: Play) -> Iterator[InputRecord]:
    key, codes = dataset.enterprise.code.encode(), list(dataset.codes)
    rows = dataset.rows.part(play.first_row, play.last_row)
    period_ms = dataset.period_s * 1000.0
    for i, (row, good) in enumerate(zip(rows.values.tolist(), rows.valid.tolist(), strict=True)):
        at_ms = play.start_ms + round(i * period_ms)
        frame = Frame(
            enterprise=dataset.enterprise.code,
            gateway=dataset.gateway,
            collected_at=at_ms,
            codes=codes,
            values=[value if ok else None for value, ok in zip(row, good, strict=True)],
            valid=None if all(good) else good,
        )
        yield InputRecord(at_ms + play.latency_ms, "readings", key, msgspec.json.encode(frame))
