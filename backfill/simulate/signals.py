"""Signals of many points at once: base, daily wave, drift, noise, cycle, in blocks of ticks; quantised as instruments do.

A `Band` holds the points of all gateways with one period, the points of a gateway side by side. It is played block by block,
strictly forward; the same seed gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from backfill.simulate.world import Gateway, Signal

Floats = NDArray[np.float64]
DAY_S = 86_400.0
LOCAL_S = 8 * 3600.0  # the simulated country keeps UTC+8
DRIFT_TIME_S = 1800.0  # how long a drift remembers
MOST_DRIFT = 3.0  # in its own standard deviations: at rest a point stays clear of its limits
GASES = ("combustible_gas", "toxic_gas")
POUR_S, DRAIN_S = 60.0, 40.0  # how long a launder fills and empties
POUR_AHEAD_S, DRAIN_AFTER_S = 120.0, 60.0  # it begins so long before the platform moves, and is empty so long after it stopped


@cache
def _step(resolution: float) -> Fraction:
    return Fraction(str(resolution))


class Band:
    def __init__(self, gateways: Sequence[Gateway], period_s: int, rng: np.random.Generator) -> None:
        self.gateways = tuple(gateways)
        self.period_s = period_s
        self.rng = rng
        self.signals: tuple[Signal, ...] = tuple(signal for gateway in gateways for signal in gateway.signals)
        self.start = np.cumsum([0, *(len(gateway.signals) for gateway in gateways)])
        parts = [signal.part for signal in self.signals]
        self.base = np.array([part.base for part in parts])
        self.noise = np.array([part.noise for part in parts], dtype=np.float32)
        self.drift_size = np.array([part.drift for part in parts])
        self.daily = np.array([part.daily for part in parts])
        self.warming = np.flatnonzero(self.daily)
        self.gain = np.array([part.gain for part in parts])
        self.low = np.array([part.lo for part in parts], dtype=np.float64)
        self.high = np.array([part.hi for part in parts], dtype=np.float64)
        self.gas = np.array([part.quantity in GASES for part in parts])
        steps = [_step(part.resolution) for part in parts]
        self.step_num = np.array([float(step.numerator) for step in steps])
        self.step_den = np.array([float(step.denominator) for step in steps])
        self._cycles()
        self._follow()
        self.peak_s = rng.uniform(13.0, 16.0, len(parts)) * 3600.0  # warmest in the afternoon
        self.drift = rng.standard_normal(len(parts))

    def _cycles(self) -> None:
        """Points with a cycle, and for each of them the corners of its trapezoid."""
        self.driven = np.flatnonzero(self.gain)
        cycles = [self.signals[i].cycle for i in self.driven]
        self.period = np.array([cycle.period_s for cycle in cycles])
        self.phase = np.array([cycle.phase for cycle in cycles])
        self.fill = np.array([cycle.fill for cycle in cycles])
        self.full = self.fill + np.array([cycle.full for cycle in cycles])
        self.empty = self.full + np.array([cycle.empty for cycle in cycles])
        parts = [self.signals[i].part for i in self.driven]
        self.drive = {
            word: np.array([part.drive == word for part in parts], dtype=bool) for word in ("state", "in", "out", "metal")
        }
        self.lag_s = np.array([part.lag_s for part in parts])
        # meters of flow and speed cut off what is near zero: at a standstill they show zero, not noise
        still = [part.base == 0 and part.lo == 0 and part.drive != "state" for part in parts]
        self.cut_off = np.flatnonzero(np.array(still, dtype=bool))

    def _follow(self) -> None:
        """Which point moves with which other of its device, and how far; a point is followed only by what is not followed itself."""
        of = [n for n, gateway in enumerate(self.gateways) for _ in gateway.signals]
        place = {(of[i], signal.device, signal.part.code): i for i, signal in enumerate(self.signals)}
        pairs = [
            (i, place[(of[i], signal.device, code)], share)
            for i, signal in enumerate(self.signals)
            for code, share in signal.part.follows
        ]
        self.follower = np.array([pair[0] for pair in pairs], dtype=np.int64)
        self.followed = np.array([pair[1] for pair in pairs], dtype=np.int64)
        self.shared = np.array([pair[2] for pair in pairs])

    def ticks(self, from_s: int, to_s: int) -> NDArray[np.int64]:
        """Whole seconds in [from_s, to_s) at which this band measures."""
        first = -(-from_s // self.period_s) * self.period_s
        return np.arange(first, to_s, self.period_s, dtype=np.int64)

    def block(self, at_s: NDArray[np.int64]) -> Floats:
        """Values at these seconds, shape (ticks, points), neither clipped nor quantised. Moves the drift on."""
        values = np.repeat(self.base[None, :], len(at_s), axis=0)
        old = self.drift
        keep = float(np.exp(-len(at_s) * self.period_s / DRIFT_TIME_S))
        fresh = keep * old + np.sqrt(1.0 - keep * keep) * self.rng.standard_normal(len(old))
        self.drift = np.clip(fresh, -MOST_DRIFT, MOST_DRIFT)
        share = (np.arange(1, len(at_s) + 1) / len(at_s))[:, None]
        values += self.drift_size * (old + (self.drift - old) * share)
        wave = np.cos(2 * np.pi * ((at_s[:, None] + LOCAL_S) - self.peak_s[self.warming]) / DAY_S)
        values[:, self.warming] += self.daily[self.warming] * wave
        cycle = self.cycle_at(at_s)
        values[:, self.driven] += self.gain[self.driven] * cycle
        noise = self.rng.standard_normal(values.shape, dtype=np.float32)
        np.clip(noise, -4.0, 4.0, out=noise)
        noise[:, self.driven[self.cut_off]] *= cycle[:, self.cut_off] > 0
        values += noise * self.noise
        for follower, followed, share_of in zip(self.follower, self.followed, self.shared, strict=True):
            values[:, follower] += share_of * (values[:, followed] - self.base[followed])
        return values

    def cycle_at(self, at_s: NDArray[np.int64]) -> Floats:
        """What the cycle gives to each driven point, 0 to 1, shape (ticks, driven points)."""
        place = (at_s[:, None] / self.period + self.phase) % 1.0
        state = np.clip(np.minimum(place / self.fill, (self.empty - place) / (self.empty - self.full)), 0.0, 1.0)
        inward, outward = place < self.fill, (place >= self.full) & (place < self.empty)
        drive = self.drive
        share: Floats = np.select([drive["state"], drive["in"], drive["out"], drive["metal"]],
                                  [state, inward, outward, self._metal(place)], 0.0)  # fmt: skip
        return share

    def _metal(self, place: Floats) -> Floats:
        """A launder: poured full before the cast begins, drained when the platform has stopped."""
        ahead = place >= (1.0 + self.empty) / 2
        since_s = np.where(ahead, place - 1.0, place) * self.period - self.lag_s
        up, down = (since_s + POUR_AHEAD_S) / POUR_S, (self.fill * self.period + DRAIN_AFTER_S - since_s) / DRAIN_S
        share: Floats = np.clip(np.minimum(up, down), 0.0, 1.0)
        return share

    def quantised(self, values: Floats) -> Floats:
        """As the instrument would show it: clipped to its range, in steps of its resolution, shortest as a decimal number."""
        np.clip(values, np.where(self.gas, np.maximum(self.low, 0.0), self.low), self.high, out=values)
        counts = np.rint(values * (self.step_den / self.step_num))
        shown: Floats = counts * self.step_num / self.step_den
        return shown + 0.0  # no -0.0
