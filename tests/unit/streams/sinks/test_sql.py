"""Quoting: any text comes out as itself, and nothing that is no value gets into SQL."""

from datetime import date

import pytest

from streams.sinks.sql import bound, literal, named


def test_values() -> None:
    assert literal(date(2026, 3, 2)) == "'2026-03-02'"
    assert literal(0.1) == "0.1"
    assert literal([]) == "('')"
    assert literal("a'; DROP TABLE x --\\") == "'a\\'; DROP TABLE x --\\\\'"


def test_a_value_cannot_bring_a_place_of_its_own() -> None:
    assert bound("%(a)s %(b)s", {"a": "%(b)s {db}", "b": "x"}, "d") == "'%(b)s {db}' 'x'"


@pytest.mark.parametrize("params", [None, {}, {"b": 1}, {"a": 1, "b": 2}])
def test_places_and_parameters_must_agree(params: dict[str, int] | None) -> None:
    with pytest.raises(ValueError, match="parameters"):
        bound("SELECT %(a)s", params, "d")


@pytest.mark.parametrize("name", ["", "a b", "a;b", "1a", "a" * 70, "a`"])
def test_a_database_must_have_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        named(name)


def test_infinite_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        literal(float("inf"))
