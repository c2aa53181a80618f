"""What a runner holds of its partition between fencing and the next loss: engine, sequencer, history, steps under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from streams.domain.cloudevents import Mode
from streams.domain.log import Batch, Output, Step, TopicPartition
from streams.steps import checkpoint
from streams.steps.applying import Kernel, Machine
from streams.steps.clock import GapBudget, LogClock
from streams.steps.observing import Observer, Status
from streams.steps.ports import Log, LogReader
from streams.steps.restoring import Head
from streams.steps.sequencer import Pace, Sequencer
from streams.steps.thread import KernelThread


class Intake(Protocol):
    """The fetching side of the raw topics, as the runner needs it."""

    async def seek(self, place: TopicPartition, position: int) -> None:
        """Fetch on from `position`; what is on its way already may still come and is trimmed or refused."""
        ...

    def release(self, batch: Batch) -> None:
        """The batch is worked off; its bytes no longer count."""
        ...


class NoIntake:
    """Nobody feeds: the runner reads the raw topics itself."""

    async def seek(self, place: TopicPartition, position: int) -> None: ...

    def release(self, batch: Batch) -> None: ...


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """One partition's settings. `player`: the log's clock is moved by whoever plays a recording, so silence means nothing."""

    partition: int
    partitions: int
    raw_topics: tuple[str, ...]
    broadcast_topics: tuple[str, ...]
    pace: Pace = field(default_factory=Pace)
    player: bool = False
    pull: bool = False  # read raw topics directly instead of being fed
    any_version: bool = False
    events: Mode = "binary"  # in which form of CloudEvents outputs go to the log
    ask_every_ms: int = 1_000
    checkpoint_every_ms: int = 60_000
    checkpoint_reapply_ms: int = 5_000
    commit_timeout_ms: int = 10_000
    retry_ms: int = 500

    def places(self) -> list[TopicPartition]:
        return self.raw_places() + self.broadcast_places()

    def raw_places(self) -> list[TopicPartition]:
        return [TopicPartition(topic, self.partition) for topic in self.raw_topics]

    def broadcast_places(self) -> list[TopicPartition]:
        return [TopicPartition(topic, 0) for topic in self.broadcast_topics]


@dataclass(frozen=True, slots=True)
class Applied:
    """A step that the engine has applied; from here on only these very bytes may be committed for its number."""

    step: Step
    record: Output
    link: str
    outputs: tuple[Output, ...]
    positions: dict[TopicPartition, int]


@dataclass(slots=True)
class Saving:
    """A checkpoint on its way: groups of chunks that go between steps, then the manifest."""

    point: checkpoint.Point
    encoded: checkpoint.Encoded
    groups: deque[list[Output]]
    pause_s: float


@dataclass(slots=True)
class State:
    """Everything that is true of one partition on this worker while it is the owner."""

    machine: Machine
    sequencer: Sequencer
    head: Head  # last committed step
    link: str  # of the last applied step
    budget: GapBudget
    clock: LogClock
    scanned: Head  # a step whose place on `steps` is known, not after the last committed one
    pending: deque[Applied] = field(default_factory=deque)
    dirty: bool = False  # the engine is in the middle of a step, or was left there
    degraded: list[str] = field(default_factory=list)
    lagging: bool = False
    saving: Saving | None = None
    checkpoint_slot: int = 0
    checkpoint_due_ms: int = 0
    reapply_ms: float = 0.0  # time that re-applying the steps since the last checkpoint would take, about

    def boundary(self) -> tuple[int, int, str, dict[TopicPartition, int]]:
        """Number, log time, outcome hash and positions of the last applied step."""
        if not self.pending:
            return self.head.number, self.head.log_ms, self.head.outcome, self.head.positions
        last = self.pending[-1]
        return last.step.number, last.step.log_ms, last.step.outcome, last.positions


@dataclass(slots=True)
class Bells:
    """What wakes the loops of a runner. Each loop clears its own bell before it looks."""

    work: asyncio.Event = field(default_factory=asyncio.Event)
    commit: asyncio.Event = field(default_factory=asyncio.Event)
    watch: asyncio.Event = field(default_factory=asyncio.Event)
    progress: asyncio.Event = field(default_factory=asyncio.Event)


async def rung(bell: asyncio.Event, within_ms: float) -> None:
    """Wait for `bell`, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_ms / 1000):
            await bell.wait()


@dataclass(slots=True)
class Shared:
    """What the loops of one runner share. `mono_ms` is monotonic time; it decides when to look, never what is said."""

    settings: RunnerSettings
    log: Log
    reader: LogReader
    kernel: Kernel
    thread: KernelThread
    intake: Intake
    observer: Observer
    status: Status
    mono_ms: Callable[[], int]
    bells: Bells = field(default_factory=Bells)
    stopping: bool = False
    save_at_stop: bool = True
    broken: bool = False  # this incarnation has ended; loops return at their next look

    def broker_now_ms(self, state: State) -> int | None:
        """Broker time now, as far as it is known."""
        owned = self.log.now_ms()
        return owned if owned is not None else state.clock.estimate_ms(self.mono_ms())

    def release(self, sequencer: Sequencer) -> None:
        """Give back the bytes of batches that are worked off."""
        for batch in sequencer.done_with():
            self.intake.release(batch)

    def ending(self) -> bool:
        return self.stopping or self.broken
