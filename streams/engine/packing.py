"""State as the chunks of a checkpoint. What only the registry changes is encoded once and kept, so that a checkpoint stops nobody."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.domain.registry import Enterprise, HazardSource, Point
from streams.engine.state import PointEntry, State

_UNNAMED = Enterprise(code="", name="", region="", supervisor="")
_points = msgspec.msgpack.Decoder(list[PointEntry])
_records = msgspec.msgpack.Decoder(dict[str, Enterprise])
_state = msgspec.msgpack.Decoder(State)


class Packing:
    """Packs one state. `definitions` grows whenever a point or a registry record changes in any way."""

    def __init__(self) -> None:
        self._definitions = -1
        self._kept: list[tuple[str, bytes]] = []

    def pack(self, state: State, definitions: int) -> list[tuple[str, bytes]]:
        """Named chunks; they share nothing with the state."""
        if definitions != self._definitions:
            records = {code: site.record for code, site in state.sites.items()}
            self._kept = [("points", msgspec.msgpack.encode(state.points)), ("records", msgspec.msgpack.encode(records))]
            self._definitions = definitions
        hazards = _hazards(state)
        known = [hazards.get((s.enterprise, s.code)) for s in state.sources]
        sources = [
            msgspec.structs.replace(s, record=None) if h is not None and s.record is h else s
            for s, h in zip(state.sources, known, strict=True)
        ]
        sites = {code: msgspec.structs.replace(site, record=_UNNAMED) for code, site in state.sites.items()}
        slim = msgspec.structs.replace(state, points=[], sources=sources, sites=sites)
        return [("state", msgspec.msgpack.encode(slim)), *self._kept]


def unpack(chunks: Mapping[str, bytes]) -> State:
    """The state of `Packing.pack`. Definitions that stand in a registry record are that record's objects again, not copies."""
    state = _state.decode(chunks["state"])
    state.points = _points.decode(chunks["points"])
    for code, record in _records.decode(chunks["records"]).items():
        state.sites[code].record = record
    hazards = _hazards(state)
    for source in state.sources:
        source.record = source.record or hazards.get((source.enterprise, source.code))
    registered = _registered(state)
    for entry in state.points:
        found = registered.get((entry.enterprise, entry.code))
        if entry.point == found and found is not None:
            entry.point = found
    return state


def _hazards(state: State) -> dict[tuple[str, str], HazardSource]:
    return {(site.code, h.code): h for site in state.sites.values() for h in site.record.sources}


def _registered(state: State) -> dict[tuple[str, str], Point]:
    known: dict[tuple[str, str], Point] = {}
    for site in state.sites.values():
        devices = (*site.record.devices, *(d for h in site.record.sources for d in h.devices))
        for point in (p for d in devices for p in d.points):
            known.setdefault((site.code, point.code), point)
    return known
