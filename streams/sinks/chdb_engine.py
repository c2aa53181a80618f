"""ClickHouse inside the process (chDB): a folder instead of a server. One process a folder; all calls from one thread at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from streams.sinks.ports import Columns, EngineError, Refused, Row, Unavailable, Value
from streams.sinks.sql import bound, named

_SETTINGS = " SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 0"


class ChdbEngine:
    """The tables in `folder`. Raises Unavailable when chDB is not installed or another process has the folder."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self._database = named(database or "riskstream")
        try:
            from chdb.session import Session
        except ImportError as error:
            raise Unavailable(f"chDB is not installed: pip install riskstream[embedded] ({error})") from error
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._session: Any = Session(str(folder))
            self._version = _numbers(self._rows("SELECT version()")[0][0])
        except RuntimeError as error:
            raise Unavailable(str(error)) from error

    @property
    def version(self) -> tuple[int, ...]:
        return self._version

    def execute(self, sql: str, params: Mapping[str, Value] | None = None) -> None:
        self._run(bound(sql, params, self._database), "Null")

    def insert_columns(self, table: str, columns: Columns) -> None:
        if not next(iter(columns.values()), ()):
            return
        body = msgspec.json.encode(dict(columns)).decode()
        self._run(f"INSERT INTO {self._database}.{table} ({', '.join(columns)}) FORMAT JSONColumns {body}", "Null")

    def query(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        return self._rows(bound(sql, params, self._database))

    def close(self) -> None:
        with self._lock:
            self._session.close()

    def _rows(self, sql: str) -> list[Row]:
        answer = json.loads(self._run(sql + _SETTINGS, "JSONCompact"))
        floats = [i for i, column in enumerate(answer["meta"]) if "Float" in column["type"]]
        for row in answer["data"]:
            for i in floats:  # JSON has 38 where the server says 38.0
                row[i] = None if row[i] is None else float(row[i])
        return [tuple(row) for row in answer["data"]]

    def _run(self, sql: str, form: str) -> bytes:
        with self._lock:
            try:
                answer = self._session.query(sql, form)
            except RuntimeError as error:
                raise self._kind(str(error))(str(error)) from error
            return bytes(answer.bytes()) if form != "Null" else b""

    @staticmethod
    def _kind(words: str) -> type[EngineError]:
        return Refused if words.startswith("Code:") else Unavailable


def _numbers(version: object) -> tuple[int, ...]:
    return tuple(int(part) for part in str(version).split(".") if part.isdigit())
