"""Everything that is not a frame: site events, registry, rules, parameters, models, weather, calendar.

A message that the strict reader refuses gets a second look where a part of it can be saved without guessing: a camera of
many, a measurement beside an alarm. An enterprise's HH alarm with `"value": NaN` is still an HH alarm.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import msgspec

from streams.decode import checks
from streams.decode.lenient import Bad, is_text, number_of, parse
from streams.decode.problems import Problem, Unusable, problem_of, shown
from streams.domain.columns import RegistryChange
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS, EnterpriseAlarm, Event, Frame, VideoStatus, Weather
from streams.domain.registry import Enterprise, Park, Region, RegistryRecord

REGISTRY_KINDS: dict[str, type[RegistryRecord]] = {"region": Region, "park": Park, "enterprise": Enterprise}
MEASUREMENTS: dict[type, tuple[str, ...]] = {EnterpriseAlarm: ("value",), Weather: ("wind_ms", "temperature_c")}
STATES = frozenset(("online", "offline", "masked", "abnormal"))


class Taken(NamedTuple):
    """An event and the flaws that did not keep it from being used."""

    event: Event
    flaws: list[Problem]


class EventReader:
    def __init__(self) -> None:
        kinds = {t: k for t, k in (RAW_TOPICS | BROADCAST_TOPICS).items() if k is not None and k is not Frame}
        self._kinds: dict[str, type] = kinds
        self._decoders: dict[str, msgspec.json.Decoder[msgspec.Struct]] = {t: msgspec.json.Decoder(k) for t, k in kinds.items()}
        self._registry: dict[str, msgspec.json.Decoder[RegistryRecord]] = {
            name: msgspec.json.Decoder(kind) for name, kind in REGISTRY_KINDS.items()
        }

    def knows(self, topic: str) -> bool:
        return topic in self._decoders

    def read(self, topic: str, data: bytes) -> Taken:
        """The event in `data`. Raises Unusable."""
        flaws: list[Problem] = []
        try:
            event = self._decoders[topic].decode(data)
        except (ValueError, RecursionError) as error:
            event, flaws = self._second_look(topic, data, problem_of(error))
        problem = checks.problem_with(event)
        if problem is None and isinstance(event, VideoStatus):
            flaws += _duplicates(event.cameras)
        if problem is not None:
            raise Unusable(*problem)
        event, stamps = checks.observed(event)
        return Taken(cast(Event, event), flaws + stamps)

    def _second_look(self, topic: str, data: bytes, first: Problem) -> tuple[msgspec.Struct, list[Problem]]:
        kind = self._kinds[topic]
        if kind is not VideoStatus and kind not in MEASUREMENTS:
            raise Unusable(*first)
        message, lossy = parse(data)
        if not isinstance(message, dict):
            raise Unusable("", "not_an_object", type(message).__name__)
        if lossy and kind is not VideoStatus:
            raise Unusable("", "invalid_utf8")
        flaws = _save_cameras(message, lossy) if kind is VideoStatus else _save_measurements(message, MEASUREMENTS[kind])
        if not flaws:
            raise Unusable(*first)
        try:
            return self._decoders[topic].decode(msgspec.json.encode(message)), flaws
        except (TypeError, ValueError, RecursionError):  # TypeError: a Bad is left somewhere else
            raise Unusable(*first) from None

    def registry(self, key: bytes | None, data: bytes | None) -> RegistryChange:
        """The registry record under `key`, None when it was removed. Raises Unusable."""
        if key is None:
            raise Unusable("", "key_missing")
        try:
            name = key.decode()
        except UnicodeDecodeError:
            raise Unusable("", "bad_key", repr(key)) from None
        kind, slash, code = name.partition("/")
        if not slash or not code.strip() or kind not in self._registry:
            raise Unusable("", "bad_key", name)
        if data is None:
            return RegistryChange(name, None)
        if not data:
            raise Unusable("", "empty")
        try:
            record = self._registry[kind].decode(data)
        except (ValueError, RecursionError) as error:
            raise Unusable(*problem_of(error)) from None
        if record.code != code:
            raise Unusable("code", "bad_key", f"{name} / {record.code}")
        return RegistryChange(name, record)


def _save_measurements(message: dict[str, object], names: tuple[str, ...]) -> list[Problem]:
    flaws = []
    for name in names:
        number = number_of(message.get(name))
        if isinstance(number, Bad):
            flaws.append(Problem(name, number.reason, number.text))
            del message[name]
    return flaws


def _save_cameras(message: dict[str, object], lossy: bool) -> list[Problem]:
    """Drop the entries of single cameras that cannot be read; the other cameras keep their states."""
    cameras, states = message.get("cameras"), message.get("states")
    if not isinstance(cameras, list) or not isinstance(states, list) or len(cameras) != len(states):
        return []
    flaws: list[Problem] = []
    kept = []
    for i, (camera, state) in enumerate(zip(cameras, states, strict=True)):
        if not is_text(camera, lossy):
            flaws.append(Problem(f"cameras[{i}]", "wrong_type", shown(str(camera))))
        elif not isinstance(state, str) or state not in STATES:
            flaws.append(Problem(f"states[{i}]", "unknown_value", shown(f"{camera}: {state}")))
        else:
            kept.append((camera, state))
    message["cameras"], message["states"] = [c for c, _ in kept], [s for _, s in kept]
    return flaws


def _duplicates(cameras: list[str]) -> list[Problem]:
    """Cameras named twice are said, and all their states go on in their order."""
    first: dict[str, int] = {}
    flaws = []
    for i, camera in enumerate(cameras):
        if camera in first:
            flaws.append(Problem(f"cameras[{i}]", "duplicate_code", shown(f"{camera}: cameras[{first[camera]}]")))
        first.setdefault(camera, i)
    return flaws
