"""A partition's runner against a log in memory that breaks in every way a commit can break.

The measure is always the same: outputs in the log equal those of an uninterrupted replay of steps and raw ranges, once each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from streams.domain.log import Batch, Outcome, Output, TopicPartition
from streams.steps.applying import Kernel, Machine
from streams.steps.codec import decode_step
from streams.steps.ports import LogError
from streams.steps.replaying import replayed
from streams.steps.runner import PartitionRunner
from streams.steps.sequencer import Pace
from streams.steps.state import RunnerSettings
from tests.support.steps import BROADCAST, COUNTING, RAW, CountingEngine, MemoryLog

PARTITION = 1
OUTPUT_TOPICS = ("warnings", "level", "dead-letters")


def settings(**changes: object) -> RunnerSettings:
    plain: dict[str, object] = {
        "partition": PARTITION, "partitions": 2, "raw_topics": RAW, "broadcast_topics": BROADCAST, "pull": True, "retry_ms": 1,
        "pace": Pace(interval_ms=0), "checkpoint_every_ms": 10**9, "checkpoint_reapply_ms": 10**9, "commit_timeout_ms": 500,
    }  # fmt: skip
    return RunnerSettings(**{**plain, **changes})  # type: ignore[arg-type]


class Monotonic:
    """Monotonic time of a test: moves with the log's clock."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def __call__(self) -> int:
        return self._log.at_ms


@asynccontextmanager
async def running(log: MemoryLog, kernel: Kernel = COUNTING, **changes: object) -> AsyncIterator[PartitionRunner]:
    runner = PartitionRunner(settings(**changes), log, kernel, mono_ms=Monotonic(log))
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop(save=False)
        await asyncio.wait_for(task, 10)


async def drained(runner: PartitionRunner) -> None:
    await asyncio.wait_for(runner.drained(), 10)


def play(log: MemoryLog, count: int, start: int = 0) -> None:
    """A little traffic: readings every 100 ms, an action every second, the registry at first."""
    if start == 0:
        log.append("registry", 0, b"enterprise/A", b"{}")
    for i in range(start, start + count):
        log.at_ms += 100
        log.append("readings", PARTITION, f"e{i % 3}".encode(), b"frame %d" % i)
        if i % 10 == 0:
            log.append("actions", PARTITION, b"e0", b"action")


async def uninterrupted(log: MemoryLog, kernel: Kernel = COUNTING) -> list[Output]:
    """What a replay of the order log gives; checks each step's hash on the way."""
    machine = Machine.fresh(kernel, PARTITION, 2)
    outputs: list[Output] = []
    async for step in replayed(log.reader(), PARTITION):
        outcome: Outcome = machine.apply(step.cut, step.records, step.log_ms)
        assert outcome.hash == step.logged.step.outcome
        assert len(outcome.outputs) == step.logged.step.outputs
        outputs.extend(outcome.outputs)
    return outputs


async def assert_exact(log: MemoryLog, kernel: Kernel = COUNTING) -> list[Output]:
    """None lost, none doubled, in order, every raw record taken once."""
    expected = await uninterrupted(log, kernel)
    for topic in OUTPUT_TOPICS:
        assert log.values(topic, PARTITION) == [o.value for o in expected if o.topic == topic], topic
    taken = [decode_step(v) for v in log.values("steps", PARTITION)]
    assert [step.number for step in taken] == list(range(1, len(taken) + 1))
    for place in (TopicPartition("readings", PARTITION), TopicPartition("actions", PARTITION), TopicPartition("registry", 0)):
        ranges = [r for step in taken for r in step.ranges if (r.topic, r.partition) == place]
        assert [r.first for r in ranges] == [0, *(r.last + 1 for r in ranges[:-1])]
        assert ranges[-1].last + 1 == log.ends[place]
    return expected


async def test_takes_everything_once_and_replay_gives_the_same() -> None:
    log = MemoryLog()
    play(log, 40)
    async with running(log) as runner:
        await drained(runner)
        play(log, 40, start=40)
        await drained(runner)
        assert runner.status.ready
    outputs = await assert_exact(log)
    assert sum(o.topic == "warnings" for o in outputs) == 80 + 8 + 1


