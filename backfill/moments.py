"""Engines as they were at one moment of the log: the way of replay, stopped exactly there, for those who ask why (RSK-2, ANA-5).

Outcomes do not depend on how a log was cut into steps, so the step that the moment falls into is simply cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from backfill.inputs import InputRecord
from backfill.replay import KERNEL, Recording
from streams.domain.cloudevents import data_of
from streams.domain.log import Outcome, Output, TopicPartition
from streams.engine.engine import Engine
from streams.steps import checkpoint
from streams.steps.applying import Machine
from streams.steps.ports import Log, LogReader
from streams.steps.replaying import Replay, StepInput, logged_steps

Seen = Callable[[Output], None]


class WarningFound(msgspec.Struct, frozen=True):
    """Where a warning belongs."""

    id: str = ""
    enterprise: str = ""
    source: str = ""
    at_ms: int = 0


def of_recording(records: Iterable[InputRecord], partitions: int, until_ms: int | None, seen: Seen | None = None) -> list[Engine]:
    """The engines of all partitions after everything that arrived up to `until_ms` (None: all of it)."""

    def listen(_partition: int, outcome: Outcome) -> None:
        if seen is not None:
            for output in outcome.outputs:
                seen(output)

    recording = Recording(partitions, listen)
    for _ in recording.play(records, until_ms):
        pass
    return recording.engines()


async def of_log(log: Log, partitions: Sequence[int], total: int, until_ms: int | None) -> list[Engine]:
    """The engines of `partitions` at `until_ms`, from a checkpoint before it if there is one, else from the first step.

    Raises LogError when that part of the history is gone.
    """
    reader = log.reader()
    try:
        return [await _engine_at(reader, partition, total, until_ms) for partition in partitions]
    finally:
        await reader.close()


async def _engine_at(reader: LogReader, partition: int, total: int, until_ms: int | None) -> Engine:
    loaded = await checkpoint.newest(reader, partition, total)
    if loaded is not None and until_ms is not None and loaded.manifest.log_ms > until_ms:
        loaded = None
    start, number, link, base_ms = 0, 0, "", 0
    if loaded is None:
        machine = Machine.fresh(KERNEL, partition, total)
    else:
        machine, manifest = Machine.restored(KERNEL, partition, total, loaded.chunks), loaded.manifest
        start, number, link, base_ms = manifest.steps_offset + 1, manifest.number, manifest.link, manifest.log_ms
    place = TopicPartition("steps", partition)
    stop = (await reader.end_offsets([place]))[place]
    replay = Replay(reader, base_ms)
    steps = logged_steps(reader, partition, start, stop, number, link) if link else logged_steps(reader, partition, start, stop)
    async for logged in steps:
        given = await replay.input_of(logged)
        past = until_ms is not None and given.cut.log_ms > until_ms
        _apply(machine, given, until_ms if past else None)
        if past:
            break
    engine = machine.engine
    if not isinstance(engine, Engine):
        raise TypeError("the kernel of replay makes engines")
    return engine


def _apply(machine: Machine, given: StepInput, until_ms: int | None) -> None:
    if until_ms is None:
        machine.apply(given.cut, given.records, given.log_ms)
        return
    kept = sum(at_ms <= until_ms for at_ms in given.log_ms)  # log time never falls within a step
    machine.apply(msgspec.structs.replace(given.cut, log_ms=until_ms), given.records[:kept], given.log_ms[:kept])


_warning = msgspec.json.Decoder(WarningFound)


async def warning_in(log: Log, partitions: Sequence[int], wanted: str) -> WarningFound | None:
    """The warning with that id, from the topic `warnings`."""
    reader = log.reader()
    try:
        for partition in partitions:
            place = TopicPartition("warnings", partition)
            position = (await reader.begin_offsets([place]))[place]
            end = (await reader.end_offsets([place]))[place]
            while position < end:
                records, position = await reader.read(place, position, end)
                for record in records:
                    found = match(record.value or b"", wanted)
                    if found is not None:
                        return found
    finally:
        await reader.close()
    return None


def match(value: bytes, wanted: str) -> WarningFound | None:
    """The warning in `value` when it has that id."""
    if wanted.encode() not in value:
        return None
    try:
        found = _warning.decode(data_of(value))
    except msgspec.DecodeError:
        return None
    return found if found.id == wanted else None
