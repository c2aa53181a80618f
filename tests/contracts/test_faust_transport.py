"""One small Faust app over both transports: every record once, positions contiguous, whatever rebalances."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import faust
import pytest
from faust.types import TP

from streams.agents.faust_app import App
from streams.domain.log import Batch, Output, TopicPartition
from streams.steps.ports import LogError
from streams.transport.faust_batches import BatchConsumer, register
from streams.transport.faust_embedded import url_of
from streams.transport.hooks import Flow, Hooks, install
from streams.transport.kafka_client import transactional_producer
from tests.contracts.conftest import PARTITIONS, RAW, STEPS, WARNINGS, Bench, EmbeddedBench, KafkaBench

register()
_SOON_S = 120.0
_numbers = itertools.count()


class Intake:
    """What steps do with batches: take what is expected, trim below, refuse above and seek again."""

    def __init__(self) -> None:
        self.expected: dict[TopicPartition, int] = {}
        self.taken: dict[TopicPartition, list[bytes | None]] = {}
        self.refused = 0
        self.grown = asyncio.Event()

    async def positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {p: self.expected[p] for p in places if p in self.expected}

    async def offer(self, batch: Batch, consumer: Any) -> None:
        place = TopicPartition(batch.topic, batch.partition)
        expected = self.expected.setdefault(place, batch.start)
        if batch.start > expected:
            self.refused += 1
            await consumer.seek(TP(*place), expected)
        elif batch.stop > expected:
            self.taken.setdefault(place, []).extend(r.value for r in batch.records if r.offset >= expected)
            self.expected[place] = batch.stop
        self.grown.set()

    def count(self) -> int:
        return sum(len(v) for v in self.taken.values())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(_SOON_S):
            while not condition():
                self.grown.clear()
                await self.grown.wait()


def app_on(
    bench: Bench, group: str, roles: Collection[str], take: Callable[[Batch, Any], Awaitable[None]], hooks: Hooks
) -> faust.App:
    """An app with one agent over the topics of `roles`, as riskstream configures its own."""
    broker = url_of(bench.path) if isinstance(bench, EmbeddedBench) else f"batched://{bench.server.bootstrap}"  # type: ignore[attr-defined]
    app = App(
        group,
        broker=broker,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        table_standby_replicas=1,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=0.5,
        broker_commit_interval=60.0,
    )
    install(app, hooks)
    source = app.topic(*(bench.topic(role) for role in roles), key_serializer="raw", value_serializer="raw", acks=False)

    @app.agent(source, name=f"{group}-agent")
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            await take(event.value, app.consumer)

    return app


@asynccontextmanager
async def running(app: faust.App) -> AsyncIterator[BatchConsumer]:
    """The app, started, with its partitions assigned."""
    ready = asyncio.Event()

    @app.on_partitions_assigned.connect(weak=False)
    async def assigned(*_: Any, **__: Any) -> None:
        ready.set()

    await app.start()
    try:
        async with asyncio.timeout(_SOON_S):
            await ready.wait()
        yield app.consumer
    finally:
        await app.stop()


def group() -> str:
    return f"group-{next(_numbers)}"


def numbered(first: int, last: int) -> list[tuple[bytes | None, bytes | None]]:
    return [(b"k", b"%d" % n) for n in range(first, last)]


def values(first: int, last: int) -> list[bytes]:
    return [b"%d" % n for n in range(first, last)]


async def test_an_agent_gets_every_record_once_in_batches(bench: Bench) -> None:
    intake, batches = Intake(), []

    async def take(batch: Batch, consumer: Any) -> None:
        batches.append(batch)
        await intake.offer(batch, consumer)

    await bench.produce(RAW, numbered(0, 500))
    async with running(app_on(bench, group(), [RAW, WARNINGS], take, Hooks(positions=intake.positions))):
        await bench.produce(RAW, numbered(500, 1000))
        await bench.produce(RAW, numbered(0, 10), partition=1)
        await bench.produce(WARNINGS, numbered(0, 10))
        await intake.until(lambda: intake.count() == 1020)
    assert intake.taken[bench.place(RAW)] == values(0, 1000)
    assert intake.taken[bench.place(RAW, 1)] == values(0, 10)
    assert intake.taken[bench.place(WARNINGS)] == values(0, 10)
    assert intake.refused == 0
    assert len(batches) < 200
    for place in intake.taken:
        own = [b for b in batches if (b.topic, b.partition) == place]
        assert [b.start for b in own[1:]] == [b.stop for b in own[:-1]]


async def test_a_restart_goes_on_where_the_app_says(bench: Bench) -> None:
    intake, name = Intake(), group()
    await bench.produce(RAW, numbered(0, 100))
    hooks = Hooks(positions=intake.positions)
    async with running(app_on(bench, name, [RAW], intake.offer, hooks)):
        await intake.until(lambda: intake.count() == 100)
    await bench.produce(RAW, numbered(100, 200))
    intake.expected[bench.place(RAW)] = 50  # as after a crash: the last committed step names an earlier position
    del intake.taken[bench.place(RAW)][50:]
    async with running(app_on(bench, name, [RAW], intake.offer, Hooks(positions=intake.positions))):
        await intake.until(lambda: intake.count() == 200)
    assert intake.taken[bench.place(RAW)] == values(0, 200)


async def test_a_group_can_go_on_at_its_committed_positions(bench: Bench) -> None:
    intake, name = Intake(), group()
    await bench.produce(RAW, numbered(0, 20))
    async with running(app_on(bench, name, [RAW], intake.offer, Hooks())) as consumer:
        await intake.until(lambda: intake.count() == 20)
        assert await consumer.commit_positions({bench.place(RAW): 15})
    again = Intake()
    async with running(app_on(bench, name, [RAW], again.offer, Hooks())):
        await again.until(lambda: again.count() == 5)
    assert again.taken[bench.place(RAW)] == values(15, 20)


async def test_a_lost_range_is_told_and_passed_over(bench: Bench) -> None:
    intake, gaps = Intake(), []
    await bench.produce(RAW, numbered(0, 5))
    await asyncio.sleep(0.01)  # so that the embedded log's clock tells old from new
    await bench.produce(RAW, numbered(5, 10))
    await bench.drop_before(bench.place(RAW), 5)

    def on_gap(place: TopicPartition, first: int, begin: int) -> None:
        gaps.append((place, first, begin))
        intake.expected[place] = begin

    intake.expected[bench.place(RAW)] = 2
    async with running(app_on(bench, group(), [RAW], intake.offer, Hooks(positions=intake.positions, on_gap=on_gap))):
        await intake.until(lambda: intake.count() == 5)
    assert gaps == [(bench.place(RAW), 2, 5)]
    assert intake.taken[bench.place(RAW)] == values(5, 10)


async def test_a_position_beyond_the_end_ends_the_worker(bench: Bench) -> None:
    """The log was replaced or cut: to wait there would be silence for ever."""
    intake = Intake()
    await bench.produce(RAW, numbered(0, 5))
    intake.expected[bench.place(RAW)] = 1000
    app = app_on(bench, group(), [RAW], intake.offer, Hooks(positions=intake.positions))
    await app.start()
    async with asyncio.timeout(_SOON_S):
        await app._crashed.wait()
    assert isinstance(app.crash_reason, LogError)
    assert "1000" in str(app.crash_reason)
    await app.stop()


async def test_positions_reach_the_end_over_markers(bench: Bench) -> None:
    writer = bench.writer()
    await writer.open()
    for n in range(3):
        await writer.commit([], Output(bench.topic(STEPS), None, b"%d" % n))
    await writer.close()
    settle = bench.writer()
    await settle.open()
    await settle.close()
    reader = bench.reader()
    place = bench.place(STEPS)
    end = (await reader.end_offsets([place]))[place]
    await reader.close()
    intake = Intake()
    async with running(app_on(bench, group(), [STEPS], intake.offer, Hooks(positions=intake.positions))) as consumer:
        await intake.until(lambda: intake.expected.get(place) == end)
        standing = consumer.standing()[place]  # type: ignore[attr-defined]
    assert intake.taken[place] == [b"0", b"1", b"2"]
    assert (standing.position, standing.end) == (end, end)


async def test_a_full_partition_waits_and_does_not_stop_the_others(bench: Bench) -> None:
    intake, held = Intake(), []
    flow = Flow(limit_bytes=20_000)

    async def take(batch: Batch, consumer: Any) -> None:
        held.append(batch)
        await intake.offer(batch, consumer)

    noise = random.Random(1)  # does not compress, so that sizes are the same everywhere
    payload = [(b"k", noise.randbytes(300)) for _ in range(500)]
    hooks = Hooks(positions=intake.positions, flow=flow, release_on_ack=False, max_partition_fetch_bytes=10_000)
    async with running(app_on(bench, group(), [RAW], take, hooks)):
        for n in range(0, 500, 25):
            await bench.produce(RAW, payload[n : n + 25])
        await intake.until(lambda: not flow.has_room(bench.place(RAW)))
        await bench.produce(RAW, numbered(0, 10), partition=1)
        await intake.until(lambda: len(intake.taken.get(bench.place(RAW, 1), [])) == 10)
        assert len(intake.taken[bench.place(RAW)]) < 200
        while intake.count() < 510:
            for batch in held:
                flow.gave_back(batch)
            held.clear()
            seen = intake.count()
            await intake.until(lambda: intake.count() > seen)  # noqa: B023
    assert intake.taken[bench.place(RAW)] == [value for _, value in payload]


async def test_nothing_is_lost_when_the_flow_stops_in_the_middle_of_a_fetch(bench: Bench) -> None:
    """Faust drops batches that are on their way; each carries its positions, so the hole is seen and sought again."""
    intake = Intake()
    dropped = itertools.cycle([False, True, False])

    async def take(batch: Batch, consumer: Any) -> None:
        if not next(dropped):
            await intake.offer(batch, consumer)

    async with running(app_on(bench, group(), [RAW], take, Hooks(positions=intake.positions))) as consumer:
        await bench.produce(RAW, numbered(0, 10))
        await intake.until(lambda: intake.count() == 10)
        for n in range(10, 400, 10):
            await bench.produce(RAW, numbered(n, n + 10))
        dropped = itertools.cycle([False])
        await bench.produce(RAW, numbered(400, 410))  # with nothing behind it a hole at the end could not be seen
        await intake.until(lambda: intake.count() == 410)
        assert await consumer.is_member()  # type: ignore[attr-defined]
    assert intake.taken[bench.place(RAW)] == values(0, 410)
    assert intake.refused > 0


async def test_a_range_lost_while_it_waits_for_room_is_told(bench: Bench) -> None:
    """Retention overtakes a worker that is held back: named, not skipped in silence, and nothing else is lost."""
    intake, held, gaps = Intake(), [], []
    flow = Flow(limit_bytes=1_000)

    def on_gap(place: TopicPartition, first: int, begin: int) -> None:
        gaps.append((place, first, begin))
        intake.expected[place] = begin

    async def take(batch: Batch, consumer: Any) -> None:
        held.append(batch)
        await intake.offer(batch, consumer)

    place = bench.place(RAW)
    noise = random.Random(1)
    hooks = Hooks(intake.positions, on_gap, flow=flow, release_on_ack=False, max_partition_fetch_bytes=2_000)
    async with running(app_on(bench, group(), [RAW], take, hooks)):
        await bench.produce(RAW, [(b"k", noise.randbytes(1_500))])
        await intake.until(lambda: not flow.has_room(place))
        for n in range(6):  # more than a client fetches ahead
            await bench.produce(RAW, [(b"k", b"%d" % n + noise.randbytes(3_000))])
        await asyncio.sleep(0.01)  # so that the embedded log's clock tells old from new
        await bench.produce(RAW, [(b"k", b"last")])
        await bench.drop_before(place, 7)
        while place not in intake.taken or intake.taken[place][-1] != b"last":
            for batch in held:
                flow.gave_back(batch)
            held.clear()
            seen = intake.count()
            await intake.until(lambda: intake.count() > seen)  # noqa: B023
    (gap,) = gaps
    assert gap[0] == place
    assert gap[2] == 7
    assert len(intake.taken[place]) == gap[1] + 1  # everything before the gap, and the one record behind it


async def test_uncommitted_and_aborted_records_never_reach_an_agent(kafka_bench: KafkaBench) -> None:
    """Faust itself reads uncommitted records unless told exactly_once."""
    intake, bench = Intake(), kafka_bench
    producer = transactional_producer(bench.settings, f"{bench.name}-other")
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(bench.topic(RAW), b"aborted", partition=0)
    async with running(app_on(bench, group(), [RAW], intake.offer, Hooks(positions=intake.positions))):
        await bench.produce(RAW, numbered(0, 5), partition=1)
        await intake.until(lambda: intake.count() == 5)
        await producer.abort_transaction()
        await producer.begin_transaction()
        await producer.send_and_wait(bench.topic(RAW), b"committed", partition=0)
        await producer.commit_transaction()
        await intake.until(lambda: intake.count() == 6)
    await producer.stop()
    assert intake.taken[bench.place(RAW)] == [b"committed"]


async def test_a_worker_without_all_topics_of_a_partition_refuses_to_work(bench: Bench) -> None:
    """A topic made with another number of partitions: its steps would miss a part of the enterprise, and nobody would see it."""
    bench.add_topic("odd", PARTITIONS + 1)
    intake = Intake()
    hooks = Hooks(positions=intake.positions, co_partitioned=frozenset({bench.topic(RAW), bench.topic("odd")}))
    app = app_on(bench, group(), [RAW, "odd"], intake.offer, hooks)
    await bench.produce(RAW, numbered(0, 5))
    await app.start()
    async with asyncio.timeout(_SOON_S):
        await app._crashed.wait()
    assert isinstance(app.crash_reason, LogError)
    assert intake.taken == {}
    await app.stop()


def test_partitions_of_one_number_belong_together() -> None:
    consumer = BatchConsumer.__new__(BatchConsumer)
    consumer.hooks = Hooks(co_partitioned=frozenset({"a", "b"}))
    consumer._assert_co_partitioned({TP("a", 0), TP("b", 0), TP("table", 5)})
    for assigned in ({TP("a", 0), TP("b", 1)}, {TP("a", 0), TP("a", 1), TP("b", 1)}, {TP("a", 0)}):
        with pytest.raises(LogError):
            consumer._assert_co_partitioned(assigned)


async def test_two_workers_share_the_partitions_and_lose_nothing(kafka_bench: KafkaBench) -> None:
    """A second worker joins and leaves while records come: co-partitioned, each record taken once by the owners together."""
    intake, name, bench = Intake(), group(), kafka_bench
    owned: dict[str, set[tuple[str, int]]] = {}
    raw = [RAW, WARNINGS]
    topics = frozenset(bench.topic(r) for r in raw)

    def worker(who: str) -> faust.App:
        async def take(batch: Batch, consumer: Any) -> None:
            await intake.offer(batch, consumer)

        app = app_on(bench, name, raw, take, Hooks(positions=intake.positions, co_partitioned=topics))

        @app.on_partitions_assigned.connect(weak=False)
        async def assigned(_: Any, partitions: Collection[TP], **__: Any) -> None:
            owned[who] = {tuple(tp) for tp in partitions if tp.topic in topics}
            intake.grown.set()

        return app

    async def produce(first: int, last: int) -> None:
        for role, partition in itertools.product(raw, range(PARTITIONS)):
            await bench.produce(role, numbered(first, last), partition)

    async with AsyncExitStack() as first:
        await first.enter_async_context(running(worker("one")))
        await produce(0, 50)
        await intake.until(lambda: intake.count() == 200)
        async with running(worker("two")):
            await produce(50, 100)
            await intake.until(lambda: len(owned.get("one", ())) == len(owned.get("two", ())) == 2)
            assert {p for _, p in owned["one"]}.isdisjoint({p for _, p in owned["two"]})
            await intake.until(lambda: intake.count() == 400)
        await produce(100, 150)
        await intake.until(lambda: intake.count() == 600)
    for role, partition in itertools.product(raw, range(PARTITIONS)):
        assert intake.taken[bench.place(role, partition)] == values(0, 150)
