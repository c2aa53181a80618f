"""The fast path of a frame: strict JSON, plain numbers, a list of codes seen before. About 100 ns a reading.

The list of codes stays JSON text: it is read once, and afterwards recognised by its bytes. Whatever is not plain is handed
to `mending`. No result depends on what the caches hold.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import msgspec
import numpy as np

from streams.decode.mending import Flaw, Mended, mend
from streams.decode.problems import Unusable
from streams.decode.stamps import EARLIEST_MS, LATEST_MS
from streams.domain.columns import Coordinates, FrameColumns
from streams.domain.scale import Wire

CACHE_BYTES = 64 << 20  # of code and unit lists; a nation of 20,000 sources needs about 10 MB
MAX_CODE_CHARS = 200


_NO_UNITS = msgspec.Raw()
_NO_FLAWS: list[Flaw] = []


class PlainFrame(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`messages.Frame` with its lists of texts left as JSON text."""

    enterprise: str
    gateway: str
    collected_at: int
    codes: msgspec.Raw
    values: list[float | None]
    schema: int = 1
    connected: bool = True
    valid: list[bool] | None = None
    units: msgspec.Raw = _NO_UNITS
    at: list[int] | None = None


class TextLists:
    """JSON texts of lists of strings -> (that text as one shared object, length, whether all are distinct non-empty codes)."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self.known: dict[bytes, tuple[bytes, int, bool]] = {}
        self._bytes = 0
        self._limit_bytes = limit_bytes
        self._decoder = msgspec.json.Decoder(list[str])

    def of(self, text: bytes) -> tuple[bytes, int, bool]:
        """Raises ValueError or RecursionError when `text` is no JSON list of strings."""
        found = self.known.get(text)
        if found is None:
            items = self._decoder.decode(text)
            clean = len(set(items)) == len(items) and all(s.strip() and len(s) <= MAX_CODE_CHARS for s in items)
            found = (text, len(items), clean)
            self._remember(found)
        return found

    def _remember(self, entry: tuple[bytes, int, bool]) -> None:
        self._bytes += len(entry[0])
        if self._bytes > self._limit_bytes:  # simplest eviction that stays deterministic; lists in use come back at once
            self.known.clear()
            self._bytes = len(entry[0])
        self.known[entry[0]] = entry


# coordinates, enterprise, gateway, connected, codes, units, number of readings, collected_at: one tuple a frame is the cheapest
_Row = tuple[Coordinates, str, str, bool, bytes, bytes, int, int]


class FrameReader:
    """Collects the frames of one step; `columns` closes it and starts the next."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(PlainFrame).decode
        self._lists = TextLists()
        self._known_lists = self._lists.known
        self._packers: dict[int, Callable[..., bytes]] = {}
        self._reset()

    def _reset(self) -> None:
        self._rows: list[_Row] = []
        self._packed: list[bytes] = []
        self._stamps: list[tuple[int, list[int]]] = []  # frame, event_ms of its readings
        self._wires: list[tuple[int, list[int]]] = []  # frame, wire of its readings

    def add(self, at: Coordinates, data: bytes, enterprise: str) -> list[Flaw]:
        """Take the frame `data`, whose key says `enterprise`; gives back the flaws of single values. Raises Unusable."""
        return _NO_FLAWS if self.take_plain(at, data, enterprise) else self._add_mended(at, mend(data), enterprise)

    def take_plain(self, at: Coordinates, data: bytes, enterprise: str) -> bool:
        """Take `data` if it is a frame in which nothing is wrong. A nation's readings come this way: every call costs."""
        try:
            frame = self._decode(data)
            text = bytes(frame.codes)
            codes, count, clean = self._known_lists.get(text) or self._lists.of(text)
        except (ValueError, RecursionError):
            return False
        values, stamp = frame.values, frame.collected_at
        if (
            not clean
            or count != len(values)
            or frame.schema != 1
            or not EARLIEST_MS <= stamp < LATEST_MS
            or frame.enterprise != enterprise
        ):
            return False
        if frame.units is not _NO_UNITS or frame.valid is not None or frame.at is not None or not frame.connected:
            return self._take_with_extras(at, frame, codes, enterprise)
        try:
            self._packed.append((self._packers.get(count) or self._packer(count))(*values))
        except struct.error:
            self._pack_with_nulls(values, [Wire.OK] * count)
        self._rows.append((at, enterprise, frame.gateway, True, codes, b"", count, stamp))
        return True

    def _packer(self, count: int) -> Callable[..., bytes]:
        found = self._packers.get(count)
        if found is None:
            if len(self._packers) > 4096:
                self._packers.clear()
            found = self._packers[count] = struct.Struct(f"={count}d").pack
        return found

    def _pack_with_nulls(self, values: list[float | None], wire: list[int]) -> None:
        numbers = [0.0 if v is None else v for v in values]
        wires: list[int] = [Wire.ABSENT if v is None else w for v, w in zip(values, wire, strict=True)]
        self._packed.append(self._packer(len(numbers))(*numbers))
        if any(wires):
            self._wires.append((len(self._rows), wires))

    def _take_with_extras(self, at: Coordinates, frame: PlainFrame, codes: bytes, enterprise: str) -> bool:
        count, valid, stamps, units = len(frame.values), frame.valid, frame.at, bytes(frame.units)
        fits = (valid is None or len(valid) == count) and (stamps is None or len(stamps) == count)
        if stamps is not None and fits:
            fits = all(EARLIEST_MS <= s < LATEST_MS for s in stamps)
        if units == b"null":
            units = b""
        if units and fits:
            try:
                units, length, _ = self._lists.of(units)
                fits = length == count
            except (ValueError, RecursionError):
                fits = False
        if not fits:
            return False
        usual = Wire.OK if frame.connected else Wire.INVALID
        wire: list[int] = [usual] * count if valid is None else [usual if v else Wire.INVALID for v in valid]
        self._pack_with_nulls(frame.values, wire)
        if stamps is not None:
            self._stamps.append((len(self._rows), stamps))
        self._rows.append((at, enterprise, frame.gateway, frame.connected, codes, units, count, frame.collected_at))
        return True

    def _add_mended(self, at: Coordinates, frame: Mended, enterprise: str) -> list[Flaw]:
        if frame.enterprise != enterprise:
            raise Unusable("enterprise", "key_mismatch", f"{enterprise} / {frame.enterprise}")
        codes = self._lists.of(msgspec.json.encode(frame.codes))[0]
        units = b"" if frame.units is None else self._lists.of(msgspec.json.encode(frame.units))[0]
        count = len(frame.codes)
        self._packed.append(self._packer(count)(*frame.values))
        if any(frame.wire):
            self._wires.append((len(self._rows), frame.wire))
        self._stamps.append((len(self._rows), frame.event_ms))
        self._rows.append((at, enterprise, frame.gateway, frame.connected, codes, units, count, 0))
        return frame.flaws

    def columns(self) -> FrameColumns:
        at, enterprise, gateway, connected, codes, units, sizes, collected = (
            map(list, zip(*self._rows, strict=True)) if self._rows else ([] for _ in range(8))
        )
        counts = np.array(sizes, dtype=np.int64)
        start = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=start[1:])
        event_ms = np.repeat(np.array(collected, dtype=np.int64), counts)
        for frame, stamps in self._stamps:
            event_ms[start[frame] : start[frame + 1]] = stamps
        wire = np.zeros(int(start[-1]), dtype=np.uint8)
        for frame, wires in self._wires:
            wire[start[frame] : start[frame + 1]] = wires
        value = np.frombuffer(bytearray().join(self._packed), dtype=np.float64)
        done = FrameColumns(
            at=at, enterprise=enterprise, gateway=gateway, connected=connected,
            codes=codes, units=units, start=start, value=value, event_ms=event_ms, wire=wire,
        )  # fmt: skip
        self._reset()
        return done
