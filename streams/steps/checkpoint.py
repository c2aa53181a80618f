"""Checkpoints: the state of one partition at one step, on the topic `checkpoints`, so that a restart re-applies a minute at most.

Chunks come first, the manifest last; a manifest counts only when all its chunks are there with their hashes and when the log
holds the step that it names. Two are kept: slots 0 and 1 in turn, so the one being written never replaces the newest valid one.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from streams.domain.log import Output, RawRecord, TopicPartition
from streams.steps.applying import Chunks
from streams.steps.codec import STEPS_TOPIC, link
from streams.steps.ports import LogReader

CHECKPOINTS_TOPIC = "checkpoints"
CHUNK_BYTES = 512 << 10
GROUP_BYTES = 2 << 20  # chunks of one transaction: a step never waits for more than this
FORMAT = 1
SLOTS = 2
_READ_BYTES = 8 << 20


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """One chunk: `name` of the engine's part that it belongs to, the hash of its compressed bytes."""

    name: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a set of chunks a checkpoint. Positions are those after the step: next offset to take, by topic."""

    format: int
    partition: int
    partitions: int
    slot: int
    number: int
    link: str  # of the step record's bytes
    steps_offset: int
    log_ms: int
    outcome: str
    positions: list[tuple[str, int, int]]
    pieces: list[Piece]
    versions: dict[str, str]
    gap_window_ms: int | None = None
    gap_used_ms: int = 0


_manifest_encoder = msgspec.json.Encoder()
_manifest_decoder = msgspec.json.Decoder(Manifest)


@dataclass(frozen=True, slots=True)
class Point:
    """The step boundary that a checkpoint is of."""

    partition: int
    partitions: int
    number: int
    link: str
    log_ms: int
    outcome: str
    positions: Mapping[TopicPartition, int]
    versions: Mapping[str, str]
    gap_window_ms: int | None = None
    gap_used_ms: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A checkpoint as found in the log."""

    manifest: Manifest
    chunks: Chunks
    step_broker_ms: int = 0

    def positions(self) -> dict[TopicPartition, int]:
        return {TopicPartition(topic, partition): at for topic, partition, at in self.manifest.positions}


@dataclass(frozen=True, slots=True)
class Encoded:
    """Compressed chunks of a snapshot. Made off the hot path, from a copy; the step's place in the log is not needed yet."""

    slot: int
    pieces: list[Piece]
    chunks: list[Output]

    def groups(self) -> Iterator[Sequence[Output]]:
        """The chunks, in transactions small enough to go between two steps."""
        group: list[Output] = []
        size = 0
        for chunk in self.chunks:
            if group and size + len(chunk.value) > GROUP_BYTES:
                yield group
                group, size = [], 0
            group.append(chunk)
            size += len(chunk.value)
        if group:
            yield group


def encode(partition: int, slot: int, snapshot: Chunks) -> Encoded:
    """Cut `snapshot` into chunks of at most 512 KB and compress them. Pure; run it in a thread."""
    pieces: list[Piece] = []
    chunks: list[Output] = []
    for name, data in snapshot:
        view = memoryview(data).cast("B")
        for start in range(0, max(len(view), 1), CHUNK_BYTES):
            packed = zlib.compress(view[start : start + CHUNK_BYTES], level=1)
            chunks.append(Output(CHECKPOINTS_TOPIC, f"{partition}/{slot}/{len(chunks)}".encode(), packed))
            pieces.append(Piece(name, hashlib.sha256(packed).hexdigest()))
    return Encoded(slot, pieces, chunks)


def manifest_output(point: Point, encoded: Encoded, steps_offset: int) -> Output:
    """The manifest; to be sent last, in a transaction after the one of its step, which is at `steps_offset` of `steps`."""
    manifest = Manifest(
        format=FORMAT, partition=point.partition, partitions=point.partitions, slot=encoded.slot, number=point.number, link=point.link,
        steps_offset=steps_offset, log_ms=point.log_ms, outcome=point.outcome,
        positions=[(topic, partition, at) for (topic, partition), at in sorted(point.positions.items())],
        pieces=encoded.pieces, versions=dict(point.versions), gap_window_ms=point.gap_window_ms, gap_used_ms=point.gap_used_ms,
    )  # fmt: skip
    key = f"{point.partition}/{encoded.slot}/manifest".encode()
    return Output(CHECKPOINTS_TOPIC, key, _manifest_encoder.encode(manifest))


async def newest(reader: LogReader, partition: int, partitions: int) -> Loaded | None:
    """The newest checkpoint that is whole and whose step the log holds, or None.

    Reads backwards in growing windows: the cost is that of one checkpoint, not that of the topic's length.
    """
    place = TopicPartition(CHECKPOINTS_TOPIC, partition)
    begin = (await reader.begin_offsets([place]))[place]
    end = (await reader.end_offsets([place]))[place]
    window = 64
    refused: set[int] = set()
    while True:
        start = max(begin, end - window)
        records = await _read_all(reader, place, start, end)
        for manifest_record, manifest in _manifests(records, partition, partitions):
            if manifest_record.offset in refused:
                continue
            loaded = _assembled(manifest, manifest_record.offset, records)
            if loaded is None and start > begin:
                break  # its chunks may lie further back
            if loaded is not None and (broker_ms := await _step_appended_ms(reader, manifest)) is not None:
                return replace(loaded, step_broker_ms=broker_ms)
            refused.add(manifest_record.offset)
        if start <= begin:
            return None
        window *= 4


async def _read_all(reader: LogReader, place: TopicPartition, start: int, end: int) -> list[RawRecord]:
    records: list[RawRecord] = []
    while start < end:
        more, start = await reader.read(place, start, end, _READ_BYTES)
        records.extend(more)
    return records


def _manifests(records: Sequence[RawRecord], partition: int, partitions: int) -> Iterator[tuple[RawRecord, Manifest]]:
    """Manifests of this partition that this version can read, newest first."""
    for record in reversed(records):
        if not (record.key or b"").endswith(b"/manifest") or not record.value:
            continue
        try:
            manifest = _manifest_decoder.decode(record.value)
        except msgspec.MsgspecError:
            continue
        if (manifest.format, manifest.partition, manifest.partitions) == (FORMAT, partition, partitions):
            yield record, manifest


def _assembled(manifest: Manifest, before: int, records: Sequence[RawRecord]) -> Loaded | None:
    """The checkpoint of `manifest` when all its chunks are among `records`, the last of each key before the manifest."""
    values = {record.key: record.value or b"" for record in records if record.offset < before}
    parts: dict[str, list[bytes]] = {}
    for i, piece in enumerate(manifest.pieces):
        packed = values.get(f"{manifest.partition}/{manifest.slot}/{i}".encode())
        if packed is None or hashlib.sha256(packed).hexdigest() != piece.sha256:
            return None
        parts.setdefault(piece.name, []).append(zlib.decompress(packed))
    return Loaded(manifest, [(name, b"".join(pieces)) for name, pieces in parts.items()])


async def _step_appended_ms(reader: LogReader, manifest: Manifest) -> int | None:
    """When the step of `manifest` was appended, or None when the log does not hold that very step: a checkpoint of a history that
    never became true must not be loaded."""
    place = TopicPartition(STEPS_TOPIC, manifest.partition)
    begin, end = (await reader.begin_offsets([place]))[place], (await reader.end_offsets([place]))[place]
    if not begin <= manifest.steps_offset < end:
        return None
    records, _ = await reader.read(place, manifest.steps_offset, manifest.steps_offset + 1)
    held = bool(records) and link(records[0].value or b"") == manifest.link
    return records[0].broker_ms if held else None
