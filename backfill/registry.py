"""The registry as input: what is published to its topic, or put before a recording."""

from __future__ import annotations

from collections.abc import Iterable

from backfill.inputs import InputRecord
from streams.decode.registry_files import encoded, key_of
from streams.domain.registry import RegistryRecord


def registry_records(records: Iterable[RegistryRecord], at_ms: int = 0) -> list[InputRecord]:
    """One input record each, all arriving at `at_ms`, in the order given (parents before children)."""
    return [InputRecord(at_ms, "registry", key_of(record).encode(), encoded(record)) for record in records]
