"""Recorded input: records with their own arrival times, as demo, replay, simulate and readers of data sets pass them on.

On disk: JSON lines (`.jsonl`, `.jsonl.gz`), one object a line with `arrival_ms, topic, key, value`, or Parquet with the same
columns. Keys and values keep their exact bytes: JSON on one line is embedded as it is, anything else as `key64`, `value64`.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import heapq
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
_ROWS = 10_000  # rows of a Parquet row group: bounds the memory of a reader


class InputRecord(NamedTuple):
    """One record and the moment at which it reaches the log."""

    arrival_ms: int
    topic: str
    key: bytes | None
    value: bytes | None


class InputError(ValueError):
    """A recording that cannot be read; says where: file, line or row (1-based), field. `code` is a key of the texts (input.*)."""

    def __init__(self, code: str, path: Path | str, line: int = 0, field: str = "", detail: str = "") -> None:
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {field + ': ' if field else ''}{detail or code}")
        self.code = code
        self.details: dict[str, object] = {"place": place, "field": field, "detail": detail}


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    arrival_ms: int
    topic: str
    key: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    key64: str | None = None
    value64: str | None = None


_decoder = msgspec.json.Decoder(_Line)


def _embeddable(value: bytes) -> bool:
    """Whether `value` is JSON that comes back with the same bytes from inside a line."""
    if value[:1] not in (b"{", b"[") or b"\n" in value or b"\r" in value or value[-1:] not in (b"}", b"]"):
        return False
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def line_of(record: InputRecord) -> bytes:
    """The JSON line of a record, without its end of line.

    >>> line_of(InputRecord(5, "readings", b"E1", b'{"a":1}'))
    b'{"arrival_ms":5,"topic":"readings","key":"E1","value":{"a":1}}'
    """
    line: dict[str, Any] = {"arrival_ms": record.arrival_ms, "topic": record.topic}
    if record.key is not None:
        try:
            line["key"] = record.key.decode()
        except UnicodeDecodeError:
            line["key64"] = base64.b64encode(record.key).decode()
    if record.value is None:
        line["value"] = None
    elif _embeddable(record.value):
        line["value"] = msgspec.Raw(record.value)
    else:
        line["value64"] = base64.b64encode(record.value).decode()
    return msgspec.json.encode(line)


def record_of(line: bytes, path: Path | str = "line", number: int = 0) -> InputRecord:
    """The record of a JSON line. Raises InputError with file, line and field."""
    try:
        found = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise InputError("bad_line", path, number, detail=str(problem)) from None
    if not found.topic:
        raise InputError("bad_field", path, number, "topic", "is empty")
    key = found.key.encode() if found.key is not None else _plain(found.key64, path, number, "key64")
    raw = bytes(found.value)
    value = raw if raw != b"null" else _plain(found.value64, path, number, "value64")
    return InputRecord(found.arrival_ms, found.topic, key, value)


def _plain(text: str | None, path: Path | str, number: int, field: str) -> bytes | None:
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise InputError("bad_field", path, number, field, str(problem)) from None


def write_inputs(path: Path, records: Iterable[InputRecord]) -> int:
    """Writes `records` in the form that the suffix of `path` names; returns how many. The file appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        count = _write_parquet(part, records) if path.name.endswith(".parquet") else _write_lines(path, part, records)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    return count


def _write_lines(path: Path, part: Path, records: Iterable[InputRecord]) -> int:
    count = 0
    with part.open("wb") as raw, _packed(path, raw) as out:
        for record in records:
            out.write(line_of(record) + b"\n")
            count += 1
    return count


def _packed(path: Path, raw: IO[bytes]) -> IO[bytes]:
    if not path.name.endswith(".jsonl.gz"):
        return raw
    # No name and no time in the header: the same records are the same bytes.
    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)  # type: ignore[return-value]


def _pyarrow(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise InputError("no_pyarrow", "Parquet", detail="needs pyarrow: pip install 'riskstream[parquet]'") from None


def _write_parquet(part: Path, records: Iterable[InputRecord]) -> int:
    pa, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    schema = pa.schema([("arrival_ms", pa.int64()), ("topic", pa.string()), ("key", pa.binary()), ("value", pa.binary())])
    count, rows = 0, list[InputRecord]()
    with parquet.ParquetWriter(part, schema, compression="zstd") as writer:

        def flush() -> None:
            columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
            writer.write_table(pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema))
            rows.clear()

        for record in records:
            rows.append(record)
            count += 1
            if len(rows) == _ROWS:
                flush()
        flush()
    return count


def _read_lines(path: Path) -> Iterator[InputRecord]:
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else raw as lines:
        number = 0
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield record_of(line, path, number)
        except (EOFError, gzip.BadGzipFile) as problem:
            raise InputError("bad_file", path, number + 1, detail=str(problem)) from None


def _read_parquet(path: Path) -> Iterator[InputRecord]:
    parquet = _pyarrow("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ValueError) as problem:  # ArrowInvalid is a ValueError
        raise InputError("bad_file", path, detail=str(problem)) from None
    with file:
        missing = [name for name in InputRecord._fields if name not in file.schema_arrow.names]
        if missing:
            raise InputError("bad_field", path, 0, missing[0], f"no such column; found {', '.join(file.schema_arrow.names)}")
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(InputRecord._fields)):
            columns = [batch.column(name).to_pylist() for name in InputRecord._fields]
            for arrival_ms, topic, key, value in zip(*columns, strict=True):
                row += 1
                if not isinstance(arrival_ms, int) or not isinstance(topic, str) or not topic:
                    raise InputError(
                        "bad_field", path, row, "arrival_ms" if isinstance(topic, str) and topic else "topic", "is missing"
                    )
                yield InputRecord(arrival_ms, topic, _octets(key), _octets(value))


def _octets(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _in_order(records: Iterator[InputRecord], path: Path) -> Iterator[InputRecord]:
    last = None
    for number, record in enumerate(records, start=1):
        if last is not None and record.arrival_ms < last:
            raise InputError("order", path, number, "arrival_ms", f"{record.arrival_ms} comes after {last}")
        last = record.arrival_ms
        yield record


def read_inputs(path: Path) -> Iterator[InputRecord]:
    """Records of a file, or of all files of a folder merged by arrival time (equal times: by file name). Raises InputError."""
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIXES))
        if not files:
            raise InputError("empty_folder", path, detail=f"no file with one of {', '.join(SUFFIXES)}")
        return merge_inputs(*(read_inputs(file) for file in files))
    if not path.name.endswith(SUFFIXES):
        raise InputError("suffix", path, detail=f"suffix must be one of {', '.join(SUFFIXES)}")
    return _in_order(_read_parquet(path) if path.name.endswith(".parquet") else _read_lines(path), path)


def merge_inputs(*sources: Iterable[InputRecord]) -> Iterator[InputRecord]:
    """One stream in arrival order; at equal times the source named first goes first."""
    return heapq.merge(*sources, key=lambda record: record.arrival_ms)
