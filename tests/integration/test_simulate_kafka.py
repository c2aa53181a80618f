"""The registry and a simulated stream into a real broker, read back by a plain consumer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from backfill.simulate import Simulation, World
from riskstream.main import main
from riskstream.topics import apply, read_topics
from streams.domain.partitions import partition_of
from streams.transport.kafka_admin import KafkaAdmin
from tests.support.kafka_server import KafkaServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "registry"
START = "2026-01-05T08:00:00+08:00"


async def _read_all(bootstrap: str, topic: str) -> list[tuple[int, bytes, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed",
                                enable_auto_commit=False)  # fmt: skip
    await consumer.start()
    try:
        places = [TopicPartition(topic, p) for p in range(read_topics()[topic].partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(places)
        found: list[tuple[int, bytes, bytes]] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += [(r.partition, r.key, r.value) for r in records]
        return found
    finally:
        await consumer.stop()


def read_all(bootstrap: str, topic: str) -> list[tuple[int, bytes, bytes]]:
    """Everything committed in a topic: (partition, key, value), in order of each partition."""
    return asyncio.run(_read_all(bootstrap, topic))


def test_registry_and_simulation_reach_a_real_broker_whole(
    kafka_factory: Callable[..., KafkaServer], capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap = kafka_factory().bootstrap
    with KafkaAdmin(bootstrap) as admin:
        apply(admin, read_topics(), 1, False)
    target = f"kafka://{bootstrap}"
    assert main(["registry", "publish", str(EXAMPLE), "--to", target]) == 0
    assert [key for _, key, _ in read_all(bootstrap, "registry")][-1] == b"enterprise/990121003"

    argv = ["simulate", "--seed", "3", "--start", START, "--duration", "20s", "--rate", "max", "--quiet-world", "--no-registry"]
    assert main([*argv, "--out", target]) == 0
    world = World.generate("county", 3)
    sent = [r for r in Simulation(world, 1_767_571_200_000, 3).records(1_767_571_220_000) if r.topic == "readings"]
    got = read_all(bootstrap, "readings")
    assert Counter(value for *_, value in got) == Counter(r.value for r in sent)
    partitions = read_topics()["readings"].partitions
    assert all(partition == partition_of(key, partitions) for partition, key, _ in got)
    for enterprise in world.enterprises:  # one sender's records keep their order
        key = enterprise.code.encode()
        assert [value for _, k, value in got if k == key] == [r.value for r in sent if r.key == key]
