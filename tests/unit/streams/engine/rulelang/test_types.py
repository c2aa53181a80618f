"""What may be compared with what; every mistake named where it stands, in both languages."""

from __future__ import annotations

import pytest

from streams.domain.problems import Problem
from streams.engine.rulelang.parse import parse
from streams.engine.rulelang.types import Where, checked

HOT = Where("point", ("temperature",))
GAS = Where("point", ("combustible_gas",))
AIR = Where("point", ("oxygen",), ("%VOL", "%"))
SITE = Where("source")


def mistakes(source: str, where: Where) -> list[tuple[str, int]]:
    found = checked(parse(source), where)
    for m in found:
        hint = f"expr.hint.{m.hint}" if m.hint else ""
        problem = Problem("x.yaml", 1, 1, f"expr/{m.what}", f"expr.{m.what}", m.args, "error", hint)
        assert problem.line_of_text("zh")
        assert problem.line_of_text("en")
    return [(m.what, m.at) for m in found]


@pytest.mark.parametrize(("source", "where"), [
    ("rise(10m) >= 0.1 * span and value >= 0.9 * limit.h", HOT), ("value >= 25", AIR), ("value > 0", HOT), ("value >= 333 K", HOT),
    ("value >= lowest(first(limit.h, 25 %LEL, range(0.25)), 25 %LEL)", GAS), ("rate(10m) * 600 s > 0.1 * span", HOT),
    ("since(value > limit.h) > 10 min and for_share(value > limit.h, 10m) > 0.5", HOT), ("not casting and weather.warning == 3", HOT),
    ("total(mean(flow.inlet, 1h)) - total(mean(flow.outlet, 1h)) > 5 m3/h", SITE), ("permit.hot_work.hours > 8", SITE),
    ("permit.hot_work.hours > 480 min", SITE), ("number(temperature) >= 2", SITE), ("toxic_gas > 100 %OEL", SITE),
    ("abs(flow.inlet - flow.outlet) / flow.inlet > 0.2", SITE), ("value - temperature.outlet > 5 K", HOT),
])  # fmt: skip
def test_what_has_a_meaning_is_accepted(source: str, where: Where) -> None:
    assert mistakes(source, where) == []


@pytest.mark.parametrize(("source", "where", "what", "at"), [
    ("value >= 25 %LEL", HOT, "measures", 0), ("value >= 25", HOT, "unit_missing", 9), ("rate(10m) > 0.1 * span", HOT, "measures", 0),
    ("value / 0 > limit.h", HOT, "by_zero", 0),
    ("value", HOT, "not_a_condition", 0), ("casting > 1", HOT, "not_a_number", 0), ("limit.h and casting", HOT, "not_a_condition", 0),
    ("value == limit.h", HOT, "equality", 0), ("2 span < value", HOT, "unknown_unit", 0), ("value > 10m", HOT, "window_here", 8),
    ("rise(5m) > 0", HOT, "unknown_window", 5), ("rise(value) > 0", HOT, "arguments", 0), ("valu > 0", HOT, "unknown_name", 0),
    ("risen(10m) > 0", HOT, "unknown_function", 0), ("value > 3 kPa", SITE, "out_of_scope", 0), ("mean(10m) > 3 kPa", SITE, "whose", 0),
    ("highest(value) > 0", HOT, "not_a_series", 8), ("first(value, span) > 0", HOT, "not_constant", 6), ("range(2) < value", HOT, "arguments", 0),
    ("lost.share_unfiled > 20 %", SITE, "measures", 0), ("value - pressure > 0", HOT, "measures", 0),
    ("since(since(casting) > 3) > 3", HOT, "memory_in_memory", 6), ("for_share(casting) > 0", HOT, "arguments", 0),
    (" + ".join(["since(casting)"] * 5) + " > 3", HOT, "memories", 0),
])  # fmt: skip
def test_what_has_none_is_refused_at_its_place(source: str, where: Where, what: str, at: int) -> None:
    assert (what, at) in mistakes(source, where)


def test_all_mistakes_of_a_text_at_once() -> None:
    assert [w for w, _ in mistakes("valu > 3 and value >= 25 %LEL or casting > 2", HOT)] == [
        "unknown_name",
        "measures",
        "not_a_number",
    ]


def test_a_quantity_that_may_be_anything_is_compared_with_anything_of_its_own() -> None:
    assert mistakes("value > 5 kPa", Where("point")) == []
    assert mistakes("rate(10m) > span", Where("point")) == [("measures", 0)]
