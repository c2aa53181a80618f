"""Every name and function of the rule language: kind, unit, where it may stand, what it means. Types, documentation, schema and
hints read this table; a name that is not here does not exist. Event features come from `catalogue_events.py`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from streams.domain.registry import Quantity
from streams.engine.rulelang.catalogue_events import EVENT_FEATURES

Scope = Literal["point", "device", "source", "enterprise"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
WINDOWS: Final[dict[int, str]] = {60: "1m", 600: "10m", 3600: "1h", 86_400: "24h"}
QUANTITIES: Final[tuple[str, ...]] = get_args(Quantity)

OWN, OWN_RATE = "own", "own/s"  # in the unit of the point that is judged; a second
_POINT: tuple[Scope, ...] = ("point",)


class Entry(NamedTuple):
    """A name. `unit`: a unit of `domain/units.py`, "" a count, "share" 0 to 1, OWN or OWN_RATE. `constant`: known with the point,
    before any reading. `absolute`: a value and not a difference of values (5 degC is 278 K, but a rise by 5 degC is one by 5 K)."""

    name: str
    kind: Literal["number", "boolean"]
    unit: str
    scopes: tuple[Scope, ...]
    zh: str
    en: str
    constant: bool = False
    absolute: bool = False


class Function(NamedTuple):
    """A function: how it is written in each form, where it may stand, what it means."""

    name: str
    forms: tuple[str, ...]
    scopes: tuple[Scope, ...]
    zh: str
    en: str


_OF_POINT: tuple[Entry, ...] = (
    Entry("value", "number", OWN, _POINT, "当前值", "the present value", absolute=True),
    Entry("rate", "number", OWN_RATE, _POINT, "相邻两次读数的变化率", "change a second, from one reading to the next"),
    Entry("limit.ll", "number", OWN, _POINT, "测点备案的低低限", "the filed LL of the point", True, True),
    Entry("limit.l", "number", OWN, _POINT, "测点备案的低限", "the filed L of the point", True, True),
    Entry("limit.h", "number", OWN, _POINT, "测点备案的高限", "the filed H of the point", True, True),
    Entry("limit.hh", "number", OWN, _POINT, "测点备案的高高限", "the filed HH of the point", True, True),
    Entry("range.lo", "number", OWN, _POINT, "量程下限", "lower end of the instrument's range", True, True),
    Entry("range.hi", "number", OWN, _POINT, "量程上限", "upper end of the instrument's range", True, True),
    Entry("span", "number", OWN, _POINT, "量程宽度", "width of the instrument's range", True),
    Entry("deadband", "number", OWN, _POINT, "测点备案的回差", "the filed deadband of the point", True),
    Entry("oel", "number", OWN, _POINT, "介质的职业接触限值(测点单位)", "exposure limit of the medium, in the point's unit", True, True),
    Entry("period_s", "number", "s", _POINT, "测点的采集周期", "the period of the point", True),
)  # fmt: skip
_EVENTS = tuple(Entry(f.name, f.kind, f.unit, SCOPES, f.zh, f.en, absolute=f.unit == "degC") for f in EVENT_FEATURES.values())
NAMES: Final[dict[str, Entry]] = {entry.name: entry for entry in (*_OF_POINT, *_EVENTS)}

WINDOWED: Final[dict[str, tuple[str, str]]] = {
    "mean": ("平均值", "mean"), "min": ("最小值", "lowest value"), "max": ("最大值", "highest value"),
    "deviation": ("标准差", "standard deviation"),
    "rate": ("首尾之间每秒变化", "change a second, from the first value of the window to the present one"),
    "delta": ("当前值减窗口首值", "present value minus the first of the window"),
    "rise": ("当前值高出窗口最小值", "how far the present value is above the lowest of the window"),
    "fall": ("当前值低于窗口最大值", "how far the present value is below the highest of the window"),
    "count": ("读数个数", "number of readings"),
}  # fmt: skip
AGGREGATES: Final[dict[str, tuple[str, str]]] = {
    "highest": ("范围内测点的最大值", "highest over the points of the scope"),
    "lowest": ("范围内测点的最小值", "lowest over the points of the scope"),
    "total": ("范围内测点之和", "sum over the points of the scope"),
    "average": ("范围内测点的平均", "mean over the points of the scope"),
    "spread": ("范围内最大与最小之差", "highest minus lowest over the points of the scope"),
    "number": ("范围内有数据的测点数", "number of points of the scope that have data"),
}
_ABSOLUTE = frozenset(("mean", "min", "max", "highest", "lowest", "average"))

FUNCTIONS: Final[dict[str, Function]] = {
    f.name: f
    for f in (
        *(Function(n, (f"{n}(10m)", f"{n}(q, 10m)"), SCOPES, zh, en) for n, (zh, en) in WINDOWED.items()),
        *(Function(n, (f"{n}(q)", f"{n}(rise(q, 10m))"), SCOPES, zh, en) for n, (zh, en) in AGGREGATES.items()
          if n not in ("highest", "lowest")),
        Function("highest", ("highest(q)", "highest(rise(q, 10m))", "highest(a, b, ..)"), SCOPES,
                 "范围内测点的最大值;或适用常数中的最大者", "highest over the points of the scope; of constants: the highest that applies"),
        Function("lowest", ("lowest(q)", "lowest(rise(q, 10m))", "lowest(a, b, ..)"), SCOPES,
                 "范围内测点的最小值;或适用常数中的最小者", "lowest over the points of the scope; of constants: the lowest that applies"),
        Function("first", ("first(a, b, ..)",), SCOPES, "第一个适用的常数", "the first constant that applies"),
        Function("range", ("range(0.25)",), _POINT, "量程内的位置:下限加宽度的份额", "that far up the range: range.lo + 0.25 * span"),
        Function("since", ("since(cond)",), SCOPES, "条件上次成立以来的秒数,从未成立为未知",
                 "seconds since the condition last held; unknown if it never did"),
        Function("for_share", ("for_share(cond, 10m)",), SCOPES, "窗口内条件成立的时间比例(0至1)",
                 "share of the window in which the condition held, 0 to 1"),
        Function("abs", ("abs(x)",), SCOPES, "绝对值", "absolute value"),
    )
}  # fmt: skip


def is_absolute(function: str) -> bool:
    """Whether a windowed or grouping function of values gives a value, not a difference."""
    return function in _ABSOLUTE


def series_of(path: str) -> tuple[str, str] | None:
    """(quantity, role) when the name is one of a sibling: `flow`, `flow.inlet`; role "" when none is said.

    >>> series_of("flow.inlet"), series_of("temperature"), series_of("limit.h")
    (('flow', 'inlet'), ('temperature', ''), None)
    """
    quantity, _, role = path.partition(".")
    return (quantity, role) if quantity in QUANTITIES and "." not in role else None
