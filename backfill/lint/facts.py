"""What is known of the names of the rule language before any reading: their bounds and how they stand to each other.

Only what holds for every plant: the registry refuses limits out of order or outside the range, a share lies between 0 and 1, the highest
of a window is no lower than the present value. `solving.py` adds these to a condition when it asks whether it can hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from backfill.lint.kinds import BASE, OF_QUANTITY, Kind
from backfill.lint.linear import Bound, Sum, below, name, number
from backfill.lint.settings import Settings
from streams.engine.rulelang.catalogue import NAMES, WINDOWS, series_of
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES

LIMITS = ("limit.ll", "limit.l", "limit.h", "limit.hh")
LO, HI, DEADBAND = "range.lo", "range.hi", "deadband"
SPAN = name(HI).plus(name(LO).times(number(-1.0).const))
_ZERO, _ONE = number(0.0), number(1.0)
_OWN_WINDOW = re.compile(r"(mean|min|max|deviation|rate|delta|rise|fall|count)\((\w+)\)\Z")
_AGGREGATE = re.compile(r"(highest|lowest|total|average|spread|number)\((.*)\)\Z")
_SERIES_WINDOW = re.compile(r"(mean|min|max|deviation|rate|delta|rise|fall|count)\(([\w.]+), (\w+)\)\Z")


def integers_of(names: Iterable[str]) -> frozenset[str]:
    """Those that are counts."""
    return frozenset(n for n in names if _is_count(n))


def _is_count(of: str) -> bool:
    feature = EVENT_FEATURES.get(of)
    return (feature is not None and feature.kind == "number" and feature.unit == "") or of.startswith(("count(", "number("))


class Facts:
    """Facts about the names of one condition, for one kind of point."""

    def __init__(self, kind: Kind, settings: Settings, positive: bool = False, slack: bool = False) -> None:
        self.kind, self.settings, self.positive, self.slack = kind, settings, positive, slack

    def about(self, names: Iterable[str]) -> list[Bound]:
        found = sorted(names)
        own = [n for n in found if n in ("value", "oel", LO, HI, DEADBAND, *LIMITS) or _OWN_WINDOW.match(n)]
        out = list(self.of_point(own)) if own else []
        for this in found:
            if this not in own:
                out += self.of_other(this)
        for series in sorted({window[2] for n in found if (window := _SERIES_WINDOW.match(n))}):
            out += _windows(found, series, f"{series}, ")
        return [*out, *_families(found)]

    # --- the point itself

    def of_point(self, own: list[str]) -> Iterator[Bound]:
        lo, hi = name(LO), name(HI)
        yield below(lo, hi, strict=True)
        if self.positive:
            yield below(_ZERO, lo)
        bounds = self.settings.plausible_in(self.kind.unit) if self.kind.unit else None
        if bounds is not None:
            yield below(number(bounds[0]), lo)
            yield below(hi, number(bounds[1]))
        before = lo
        for limit in LIMITS:  # in order, inside the range
            if limit in own:
                yield below(before, name(limit), strict=before != lo)
                before = name(limit)
        yield below(before, hi)
        if self.slack:
            slack = number(self.settings.drift_share).const
            lo, hi = lo.plus(SPAN, -slack), hi.plus(SPAN, slack)
        for this in own:
            if this == "value":
                yield from _between(this, lo, hi)
            elif this == DEADBAND:
                yield from _between(this, _ZERO, SPAN.times(number(self.settings.deadband_most_share).const))
            elif this == "oel":
                yield below(_ZERO, name(this), strict=True)
            elif found := _OWN_WINDOW.match(this):
                yield from _of_window(this, found[1], lo, hi)
        yield from _windows(own, "value", "")

    # --- others, and records of the site

    def of_other(self, this: str) -> Iterator[Bound]:
        feature = EVENT_FEATURES.get(this)
        if this.startswith("?"):
            yield from _between(this, _ZERO, _ONE)  # a condition: 0 or 1
        elif feature is not None or this in NAMES:
            yield from self.of_feature(this, NAMES[this].unit)
        elif this.startswith("for_share("):
            yield from _between(this, _ZERO, _ONE)
        elif this.startswith(("since(", "abs(")):
            yield below(_ZERO, name(this))
        elif found := _AGGREGATE.match(this):
            yield from self.of_aggregate(this, found[1], found[2])
        else:
            yield from self.of_series(this, this)

    def of_feature(self, this: str, unit: str) -> Iterator[Bound]:
        bounds = self.settings.of_feature.get(this)
        if bounds is not None:
            yield from _between(this, number(bounds[0]), number(bounds[1]))
        else:
            yield below(_ZERO, name(this))
            if unit == "share":
                yield below(name(this), _ONE)
        if this == "period_s":
            yield below(name(this), number(self.settings.period_most_s))

    def of_aggregate(self, this: str, how: str, of: str) -> Iterator[Bound]:
        if how in ("spread", "number"):
            yield below(_ZERO, name(this))
        elif how == "total":
            if self.positive or of.startswith(("rise(", "fall(", "count(")):
                yield below(_ZERO, name(this))
        else:
            yield from self.of_series(this, of)

    def of_series(self, this: str, of: str) -> Iterator[Bound]:
        """A value of other points, or a window over it, in the basic unit of its quantity where it has one kind of unit only."""
        window = _SERIES_WINDOW.match(of)
        if (window and window[1] in ("rise", "fall", "count", "deviation")) or (
            self.positive and not (window and window[1] in ("rate", "delta"))
        ):
            yield below(_ZERO, name(this))
        series = series_of(window[2] if window else of)
        if series is None or (window and window[1] not in ("mean", "min", "max")):
            return
        dimensions = OF_QUANTITY.get(series[0], ())
        bounds = self.settings.plausible_in(BASE[dimensions[0]]) if len(dimensions) == 1 else None
        if bounds is not None:
            yield from _between(this, number(bounds[0]), number(bounds[1]))


def _between(this: str, lo: Sum, hi: Sum) -> Iterator[Bound]:
    yield below(lo, name(this))
    yield below(name(this), hi)


def _of_window(this: str, function: str, lo: Sum, hi: Sum) -> Iterator[Bound]:
    if function in ("mean", "min", "max"):
        yield from _between(this, lo, hi)
    elif function in ("rise", "fall", "deviation"):
        yield from _between(this, _ZERO, SPAN)
    elif function == "delta":
        yield from _between(this, SPAN.times(number(-1.0).const), SPAN)
    elif function == "count":
        yield below(_ZERO, name(this))


def _windows(own: list[str], present: str, before: str) -> Iterator[Bound]:
    """A longer window has at least the extremes of a shorter one, and both have the present value."""
    order = list(WINDOWS.values())
    for function, grows in (("max", True), ("min", False), ("rise", True), ("fall", True), ("count", True)):
        chain = [this for window in order if (this := f"{function}({before}{window})") in own]
        for short, long in pairwise(chain):
            yield below(name(short), name(long)) if grows else below(name(long), name(short))
        if present in own and chain and function in ("max", "min"):
            yield below(name(present), name(chain[0])) if grows else below(name(chain[0]), name(present))
    for window in order:
        for low, high in (("min", "mean"), ("mean", "max"), ("min", "max")):
            one, other = f"{low}({before}{window})", f"{high}({before}{window})"
            if one in own and other in own:
                yield below(name(one), name(other))


def _families(found: list[str]) -> Iterator[Bound]:
    """Counts of a part are no more than those of the whole; lowest, average, highest of the same points are in that order."""
    known = set(found)
    for this in found:
        if (work := re.match(r"permit\.\w+\.live\Z", this)) and "permit.live" in known:
            yield below(name(work[0]), name("permit.live"))
        if work := re.match(r"permit\.(hot_work|height|lifting)_\w+\.live\Z", this):
            whole = f"permit.{work[1]}.live"
            if whole in known:
                yield below(name(this), name(whole))
        if (found_one := _AGGREGATE.match(this)) and found_one[1] == "lowest":
            for other in ("average", "highest"):
                if f"{other}({found_one[2]})" in known:
                    yield below(name(this), name(f"{other}({found_one[2]})"))
        if found_one and found_one[1] == "average" and f"highest({found_one[2]})" in known:
            yield below(name(this), name(f"highest({found_one[2]})"))
