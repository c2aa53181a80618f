"""Where records go: `kafka://host:port` or `embedded:FILE`, opened as the one port that producers need."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from riskstream.console import user_error
from streams.domain.catalogue import Lang
from streams.steps.ports import RecordPort

KAFKA, EMBEDDED = "kafka://", "embedded:"


@asynccontextmanager
async def open_records(target: str, lang: Lang) -> AsyncIterator[RecordPort]:
    """A port that appends to the log at `target`; closed afterwards. Raises UserError for a target of no known form."""
    if target.startswith(KAFKA):
        producer = importlib.import_module("streams.transport.kafka").KafkaRecords(target.removeprefix(KAFKA))
        await producer.open()
        try:
            yield producer
        finally:
            await producer.close()
    elif target.startswith(EMBEDDED):
        log = importlib.import_module("streams.transport.embedded").EmbeddedLog.open(Path(target.removeprefix(EMBEDDED)))
        try:
            yield log
        finally:
            log.close()
    else:
        raise user_error("registry.bad_target", lang, target=target)
