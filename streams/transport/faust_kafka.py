"""Faust on Kafka with one message a fetched batch: `batched://host:port`.

Extends Faust's aiokafka driver. What is different, and why: committed records only, for every app; positions from the app at each
rebalance, and no silent reset to the beginning or end; always the co-partitioned assignor; an empty fetch is held 100 ms, not
1,500; bytes bounded, without a sleep of a second when they are used up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import aiokafka
from aiokafka.errors import OffsetOutOfRangeError
from faust.exceptions import ImproperlyConfigured
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.domain.log import Batch, TopicPartition
from streams.steps.ports import Standing
from streams.transport.faust_batches import BatchConsumer, beyond, register
from streams.transport.fetching import Standings, fetch, wake
from streams.transport.hooks import Hooks, hooks_of

register()

_FETCH_MAX_BYTES = 16 << 20  # of all partitions of a broker together: what a worker holds beside `Flow`
_PREFETCH_BACKOFF_S = 0.01


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The aiokafka consumer in a thread of its own, so that heartbeats go on while agents compute."""

    app: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        self.standings = Standings()

    @property
    def _hooks(self) -> Hooks:
        return hooks_of(self.app)

    async def on_start(self) -> None:
        await super().on_start()
        # A partition without room keeps its last fetch unread, and aiokafka fetches nothing else of that broker for this long.
        self._ensure_consumer()._fetcher._prefetch_backoff = _PREFETCH_BACKOFF_S
        self._hooks.flow.on_room(self._wake)

    def _wake(self) -> None:
        if self._consumer is not None and not self.thread_loop.is_closed():
            self.thread_loop.call_soon_threadsafe(self._wake_here)

    def _wake_here(self) -> None:
        if self._consumer is not None and self._consumer._fetcher is not None:
            wake(self._consumer)

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        if conf.broker_session_timeout > conf.broker_request_timeout:
            raise ImproperlyConfigured("broker_session_timeout must not be above broker_request_timeout")
        # Never round-robin: partition i of all raw topics must come together.
        self._assignor = self.app.assignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            check_crcs=True,
            fetch_max_wait_ms=self._hooks.fetch_wait_ms,
            max_partition_fetch_bytes=self._hooks.max_partition_fetch_bytes,
            fetch_max_bytes=_FETCH_MAX_BYTES,
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )

    async def fetched(self, places: set[TP], wait_s: float) -> list[Batch]:
        """Batches of `places`; in the thread's own loop."""
        consumer = self._ensure_consumer()
        return await self.call_thread(self._fetched, consumer, places, wait_s)  # type: ignore[no-any-return]

    async def _fetched(self, consumer: Any, places: set[TP], wait_s: float) -> list[Batch]:
        if not self.consumer.flow_active:
            return []  # asked while a rebalance began: fetching now would wait for its end, and it for us
        with consumer._fetcher._subscriptions.fetch_context():
            batches = await fetch(consumer, places, wait_s)
        self.standings.observe(consumer, consumer.assignment())
        return batches

    async def committed(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return await self.call_thread(self._committed, self._ensure_consumer(), places)  # type: ignore[no-any-return]

    async def _committed(self, consumer: Any, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        found = await consumer._coordinator.fetch_committed_offsets([aiokafka.TopicPartition(*place) for place in places])
        return {TopicPartition(*place): committed.offset for place, committed in found.items() if committed.offset >= 0}

    async def ends(self, places: Collection[TP]) -> Mapping[TP, int]:
        return await self.call_thread(self._ensure_consumer().end_offsets, list(places))  # type: ignore[no-any-return]

    async def heartbeat(self) -> bool:
        return await self.call_thread(self._heartbeat)  # type: ignore[no-any-return]

    async def _heartbeat(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator
        if coordinator.generation <= 0 or coordinator.coordinator_id is None:
            return False
        answered = await coordinator._do_heartbeat()
        return bool(answered) and coordinator.generation > 0

    def highwater(self, tp: TP) -> int:
        consumer = self._ensure_consumer()
        return consumer.last_stable_offset(tp) or consumer.highwater(tp) or 0


class Consumer(BatchConsumer, driver.Consumer):
    """Hands agents what the thread fetched."""

    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _fetch(self, places: set[TP], timeout_s: float) -> list[Batch]:
        try:
            return await self._thread.fetched(places, timeout_s)
        except OffsetOutOfRangeError as error:
            for place, position in error.args[0].items():
                await self._lost(TP(*place), position)
            return []

    async def _lost(self, tp: TP, position: int) -> None:
        """The broker no longer has `position`: said aloud, then on from the first one it has."""
        begin = (await self.earliest_offsets(tp))[tp]
        if position >= begin:
            end = (await self._thread.ends([tp]))[tp]
            raise beyond(tp, position, end)
        start = self._start(TopicPartition(*tp), position, begin)
        await self.seek(tp, start)

    async def _committed_positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return await self._thread.committed(places)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self._thread.standings.forget()
        await super().on_partitions_revoked(revoked)

    def standing(self) -> Mapping[TopicPartition, Standing]:
        """How far the consumer is in each assigned partition, with the time of the broker's last answer. Any thread."""
        return self._thread.standings.now()

    async def is_member(self) -> bool:
        """Ask the group's coordinator, by a heartbeat of its own generation, whether this worker still owns its partitions.

        Faust's generation changes only when partitions are assigned, so a worker that was put out of the group would not notice.
        """
        return await self._thread.heartbeat()


class Transport(driver.Transport):
    """Faust's transport with our consumer."""

    Consumer: ClassVar[Any] = Consumer
