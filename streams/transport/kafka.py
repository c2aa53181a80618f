"""The log on Apache Kafka: reading committed ranges, and the one transactional writer of a partition."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPlace
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from streams.domain.catalogue import text
from streams.domain.log import Output, RawRecord, TopicPartition
from streams.steps.ports import CommitUnknown, LogError, PositionLost
from streams.transport.fetching import fetch
from streams.transport.kafka_client import KafkaSettings, abandoned, log_error, plain_consumer, stopped, transactional_producer

_READ_WAIT_S = 1.0
_LOG_APPEND_TIME = 1


class KafkaLog:
    """`prefix` names the deployment in `transactional_id`s: two of them on one cluster must not fence each other."""

    def __init__(self, settings: KafkaSettings, prefix: str) -> None:
        self.settings = settings
        self.prefix = prefix

    def reader(self) -> KafkaReader:
        return KafkaReader(self.settings)

    def writer(self, partition: int, role: str = "steps") -> KafkaWriter:
        """The writer of `partition`; writers of one role fence each other, roles do not see each other."""
        return KafkaWriter(self.settings, f"{self.prefix}-{role}-{partition}", partition)

    def now_ms(self) -> int | None:
        """Only append times of acknowledged records tell the broker's time."""
        return None


class KafkaReader:
    """Reads ranges one after the other; not for following a topic (see `feeds`)."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._at: tuple[TopicPartition, int] | None = None
        self._ends: dict[TopicPartition, int] = {}
        self._turn = asyncio.Lock()

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        async with self._turn:
            return await self._asked("end_offsets", partitions)

    async def begin_offsets(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        async with self._turn:
            return await self._asked("beginning_offsets", partitions)

    async def read(
        self, partition: TopicPartition, start: int, stop: int, max_bytes: int = 8 << 20
    ) -> tuple[Sequence[RawRecord], int]:
        if start >= stop:
            return (), start
        async with self._turn:
            try:
                return await self._read(partition, start, stop, max_bytes)
            except OffsetOutOfRangeError as error:
                self._at = None
                begin = (await self._asked("beginning_offsets", [partition]))[partition]
                if start < begin:
                    raise PositionLost(partition, start, begin) from error
                raise log_error(error) from error
            except KafkaError as error:
                self._at = None
                raise log_error(error) from error

    async def close(self) -> None:
        async with self._turn:
            consumer, self._consumer = self._consumer, None
            if consumer is not None:
                await stopped(consumer)

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = plain_consumer(self._settings, fetch_wait_ms=10)
            try:
                async with asyncio.timeout(self._settings.open_s):
                    await consumer.start()
            except (KafkaError, OSError, TimeoutError) as error:
                await stopped(consumer)
                raise log_error(error) from error
            self._consumer = consumer
        return self._consumer

    async def _asked(self, what: str, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """End or beginning under the consumer's isolation: for committed readers the end is the last stable offset."""
        places = [KafkaPlace(*p) for p in partitions]
        consumer = await self._started()
        await self._know(consumer, {place.topic for place in places})
        try:
            found: Mapping[Any, int] = await getattr(consumer, what)(places)
        except (KafkaError, OSError) as error:
            raise log_error(error) from error
        return {TopicPartition(*place): offset for place, offset in found.items()}

    async def _know(self, consumer: Any, topics: set[str]) -> None:
        """Ask the cluster about all unknown topics at once; aiokafka asks for one after the other with a pause between."""
        client = consumer._client
        if topics - client._topics:
            client._topics |= topics
            await client.force_metadata_update()

    async def _read(self, partition: TopicPartition, start: int, stop: int, max_bytes: int) -> tuple[Sequence[RawRecord], int]:
        if stop > self._ends.get(partition, -1):  # known ends only grow, so below one there is nothing to ask
            self._ends[partition] = (await self._asked("end_offsets", [partition]))[partition]
        stop = min(stop, self._ends[partition])
        consumer = await self._started()
        await self._know(consumer, {partition.topic})
        place = KafkaPlace(*partition)
        if self._at != (partition, start):
            # Not consumer.assign: it would forget what is known of other topics and ask the cluster again at each turn.
            consumer._subscription.assign_from_user([place])
            consumer.seek(place, start)
        elif place in consumer.paused():
            consumer.resume(place)
        self._at = None
        records: list[RawRecord] = []
        position, size = start, 0
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._settings.request_s
        while position < stop and size < max_bytes:
            for batch in await fetch(consumer, {place}, _READ_WAIT_S):
                records += batch.records
                size += sum(len(r.value or b"") + len(r.key or b"") + 64 for r in batch.records)
                position = batch.stop
                deadline = clock() + self._settings.request_s
            if clock() > deadline:
                raise LogError(f"no answer about {partition.topic}/{partition.partition} at {position}")
        if position >= stop:
            consumer.pause(place)  # a fetch held at the end would hold back whatever is asked next
        if position > stop:
            return [r for r in records if r.offset < stop], stop
        self._at = (partition, position)
        return records, max(position, start)


