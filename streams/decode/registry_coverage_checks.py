"""What a hazard source should have connected and has not, by rules of thumb (QUA-2: none left out, none chosen).

A list of what is expected is better (`registry_expected.py`); these are for whoever has none. Warnings: a source may lack what it does not
need, but somebody has to say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from models import inherent
from streams.decode.registry_items import Item, Say
from streams.domain.registry import Chemical, Enterprise, HazardSource

# What a kind of source is watched by (domain: pressure, level, temperature, gases; video of tank areas, warehouses, units).
POINTS_OF: dict[str, tuple[str, ...]] = {
    "tank_farm": ("level", "temperature", "pressure"),
    "process_unit": ("pressure", "temperature"),
    "gas_holder": ("level", "pressure"),
    "blast_furnace": ("pressure", "temperature"),
    "casting_well": ("flow", "temperature"),
    "special_warehouse": ("temperature",),
}
SAME_AS_LEVEL = ("level", "volume", "position", "weight")
FILMED = ("tank_farm", "warehouse", "special_warehouse", "process_unit", "loading_station")
GASES_EXPECTED = ("tank_farm", "process_unit", "warehouse", "loading_station", "filling_station")
INTERLOCKED, GRAVE = ("tank_farm", "process_unit"), ("I", "II")


def check_coverage(enterprise: Item, say: Say) -> None:
    """All rules of thumb over one enterprise."""
    owner = enterprise.record
    if not isinstance(owner, Enterprise) or owner.closed:
        return
    for item in enterprise.below("sources"):
        source = item.record
        if isinstance(source, HazardSource):
            for what, args in _lacking(owner, source):
                say(item.problem("", what, severity="warning", code=source.code, **args))


def _lacking(enterprise: Enterprise, source: HazardSource) -> Iterator[tuple[str, dict[str, str]]]:
    points = [p for device in source.devices for p in device.points]
    there = {p.quantity for p in points}
    for quantity in POINTS_OF.get(source.kind, ()):
        if not there & set(SAME_AS_LEVEL if quantity == "level" else (quantity,)):
            yield "lacks_quantity", {"kind": source.kind, "quantity": quantity}
    for device in source.devices:
        if source.kind == "tank_farm" and "tank" in device.kind and not any(p.quantity in SAME_AS_LEVEL for p in device.points):
            yield "tank_without_level", {"device": device.code}
    if enterprise.profile == "hazchem":
        yield from _gases(source, there | {p.quantity for d in enterprise.devices for p in d.points})
    if source.kind in FILMED and not source.cameras:
        yield "lacks_camera", {"kind": source.kind}
    if source.kind in INTERLOCKED and _grade(source) in GRAVE and not source.interlocks:
        yield "lacks_interlock", {"grade": _grade(source)}


def _gases(source: HazardSource, there: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    toxic = [c.name for c in source.chemicals if _is_toxic(c)]
    if toxic and "toxic_gas" not in there:
        yield "lacks_toxic_gas", {"chemicals": ", ".join(toxic)}
    if source.kind in GASES_EXPECTED and not there & {"toxic_gas", "combustible_gas"} and not toxic:
        yield "lacks_gas", {"kind": source.kind}


def _is_toxic(chemical: Chemical) -> bool:
    try:
        return inherent.term(substance(chemical))[0].toxic_gas
    except inherent.InherentError:
        return chemical.toxic_gas


def substance(chemical: Chemical) -> inherent.Substance:
    return inherent.Substance(chemical.name, chemical.design_t, chemical.cas, chemical.symbol, chemical.critical_t, chemical.beta,
                              chemical.toxic_gas)  # fmt: skip


def _grade(source: HazardSource) -> str:
    """The filed grade, else what the chemicals give; empty where neither is known."""
    if source.grade is not None or not source.chemicals:
        return source.grade or ""
    try:
        return inherent.assess([substance(c) for c in source.chemicals], max(source.people, 0)).grade or ""
    except inherent.InherentError:
        return ""
