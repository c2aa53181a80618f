"""What the sink and the reports need of a ClickHouse, wherever it runs. All methods block: call them in a thread of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

Value = str | int | float | bool | date | None | Sequence[str]
Columns = Mapping[str, Sequence[object]]
Row = tuple[object, ...]


class EngineError(Exception):
    """The engine did not do what was asked; its own words are the message."""


class Unavailable(EngineError):
    """The engine cannot be reached, was restarted or is overloaded: the same again, later, is right."""


class Refused(EngineError):
    """The engine understood and refused: the same again will be refused too."""


class SinkEngine(Protocol):
    """One connection to one database, which need not exist yet. After Unavailable it must be closed and a new one opened."""

    @property
    def version(self) -> tuple[int, ...]:
        """Version of the server, such as (18, 16, 1)."""
        ...

    def execute(self, sql: str, params: Mapping[str, Value] | None = None) -> None:
        """Run a statement that gives nothing back. `{db}` in `sql` stands for the database, `%(name)s` for a quoted parameter."""
        ...

    def insert_columns(self, table: str, columns: Columns) -> None:
        """Insert equally long columns, all of them or (after an error) possibly some: repeat until it returns."""
        ...

    def query(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        """Rows of a SELECT; text, numbers and None only."""
        ...

    def close(self) -> None: ...
