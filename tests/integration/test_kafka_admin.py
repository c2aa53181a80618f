"""topics.yaml on a real broker: created as written, drift found, nothing deleted."""

import uuid
from dataclasses import replace

import pytest
from kafka import KafkaProducer

from riskstream.topics import apply, drift_of, read_topics
from streams.decode.decoder import Decoder
from streams.domain.log import TopicPartition
from streams.domain.topics import Topics
from streams.steps.ports import LogError
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_admin import KafkaAdmin
from streams.transport.kafka_client import KafkaSettings
from tests.support.kafka_server import KafkaTopics


@pytest.fixture
def house() -> Topics:
    """The topics of the house under names of this run's own: the broker is shared."""
    mark = uuid.uuid4().hex[:8]
    topics = read_topics().with_partitions(2)
    return Topics(2, {f"{t.name}-{mark}": replace(t, name=f"{t.name}-{mark}") for t in topics})


def test_topics_are_created_as_the_file_says(kafka_server: KafkaTopics, house: Topics) -> None:
    with KafkaAdmin(kafka_server.bootstrap) as admin:
        assert {d.what for d in drift_of(house, admin.topics(t.name for t in house))} == {"missing"}
        assert {d.what for d in apply(admin, house)} == {"created"}
        assert apply(admin, house) == []
        found = admin.topics(t.name for t in house)
    assert len(found) == len(house.by_name)
    assert {f.config["message.timestamp.type"] for f in found.values()} == {"LogAppendTime"}


def test_drift_is_found_and_set_right_on_request_only(kafka_server: KafkaTopics, house: Topics) -> None:
    name = next(t.name for t in house if t.name.startswith("registry-"))
    with KafkaAdmin(kafka_server.bootstrap) as admin:
        apply(admin, house)
        admin.set_config(name, {"min.compaction.lag.ms": "5", "segment.ms": "123456"})
        assert [(d.topic, d.setting, d.found) for d in apply(admin, house)] == [(name, "min.compaction.lag.ms", "5")]
        assert [d.what for d in apply(admin, house, alter=True)] == ["altered"]
        assert apply(admin, house) == []
        assert admin.topics([name])[name].config["segment.ms"] == "123456", "what the file does not name is left alone"
        larger = house.with_partitions(4)
        assert {d.what for d in apply(admin, larger, alter=True)} == {"partitions"}


def test_two_may_create_at_once(kafka_server: KafkaTopics, house: Topics) -> None:
    with KafkaAdmin(kafka_server.bootstrap) as admin:
        apply(admin, house)
        admin.create(house, 1)
        assert apply(admin, house) == []


def test_a_broker_that_is_not_there_is_said() -> None:
    with pytest.raises(LogError, match=r"127\.0\.0\.1:1"):
        KafkaAdmin("127.0.0.1:1", timeout_s=1)


async def test_ten_megabytes_get_through_the_broker_and_become_a_dead_letter(kafka_server: KafkaTopics, house: Topics) -> None:
    """An oversized message must be seen and said, not only refused to its sender; and it must not stop the readers behind it."""
    name = next(t.name for t in house if t.name.startswith("readings-"))
    with KafkaAdmin(kafka_server.bootstrap) as admin:
        apply(admin, house)
    body = b"[" + b"1," * 5_000_000 + b"1]"
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap, max_request_size=16 << 20)
    try:
        for value in (body, b"{}"):
            producer.send(name, value, key=b"E1", partition=0).get(60)
    finally:
        producer.close()
    place = TopicPartition(name, 0)
    reader = KafkaLog(KafkaSettings(kafka_server.bootstrap), "admin-test").reader()
    try:
        end = (await reader.end_offsets([place]))[place]
        records, position = await reader.read(place, 0, end)
        while position < end:
            more, position = await reader.read(place, position, end)
            records = [*records, *more]
    finally:
        await reader.close()
    given = [r._replace(topic="readings") for r in records]
    rejected = Decoder().decode(given, [r.broker_ms for r in given]).rejected
    assert [(r.at.offset, r.reason) for r in rejected] == [(0, "reject.too_large"), (1, "reject.missing_field")]
    assert rejected[0].detail == f"{len(body)} > 1048576 bytes"
