"""How every Faust app of the house is configured: the frame, not the loop. Positions, outputs and state are never Faust's.

What must be so: agents see raw bytes, acknowledgements are off, nothing is declared, no web server, partition i of all topics
comes to one worker (`table_standby_replicas=1` keeps the co-partitioning assignor), and the root logger is not left at DEBUG.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import faust
from faust.worker import Worker as FaustWorker

from streams.domain.log import Batch


@dataclass(frozen=True, slots=True)
class Membership:
    """How a worker takes part in its group. `instance`: static membership, so that a restart keeps its partitions."""

    instance: str | None = None
    session_s: float = 10.0
    heartbeat_s: float = 1.0


class Worker(FaustWorker):
    """`faust worker` without its web server, its spinner and a root logger at DEBUG."""

    def __init__(self, app: Any, *services: Any, **options: Any) -> None:
        app.conf.web_enabled = False
        options["redirect_stdouts"] = False
        super().__init__(app, *services, **options)
        self.spinner = None

    def on_setup_root_logger(self, logger: logging.Logger, level: int) -> None:
        super().on_setup_root_logger(logger, level)
        calm_loggers(level or logging.WARNING)


class Around(Protocol):
    """What lives around a Faust app that `faust worker` starts."""

    async def open(self) -> None: ...

    async def started(self) -> None: ...

    async def ending(self) -> None: ...

    async def close(self) -> None: ...


class App(faust.App):
    """Faust without its data folder: there are no tables, and what it makes in the working directory nobody would ever read."""

    around: Around | None = None

    def _create_directories(self) -> None:
        pass

    async def on_first_start(self) -> None:
        if self.around is not None:
            await self.around.open()  # before the consumer: topics must be there, and positions known
        await super().on_first_start()

    async def on_started(self) -> None:
        await super().on_started()
        if self.around is not None:
            await self.around.started()

    async def on_stop(self) -> None:
        if self.around is not None:
            await self.around.ending()
        await super().on_stop()
        if self.around is not None:
            await self.around.close()


def calm_loggers(level: int) -> None:
    """Set the root logger itself, not only its handlers: else each debug call of a client builds a record nobody reads."""
    logging.getLogger().setLevel(max(level, logging.INFO))
    calm_frameworks(level)


def calm_frameworks(level: int = logging.WARNING) -> None:
    for noisy in ("aiokafka", "faust", "mode", "kafka"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def make_app(name: str, broker: str, membership: Membership) -> Any:
    """A Faust app of the house; `name` is its consumer group."""
    return App(
        name,
        broker=broker,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_publish_on_commit=False,
        table_standby_replicas=1,
        consumer_group_instance_id=membership.instance,
        broker_session_timeout=membership.session_s,
        broker_heartbeat_interval=membership.heartbeat_s,
        broker_request_timeout=max(12.0, membership.session_s + 2),
        broker_commit_interval=60.0,
        worker_redirect_stdouts=False,
        Worker=Worker,
    )


def add_agent(app: Any, topics: Iterable[str], take: Callable[[Batch], Awaitable[None]]) -> None:
    """One agent over `topics` that hands each fetched batch to `take`."""
    source = app.topic(*topics, key_serializer="raw", value_serializer="raw", acks=False)

    async def agent(stream: Any) -> None:
        async for event in stream.events():
            await take(event.value)

    app.agent(source, name=f"{app.conf.id}-agent", concurrency=1)(agent)
