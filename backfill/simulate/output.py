"""Writes a simulated stream: JSON lines at the speed of the generator, labels beside the data."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from backfill.inputs import InputRecord, write_inputs
from backfill.simulate.incidents import Label

_CHUNK = 4096


def lines_of(records: Iterable[InputRecord]) -> Iterator[bytes]:
    """Chunks of JSON lines in the form of `backfill.inputs`; keys are plain ASCII and values JSON of one line, as we made them.

    >>> b"".join(lines_of([InputRecord(5, "readings", b"E1", b'{"a":1}')]))
    b'{"arrival_ms":5,"topic":"readings","key":"E1","value":{"a":1}}\\n'
    """
    chunk: list[bytes] = []
    for arrival_ms, topic, key, value in records:
        chunk.append(
            b'{"arrival_ms":%d,"topic":"%b","key":"%b","value":%b}\n' % (arrival_ms, topic.encode(), key or b"", value or b"null")
        )
        if len(chunk) >= _CHUNK:
            yield b"".join(chunk)
            chunk.clear()
    yield b"".join(chunk)


def write_stream(path: Path, records: Iterable[InputRecord]) -> None:
    """Writes `records` to a `.jsonl`, `.jsonl.gz` or `.parquet` file, which appears when it is whole."""
    if path.name.endswith(".parquet"):
        write_inputs(path, records)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw, _packed(path, raw) as out:
            for chunk in lines_of(records):
                out.write(chunk)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)


def _packed(path: Path, raw: IO[bytes]) -> Any:
    # Level 1: the packer, not the generator, would else be the bound. No name, no time: same records, same bytes.
    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=1) if path.name.endswith(".gz") else raw


def labels_path(data: Path) -> Path:
    """Where the truth about `data` stands; the name is none that a reader of recordings takes for input.

    >>> labels_path(Path("x/county.jsonl.gz")).as_posix()
    'x/county.jsonl.gz.labels.json'
    """
    return data.with_name(data.name + ".labels.json")


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """One JSON array, an incident a line."""
    lines = [msgspec.json.encode(label) for label in labels]
    path.write_bytes(b"[\n" + b",\n".join(lines) + b"\n]\n" if lines else b"[]\n")


def read_labels(path: Path) -> list[Label]:
    """The labels written by `write_labels`."""
    return msgspec.json.decode(path.read_bytes(), type=list[Label])
