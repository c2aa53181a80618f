"""Outputs as CloudEvents 1.0, in both modes of its Kafka binding: attributes as headers beside the bare value, or one envelope.

The attributes follow from the output and its place in the log alone. They are no part of the outcome's hash: a log may change its
mode, and what was decided stays the same. Readers of the house take either form (`data_of`).

Extensions: `partitionkey` (the Kafka key), `sequence` (place in the partition: step and index), `recordedtime` (log time of the
decision; `time` is when it happened on site), `correlationid` (episode, alarm or finding), `causationid` (what brought it about),
`severitytext` and `severitynumber` (scale of OpenTelemetry; the level itself stays in the data).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple
from urllib.parse import quote

import msgspec

from streams.domain.log import Output

Mode = Literal["binary", "structured"]
MODES: tuple[Mode, ...] = ("binary", "structured")
SPECVERSION = "1.0"
BARE = "application/json"
ENVELOPE = "application/cloudevents+json"
_OPENING = b'{"specversion":"1.0",'
_VERSION = "v1"
_NAMES = {"level": "level", "risk": "risk", "region-close": "region-close", "region-risk": "region-risk",
          "dead-letters": "dead-letter", "aggregates": "aggregate"}  # fmt: skip
_SEVERITY = {"blue": ("INFO", 9), "yellow": ("WARN", 13), "orange": ("ERROR", 17), "red": ("FATAL", 21)}
_UTC = datetime.UTC


class _About(msgspec.Struct):
    """What the attributes need of an output; other fields are passed over."""

    kind: str = ""
    id: str = ""
    episode: str = ""
    scope: str = ""
    enterprise: str = ""
    source: str = ""
    code: str = ""
    region: str = ""
    point: str = ""
    level: str = ""
    tier: int = 0
    at_ms: int = 0
    event_ms: int = 0
    causation: str = ""


class _Envelope(msgspec.Struct):
    specversion: str
    data: msgspec.Raw


class Attribute(NamedTuple):
    name: str
    value: str | int


_about = msgspec.json.Decoder(_About)
_envelope = msgspec.json.Decoder(_Envelope)


def attributes(output: Output, sequence: str) -> list[Attribute]:
    """Context attributes of one output, required ones first."""
    about = _about.decode(output.value)
    pairs = [
        Attribute("id", _id(about, output)),
        Attribute("source", f"/enterprises/{quote(about.enterprise)}" if about.enterprise else f"/regions/{quote(about.region)}"),
        Attribute("specversion", SPECVERSION),
        Attribute("type", type_of(output.topic, about.kind, bool(about.episode))),
        Attribute("datacontenttype", BARE),
        Attribute("dataschema", f"schemas/{output.topic}/{_VERSION}.json"),
        Attribute("subject", about.source or about.code or about.region or about.enterprise),
        Attribute("time", rfc3339(about.event_ms or about.at_ms)),
        Attribute("partitionkey", (output.key or b"").decode(errors="replace")),
        Attribute("sequence", sequence),
        Attribute("recordedtime", rfc3339(about.at_ms)),
        Attribute("correlationid", about.episode or about.id),
        Attribute("causationid", about.causation),
    ]
    severity = _severity(about, output.topic)
    if severity is not None:
        pairs += [Attribute("severitytext", severity[0]), Attribute("severitynumber", severity[1])]
    return [p for p in pairs if p.value != ""]


def type_of(topic: str, kind: str, warning: bool) -> str:
    """Name of the event, with its major version.

    >>> type_of("warnings", "raise", True), type_of("warnings", "alarm_on", False), type_of("level", "", False)
    ('riskstream.warning.raise.v1', 'riskstream.alarm.on.v1', 'riskstream.level.v1')
    """
    if topic != "warnings":
        stem = _NAMES.get(topic, topic)
        return f"riskstream.{stem}.{kind}.{_VERSION}" if topic == "aggregates" and kind else f"riskstream.{stem}.{_VERSION}"
    if kind.startswith("alarm_"):
        return f"riskstream.alarm.{kind.removeprefix('alarm_')}.{_VERSION}"
    if warning:
        return f"riskstream.warning.{kind}.{_VERSION}"
    return f"riskstream.{kind or 'finding'}.{_VERSION}"


def dressed(outputs: Sequence[Output], step: int, mode: Mode) -> tuple[Output, ...]:
    """The outputs of one step as they go to the log."""
    dress: Callable[[Output, str], Output] = binary if mode == "binary" else structured
    return tuple(_dressed(output, f"{step:012d}.{index:06d}", dress) for index, output in enumerate(outputs))


def _dressed(output: Output, sequence: str, dress: Callable[[Output, str], Output]) -> Output:
    """An envelope must never keep back what it is for: an output that is not the JSON of ours goes out bare."""
    try:
        return dress(output, sequence)
    except (msgspec.DecodeError, ValueError, OverflowError):
        return output


def binary(output: Output, sequence: str) -> Output:
    """The bare value, with the attributes as headers."""
    headers = [("content-type", BARE.encode())]
    headers += [(f"ce_{a.name}", str(a.value).encode()) for a in attributes(output, sequence) if a.name != "datacontenttype"]
    return output._replace(headers=tuple(headers))


def structured(output: Output, sequence: str) -> Output:
    """One JSON object of attributes and data; `specversion` first, by which readers know it."""
    fields = {a.name: a.value for a in attributes(output, sequence) if a.name != "specversion"}
    value = msgspec.json.encode({"specversion": SPECVERSION, **fields, "data": msgspec.Raw(output.value)})
    return output._replace(value=value, headers=(("content-type", ENVELOPE.encode()),))


def data_of(value: bytes) -> bytes:
    """The bare value of a record on an output topic, whichever mode it was written in."""
    if not value.startswith(_OPENING):
        return value
    try:
        return bytes(_envelope.decode(value).data)
    except msgspec.DecodeError:
        return value  # whoever reads it says that it cannot be read


def rfc3339(at_ms: int) -> str:
    """
    >>> rfc3339(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    at = datetime.datetime.fromtimestamp(at_ms // 1000, _UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _id(about: _About, output: Output) -> str:
    """Of a warning and a finding their own; of everything else a digest: the same output has the same id wherever it is read."""
    if about.id and not about.kind.startswith("alarm_"):
        return about.id
    digest = hashlib.blake2b(output.topic.encode() + b"\x00" + (output.key or b"") + b"\x00" + output.value, digest_size=16)
    return digest.hexdigest()


def _severity(about: _About, topic: str) -> tuple[str, int] | None:
    if about.level in _SEVERITY:
        return _SEVERITY[about.level]
    if topic == "warnings" and about.kind.startswith("alarm_"):
        return _SEVERITY["yellow" if about.tier >= 2 and about.kind != "alarm_off" else "blue"]
    return None
