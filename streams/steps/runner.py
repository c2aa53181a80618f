"""The life of one partition on one worker: fence, read, load, then cut, apply, commit until something ends it; and again.

Any error, timeout or fence ends the incarnation; a new one fences, reads what really happened, and goes on, sends the same bytes
again, or drops its engine and loads. So every output is in the log exactly once, whatever broke and wherever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from streams.domain.log import Batch, Outcome, TopicPartition
from streams.steps.applying import Kernel
from streams.steps.clock import LogClock
from streams.steps.codec import BadStep
from streams.steps.committing import Committer
from streams.steps.observing import Observer, Status
from streams.steps.ports import Log, LogError, PartitionWriter
from streams.steps.replaying import StepInput, logged_steps
from streams.steps.restoring import read_tail, restore
from streams.steps.sequencer import Sequencer
from streams.steps.state import Intake, NoIntake, RunnerSettings, Shared, State, rung
from streams.steps.thread import KernelThread
from streams.steps.watching import Watcher
from streams.steps.working import Worker

_log = logging.getLogger(__name__)
CLOSE_WITHIN_S = 3.0
LONGEST_RETRY_MS = 2_000
LONGEST_DEFECT_RETRY_MS = 30_000  # what fails by itself will fail again: said, but not twice a second


async def _always() -> bool:
    return True


class PartitionRunner:
    """Feed it batches of the raw topics; it does the rest until stopped."""

    def __init__(
        self, settings: RunnerSettings, log: Log, kernel: Kernel, *, mono_ms: Callable[[], int], intake: Intake | None = None,
        owns: Callable[[], Awaitable[bool]] = _always, observer: Observer | None = None,
    ) -> None:  # fmt: skip
        self.status = Status(settings.partition)
        self._settings = settings
        self._owns = owns
        self._shared = Shared(
            settings, log, log.reader(), kernel, KernelThread(f"kernel-{settings.partition}"), intake or NoIntake(), observer or Observer(),
            self.status, mono_ms,
        )  # fmt: skip
        self._state: State | None = None
        self._sequencer: Sequencer | None = None  # there before the engine is loaded, so that fetching can begin
        self._watcher: Watcher | None = None
        self._failures = 0  # in a row without a step committed in between
        self._failed_at = -1

    # --- from outside -------------------------------------------------------------------------------------------------

    async def feed(self, batch: Batch) -> None:
        """Hand over a fetched batch. Never blocks; the fetching side bounds what it has not got back."""
        sequencer, shared = self._sequencer, self._shared
        if sequencer is None:
            shared.intake.release(batch)
            return  # fetched again: loading ends with a seek
        seek_to = sequencer.offer(batch, shared.mono_ms(), counted=True)
        shared.release(sequencer)
        if seek_to is not None:
            await shared.intake.seek(TopicPartition(batch.topic, batch.partition), seek_to)
        shared.bells.work.set()

    async def run(self) -> None:
        """Serve the partition until `stop`; while the group says that it is somebody else's, wait."""
        shared = self._shared
        try:
            while not shared.stopping:
                try:
                    await self._incarnation()
                except Exception as error:
                    await self._ended(error)
        finally:
            self.status.state = "stopped"
            self._sequencer = None
            shared.bells.progress.set()
            shared.thread.close()
            with suppress(LogError):
                await shared.reader.close()

    async def positioned(self) -> None:
        """Wait until it is known where fetching has to go on; that is before the engine is loaded."""
        bell = self._shared.bells.progress
        while self._sequencer is None and self.status.state != "stopped":
            bell.clear()
            await bell.wait()

    async def serving(self) -> None:
        """Wait until the engine is loaded and steps are cut."""
        bell = self._shared.bells.progress
        while self.status.state not in ("running", "stopped"):
            bell.clear()
            await bell.wait()

    def position(self, place: TopicPartition) -> int | None:
        """The next offset needed of `place`, when known."""
        return None if self._sequencer is None else self._sequencer.expected(place)

    def stop(self, save: bool = True) -> None:
        """End after the steps under way, with a checkpoint at the last one if `save`. Wait for `run` to return."""
        shared = self._shared
        shared.stopping, shared.save_at_stop = True, save
        shared.bells.work.set()
        shared.bells.commit.set()
        shared.bells.progress.set()

    def kick(self) -> None:
        """Look at the log now: somebody knows that something is new."""
        self._shared.bells.watch.set()

    async def drained(self) -> None:
        """Wait until everything that is in the log by now is in committed steps, and log time is where the log's clock is.

        For players, who own that clock. Raises LogError when the runner stopped instead.
        """
        bell, serial = self._shared.bells.progress, None
        while self.status.state != "stopped":
            bell.clear()
            state, watcher = self._state, self._watcher
            if state is not None and watcher is not None and self.status.state == "running":
                serial = (watcher, watcher.asked + 1) if serial is None or serial[0] is not watcher else serial
                now_ms = self._shared.log.now_ms() or 0
                if watcher.answered >= serial[1] and not state.pending and not state.dirty and state.sequencer.drained(now_ms):
                    return
                if watcher.answered < serial[1]:
                    self.kick()
            await bell.wait()
        raise LogError(f"partition {self._settings.partition} stopped before it was drained")

    # --- incarnations -------------------------------------------------------------------------------------------------

    async def _incarnation(self) -> None:
        shared = self._shared
        shared.broken = False
        self.status.incarnations += 1
        self.status.state = "loading"
        started_ms = shared.mono_ms()
        writer = shared.log.writer(self._settings.partition)
        try:
            await writer.open()
            if self._state is not None and not await self._settled(self._state):
                self._state = None
            if self._state is None:
                self._state = await self._loaded()
            self.status.state, self.status.reason = "running", ""
            shared.bells.progress.set()
            shared.observer.running(self.status, (shared.mono_ms() - started_ms) / 1000)
            await self._serve(writer, self._state)
        finally:
            shared.broken = True
            with suppress(TimeoutError, LogError):
                async with asyncio.timeout(CLOSE_WITHIN_S):
                    await writer.close()

    async def _ended(self, error: Exception) -> None:
        status, shared = self.status, self._shared
        status.state, status.reason = "failed", str(error)
        shared.observer.ended(status, error)
        _log.warning(
            "partition %d: incarnation %d ended: %s: %s", status.partition, status.incarnations, type(error).__name__, error
        )
        if not isinstance(error, LogError) or isinstance(error, BadStep):
            _log.error("partition %d: the engine is given up", status.partition, exc_info=error)
            self._state = None
        self._failures = 1 if status.number > self._failed_at else self._failures + 1
        self._failed_at = status.number
        longest_ms = LONGEST_RETRY_MS if isinstance(error, LogError) else LONGEST_DEFECT_RETRY_MS
        while not shared.stopping:
            shared.bells.work.clear()
            await rung(shared.bells.work, min(self._settings.retry_ms * 2 ** min(self._failures - 1, 10), longest_ms))
            if await self._is_mine():
                return

    async def _is_mine(self) -> bool:
        """Whether the group still says that the partition is ours; asked before each fencing, so that two do not take turns."""
        try:
            mine = await self._owns()
        except Exception as error:
            _log.warning("partition %d: nobody says whether it is ours: %s", self.status.partition, error)
            return False
        if not mine:
            self.status.reason = "not ours by the group's last word"
        return mine

    async def _settled(self, state: State) -> bool:
        """After fencing: whether the log's tail is our last step or one that our pending steps follow.

        Pending steps found in the log are acknowledged, the others will be sent again, the same bytes.
        """
        if state.dirty:
            return False
        shared, partition = self._shared, self._settings.partition
        committer = Committer(shared, state, shared.log.writer(partition))
        place = TopicPartition("steps", partition)
        end = (await shared.reader.end_offsets([place]))[place]
        scanned = state.scanned
        try:
            async for logged in logged_steps(shared.reader, partition, scanned.steps_at, end, scanned.number, scanned.link):
                if logged.step.number > state.head.number:
                    if not state.pending or state.pending[0].link != logged.link:
                        return False
                    committer.acknowledge(state.pending[0], logged.broker_ms, None)
                scanned.advance(logged)
        except BadStep:
            return False
        state.saving = None
        return (scanned.number, scanned.link) == (state.head.number, state.head.link)

    async def _loaded(self) -> State:
        """Read the tail, begin to fetch, load the engine."""
        shared, settings = self._shared, self._settings
        started_ms = shared.mono_ms()
        tail = await read_tail(shared.reader, settings.partition, settings.partitions, settings.places())
        head = tail.head
        sequencer = Sequencer(
            settings.partition, {place: head.positions[place] for place in settings.places()}, number=head.number, log_ms=head.log_ms,
            at_ms=started_ms, pace=replace(settings.pace, by_clock=settings.player),
        )  # fmt: skip
        self._sequencer = sequencer
        shared.bells.progress.set()
        for place in settings.raw_places():
            await shared.intake.seek(place, sequencer.expected(place))
        said: list[str] = []

        def diverged(step: StepInput, outcome: Outcome) -> None:
            _log.error("step %d gives outcome %s here, %s in the log", step.cut.number, outcome.hash, step.logged.step.outcome)
            self.status.diverged += 1
            said.append("divergence")
            shared.observer.diverged(self.status, step.cut.number)

        machine = await restore(
            shared.reader, shared.kernel, settings.partition, settings.partitions, tail, shared.thread,
            any_version=settings.any_version, diverged=diverged,
        )  # fmt: skip
        clock = LogClock()
        if head.broker_ms is not None:
            clock.acknowledged(head.broker_ms, None)
        self.status.number, self.status.log_ms, self.status.outcome = head.number, head.log_ms, head.outcome
        now_ms = shared.mono_ms()
        slot = 0 if tail.loaded is None else 1 - tail.loaded.manifest.slot
        share = (settings.partition + 1) / settings.partitions
        return State(
            machine, sequencer, head, head.link, head.budget, clock, head.copy(), degraded=said, checkpoint_slot=slot,
            checkpoint_due_ms=now_ms + int(settings.checkpoint_every_ms * share), reapply_ms=now_ms - started_ms,
        )  # fmt: skip

    async def _serve(self, writer: PartitionWriter, state: State) -> None:
        """Watch, work and commit side by side; whatever one of them raises ends all."""
        shared = self._shared
        watcher, committer = Watcher(shared, state), Committer(shared, state, writer)
        self._watcher = watcher
        watch = asyncio.create_task(watcher.run())
        work = asyncio.create_task(Worker(shared, state).run())
        commit = asyncio.create_task(committer.run())
        waiting: set[asyncio.Task[None]] = {watch, work, commit}
        try:
            while commit in waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if work in done:
                    committer.draining = True
                    shared.bells.commit.set()
        finally:
            shared.broken = True
            shared.bells.work.set()
            watch.cancel()
            commit.cancel()
            await asyncio.gather(work, watch, commit, return_exceptions=True)
