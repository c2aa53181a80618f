"""The broker goes silent or dies at a bad moment: bounded answers, and the log is what was acknowledged, whole and once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from streams.domain.log import Output
from streams.steps.ports import CommitUnknown, LogError
from streams.transport.faust_batches import register
from streams.transport.hooks import Hooks
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_client import KafkaSettings
from tests.contracts.conftest import RAW, STEPS, WARNINGS, KafkaBench
from tests.contracts.test_faust_transport import Intake, app_on, group, numbered, running
from tests.contracts.test_faust_transport import values as numbers
from tests.contracts.test_log_contract import opened, outputs, settled, step, values

register()
pytestmark = pytest.mark.slow
Factory = Callable[..., Any]


def impatient(bench: KafkaBench) -> None:
    """Short times, so that a silent broker is noticed within a test."""
    bench.settings = KafkaSettings(bench.server.bootstrap, request_s=3.0, commit_s=1.0, transaction_s=5.0)
    bench.log = KafkaLog(bench.settings, bench.name)


async def reader_gives_up(bench: KafkaBench, server: Any) -> None:
    await bench.produce(RAW, numbered(0, 5))
    reader = bench.reader()
    assert (await reader.end_offsets([bench.place(RAW)])) == {bench.place(RAW): 5}
    server.pause()
    began_s = time.monotonic()
    for asked in (reader.read(bench.place(RAW), 0, 5), reader.end_offsets([bench.place(RAW)])):
        with pytest.raises(LogError):
            await asked
    assert time.monotonic() - began_s < 25
    server.resume()
    await reader.close()


async def settled_again(bench: KafkaBench) -> None:
    """As a worker does after an error: a new incarnation, until the broker takes it."""
    async with asyncio.timeout(180):
        while True:
            try:
                await settled(bench)
            except LogError:
                await asyncio.sleep(0.2)
            else:
                return


async def test_a_silent_broker_is_given_up_in_time_and_leaves_whole_steps(kafka_factory: Factory) -> None:
    server = kafka_factory(properties={"broker.session.timeout.ms": "60000"})  # its own controller must not put it out meanwhile
    bench = KafkaBench(server)
    impatient(bench)
    await reader_gives_up(bench, server)
    acknowledged: list[bytes] = []
    kinds: set[type] = set()
    for attempt in range(3):
        writer = await opened(bench)
        await writer.commit(outputs(bench, b"%d" % attempt), step(bench, b"%d" % attempt))
        acknowledged.append(b"%d" % attempt)
        number = attempt + 100
        committing = asyncio.ensure_future(writer.commit(outputs(bench, *[b"%d" % number] * 20), step(bench, b"%d" % number)))
        await asyncio.sleep(attempt * 0.003)  # the moment of the fault: from the first send to the commit itself
        server.pause()
        began_s = time.monotonic()
        try:
            await committing
            acknowledged.append(b"%d" % number)
        except LogError as error:
            kinds.add(type(error))
        assert time.monotonic() - began_s < 20
        await writer.close()
        assert time.monotonic() - began_s < 25
        server.resume()
        await settled_again(bench)
        steps = await values(bench, STEPS)
        assert [s for s in acknowledged if s not in steps] == []
        assert len(set(steps)) == len(steps)
        expected = [s for s in steps for _ in range(20 if int(s or b"") >= 100 else 1)]
        assert await values(bench, WARNINGS) == expected
    assert kinds <= {LogError, CommitUnknown}
    assert kinds


class Commits:
    """A writer that goes on until the log fails it; what was acknowledged is remembered over its lives."""

    def __init__(self, bench: KafkaBench) -> None:
        self.bench = bench
        self.number = 0
        self.acknowledged: list[bytes] = []

    async def until_it_fails(self) -> None:
        await settled_again(self.bench)
        writer = await opened(self.bench)
        try:
            while True:
                self.number += 1
                value = b"%d" % self.number
                await writer.commit(outputs(self.bench, *[value] * (self.number % 5)), step(self.bench, value))
                self.acknowledged.append(value)
        except LogError:
            await writer.close()

    async def kill_after(self, commits: int, kill: Callable[[], None]) -> None:
        enough = len(self.acknowledged) + commits
        task = asyncio.ensure_future(self.until_it_fails())
        while len(self.acknowledged) < enough:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(kill)
        await task

    async def check(self) -> None:
        steps = await values(self.bench, STEPS)
        assert set(self.acknowledged) <= set(steps)
        assert len(steps) <= len(self.acknowledged) + 2
        assert [int(s or b"") for s in steps] == sorted({int(s or b"") for s in steps})
        assert await values(self.bench, WARNINGS) == [s for s in steps for _ in range(int(s or b"") % 5)]


async def test_a_broker_killed_twice_loses_nothing_and_agents_outlive_it(kafka_factory: Factory) -> None:
    server = kafka_factory(properties={"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500"})
    bench = KafkaBench(server)
    impatient(bench)
    commits, intake, place = Commits(bench), Intake(), bench.place(RAW)
    async with running(app_on(bench, group(), [RAW], intake.offer, Hooks(positions=intake.positions))) as consumer:
        faust_consumer: Any = consumer
        for life in range(2):
            await bench.produce(RAW, numbered(life * 20, life * 20 + 20))
            await intake.until(lambda: intake.count() == life * 20 + 20)  # noqa: B023
            assert await faust_consumer.is_member()
            await commits.kill_after(10, server.kill9)
            await asyncio.sleep(2.5)  # silence is what is measured: nobody answers, and the consumer's standing says so
            silent = faust_consumer.standing()[place].answered_s
            assert time.monotonic() - silent > 1.0
            await asyncio.to_thread(server.start)
            await settled_again(bench)
        await bench.produce(RAW, numbered(40, 60))
        await intake.until(lambda: intake.count() == 60)
        assert faust_consumer.standing()[place].answered_s > silent
    assert intake.taken[place] == numbers(0, 60)
    await commits.check()


async def test_topics_without_append_time_are_refused_before_anything_is_committed(kafka_bench: KafkaBench) -> None:
    """The time of a step must be the broker's; a clock of ours must not slip in by a forgotten setting."""
    bench = kafka_bench
    bench.server.create_topics({f"{bench.name}-own-time": 1}, {"message.timestamp.type": "CreateTime"})
    writer = await opened(bench)
    with pytest.raises(LogError, match="LogAppendTime"):
        await writer.commit(outputs(bench, b"w"), Output(f"{bench.name}-own-time", None, b"step"))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == []
