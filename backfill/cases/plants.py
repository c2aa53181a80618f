"""The plants of cases: the registry of a small enterprise, in a few lines.

A plant is a ready-made one (`tank_farm`, a file of `plants/` beside the rules) or a mapping: `use` names the one to start from, the
rest changes it. Wherever a list holds things with a code (sources, devices, points, cameras, interlocks), what is given is merged by
code: a known one is changed, an unknown one is added. Pure: files are read by whoever gives `ready`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from streams.domain.registry import Enterprise, HazardSource

_CODED = ("sources", "devices", "points", "cameras", "interlocks")
_KEYED = {**dict.fromkeys(_CODED, "code"), "chemicals": "name", "persons": "role"}
_R = {"I": 150.0, "II": 70.0, "III": 30.0, "IV": 5.0}  # an inherent risk well inside each grade of GB 18218
_EMPTY: dict[str, Any] = {"code": "E1", "sources": [{"code": "S1", "kind": "tank_farm", "devices": [{"code": "D1"}]}]}
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
SHORT = ("use", "points", "change", "remove", "grade", "kind")

# What a point is when a case does not say: ordinary instruments with ordinary limits.
QUANTITIES: dict[str, dict[str, Any]] = {
    "pressure": {"unit": "MPa", "range_lo": 0, "range_hi": 4, "limits": {"h": 1.6, "hh": 1.8}, "rest": 1},
    "temperature": {"unit": "degC", "range_lo": -50, "range_hi": 400, "limits": {"h": 150, "hh": 180}, "rest": 80},
    "level": {"unit": "m", "range_lo": 0, "range_hi": 20, "limits": {"ll": 1, "l": 2, "h": 16, "hh": 18}, "rest": 10},
    "flow": {"unit": "m3/h", "range_lo": 0, "range_hi": 300, "limits": {"h": 220, "hh": 250}, "rest": 100},
    "flow_difference": {"unit": "m3/h", "range_lo": -20, "range_hi": 60, "limits": {"h": 8, "hh": 15}, "rest": 0},
    "combustible_gas": {"unit": "%LEL", "range_lo": 0, "range_hi": 100, "limits": {"h": 25, "hh": 50}, "rest": 0.5},
    "toxic_gas": {"unit": "mg/m3", "range_lo": 0, "range_hi": 200, "limits": {"h": 30, "hh": 60}, "medium": "氨", "rest": 0.5},
    "oxygen": {"unit": "%VOL", "range_lo": 0, "range_hi": 25, "limits": {"h": 1.5, "hh": 2}, "rest": 0.5},
}  # fmt: skip


class PlantProblem(ValueError):
    """A plant that cannot be built: `code` is the end of a catalogue key cases.plant.*, `path` the place in the mapping."""

    def __init__(self, code: str, path: tuple[str | int, ...] = (), **details: object) -> None:
        super().__init__(f"{code} {details}")
        self.code, self.path, self.details = code, path, details


class Plant(NamedTuple):
    """An enterprise, and what its points send when a case does not say."""

    record: Enterprise
    rest: dict[str, float]


def plant_of(given: Any, ready: Mapping[str, Any], every_s: float) -> Plant:
    """The plant that `given` describes. Raises PlantProblem."""
    record = _named(_expanded(given, ready, ()), every_s)
    points = [p for place in (record, *record.get("sources", ())) for d in place.get("devices", ()) for p in d.get("points", ())]
    rest = {str(p.get("code")): p.pop("rest") for p in points if "rest" in p}
    wrong = [code for code, value in rest.items() if isinstance(value, bool) or not isinstance(value, int | float | None)]
    if wrong:
        raise PlantProblem("rest", (), name=wrong[0])
    try:
        return Plant(msgspec.convert(record, Enterprise), {code: float(v) for code, v in rest.items() if v is not None})
    except msgspec.ValidationError as error:
        raise PlantProblem("record", (), detail=str(error)) from None


def changed(plant: Enterprise, given: Mapping[str, Any]) -> Enterprise:
    """The enterprise after a change of the registry in the course of a case. Raises PlantProblem."""
    record = _named(_after(msgspec.json.decode(msgspec.json.encode(plant)), given), None)
    for place in (record, *record.get("sources", ())):
        for point in (p for device in place.get("devices", ()) for p in device.get("points", ())):
            point.pop("rest", None)
    try:
        return msgspec.convert(record, Enterprise)
    except msgspec.ValidationError as error:
        raise PlantProblem("record", (), detail=str(error)) from None


def _after(record: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    _apply(record, given, ())
    return record


def codes(plant: Enterprise) -> dict[str, str]:
    """What a case may name: code -> enterprise, source, device, point, camera or interlock."""
    found = {plant.code: "enterprise", f"{plant.code}-SITE": "source"}
    places: tuple[Enterprise | HazardSource, ...] = (plant, *plant.sources)
    for place in places:
        found |= {d.code: "device" for d in place.devices} | {c.code: "camera" for c in place.cameras}
        found |= {p.code: "point" for d in place.devices for p in d.points}
    for source in plant.sources:
        found |= {source.code: "source"} | {i.code: "interlock" for i in source.interlocks}
    return found


def _expanded(given: Any, ready: Mapping[str, Any], seen: tuple[str, ...]) -> dict[str, Any]:
    if isinstance(given, str):
        given = {"use": given}
    if not isinstance(given, dict):
        raise PlantProblem("shape")
    use = given.get("use")
    if use is None:
        record = copy.deepcopy(_EMPTY)
    elif use in seen or use not in ready:
        raise PlantProblem("unknown", ("use",), name=use, known=", ".join(sorted(ready)))
    else:
        record = _expanded(ready[use], ready, (*seen, use))
    _apply(record, given, ())
    return record


def _apply(record: dict[str, Any], given: Mapping[str, Any], path: tuple[str | int, ...]) -> None:
    """Put the short forms and the fields of `given` into `record`."""
    _merge(record, {k: v for k, v in given.items() if k not in SHORT})
    if "kind" in given or "grade" in given:
        for source in record["sources"]:
            source.update({"kind": given["kind"]} if "kind" in given else {})
            if "grade" in given:
                source["r"] = _inherent(given["grade"], (*path, "grade"))
                source.pop("chemicals", None)
    for pattern, fields in _mapping(given, "points", path).items():
        for code in several(str(pattern)):
            _put_point(record, code, fields, (*path, "points", pattern))
    for code, fields in _mapping(given, "change", path).items():
        place = _find(record, code)
        if place is None:
            raise PlantProblem("no_such_code", (*path, "change", code), name=code)
        _merge(place[0][place[1]], fields)
    for i, code in enumerate(given.get("remove", ())):
        place = _find(record, code)
        if place is None:
            raise PlantProblem("no_such_code", (*path, "remove", i), name=code)
        del place[0][place[1]]


def _mapping(given: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> dict[str, Any]:
    found = given.get(key) or {}
    if not isinstance(found, dict) or not all(isinstance(v, dict) for v in found.values()):
        raise PlantProblem("shape", (*path, key))
    return found


def several(pattern: str) -> list[str]:
    """
    >>> several("K{08..10}"), several("P1")
    (['K08', 'K09', 'K10'], ['P1'])
    """
    found = _RANGE.search(pattern)
    if found is None:
        return [pattern]
    numbers = range(int(found[1]), int(found[2]) + 1)
    return [f"{pattern[: found.start()]}{n:0{len(found[1])}d}{pattern[found.end() :]}" for n in numbers]


def _inherent(grade: Any, path: tuple[str | int, ...]) -> float:
    if grade not in _R:
        raise PlantProblem("grade", path, name=grade)
    return _R[grade]


def _put_point(record: dict[str, Any], code: str, fields: dict[str, Any], path: tuple[str | int, ...]) -> None:
    """Change a point, or add it to its device (`device: D2`; the first one when none is named)."""
    place = _find(record, code)
    fields = dict(fields)
    device = fields.pop("device", None)
    if place is not None:
        _merge(place[0][place[1]], fields)
        return
    devices = [d for of in (*record.get("sources", ()), record) for d in of.get("devices", ())]
    chosen = [d for d in devices if device in (None, d["code"])]
    if not chosen:
        raise PlantProblem("no_such_code", path, name=device)
    if "quantity" not in fields:
        raise PlantProblem("new_point", path, name=code)
    chosen[0].setdefault("points", []).append({"code": code, **fields})


def _find(record: dict[str, Any], code: str) -> tuple[list[Any], int] | None:
    """Where the thing with this code stands."""
    for key in _CODED:
        items = record.get(key, [])
        for index, item in enumerate(items):
            if isinstance(item, dict):
                if item.get("code") == code:
                    return items, index
                inside = _find(item, code)
                if inside is not None:
                    return inside
    return None


def _merge(record: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        old = record.get(key)
        if key in _KEYED and isinstance(value, list) and isinstance(old, list):
            _merge_list(old, value, _KEYED[key])
        elif isinstance(value, dict) and isinstance(old, dict):
            _merge(old, value)
        else:
            record[key] = copy.deepcopy(value)


def _merge_list(old: list[Any], given: list[Any], name: str) -> None:
    known = {item.get(name): item for item in old if isinstance(item, dict)}
    for item in given:
        if isinstance(item, dict) and item.get(name) in known:
            _merge(known[item[name]], item)
        else:
            old.append(copy.deepcopy(item))


def _named(record: dict[str, Any], every_s: float | None) -> dict[str, Any]:
    """Fill in what a registry demands and a case does not care about: names, region, supervisor, ordinary instruments."""
    record.setdefault("region", "R1")
    record.setdefault("supervisor", record["region"])
    record.setdefault("name", record.get("code", ""))
    for source in record.get("sources", ()):
        _source(source, new=every_s is not None)
    for place in (record, *record.get("sources", ())):
        for device in place.get("devices", ()):
            device.setdefault("name", device.get("code", ""))
            for point in device.get("points", ()):
                _point(point, every_s)
        for camera in place.get("cameras", ()):
            camera.setdefault("name", camera.get("code", ""))
            camera.setdefault("place", "tank_farm")
    return record


def _source(source: dict[str, Any], *, new: bool) -> None:
    source.setdefault("name", source.get("code", ""))
    known = bool(source.get("chemicals")) or source.get("five_high") is not None
    r = source.pop("r", _R["IV"] if new and not known else None)
    if r:  # one substance with beta 1, nobody outside: R = 0.5 q/Q
        source["chemicals"] = [{"name": "test", "design_t": 2 * r * 100.0, "critical_t": 100.0, "beta": 1.0}]
    for interlock in source.get("interlocks", ()):
        interlock.setdefault("name", interlock.get("code", ""))
        interlock.setdefault("device", next((d.get("code", "") for d in source.get("devices", ())), ""))


def _point(point: dict[str, Any], every_s: float | None) -> None:
    usual = QUANTITIES.get(point.get("quantity", ""), {})
    if "unit" not in point:
        for key, value in usual.items():
            point.setdefault(key, copy.deepcopy(value))
    point.setdefault("name", point.get("code", ""))
    if every_s is not None:
        point.setdefault("period_s", every_s)
