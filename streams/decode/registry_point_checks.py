"""Checks of points: ranges, limits, units, places. A limit that cannot be reached or has the wrong side hides an emergency."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from streams.decode import registry_units
from streams.decode.registry_items import Item, Say
from streams.domain.registry import Limits, Point
from streams.domain.units import dimension_of

GASES = ("combustible_gas", "toxic_gas")
LONGEST_PERIOD_S = 3600.0
_ORDER = ("ll", "l", "h", "hh")
# Same limits on unlike devices are suspicious where limits depend on the vessel, not where a standard sets them.
_VESSEL_QUANTITIES = ("pressure", "level", "temperature", "flow", "weight", "volume")


def check_point(item: Item, device: Item, source: Item | None, say: Say) -> None:
    """All checks of one point by itself."""
    point = item.record
    if not isinstance(point, Point):
        return
    if not point.range_lo < point.range_hi:
        say(item.problem("range_hi", "range", lo=point.range_lo, hi=point.range_hi))
    else:
        _check_limits(item, point, say)
    _check_unit(item, point, say)
    _check_danger(item, point, say)
    if point.quantity in GASES and not (point.area or device.text("area") or source is not None):
        say(item.problem("area", "gas_without_place", code=point.code))
    _check_timing(item, point, say)


def given(limits: Limits) -> list[tuple[str, float]]:
    """Limits that are given, from LL to HH."""
    pairs = [(name, getattr(limits, name)) for name in _ORDER]
    return [(name, value) for name, value in pairs if value is not None]


def _check_limits(item: Item, point: Point, say: Say) -> None:
    limits = given(point.limits)
    for name, value in limits:
        if not point.range_lo <= value <= point.range_hi:
            say(item.problem(f"limits.{name}", "limit_outside_range", name=name.upper(), value=value,
                             lo=point.range_lo, hi=point.range_hi, unit=point.unit))  # fmt: skip
    for (low_name, low), (high_name, high) in pairwise(limits):
        if not low < high:
            say(item.problem(f"limits.{high_name}", "limits_order", low=low_name.upper(), high=high_name.upper(),
                             low_value=low, high_value=high))  # fmt: skip
    deadband, span = point.deadband, point.range_hi - point.range_lo
    if deadband is not None and not 0 <= deadband <= span / 4:
        say(item.problem("deadband", "deadband", value=deadband, span=span))
    if point.resolution is not None and not 0 < point.resolution <= span / 4:
        say(item.problem("resolution", "resolution", value=point.resolution, span=span))


def _check_unit(item: Item, point: Point, say: Say) -> None:
    if dimension_of(point.unit) is None:
        say(item.problem("unit", "unknown_unit", hint="units", unit=point.unit, quantity=point.quantity,
                         known=", ".join(registry_units.units_of(point.quantity))))  # fmt: skip
    elif not registry_units.fits(point.quantity, point.unit):
        say(item.problem("unit", "unit_dimension", hint="units", unit=point.unit, quantity=point.quantity,
                         known=", ".join(registry_units.units_of(point.quantity))))  # fmt: skip


def _check_danger(item: Item, point: Point, say: Say) -> None:
    limits = point.limits
    high, low = (limits.h, limits.hh) != (None, None), (limits.l, limits.ll) != (None, None)
    gas = point.quantity in GASES
    if gas and point.danger == "low":
        say(item.problem("danger", "gas_danger", code=point.code))
    elif gas and (limits.h is None or limits.hh is None):
        say(item.problem("limits", "gas_limits", severity="warning", code=point.code))
    elif (high or low) and ((point.danger != "low" and not high) or (point.danger != "high" and not low)):
        side = "high" if point.danger != "low" and not high else "low"
        say(item.problem("danger" if "danger" in item.lines else "limits", "danger_side", danger=point.danger, side=side))
    elif not high and not low:
        say(item.problem("limits", "no_limits", severity="warning", code=point.code))


def _check_timing(item: Item, point: Point, say: Say) -> None:
    if not 0 < point.period_s <= LONGEST_PERIOD_S:
        say(item.problem("period_s", "seconds", field="period_s", value=point.period_s, most=LONGEST_PERIOD_S))
    for name, most in (("on_delay_s", 600.0), ("off_delay_s", 3600.0), ("stale_s", 86400.0)):
        value: float | None = getattr(point, name)
        if value is not None and not 0 <= value <= most:
            say(item.problem(name, "seconds", field=name, value=value, most=most))
    if point.rate_max is not None and point.rate_max <= 0:
        say(item.problem("rate_max", "rate", value=point.rate_max))


def _points_with_limits(enterprise: Item) -> Iterator[tuple[Item, Item]]:
    for device in enterprise.walk():
        if device.kind == "device":
            for item in device.below("points"):
                if isinstance(item.record, Point) and len(given(item.record.limits)) >= 2:
                    yield device, item


def check_copied_limits(enterprise: Item, say: Say) -> None:
    """Warns of one set of limits pasted over devices of unlike range or medium: one warning a set, at its first copy."""
    groups: dict[tuple[Any, ...], list[tuple[Item, Item]]] = {}
    for device, item in _points_with_limits(enterprise):
        point: Point = item.record
        if point.quantity in _VESSEL_QUANTITIES and not (point.quantity == "level" and point.unit == "%"):
            groups.setdefault((point.quantity, point.unit, *given(point.limits)), []).append((device, item))
    for group in groups.values():
        device, item = group[0]
        first: Point = item.record
        unlike = [
            other for at, other in group[1:] if at is not device and _range_and_medium(other.record) != _range_and_medium(first)
        ]
        if unlike:
            say(unlike[0].problem("limits", "copied_limits", severity="warning", code=unlike[0].code, like=first.code,
                                  at=f"{item.file}:{item.line}", count=len(unlike)))  # fmt: skip


def _range_and_medium(point: Point) -> tuple[Any, ...]:
    # levels depend on the vessel alone; pressures and temperatures also on what is in it
    return (point.range_lo, point.range_hi, "" if point.quantity == "level" else point.medium)
