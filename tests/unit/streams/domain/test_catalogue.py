"""The catalogue is complete: both languages with the same placeholders, every key in use is there, every code has its words."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args, get_type_hints

import pytest

from streams.domain import outputs
from streams.domain.catalogue import TextMissing, catalogue, text
from streams.domain.scale import Level
from streams.engine.evidence import KIND_OF
from streams.engine.rules import Evidence

ROOT = Path(__file__).parents[4]
PACKAGES = ("streams", "riskstream", "backfill", "reports", "models")


class Use(NamedTuple):
    """A call whose first argument is a literal: name of the function, the literal, where."""

    function: str
    words: str
    where: str
    pattern: bool  # an f-string: only its literal beginning is known


def uses() -> Iterator[Use]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                at = f"{path.relative_to(ROOT)}:{node.lineno}"
                for place, argument in enumerate(node.args):
                    for value in _branches(argument):
                        if isinstance(value, ast.Constant) and isinstance(value.value, str):
                            yield Use(f"{name}/{place}", value.value, at, False)
                        elif isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
                            yield Use(f"{name}/{place}", str(value.values[0].value), at, True)


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    """`a if x else b` is both."""
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


USES = list(uses())


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def test_every_text_has_both_languages_with_the_same_placeholders() -> None:
    for key, (zh, en) in catalogue().items():
        assert zh.strip(), key
        assert en.strip(), key
        assert placeholders(zh) == placeholders(en), key


def test_placeholders_are_names_so_that_order_may_differ() -> None:
    assert [k for k, pair in catalogue().items() if any(not name.isidentifier() for name in placeholders(pair[0]))] == []


def test_english_is_english() -> None:
    assert [k for k, (_, en) in catalogue().items() if any("\u4e00" <= c <= "\u9fff" for c in en)] == []


def missing(functions: set[str], prefix: str = "") -> list[str]:
    return [
        f"{u.where}: {prefix}{u.words}"
        for u in USES
        if u.function in functions and not u.pattern and prefix + u.words not in catalogue()
    ]


def test_every_key_that_code_names_is_in_the_catalogue() -> None:
    named = {"text/0", "user_error/0", "BadSettings/0"}
    assert sum(u.function in named for u in USES) > 150, "they are found"
    assert missing(named) == []
    started = [u for u in USES if u.function in named and u.pattern]
    assert [u for u in started if not any(key.startswith(u.words) for key in catalogue())] == []


def test_every_finding_of_the_engine_has_its_words() -> None:
    found = {".finding/0", "_tell/1", "._refused/0", "._pending/0"}
    assert len({u.words for u in USES if u.function in found}) > 12, "they are found"
    assert missing(found, "finding.") == []


def test_every_reason_of_a_dead_letter_has_its_words() -> None:
    found = {".refuse/4", "Unusable/1", "Bad/0"}
    assert len({u.words for u in USES if u.function in found}) > 12, "they are found"
    assert missing(found, "reject.") == []
    whole = {u.words for u in USES if u.function == "Rejected/2"} | {"reject.engine_failed", "reject.unreadable"}
    assert [key for key in whole if not key.startswith("reject.")] == [], "a reason is the whole key"
    assert [key for key in whole - {"reject."} if key not in catalogue()] == []


@pytest.mark.parametrize(("area", "function"), [("input", "InputError/0"), ("dataset", "DatasetError/0")])
def test_every_error_of_a_reader_has_its_words(area: str, function: str) -> None:
    assert any(u.function == function for u in USES)
    assert missing({function}, f"{area}.") == []


def test_every_kind_and_level_that_can_be_said_has_its_words() -> None:
    kinds = get_args(get_type_hints(outputs.Warning)["kind"])
    alarms = get_args(get_type_hints(outputs.PointAlarm)["kind"])
    assert "raise" in kinds
    assert "alarm_on" in alarms
    keys = [*(f"kind.{k}" for k in kinds), *(f"alarm.{k}" for k in alarms), *(f"level.{level.code}" for level in Level)]
    assert [k for k in keys if k not in catalogue()] == []


def test_every_cause_that_evidence_can_open_has_its_words() -> None:
    """Kinds of causes are the first argument of Condition, or follow from the evidence of a rule."""
    kinds = {u.words for u in USES if u.function in ("Condition/0", "_joined/0") and not u.pattern}
    kinds |= {KIND_OF[evidence] for evidence in get_args(Evidence)}
    assert len(kinds) > 10
    assert [k for k in sorted(kinds) if f"cause.{k}" not in catalogue()] == []


def test_a_key_that_nobody_wrote_is_an_error_and_no_empty_text() -> None:
    with pytest.raises(TextMissing):
        text("no.such.key")
