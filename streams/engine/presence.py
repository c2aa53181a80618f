"""Silence: which points are stale, which sources are blind, which sites are lost. Lost data are never recovery.

Checked at ticks only. Times are log time; a platform gap (nobody could observe anything) is credited to every silent point, up to a
limit, so that a crash loop cannot put off an offline verdict for ever. Near a cause the patience is short.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from streams.engine.causes import opened
from streams.engine.desk import NEVER, Desk
from streams.engine.evidence import STEEP, Condition
from streams.engine.matrix import tier_in_force
from streams.engine.site.outages import excused
from streams.engine.state import PointEntry, Site, Source

_GROW = 1024
NO_EVIDENCE = ("blind", "out_of_service", "site_lost")


class Presence:
    """Columns by point id: patience, floor of the silence, credit, and whether the point is expected and stale."""

    def __init__(self) -> None:
        self.n = 0
        self.limit_ms: NDArray[np.int64] = np.zeros(0, np.int64)
        self.floor_ms: NDArray[np.int64] = np.zeros(0, np.int64)
        self.credit_ms: NDArray[np.int64] = np.zeros(0, np.int64)
        self.credit_base: NDArray[np.int64] = np.zeros(0, np.int64)
        self.expected: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.stale: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.via: NDArray[np.int32] = np.zeros(0, np.int32)  # row of the gateway of its last reading; -1: not known
        self.turned: list[int] = []  # points that became stale or were heard at this tick
        self.recount: set[int] = set()  # sources of which more or fewer points are due
        self.check_ms = 0  # no point can have become stale before this time
        self._stale_ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._stale_last: NDArray[np.int64] = np.zeros(0, np.int64)

    # --- what is expected of a point --------------------------------------------------------------------------------
    def define(self, desk: Desk, points: Iterable[int]) -> None:
        """New or changed points: their patience, and whether anybody expects data of them."""
        self._grow(len(desk.state.points))
        at_ms = desk.state.log_ms
        for p in points:
            entry = desk.point(p)
            self.limit_ms[p] = patience_ms(desk, entry, desk.source(entry.source).sharp)
            self.floor_ms[p] = max(int(self.floor_ms[p]), entry.since_ms)
            self.expect(desk, entry, at_ms)
        self.check_ms = 0

    def expect(self, desk: Desk, entry: PointEntry, at_ms: int) -> None:
        """Whether data are due right now; when they become due again, silence counts from now."""
        due = not (entry.removed or entry.retired or entry.out_until_ms > at_ms or excused(desk, entry, at_ms))
        if due != bool(self.expected[entry.id]):
            self.recount.add(entry.source)
        if due and not self.expected[entry.id]:
            self.floor_ms[entry.id] = max(int(self.floor_ms[entry.id]), at_ms)
        self.expected[entry.id] = due
        self.check_ms = 0

    def expect_all(self, desk: Desk, site: Site, at_ms: int) -> None:
        """After a change of the registry: points that are gone from it, or are back."""
        for source_id in site.sources:
            for p in desk.source(source_id).points:
                self.expect(desk, desk.point(p), at_ms)

    def _grow(self, n: int) -> None:
        if n > len(self.limit_ms):
            more = max(_GROW, n - len(self.limit_ms), len(self.limit_ms) // 2)
            for name in ("limit_ms", "floor_ms", "credit_ms", "credit_base", "expected", "stale"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros(more, old.dtype)]))
            self.via = np.concatenate([self.via, np.full(more, -1, np.int32)])
        self.n = n

    def credit(self, last_ms: NDArray[np.int64], gap_ms: int, most_ms: NDArray[np.int64]) -> None:
        """Nobody could observe anything for `gap_ms`: silence that was running is not the senders' fault, up to `most_ms` by point."""
        n = min(self.n, len(last_ms))
        last, base = last_ms[:n], self.credit_base[:n]
        carried = np.where(last == base, self.credit_ms[:n], 0)
        self.credit_ms[:n] = np.minimum(carried + gap_ms, most_ms[:n])
        self.credit_base[:n] = last
        self.check_ms = 0

    def came_by(self, points: NDArray[np.int32], gateways: NDArray[np.int64]) -> None:
        """Readings in log order and the rows of their gateways: the last one counts."""
        self.via[points] = gateways

    # --- at each tick -------------------------------------------------------------------------------------------------
    def tick(self, desk: Desk, at_ms: int) -> list[int]:
        """Sources whose number of stale points changed."""
        last = desk.judge.last_log_ms
        ids = self._stale_ids
        back = ids.size and bool((last[ids] != self._stale_last).any())
        if at_ms <= self.check_ms and not back:
            self.turned = []
            return []
        n = self.n
        seen = self.seen_ms(last, slice(0, n))
        expected = self.expected[:n] != 0
        silent = expected & (at_ms - seen > self.limit_ms[:n])
        changed = np.flatnonzero(silent != (self.stale[:n] != 0))
        self.stale[:n] = silent
        self._remember(last)
        alive = expected & ~silent
        self.check_ms = int((seen + self.limit_ms[:n])[alive].min()) if alive.any() else NEVER
        self.turned = changed.tolist()
        touched = self.recount | {desk.point(p).source for p in self.turned}
        self.recount = set()
        return sorted(touched)

    def seen_ms(self, last: NDArray[np.int64], points: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """Since when each of these points is silent, as far as it is its own fault."""
        heard = last[points]
        credit = np.where(heard == self.credit_base[points], self.credit_ms[points], 0)
        return np.asarray(np.maximum(heard, self.floor_ms[points]) + credit, np.int64)

    def _remember(self, last: NDArray[np.int64]) -> None:
        self._stale_ids = np.flatnonzero(self.stale[: self.n]).astype(np.int64)
        self._stale_last = last[self._stale_ids].copy()

    # --- checkpoint -----------------------------------------------------------------------------------------------------
    def snapshot(self) -> list[tuple[str, bytes]]:
        arrays = ("limit_ms", "floor_ms", "credit_ms", "credit_base", "expected", "stale")
        chunks = [(f"presence.{name}", getattr(self, name)[: self.n].tobytes()) for name in arrays]
        chunks.append(("presence.via", self.via[: self.n].tobytes()))
        return [*chunks, ("presence.recount", np.array(sorted(self.recount), np.int64).tobytes())]

    def load(self, chunks: dict[str, bytes], last: NDArray[np.int64]) -> None:
        for name in ("limit_ms", "floor_ms", "credit_ms", "credit_base", "expected", "stale"):
            dtype = np.uint8 if name in ("expected", "stale") else np.int64
            setattr(self, name, np.frombuffer(chunks[f"presence.{name}"], dtype).copy())
        self.via = np.frombuffer(chunks["presence.via"], np.int32).copy()
        self.n = len(self.limit_ms)
        self.recount = set(np.frombuffer(chunks["presence.recount"], np.int64).tolist())
        self._remember(last)
        self.check_ms = 0


def patience_ms(desk: Desk, entry: PointEntry, sharp: bool) -> int:
    """How long a point may be silent: its own limit, and a short one near a cause."""
    holds, p = desk.policy(entry.enterprise).holds, entry.point
    own_s = p.stale_s if p.stale_s is not None else max(holds.stale_periods * p.period_s, holds.stale_min_s)
    if sharp:
        own_s = min(own_s, max(holds.near_cause_periods * p.period_s, holds.near_cause_min_s))
    return int(own_s * 1000)


def sharpen(desk: Desk, presence: Presence, source: Source, at_ms: int) -> int:
    """Short patience while a cause is open and for a while after. Returns when it ends."""
    near = any(not c.over_ms and c.kind not in NO_EVIDENCE for c in source.causes.values())
    if near:
        source.calm_from_ms = 0
    elif source.sharp and not source.calm_from_ms:
        source.calm_from_ms = at_ms
    window_ms = desk.policy(source.enterprise).holds.near_cause_window_s * 1000
    ends_ms = source.calm_from_ms + window_ms if source.calm_from_ms else NEVER
    sharp = near or (source.sharp and at_ms < ends_ms)
    if sharp != source.sharp:
        source.sharp = sharp
        presence.define(desk, source.points)
    return ends_ms if sharp and ends_ms > at_ms else NEVER


def count(desk: Desk, presence: Presence, source: Source, at_ms: int) -> None:
    """Take the silence of a source's points into account: blind, or a loss that follows a cause."""
    points = np.array(source.points, np.int64)
    expected = presence.expected[points] != 0
    stale = (presence.stale[points] != 0) & expected
    due, silent = int(expected.sum()), int(stale.sum())
    share = desk.policy(source.enterprise).tiers.lost_share
    lost = due > 0 and silent > due * share
    if lost:
        quiet = np.sort(presence.seen_ms(desk.judge.last_log_ms, points[stale]))
        if not source.lost:
            source.lost_ms = int(quiet[int(due * share)])
        if not source.lost_told:
            _classify_loss(desk, source, int(quiet[-1]), at_ms)
        if not source.unheard_told and not desk.judge.last_log_ms[points].any():
            _never_reported(desk, source, due, at_ms)
    else:
        source.lost_told = False
    source.lost = lost
    desk.touch(source.id)


def _never_reported(desk: Desk, source: Source, due: int, at_ms: int) -> None:
    """Nothing came of any of its points since they were registered: no loss, because nothing was there, but not quiet either.

    The level is that of a blind source: blue at grade IV, so somebody must be told in words.
    """
    source.unheard_told = True
    site = desk.site_of(source)
    desk.voice.finding("never_reported", site.code, at_ms, subject=source.code, source=source.code, region=site.record.region,
                       detail={"points": due, "since_ms": source.since_ms, "supervisor": site.record.supervisor})  # fmt: skip


def _classify_loss(desk: Desk, source: Source, last_loss_ms: int, at_ms: int) -> None:
    """Most signals lost, some of them after a cause: itself a cause, which only a person ends."""
    policy = desk.policy(source.enterprise)
    window_ms = policy.tiers.loss_window_s * 1000
    slack_ms = policy.holds.near_cause_min_s * 1000  # a cause is confirmed some seconds after what destroyed the signals
    present = [c for c in source.causes.values()
               if not c.over_ms and c.kind not in NO_EVIDENCE and c.opened_ms - slack_ms <= last_loss_ms]  # fmt: skip
    serious = any(tier_in_force(c) >= 2 or c.kind in STEEP for c in present)
    kind, tier = "", 0
    if serious or (source.serious_ms and 0 <= last_loss_ms - source.serious_ms + slack_ms <= window_ms + slack_ms):
        kind, tier = "lost_serious", 3
    elif present:
        kind, tier = "lost_attention", 2
    if kind:
        source.lost_told = True
        condition = Condition(kind, str(source.lost_ms), tier, source.lost_ms, by_person=True, ages=False)
        cause = opened(source, condition, at_ms)
        cause.drill = bool(present) and all(c.drill for c in present)


def blind(source: Source) -> list[Condition]:
    """The tier 1 condition of a source of which most points are silent."""
    return [Condition("blind", "", 1, source.lost_ms, ages=False)] if source.lost else []


def site_lost(desk: Desk, presence: Presence, site: Site) -> bool:
    """Loss of a whole site that once reported: every point that is due is silent."""
    points = np.array([p for s in site.sources for p in desk.source(s).points], np.int64)
    if not points.size or site.removed or site.record.closed:
        return False
    due = presence.expected[points] != 0
    heard = bool((desk.judge.last_log_ms[points] > 0).any())
    return bool(due.any()) and heard and bool((presence.stale[points][due] != 0).all())
