"""Cameras and weather: one video-status message an enterprise and minute, one weather message a county and hour."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from backfill.inputs import InputRecord
from backfill.simulate.world import World
from streams.domain.messages import Weather
from streams.domain.registry import Region

MINUTE = 60
HOUR = 3600
OFFLINE_SHARE = 0.006
OFFLINE_MINUTES = 35.0
_STATES = ("online", "offline", "masked", "abnormal")
_encoder = msgspec.json.Encoder()


class Cameras:
    """States of all cameras, moved on minute by minute."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.rng = rng
        self.owners: list[
            tuple[bytes, bytes, bytes, int, int]
        ] = []  # key, text before the time, text after it, first, last camera
        first = 0
        for enterprise in world.enterprises:
            codes = [
                camera.code for cameras in (enterprise.cameras, *(s.cameras for s in enterprise.sources)) for camera in cameras
            ]
            head = b'{"enterprise":' + _encoder.encode(enterprise.code) + b',"collected_at":'
            tail = b',"cameras":' + _encoder.encode(codes) + b',"states":'
            self.owners.append((enterprise.code.encode(), head, tail, first, first + len(codes)))
            first += len(codes)
        # longest lasting first: a camera that starts dark stays so for its usual while
        self.state = np.where(rng.random(first) < OFFLINE_SHARE, 1, 0).astype(np.int8)
        self.spread_ms = rng.integers(0, 30_000, len(self.owners))

    def minute(self, minute_s: int) -> Iterator[InputRecord]:
        """Status messages that are collected in this minute."""
        draw = self.rng.random(len(self.state))
        kind = self.rng.choice(np.array([1, 2, 3], dtype=np.int8), len(self.state), p=[0.8, 0.1, 0.1])
        falls = (self.state == 0) & (draw < OFFLINE_SHARE / OFFLINE_MINUTES)
        mends = (self.state != 0) & (draw < 1.0 / OFFLINE_MINUTES)
        self.state = np.where(falls, kind, np.where(mends, np.int8(0), self.state))
        for (key, head, tail, first, last), spread in zip(self.owners, self.spread_ms.tolist(), strict=True):
            at_ms = minute_s * 1000 + spread
            words = _encoder.encode([_STATES[i] for i in self.state[first:last].tolist()])
            yield InputRecord(at_ms + 150, "video-status", key, b"%b%d%b%b}" % (head, at_ms, tail, words))


class Skies:
    """Weather of each county, hour by hour."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.rng = rng
        self.counties = [record.code for record in world.registry if isinstance(record, Region) and record.kind == "county"]

    def hour(self, hour_s: int) -> Iterator[InputRecord]:
        """Messages of this full hour."""
        day_share = (hour_s + 8 * HOUR) % 86_400 / 86_400
        for n, county in enumerate(self.counties):
            gusty = bool(self.rng.random() < 0.004)
            message = Weather(
                region=county, at=hour_s * 1000, wind_ms=round(float(self.rng.gamma(4.0, 0.8)) + 9.0 * gusty, 1),
                temperature_c=round(14 - 6 * float(np.cos(2 * np.pi * (day_share - 0.08))) + float(self.rng.normal(0, 0.8)), 1),
                warning="blue" if gusty else "none", kind="gale" if gusty else "", until=(hour_s + 3 * HOUR) * 1000 if gusty else None,
            )  # fmt: skip
            yield InputRecord(hour_s * 1000 + 2000 + 7 * (n % 100), "weather", county.encode(), _encoder.encode(message))
