"""What both Faust transports share: one message a fetched batch, positions from the app, bytes bounded, nothing lost on the way.

Faust's own machinery costs about 58 us a message whatever it carries, so a message carries a whole `Batch`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

from faust.sensors import Sensor
from faust.transport.drivers import TRANSPORTS
from faust.types import TP, ConsumerMessage

from streams.domain.catalogue import text
from streams.domain.log import Batch, TopicPartition
from streams.steps.ports import LogError
from streams.transport.hooks import Flow, Hooks, hooks_of

_IDLE_S = 1.0

_SCHEMES = {"embedded": "streams.transport.faust_embedded:Transport", "batched": "streams.transport.faust_kafka:Transport"}

_LEVELS = {
    "aiokafka": logging.WARNING,
    "asyncio": logging.WARNING,
    "faust": logging.INFO,
    "mode": logging.INFO,
    "kafka": logging.WARNING,
}


def register() -> None:
    """Make the URL schemes known to Faust; the entry points of an installed distribution do the same."""
    for scheme, path in _SCHEMES.items():
        TRANSPORTS.aliases.setdefault(scheme, path)


def beyond(tp: TP, position: int, end: int) -> LogError:
    """Waiting at such a position would be silence for ever: whoever knows it has seen records that this log has not."""
    return LogError(text("transport.position_beyond", "en", topic=tp.topic, partition=tp.partition, position=position, end=end))


def quieten() -> None:
    """Keep client libraries from building log records that nobody sees; a level set by someone before is left alone.

    A Faust worker leaves the root logger at DEBUG and filters in the handler, which costs a tenth of the CPU under load.
    """
    for name, level in _LEVELS.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)


class _Release(Sensor):
    """Gives the bytes of a batch back when the last agent that got it asks for the next one.

    A sensor, because Faust calls the consumer's `ack` only for topics whose positions it commits itself.
    """

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow

    def on_stream_event_out(self, tp: TP, offset: int, stream: Any, event: Any, state: Any = None) -> None:
        if event.message.acked and isinstance(event.message.value, Batch):
            self._flow.gave_back(event.message.value)


class BatchConsumer:
    """Mixed into a Faust consumer, before it in the order of bases. The driver gives `_fetch` and `_committed_positions`."""

    app: Any
    hooks: Hooks
    _resumed: asyncio.Event

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._resumed = asyncio.Event()
        quieten()
        super().__init__(*args, **kwargs)
        self.hooks = hooks_of(self.app)
        if self.hooks.release_on_ack:
            self.app.sensors.add(_Release(self.hooks.flow))

    # -- positions ----------------------------------------------------------------------------------------------------------

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Faust calls this at every rebalance; here it seeks to where the app says, whatever the group has committed."""
        consumer: Any = self
        places = {tp for tp in consumer.assignment() if not consumer._is_changelog_tp(tp)}
        if not places:
            return {}
        hooks = self.hooks
        source = hooks.positions or self._committed_positions
        wanted = await source({TopicPartition(*tp) for tp in places})
        begins = await consumer.earliest_offsets(*places)
        starts = {tp: self._start(TopicPartition(*tp), wanted.get(TopicPartition(*tp)), begins[tp]) for tp in places}
        hooks.flow.forget(starts)
        await consumer.seek_wait(starts)
        return starts

    def _start(self, place: TopicPartition, wanted: int | None, begin: int) -> int:
        if wanted is None:
            return begin
        if wanted < begin:
            if self.hooks.on_gap is None:
                raise LogError(text("transport.position_lost", "en", **place._asdict(), position=wanted, begin=begin))
            self.hooks.on_gap(place, wanted, begin)
            return begin
        return wanted

    async def seek(self, partition: TP, offset: int) -> None:
        """Go on at `offset`; batches already on their way are refused by whoever expects `offset`."""
        self.hooks.flow.forget([TopicPartition(*partition)])
        await super().seek(partition, offset)  # type: ignore[misc]

    async def _committed_positions(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        raise NotImplementedError

    async def commit_positions(self, positions: Mapping[TopicPartition, int]) -> bool:
        """Commit positions of the group explicitly: for sinks that go on there, and for tools that show lag."""
        consumer: Any = self
        committed: bool = await consumer._commit({TP(*place): position for place, position in positions.items()})
        return committed

    # -- assignment ---------------------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)  # type: ignore[misc]
        self.hooks.flow.forget()  # Faust has emptied the streams' queues

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        try:
            self._assert_co_partitioned(assigned)
        except LogError as error:
            # aiokafka only logs what a rebalance listener raises, and the worker would sit there without work.
            consumer: Any = self
            await consumer.crash(error)
            raise
        await super().on_partitions_assigned(assigned, generation_id)  # type: ignore[misc]

    def _assert_co_partitioned(self, assigned: set[TP]) -> None:
        """Partition i of every raw topic belongs to one worker, or its steps would miss a part of the enterprise."""
        numbers = {topic: {tp.partition for tp in assigned if tp.topic == topic} for topic in self.hooks.co_partitioned}
        if len({frozenset(n) for n in numbers.values()}) > 1:
            told = {topic: sorted(n) for topic, n in sorted(numbers.items())}
            raise LogError(text("transport.not_co_partitioned", "en", assigned=told))

    def resume_partitions(self, tps: Collection[TP]) -> None:
        super().resume_partitions(tps)  # type: ignore[misc]
        self._resumed.set()

    # -- fetching -----------------------------------------------------------------------------------------------------------

    async def _fetch(self, places: set[TP], timeout_s: float) -> list[Batch]:
        """Batches that are there now, waiting at most `timeout_s` for the first one or for room elsewhere."""
        raise NotImplementedError

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Any]]:  # noqa: ASYNC109 - Faust's signature
        flow = self.hooks.flow
        active = active_partitions or set()
        batches = await self._fetch({tp for tp in active if flow.has_room(TopicPartition(*tp))}, timeout)
        for batch in batches:
            flow.took(batch)
        return {TP(batch.topic, batch.partition): [batch] for batch in batches}

    async def _wait_next_records(self, timeout: float) -> tuple[Mapping[TP, list[Any]], set[TP]]:  # noqa: ASYNC109 - Faust's
        """As in Faust, without its sleep of a second when no partition may be fetched from."""
        consumer: Any = self
        if not consumer.flow_active:
            await consumer.wait(consumer.can_resume_flow)
        active = consumer._get_active_partitions()
        if not active:
            self._resumed.clear()
            await consumer.wait(self._resumed, timeout=_IDLE_S)
            return {}, active
        return await self._getmany(active, timeout), active

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        batch: Batch = record
        stamp_s = batch.records[-1].broker_ms / 1000 if batch.records else 0.0
        # The offset that Faust sees is the last position of the batch: it never falls, also over markers and compaction.
        return ConsumerMessage(
            batch.topic, batch.partition, batch.stop - 1, stamp_s, 1, None, None, batch, None, -1, -1, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def on_buffer_full(self, tp: TP) -> None:
        """Faust counts messages; what waits is bounded in bytes by `Flow`."""

    def on_buffer_drop(self, tp: TP) -> None: ...

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's guess from its own counters is wrong for batches; the worker's readiness watches the real lag."""
