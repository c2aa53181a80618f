"""What steps may rely on, whatever log is behind them. Each test runs on the embedded log and on a real broker."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest
from aiokafka.errors import ProducerFenced

from streams.domain.log import Batch, Output, RawRecord, TopicPartition
from streams.domain.partitions import partition_of
from streams.steps.ports import Fenced, LogError, PartitionWriter, PositionLost
from streams.transport.kafka_client import abandoned, transactional_producer
from tests.contracts.conftest import MAX_RECORD_BYTES, PARTITIONS, RAW, STEPS, WARNINGS, Bench, KafkaBench

_SOON_S = 120.0


def outputs(bench: Bench, *values: bytes) -> list[Output]:
    return [Output(bench.topic(WARNINGS), b"key", value) for value in values]


def step(bench: Bench, value: bytes = b"step") -> Output:
    return Output(bench.topic(STEPS), None, value)


async def everything(bench: Bench, place: TopicPartition) -> list[RawRecord]:
    """All committed records of a partition, asked for by a new reader."""
    reader = bench.reader()
    try:
        position = (await reader.begin_offsets([place]))[place]
        end = (await reader.end_offsets([place]))[place]
        found: list[RawRecord] = []
        while position < end:
            records, position = await reader.read(place, position, end)
            found += records
        return found
    finally:
        await reader.close()


async def values(bench: Bench, role: str, partition: int = 0) -> list[bytes | None]:
    return [r.value for r in await everything(bench, bench.place(role, partition))]


async def opened(bench: Bench, partition: int = 0, role: str = "steps") -> PartitionWriter:
    writer = bench.writer(partition, role)
    await writer.open()
    return writer


async def settled(bench: Bench, partition: int = 0) -> None:
    """Open a next writer, as every new owner does: afterwards the committed end is the true one."""
    await (await opened(bench, partition)).close()


async def test_a_commit_puts_outputs_and_step_in_the_log_in_order(bench: Bench) -> None:
    writer = await opened(bench)
    await writer.commit(outputs(bench, b"a", b"b", b"c"), step(bench, b"1"))
    await writer.commit(outputs(bench, b"d"), step(bench, b"2"))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == [b"a", b"b", b"c", b"d"]
    assert await values(bench, STEPS) == [b"1", b"2"]


async def test_a_step_without_outputs_commits(bench: Bench) -> None:
    writer = await opened(bench)
    await writer.commit([], step(bench, b"alone"))
    await writer.close()
    await settled(bench)
    assert await values(bench, STEPS) == [b"alone"]


async def test_records_go_to_the_partition_of_the_writer_whatever_their_key(bench: Bench) -> None:
    keys = [f"E{n}".encode() for n in range(8)]
    assert {partition_of(k, PARTITIONS) for k in keys} == {0, 1}
    writer = await opened(bench, 1)
    await writer.commit([Output(bench.topic(WARNINGS), key, b"v") for key in keys], step(bench))
    await writer.close()
    await settled(bench, 1)
    assert await values(bench, WARNINGS, 0) == []
    assert [r.key for r in await everything(bench, bench.place(WARNINGS, 1))] == keys


async def test_the_commit_tells_the_append_time_of_the_step(bench: Bench) -> None:
    writer = await opened(bench)
    told = [await writer.commit(outputs(bench, b"w"), step(bench, b"%d" % n)) for n in range(3)]
    await writer.close()
    await settled(bench)
    stamps = [r.broker_ms for r in await everything(bench, bench.place(STEPS))]
    assert told == stamps
    assert stamps == sorted(stamps)
    assert stamps[0] > 1_700_000_000_000


async def test_a_record_too_large_takes_its_whole_transaction_with_it(bench: Bench) -> None:
    """aiokafka itself would commit the rest, and lose one of the next transaction too."""
    writer = await opened(bench)
    await writer.commit(outputs(bench, b"before"), step(bench, b"1"))
    huge = bytes(2 * MAX_RECORD_BYTES)
    with pytest.raises(LogError):
        await writer.commit(outputs(bench, b"torn", huge, b"torn too"), step(bench, b"2"))
    await writer.close()
    after = await opened(bench)
    await after.commit(outputs(bench, b"after"), step(bench, b"3"))
    await after.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == [b"before", b"after"]
    assert await values(bench, STEPS) == [b"1", b"3"]


async def test_a_step_record_too_large_leaves_no_output_behind(bench: Bench) -> None:
    writer = await opened(bench)
    with pytest.raises(LogError):
        await writer.commit(outputs(bench, b"orphan"), step(bench, bytes(2 * MAX_RECORD_BYTES)))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == []
    assert await values(bench, STEPS) == []


async def test_a_writer_that_failed_is_finished(bench: Bench) -> None:
    writer = await opened(bench)
    with pytest.raises(LogError):
        await writer.commit(outputs(bench, bytes(2 * MAX_RECORD_BYTES)), step(bench))
    with pytest.raises(LogError):
        await writer.commit(outputs(bench, b"again"), step(bench))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == []


async def test_a_writer_that_was_not_opened_writes_nothing(bench: Bench) -> None:
    writer = bench.writer()
    with pytest.raises(LogError):
        await writer.commit(outputs(bench, b"w"), step(bench))
    await writer.close()
    assert await values(bench, WARNINGS) == []


async def test_many_outputs_of_512_kb_are_one_transaction(bench: Bench) -> None:
    large = [bytes([n]) * (512 << 10) for n in range(12)]
    writer = await opened(bench)
    await writer.commit(outputs(bench, *large), step(bench))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == large
    assert await values(bench, STEPS) == [b"step"]


async def test_many_small_outputs_keep_their_order(bench: Bench) -> None:
    small = [b"%06d" % n * 40 for n in range(8000)]
    writer = await opened(bench)
    await writer.commit(outputs(bench, *small), step(bench))
    await writer.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == small


async def test_a_producer_keeps_the_order_of_each_key_over_many_batches(bench: Bench) -> None:
    keys = [b"E%d" % (n % 7) for n in range(4000)]
    await bench.produce(RAW, [(key, b"%d" % n + bytes(500)) for n, key in enumerate(keys)], partition=None)
    for partition in range(PARTITIONS):
        expected = [(key, b"%d" % n) for n, key in enumerate(keys) if partition_of(key, PARTITIONS) == partition]
        got = await everything(bench, bench.place(RAW, partition))
        assert [(r.key, (r.value or b"").rstrip(b"\0")) for r in got] == expected


async def test_a_producer_says_that_a_record_is_not_in_the_log(bench: Bench) -> None:
    with pytest.raises(LogError):
        await bench.produce(RAW, [(b"k", random.Random(1).randbytes(2 * MAX_RECORD_BYTES))])  # zeros would be compressed
    assert await values(bench, RAW) == []


async def test_an_empty_value_is_not_a_tombstone(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b""), (b"k", None), (None, b"v")])
    assert [(r.key, r.value) for r in await everything(bench, bench.place(RAW))] == [(b"k", b""), (b"k", None), (None, b"v")]


async def test_a_new_writer_fences_the_earlier_one(bench: Bench) -> None:
    old = await opened(bench)
    await old.commit(outputs(bench, b"old"), step(bench, b"1"))
    new = await opened(bench)
    with pytest.raises(Fenced):
        await old.commit(outputs(bench, b"zombie"), step(bench, b"2"))
    await new.commit(outputs(bench, b"new"), step(bench, b"2"))
    await old.close()
    await new.close()
    await settled(bench)
    assert await values(bench, WARNINGS) == [b"old", b"new"]
    assert await values(bench, STEPS) == [b"1", b"2"]


async def test_writers_of_other_partitions_and_roles_are_not_fenced(bench: Bench) -> None:
    first, second, third = await opened(bench, 0), await opened(bench, 1), await opened(bench, 0, "roll-up")
    for writer in (first, second, third):
        await writer.commit(outputs(bench, b"w"), step(bench))
        await writer.close()
    await settled(bench)
    assert len(await values(bench, STEPS, 0)) == 2


async def test_the_tail_read_after_a_fence_holds_every_acknowledged_step(bench: Bench) -> None:
    """Asked before the fence, a broker may not show the last acknowledged commit yet."""
    writer = await opened(bench)
    for n in range(10):
        await writer.commit(outputs(bench, b"w"), step(bench, b"%d" % n))
        successor = await opened(bench)
        assert (await values(bench, STEPS))[-1] == b"%d" % n
        await writer.close()
        writer = successor
    await writer.close()


async def test_a_commit_given_up_is_in_whole_or_not_at_all_and_never_later(bench: Bench) -> None:
    """Cancelled at any moment: what the next owner finds after its fence stays the truth."""
    found: list[int] = []
    for n in range(6):
        writer = await opened(bench)
        task = asyncio.ensure_future(writer.commit(outputs(bench, *[b"%d" % n] * 50), step(bench, b"%d" % n)))
        await asyncio.sleep(n * 0.004)  # the moment of the fault, from before the first send to after the commit
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writer.close()
        await settled(bench)
        steps = await values(bench, STEPS)
        warnings = await values(bench, WARNINGS)
        assert warnings == [s for s in steps for _ in range(50)]
        assert steps[: len(found)] == [b"%d" % k for k in found]
        found = [int(s or b"") for s in steps]


async def test_reading_keeps_to_the_interval(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"%d" % n) for n in range(100)])
    reader = bench.reader()
    place = bench.place(RAW)
    records, position = await reader.read(place, 10, 20)
    assert [r.offset for r in records] == list(range(10, 20))
    assert position == 20
    assert await reader.read(place, 20, 20) == ((), 20)
    records, position = await reader.read(place, 90, 1000)
    assert [r.value for r in records] == [b"%d" % n for n in range(90, 100)]
    assert position == 100
    records, position = await reader.read(place, 100, 1000)
    assert (list(records), position) == ([], 100)
    await reader.close()


async def test_reading_in_small_pieces_gives_everything_once(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"%d" % n * 200) for n in range(500)])
    reader = bench.reader()
    place = bench.place(RAW)
    position, pieces = 0, []
    while position < 500:
        records, position = await reader.read(place, position, 500, max_bytes=10_000)
        pieces.append([r.offset for r in records])
    assert [o for piece in pieces for o in piece] == list(range(500))
    await reader.close()


async def test_reading_takes_turns_between_partitions(bench: Bench) -> None:
    for partition in range(PARTITIONS):
        await bench.produce(RAW, [(b"k", b"%d" % partition)] * 10, partition)
    reader = bench.reader()
    both = await asyncio.gather(*(reader.read(bench.place(RAW, p), 0, 10) for p in range(PARTITIONS)))
    assert [{r.value for r in records} for records, _ in both] == [{b"0"}, {b"1"}]
    await reader.close()


async def test_positions_move_over_transaction_markers_to_the_end(bench: Bench) -> None:
    """On a broker the end lies behind a marker, not behind the last record."""
    writer = await opened(bench)
    for n in range(3):
        await writer.commit(outputs(bench, b"w"), step(bench, b"%d" % n))
    await writer.close()
    await settled(bench)
    place = bench.place(STEPS)
    reader = bench.reader()
    end = (await reader.end_offsets([place]))[place]
    position, found = 0, []
    while position < end:
        records, position = await reader.read(place, position, end)
        found += [r.value for r in records]
    assert found == [b"0", b"1", b"2"]
    assert position == end
    await reader.close()


async def test_a_position_below_the_log_start_is_said(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"old")] * 5)
    await asyncio.sleep(0.01)  # so that the embedded log's clock tells old from new
    await bench.produce(RAW, [(b"k", b"new")] * 5)
    place = bench.place(RAW)
    await bench.drop_before(place, 5)
    reader = bench.reader()
    assert (await reader.begin_offsets([place]))[place] == 5
    with pytest.raises(PositionLost) as lost:
        await reader.read(place, 2, 10)
    assert (lost.value.partition, lost.value.position, lost.value.begin) == (place, 2, 5)
    records, _ = await reader.read(place, 5, 10)
    assert [r.value for r in records] == [b"new"] * 5
    await reader.close()


async def test_an_unknown_partition_is_an_error(bench: Bench) -> None:
    writer = await opened(bench, 0)
    with pytest.raises(LogError):
        await writer.commit([Output(bench.topic("nowhere"), b"k", b"v")], step(bench))
    await writer.close()


async def followed(bench: Bench, start: dict[TopicPartition, int], enough: int) -> list[Batch]:
    """What a feed gives until it has `enough` records; batches must be contiguous."""
    feed = bench.feed()
    batches: list[Batch] = []
    expected = dict(start)
    async with asyncio.timeout(_SOON_S):
        async for batch in feed.follow(start):
            place = TopicPartition(batch.topic, batch.partition)
            assert batch.start == expected[place]
            assert all(batch.start <= r.offset < batch.stop for r in batch.records)
            expected[place] = batch.stop
            batches.append(batch)
            if sum(len(b.records) for b in batches) >= enough:
                break
    await feed.close()
    return batches


def records_of(batches: Sequence[Batch], partition: int = 0) -> list[bytes | None]:
    return [r.value for b in batches if b.partition == partition for r in b.records]


async def test_a_feed_gives_what_is_there_and_what_comes(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"%d" % n) for n in range(10)])
    start = {bench.place(RAW, p): 0 for p in range(PARTITIONS)}
    following = asyncio.ensure_future(followed(bench, start, 30))
    await bench.produce(RAW, [(b"k", b"%d" % n) for n in range(10, 20)])
    await bench.produce(RAW, [(b"k", b"%d" % n) for n in range(10)], partition=1)
    batches = await following
    assert records_of(batches) == [b"%d" % n for n in range(20)]
    assert records_of(batches, 1) == [b"%d" % n for n in range(10)]


async def test_a_feed_starts_where_it_is_told(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"%d" % n) for n in range(10)])
    assert records_of(await followed(bench, {bench.place(RAW): 7}, 3)) == [b"7", b"8", b"9"]


async def test_a_feed_says_that_its_start_is_gone(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"old")] * 5)
    await asyncio.sleep(0.01)
    await bench.produce(RAW, [(b"k", b"new")] * 5)
    await bench.drop_before(bench.place(RAW), 5)
    with pytest.raises(PositionLost):
        await followed(bench, {bench.place(RAW): 1}, 1)


async def test_a_feed_does_not_wait_beyond_the_end(bench: Bench) -> None:
    await bench.produce(RAW, [(b"k", b"v")] * 5)
    with pytest.raises(LogError):
        await followed(bench, {bench.place(RAW): 6}, 1)


async def test_a_feed_moves_over_markers_and_stands_at_the_end(bench: Bench) -> None:
    writer = await opened(bench)
    for n in range(3):
        await writer.commit(outputs(bench, b"w"), step(bench, b"%d" % n))
    await writer.close()
    await settled(bench)
    place = bench.place(STEPS)
    reader = bench.reader()
    end = (await reader.end_offsets([place]))[place]
    await reader.close()
    feed = bench.feed()
    async with asyncio.timeout(_SOON_S):
        async for batch in feed.follow({place: 0}):
            if batch.stop == end:
                break
    standing = feed.standing()[place]
    assert (standing.position, standing.end) == (end, end)
    await feed.close()


async def test_an_open_transaction_is_not_seen_and_does_not_hide_what_was_before(kafka_bench: KafkaBench) -> None:
    """Uncommitted records stay invisible until their writer is fenced, then for ever."""
    bench, writer = kafka_bench, kafka_bench.log.writer(0)
    await writer.open()
    await writer.commit(outputs(bench, b"committed"), step(bench, b"1"))
    await writer.close()
    hanging = transactional_producer(bench.settings, f"{bench.name}-steps-0")
    await hanging.start()
    await hanging.begin_transaction()
    await hanging.send_and_wait(bench.topic(WARNINGS), b"hanging", partition=0)
    assert await values(bench, WARNINGS) == [b"committed"]
    await settled(bench)
    await bench.produce(WARNINGS, [(b"k", b"later")])
    assert await values(bench, WARNINGS) == [b"committed", b"later"]
    with pytest.raises(ProducerFenced):
        await hanging.commit_transaction()
    await abandoned(hanging)
    await settled(bench)
    assert await values(bench, WARNINGS) == [b"committed", b"later"]
