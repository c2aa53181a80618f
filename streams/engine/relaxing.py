"""The strictest of two definitions of a point: what must be judged while a relaxation waits for the supervisor's confirmation."""

from __future__ import annotations

from streams.domain.registry import Danger, Limits, Point
from streams.domain.units import conversion

_USUAL_ON_DELAY_S = 10.0  # stands for the default of the quantity when only one of two definitions gives a delay


def comparable(force: Point, new: Point) -> bool:
    """Whether both definitions are about the same quantity, in units of one dimension."""
    return force.quantity == new.quantity and conversion(force.unit, new.unit) is not None


def strictest(force: Point, new: Point) -> Point:
    """`new`, except where `force` is stricter. Equal to `new` when `new` relaxes nothing.

    Numbers of `force` are read in the unit of `new`; when the units measure different things the definitions cannot be compared,
    and the quantity that the readings now have is the only one that can be judged.
    """
    how = conversion(force.unit, new.unit)
    if how is None or not comparable(force, new):
        return new
    old = Limits(*(None if x is None else how.of(x) for x in (force.limits.ll, force.limits.l, force.limits.h, force.limits.hh)))
    lo, hi = how.of(force.range_lo), how.of(force.range_hi)
    scale = how.multiply / how.divide
    danger: Danger = new.danger if new.danger == force.danger else "both"
    return Point(
        code=new.code, name=new.name, quantity=new.quantity, unit=new.unit, medium=new.medium, phase=new.phase, area=new.area,
        range_lo=max(lo, new.range_lo) if danger in ("low", "both") else new.range_lo,
        range_hi=min(hi, new.range_hi) if danger in ("high", "both") else new.range_hi,
        limits=Limits(ll=_larger(old.ll, new.limits.ll), l=_larger(old.l, new.limits.l),
                      h=_smaller(old.h, new.limits.h), hh=_smaller(old.hh, new.limits.hh)),
        danger=danger, resolution=new.resolution,
        deadband=None if new.deadband is None and force.deadband is None else max(new.deadband or 0.0, (force.deadband or 0.0) * scale),
        on_delay_s=_on_delay(force.on_delay_s, new.on_delay_s),
        off_delay_s=None if new.off_delay_s is None and force.off_delay_s is None else max(new.off_delay_s or 0.0, force.off_delay_s or 0.0),
        period_s=new.period_s, stale_s=_smaller(force.stale_s, new.stale_s), rate_max=new.rate_max,
        role=force.role or new.role,  # rules that ask for a role must not lose the point to paperwork
    )  # fmt: skip


def _smaller(a: float | None, b: float | None) -> float | None:
    return min((x for x in (a, b) if x is not None), default=None)


def _larger(a: float | None, b: float | None) -> float | None:
    return max((x for x in (a, b) if x is not None), default=None)


def _on_delay(force: float | None, new: float | None) -> float | None:
    """The shorter delay; None is the default of the quantity."""
    usual = [_USUAL_ON_DELAY_S if x is None else x for x in (force, new)]
    return force if usual[0] <= usual[1] else new
