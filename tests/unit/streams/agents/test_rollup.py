"""The roll-up: minutes of all partitions become risk of every region, once each, whatever ends its owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec
import pytest

from streams.agents import rollup as rollup_module
from streams.agents.rolling import PROVISIONAL_AFTER_MS, Minute, Minutes, Tree, region_risks
from streams.agents.rollup import RollUp
from streams.domain.log import Batch, TopicPartition
from streams.domain.outputs import RegionClose, RegionRisk
from streams.domain.registry import Region
from streams.steps.ports import Standing
from tests.support.steps import MemoryLog

MINUTE_MS = 60_000


def close(at_ms: int, partition: int, **counties: tuple[int, int, int, int]) -> RegionClose:
    """Counties as (score in micro-units, red, yellow, blue); one enterprise each level count."""
    rows = sorted(counties.items())
    return RegionClose(
        at_ms=at_ms, partition=partition, region=[c for c, _ in rows], enterprises=[sum(v[1:]) for _, v in rows],
        score_sum=[v[0] * sum(v[1:]) for _, v in rows], score_max=[v[0] for _, v in rows], red=[v[1] for _, v in rows],
        orange=[0] * len(rows), yellow=[v[2] for _, v in rows], blue=[v[3] for _, v in rows],
        worst=[f"{c}-{partition}" for c, _ in rows], online=[0] * len(rows),
    )  # fmt: skip


def tree() -> Tree:
    made = Tree()
    for code, kind, parent in (("P", "province", None), ("C", "city", "P"), ("A", "county", "C"), ("B", "county", "C")):
        region = Region(code=code, name=code, kind=kind, parent=parent)  # type: ignore[arg-type]
        made.take(f"region/{code}".encode(), msgspec.json.encode(region))
    return made


def risks(minute: Minute, provisional: bool = False) -> dict[str, RegionRisk]:
    outputs = region_risks(minute, tree(), provisional)
    return {(o.key or b"").decode(): msgspec.json.decode(o.value, type=RegionRisk) for o in outputs}


def test_a_minute_is_complete_when_all_partitions_have_closed_it() -> None:
    minutes = Minutes(2)
    minutes.add(close(0, 0, A=(5, 0, 0, 1)), 0)
    assert minutes.complete() == []
    minutes.add(close(0, 1, A=(5, 0, 0, 1)), 0)
    assert [m.at_ms for m in minutes.complete()] == [0]
    minutes.add(close(0, 1, A=(5, 0, 0, 1)), 0)  # read again after a restart of the steps' reader: counted already
    assert minutes.complete() == []


def test_a_partition_that_began_later_does_not_hold_up_the_minutes_before() -> None:
    minutes = Minutes(2)
    minutes.add(close(0, 0), 0)
    minutes.add(close(MINUTE_MS, 0), 0)
    minutes.add(close(MINUTE_MS, 1), 0)
    assert [m.at_ms for m in minutes.complete()] == [0, MINUTE_MS]


def test_after_ninety_seconds_a_minute_is_said_provisionally_and_only_once() -> None:
    minutes = Minutes(2)
    minutes.add(close(0, 0), 1_000)
    assert minutes.overdue(1_000 + PROVISIONAL_AFTER_MS) == []
    assert len(minutes.overdue(1_001 + PROVISIONAL_AFTER_MS)) == 1
    assert minutes.overdue(2_000 + PROVISIONAL_AFTER_MS) == []


def test_sums_go_up_the_tree_and_the_colour_is_that_of_the_worst_enterprise() -> None:
    minute = Minute(
        0, 0, {0: [close(0, 0, A=(90_000_000, 1, 0, 0), B=(10_000_000, 0, 0, 9))], 1: [close(0, 1, A=(20_000_000, 0, 1, 0))]}
    )
    said = risks(minute)
    assert list(said) == ["A", "B", "C", "P"]
    assert (said["A"].level, said["A"].enterprises, said["A"].red, said["A"].yellow) == ("red", 2, 1, 1)
    assert (said["B"].level, said["B"].worst) == ("blue", "B-0")
    assert said["C"] == said["P"].__class__(**{**msgspec.structs.asdict(said["P"]), "region": "C"})
    assert (said["P"].enterprises, said["P"].worst, said["P"].level) == (11, "A-0", "red")
    assert 0 < said["P"].score < 90


@pytest.mark.parametrize("broken", [b"{}", b"nonsense"])
def test_a_region_that_cannot_be_read_leaves_what_was_known(broken: bytes) -> None:
    known = tree()
    known.take(b"region/A", broken)
    assert list(known.above("A")) == ["A", "C", "P"]
    known.take(b"region/A", None)
    assert list(known.above("A")) == ["A"]


def test_a_loop_of_parents_ends() -> None:
    looped = Tree()
    for code, parent in (("X", "Y"), ("Y", "X")):
        looped.take(f"region/{code}".encode(), msgspec.json.encode(Region(code=code, name=code, kind="city", parent=parent)))
    assert list(looped.above("X")) == ["X", "Y"]


class Feed:
    """Follows the log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._closed = False

    async def follow(self, start: Mapping[TopicPartition, int]) -> AsyncIterator[Batch]:
        at = dict(start)
        while not self._closed:
            for place in at:
                end = self._log.ends[place]
                if end > at[place]:
                    records, stop = await self._log.reader().read(place, at[place], end)
                    yield Batch(*place, at[place], stop, records)
                    at[place] = stop
            await asyncio.sleep(0)

    def standing(self) -> Mapping[TopicPartition, Standing]:
        return {}

    async def close(self) -> None:
        self._closed = True


def said_by(log: MemoryLog) -> list[tuple[int, str]]:
    found = [msgspec.json.decode(value, type=RegionRisk) for value in log.values("region-risk", 0)]
    return [(risk.at_ms, risk.region) for risk in found]


async def test_an_owner_that_ends_anywhere_is_followed_by_one_that_neither_repeats_nor_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = MemoryLog()
    log.append("registry", 0, b"region/A", msgspec.json.encode(Region(code="A", name="A", kind="county")))
    expected: list[tuple[int, str]] = []
    faults = iter(["", "before", "", "after", "", "", "before", "after", "after"] + [""] * 100)
    pending = ""

    def fault(where: str, step: object) -> str:
        nonlocal pending
        if where == "before":
            pending = next(faults)
        return "unknown" if pending == where else ""

    log.fault = fault
    monkeypatch.setattr(rollup_module, "RETRY_S", 0.001)
    rollup = RollUp(log, 2, lambda: Feed(log), lambda: 0)
    rollup.own(frozenset({0}))
    for minute in range(12):
        for partition in (0, 1):
            value = msgspec.json.encode(close(minute * MINUTE_MS, partition, A=(5, 0, 0, 1)))
            log.append("region-close", partition, b"x", value)
        expected.append((minute * MINUTE_MS, "A"))
        ends = {TopicPartition("region-close", p): log.ends[TopicPartition("region-close", p)] for p in (0, 1)}
        await asyncio.wait_for(rollup.caught_up(ends), 20)
    await rollup.stop()
    assert said_by(log) == expected