async def test_time_goes_on_without_data_and_ticks_are_said() -> None:
    log = MemoryLog()
    play(log, 3)
    async with running(log) as runner:
        await drained(runner)
        said = len(log.values("level", PARTITION))
        log.at_ms += 3_000
        await drained(runner)
        assert len(log.values("level", PARTITION)) == said + 1
        assert runner.status.log_ms == log.at_ms
    await assert_exact(log)


async def test_restart_without_a_checkpoint_equals_uninterrupted() -> None:
    log = MemoryLog()
    for part in range(4):
        play(log, 15, start=15 * part)
        async with running(log) as runner:
            await drained(runner)
    await assert_exact(log)


async def test_sigterm_leaves_a_checkpoint_at_the_last_step_and_the_next_start_re_applies_nothing() -> None:
    log = MemoryLog()
    play(log, 30)
    runner = PartitionRunner(settings(), log, COUNTING, mono_ms=Monotonic(log))
    task = asyncio.create_task(runner.run())
    await drained(runner)
    runner.stop()
    await asyncio.wait_for(task, 10)
    assert runner.status.checkpoint_number == runner.status.number > 0

    applied: list[int] = []

    class Watched(CountingEngine):
        def apply(self, cut, decoded):  # type: ignore[no-untyped-def]
            applied.append(cut.number)
            return super().apply(cut, decoded)

    kernel = Kernel(Watched, Watched.restore, COUNTING.decoder)
    before = runner.status.number
    play(log, 10, start=30)
    async with running(log, kernel) as again:
        await drained(again)
    assert min(applied) == before + 1
    await assert_exact(log)


async def test_checkpoints_are_taken_while_running_and_survive_their_predecessor() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log, checkpoint_every_ms=100) as runner:
        for part in range(1, 8):
            await drained(runner)
            play(log, 10, start=10 * part)
        await drained(runner)
        assert runner.status.checkpoint_number > 0
    keys = {r.key for r in log.records[TopicPartition("checkpoints", PARTITION)]}
    assert {b"1/0/manifest", b"1/1/manifest"} <= keys
    play(log, 10, start=80)
    async with running(log) as runner:
        await drained(runner)
    await assert_exact(log)


Fault = tuple[str, str]


@pytest.mark.parametrize("how", ["unknown", "fenced", "broken"])
@pytest.mark.parametrize("where", ["open", "before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3, 7])
async def test_a_failure_at_any_point_of_a_commit_loses_and_doubles_nothing(where: str, how: str, nth: int) -> None:
    log = MemoryLog()
    seen = 0

    def fault(place: str, step: Output | None) -> str:
        nonlocal seen
        if place != where:
            return ""
        seen += 1
        return how if seen == nth or (where == "open" and seen <= nth) else ""

    log.fault = fault
    play(log, 20)
    async with running(log, checkpoint_every_ms=500) as runner:
        await drained(runner)
        for part in range(1, 5):
            play(log, 20, start=20 * part)
            await drained(runner)
        assert runner.status.incarnations > 1 or seen < nth
    await assert_exact(log)


async def test_a_kill_at_every_await_of_a_commit_loses_and_doubles_nothing() -> None:
    """The task is cancelled after k turns of the event loop, for every k: as sharp as kill -9 between any two awaits."""
    for turns in range(1, 160, 3):
        log = MemoryLog()
        play(log, 12)
        runner = PartitionRunner(settings(), log, COUNTING, mono_ms=Monotonic(log))
        task = asyncio.create_task(runner.run())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        play(log, 12, start=12)
        async with running(log) as again:
            await drained(again)
        await assert_exact(log)


async def test_a_second_owner_fences_the_first_which_then_waits_until_it_is_the_owner_again() -> None:
    log = MemoryLog()
    play(log, 20)
    mine = True

    async def owns() -> bool:
        return mine

    first = PartitionRunner(settings(), log, COUNTING, mono_ms=Monotonic(log), owns=owns)
    task = asyncio.create_task(first.run())
    await drained(first)
    mine = False
    async with running(log) as second:
        play(log, 20, start=20)
        await drained(second)
        while first.status.state != "failed":  # fenced at its next commit
            await asyncio.sleep(0.001)
        incarnations = first.status.incarnations
        play(log, 20, start=40)
        await drained(second)
        assert first.status.incarnations == incarnations
    mine = True
    play(log, 20, start=60)
    await drained(first)
    first.stop(save=False)
    await asyncio.wait_for(task, 10)
    await assert_exact(log)


async def test_two_that_both_believe_to_be_owners_never_both_write() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log) as first, running(log) as second:
        for part in range(1, 6):
            play(log, 10, start=10 * part)
            await asyncio.sleep(0.02)
        first.stop(save=False)
        await drained(second)
    await assert_exact(log)


async def test_a_record_that_breaks_the_engine_is_passed_over_aloud_and_the_others_are_judged() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log) as runner:
        await drained(runner)
        log.append("readings", PARTITION, b"bad", b"poison")
        play(log, 10, start=10)
        log.append("readings", PARTITION, b"bad", b"poison")
        log.append("readings", PARTITION, b"good", b"after the poison")
        await drained(runner)
    await assert_exact(log)
    assert [v.split()[1] for v in log.values("dead-letters", PARTITION)] == [b"reject.engine_failed"] * 2
    assert any(b"good 1" in v for v in log.values("warnings", PARTITION))
    skipped = [s for s in map(decode_step, log.values("steps", PARTITION)) if s.skip]
    assert [(r.first, r.last) for s in skipped for r in s.skip] == [(10, 10), (21, 21)]
    assert all(s.degraded == ("passed_over",) for s in skipped)


