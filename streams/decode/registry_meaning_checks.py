"""Checks of what points are called and stand for (QUA-3): medium and its form, names, roles, places, limits at the real edge of safety.

Warnings, all of them: the engine can judge such points, but an officer cannot tell what is measured, or the alarm says less than it
should.
"""

from __future__ import annotations

import difflib
from collections import Counter

from streams.decode.registry_items import Item, Say, word_of
from streams.decode.registry_point_checks import GASES, given
from streams.domain.registry import Point

# Quantities of a material: without its name and form the number means nothing.
OF_A_MATERIAL = ("pressure", "level", "temperature", "flow", "flow_difference", "volume", "concentration", *GASES)
FORMS = ("gas", "liquid", "solid", "vapour", "vapor", "mist", "dust", "powder", "slurry", "melt", "two-phase",
         "liquefied gas",
         "气", "气态", "气体", "液", "液态", "液体", "固", "固态", "固体", "蒸气", "粉尘", "浆料", "熔融", "气液", "气液两相",
         "液化气体")  # fmt: skip
ROLES = ("inlet", "outlet", "supply", "return", "standby", "duty", "reference", "set", "actual", "feed", "cooling", "emergency", "hearth",
         "shell", "piston", "table", "mould", "hoist", "tilt")  # fmt: skip
MANY = ("hearth", "shell", "piston")  # a device has many of these, and rules ask for their highest and their spread
LEGAL_LEL = {"h": 25.0, "hh": 50.0}  # GB/T 50493-2019: at most


def check_meaning(item: Item, device: Item, source: Item | None, say: Say) -> None:
    """All checks of one point."""
    point = item.record
    if not isinstance(point, Point):
        return
    _check_medium(item, point, say)
    _check_edges(item, point, say)
    if point.quantity in GASES and source is not None and not (point.area or device.text("area")):
        say(item.problem("area", "gas_without_area", severity="warning", code=point.code))
    close = difflib.get_close_matches(point.role, ROLES, 1, 0.75)
    if point.role not in ROLES and close:
        say(item.problem("role", "odd_role", severity="warning", hint="did_you_mean", found=point.role, close=close[0]))


def _check_medium(item: Item, point: Point, say: Say) -> None:
    if point.quantity not in OF_A_MATERIAL:
        return
    if not point.medium.strip():
        say(item.problem("medium", "no_medium", severity="warning", code=point.code))
    elif not point.phase.strip():
        say(item.problem("phase", "no_form", severity="warning", code=point.code, medium=point.medium))
    elif point.phase.strip().casefold() not in FORMS:
        say(item.problem("phase", "unknown_form", severity="warning", found=point.phase, known=", ".join(FORMS[:7])))


def _check_edges(item: Item, point: Point, say: Say) -> None:
    """A limit at the very end of the range alarms only when the instrument is at its stop; a gas limit above the legal one is not taken."""
    for name, value in given(point.limits):
        end = point.range_hi if name in LEGAL_LEL else point.range_lo
        if value == end and point.range_lo < point.range_hi:
            say(
                item.problem(
                    f"limits.{name}", "limit_at_end", severity="warning", name=name.upper(), value=value, unit=point.unit
                )
            )
        if point.quantity == "combustible_gas" and point.unit.casefold() == "%lel" and value > LEGAL_LEL.get(name, 100.0):
            say(item.problem(f"limits.{name}", "gas_limit_lax", severity="warning", name=name.upper(), value=value,
                             most=LEGAL_LEL[name]))  # fmt: skip


def check_alike(source: Item, say: Say) -> None:
    """Points of one source that nobody can tell apart: one name on two devices, or one quantity and role twice on one."""
    first: dict[str, tuple[Item, Item]] = {}
    for device in source.below("devices"):
        roles = Counter((p.record.quantity, p.record.role) for p in device.below("points") if isinstance(p.record, Point))
        for point in device.below("points"):
            name = point.text("name")
            other = first.setdefault(name, (device, point)) if name else (device, point)
            if other[0] is not device:
                say(point.problem("name", "same_name", severity="warning", kind=word_of("point"), value=name, device=other[0].code,
                                  at=f"{other[1].file}:{other[1].line}"))  # fmt: skip
            record = point.record
            if isinstance(record, Point) and record.role not in ("", *MANY) and roles[record.quantity, record.role] > 1:
                say(point.problem("role", "same_role", severity="warning", role=record.role, quantity=record.quantity,
                                  device=device.code, count=roles[record.quantity, record.role]))  # fmt: skip
