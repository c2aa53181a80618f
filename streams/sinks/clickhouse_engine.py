"""A ClickHouse server, from Debian's 18.16 to the newest, through clickhouse-driver's native protocol."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, NetworkError, ServerException, SocketTimeoutError

from streams.sinks.ports import Columns, EngineError, Refused, Row, Unavailable, Value
from streams.sinks.sql import bound, named

# memory or time ran out, too many parts or queries, the server is starting or shutting down: right again later
_PASSING = frozenset((159, 160, 202, 209, 210, 236, 241, 242, 252, 394, 425, 439))
_ROWS_A_BLOCK = 1 << 20

# it writes a traceback for every failed connection; the sink says it once, in its own words
logging.getLogger("clickhouse_driver.connection").setLevel(logging.ERROR + 5)


class ClickHouseEngine:
    """One connection to the server at `url`, clickhouse://user:password@host:port/database. Raises Unavailable, Refused.

    `database` wins over the one of the address; without either it is `riskstream`. It need not exist yet.
    """

    def __init__(self, url: str, database: str = "", timeout_s: float = 30.0) -> None:
        parts = urlsplit(url)
        self._database = named(database or parts.path.strip("/") or "riskstream")
        try:
            # without the database: the server refuses a connection to one that is not there, and it is we who make it
            self._client: Any = Client.from_url(urlunsplit(parts._replace(path="")))
        except (ValueError, KeyError) as error:
            raise Refused(f"{url.split('@')[-1]} is no address of a ClickHouse: {error}") from error
        self._client.connection.connect_timeout = 10.0
        self._client.connection.send_receive_timeout = timeout_s
        try:
            self._version = tuple(int(n) for n in str(self.query("SELECT version()")[0][0]).split(".") if n.isdigit())
        except EngineError:
            self.close()
            raise

    @property
    def version(self) -> tuple[int, ...]:
        return self._version

    def execute(self, sql: str, params: Mapping[str, Value] | None = None) -> None:
        self._run(lambda: self._client.execute(bound(sql, params, self._database)))

    def insert_columns(self, table: str, columns: Columns) -> None:
        if not next(iter(columns.values()), ()):
            return
        sql = f"INSERT INTO {self._database}.{table} ({', '.join(columns)}) VALUES"
        data = list(columns.values())
        settings = {"insert_block_size": _ROWS_A_BLOCK}
        self._run(lambda: self._client.execute(sql, data, columnar=True, settings=settings))

    def query(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        rows = self._run(lambda: self._client.execute(bound(sql, params, self._database)))
        return [tuple(row) for row in rows]

    def close(self) -> None:
        self._client.disconnect()

    @staticmethod
    def _run(call: Any) -> Any:
        try:
            return call()
        except ServerException as error:
            kind = Unavailable if error.code in _PASSING else Refused
            raise kind(f"{error.code}: {str(error.message).splitlines()[0]}") from error
        except (NetworkError, SocketTimeoutError, EOFError, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        except Error as error:  # the driver could not make sense of what it was given or got
            raise Unavailable(f"{type(error).__name__}: {error}") from error