async def test_an_output_that_no_log_takes_is_refused_loudly_and_its_record_passed_over() -> None:
    log = MemoryLog()
    play(log, 5)
    log.append("readings", PARTITION, b"e1", b"huge")
    async with running(log) as runner:
        await drained(runner)
    await assert_exact(log)
    assert len(log.values("dead-letters", PARTITION)) == 1
    assert max(map(len, log.values("warnings", PARTITION))) < 1_000


async def test_an_engine_that_computes_otherwise_after_a_restart_raises_the_divergence_alarm() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log) as runner:
        await drained(runner)

    class Other(CountingEngine):
        def _counted(self, logged):  # type: ignore[no-untyped-def]
            return super()._counted(logged)._replace(value=b"something else")

    async with running(log, Kernel(Other, Other.restore, COUNTING.decoder)) as runner:
        play(log, 1, start=10)
        await drained(runner)
        assert runner.status.diverged > 0
        assert not runner.status.ready
    assert "divergence" in [code for v in log.values("steps", PARTITION) for code in decode_step(v).degraded]


async def test_steps_of_another_version_are_not_re_applied_unless_forced() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log) as runner:
        await drained(runner)

    class Newer(CountingEngine):
        def versions(self) -> dict[str, str]:
            return {"engine": "counting-2"}

    newer = Kernel(Newer, Newer.restore, COUNTING.decoder)
    async with running(log, newer) as runner:
        while runner.status.state != "failed":
            await asyncio.sleep(0.001)
        assert "riskstream worker --settle" in runner.status.reason
    async with running(log, newer, any_version=True) as runner:
        await drained(runner)


async def test_a_history_with_a_hole_is_never_continued() -> None:
    log = MemoryLog()
    play(log, 10)
    async with running(log) as runner:
        for part in range(1, 4):
            await drained(runner)
            play(log, 10, start=10 * part)
        await drained(runner)
    steps = log.records[TopicPartition("steps", PARTITION)]
    del steps[1]
    async with running(log) as runner:
        while runner.status.state != "failed":
            await asyncio.sleep(0.001)
        assert "does not follow" in runner.status.reason
        assert len(steps) == len(log.records[TopicPartition("steps", PARTITION)])


async def test_a_checkpoint_whose_step_the_log_does_not_hold_is_ignored() -> None:
    log = MemoryLog()
    play(log, 20)
    runner = PartitionRunner(settings(), log, COUNTING, mono_ms=Monotonic(log))
    task = asyncio.create_task(runner.run())
    await drained(runner)
    runner.stop()
    await asyncio.wait_for(task, 10)
    place = TopicPartition("steps", PARTITION)
    # The log loses its last step as well as what it caused: the history of an unclean election.
    gone = decode_step(log.records[place].pop().value or b"")
    for topic in OUTPUT_TOPICS:
        del log.records[TopicPartition(topic, PARTITION)][:]
    kept = CountingEngine(PARTITION, 2)
    async for step in replayed(log.reader(), PARTITION):
        for output in Machine(kept, COUNTING.decoder()).apply(step.cut, step.records, step.log_ms).outputs:
            log.append(output.topic, PARTITION, output.key, output.value)
    play(log, 10, start=20)
    async with running(log) as again:
        await drained(again)
        assert again.status.diverged == 0
    outputs = await assert_exact(log)
    assert gone.number > 0
    assert outputs


