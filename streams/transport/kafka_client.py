"""How every Kafka client of riskstream is made and ended: one place for addresses, security, timeouts and bounded stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from streams.steps.ports import Fenced, LogError

STOP_S = 2.0


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """`security`: keywords of aiokafka (security_protocol, ssl_context, sasl_*). `commit_s` must stay below `request_s`."""

    bootstrap: str
    client_id: str = "riskstream"
    request_s: float = 12.0
    commit_s: float = 8.0
    transaction_s: float = 15.0
    open_s: float = 30.0
    max_batch_bytes: int = 900_000
    max_partition_fetch_bytes: int = 2 << 20
    security: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.commit_s >= self.request_s:
            raise ValueError("a commit must be given up before its requests are: commit_s < request_s")


def plain_consumer(settings: KafkaSettings, fetch_wait_ms: int = 100) -> AIOKafkaConsumer:
    """A consumer outside any group; reads committed records only and never moves by itself to a place nobody asked for."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        client_id=settings.client_id,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        check_crcs=True,
        fetch_max_wait_ms=fetch_wait_ms,
        max_partition_fetch_bytes=settings.max_partition_fetch_bytes,
        request_timeout_ms=int(settings.request_s * 1000),
        **settings.security,
    )


def transactional_producer(settings: KafkaSettings, transactional_id: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        client_id=settings.client_id,
        acks="all",
        enable_idempotence=True,
        transactional_id=transactional_id,
        transaction_timeout_ms=int(settings.transaction_s * 1000),
        max_batch_size=settings.max_batch_bytes,
        max_request_size=64 << 20,  # the broker refuses what is too large; aiokafka would refuse only some of it
        request_timeout_ms=int(settings.request_s * 1000),
        linger_ms=0,
        **settings.security,
    )


async def stopped(client: Any) -> None:
    """Stop a consumer or producer within STOP_S, whatever state it is in; then its connections are cut."""
    try:
        async with asyncio.timeout(STOP_S):
            await client.stop()
    except Exception:
        await _cut(client)


async def abandoned(producer: AIOKafkaProducer) -> None:
    """End a producer without waiting for anything that it still holds: its batches must not reach the log any more."""
    producer._closed = True
    sender = producer._sender
    if sender is not None and sender.sender_task is not None:
        sender.sender_task.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait([sender.sender_task], timeout=STOP_S)
    await _cut(producer)


async def _cut(client: Any) -> None:
    client._closed = True
    inner = getattr(client, "client", None) or getattr(client, "_client", None)
    if inner is not None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(STOP_S):
                await inner.close()


def causes(error: BaseException) -> Iterable[BaseException]:
    """The error and what it came from; aiokafka wraps a fence in other errors."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or current.__context__
    return seen


def log_error(error: BaseException, kind: type[LogError] = LogError) -> LogError:
    """`error` as one of ours: Fenced where a fence is behind it, else `kind`."""
    if isinstance(error, LogError):
        return error
    fenced = any(isinstance(e, ProducerFenced | InvalidProducerEpoch) for e in causes(error))
    ours = (Fenced if fenced else kind)(f"{type(error).__name__}: {error}")
    ours.__cause__ = error
    return ours
