"""Inherent risk: worked values of the standard's formula, its boundaries, and what must hold for any chemicals."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datafile import packaged
from models.inherent import InherentError, Substance, alpha, assess, grade_of, look_up, stock_share, tables, tables_from, term

TABLE1 = tables().table1
NAMED = st.sampled_from([row.name_zh for row in TABLE1])
TONNES = st.floats(min_value=0.0, max_value=1e6, allow_nan=False)
SUBSTANCES = st.lists(st.tuples(NAMED, TONNES).map(lambda pair: Substance(*pair)), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("chemicals", "people", "s", "r", "grade"),
    [
        ([("氯", 5.0), ("氨", 5.0)], 60, 1.5, 7.5, "IV"),
        ([("LPG", 2000.0)], 120, 40.0, 120.0, "I"),
        ([("gasoline", 10000.0)], 0, 50.0, 25.0, "III"),
        ([("phosgene", 3.0)], 0, 10.0, 100.0, "I"),
        ([("methanol", 500.0)], 0, 1.0, 0.5, "IV"),
        ([("BFG", 20.0)], 35, 1.0, 2.4, "IV"),
        ([("methanol", 499.999)], 0, 0.999998, 0.499999, None),
    ],
)
def test_worked_values(chemicals: list[tuple[str, float]], people: int, s: float, r: float, grade: str | None) -> None:
    result = assess([Substance(name, q) for name, q in chemicals], people)
    assert (result.s, result.r) == pytest.approx((s, r), abs=1e-12)
    assert result.grade == grade
    assert result.tables == tables().hash


def test_the_tables_are_whole() -> None:
    assert (len(TABLE1), len(tables().classes)) == (85, 24)
    assert all(set(row.tags) == {"critical_t", "beta"} and set(row.tags.values()) <= set(tables().tags) for row in TABLE1)
    assert {row.beta_basis for row in TABLE1 if row.tags["beta"] == "standard"} == {"table3"}


def test_cas_numbers_have_right_check_digits() -> None:
    for row in TABLE1:
        for cas in row.cas:
            digits = [int(c) for c in cas.replace("-", "")]
            assert sum(i * d for i, d in enumerate(reversed(digits[:-1]), start=1)) % 10 == digits[-1], (row.name_zh, cas)


def test_every_row_is_found_by_each_of_its_names() -> None:
    for row in TABLE1:
        for name in (row.name_zh, row.name_en, *row.aliases):
            assert row in look_up(Substance(name, 1.0)), name


def test_an_alias_of_two_unlike_substances_does_not_exist() -> None:
    for row in TABLE1:
        for name in (row.name_zh, row.name_en, *row.aliases):
            families = {found.cas or (found.name_en,) for found in look_up(Substance(name, 1.0))}
            assert len(families) == 1, (name, families)


@pytest.mark.parametrize(("name", "row"), [("液氨", "氨"), ("ＮＨ3", "氨"), (" Chlorine ", "氯"), ("甲醛（>90%）", "甲醛(>90%)")])
def test_spelling_is_forgiven(name: str, row: str) -> None:
    assert [found.name_zh for found in look_up(Substance(name, 1.0))] == [row]


def test_cas_finds_a_trade_name_and_says_so() -> None:
    added, notes = term(Substance("某某溶剂", 50.0, cas="71-43-2"))
    assert (added.critical_t, added.share) == (50.0, 1.0)
    assert [note.code for note in notes] == ["by_cas"]


def test_several_forms_of_one_name_take_the_strictest_and_say_so() -> None:
    added, notes = term(Substance("硝酸铵", 10.0))
    assert (added.critical_t, added.beta) == (5.0, 2.0)
    assert [note.code for note in notes] == ["ambiguous"]
    exact, quiet = term(Substance("硝酸铵(可燃物<=0.2%)", 10.0))
    assert (exact.critical_t, quiet) == (50.0, ())


def test_a_class_goes_before_a_row_that_covers_one_form_only() -> None:
    assert term(Substance("甲醛", 10.0, symbol="J5"))[0].critical_t == 500.0
    assert term(Substance("甲醛", 10.0))[0].critical_t == 5.0
    # but never before an unconditional row of table 1 (4.1.2 of the standard)
    assert term(Substance("苯", 10.0, symbol="W5.4"))[0].critical_t == 50.0


def test_several_classes_take_the_lowest_q_and_the_gravest_beta() -> None:
    added, _ = term(Substance("某混合物", 100.0, symbol="W5.3；J2"))
    assert (added.critical_t, added.beta) == (50.0, 1.0)
    assert term(Substance("某气体", 10.0, symbol="J3,W2"))[0].beta == 2.0


@pytest.mark.parametrize("symbol", [row.symbol for row in tables().classes])
def test_each_class_symbol_alone(symbol: str) -> None:
    row = next(row for row in tables().classes if row.symbol == symbol)
    added, _ = term(Substance("x", row.critical_t, symbol=symbol.lower()))
    assert (added.share, added.weighted) == (1.0, row.beta)


def test_overrides_count_and_are_named() -> None:
    added, _ = term(Substance("新物质", 8.0, critical_t=4.0, beta=3.0))
    assert (added.weighted, added.basis, added.tag) == (6.0, "override", "override")
    assert term(Substance("氨", 10.0, critical_t=5.0))[0].weighted == 4.0


@pytest.mark.parametrize(
    ("substance", "code", "says"),
    [
        (Substance("甲淳", 1.0), "unknown_substance", "甲醇"),
        (Substance("methanoll", 1.0), "unknown_substance", "methanol"),
        (Substance("未知物", 1.0), "unknown_substance", "class symbol"),
        (Substance("x", 1.0, symbol="W99"), "unknown_symbol", "W5.1"),
        (Substance("氨", -1.0), "bad_number", "design_t"),
        (Substance("氨", math.nan), "bad_number", "design_t"),
        (Substance("氨", 1.0, critical_t=0.0), "bad_number", "critical_t"),
        (Substance("新", 1.0, critical_t=3.0), "unknown_substance", "beta"),
    ],
)
def test_errors_name_the_substance_and_the_way_out(substance: Substance, code: str, says: str) -> None:
    with pytest.raises(InherentError) as caught:
        assess([substance], 0)
    assert caught.value.code == code
    assert substance.name in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.details["substance"] == substance.name


def test_negative_people_is_an_error() -> None:
    with pytest.raises(InherentError, match="-1"):
        alpha(-1)


def test_toxic_gases_are_known() -> None:
    assert assess([Substance("液氯", 1.0), Substance("甲醇", 1.0)], 0).toxic_gas_beta == 4.0
    assert assess([Substance("氯", 0.0)], 0).toxic_gas_beta == 0.0
    assert assess([Substance("自报", 1.0, critical_t=1.0, beta=5.0, toxic_gas=True)], 0).toxic_gas_beta == 5.0


@given(SUBSTANCES, st.integers(0, 500))
def test_r_and_s_are_the_formula(substances: list[Substance], people: int) -> None:
    result = assess(substances, people)
    assert result.s == pytest.approx(sum(t.q_t / t.critical_t for t in result.terms), rel=1e-12)
    assert result.r == pytest.approx(result.alpha * sum(t.weighted for t in result.terms), rel=1e-12)
    assert (result.grade is None) == (result.s < 1.0)


@given(SUBSTANCES, st.integers(0, 500), st.integers(0, 5), TONNES)
def test_more_of_anything_never_lowers_the_risk(substances: list[Substance], people: int, which: int, more: float) -> None:
    which %= len(substances)
    grown = [s._replace(design_t=s.design_t + more) if i == which else s for i, s in enumerate(substances)]
    order = [None, "IV", "III", "II", "I"]
    before, after = assess(substances, people), assess(grown, people)
    assert after.r >= before.r
    assert after.s >= before.s
    assert order.index(after.grade) >= order.index(before.grade)
    assert assess(substances, people + 1).r >= before.r


@given(SUBSTANCES, st.randoms())
def test_the_order_of_the_registry_moves_nothing(substances: list[Substance], random: Random) -> None:
    shuffled = list(substances)
    random.shuffle(shuffled)
    a, b = assess(substances, 40), assess(shuffled, 40)
    assert (a.r, a.s, a.grade) == (b.r, b.s, b.grade)


def test_ten_tenths_are_the_threshold() -> None:
    """Ten lots of a tenth of Q are 1 as the law counts, whatever binary fractions say."""
    assert assess([Substance("甲醇", 50.0)] * 10, 0).grade == "IV"
    assert assess([Substance("磷化氢", 0.1)] * 10, 0).grade == "III"  # R = 0.5 * 20 * 1 = 10, exactly


@pytest.mark.parametrize(("r", "grade"), [(0.0, "IV"), (math.nextafter(10, 0), "IV"), (10.0, "III"), (50.0, "II"), (100.0, "I")])
def test_boundaries_belong_to_the_graver_grade(r: float, grade: str) -> None:
    assert grade_of(r) == grade


def test_stock_share_is_between_0_and_1_and_missing_stock_counts_as_full() -> None:
    terms = assess([Substance("氯", 10.0), Substance("氨", 10.0)], 0).terms
    assert stock_share(terms, [0.0, 0.0]) == 0.0
    assert stock_share(terms, [None, None]) == 1.0
    assert stock_share(terms, [99.0, 99.0]) == 1.0
    assert stock_share(terms, [5.0, 10.0]) == pytest.approx((4.0 + 2.0) / (8.0 + 2.0))
    assert stock_share((), []) is None


def test_other_tables_have_their_own_hash_and_look_up() -> None:
    content = packaged("gb18218.json")
    content["table1"][0]["critical_t"] = 20.0
    other = tables_from(content)
    assert other.hash != tables().hash
    assert assess([Substance("氨", 10.0)], 0, other).s == 0.5
    assert assess([Substance("氨", 10.0)], 0).s == 1.0
