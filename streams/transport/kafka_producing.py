"""A plain producer for simulate, demo and tools: many small records become few broker batches."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.domain.partitions import partition_of
from streams.steps.ports import LogError
from streams.transport.kafka_client import KafkaSettings, log_error, stopped

_keyed = lru_cache(maxsize=65_536)(partition_of)
_LINGER_S = 0.005
_IN_FLIGHT = 64  # broker batches on their way before append waits


class KafkaProducerPort:
    """Idempotent, acks=all. Records of one partition keep their order. Open it, append, flush, close."""

    def __init__(self, settings: KafkaSettings, compression: str | None = "lz4") -> None:
        self._settings = settings
        self._compression = compression
        self._producer: AIOKafkaProducer | None = None
        self._counts: dict[str, int] = {}
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: deque[asyncio.Future[Any]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: BaseException | None = None

    async def open(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap,
            client_id=self._settings.client_id,
            acks="all",
            enable_idempotence=True,
            compression_type=self._compression,
            max_batch_size=256 << 10,
            max_request_size=64 << 20,
            request_timeout_ms=int(self._settings.request_s * 1000),
            **self._settings.security,
        )
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await stopped(producer)
            raise log_error(error) from error
        self._producer = producer

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        """Put one record on its way. `broker_ms` is ignored: the broker gives the time."""
        if self._problem is not None:
            raise log_error(self._problem)
        if topic not in self._counts:
            self._counts[topic] = len(await self._live().partitions_for(topic))
        if partition is None:
            partition = 0 if key is None else _keyed(key, self._counts[topic])
        place = (topic, partition)
        builder = self._open.get(place)
        if builder is None:
            builder = self._open[place] = self._live().create_batch()
        if builder.append(key=key, value=value, timestamp=None) is None:
            await self._send(place)
            builder = self._open.setdefault(place, self._live().create_batch())
            builder.append(key=key, value=value, timestamp=None)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LINGER_S, self._lingered)

    async def flush(self) -> None:
        """Wait until everything appended is acknowledged. Raises LogError when some of it is not in the log."""
        await self._send_all()
        while self._sent:
            await self._acknowledged(self._sent.popleft())
        if self._problem is not None:
            raise log_error(self._problem)

    async def close(self) -> None:
        """Flush and disconnect."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            if self._producer is not None and self._problem is None:
                await self.flush()
        finally:
            producer, self._producer = self._producer, None
            if producer is not None:
                await stopped(producer)

    def _live(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise LogError("the producer is not open")
        return self._producer

    def _lingered(self) -> None:
        self._timer = None
        task = asyncio.ensure_future(self._send_all())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_all(self) -> None:
        for place in list(self._open):
            await self._send(place)

    async def _send(self, place: tuple[str, int]) -> None:
        """Hand a partition's open batch over. One at a time, so that batches of a partition keep their order."""
        async with self._sending:
            builder = self._open.pop(place, None)
            if builder is None:
                return
            builder.close()
            try:
                self._sent.append(await self._live().send_batch(builder, place[0], partition=place[1]))
            except (KafkaError, LogError) as error:
                self._problem = self._problem or error
        while len(self._sent) > _IN_FLIGHT:
            await self._acknowledged(self._sent.popleft())

    async def _acknowledged(self, future: asyncio.Future[Any]) -> None:
        try:
            await future
        except KafkaError as error:
            self._problem = self._problem or error
