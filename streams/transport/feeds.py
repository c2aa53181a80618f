"""Plain consumers outside any group, for broadcast topics, sinks of the embedded stack and tools: one port, both logs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPlace
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError

from streams.domain.catalogue import text
from streams.domain.log import Batch, TopicPartition
from streams.steps.ports import LogError, PositionLost, Standing
from streams.transport.embedded import EmbeddedLog
from streams.transport.fetching import Standings, fetch
from streams.transport.kafka_client import KafkaSettings, log_error, plain_consumer, stopped

_CHUNK_BYTES = 2 << 20
_LOOK_S = 1.0  # how often standings are refreshed while nothing comes


class EmbeddedFeed:
    """Follows partitions of the embedded log; woken by its bell."""

    def __init__(self, log: EmbeddedLog) -> None:
        self._log = log
        self._positions: dict[TopicPartition, int] = {}
        self._closed = False
        self._reader = log.reader()

    async def follow(self, start: Mapping[TopicPartition, int]) -> AsyncIterator[Batch]:
        self._positions = {TopicPartition(*place): position for place, position in start.items()}
        for place, position in self._positions.items():
            end = self._log.store.extent(place).end
            if position > end:
                raise LogError(text("transport.position_beyond", "en", **place._asdict(), position=position, end=end))
        waiter = self._log.store.bell.hang(self._positions)
        try:
            while not self._closed:
                waiter.event.clear()
                came = False
                for place in sorted(self._positions):
                    batch = await self._next(place)
                    if batch is not None:
                        came = True
                        yield batch
                if not came:
                    await waiter.event.wait()
        finally:
            self._log.store.bell.take_down(waiter)

    async def _next(self, place: TopicPartition) -> Batch | None:
        position = self._positions[place]
        end = self._log.store.extent(place).end
        if position >= end or self._closed:
            return None
        records, stop = await self._reader.read(place, position, end, _CHUNK_BYTES)
        self._positions[place] = stop
        return Batch(place.topic, place.partition, position, stop, records)

    def standing(self) -> Mapping[TopicPartition, Standing]:
        now_s = time.monotonic()
        return {place: Standing(p, self._log.store.extent(place).end, now_s) for place, p in self._positions.items()}

    async def close(self) -> None:
        self._closed = True
        self._log.store.bell.ring(self._positions)
        await self._reader.close()


class KafkaFeed:
    """Follows partitions of Kafka with a consumer of its own."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._standings = Standings()
        self._closed = False

    async def follow(self, start: Mapping[TopicPartition, int]) -> AsyncIterator[Batch]:
        consumer = self._consumer = plain_consumer(self._settings)
        places = [KafkaPlace(*place) for place in start]
        try:
            await consumer.start()
            consumer.assign(places)
            for place in places:
                consumer.seek(place, start[TopicPartition(*place)])
            while not self._closed:
                batches = await fetch(consumer, None, _LOOK_S)
                self._standings.observe(consumer, places)
                for batch in batches:
                    yield batch
        except OffsetOutOfRangeError as error:
            raise await _lost(consumer, error) from error
        except (KafkaError, ConsumerStoppedError, OSError) as error:
            if not self._closed:
                raise log_error(error) from error
        finally:
            await stopped(consumer)

    def standing(self) -> Mapping[TopicPartition, Standing]:
        return self._standings.now()

    async def close(self) -> None:
        self._closed = True
        if self._consumer is not None:
            await stopped(self._consumer)


async def _lost(consumer: AIOKafkaConsumer, error: OffsetOutOfRangeError) -> LogError:
    place, position = next(iter(error.args[0].items()))
    try:
        begin = (await consumer.beginning_offsets([place]))[place]
    except (KafkaError, OSError) as silent:
        return log_error(silent)
    return PositionLost(TopicPartition(*place), position, begin) if position < begin else log_error(error)
