"""Finding out where a partition's history stands, and bringing an engine there: checkpoint plus the steps after it.

The tail is read first and cheaply (assignment must be quick); the engine is loaded later, once the partition is fenced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from streams.domain.log import NO_HASH, Outcome, TopicPartition
from streams.steps import checkpoint
from streams.steps.applying import Kernel, Machine
from streams.steps.clock import GapBudget
from streams.steps.codec import STEPS_TOPIC
from streams.steps.merging import move
from streams.steps.ports import LogError, LogReader
from streams.steps.replaying import LoggedStep, Replay, StepInput, logged_steps
from streams.steps.thread import KernelThread

CODE_VERSIONS = ("engine", "numba", "numpy")  # what makes the same step compute differently; the rest comes from the log


class Unrestorable(LogError):
    """The state cannot be computed from what the log still holds; an operator has to decide."""


class OtherVersion(Unrestorable):
    """Steps after the last checkpoint were computed by another version; that one has to settle them (`riskstream worker --settle`)."""


@dataclass(slots=True)
class Head:
    """Where a partition's history stands after its last committed step. Number 0: there is none yet."""

    number: int = 0
    link: str = NO_HASH
    log_ms: int = 0
    outcome: str = NO_HASH
    broker_ms: int | None = None
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    budget: GapBudget = field(default_factory=GapBudget)
    steps_at: int = 0  # position on `steps` after it

    def advance(self, logged: LoggedStep) -> None:
        step = logged.step
        self.number, self.link, self.log_ms, self.outcome = step.number, logged.link, step.log_ms, step.outcome
        self.broker_ms, self.steps_at = logged.broker_ms, logged.offset + 1
        move(self.positions, step)
        self.budget.note(step.platform_gap_ms, step.log_ms)

    def copy(self) -> Head:
        return replace(self, positions=dict(self.positions), budget=replace(self.budget))


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest valid checkpoint (None: start from nothing), the head there, and the head at the end of the log."""

    loaded: checkpoint.Loaded | None
    base: Head
    head: Head
    versions: dict[str, str]  # of the steps after the checkpoint; empty when there are none


async def read_tail(reader: LogReader, partition: int, partitions: int, topics: Iterable[TopicPartition]) -> Tail:
    """Where the partition stands, by its newest checkpoint and the steps after it. Raises Unrestorable, BadStep.

    `topics` without a position in that history start at the first record that the log still holds.
    """
    loaded = await checkpoint.newest(reader, partition, partitions)
    base = Head() if loaded is None else _head_of(loaded)
    place = TopicPartition(STEPS_TOPIC, partition)
    if loaded is None and (begin := (await reader.begin_offsets([place]))[place]) > 0:
        raise Unrestorable(f"steps/{partition} begins at {begin} and there is no checkpoint at or after it")
    stop = (await reader.end_offsets([place]))[place]
    head = base.copy()
    versions: dict[str, str] = {}
    async for logged in logged_steps(reader, partition, base.steps_at, stop, base.number, base.link):
        head.advance(logged)
        versions = logged.step.versions
    missing = [topic for topic in topics if topic not in head.positions]
    for topic, at in (await reader.begin_offsets(missing)).items() if missing else ():
        head.positions[topic] = at
    return Tail(loaded, base, head, versions)


def _head_of(loaded: checkpoint.Loaded) -> Head:
    m = loaded.manifest
    budget = GapBudget(m.gap_window_ms, m.gap_used_ms)
    return Head(m.number, m.link, m.log_ms, m.outcome, loaded.step_broker_ms, loaded.positions(), budget, m.steps_offset + 1)


async def restore(
    reader: LogReader, kernel: Kernel, partition: int, partitions: int, tail: Tail, thread: KernelThread, *,
    any_version: bool = False, diverged: Callable[[StepInput, Outcome], None],
) -> Machine:  # fmt: skip
    """The engine as it was after `tail.head`. Outputs of re-applied steps are discarded, their hashes compared.

    Raises OtherVersion, Unrestorable, EngineFailed.
    """

    def load() -> Machine:
        if tail.loaded is None:
            return Machine.fresh(kernel, partition, partitions)
        return Machine.restored(kernel, partition, partitions, tail.loaded.chunks)

    machine = await thread.run(load)
    if not any_version:
        _check_versions(machine.engine.versions(), tail.versions)
    replay = Replay(reader, tail.base.log_ms)
    async for logged in logged_steps(reader, partition, tail.base.steps_at, tail.head.steps_at, tail.base.number, tail.base.link):
        step = await replay.input_of(logged)
        outcome = await thread.run(partial(machine.apply, step.cut, step.records, step.log_ms))
        if outcome.hash != logged.step.outcome:
            diverged(step, outcome)
    return machine


def _check_versions(mine: dict[str, str], theirs: dict[str, str]) -> None:
    different = {k: (theirs[k], mine.get(k, "")) for k in CODE_VERSIONS if k in theirs and theirs[k] != mine.get(k, "")}
    if different:
        said = ", ".join(f"{k} {then} (here {now})" for k, (then, now) in different.items())
        raise OtherVersion(
            f"steps after the last checkpoint were computed with {said}; run `riskstream worker --settle` with that version first"
        )
