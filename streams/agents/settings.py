"""Settings of one process of the service, from the environment; the command line may change some of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streams.domain.catalogue import Lang, text
from streams.domain.cloudevents import MODES, Mode

Role = Literal["steps", "rollup", "sink", "all"]
ROLES: tuple[Role, ...] = ("steps", "rollup", "sink", "all")
KAFKA, EMBEDDED = "kafka://", "embedded:"
_HOME = Path(__file__).parents[2]


class BadSettings(ValueError):
    """Something that the operator can mend: the key of a text and what it is filled with; in English where nobody chooses."""

    def __init__(self, key: str, **details: object) -> None:
        super().__init__(text(key, "en", **details))
        self.key, self.details = key, details

    def said(self, lang: Lang) -> str:
        return text(self.key, lang, **self.details)


@dataclass(frozen=True, slots=True)
class Settings:
    """`instance` None: dynamic membership. `health_port` None: no endpoint. `partitions` None: as topics.yaml says."""

    log: str
    role: Role = "all"
    name: str = "riskstream"  # of the deployment: prefix of groups and transactional ids
    topics_file: Path | None = None
    partitions: int | None = None
    sink: str = ""
    instance: str | None = None
    session_s: float = 10.0
    health_host: str = "127.0.0.1"
    health_port: int | None = None
    any_version: bool = False
    events: Mode = "binary"  # form of CloudEvents of the outputs
    step_ms: int = 200
    checkpoint_s: float = 60.0

    def embedded_path(self) -> Path | None:
        """The file of the embedded log, None for Kafka. Raises BadSettings for a log of no known form."""
        if self.log.startswith(EMBEDDED):
            return Path(self.log.removeprefix("embedded://").removeprefix(EMBEDDED))
        if self.log.startswith(KAFKA):
            return None
        raise BadSettings("worker.bad_log", log=self.log)

    def bootstrap(self) -> str:
        return self.log.removeprefix(KAFKA)

    def roles(self) -> tuple[Role, ...]:
        """What this process does; `all` leaves the sink out when there is no database."""
        if self.role == "all":
            return ("steps", "rollup", "sink") if self.sink else ("steps", "rollup")
        if self.role == "sink" and not self.sink:
            raise BadSettings("worker.no_sink")
        return (self.role,)

    def topics_path(self) -> Path:
        if self.topics_file is not None:
            return self.topics_file
        here = Path("topics.yaml")
        return here if here.exists() else _HOME / "topics.yaml"


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings as RISKSTREAM_* says. Raises BadSettings."""

    def path(name: str) -> Path | None:
        return Path(env[name]) if env.get(name) else None

    def whole(name: str) -> int | None:
        try:
            return int(env[name]) if env.get(name) else None
        except ValueError:
            raise BadSettings("worker.bad_number", name=name, value=env[name]) from None

    role = env.get("RISKSTREAM_ROLE", "all")
    if role not in ROLES:
        raise BadSettings("worker.bad_role", role=role)
    events = env.get("RISKSTREAM_EVENTS", "binary")
    if events not in MODES:
        raise BadSettings("worker.bad_events", events=events)
    port = whole("RISKSTREAM_HEALTH_PORT")
    broker = env.get("RISKSTREAM_KAFKA", "")  # as the tools and `make up` name it
    log = env.get("RISKSTREAM_LOG") or (f"{KAFKA}{broker}" if broker else "embedded:riskstream.db")
    return Settings(
        log=log, role=role, name=env.get("RISKSTREAM_NAME", "riskstream"), topics_file=path("RISKSTREAM_TOPICS"),
        partitions=whole("RISKSTREAM_PARTITIONS"), sink=env.get("RISKSTREAM_CLICKHOUSE", ""),
        instance=env.get("RISKSTREAM_INSTANCE") or socket.gethostname(), session_s=float(whole("RISKSTREAM_SESSION_S") or 10),
        health_host=env.get("RISKSTREAM_HEALTH_HOST", "127.0.0.1"), health_port=port,
        any_version=env.get("RISKSTREAM_ANY_VERSION", "") == "1", events=events, step_ms=whole("RISKSTREAM_STEP_MS") or 200,
        checkpoint_s=float(whole("RISKSTREAM_CHECKPOINT_S") or 60),
    )  # fmt: skip
