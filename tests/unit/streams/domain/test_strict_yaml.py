"""The YAML reader: what is on the screen is what is read, or it is refused with its line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain.strict_yaml import Limits, YamlRefused, load


def problems_of(text: str, **limits: int) -> list[tuple[int, str]]:
    with pytest.raises(YamlRefused) as refused:
        load(text, "x.yaml", Limits(**limits))
    for lang in ("zh", "en"):
        assert all(p.line_of_text(lang) for p in refused.value.problems)
    return [(p.line, p.id) for p in refused.value.problems]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("y", "y"), ("n", "n"), ("yes!", "yes!"), ("'NO'", "NO"), ("nO", "nO"),
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
        ("-.5", -0.5), ("5.", 5.0), ("+7", 7), ("0", 0), ("0.50", 0.5), ("-0", 0),
        ("'12:30:45'", "12:30:45"), ('"2024-01-31"', "2024-01-31"), ("'1_000'", "1_000"), ("1:75", "1:75"), ("1.2.3", "1.2.3"),
        ("T-101", "T-101"), ("7782-50-5", "7782-50-5"), ("13800001111", 13800001111), ("'0210'", "0210"),
        ('"1e3"', "1e3"), ("'yes'", "yes"), ("''", ""),
        ("0x", "0x"), ("-", [None]), ("<<x", "<<x"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(word: str, value: object) -> None:
    loaded = load(word, "x.yaml").value
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", [(3, "yaml/duplicate-key")]),
        ("a:\n  b: 1\n  'b': 2", [(3, "yaml/duplicate-key")]),
        ("a: &x 1\nb: *x", [(1, "yaml/anchor"), (2, "yaml/alias")]),
        ("a: {x: 1}\nb:\n  <<: {y: 1}", [(3, "yaml/merge-key")]),
        ("a: !!python/object/apply:os.system [ls]", [(1, "yaml/tag")]),
        ("a: !!str 1", [(1, "yaml/tag")]),
        ("a: 010", [(1, "yaml/leading-zero")]),
        ("a: -007.5", [(1, "yaml/leading-zero")]),
        ("a: 0o17\nb: 0x1F", [(1, "yaml/other-base"), (2, "yaml/other-base")]),
        ("a: yes\nb: Off\nc: [NO]", [(n, "yaml/yes-no") for n in (1, 2, 3)]),
        ("on: 1", [(1, "yaml/yes-no")]),
        ("a: 1:30\nb: 12:30:45", [(1, "yaml/sexagesimal"), (2, "yaml/sexagesimal")]),
        ("a: 2024-01-31\nb: 2024-01-31 08:00:00", [(1, "yaml/date"), (2, "yaml/date")]),
        ("a: 1_000\nb: 8_5", [(1, "yaml/underscores"), (2, "yaml/underscores")]),
        ("a: 1e3\nb: 1E-3", [(1, "yaml/exponent"), (2, "yaml/exponent")]),
        ("a:\n\tb: 1", [(2, "yaml/tab")]),
        ("a: .inf\nb: -.INF\nc: .nan\nd: .NaN", [(n, "yaml/not-finite") for n in (1, 2, 3, 4)]),
        ("a: 34020000001320000001", [(1, "yaml/too-many-digits")]),
        ("1: a", [(1, "yaml/key-not-text")]),
        ("null: a\ntrue: b", [(1, "yaml/key-not-text"), (2, "yaml/key-not-text")]),
        ("010: a", [(1, "yaml/leading-zero")]),
        ("? [a, b]\n: c", [(1, "yaml/key-not-text")]),
        ("a: 1\n---\nb: 1", [(2, "yaml/documents")]),
        ("%YAML 1.1\n---\na: 1", [(1, "yaml/directive")]),
        ("a: [1, 2", [(1, "yaml/syntax")]),
        ("a: b: c", [(1, "yaml/syntax")]),
        ("a: 1\nb: \x07", [(2, "yaml/unprintable")]),
        ("a: \ud800", [(1, "yaml/unprintable")]),
    ],
)  # fmt: skip
def test_what_reads_otherwise_than_it_looks_is_refused_with_its_line(text: str, expected: list[tuple[int, str]]) -> None:
    found = problems_of(text)
    if expected[0][1] == "yaml/syntax":  # parsers differ in where they notice
        assert [code for _, code in found] == ["yaml/syntax"]
    else:
        assert found == expected


def test_bounds_stop_reading() -> None:
    assert problems_of("a: " + "x" * 100, characters=50) == [(0, "yaml/too-large")]
    assert problems_of("[" * 5 + "]" * 5, depth=3) == [(1, "yaml/too-deep")]
    assert problems_of("[1,2,3,4,5]", values=4) == [(1, "yaml/too-many")]
    assert problems_of("[" * 1_000_000) == [(1, "yaml/too-deep")]


def test_positions_are_those_of_keys_and_items() -> None:
    node = load("# head\na:\n  - x: 1\n    y:\n      z: 2\n  - q\nb: 3\n", "x.yaml")
    assert node.value == {"a": [{"x": 1, "y": {"z": 2}}, "q"], "b": 3}
    assert node.line_of(("a",)) == 2
    assert node.position_of(("a", 0)) == (3, 5)
    assert node.line_of(("a", 0, "y", "z")) == 5
    assert node.line_of(("a", 1)) == 6
    assert node.line_of(("b",)) == 7
    assert node.line_of(("a", 0, "missing", "deeper")) == 3
    problem = node.problem(("b",), "t/x", "yaml.too_deep", limit=1)
    assert problem.line_of_text("en") == "x.yaml:7:1: error t/x: nested more than 1 levels deep"


def test_a_duplicate_key_keeps_reading_for_further_problems() -> None:
    assert problems_of("a: 1\na: {b: &x 2}\nc: 007") == [(2, "yaml/duplicate-key"), (2, "yaml/anchor"), (3, "yaml/leading-zero")]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value, problems = load(text, "x.yaml").value, []
    except YamlRefused as refused:
        value, problems = None, refused.problems
    assert problems or value is None or isinstance(value, str | int | float | list | dict)


_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcyn0", min_size=1, max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(_plain)
def test_json_is_yaml_that_reads_as_itself(value: object) -> None:
    assert load(json.dumps(value, ensure_ascii=False), "x.yaml").value == value
