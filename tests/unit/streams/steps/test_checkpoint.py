"""Checkpoints: whole or not at all, of a history that the log holds, found without reading the whole topic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.domain.log import NO_HASH, Cut, Outcome, TopicPartition
from streams.steps import checkpoint
from streams.steps.codec import encode_step, link, step_of
from tests.support.steps import MemoryLog

READINGS = TopicPartition("readings", 1)
CHECKPOINTS = TopicPartition("checkpoints", 1)


class Bench:
    """A log with steps, and checkpoints written as the committer writes them."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.links = [NO_HASH]

    def step(self) -> int:
        number = len(self.links)
        data = encode_step(step_of(Cut(partition=1, number=number, log_ms=number), Outcome((), NO_HASH), self.links[-1], {}))
        offset = self.log.append("steps", 1, None, data)
        self.links.append(link(data))
        return offset

    def save(self, offset: int, slot: int, parts: list[tuple[str, bytes]], manifest: bool = True) -> None:
        number = len(self.links) - 1
        point = checkpoint.Point(partition=1, partitions=2, number=number, link=self.links[number], log_ms=number, outcome=NO_HASH,
                                 positions={READINGS: number * 10}, versions={"engine": "x"}, gap_window_ms=7, gap_used_ms=3)  # fmt: skip
        encoded = checkpoint.encode(1, slot, parts)
        for chunk in encoded.chunks:
            self.log.append(chunk.topic, 1, chunk.key, chunk.value)
            self.log.marker(chunk.topic, 1)
        if manifest:
            output = checkpoint.manifest_output(point, encoded, offset)
            self.log.append(output.topic, 1, output.key, output.value)

    async def newest(self) -> checkpoint.Loaded | None:
        return await checkpoint.newest(self.log.reader(), 1, 2)


async def test_the_newest_comes_back_with_everything() -> None:
    bench = Bench()
    bench.save(bench.step(), 0, [("a", b"old")])
    bench.save(bench.step(), 1, [("a", b"new"), ("b", b"")])
    loaded = await bench.newest()
    assert loaded is not None
    assert list(loaded.chunks) == [("a", b"new"), ("b", b"")]
    assert loaded.positions() == {READINGS: 20}
    assert (loaded.manifest.number, loaded.manifest.gap_window_ms, loaded.manifest.gap_used_ms) == (2, 7, 3)


async def test_a_half_written_one_is_passed_over_for_the_one_before() -> None:
    bench = Bench()
    bench.save(bench.step(), 0, [("a", b"whole")])
    bench.save(bench.step(), 1, [("a", b"x" * 2_000_000)], manifest=False)
    loaded = await bench.newest()
    assert loaded is not None
    assert loaded.manifest.number == 1


async def test_one_with_a_chunk_changed_or_gone_is_passed_over() -> None:
    for spoil in ("change", "remove"):
        bench = Bench()
        bench.save(bench.step(), 0, [("a", b"whole")])
        bench.save(bench.step(), 1, [("a", b"spoilt")])
        records = bench.log.records[CHECKPOINTS]
        at = next(i for i, r in enumerate(records) if r.key == b"1/1/0")
        if spoil == "change":
            records[at] = records[at]._replace(value=b"something else")
        else:
            del records[at]
        loaded = await bench.newest()
        assert loaded is not None
        assert loaded.manifest.number == 1


async def test_one_of_a_step_that_is_not_in_the_log_is_passed_over() -> None:
    bench = Bench()
    bench.save(bench.step(), 0, [("a", b"true")])
    bench.save(bench.step(), 1, [("a", b"never happened")])
    bench.log.records[TopicPartition("steps", 1)].pop()
    loaded = await bench.newest()
    assert loaded is not None
    assert loaded.manifest.number == 1


async def test_one_of_another_number_of_partitions_is_no_checkpoint_of_ours() -> None:
    bench = Bench()
    bench.save(bench.step(), 0, [("a", b"x")])
    assert await checkpoint.newest(bench.log.reader(), 1, 8) is None


async def test_other_records_of_the_topic_do_not_disturb_and_a_large_one_is_found() -> None:
    bench = Bench()
    offset = bench.step()
    noise = bytes(range(256)) * 4_000
    parts = [(f"part{i}", noise + bytes([i])) for i in range(25)]
    bench.save(offset, 0, parts)
    for _ in range(300):
        bench.log.append("checkpoints", 1, b"rollup", b"{}")
    loaded = await bench.newest()
    assert loaded is not None
    assert list(loaded.chunks) == parts


async def test_an_empty_topic_has_none() -> None:
    assert await Bench().newest() is None


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.binary(max_size=3_000)), max_size=5, unique_by=lambda p: p[0]))
def test_chunks_are_small_and_groups_keep_their_order(parts: list[tuple[str, bytes]]) -> None:
    encoded = checkpoint.encode(0, 0, [(name, data * 700) for name, data in parts])
    assert [chunk for group in encoded.groups() for chunk in group] == encoded.chunks
    assert all(len(chunk.value) <= checkpoint.CHUNK_BYTES + 1024 for chunk in encoded.chunks)
    assert all(sum(len(c.value) for c in group) <= checkpoint.GROUP_BYTES or len(group) == 1 for group in encoded.groups())
