"""The harness itself: turns, medians, spread, and no figure where outputs differ. Contenders are invented; nothing is timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from benchmarks.harness.measuring import Case, Clock, Contender, Unavailable, measured
from benchmarks.harness.results import Row, Sample, Spread, Table


def quiet(text: str) -> None:
    del text


def giving(*seconds: float, hash: str = "same", said: list[str] | None = None, name: str = "") -> Callable[[float], Sample]:
    """A contender's run: so many seconds for 100 pieces of work, one after the other."""
    left = iter(seconds)

    def run(left_s: float) -> Sample:
        if said is not None:
            said.append(name)
        return Sample(work=100, seconds=next(left), hash=hash)

    return run


def one(case: Case, bound_s: float = 1e9, clock: Clock = Clock()) -> Table:  # noqa: B008
    (table,) = measured([case], bound_s, quiet, clock)
    return table


def by_name(table: Table) -> dict[str, Row]:
    return {row.name: row for row in table.rows}


def test_a_row_is_the_median_of_its_repeats_with_the_least_and_the_most() -> None:
    row = one(Case("c", "readings", [Contender("a", giving(1.0, 4.0, 2.0))])).rows[0]
    assert row.rate == Spread(50.0, 25.0, 100.0)
    assert row.seconds == Spread(2.0, 1.0, 4.0)
    assert row.repeats == 3


def test_contenders_take_turns() -> None:
    order: list[str] = []
    contenders = [Contender(n, giving(1, 1, 1, said=order, name=n)) for n in ("a", "b")]
    one(Case("c", "readings", contenders))
    assert order == ["a", "b", "a", "b", "a", "b"]


def test_ratios_are_against_the_baseline_or_say_how_many_times_as_fast() -> None:
    contenders = [Contender("slow", giving(4, 4, 4)), Contender("fast", giving(1, 1, 1))]
    assert by_name(one(Case("c", "readings", contenders)))["fast"].ratio == 4.0
    contenders = [Contender("slow", giving(4, 4, 4)), Contender("fast", giving(1, 1, 1))]
    rows = by_name(one(Case("c", "readings", contenders, times_of="fast")))
    assert (rows["slow"].ratio, rows["fast"].ratio) == (4.0, 1.0)


@pytest.mark.parametrize("odd", ["other", ""])
def test_unequal_outputs_give_no_figure_at_all(odd: str) -> None:
    table = one(Case("c", "readings", [Contender("a", giving(1, 1, 1)), Contender("b", giving(1, 1, 1, hash=odd))]))
    assert table.agreed is False
    assert all(row.rate is None and row.ratio is None and "differ" in row.refused for row in table.rows)


def test_one_contender_that_says_something_else_in_one_repeat_is_found() -> None:
    hashes = iter(["same", "other", "same"])

    def fickle(left_s: float) -> Sample:
        return Sample(work=1, seconds=1.0, hash=next(hashes))

    assert one(Case("c", "readings", [Contender("a", fickle)])).agreed is False


def test_equal_outputs_are_said_to_be_equal() -> None:
    table = one(Case("c", "readings", [Contender("a", giving(1, 1, 1)), Contender("b", giving(2, 2, 2))]))
    assert table.agreed is True
    assert {row.hash for row in table.rows} == {"same"}


def test_null_work_is_the_floor_and_is_compared_with_nothing() -> None:
    contenders = [Contender("a", giving(1, 1, 1)), Contender("null", giving(0.1, 0.1, 0.1, hash=""), floor=True)]
    table = one(Case("c", "readings", contenders))
    floor = by_name(table)["null"]
    assert table.agreed is True
    assert floor.floor
    assert floor.ratio is None
    assert floor.rate == Spread(1000.0, 1000.0, 1000.0)


def test_a_contender_that_cannot_run_says_why_and_stops_nobody() -> None:
    def absent(left_s: float) -> Sample:
        raise Unavailable("no Java")

    rows = by_name(one(Case("c", "readings", [Contender("absent", absent), Contender("b", giving(1, 1, 1))])))
    assert rows["absent"].refused == "no Java"
    assert rows["absent"].rate is None
    assert rows["b"].rate is not None


def test_when_the_time_is_over_what_was_taken_counts_and_the_rest_is_said_to_be_missing() -> None:
    now = [0.0]

    def slow(left_s: float) -> Sample:
        now[0] += 10.0
        return Sample(work=10, seconds=1.0)

    cases = [Case(name, "readings", [Contender("a", slow)]) for name in ("first", "second")]
    first, second = measured(cases, 15.0, quiet, Clock(lambda: now[0]))
    assert first.rows[0].repeats == 2
    assert "time was over" in second.rows[0].refused


def test_cases_are_made_one_by_one() -> None:
    """A case may write files; the next one must not do so before this one is measured."""
    made: list[str] = []

    def cases() -> Iterator[Case]:
        for name in ("a", "b"):
            made.append(name)
            yield Case(name, "readings", [Contender("x", giving(1, 1, 1))])

    tables = measured(cases(), 1e9, quiet)
    next(tables)
    assert made == ["a"]
