"""Reading expressions: what is read is what is shown, bounds hold, and nothing but a refusal with its column comes out of any text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain.catalogue import text
from streams.engine.rulelang.parse import MAX_DEPTH, MAX_NODES, ExpressionRefused, parse
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tokens import MAX_CHARACTERS
from streams.engine.rulelang.tree import All, Any, Arith, Compare, Name, Node, Not, Num, count, depth, walk
from tests.unit.streams.engine.rulelang.trees import trees

A, B, C = Name("a"), Name("b"), Name("c")


def refused(source: str) -> ExpressionRefused:
    with pytest.raises(ExpressionRefused) as found:
        parse(source)
    for lang in ("zh", "en"):
        assert found.value.message(lang)
        if found.value.hint_key:
            assert text(found.value.hint_key, lang, **found.value.args_of)
    return found.value


@given(trees)
def test_what_is_shown_reads_back_as_the_same_tree(tree: Node) -> None:
    source = show(tree)
    if len(source) <= MAX_CHARACTERS:
        assert parse(source) == tree
        assert show(parse(source)) == source


@pytest.mark.parametrize(("source", "tree"), [
    ("a or b and not c", Any((A, All((B, Not(C)))))),
    ("a and (b and c)", All((A, B, C))),
    ("not a > b", Not(Compare(">", A, B))),
    ("a - b - c > 1", Compare(">", Arith("-", Arith("-", A, B), C), Num(1.0))),
    ("a * (b + c) <= 25%LEL", Compare("<=", Arith("*", A, Arith("+", B, C)), Num(25.0, "%LEL"))),
    ("a >= 13.8 m/s and b < 2 mg/m3", All((Compare(">=", A, Num(13.8, "m/s")), Compare("<", B, Num(2.0, "mg/m3"))))),
])  # fmt: skip
def test_precedence_and_units(source: str, tree: Node) -> None:
    assert parse(source) == tree


@pytest.mark.parametrize(("source", "column", "what"), [
    ("", 0, "empty"), ("   ", 0, "empty"), ("a >", 3, "ends"), ("a b", 2, "unexpected"), ("a > > b", 4, "unexpected"),
    ("(a", 0, "not_closed"), ("rise(10m", 4, "not_closed"), ("a)", 1, "unexpected"), ("a < b < c", 2, "chained"),
    ("1e3 > a", 0, "number"), ("010 > a", 0, "number"), ("0x1F > a", 0, "number"), (".5 > a", 0, "number"),
    ("1_000 > a", 0, "number"), ("5. > a", 0, "number"), ("1.2.3 > a", 0, "number"), ("9999999999999999 > a", 0, "number"),
    ("value ≥ 5", 6, "character"), ("value == '5'", 9, "character"), ("Value > 5", 0, "upper_case"), ("a = b", 2, "character"),
    ("a && b", 2, "character"), ("a.b(3)", 0, "dotted_call"), ("__import__('os')", 11, "character"), ("a; b", 1, "character"),
    ("value \uff1e 5", 6, "character"), ("first\uff08a\uff0cb\uff09", 5, "character"), ("a\x00", 1, "character"),
    ("lambda: 0", 6, "character"), ("[a]", 0, "character"),
])  # fmt: skip
def test_a_mistake_is_said_at_its_column(source: str, column: int, what: str) -> None:
    error = refused(source)
    assert (error.column, error.what) == (column, what)


def test_a_number_of_another_base_or_an_exponent_names_the_way_out() -> None:
    assert refused("1e3 > a").hint == "plain_number"
    assert refused("value ≥ 5").args_of["write"] == ">="
    assert refused("value \uff1e 5").args_of["write"] == ">"


def test_bounds() -> None:
    assert count(parse(" and ".join(["a"] * (MAX_NODES - 1)))) == MAX_NODES
    assert refused(" and ".join(["a"] * MAX_NODES)).what == "too_many"
    assert depth(parse("not " * (MAX_DEPTH - 1) + "a")) == MAX_DEPTH
    assert refused("not " * MAX_DEPTH + "a").what == "too_deep"
    assert refused("(" * 1000 + ")").what == "too_deep"
    assert refused("-" * 1000 + "a").what == "too_deep"
    assert refused("a" * (MAX_CHARACTERS + 1)).what == "too_long"
    assert parse("a" * MAX_CHARACTERS) == Name("a" * MAX_CHARACTERS)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(source: str) -> None:
    with contextlib.suppress(ExpressionRefused):
        tree = parse(source)
        assert parse(show(tree)) == tree


@given(st.lists(st.sampled_from(["a", "value", "(", ")", "and", "or", "not", "<", ">=", "-", "*", "10m", "5", "%LEL", ",", "rise", "."]),
                max_size=60).map(" ".join))  # fmt: skip
def test_any_row_of_words_is_read_or_refused(source: str) -> None:
    with contextlib.suppress(ExpressionRefused):
        tree = parse(source)
        assert count(tree) <= MAX_NODES
        assert depth(tree) <= MAX_DEPTH
        assert all(0 <= node.at < len(source) for node in walk(tree))
        assert parse(show(tree)) == tree


def test_columns_are_those_of_the_text() -> None:
    source = "value >= 0.9 * limit.h and rise(10m) > 5 kPa"
    for node in walk(parse(source)):
        if isinstance(node, Name):
            assert source[node.at :].startswith(node.path)
        if isinstance(node, Num):
            assert source[node.at :].startswith(show(node).split()[0])
