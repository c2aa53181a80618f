"""Which engine an address means: clickhouse://user:password@host:port/database, or chdb:FOLDER inside the process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from streams.sinks.ports import Refused, SinkEngine

CLICKHOUSE, CHDB = "clickhouse://", "chdb:"


def connector(target: str, database: str = "") -> Callable[[], SinkEngine]:
    """Makes connections to `target`; `database` wins over the one that the address names.

    Raises Refused for an address of no known form; connecting raises Unavailable.
    """
    if target.startswith(CLICKHOUSE):
        engine = importlib.import_module("streams.sinks.clickhouse_engine").ClickHouseEngine
        return lambda: engine(target, database)
    if target.startswith(CHDB):
        engine = importlib.import_module("streams.sinks.chdb_engine").ChdbEngine
        folder = Path(target.removeprefix(CHDB).removeprefix("//"))
        return lambda: engine(folder, database)
    raise Refused(f"{target!r} is neither clickhouse://host:port nor chdb:FOLDER")
