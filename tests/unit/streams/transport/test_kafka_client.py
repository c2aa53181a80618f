"""Errors of the client library become the three kinds that steps know; settings that would hang a commit are refused."""

from __future__ import annotations

import pytest
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced, RequestTimedOutError

from streams.steps.ports import CommitUnknown, Fenced, Log, LogError, LogReader, RecordPort
from streams.transport.embedded import EmbeddedLog
from streams.transport.feeds import EmbeddedFeed, KafkaFeed
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_client import KafkaSettings, log_error
from streams.transport.kafka_producing import KafkaProducerPort


def wrapped(error: Exception) -> Exception:
    outer: Exception = KafkaError("Unexpected error during batch delivery")
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize("error", [ProducerFenced(), InvalidProducerEpoch(), wrapped(ProducerFenced())])
@pytest.mark.parametrize("phase", [LogError, CommitUnknown])
def test_a_fence_is_a_fence_wherever_it_shows(error: Exception, phase: type[LogError]) -> None:
    assert type(log_error(error, phase)) is Fenced


@pytest.mark.parametrize("error", [RequestTimedOutError(), TimeoutError(), OSError("gone"), AssertionError("inside")])
@pytest.mark.parametrize("phase", [LogError, CommitUnknown])
def test_anything_else_is_what_its_phase_makes_of_it(error: Exception, phase: type[LogError]) -> None:
    made = log_error(error, phase)
    assert type(made) is phase
    assert made.__cause__ is error


def test_our_own_errors_stay_what_they_are() -> None:
    error = LogError("no append time")
    assert log_error(error, CommitUnknown) is error


def test_a_commit_must_end_before_its_requests() -> None:
    with pytest.raises(ValueError, match="commit"):
        KafkaSettings("127.0.0.1:9092", request_s=5.0, commit_s=5.0)


def ports_are_met(embedded: EmbeddedLog, kafka: KafkaLog, producer: KafkaProducerPort) -> tuple[object, ...]:
    """Read by the type checker: both logs are the ports they claim to be."""
    logs: tuple[Log, ...] = (embedded, kafka)
    readers: tuple[LogReader, ...] = (embedded.reader(), kafka.reader())
    records: tuple[RecordPort, ...] = (embedded, producer)
    feeds = (EmbeddedFeed(embedded), KafkaFeed(kafka.settings))
    return logs, readers, records, feeds
