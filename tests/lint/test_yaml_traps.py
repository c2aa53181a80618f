"""What YAML reads otherwise than it looks is refused in every kind of file that people write, with line, reason and way out in zh and en."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backfill.cases.reading import Ground, Refused, read_cases
from backfill.rules_lock import read_lock
from streams.decode.registry_files import check_files
from streams.domain.problems import Problem
from streams.domain.topics import TopicsRefused
from streams.domain.topics import load as load_topics
from streams.engine.episodes.ladder_load import LaddersRefused, load_ladders
from streams.engine.parameters_load import ParametersRefused, load_parameters
from streams.engine.rules_load import RulesRefused, load_rules

ROOT = Path(__file__).parents[2]
RULES = ROOT / "risk_rules"


def of_rules(text: str) -> list[Problem]:
    with pytest.raises(RulesRefused) as refused:
        load_rules({"common/x.yaml": text})
    return refused.value.problems


def of_cases(text: str) -> list[Problem]:
    with pytest.raises(Refused) as refused:
        read_cases({"x.cases.yaml": text}, Ground({}, {}))
    return refused.value.problems


def of_ladders(text: str) -> list[Problem]:
    with pytest.raises(LaddersRefused) as refused:
        load_ladders({"ladders/x.yaml": text})
    return refused.value.problems


def of_parameters(text: str) -> list[Problem]:
    with pytest.raises(ParametersRefused) as refused:
        load_parameters({"parameters/holds.yaml": text})
    return refused.value.problems


def of_registry(text: str) -> list[Problem]:
    checked = check_files({"x.yaml": text})
    assert checked.registry is None
    return list(checked.problems)


def of_topics(text: str) -> list[Problem]:
    with pytest.raises(TopicsRefused) as refused:
        load_topics(text)
    return refused.value.problems


def of_lock(text: str) -> list[Problem]:
    lock, problems = read_lock(text)
    assert lock == {}
    return problems


# kind of file: its reader, a good file, and a line of it with a number
FILES: dict[str, tuple[Callable[[str], list[Problem]], str, str]] = {
    "rules": (of_rules, (RULES / "common" / "gas.yaml").read_text(), "    on_delay_s: 5\n"),
    "cases": (of_cases, "schema: 1\ncases:\n  - name: a\n    kind: silent\n    day: 5\n", "    day: 5\n"),
    "ladders": (of_ladders, (RULES / "ladders" / "steel.yaml").read_text(), "repeat_raises: {value: 3, tag: proposal}\n"),
    "parameters": (of_parameters, (RULES / "parameters" / "holds.yaml").read_text(), "periods: "),
    "registry": (
        of_registry,
        "enterprises:\n  - code: E1\n    sources:\n      - code: S1\n        people: 5\n",
        "        people: 5\n",
    ),
    "topics": (of_topics, (ROOT / "topics.yaml").read_text(), "partitions: 8\n"),
    "lock": (of_lock, "schema: 1\nrules:\n  x: {version: 1}\n", "schema: 1\n"),
}
# what is written in place of the number -> the problem
TRAPS = {
    "octal": ("017", "yaml/leading-zero"),
    "octal, newer": ("0o17", "yaml/other-base"),
    "hexadecimal": ("0x1F", "yaml/other-base"),
    "sexagesimal": ("1:30", "yaml/sexagesimal"),
    "exponent": ("1e3", "yaml/exponent"),
    "underscores": ("1_000", "yaml/underscores"),
    "yes": ("yes", "yaml/yes-no"),
    "off": ("OFF", "yaml/yes-no"),
    "date": ("2026-01-31", "yaml/date"),
    "not a number": (".nan", "yaml/not-finite"),
    "infinite": ("-.inf", "yaml/not-finite"),
    "anchor": ("&five 5", "yaml/anchor"),
    "alias": ("*five", "yaml/alias"),
    "tag": ("!!int 5", "yaml/tag"),
    "merge": ("{<<: {a: 1}}", "yaml/merge-key"),
}


def key_of(line: str) -> tuple[str, str]:
    """The beginning of the line up to its number, and its key."""
    head, _, _ = line.partition(":")
    return f"{head}: ", head.strip()


def planted(kind: str, word: str) -> tuple[str, int]:
    """The file with `word` in place of the number, and its line."""
    _, good, line = FILES[kind]
    start = good.index(line)
    end = good.index("\n", start)
    return good[:start] + key_of(line)[0] + word + good[end:], good.count("\n", 0, start) + 1


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_in_every_kind_of_file(trap: str, kind: str) -> None:
    word, problem = TRAPS[trap]
    text, line = planted(kind, word)
    said = [p for p in FILES[kind][0](text) if p.id == problem]
    assert [p.line for p in said] == [line]
    for lang in ("zh", "en"):
        assert said[0].message(lang)
    if problem not in ("yaml/not-finite", "yaml/tag"):
        assert said[0].hint("zh") != said[0].hint("en")


@pytest.mark.parametrize("kind", FILES)
def test_a_key_given_twice_is_refused_in_every_kind_of_file(kind: str) -> None:
    read, good, line = FILES[kind]
    start = good.index(line)
    end = good.index("\n", start) + 1
    whole = good[start:end]
    said = read(good[:end] + whole + good[end:])
    assert [(p.id, p.line) for p in said if p.id.startswith("yaml/")] == [("yaml/duplicate-key", good.count("\n", 0, start) + 2)]


@pytest.mark.parametrize("kind", FILES)
def test_a_tab_is_refused_in_every_kind_of_file(kind: str) -> None:
    read, good, line = FILES[kind]
    start = good.index(line)
    said = read(good[:start] + "\t" + good[start:].lstrip(" "))
    assert [(p.id, p.line) for p in said if p.id.startswith("yaml/")] == [("yaml/tab", good.count("\n", 0, start) + 1)]
