"""The embedded log beyond the contract: the file's lock, its clock, refusals that stay alone, retention, compaction, waking."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.domain.log import Output, RawRecord, TopicPartition
from streams.domain.partitions import partition_of
from streams.steps.ports import LogError, PositionLost
from streams.transport.clocks import PlayerClock
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.embedded_store import LogBusy, Topic

P0 = TopicPartition("readings", 0)
TABLE = TopicPartition("table", 0)


@pytest.fixture
def clock() -> PlayerClock:
    return PlayerClock(1_000)


@pytest.fixture
def log(tmp_path: Path, clock: PlayerClock) -> Iterator[EmbeddedLog]:
    made = EmbeddedLog.open(tmp_path / "log.db", clock)
    made.create_topics([Topic("readings", 2), Topic("steps", 2), Topic("table", 1, compacted=True, compaction_lag_ms=100)])
    yield made
    made.close()


def put(log: EmbeddedLog, *records: Append) -> list[int]:
    return log.submit(records).result(timeout=10)


def one(value: bytes = b"v", topic: str = "readings", key: bytes = b"k", broker_ms: int | None = None) -> Append:
    return Append(topic, 0, key, value, broker_ms)


async def all_of(log: EmbeddedLog, place: TopicPartition = P0) -> list[RawRecord]:
    reader = log.reader()
    begin = (await reader.begin_offsets([place]))[place]
    records, _ = await reader.read(place, begin, 1 << 40, max_bytes=1 << 40)
    await reader.close()
    return list(records)


# -- the file ---------------------------------------------------------------------------------------------------------------


def test_a_second_process_is_refused_with_the_owner_named(log: EmbeddedLog) -> None:
    code = (
        "import sys; from streams.transport.embedded import EmbeddedLog\n"
        "try: EmbeddedLog.open(sys.argv[1])\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    told = subprocess.run([sys.executable, "-c", code, str(log.store.path)], capture_output=True, text=True, check=True).stdout
    assert told.startswith("LogBusy")
    assert str(log.store.path) in told


def test_a_second_opening_in_the_same_process_is_refused_too(log: EmbeddedLog) -> None:
    with pytest.raises(LogBusy) as refused:
        EmbeddedLog.open(log.store.path)
    assert "另一进程" in refused.value.told("zh")
    assert refused.value.told("en") == str(refused.value)
    assert EmbeddedLog.opened(log.store.path) is log


def test_closing_releases_the_file_and_keeps_everything(log: EmbeddedLog, tmp_path: Path) -> None:
    put(log, one(b"1"), one(b"2"))
    log.close()
    log.close()
    again = EmbeddedLog.open(tmp_path / "log.db", PlayerClock())
    assert [r.value for r in asyncio.run(all_of(again))] == [b"1", b"2"]
    assert put(again, one(b"3")) == [2]
    assert again.partitions("readings") == 2
    again.close()


def test_a_closed_log_refuses_work(log: EmbeddedLog) -> None:
    log.close()
    with pytest.raises(LogError):
        put(log, one())


def test_another_file_is_not_taken_for_a_log(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, and long enough to be looked at " * 40)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()
    for name in ("text.db", "other.db"):
        with pytest.raises(LogError):
            EmbeddedLog.open(tmp_path / name)


def test_a_file_without_tables_is_started_anew(tmp_path: Path) -> None:
    """What a kill between the first write and the tables leaves behind."""
    half = sqlite3.connect(tmp_path / "log.db")
    half.execute("PRAGMA journal_mode = WAL")
    half.close()
    log = EmbeddedLog.open(tmp_path / "log.db")
    log.create_topics([Topic("readings", 1)])
    log.close()


def test_creating_topics_again_is_nothing_new_and_another_count_is_refused(log: EmbeddedLog) -> None:
    put(log, one())
    log.create_topics([Topic("readings", 2), Topic("more", 3)])
    assert log.store.extent(P0).end == 1
    with pytest.raises(LogError):
        log.create_topics([Topic("fresh", 1), Topic("readings", 4)])
    assert "fresh" not in log.topics()
    with pytest.raises(LogError):
        put(log, one(topic="fresh"))


# -- time -------------------------------------------------------------------------------------------------------------------


def test_the_players_clock_stamps_what_is_appended(log: EmbeddedLog, clock: PlayerClock) -> None:
    put(log, one())
    log.set_now(5_000)
    put(log, one(), one(broker_ms=4_000), one(broker_ms=6_000), one())
    assert [r.broker_ms for r in asyncio.run(all_of(log))] == [1_000, 5_000, 5_000, 6_000, 6_000]
    assert log.now_ms() == 5_000
    with pytest.raises(ValueError, match="cannot go back"):
        log.set_now(4_999)


def test_a_clock_reopened_starts_at_the_newest_stamp(log: EmbeddedLog, tmp_path: Path) -> None:
    log.set_now(9_000)
    put(log, one())
    log.close()
    again = EmbeddedLog.open(tmp_path / "log.db", PlayerClock())
    assert again.now_ms() == 9_000
    again.close()


def test_with_the_wall_clock_nobody_else_gives_append_times(tmp_path: Path) -> None:
    log = EmbeddedLog.open(tmp_path / "log.db")
    log.create_topics([Topic("readings", 1)])
    with pytest.raises(LogError):
        put(log, one(broker_ms=99_999_999_999_999))
    with pytest.raises(LogError):
        log.set_now(99_999_999_999_999)
    put(log, one())
    (record,) = asyncio.run(all_of(log))
    assert record.broker_ms <= log.now_ms() < 99_999_999_999_999
    log.close()


@given(stamps=st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_append_times_never_fall_whatever_they_are_said_to_be(
    tmp_path_factory: pytest.TempPathFactory, stamps: list[int]
) -> None:
    log = EmbeddedLog.open(tmp_path_factory.mktemp("log") / "log.db", PlayerClock())
    log.create_topics([Topic("readings", 1)])
    for stamp in stamps:
        put(log, one(broker_ms=stamp))
    got = [r.broker_ms for r in asyncio.run(all_of(log))]
    assert got == [max(stamps[: n + 1]) for n in range(len(stamps))]
    log.close()


# -- transactions -----------------------------------------------------------------------------------------------------------


def test_a_refused_transaction_leaves_the_others_of_its_group_alone(log: EmbeddedLog) -> None:
    """They share one COMMIT; a savepoint keeps them apart."""
    gate = threading.Event()
    log.store.submit(lambda _: gate.wait(10))  # so that the next ones wait together
    large = bytes(2 << 20)
    futures = [
        log.submit([one(b"a")]),
        log.submit([one(b"torn"), one(large)]),
        log.submit([one(b"b")]),
        log.submit([one(topic="no")]),
    ]
    gate.set()
    assert futures[0].result(10) == [0]
    assert futures[2].result(10) == [1]
    for refused in (futures[1], futures[3]):
        with pytest.raises(LogError):
            refused.result(10)
    assert [(r.offset, r.value) for r in asyncio.run(all_of(log))] == [(0, b"a"), (1, b"b")]


def test_a_transaction_given_up_while_it_waits_never_happens(log: EmbeddedLog) -> None:
    gate = threading.Event()
    log.store.submit(lambda _: gate.wait(10))
    given_up = log.submit([one(b"never")])
    assert given_up.cancel()
    gate.set()
    put(log, one(b"next"))
    assert [r.value for r in asyncio.run(all_of(log))] == [b"next"]


def test_a_disk_that_fails_fails_the_whole_group_and_the_log_goes_on(log: EmbeddedLog) -> None:
    pages = log.store.submit(lambda db: db.execute("PRAGMA page_count").fetchone()[0]).result(10)
    log.store.submit(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 4}").fetchone()).result(10)
    with pytest.raises(LogError):
        put(log, *[one(bytes(100_000)) for _ in range(20)])
    assert asyncio.run(all_of(log)) == []
    log.store.submit(lambda db: db.execute("PRAGMA max_page_count = 1000000").fetchone()).result(10)
    assert put(log, one(b"after")) == [0]


def test_keys_choose_the_partition_as_kafka_does(log: EmbeddedLog) -> None:
    keys = [b"E%d" % n for n in range(20)]
    put(log, *[Append("readings", None, key, b"v") for key in keys], Append("readings", None, None, b"v"))
    for partition in range(2):
        got = [r.key for r in asyncio.run(all_of(log, TopicPartition("readings", partition))) if r.key is not None]
        assert got == [k for k in keys if partition_of(k, 2) == partition]


def test_offsets_of_readers_are_committed_ones_only(log: EmbeddedLog) -> None:
    seen: list[int] = []

    def work(db: sqlite3.Connection) -> None:
        log._appended(db, [one()])
        seen.append(log.store.extent(P0).end)

    log.store.submit(work).result(10)
    assert seen == [0]
    assert log.store.extent(P0).end == 1


async def test_commits_of_many_writers_are_grouped(log: EmbeddedLog) -> None:
    writers = [log.writer(p) for p in range(2)]
    for writer in writers:
        await writer.open()
    told = await asyncio.gather(*(w.commit([], Output("steps", None, b"%d" % n)) for n, w in enumerate(writers)))
    assert told == [1_000, 1_000]
    for writer in writers:
        await writer.close()


# -- upkeep -----------------------------------------------------------------------------------------------------------------


def test_retention_drops_a_prefix_and_says_so_to_readers(log: EmbeddedLog, clock: PlayerClock) -> None:
    log.create_topics([Topic("readings", 2, retention_ms=1_000)])
    for at_ms in (1_000, 2_000, 3_000, 4_000):
        log.set_now(at_ms)
        put(log, one(b"%d" % at_ms))
    assert log.retain() == 2
    assert [r.value for r in asyncio.run(all_of(log))] == [b"3000", b"4000"]
    assert log.retain() == 0
    assert log.retain(at_ms=9_999_999) == 2
    assert log.store.extent(P0)[1:3] == (4, 4)
    assert put(log, one()) == [4]

    async def below() -> None:
        reader = log.reader()
        with pytest.raises(PositionLost):
            await reader.read(P0, 3, 5)
        await reader.close()

    asyncio.run(below())


def test_topics_without_retention_keep_everything(log: EmbeddedLog) -> None:
    put(log, one())
    assert log.retain(at_ms=1 << 50) == 0


def test_compaction_keeps_the_newest_of_each_key_and_all_offsets(log: EmbeddedLog) -> None:
    put(log, *[one(b"%d" % n, "table", b"k%d" % (n % 2)) for n in range(6)], Append("table", 0, b"gone", b"x"))
    put(log, Append("table", 0, b"gone", None), Append("table", 0, None, b"no key"))
    log.set_now(1_200)
    assert log.compact() == 6
    got = asyncio.run(all_of(log, TABLE))
    assert [(r.offset, r.key, r.value) for r in got] == [(4, b"k0", b"4"), (5, b"k1", b"5"), (8, None, b"no key")]
    assert put(log, one(topic="table")) == [9]


def test_compaction_leaves_a_record_until_its_successor_is_past_the_lag(log: EmbeddedLog) -> None:
    """A step may name the old record; it must be there as long as the raw topics of that time are."""
    put(log, one(b"old", "table"))
    log.set_now(10_000)
    put(log, one(b"new", "table"))
    log.set_now(10_100)
    assert log.compact() == 0
    log.set_now(10_101)
    assert log.compact() == 1
    assert [r.value for r in asyncio.run(all_of(log, TABLE))] == [b"new"]


def test_compaction_leaves_other_topics_alone(log: EmbeddedLog) -> None:
    put(log, one(b"1"), one(b"2"))
    assert log.compact(at_ms=1 << 50) == 0


# -- waking -----------------------------------------------------------------------------------------------------------------


async def test_a_waiter_is_woken_by_its_partitions_only(log: EmbeddedLog) -> None:
    mine = log.store.bell.hang([P0])
    every = log.store.bell.hang(None)
    await log.append("readings", 1, b"k", b"v")
    await asyncio.wait_for(every.event.wait(), 10)
    assert not mine.event.is_set()
    await log.append("readings", 0, b"k", b"v")
    await asyncio.wait_for(mine.event.wait(), 10)


async def test_the_clock_wakes_everyone(log: EmbeddedLog) -> None:
    waiter = log.store.bell.hang([P0])
    log.set_now(2_000)
    await asyncio.wait_for(waiter.event.wait(), 10)


async def test_a_waiter_whose_loop_has_gone_disturbs_nobody(log: EmbeddedLog) -> None:
    async def hang() -> None:
        log.store.bell.hang(None)

    thread = threading.Thread(target=lambda: asyncio.run(hang()))
    thread.start()
    thread.join()
    await log.append("readings", 0, b"k", b"v")
    assert len(await all_of(log)) == 1


# -- any history ------------------------------------------------------------------------------------------------------------


class AnyHistory(RuleBasedStateMachine):
    """The log against a model of plain lists: appends, whole and refused transactions, upkeep, closing and opening again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = PlayerClock(0)
        self.log = EmbeddedLog.open(Path(self.folder.name) / "log.db", self.clock)
        self.topics = [Topic("a", 2, retention_ms=50), Topic("b", 1, compacted=True), Topic("steps", 2)]
        self.log.create_topics(self.topics)
        self.model = {TopicPartition(t.name, p): list[RawRecord]() for t in self.topics for p in range(t.partitions)}
        self.ends = dict.fromkeys(self.model, 0)

    def expect(self, place: TopicPartition, key: bytes | None, value: bytes | None) -> None:
        self.model[place].append(RawRecord(*place, self.ends[place], self.clock.now_ms(), key, value))
        self.ends[place] += 1

    @rule(places=st.lists(st.tuples(st.sampled_from([("a", 0), ("a", 1), ("b", 0)]), st.sampled_from([b"x", b"y"])), max_size=5))
    def append(self, places: list[tuple[tuple[str, int], bytes]]) -> None:
        put(self.log, *[Append(topic, partition, key, key * 3) for (topic, partition), key in places])
        for (topic, partition), key in places:
            self.expect(TopicPartition(topic, partition), key, key * 3)

    @rule()
    def remove(self) -> None:
        put(self.log, Append("b", 0, b"x", None))
        self.expect(TopicPartition("b", 0), b"x", None)

    @rule(partition=st.sampled_from([0, 1]), refused=st.booleans())
    def commit(self, partition: int, refused: bool) -> None:
        outputs = [Output("a", b"k", b"output"), Output("nowhere" if refused else "a", b"k", b"more")]

        async def go() -> None:
            writer = self.log.writer(partition)
            await writer.open()
            await writer.commit(outputs, Output("steps", None, b"step"))

        if refused:
            with pytest.raises(LogError):
                asyncio.run(go())
            return
        asyncio.run(go())
        self.expect(TopicPartition("a", partition), b"k", b"output")
        self.expect(TopicPartition("a", partition), b"k", b"more")
        self.expect(TopicPartition("steps", partition), None, b"step")

    @rule(by_ms=st.integers(1, 60))
    def time_passes(self, by_ms: int) -> None:
        self.log.set_now(self.clock.now_ms() + by_ms)

    @rule()
    def retain(self) -> None:
        self.log.retain()
        for place in (TopicPartition("a", 0), TopicPartition("a", 1)):
            self.model[place] = [r for r in self.model[place] if r.broker_ms >= self.clock.now_ms() - 50]

    @rule()
    def compact(self) -> None:
        self.log.compact()
        place = TopicPartition("b", 0)
        old = [r for r in self.model[place] if r.broker_ms < self.clock.now_ms()]
        newest = {r.key: r.offset for r in old}
        dead = {r.offset for r in old if newest[r.key] != r.offset or r.value is None}
        self.model[place] = [r for r in self.model[place] if r.offset not in dead]

    @rule()
    def reopen(self) -> None:
        path, now_ms = self.log.store.path, self.clock.now_ms()
        self.log.close()
        self.clock = PlayerClock(now_ms)
        self.log = EmbeddedLog.open(path, self.clock)

    @invariant()
    def holds_exactly_the_model(self) -> None:
        for place, expected in self.model.items():
            assert self.log.store.extent(place).end == self.ends[place]
            assert asyncio.run(all_of(self.log, place)) == expected

    def teardown(self) -> None:
        self.log.close()
        self.folder.cleanup()


AnyHistory.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestAnyHistory = AnyHistory.TestCase
