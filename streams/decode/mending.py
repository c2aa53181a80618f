"""The slow path of a frame: value by value, so that what is wrong with one value costs that value only.

What it does to a real leak: a value that is readable is always kept. An impossible stamp, a `valid` list that does not fit,
a code named twice are said in a dead letter, but the readings go on to the engine.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec

from streams.decode.lenient import Bad, is_text, number_of, parse
from streams.decode.problems import Problem, Unusable, shown
from streams.decode.stamps import clamped, plausible
from streams.domain.scale import Wire

_KNOWN = frozenset(("schema", "enterprise", "gateway", "collected_at", "codes", "values", "connected", "valid", "units", "at"))
_NEEDED = ("enterprise", "gateway", "collected_at", "codes", "values")
_CODE_CHARS = 200


class Flaw(NamedTuple):
    """One value that cannot be used, with the bytes that a dead letter shows for it."""

    problem: Problem
    payload: bytes


class Mended(NamedTuple):
    """What is left of a frame: parallel lists, one entry a reading."""

    enterprise: str
    gateway: str
    connected: bool
    codes: list[str]
    units: list[str] | None
    values: list[float]
    event_ms: list[int]
    wire: list[int]
    flaws: list[Flaw]


def mend(data: bytes) -> Mended:
    """Every readable value of the frame `data`, and what was wrong with the others. Raises Unusable."""
    message, lossy = parse(data)
    if not isinstance(message, dict):
        raise Unusable("", "invalid_utf8" if lossy else "not_an_object", _kind(message))
    return _Mending(message, lossy).result()


class _Mending:
    def __init__(self, message: dict[str, object], lossy: bool) -> None:
        self._message = message
        self._lossy = lossy
        self._flaws: list[Flaw] = []

    def result(self) -> Mended:
        self._check_shape()
        enterprise, gateway = self._text("enterprise"), self._text("gateway")
        connected = self._message.get("connected", True)
        if not isinstance(connected, bool):
            raise Unusable("connected", "wrong_type", _kind(connected))
        raw_codes, raw_values = self._list("codes"), self._list("values")
        if len(raw_codes) != len(raw_values):
            raise Unusable("values", "length_mismatch", f"codes {len(raw_codes)}, values {len(raw_values)}")
        count = len(raw_codes)
        stamps = self._stamps(count)
        valid = self._valid(count, connected)
        units = self._units(count)
        kept = Mended(enterprise, gateway, connected, [], None if units is None else [], [], [], [], self._flaws)
        seen: dict[str, int] = {}
        for i, (code, value) in enumerate(zip(raw_codes, raw_values, strict=True)):
            name = self._code(i, code, value, seen)
            if name is None:
                continue
            number, wire = self._value(i, name, value, valid[i])
            if units is not None and kept.units is not None:
                unit = self._unit(i, name, units[i])
                wire = wire if unit is not None else Wire.ABSENT
                kept.units.append(unit or "")
            kept.codes.append(name)
            kept.values.append(number if wire != Wire.ABSENT else 0.0)
            kept.event_ms.append(stamps[i])
            kept.wire.append(wire)
        return kept

    def _check_shape(self) -> None:
        unknown = sorted(k for k in self._message if k not in _KNOWN)
        if unknown:
            raise Unusable(shown(unknown[0]), "unknown_key", ", ".join(unknown))
        for name in _NEEDED:
            if name not in self._message:
                raise Unusable(name, "missing_field")
        schema = self._message.get("schema", 1)
        if isinstance(schema, bool) or schema != 1:
            raise Unusable("schema", "schema_version", shown(str(schema)))

    def _text(self, name: str) -> str:
        value = self._message[name]
        if not isinstance(value, str):
            raise Unusable(name, "wrong_type", _kind(value))
        if not is_text(value, self._lossy):
            raise Unusable(name, "invalid_utf8", value)
        return value

    def _list(self, name: str) -> list[object]:
        value = self._message[name]
        if not isinstance(value, list):
            raise Unusable(name, "wrong_type", _kind(value))
        return value

    def _parallel(self, name: str) -> list[object] | None:
        """An optional list beside `codes`; None when it was not given."""
        return None if self._message.get(name) is None else self._list(name)

    def _flaw(self, field: str, reason: str, detail: str, payload: object) -> None:
        self._flaws.append(Flaw(Problem(field, reason, shown(detail)), _payload(payload)))

    def _stamps(self, count: int) -> list[int]:
        raw = self._message["collected_at"]
        if isinstance(raw, Bad):
            raise Unusable("collected_at", raw.reason, raw.text)
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise Unusable("collected_at", "wrong_type", _kind(raw))
        if not plausible(raw):
            self._flaw("collected_at", "stamp_range", str(raw), raw)
        collected = clamped(raw)
        given = self._parallel("at")
        if given is None:
            return [collected] * count
        if len(given) != count:
            self._flaw("at", "length_mismatch", f"codes {count}, at {len(given)}", given)
            return [collected] * count
        return [self._stamp(i, raw_at, collected) for i, raw_at in enumerate(given)]

    def _stamp(self, i: int, raw: object, collected: int) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            self._flaw(f"at[{i}]", "wrong_type", _kind(raw), raw)
            return collected
        if not plausible(raw):
            self._flaw(f"at[{i}]", "stamp_range", str(raw), raw)
        return clamped(raw)

    def _valid(self, count: int, connected: bool) -> list[bool]:
        given = self._parallel("valid")
        if given is None:
            return [connected] * count
        if len(given) != count:
            # nobody knows which value the sender doubts: all of them are judged
            self._flaw("valid", "length_mismatch", f"codes {count}, valid {len(given)}", given)
            return [connected] * count
        return [self._is_valid(i, v) and connected for i, v in enumerate(given)]

    def _is_valid(self, i: int, value: object) -> bool:
        if isinstance(value, bool):
            return value
        self._flaw(f"valid[{i}]", "wrong_type", _kind(value), value)
        return False

    def _units(self, count: int) -> list[object] | None:
        given = self._parallel("units")
        if given is not None and len(given) != count:
            # a value in an unknown unit is worse than none: 2 MPa is not 2 kPa
            raise Unusable("units", "length_mismatch", f"codes {count}, units {len(given)}")
        return given

    def _unit(self, i: int, code: str, unit: object) -> str | None:
        if isinstance(unit, str) and is_text(unit, self._lossy):
            return unit
        reason = "invalid_utf8" if isinstance(unit, str) else "wrong_type"
        self._flaw(f"units[{i}]", reason, f"{code}: {_kind(unit)}", {"code": code, "unit": unit})
        return None

    def _code(self, i: int, code: object, value: object, seen: dict[str, int]) -> str | None:
        reason = ""
        if not isinstance(code, str):
            reason = "wrong_type"
        elif not is_text(code, self._lossy):
            reason = "invalid_utf8"
        elif not code.strip():
            reason = "empty_text"
        elif len(code) > _CODE_CHARS:
            reason = "out_of_range"
        if reason or not isinstance(code, str):
            self._flaw(f"codes[{i}]", reason, _kind(code), {"code": code, "value": value})
            return None
        if code in seen:
            # which of the two is right cannot be known, and one of them may be the leak: both are judged
            self._flaw(f"codes[{i}]", "duplicate_code", f"{code}: codes[{seen[code]}]", {"code": code, "value": value})
        seen.setdefault(code, i)
        return code

    def _value(self, i: int, code: str, value: object, valid: bool) -> tuple[float, int]:
        number = number_of(value)
        if isinstance(number, Bad):
            self._flaw(f"values[{i}]", number.reason, f"{code}: {number.text}", {"code": code, "value": _plain(value)})
            return 0.0, Wire.ABSENT
        if number is None:
            return 0.0, Wire.ABSENT
        return number, Wire.OK if valid else Wire.INVALID


def _kind(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return value.text if isinstance(value, Bad) else names.get(type(value), type(value).__name__)


def _plain(value: object) -> object:
    return value.text if isinstance(value, Bad) else value


def _payload(value: object) -> bytes:
    """What the sender sent for one value, as JSON where that is possible."""
    try:
        return msgspec.json.encode(value)
    except (ValueError, TypeError, RecursionError):
        return shown(json.dumps(value, default=str)).encode()
