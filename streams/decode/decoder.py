"""The door of decode: one step's records in, columns, events and rejections out. Never raises for what a sender sent."""

from __future__ import annotations

from collections.abc import Sequence

from streams.decode.events import EventReader
from streams.decode.frames import FrameReader
from streams.decode.problems import Problem, Unusable, shown
from streams.domain.columns import Coordinates, Decoded, LoggedEvent, Rejected
from streams.domain.log import RawRecord
from streams.domain.messages import BROADCAST_TOPICS

MAX_BYTES = 1 << 20  # of a raw message: a frame of 20,000 points fits
MAX_BROADCAST_BYTES = 10 << 20  # a rule set or a model is one message
_MAX_ENTERPRISES = 200_000
_new = tuple.__new__  # half the cost of the named tuple's own constructor, paid for every record


class Decoder:
    """Decodes steps of one partition. Its caches make it faster, never different."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_broadcast_bytes: int = MAX_BROADCAST_BYTES) -> None:
        self._max_bytes = max_bytes
        self._max_broadcast_bytes = max_broadcast_bytes
        self._frames = FrameReader()
        self._events_of = EventReader()
        self._enterprises: dict[bytes | None, str] = {}
        self._events: list[LoggedEvent] = []
        self._rejected: list[Rejected] = []

    def decode(self, records: Sequence[RawRecord], log_ms: Sequence[int]) -> Decoded:
        """`records` in merged order with the log time of each. Every record gives a frame, an event or a rejection at least."""
        self._events, self._rejected = [], []
        enterprises, most, take_plain = self._enterprises, self._max_bytes, self._frames.take_plain
        for order, (record, at_ms) in enumerate(zip(records, log_ms, strict=True)):
            topic, partition, offset, _, key, data = record
            at = _new(Coordinates, (order, at_ms, topic, partition, offset))
            if (
                topic == "readings"
                and data
                and len(data) <= most
                and key in enterprises
                and take_plain(at, data, enterprises[key])
            ):
                continue
            self._take(record, at)
        return Decoded(frames=self._frames.columns(), events=self._events, rejected=self._rejected)

    def _take(self, record: RawRecord, at: Coordinates) -> None:
        try:
            if record.topic in BROADCAST_TOPICS:
                self._take_broadcast(record, at)
            elif record.topic == "readings":
                self._take_frame(record, at)
            elif self._events_of.knows(record.topic):
                self._take_event(record, at)
            else:
                raise Unusable("", "unknown_topic", record.topic)
        except Unusable as unusable:
            self._reject(at, unusable.problem, record.value or b"", _named(record.key))
        except Exception as error:  # a defect of ours must not stop a partition; it is said, with the payload to find it by
            self._reject(at, Problem("", "unreadable", shown(repr(error))), record.value or b"", _named(record.key))

    def _take_frame(self, record: RawRecord, at: Coordinates) -> None:
        data = self._body(record, self._max_bytes)
        enterprise = self._enterprise(record.key)
        for flaw in self._frames.add(at, data, enterprise):
            self._reject(at, flaw.problem, flaw.payload, enterprise)

    def _take_event(self, record: RawRecord, at: Coordinates) -> None:
        data = self._body(record, self._max_bytes)
        enterprise = self._enterprise(record.key)
        event, flaws = self._events_of.read(record.topic, data)
        named = getattr(event, "enterprise", enterprise)
        if named != enterprise:
            raise Unusable("enterprise", "key_mismatch", f"{enterprise} / {named}")
        self._events.append(LoggedEvent(at, event, record.key))
        for problem in flaws:
            self._reject(at, problem, data, enterprise)

    def _take_broadcast(self, record: RawRecord, at: Coordinates) -> None:
        if record.value is not None and len(record.value) > self._max_broadcast_bytes:
            raise Unusable("", "too_large", f"{len(record.value)} > {self._max_broadcast_bytes} bytes")
        if record.topic == "registry":
            self._events.append(LoggedEvent(at, self._events_of.registry(record.key, record.value), record.key))
            return
        data = self._body(record, self._max_broadcast_bytes)
        event, flaws = self._events_of.read(record.topic, data)
        self._events.append(LoggedEvent(at, event, record.key))
        for problem in flaws:
            self._reject(at, problem, data, "")

    def _body(self, record: RawRecord, limit: int) -> bytes:
        if record.value is None:
            raise Unusable("", "tombstone")
        if len(record.value) > limit:
            raise Unusable("", "too_large", f"{len(record.value)} > {limit} bytes")
        if not record.value:
            raise Unusable("", "empty")
        return record.value

    def _enterprise(self, key: bytes | None) -> str:
        """The enterprise that the key names, as one shared string."""
        if key is None:
            raise Unusable("", "key_missing")
        found = self._enterprises.get(key)
        if found is None:
            try:
                found = key.decode()
            except UnicodeDecodeError:
                raise Unusable("", "key_mismatch", repr(key)) from None
            if not found.strip():
                raise Unusable("", "key_missing")
            if len(self._enterprises) >= _MAX_ENTERPRISES:
                self._enterprises.clear()
            self._enterprises[key] = found
        return found

    def _reject(self, at: Coordinates, problem: Problem, payload: bytes, enterprise: str) -> None:
        field, reason, detail = problem
        self._rejected.append(Rejected(at, field, f"reject.{reason}", detail, payload, enterprise))


def _named(key: bytes | None) -> str:
    return "" if key is None else shown(key.decode(errors="replace"))
