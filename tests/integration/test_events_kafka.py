"""CloudEvents on a real broker: headers in binary mode, one envelope in structured mode, read by a client that knows nothing of us."""

from __future__ import annotations

import json
import uuid

import pytest
from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPlace

from streams.domain import outputs as o
from streams.domain.cloudevents import Mode, dressed
from streams.domain.log import Output
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_client import KafkaSettings
from tests.support.kafka_server import KafkaTopics

LEVEL = o.LevelNow(scope="source", code="S1", enterprise="E1", region="R", level="red", since_ms=5, at_ms=1_700_000_000_000)


@pytest.mark.parametrize("mode", ["binary", "structured"])
async def test_a_foreign_client_reads_the_event(kafka_server: KafkaTopics, mode: Mode) -> None:
    mark = uuid.uuid4().hex[:8]
    levels, steps = f"level-{mark}", f"steps-{mark}"
    kafka_server.create_topics({levels: 1, steps: 1}, {"message.timestamp.type": "LogAppendTime"})
    [output] = dressed([o.encode("level", "E1/S1", LEVEL)], 7, mode)
    writer = KafkaLog(KafkaSettings(kafka_server.bootstrap), f"events-{mark}").writer(0)
    try:
        await writer.open()
        await writer.commit([output._replace(topic=levels)], Output(steps, b"0", b"{}"))
    finally:
        await writer.close()
    consumer = KafkaConsumer(
        bootstrap_servers=kafka_server.bootstrap, isolation_level="read_committed", consumer_timeout_ms=10_000
    )
    try:
        consumer.assign([KafkaPlace(levels, 0)])
        consumer.seek_to_beginning()
        record = next(iter(consumer))
    finally:
        consumer.close()
    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == b"E1/S1"
    if mode == "binary":
        wanted = {"content-type": "application/json", "ce_type": "riskstream.level.v1", "ce_severitytext": "FATAL"}
        assert headers | wanted | {"ce_partitionkey": "E1/S1"} == headers
        assert json.loads(record.value)["level"] == "red"
    else:
        assert headers == {"content-type": "application/cloudevents+json"}
        event = json.loads(record.value)
        assert (event["specversion"], event["subject"], event["data"]["level"]) == ("1.0", "S1", "red")