async def test_without_a_clock_of_the_log_the_first_step_of_an_owner_only_asks_the_time() -> None:
    log = MemoryLog(clock_known=False)
    play(log, 10)
    async with running(log) as runner:
        while runner.status.log_ms < log.at_ms:
            await asyncio.sleep(0.001)
    log.at_ms += 60_000  # the platform was away
    async with running(log, ask_every_ms=5) as runner:
        while runner.status.log_ms < log.at_ms:
            await asyncio.sleep(0.001)
    steps = [decode_step(v) for v in log.values("steps", PARTITION)]
    hello = next(i for i, s in enumerate(steps) if i and not s.ranges)
    assert steps[hello].log_ms == steps[hello - 1].log_ms
    assert steps[hello].platform_gap_ms == 0
    assert steps[hello + 1].platform_gap_ms == 60_000
    await assert_exact(log)


async def test_a_crash_loop_cannot_extend_deadlines_for_ever() -> None:
    log = MemoryLog()
    play(log, 10)
    for _ in range(20):
        log.at_ms += 60_000
        async with running(log) as runner:
            await drained(runner)
    gaps = [decode_step(v).platform_gap_ms for v in log.values("steps", PARTITION)]
    assert 60_000 < sum(gaps) <= 60_000 + 600_000
    await assert_exact(log)


async def test_fed_batches_that_skip_records_are_refused_and_sought_again() -> None:
    log = MemoryLog()
    sought: list[tuple[TopicPartition, int]] = []

    class Fetcher:
        async def seek(self, place: TopicPartition, position: int) -> None:
            sought.append((place, position))

        def release(self, batch: object) -> None: ...

    runner = PartitionRunner(settings(pull=False), log, COUNTING, mono_ms=Monotonic(log), intake=Fetcher())
    task = asyncio.create_task(runner.run())
    while runner.status.state != "running":
        await asyncio.sleep(0.001)
    play(log, 6)
    place = TopicPartition("readings", PARTITION)

    async def fed(start: int, stop: int) -> None:
        await runner.feed(Batch("readings", PARTITION, start, stop, log.records[place][start:stop]))

    await fed(0, 2)
    sought.clear()
    await fed(4, 6)
    assert sought == [(place, 2)]
    await fed(2, 4)
    await fed(4, 6)
    log.at_ms += 4_000  # `actions` is never fed: after 3 s the runner reads it itself
    await drained(runner)
    runner.stop(save=False)
    await asyncio.wait_for(task, 10)
    await assert_exact(log)


async def test_what_retention_removed_is_a_named_gap() -> None:
    log = MemoryLog()
    play(log, 10)
    place = TopicPartition("readings", PARTITION)
    async with running(log) as runner:
        await drained(runner)
    play(log, 10, start=10)
    log.records[place] = log.records[place][:10] + log.records[place][15:]
    log.begins[place] = 15
    async with running(log, any_version=True) as runner:
        while runner.status.state != "failed":
            await asyncio.sleep(0.001)
        assert "is gone" in runner.status.reason  # re-application needs what retention took: said, not papered over


async def test_what_retention_removed_before_it_was_read_is_a_named_gap_and_the_rest_is_judged() -> None:
    log = MemoryLog()
    play(log, 10)
    place = TopicPartition("readings", PARTITION)
    async with running(log) as runner:
        await drained(runner)
        play(log, 10, start=10)
        log.records[place] = log.records[place][:10] + log.records[place][15:]
        log.begins[place] = 15
        await drained(runner)
    gaps = [(g.first, g.last) for v in log.values("steps", PARTITION) for g in decode_step(v).gaps]
    assert gaps == [(10, 14)]
    assert sum(b"readings" in v for v in log.values("warnings", PARTITION)) == 15


async def test_a_stopped_runner_says_so_to_who_waits_for_it() -> None:
    log = MemoryLog()
    runner = PartitionRunner(settings(), log, COUNTING, mono_ms=Monotonic(log))
    task = asyncio.create_task(runner.run())
    runner.stop(save=False)
    await task
    with pytest.raises(LogError):
        await runner.drained()