class KafkaWriter:
    """One incarnation of a partition's writer. Any error ends it: it is closed, and a new one fences what is left of it."""

    def __init__(self, settings: KafkaSettings, transactional_id: str, partition: int) -> None:
        self._settings = settings
        self._id = transactional_id
        self._partition = partition
        self._producer: AIOKafkaProducer | None = None
        self._finished = False

    async def open(self) -> None:
        if self._finished or self._producer is not None:
            raise LogError("a writer is opened once")
        producer = transactional_producer(self._settings, self._id)
        self._producer = producer
        try:
            async with asyncio.timeout(self._settings.open_s):
                await producer.start()  # asks for a producer id: fences earlier ones and ends what they left open
        except BaseException as error:
            await self._discard()
            if isinstance(error, Exception):
                raise log_error(error) from error
            raise

    async def commit(self, outputs: Sequence[Output], step: Output) -> int:
        producer = self._producer
        if producer is None or self._finished:
            raise LogError("the writer is not open")
        kind: type[LogError] = LogError
        try:
            async with asyncio.timeout(self._settings.commit_s):
                await producer.begin_transaction()
                broker_ms = await self._sent(producer, outputs, step)
                kind = CommitUnknown  # from here on the broker may have it although we hear of an error
                await producer.commit_transaction()
        except BaseException as error:
            if kind is LogError:
                await self._abort(producer)
            await self._discard()
            if isinstance(error, Exception):
                raise log_error(error, kind) from error
            raise
        return broker_ms

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        self._finished = True
        if producer is not None:
            await stopped(producer)

    async def _sent(self, producer: AIOKafkaProducer, outputs: Sequence[Output], step: Output) -> int:
        """Send everything and wait for every acknowledgement; gives back the append time of the step.

        aiokafka commits although a send failed, only the send's own future knows: so none of them is left out.
        """
        by_topic: dict[str, list[Output]] = {}
        for output in outputs:
            by_topic.setdefault(output.topic, []).append(output)
        futures: list[asyncio.Future[Any]] = []
        for topic, records in by_topic.items():
            await self._queue(producer, topic, records, futures)
        await self._queue(producer, step.topic, [step], futures)
        try:
            answers = await asyncio.gather(*futures)
        except BaseException:
            for future in futures:  # the others must not complain later that nobody asked them
                future.add_done_callback(lambda f: f.cancelled() or f.exception())
            raise
        last = answers[-1]
        if last.timestamp_type != _LOG_APPEND_TIME or last.timestamp is None or last.timestamp < 0:
            raise LogError(text("transport.no_append_time", "en", topic=step.topic))
        return int(last.timestamp)

    async def _queue(
        self, producer: AIOKafkaProducer, topic: str, records: Sequence[Output], futures: list[asyncio.Future[Any]]
    ) -> None:
        """One broker batch for many records; a second one when the first is full."""
        await producer.partitions_for(topic)
        builder = producer.create_batch()
        for record in records:
            headers = list(record.headers)
            if builder.append(key=record.key, value=record.value, timestamp=None, headers=headers) is None:
                futures.append(await producer.send_batch(builder, topic, partition=self._partition))
                builder = producer.create_batch()
                builder.append(key=record.key, value=record.value, timestamp=None, headers=headers)
        builder.close()
        futures.append(await producer.send_batch(builder, topic, partition=self._partition))

    async def _abort(self, producer: AIOKafkaProducer) -> None:
        """Tell the broker, as far as it listens; if not, the next owner's fence or the transaction's timeout does it."""
        try:
            async with asyncio.timeout(min(2.0, self._settings.commit_s)):
                await producer.abort_transaction()
        except Exception:  # noqa: S110 - the producer is given up in any case
            pass

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        self._finished = True
        if producer is not None:
            await abandoned(producer)
