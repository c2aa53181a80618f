"""Commits applied steps in order, one at a time, and the pieces of a checkpoint between them."""

from __future__ import annotations

import asyncio
import logging

from streams.domain.log import TopicPartition
from streams.steps.checkpoint import SLOTS, manifest_output
from streams.steps.codec import STEPS_TOPIC
from streams.steps.ports import CommitUnknown, PartitionWriter
from streams.steps.replaying import logged_steps
from streams.steps.state import Applied, Saving, Shared, State

_log = logging.getLogger(__name__)
CLOCK_JUMP_MS = 30_000
VISIBLE_TRIES = 40
VISIBLE_PAUSE_S = 0.025


class Committer:
    def __init__(self, shared: Shared, state: State, writer: PartitionWriter) -> None:
        self._shared = shared
        self._state = state
        self._writer = writer
        self.draining = False  # nothing new will be applied: end when all is sent

    async def run(self) -> None:
        """Until all is sent and `draining`. Raises what the writer raises; the step stays pending."""
        state, bell = self._state, self._shared.bells.commit
        while True:
            bell.clear()
            if state.pending:
                await self._commit_step(state.pending[0])
            if state.saving is not None:
                await self._save_some(state.saving)
            elif not state.pending:
                if self.draining:
                    return
                await bell.wait()

    async def _commit_step(self, applied: Applied) -> None:
        shared = self._shared
        started_ms = shared.mono_ms()
        try:
            async with asyncio.timeout(shared.settings.commit_timeout_ms / 1000):
                broker_ms = await self._writer.commit(applied.outputs, applied.record)
        except TimeoutError:
            raise CommitUnknown(f"no answer to the commit of step {applied.step.number}") from None
        at_ms = shared.mono_ms()
        self.acknowledge(applied, broker_ms, at_ms)
        shared.observer.committed(shared.status, applied.step, applied.outputs, broker_ms, (at_ms - started_ms) / 1000)

    def acknowledge(self, applied: Applied, broker_ms: int, at_ms: int | None) -> None:
        """`applied` is in the log. `at_ms` None: found there, not answered."""
        state, status, step = self._state, self._shared.status, applied.step
        if state.pending[0] is not applied:
            raise AssertionError("steps are acknowledged in order")
        state.pending.popleft()
        expected_ms = state.clock.estimate_ms(at_ms) if at_ms is not None else None
        if expected_ms is not None and abs(broker_ms - expected_ms) > CLOCK_JUMP_MS and not self._shared.settings.player:
            state.degraded.append("clock")
        state.clock.acknowledged(broker_ms, at_ms)
        head = state.head
        head.number, head.link, head.log_ms, head.outcome = step.number, applied.link, step.log_ms, step.outcome
        head.broker_ms, head.positions = broker_ms, applied.positions
        status.number, status.log_ms, status.outcome = step.number, step.log_ms, step.outcome
        self._shared.bells.work.set()
        self._shared.bells.progress.set()

    # --- checkpoints --------------------------------------------------------------------------------------------------

    async def _save_some(self, saving: Saving) -> None:
        """One transaction's worth of the checkpoint; the manifest when all chunks are there and its step is committed."""
        state, shared = self._state, self._shared
        if saving.groups:
            group = saving.groups.popleft()
            await self._writer.commit(group[:-1], group[-1])
            return
        if state.head.number < saving.point.number:
            if not state.pending:
                raise AssertionError(f"checkpoint of step {saving.point.number}, which is neither pending nor committed")
            return
        offset = await self._offset_of(saving.point.number)
        if state.saving is saving:
            state.saving = None
        if offset is None:
            _log.warning("partition %d: step %d is not visible yet; no checkpoint", saving.point.partition, saving.point.number)
            return
        await self._writer.commit((), manifest_output(saving.point, saving.encoded, offset))
        state.checkpoint_slot = (saving.encoded.slot + 1) % SLOTS
        shared.status.checkpoint_number = saving.point.number
        size = sum(len(chunk.value) for chunk in saving.encoded.chunks)
        shared.observer.checkpointed(shared.status, size, saving.pause_s)

    async def _offset_of(self, number: int) -> int | None:
        """Where step `number` is on `steps`. An acknowledged commit may take a moment to be seen by a reader."""
        state, reader = self._state, self._shared.reader
        place = TopicPartition(STEPS_TOPIC, self._shared.settings.partition)
        for _ in range(VISIBLE_TRIES):
            if state.scanned.number >= number:
                break
            end = (await reader.end_offsets([place]))[place]
            scanned = state.scanned
            async for logged in logged_steps(reader, place.partition, scanned.steps_at, end, scanned.number, scanned.link):
                scanned.advance(logged)
                if logged.step.number == number:
                    break
            else:
                await asyncio.sleep(VISIBLE_PAUSE_S)
        return state.scanned.steps_at - 1 if state.scanned.number == number else None
