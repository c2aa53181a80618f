"""Cuts and applies, step after step, ahead of the commits by one; takes snapshots at step boundaries."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from functools import partial

import msgspec

from streams.domain.cloudevents import dressed
from streams.domain.log import Cut, Outcome, Output
from streams.steps import checkpoint
from streams.steps.applying import Chunks, EngineFailed
from streams.steps.codec import link, step_of, step_output
from streams.steps.poison import apply_around
from streams.steps.ports import LogError
from streams.steps.restoring import read_tail, restore
from streams.steps.sequencer import Prepared
from streams.steps.state import Applied, Saving, Shared, State, rung

_log = logging.getLogger(__name__)
AHEAD = 2  # applied steps that are not committed: one in flight, one computed meanwhile
VISIBLE_TRIES = 200
VISIBLE_PAUSE_S = 0.05


class Worker:
    def __init__(self, shared: Shared, state: State) -> None:
        self._shared = shared
        self._state = state
        self._encoding: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until asked to stop or the incarnation is broken. Raises EngineFailed when a step cannot be applied at all."""
        shared, bell = self._shared, self._shared.bells.work
        try:
            while not shared.ending():
                bell.clear()
                prepared = self._next_cut()
                if prepared is None:
                    await rung(bell, self._state.sequencer.wake_in_ms(shared.mono_ms()))
                    continue
                await self._apply(prepared)
                await self._save_if_due()
            if shared.stopping and shared.save_at_stop and not shared.broken:
                await self._encoded()
                self._state.saving = None  # one that is half sent is overtaken by this one
                await self._save()
                await self._encoded()
        finally:
            if self._encoding is not None:
                self._encoding.cancel()

    # --- cut ----------------------------------------------------------------------------------------------------------

    def _next_cut(self) -> Prepared | None:
        shared, state = self._shared, self._state
        if len(state.pending) >= AHEAD:
            return None
        at_ms = shared.mono_ms()
        now_ms = shared.broker_now_ms(state)
        if now_ms is None and state.head.number > 0:  # a new owner does not know yet what time it is at the broker
            return None if state.pending else state.sequencer.hello(at_ms)
        gap_ms = 0 if shared.settings.player else state.clock.claim_gap_ms(now_ms)
        prepared = state.sequencer.cut(at_ms, state.budget.grant(gap_ms, state.sequencer.log_ms))
        if prepared is None:
            return None
        shared.release(state.sequencer)
        shared.status.blind = prepared.cut.blind
        if state.degraded:
            said, state.degraded = tuple(dict.fromkeys(state.degraded)), []
            prepared = replace(prepared, cut=msgspec.structs.replace(prepared.cut, degraded=said))
        return prepared

    # --- apply --------------------------------------------------------------------------------------------------------

    async def _apply(self, prepared: Prepared) -> None:
        shared, state = self._shared, self._state
        started_ms = shared.mono_ms()
        state.dirty = True
        cut = prepared.cut
        try:
            outcome = await shared.thread.run(partial(state.machine.apply, cut, prepared.records, prepared.log_ms))
        except EngineFailed as error:
            _log.error("%s; looking for the record to pass over", error, exc_info=error.__cause__)
            cut, outcome = await self._apply_around(prepared)
        outputs = outcome.outputs
        if outputs:
            outputs = await shared.thread.run(partial(dressed, outputs, cut.number, shared.settings.events))
        self._keep(cut, outcome, outputs, prepared)
        took_ms = shared.mono_ms() - started_ms
        state.reapply_ms += took_ms
        shared.observer.applied(shared.status, outcome, took_ms / 1000)

    def _keep(self, cut: Cut, outcome: Outcome, outputs: tuple[Output, ...], prepared: Prepared) -> None:
        """From here on these are the bytes of this step, whatever happens to their commit."""
        state = self._state
        step = step_of(cut, outcome, state.link, state.machine.engine.versions())
        record = step_output(step)
        state.link = link(record.value)
        state.pending.append(Applied(step, record, state.link, outputs, prepared.positions))
        state.dirty = False
        self._shared.bells.commit.set()

    async def _apply_around(self, prepared: Prepared) -> tuple[Cut, Outcome]:
        """Reload the state before the step, find what makes the engine fail, apply without it."""
        shared, state, settings = self._shared, self._state, self._shared.settings
        before = prepared.cut.number - 1
        for _ in range(VISIBLE_TRIES):
            tail = await read_tail(shared.reader, settings.partition, settings.partitions, settings.places())
            if shared.broken or tail.head.number >= before:
                break
            await asyncio.sleep(VISIBLE_PAUSE_S)
        if tail.head.number != before or tail.head.link != state.link:
            raise LogError(f"the log stands at step {tail.head.number} where {before} of this worker was expected")
        machine = await restore(
            shared.reader, shared.kernel, settings.partition, settings.partitions, tail, shared.thread, any_version=True,
            diverged=lambda step, _: self._diverged(step.cut.number),
        )  # fmt: skip
        snapshot = await shared.thread.run(machine.engine.snapshot)
        work = partial(apply_around, shared.kernel, settings.partitions, snapshot, prepared)
        state.machine, cut, outcome = await shared.thread.run(work)
        count = sum(r.last - r.first + 1 for r in cut.skip)
        if count:
            _log.error("step %d passes over %d records: %s", cut.number, count, cut.skip[:20])
            shared.observer.passed_over(shared.status, cut.skip)
        return cut, outcome

    def _diverged(self, number: int) -> None:
        self._shared.status.diverged += 1
        self._state.degraded.append("divergence")
        self._shared.observer.diverged(self._shared.status, number)

    # --- checkpoints --------------------------------------------------------------------------------------------------

    async def _save_if_due(self) -> None:
        state, settings = self._state, self._shared.settings
        at_ms = self._shared.mono_ms()
        costly = state.reapply_ms >= settings.checkpoint_reapply_ms
        busy = state.saving is not None or (self._encoding is not None and not self._encoding.done())
        if not busy and (costly or at_ms >= state.checkpoint_due_ms):
            state.checkpoint_due_ms = at_ms + settings.checkpoint_every_ms
            await self._save()

    async def _save(self) -> None:
        """Copy the state at this step boundary; compress and send it off the hot path."""
        shared, state, settings = self._shared, self._state, self._shared.settings
        await self._encoded()
        number, log_ms, outcome, positions = state.boundary()
        if number in (0, shared.status.checkpoint_number) or state.saving is not None:
            return
        started_ms = shared.mono_ms()
        snapshot = await shared.thread.run(state.machine.engine.snapshot)
        pause_s = (shared.mono_ms() - started_ms) / 1000
        state.reapply_ms = 0.0
        point = checkpoint.Point(
            partition=settings.partition, partitions=settings.partitions, number=number, link=state.link, log_ms=log_ms, outcome=outcome,
            positions=positions, versions=state.machine.engine.versions(),
            gap_window_ms=state.budget.window_from_ms, gap_used_ms=state.budget.used_ms,
        )  # fmt: skip
        self._encoding = asyncio.create_task(self._encode(point, snapshot, pause_s))

    async def _encode(self, point: checkpoint.Point, snapshot: Chunks, pause_s: float) -> None:
        state = self._state
        encoded = await asyncio.to_thread(checkpoint.encode, point.partition, state.checkpoint_slot, snapshot)
        state.saving = Saving(point, encoded, deque(list(group) for group in encoded.groups()), pause_s)
        self._shared.bells.commit.set()

    async def _encoded(self) -> None:
        if self._encoding is not None:
            await self._encoding
            self._encoding = None
