"""Clocks and uplinks of gateways: how far stamps are off the time of arrival, steps of a clock, silence filled up in one burst, and
an uplink whose delay never varies. Judged a minute and an hour of log time; what follows are findings, values are judged all the same.

The least delay of a minute is the estimate of a clock's error: transport only adds to it.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.domain.columns import FrameColumns
from streams.engine.desk import Desk
from streams.engine.truth.state import Teller, TruthState
from streams.engine.truth.table import Table

MOST = 64  # gateways of one enterprise; a sender that invents names must not fill the memory
_FAR = 1 << 62
_STEADY_CLOCK_MS = 10_000  # delays of one minute that differ by less come from a clock, not from a back-fill
_HOUR_LEAST = 60


class Gateways:
    """One row a gateway, in the order in which they were first heard."""

    def __init__(self, state: TruthState) -> None:
        self.table = Table("truth.gateways", {
            "n": (np.int64, 0, 0), "least": (np.int64, 0, _FAR), "most": (np.int64, 0, -_FAR),  # of the running minute
            "first": (np.int64, 0, _FAR), "last": (np.int64, 0, -_FAR),  # stamps of the running minute
            "usual": (np.int64, 0, 0), "known": (np.int64, 0, 0), "off": (np.int64, 0, 0), "moved": (np.int64, 0, 0),
            "silent": (np.int64, 0, 0), "hour_n": (np.int64, 0, 0), "hour_least": (np.int64, 0, _FAR), "hour_most": (np.int64, 0, -_FAR),
        })  # fmt: skip
        self.use(state)

    def use(self, state: TruthState) -> None:
        self._state = state
        self._rows = {key: i for i, key in enumerate(state.gateways)}
        self._count: dict[str, int] = {}
        for enterprise, _ in state.gateways:
            self._count[enterprise] = self._count.get(enterprise, 0) + 1

    def frames(self, desk: Desk, frames: FrameColumns, first: int, stop: int, frame_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Frames first..stop with their log times: their delays, by gateway. Returns the gateways' rows, one a frame; -1 where none
        is known."""
        keys = zip(frames.enterprise[first:stop], frames.gateway[first:stop], strict=True)
        ids = np.fromiter(map(self._rows.get, keys, repeat(-1)), np.int64, stop - first)
        for i in np.flatnonzero(ids < 0).tolist():
            ids[i] = self._row(desk, frames.enterprise[first + i], frames.gateway[first + i])
        starts = frames.start[first:stop]
        usable = np.flatnonzero((ids >= 0) & (frames.start[first + 1 : stop + 1] > starts))
        if not usable.size:
            return ids
        at, t = ids[usable], self.table
        stamp = np.clip(frames.event_ms[starts[usable]], 0, 1 << 52)
        delay = frame_ms[usable] - stamp
        np.add.at(t["n"], at, 1)
        np.minimum.at(t["least"], at, delay)
        np.maximum.at(t["most"], at, delay)
        np.minimum.at(t["first"], at, stamp)
        np.maximum.at(t["last"], at, stamp)
        return ids

    def _row(self, desk: Desk, enterprise: str, gateway: str) -> int:
        key = (enterprise, gateway)
        found = self._rows.get(key, -1)
        if found >= 0 or enterprise not in desk.state.sites or self._count.get(enterprise, 0) >= MOST:
            return found
        self._count[enterprise] = self._count.get(enterprise, 0) + 1
        self._rows[key] = row = len(self._state.gateways)
        self._state.gateways.append(key)
        self.table.grow(row + 1)
        return row

    # --- at the end of a minute and of an hour ----------------------------------------------------------------------------
    def minute(self, desk: Desk, teller: Teller, at_ms: int) -> None:
        t, p = self.table, desk.parameters.truth
        heard = t["n"] > 0
        one_clock = heard & (t["most"] - t["least"] < _STEADY_CLOCK_MS)
        t["off"][:] = np.where(one_clock & (np.abs(t["least"]) > p.skew_s * 1000), t["off"] + 1, np.where(heard, 0, t["off"]))
        moved = one_clock & (t["known"] > 0) & (np.abs(t["least"] - t["usual"]) > p.step_s * 1000)
        t["moved"][:] = np.where(moved, t["moved"] + 1, np.where(heard, 0, t["moved"]))
        burst = heard & (t["silent"] * 60_000 >= p.backfill_silent_s * 1000)
        burst &= t["last"] - t["first"] >= p.backfill_share * 60_000 * t["silent"]
        for i in np.flatnonzero((t["off"] == p.skew_minutes) | (t["moved"] == 2) | burst).tolist():
            self._tell(teller, i, bool(burst[i]), p.skew_minutes, at_ms)
        stepped = t["moved"] >= 2
        follow = one_clock & ~moved
        t["usual"][:] = np.where((t["known"] == 0) & one_clock | stepped, t["least"],
                                 np.where(follow, t["usual"] + (t["least"] - t["usual"]) // 8, t["usual"]))  # fmt: skip
        t["moved"][stepped] = 0
        t["known"][one_clock] = 1
        t["silent"][:] = np.where(heard, 0, t["silent"] + 1)
        t["hour_n"][:] += t["n"]
        t["hour_least"][:] = np.minimum(t["hour_least"], t["least"])
        t["hour_most"][:] = np.maximum(t["hour_most"], t["most"])
        t["n"][:] = 0
        t["least"][:] = t["first"][:] = _FAR
        t["most"][:] = t["last"][:] = -_FAR

    def _tell(self, teller: Teller, i: int, burst: bool, skew_minutes: int, at_ms: int) -> None:
        t = self.table
        enterprise, gateway = self._state.gateways[i]
        facts: dict[str, Any] = {"gateway": gateway, "frames": int(t["n"][i])}
        if burst:
            teller.tell("backfilled", enterprise, gateway, at_ms,
                        facts | {"silent_min": int(t["silent"][i]), "covered_s": int(t["last"][i] - t["first"][i]) // 1000})  # fmt: skip
        elif t["moved"][i] == 2:
            teller.tell("gateway_step", enterprise, gateway, at_ms,
                        facts | {"before_s": -int(t["usual"][i]) / 1000, "after_s": -int(t["least"][i]) / 1000})  # fmt: skip
        if t["off"][i] == skew_minutes and not burst:
            teller.tell("gateway_skew", enterprise, gateway, at_ms, facts | {"off_s": -int(t["least"][i]) / 1000})

    def hour(self, desk: Desk, teller: Teller, at_ms: int) -> None:
        """Delays that never vary while those of others do: stamps made where the frames are sent, at an even beat."""
        t, p = self.table, desk.parameters.truth
        many = t["hour_n"] >= _HOUR_LEAST
        spread = np.where(many, t["hour_most"] - t["hour_least"], -1)
        others = _median(spread[many])
        if int(many.sum()) > p.steady_others and others >= p.steady_others_ms:
            for i in np.flatnonzero(many & (spread <= p.steady_ms)).tolist():
                enterprise, gateway = self._state.gateways[i]
                teller.tell("uplink_too_steady", enterprise, gateway, at_ms,
                            {"gateway": gateway, "frames": int(t["hour_n"][i]), "spread_ms": int(spread[i]), "others_ms": others})  # fmt: skip
        t["hour_n"][:] = 0
        t["hour_least"][:] = _FAR
        t["hour_most"][:] = -_FAR


def _median(values: NDArray[np.int64]) -> int:
    return int(np.sort(values)[len(values) // 2]) if len(values) else 0
