"""Where records go: `kafka://host:port` or `embedded:FILE`, opened as the one port that producers need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from riskstream.console import user_error
from riskstream.topics import read_topics
from streams.domain.catalogue import Lang
from streams.steps.ports import Log, LogError, RecordPort
from streams.transport import embedded_store
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_client import KafkaSettings
from streams.transport.kafka_producing import KafkaProducerPort

KAFKA, EMBEDDED = "kafka://", "embedded:"
_GROUP = 2000  # records of one transaction of the embedded log


def is_log(target: str) -> bool:
    """Whether `target` names a log rather than a file.

    >>> is_log("kafka://127.0.0.1:9092"), is_log("county.jsonl.gz")
    (True, False)
    """
    return target.startswith((KAFKA, EMBEDDED))


class _Grouped:
    """The embedded log with many records a transaction: each commit waits for the disk."""

    def __init__(self, log: EmbeddedLog) -> None:
        self._log = log
        self._waiting: list[Append] = []

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        self._waiting.append(Append(topic, partition, key, value, broker_ms))
        if len(self._waiting) >= _GROUP:
            await self.flush()

    async def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            await self._log.append_batch(waiting)


@asynccontextmanager
async def open_records(target: str, lang: Lang) -> AsyncIterator[RecordPort]:
    """A port that appends to the log at `target`; flushed and closed afterwards. Raises UserError for a target of no known form
    and for a log that does not take the records."""
    if not is_log(target):
        raise user_error("registry.bad_target", lang, target=target)
    try:
        if target.startswith(KAFKA):
            producer = KafkaProducerPort(KafkaSettings(target.removeprefix(KAFKA), client_id="riskstream-tool"))
            await producer.open()
            try:
                yield producer
            finally:
                await producer.close()
        else:
            log = EmbeddedLog.open(Path(target.removeprefix(EMBEDDED).removeprefix("//")))
            try:
                log.create_topics(_embedded_topics(lang))
                port = _Grouped(log)
                yield port
                await port.flush()
            finally:
                log.close()
    except LogError as error:
        raise user_error("registry.not_written", lang, detail=error) from error


@contextmanager
def opened_log(target: str, lang: Lang) -> Iterator[Log]:
    """The log at `target`, to read from. Raises UserError for a target of no known form, LogError for a log that cannot be had."""
    if not is_log(target):
        raise user_error("registry.bad_target", lang, target=target)
    if target.startswith(KAFKA):
        yield KafkaLog(KafkaSettings(target.removeprefix(KAFKA), client_id="riskstream-tool"), "riskstream-tool")
        return
    path = Path(target.removeprefix(EMBEDDED).removeprefix("//"))
    if not path.exists():
        raise user_error("replay.no_file", lang, path=path)
    log = EmbeddedLog.open(path)
    try:
        yield log
    finally:
        log.close()


def _embedded_topics(lang: Lang) -> Sequence[embedded_store.Topic]:
    return [
        embedded_store.Topic(t.name, t.partitions, t.retention_ms, t.cleanup == "compact", t.compaction_lag_ms, t.max_bytes)
        for t in read_topics(None, lang)
    ]
