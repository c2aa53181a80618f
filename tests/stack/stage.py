"""A stage for whole-stack tests: scripts of many enterprises, as bytes on the wire, through the demo's own stack.

A `House` with real Faust agents on an embedded log whose clock the player owns, rules and parameters as they are shipped and as
`riskstream rules publish` would send them. What came of it is read from the output topics by a log reader, like anybody would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from backfill.configuration import configuration, configuration_records
from backfill.inputs import InputRecord
from streams.agents.settings import Role, Settings
from streams.app import House
from streams.domain.columns import RegistryChange, Rejected
from streams.domain.log import Output, TopicPartition
from streams.domain.messages import RAW_TOPICS, Event, Frame
from streams.domain.registry import Region
from streams.transport.clocks import PlayerClock
from streams.transport.embedded import Append, EmbeddedLog
from tests.scenarios.timeline import FrameRecord, Record, Said, Timeline

RULES = Path(__file__).resolve().parents[2] / "risk_rules"
COUNTY = Region(code="R1", name="某县", kind="county", name_en="County")
OUTPUTS = ("warnings", "level", "risk", "dead-letters", "aggregates")
_TOPIC_OF = {kind: topic for topic, kind in RAW_TOPICS.items()}
_encode = msgspec.json.encode


def wired(line: Timeline) -> Iterator[InputRecord]:
    """The records of a script as senders put them on the wire."""
    for record in line.records:
        yield _wired(record)


def _wired(record: Record) -> InputRecord:
    what = record.what
    if isinstance(what, FrameRecord):
        frame = Frame(enterprise=what.enterprise, gateway="G", collected_at=what.event_ms, codes=list(what.codes),
                      values=list(what.values), units=list(what.units) or None)  # fmt: skip
        return InputRecord(record.log_ms, "readings", what.enterprise.encode(), _encode(frame))
    if isinstance(what, RegistryChange):
        # Just before what it is for: at one instant the merge goes by the names of topics.
        return InputRecord(
            record.log_ms - 1, "registry", what.key.encode(), None if what.record is None else _encode(what.record)
        )
    if isinstance(what, Rejected):
        return InputRecord(record.log_ms, "readings", what.enterprise.encode(), what.payload)
    event: Event = what
    enterprise: str = event.enterprise  # type: ignore[union-attr]  # broadcast events are not in these scripts
    return InputRecord(record.log_ms, _TOPIC_OF[type(event)], enterprise.encode(), _encode(event))


def first(at_ms: int, rules: Path = RULES) -> list[InputRecord]:
    """What is there before anybody sends: rules, parameters, the county."""
    return [
        *configuration_records(configuration(rules), at_ms, "test"),
        InputRecord(at_ms, "registry", b"region/R1", _encode(COUNTY)),
    ]


def script(*lines: Timeline, extra: Iterable[InputRecord] = ()) -> list[InputRecord]:
    """All records of `lines` and `extra` in arrival order, after the configuration."""
    began_ms = min(line.records[0].log_ms for line in lines)
    played = [*(record for line in lines for record in wired(line)), *extra]
    return [*first(began_ms - 1000), *sorted(played, key=lambda record: record.arrival_ms)]


def perform(
    folder: Path, records: Sequence[InputRecord], until_ms: int, *, window_s: int = 300, partitions: int = 2, role: Role = "steps",
    sink: str = "",
) -> Said:  # fmt: skip
    """Play `records` and let time come to `until_ms`; gives back all that is on the output topics, each partition in its order."""
    return asyncio.run(_perform(folder, records, until_ms, window_s * 1000, partitions, role, sink))


async def _perform(
    folder: Path, records: Sequence[InputRecord], until_ms: int, window_ms: int, partitions: int, role: Role, sink: str
) -> Said:
    log = EmbeddedLog.open(folder / "log.db", PlayerClock(records[0].arrival_ms))
    settings = Settings(log=f"embedded:{folder / 'log.db'}", name="stage", partitions=partitions, role=role, sink=sink)
    house = House(settings, log=log)
    try:
        await house.start()
        await house.ready()
        for end_ms, part in windows(records, until_ms, window_ms):
            if part:
                await log.append_batch([Append(r.topic, None, r.key, r.value, r.arrival_ms) for r in part])
            log.set_now(end_ms)
            await house.drained(stored=False)
        if role == "all":
            await house.drained()
        return await _said(house, log)
    finally:
        await house.stop()
        log.close()


def windows(records: Sequence[InputRecord], until_ms: int, width_ms: int) -> Iterator[tuple[int, Sequence[InputRecord]]]:
    """Parts of `records` with the time at which the clock stands after each; the last one is `until_ms`."""
    at, end_ms = 0, records[0].arrival_ms
    while end_ms < until_ms:
        end_ms = min(end_ms + width_ms, until_ms)
        stop = at
        while stop < len(records) and records[stop].arrival_ms <= end_ms:
            stop += 1
        yield end_ms, records[at:stop]
        at = stop


async def _said(house: House, log: EmbeddedLog) -> Said:
    reader = log.reader()
    found: list[Output] = []
    try:
        for topic in OUTPUTS:
            for partition in range(house.partitions):
                place = TopicPartition(topic, partition)
                at, end = 0, (await reader.end_offsets([place]))[place]
                while at < end:
                    records, at = await reader.read(place, at, end)
                    found += [Output(r.topic, r.key, r.value or b"") for r in records]
    finally:
        await reader.close()
    return Said(found)
