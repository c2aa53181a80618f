"""The simulated stream: everything a world sends, in order of arrival, block by block, strictly forward.

One block is ten seconds of all gateways. Time is only what the caller asks for; the same world, start, seed and incidents give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from backfill.inputs import InputRecord
from backfill.registry import registry_records
from backfill.simulate.cameras import HOUR, MINUTE, Cameras, Skies
from backfill.simulate.days import DAY, EnterpriseDay, local_date, midnight_of
from backfill.simulate.effects import Active
from backfill.simulate.frames import FrameText, rows_of
from backfill.simulate.incidents import Incident, Label, Spec, staged
from backfill.simulate.signals import Band, Floats
from backfill.simulate.world import Gateway, World

BLOCK_S = 10
OFFLINE_SHARE = 0.005
OFFLINE_S = 1800.0  # mean time that a point is out
CUTS_A_DAY = 0.7  # short cuts of a line, for each gateway
LATE_SHARE = 0.001  # of frames: held up on their way
_arrival = itemgetter(0)


class Simulation:
    """Plays a world from `start_ms` on. `incidents` () is a quiet world: offline points, cuts and bump tests, no emergency."""

    def __init__(self, world: World, start_ms: int, seed: int, incidents: Sequence[Spec] = ()) -> None:
        if start_ms % 1000:
            raise ValueError("a simulation starts at a whole second")
        self.world, self.seed = world, seed
        self.readings = 0  # sent so far
        self._next_s = start_ms // 1000
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 5])))
        self._incidents = staged(world, incidents, start_ms, seed)
        periods = sorted({gateway.period_s for gateway in world.gateways})
        self._bands = [_Lines(world, period, self._rng) for period in periods]
        self._cameras, self._skies = Cameras(world, self._rng), Skies(world, self._rng)
        by_enterprise: dict[str, list[Gateway]] = {}
        for gateway in world.gateways:
            by_enterprise.setdefault(gateway.enterprise, []).append(gateway)
        self._by_enterprise = by_enterprise
        self._days: dict[int, list[InputRecord]] = {}
        self._later = [record for incident in self._incidents for record in _sent(incident)]
        for incident in self._incidents:
            self._begin(incident)
        self._pending: list[InputRecord] = []
        self._given = 0  # how many of the pending ones were handed out

    @property
    def labels(self) -> list[Label]:
        """Ground truth of the incidents."""
        return [incident.label for incident in self._incidents]

    @property
    def first_ms(self) -> int:
        """Arrival of the registry, before anything else."""
        return self._next_s * 1000

    def registry_records(self, at_ms: int) -> list[InputRecord]:
        """The registry as input, all arriving at `at_ms`, parents before children."""
        return registry_records(self.world.registry, at_ms)

    def records(self, until_ms: int) -> Iterator[InputRecord]:
        """All that arrives before `until_ms` and was not yet given, in order of arrival. Call again with a later time to go on."""
        while True:
            whole_ms = self._next_s * 1000  # below it nothing further can come
            end_ms = min(until_ms, whole_ms)
            while self._given < len(self._pending) and (record := self._pending[self._given]).arrival_ms < end_ms:
                self._given += 1
                yield record
            if whole_ms >= until_ms:
                return
            self._block()

    def _begin(self, incident: Incident) -> None:
        for effect in incident.effects:
            for lines in self._bands:
                lines.active.add(effect)
        if incident.silent is not None:
            enterprise, from_s, to_s = incident.silent
            for lines in self._bands:
                lines.silence(enterprise, from_s, to_s)

    def _block(self) -> None:
        """Ten more seconds into `_pending`, which stays sorted by arrival."""
        from_s, to_s = self._next_s, self._next_s + BLOCK_S
        fresh = self._events(from_s, to_s)
        for lines in self._bands:
            frames, readings = lines.block(from_s, to_s)
            fresh += frames
            self.readings += readings
        self._pending = self._pending[self._given :] + fresh
        self._given = 0
        self._pending.sort(key=_arrival)
        self._next_s = to_s

    def _events(self, from_s: int, to_s: int) -> list[InputRecord]:
        out: list[InputRecord] = []
        midnight = midnight_of(from_s)
        for day in (midnight, midnight + DAY):
            if day not in self._days and (day == midnight or to_s + HOUR > day):
                self._new_day(day)
        for stock in (*self._days.values(), self._later):
            out += [record for record in stock if from_s * 1000 <= record.arrival_ms < to_s * 1000]
            stock[:] = [record for record in stock if record.arrival_ms >= to_s * 1000]
        for minute in range(-(-from_s // MINUTE) * MINUTE, to_s, MINUTE):
            out += self._cameras.minute(minute)
        for hour in range(-(-from_s // HOUR) * HOUR, to_s, HOUR):
            out += self._skies.hour(hour)
        return out

    def _new_day(self, midnight: int) -> None:
        date = local_date(midnight)
        broken = {i.uncommitted[0] for i in self._incidents if i.uncommitted is not None and local_date(i.uncommitted[1]) == date}
        stock: list[InputRecord] = []
        for index, enterprise in enumerate(self.world.enterprises):
            gateways = self._by_enterprise[enterprise.code]
            day = EnterpriseDay(enterprise, gateways, midnight, self.seed, index).made(enterprise.code not in broken)
            stock += day.records
            for effect in day.effects:
                for lines in self._bands:
                    lines.active.add(effect)
        self._days = {d: records for d, records in self._days.items() if d >= midnight - DAY}
        self._days[midnight] = sorted(stock, key=_arrival)


def _sent(incident: Incident) -> list[InputRecord]:
    return [
        InputRecord(ms + 120, topic, message.enterprise.encode(), msgspec.json.encode(message))
        for ms, topic, message in incident.messages
    ]


class _Lines:
    """The gateways of one period and their lines to us."""

    def __init__(self, world: World, period_s: int, rng: np.random.Generator) -> None:
        gateways = [gateway for gateway in world.gateways if gateway.period_s == period_s]
        self.rng, self.period_s = rng, period_s
        self.band = Band(gateways, period_s, rng)
        self.texts = [FrameText(gateway, bool(rng.random() < 0.1)) for gateway in gateways]
        owners = [(gateway.enterprise, signal.code) for gateway in gateways for signal in gateway.signals]
        self.active = Active({owner: column for column, owner in enumerate(owners)})
        self.phase_ms = rng.integers(0, 700, len(gateways))
        self.clock_ms = np.where(
            rng.random(len(gateways)) < 0.03, rng.integers(-2500, 2500, len(gateways)), rng.integers(-150, 150, len(gateways))
        )
        points = len(owners)
        out = rng.random(points) < OFFLINE_SHARE
        self.out_left_s = np.where(out, rng.exponential(OFFLINE_S, points), 0.0)
        self.silent: list[tuple[int, int, int, bool]] = []  # gateway, from, to, sent afterwards
        self.by_enterprise: dict[str, list[int]] = {}
        for n, gateway in enumerate(gateways):
            self.by_enterprise.setdefault(gateway.enterprise, []).append(n)

    def silence(self, enterprise: str, from_s: int, to_s: int) -> None:
        self.silent += [(n, from_s, to_s, False) for n in self.by_enterprise.get(enterprise, [])]

    def block(self, from_s: int, to_s: int) -> tuple[list[InputRecord], int]:
        """Frames measured in [from_s, to_s), in no order, and how many readings they carry."""
        at_s = self.band.ticks(from_s, to_s)
        if not len(at_s):
            return [], 0
        values = self.band.block(at_s)
        self.active.apply(at_s, values)
        self._points_out(at_s, values)
        shown = self.band.quantised(values)
        self._short_cuts(from_s, to_s)
        gateways = len(self.texts)
        delay = 15 + self.rng.exponential(25.0, (len(at_s), gateways))
        slow = self.rng.random((len(at_s), gateways)) < LATE_SHARE
        delay[slow] += self.rng.uniform(400, 2600, int(slow.sum()))
        taken_ms = at_s[:, None] * 1000 + self.phase_ms
        arrival = taken_ms + delay.astype(np.int64)
        sent = self._silenced(at_s, arrival)
        return self._frames(shown, (taken_ms + self.clock_ms).tolist(), arrival.tolist(), sent)

    def _frames(
        self, shown: Floats, stamps: list[list[int]], arrival: list[list[int]], sent: NDArray[np.bool_] | None
    ) -> tuple[list[InputRecord], int]:
        out: list[InputRecord] = []
        readings = 0
        start = self.band.start.tolist()
        for n, text in enumerate(self.texts):
            rows = rows_of(shown[:, start[n] : start[n + 1]])
            key, make = text.key, text.bytes_of
            if sent is None:
                out += [InputRecord(arrival[t][n], "readings", key, make(stamps[t][n], row)) for t, row in enumerate(rows)]
                readings += (start[n + 1] - start[n]) * len(rows)
                continue
            for t, row in enumerate(rows):
                if sent[t, n]:
                    out.append(InputRecord(arrival[t][n], "readings", key, make(stamps[t][n], row)))
                    readings += start[n + 1] - start[n]
        return out, readings

    def _points_out(self, at_s: NDArray[np.int64], values: Floats) -> None:
        """0.5 % of points are not collected: each for a while, then it comes back."""
        span = len(at_s) * self.period_s
        points = len(self.out_left_s)
        fails = int(self.rng.poisson(points * span * OFFLINE_SHARE / OFFLINE_S))
        if fails:
            which = self.rng.integers(0, points, fails)
            self.out_left_s[which] = np.maximum(self.out_left_s[which], self.rng.exponential(OFFLINE_S, fails))
        out = np.flatnonzero(self.out_left_s > 0)
        if len(out):
            elapsed = (np.arange(len(at_s)) * self.period_s)[:, None]
            block = values[:, out]
            block[elapsed < self.out_left_s[out]] = np.nan
            values[:, out] = block
            self.out_left_s[out] -= span

    def _short_cuts(self, from_s: int, to_s: int) -> None:
        """Lines drop for some seconds; some gateways keep what they measured and send it afterwards."""
        for _ in range(int(self.rng.poisson(len(self.texts) * (to_s - from_s) * CUTS_A_DAY / DAY))):
            start = int(self.rng.integers(from_s, to_s))
            which, lasts = int(self.rng.integers(len(self.texts))), int(self.rng.integers(5, 50))
            self.silent.append((which, start, start + lasts, bool(self.rng.random() < 0.3)))

    def _silenced(self, at_s: NDArray[np.int64], arrival: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which frames are sent at all, None for all of them; kept ones arrive after the cut."""
        if not self.silent:
            return None
        sent = np.ones(arrival.shape, dtype=bool)
        for which, from_s, to_s, kept in self.silent:
            inside = (at_s >= from_s) & (at_s < to_s)
            if kept:
                arrival[inside, which] = to_s * 1000 + 200 + np.arange(int(inside.sum()))
            else:
                sent[inside, which] = False
        self.silent = [cut for cut in self.silent if cut[2] > int(at_s[-1])]
        return sent
