"""Rates, ranks and the tree without a database."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reports.daily import Measures, Rate, Warnings, _dense, daily_report
from reports.facts import CommitmentFact, DayFacts, EnterpriseFact, OnlineFact, ParkFact, RegionFact, WarningFact
from reports.text import Column, table, width_of
from reports.tree import Tree

rates = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda t: Rate(min(t), max(t)))


def region(code: str, parent: str = "", kind: str = "county") -> RegionFact:
    return RegionFact(code, f"区{code}", f"Region {code}", kind, parent)


def enterprise(code: str, of: str, closed: int = 0, cameras: int = 0, park: str = "") -> EnterpriseFact:
    return EnterpriseFact(code, f"企业{code}", "", of, park, closed, cameras)


@given(st.dictionaries(st.text(max_size=3), rates, max_size=8))
def test_dense_ranks(given_rates: dict[str, Rate]) -> None:
    shares = {code: rate.share for code, rate in given_rates.items()}
    ranks = _dense(shares)
    assert {code for code, rank in ranks.items() if rank is None} == {code for code, share in shares.items() if share is None}
    used = sorted({rank for rank in ranks.values() if rank is not None})
    assert used == list(range(1, len(used) + 1)), "without gaps"
    for one, first in shares.items():
        for other, second in shares.items():
            a, b = ranks[one], ranks[other]
            if first is not None and second is not None and a is not None and b is not None:
                assert (a < b) == (first > second)
                assert (a == b) == (first == second)


@given(rates)
def test_a_percentage_never_says_more_than_there_is(rate: Rate) -> None:
    if rate.percent is None:
        assert rate.of == 0
        return
    assert 0 <= rate.percent <= 100
    assert (rate.percent == 100) == (rate.part == rate.of)
    assert Fraction(rate.percent).limit_denominator(10_000) <= Fraction(rate.part * 100, rate.of)


def test_nearly_all_is_not_all() -> None:
    assert Rate(99_999, 100_000).percent == 99.99


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_the_tree_ends_whatever_its_links(links: list[tuple[int, int]]) -> None:
    tree = Tree([region(str(code), str(parent)) for code, parent in links], [], [enterprise(f"E{i}", str(i)) for i in range(10)])
    for code in map(str, range(10)):
        below = tree.below(code)
        assert below[0] == code
        assert len(below) == len(set(below))
        assert {e.region for e in tree.members(code)} <= set(below)
        for member in tree.members(code):
            tree.county_of(member)


def test_scope_is_never_a_prefix() -> None:
    tree = Tree(
        [region("21"), region("2109", kind="city"), region("X", "2109")], [], [enterprise("A", "2109"), enterprise("B", "X")]
    )
    assert [e.code for e in tree.members("2109")] == ["A", "B"]
    assert tree.members("21") == []


def test_an_enterprise_outside_every_county_is_counted_where_it_is() -> None:
    facts = DayFacts("d", 0, 1, (region("C", kind="city"), region("K", "C")), (), (enterprise("A", "C"), enterprise("B", "K")))
    report = daily_report(facts, "C")
    assert {row.code: row.measures.enterprises for row in report.rows} == {"K": 1, "C": 1}
    assert report.total.enterprises == 2


def test_a_county_without_enterprises_is_listed_without_rates() -> None:
    facts = DayFacts("d", 0, 1, (region("C", kind="city"), region("K", "C"), region("L", "C")), (), (enterprise("B", "K"),))
    rows = {row.code: row for row in daily_report(facts, "C").rows}
    assert rows["L"].ranks.commitment is None
    assert rows["L"].measures == Measures()


def test_a_filed_shutdown_excuses_data_but_no_commitment() -> None:
    online = OnlineFact("B", 0, 600, 600, 0, 10, 60_000, 600_000, 0, 60, 60)
    facts = DayFacts("d", 0, 1, (region("K"),), (), (enterprise("B", "K"),), (), (online,))
    total = daily_report(facts, "K").total
    assert (total.system.count, total.system.count_unfiled) == (Rate(0, 1), Rate(0, 0))
    assert (total.system.seconds, total.system.seconds_unfiled) == (Rate(0, 600), Rate(0, 0))
    assert total.commitments.on_time == Rate(0, 1)


def test_silence_since_an_hour_is_not_online() -> None:
    online = (OnlineFact("A", 60, 60, 0, 60, 1, 0, 0, 60, 60, 0), OnlineFact("B", 60, 60, 0, 3660, 61, 0, 3_600_000, 60, 60, 0))
    facts = DayFacts("d", 0, 1, (region("K"),), (), (enterprise("A", "K"), enterprise("B", "K")), (), online)
    report = daily_report(facts, "K")
    assert report.total.system.count == Rate(1, 2)
    assert [(o.code, o.offline_s) for o in report.offline] == [("A", 3600)]


def test_who_was_registered_during_the_day_owes_nothing_before() -> None:
    online = (
        OnlineFact("A", 60, 60, 0, 60, 1, 3_600_000, 3_600_000, 60, 60, 0),
        OnlineFact("B", 60, 60, 0, 3660, 61, 0, 3_600_000, 60, 60, 0),
    )
    facts = DayFacts("d", 0, 1, (region("K"),), (), (enterprise("A", "K"), enterprise("B", "K")), (), online)
    assert daily_report(facts, "K").offline == ()


def test_findings_and_platform_events_are_no_warnings() -> None:
    warnings = tuple(WarningFact("B", kind, "red", 0, 1) for kind in ("finding", "platform", "update"))
    facts = DayFacts("d", 0, 1, (region("K"),), (), (enterprise("B", "K"),), warnings=warnings)
    assert daily_report(facts, "K").total.warnings == Warnings()


def test_rows_come_best_first_and_ties_by_code() -> None:
    codes = ["D", "B", "A", "C"]
    states = {"A": "late", "B": "on_time", "C": "on_time", "D": "missing"}
    facts = DayFacts("d", 0, 1, (region("K"),), (), tuple(enterprise(c, "K") for c in codes),
                     tuple(CommitmentFact(c, s) for c, s in states.items()))  # fmt: skip
    rows = daily_report(facts, "K").rows
    assert [(r.code, r.ranks.commitment) for r in rows] == [("B", 1), ("C", 1), ("A", 2), ("D", 2)]


def test_a_park_is_a_scope_of_its_own() -> None:
    facts = DayFacts(
        "d", 0, 1, (region("K"),), (ParkFact("P", "园", "", "K"),), (enterprise("A", "K", park="P"), enterprise("B", "K"))
    )
    assert [r.code for r in daily_report(facts, "P").rows] == ["A"]


@given(st.lists(st.lists(st.text(st.characters(categories=["L", "N"]), max_size=6), min_size=2, max_size=2), max_size=6))
def test_every_column_starts_in_the_same_cell(rows: list[list[str]]) -> None:
    lines = table([Column("名"), Column("b", right=True)], rows)
    rule = lines[1]
    assert all(width_of(line) <= len(rule) for line in lines)
    assert [width_of(line) for line in lines if not line.endswith(" ")].count(len(rule)) >= 1
