"""Topics on a real broker: what is there, what is created. Never deletes anything and never changes a number of partitions."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from streams.domain.topics import Topic
from streams.steps.ports import LogError


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as the broker has it; `config` holds effective values, defaults included."""

    name: str
    partitions: int
    replicas: int
    config: Mapping[str, str]


class KafkaAdmin:
    """One connection for administration. Raises LogError with the broker's words for whatever it cannot do."""

    def __init__(self, bootstrap: str, timeout_s: float = 15.0) -> None:
        _expect_listener(bootstrap, timeout_s)
        ms = int(timeout_s * 1000)
        try:
            self._client: Any = KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ms, bootstrap_timeout_ms=ms)
        except (KafkaError, OSError, ValueError) as error:
            raise LogError(f"{type(error).__name__}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def topics(self, names: Iterable[str]) -> dict[str, FoundTopic]:
        """Those of `names` that exist."""
        try:
            present = sorted(set(names) & set(self._client.list_topics()))
            if not present:
                return {}
            described = {t["name"]: t for t in self._client.describe_topics(present)}
            resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
            configs = self._client.describe_configs(resources, config_filter="all")["topic"]
        except (KafkaError, OSError) as error:
            raise LogError(f"{type(error).__name__}: {error}") from error
        return {name: _found(name, described[name], configs[name]) for name in present}

    def create(self, topics: Iterable[Topic], replicas: int) -> None:
        """Create topics and wait until they have leaders. A topic that someone else created meanwhile is left as it is."""
        # with three replicas or more an acknowledged record is on two of them at least
        safe = {"min.insync.replicas": "2"} if replicas > 2 else {}
        for topic in topics:
            config = safe | topic.broker_config()
            wish = {"num_partitions": topic.partitions, "replication_factor": replicas, "configs": config}
            try:
                self._client.create_topics({topic.name: wish}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue
            except (KafkaError, OSError) as error:
                raise LogError(f"{topic.name}: {type(error).__name__}: {error}") from error

    def set_config(self, name: str, changes: Mapping[str, str]) -> None:
        """Change settings of one topic; all others stay."""
        try:
            resource = ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(changes))
            self._client.alter_configs([resource], incremental=True)
        except (KafkaError, OSError, ValueError) as error:
            raise LogError(f"{name}: {type(error).__name__}: {error}") from error


def _expect_listener(bootstrap: str, timeout_s: float) -> None:
    """Raises LogError when nobody listens at any of the addresses: said at once, and the client, which leaves sockets
    open when its first connection fails, is not even made."""
    said = []
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
                return
        except (OSError, ValueError) as error:
            said.append(f"{address.strip()}: {error}")
    raise LogError("; ".join(said))


def _found(name: str, described: Mapping[str, Any], config: Mapping[str, Any]) -> FoundTopic:
    partitions = described["partitions"]
    replicas = min((len(p["replica_nodes"]) for p in partitions), default=0)
    values = {key: str(entry["value"] if isinstance(entry, Mapping) else entry) for key, entry in config.items()}
    return FoundTopic(name, len(partitions), replicas, values)
