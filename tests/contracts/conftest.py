"""Both logs behind one face, so that every contract test runs on each of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from streams.domain.log import TopicPartition
from streams.steps.ports import Feed, LogReader, PartitionWriter
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.embedded_store import Topic
from streams.transport.feeds import EmbeddedFeed, KafkaFeed
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_client import KafkaSettings
from streams.transport.kafka_producing import KafkaProducerPort

_numbers = itertools.count()

RAW, STEPS, WARNINGS, TABLE = "raw", "steps", "warnings", "table"  # roles of topics; TABLE is compacted
PARTITIONS = 2
MAX_RECORD_BYTES = 1_048_588


class Bench(Protocol):
    """One log with topics of its own for one test."""

    kind: str

    def topic(self, role: str) -> str: ...
    def place(self, role: str, partition: int = 0) -> TopicPartition: ...
    def writer(self, partition: int = 0, role: str = "steps") -> PartitionWriter: ...
    def reader(self) -> LogReader: ...
    def feed(self) -> Feed: ...
    async def produce(
        self, role: str, records: Sequence[tuple[bytes | None, bytes | None]], partition: int | None = 0
    ) -> None: ...
    async def drop_before(self, place: TopicPartition, offset: int) -> None: ...
    def add_topic(self, role: str, partitions: int) -> None: ...


class EmbeddedBench:
    kind = "embedded"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.db"
        self.log = EmbeddedLog.open(self.path)
        names = [RAW, STEPS, WARNINGS]
        self.log.create_topics([*(Topic(n, PARTITIONS) for n in names), Topic(TABLE, PARTITIONS, compacted=True)])

    def topic(self, role: str) -> str:
        return role

    def place(self, role: str, partition: int = 0) -> TopicPartition:
        return TopicPartition(role, partition)

    def writer(self, partition: int = 0, role: str = "steps") -> PartitionWriter:
        return self.log.writer(partition, role)

    def reader(self) -> LogReader:
        return self.log.reader()

    def feed(self) -> Feed:
        return EmbeddedFeed(self.log)

    async def produce(self, role: str, records: Sequence[tuple[bytes | None, bytes | None]], partition: int | None = 0) -> None:
        await self.log.append_batch([Append(role, partition, key, value) for key, value in records])

    async def drop_before(self, place: TopicPartition, offset: int) -> None:
        """Retention with the age of the record at `offset`; the test waits until the ones before are older than that."""
        reader = self.reader()
        records, _ = await reader.read(place, offset, offset + 1)
        await reader.close()
        self.log.create_topics([Topic(place.topic, PARTITIONS, retention_ms=0)])
        self.log.retain(records[0].broker_ms)

    def add_topic(self, role: str, partitions: int) -> None:
        self.log.create_topics([Topic(role, partitions)])

    async def close(self) -> None:
        self.log.close()


class KafkaBench:
    kind = "kafka"

    def __init__(self, server: Any) -> None:
        self.server = server
        self.name = f"c{os.getpid()}-{next(_numbers)}"
        self.settings = KafkaSettings(server.bootstrap)
        self.log = KafkaLog(self.settings, self.name)
        stamped = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(MAX_RECORD_BYTES)}
        server.create_topics({self.topic(r): PARTITIONS for r in (RAW, STEPS, WARNINGS)}, stamped)
        server.create_topics({self.topic(TABLE): PARTITIONS}, {**stamped, "cleanup.policy": "compact"})

    def topic(self, role: str) -> str:
        return f"{self.name}-{role}"

    def place(self, role: str, partition: int = 0) -> TopicPartition:
        return TopicPartition(self.topic(role), partition)

    def writer(self, partition: int = 0, role: str = "steps") -> PartitionWriter:
        return self.log.writer(partition, role)

    def reader(self) -> LogReader:
        return self.log.reader()

    def feed(self) -> Feed:
        return KafkaFeed(self.settings)

    async def produce(self, role: str, records: Sequence[tuple[bytes | None, bytes | None]], partition: int | None = 0) -> None:
        port = KafkaProducerPort(self.settings)
        await port.open()
        for key, value in records:
            await port.append(self.topic(role), partition, key, value)
        await port.close()

    async def drop_before(self, place: TopicPartition, offset: int) -> None:
        from kafka import TopicPartition as AdminPlace

        admin = self.server.admin()
        try:
            admin.delete_records({AdminPlace(*place): offset})
        finally:
            admin.close()

    def add_topic(self, role: str, partitions: int) -> None:
        self.server.create_topics({self.topic(role): partitions}, {"message.timestamp.type": "LogAppendTime"})

    async def close(self) -> None: ...


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=[pytest.mark.integration, pytest.mark.kafka])])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    made: Any
    if request.param == "kafka":
        made = KafkaBench(request.getfixturevalue("kafka_server"))
    else:
        made = EmbeddedBench(tmp_path)
    yield made
    await made.close()


@pytest.fixture
def kafka_bench(kafka_server: Any) -> KafkaBench:
    """For what only a broker can do: open transactions, groups of several workers."""
    return KafkaBench(kafka_server)
