"""The one place where parts are put together: a log, an engine, Faust apps, a database become a running process.

`riskstream worker` and the demo start a `House`; `faust -A streams.app worker` finds the Faust app of this process here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from faust.types import TP

from streams.agents.faust_app import Membership, add_agent, calm_frameworks, make_app
from streams.agents.health import Health, HealthServer
from streams.agents.metrics import Metrics
from streams.agents.observing import Reporting, SinkReporting
from streams.agents.rollup import REGION_CLOSE, RollUp
from streams.agents.settings import BadSettings, Role, Settings, from_environment
from streams.agents.sinking import SinkAgent, SinkPort
from streams.agents.steps import StepsAgent
from streams.agents.upkeep import keep
from streams.agents.watchdog import Watchdog
from streams.decode.decoder import Decoder
from streams.domain.log import Batch, TopicPartition
from streams.domain.topics import Topics, load
from streams.engine.engine import Engine
from streams.sinks import sink as sinks
from streams.sinks.engines import connector
from streams.sinks.ports import Refused, SinkEngine
from streams.steps.applying import Kernel
from streams.steps.observing import Status
from streams.steps.ports import Feed
from streams.steps.runner import PartitionRunner
from streams.steps.sequencer import Pace
from streams.steps.state import Intake, RunnerSettings
from streams.transport import embedded_store
from streams.transport.clocks import PlayerClock
from streams.transport.embedded import EmbeddedLog
from streams.transport.faust_batches import register
from streams.transport.faust_embedded import url_of
from streams.transport.feeds import EmbeddedFeed, KafkaFeed
from streams.transport.hooks import Hooks, install
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_admin import KafkaAdmin
from streams.transport.kafka_client import KafkaSettings

register()
KERNEL = Kernel(Engine, Engine.restore, Decoder)
_log = logging.getLogger(__name__)
OWNED_PACE_MS = 20  # steps of a log in the same process cost no network: small ones are soon seen


def mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class FaustIntake:
    """The fetching side of one Faust app."""

    def __init__(self, hooks: Hooks) -> None:
        self.app: Any = None
        self._hooks = hooks

    async def seek(self, place: TopicPartition, position: int) -> None:
        consumer = self.app.consumer
        if TP(*place) in consumer.assignment():
            await consumer.seek(TP(*place), position)

    def release(self, batch: Batch) -> None:
        self._hooks.flow.gave_back(batch)


class House:
    """Everything of one process. `log`: an embedded log that the caller opened, with a clock of its own if it plays a recording."""

    def __init__(
        self, settings: Settings, *, log: EmbeddedLog | None = None, kernel: Kernel = KERNEL, sink: SinkPort | None = None,
        metrics: Metrics | None = None,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.health = Health()
        self.topics = _topics(settings)
        self.partitions = self.topics.partitions
        self.failure: asyncio.Future[None] | None = None
        self._kernel = kernel
        self._path = settings.embedded_path()
        self._own_log = log is None and self._path is not None
        self._kafka = None if self._path is not None else KafkaSettings(settings.bootstrap(), client_id=settings.name)
        self.embedded = (log or EmbeddedLog.open(self._path)) if self._path is not None else None
        self.log: Any = self.embedded if self._kafka is None else KafkaLog(self._kafka, settings.name)
        self.steps: StepsAgent | None = None
        self.rollup: RollUp | None = None
        self.sink: SinkAgent | None = None
        self.apps: list[Any] = []
        self.settled_statuses: list[Status] = []  # of the partitions that `stop` ended
        self._tasks: list[asyncio.Task[None]] = []
        self._server: HealthServer | None = None
        self._reporting = Reporting(self.metrics, self.health)
        build: dict[Role, Callable[[], None]] = {
            "steps": self._build_steps, "rollup": self._build_rollup, "sink": lambda: self._build_sink(sink),
        }  # fmt: skip
        for role in settings.roles():
            build[role]()

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """All but the Faust apps: topics, endpoint, watchdog, database."""
        self.failure = asyncio.get_running_loop().create_future()
        await asyncio.to_thread(self._check_topics)
        if self.settings.health_port is not None:
            self._server = HealthServer(self.health, self.metrics, self.settings.health_host, self.settings.health_port)
            await self._server.start()
        if self._kafka is not None:
            watchdog = Watchdog(self.settings.session_s, beat=lambda late_s: self.health.beat("event loop"))
            self._tasks.append(asyncio.create_task(watchdog.run(), name="watchdog"))
        if self.embedded is not None and not isinstance(self.embedded.clock, PlayerClock):
            self._tasks.append(asyncio.create_task(keep(self.embedded), name="upkeep"))
        if self.steps is not None:
            self.steps.failure = self.failure
        if self.sink is not None:
            self.sink.failure = self.failure
            await self.sink.start()

    async def start(self) -> None:
        """Open, start the apps, wait until partitions are assigned."""
        await self.open()
        calm_frameworks()
        for app in self.apps:
            await app.start()

    async def ready(self) -> None:
        """Wait until every assigned partition is loaded and serves. Raises what ended the process instead."""
        if self.steps is not None:
            await self._or_failure(self.steps.serving())

    async def failed(self) -> None:
        """Wait until a part cannot go on, and raise what it raised: also what ended a Faust app."""
        if self.failure is None:
            raise RuntimeError("the house is not open")
        crashed = [asyncio.create_task(app.wait_until_stopped()) for app in self.apps]
        try:
            await asyncio.wait({self.failure, *crashed}, return_when=asyncio.FIRST_COMPLETED)
            if self.failure.done():
                self.failure.result()
            reasons = [str(app.crash_reason) for app in self.apps if app.crash_reason is not None]
            raise RuntimeError("; ".join(reasons) or "a Faust app ended")
        finally:
            for task in crashed:
                task.cancel()

    async def stop(self) -> None:
        """Checkpoint at the last committed steps and end everything, within about 10 s."""
        if self.steps is not None:
            self.settled_statuses = self.steps.statuses()
            await self.steps.stop()
        for app in self.apps:
            with suppress(Exception):
                await app.stop()
        await self.close()

    async def close(self) -> None:
        if self.rollup is not None:
            await self.rollup.stop()
        if self.sink is not None:
            await self.sink.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.stop()
        if self._own_log and self.embedded is not None:
            await asyncio.to_thread(self.embedded.close)

    async def drained(self, *, stored: bool = True) -> None:
        """For players: wait until all that is in the log is in steps and, if `stored`, what they caused is rolled up and stored."""
        if self.steps is not None:
            self.steps.kick()
            await self._or_failure(self.steps.drained())
        if not stored:
            return
        reader = self.log.reader()
        try:
            if self.rollup is not None:
                await self._or_failure(self.rollup.caught_up(await reader.end_offsets(self._places(REGION_CLOSE))))
            if self.sink is not None:
                places = [place for topic in sinks.TOPICS for place in self._places(topic)]
                await self._or_failure(self.sink.caught_up(await reader.end_offsets(places)))
        finally:
            await reader.close()

    def log_hashes(self) -> dict[int, str]:
        """The running outcome hash of each partition after its last committed step."""
        return {} if self.steps is None else {status.partition: status.outcome for status in self.steps.statuses()}

    async def _or_failure(self, waiting: Awaitable[None]) -> None:
        failure = self.failure
        if failure is None:
            raise RuntimeError("the house is not open")
        task = asyncio.ensure_future(waiting)
        await asyncio.wait({task, failure}, return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            task.cancel()
            failure.result()
        await task

    # --- parts --------------------------------------------------------------------------------------------------------

    def _build_steps(self) -> None:
        raw = tuple(topic.name for topic in self.topics.of("raw"))
        hooks = Hooks(co_partitioned=frozenset(raw), release_on_ack=False)
        intake = FaustIntake(hooks)
        app = self._app("steps", intake, hooks)

        async def is_member() -> bool:
            return self._kafka is None or bool(await app.consumer.is_member())

        agent = self.steps = StepsAgent(self._runner, intake, is_member)
        agent.on_assigned = self._reporting.assigned
        hooks.positions = agent.positions
        hooks.on_gap = lambda place, first, begin: _log.error("%s: %d to %d is gone from the log", place, first, begin - 1)
        add_agent(app, raw, agent.take)
        app.on_partitions_assigned.connect(_partitions(agent.own, raw[0]), weak=False)

    def _runner(self, partition: int, intake: Intake, owns: Callable[[], Awaitable[bool]]) -> PartitionRunner:
        settings = self.settings
        player = self.embedded is not None and isinstance(self.embedded.clock, PlayerClock)
        runner_settings = RunnerSettings(
            partition=partition, partitions=self.partitions, raw_topics=tuple(t.name for t in self.topics.of("raw")),
            broadcast_topics=tuple(t.name for t in self.topics.of("broadcast")), player=player, any_version=settings.any_version,
            events=settings.events, pace=Pace(interval_ms=OWNED_PACE_MS if self.embedded is not None else settings.step_ms),
            checkpoint_every_ms=int(settings.checkpoint_s * 1000),
        )  # fmt: skip
        return PartitionRunner(
            runner_settings, self.log, self._kernel, mono_ms=mono_ms, intake=intake, owns=owns, observer=self._reporting
        )

    def _build_rollup(self) -> None:
        hooks = Hooks()
        rollup = self.rollup = RollUp(self.log, self.partitions, self._feed, mono_ms, self.settings.events)
        app = self._app("rollup", FaustIntake(hooks), hooks)

        async def ends(places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
            """The group is only asked who owns the roll-up; the owner reads for itself."""
            reader = self.log.reader()
            try:
                found: Mapping[TopicPartition, int] = await reader.end_offsets(places)
                return found
            finally:
                await reader.close()

        hooks.positions = ends
        add_agent(app, [REGION_CLOSE], rollup.take)
        app.on_partitions_assigned.connect(_partitions(rollup.own, REGION_CLOSE), weak=False)

    def _build_sink(self, port: SinkPort | None) -> None:
        hooks = Hooks(release_on_ack=False)
        intake = FaustIntake(hooks)
        app = self._app("sink", intake, hooks)
        watch = SinkReporting(self.metrics)
        agent = self.sink = SinkAgent(port or sinks.Sink(sink_engine(self.settings.sink), watch=watch), intake)

        async def commit_group(positions: Mapping[TopicPartition, int]) -> None:
            await app.consumer.commit_positions(positions)

        agent.commit_group = commit_group
        hooks.positions = agent.positions
        hooks.on_gap = agent.gap
        add_agent(app, sinks.TOPICS, agent.take)

    def _app(self, role: str, intake: FaustIntake, hooks: Hooks) -> Any:
        settings = self.settings
        broker = url_of(self._path) if self._path is not None else f"batched://{settings.bootstrap()}"
        instance = None if settings.instance is None else f"{settings.instance}-{role}"
        app = make_app(
            f"{settings.name}-{role}", broker, Membership(instance, settings.session_s, max(0.3, settings.session_s / 10))
        )
        install(app, hooks)
        intake.app = app
        self.apps.append(app)
        return app

    def _feed(self) -> Feed:
        if self._kafka is not None:
            return KafkaFeed(self._kafka)
        return EmbeddedFeed(self.log)

    def _places(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, p) for p in range(self.topics[topic].partitions)]

    def _check_topics(self) -> None:
        """The embedded log gets what it misses; on a broker `riskstream topics apply` does, and here it is only compared."""
        if self.embedded is not None:
            self.embedded.create_topics(
                embedded_store.Topic(
                    t.name, t.partitions, t.retention_ms, t.cleanup == "compact", t.compaction_lag_ms, t.max_bytes
                )
                for t in self.topics
            )
            return
        with KafkaAdmin(self.settings.bootstrap()) as admin:
            found = admin.topics(t.name for t in self.topics)
        wrong = [
            f"{t.name} ({found[t.name].partitions if t.name in found else 0} / {t.partitions})"
            for t in self.topics
            if t.name not in found or found[t.name].partitions != t.partitions
        ]
        if wrong:
            raise BadSettings("worker.topics_differ", topics=", ".join(wrong))


def sink_engine(url: str) -> Callable[[], SinkEngine]:
    """How to open the database at `url`. Raises BadSettings."""
    try:
        return connector(url)
    except Refused:
        raise BadSettings("worker.bad_sink", sink=url) from None


def _topics(settings: Settings) -> Topics:
    path = settings.topics_path()
    try:
        topics = load(path.read_text(encoding="utf-8"), str(path))
    except OSError:
        raise BadSettings("worker.no_topics", path=path) from None
    return topics if settings.partitions is None else topics.with_partitions(settings.partitions)


def _partitions(own: Callable[[frozenset[int]], None], topic: str) -> Callable[..., Awaitable[None]]:
    """A handler of Faust's assignments that tells which partitions of `topic` are ours."""

    async def assigned(sender: Any, assigned: Collection[Any], **_: Any) -> None:
        own(frozenset(tp.partition for tp in assigned if tp.topic == topic))

    return assigned


class _Around:
    """The rest of the house around a Faust app that `faust worker` starts."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def open(self) -> None:
        await self._house.open()

    async def started(self) -> None:
        for other in self._house.apps[1:]:
            await self._house.apps[0].add_runtime_dependency(other)

    async def ending(self) -> None:
        if self._house.steps is not None:
            await self._house.steps.stop()

    async def close(self) -> None:
        await self._house.close()


def faust_app() -> Any:
    """The Faust app of this process by its environment, with the house around it."""
    house = House(from_environment())
    app = house.apps[0]
    app.around = _Around(house)
    return app


def __getattr__(name: str) -> Any:
    """`faust -A streams.app` asks for `app`; importing this module for anything else opens nothing."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = faust_app()
    return globals()["app"]
