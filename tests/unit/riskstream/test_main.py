"""The command line as a whole: help of every verb in both languages, errors that name the way out, exit codes."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskstream.console import coded_error, language, user_error
from riskstream.main import VERBS, main, parser
from streams.domain.catalogue import Lang

ROOT = Path(__file__).parents[3]
MUST_FAIL = 2


def parts(top: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every parser below `top` with the words that lead to it."""
    yield path, top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from parts(below, (*path, name))


def han(words: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_of_every_verb_speaks_the_readers_language(
    lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RISKSTREAM_LANG", lang)
    found = dict(parts(parser()))
    assert {path[0] for path in found if path} == set(VERBS)
    for path, part in found.items():
        with pytest.raises(SystemExit) as ended:
            main([*path, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        texts = [part.description or "", *(a.help or "" for a in part._actions if not isinstance(a, argparse._HelpAction))]
        own = [t for t in texts if t and t != argparse.SUPPRESS]
        assert own, f"{' '.join(path)}: says nothing"
        assert [t for t in own if han(t) != (lang == "zh") and len(t) > 12] == [], f"{' '.join(path)}: not in {lang}"
        assert said.startswith("usage: riskstream")


def test_every_verb_is_a_module_that_does_nothing_when_imported() -> None:
    for name in VERBS:
        assert callable(importlib.import_module(f"riskstream.{name}").register)


WRONG: list[tuple[list[str], dict[str, str]]] = [
    (["replay", "NOWHERE/x.jsonl"], {"en": "does not exist", "zh": "找不到"}),
    (["replay", "embedded:NOWHERE/log.db"], {"en": "does not exist", "zh": "找不到"}),
    (["replay", "BAD/x.txt"], {"en": ".jsonl", "zh": ".parquet"}),
    (["replay", "BAD/x.jsonl"], {"en": "x.jsonl:1", "zh": "x.jsonl:1"}),
    (["replay", "EMPTY"], {"en": "no recording in this folder", "zh": "没有可回放的文件"}),
    (["rules", "check", "NOWHERE"], {"en": "there is no folder", "zh": "找不到文件夹"}),
    (["rules", "publish", "RULES", "--to", "somewhere"], {"en": "kafka://", "zh": "kafka://"}),
    (["demo", "--seconds", "0"], {"en": "at least 1 second", "zh": "不小于 1 秒"}),
    (["demo", "--rules", "NOWHERE"], {"en": "there is no folder", "zh": "找不到文件夹"}),
    (["demo", "--data", "USED"], {"en": "riskstream replay", "zh": "riskstream replay"}),
]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    bad, used, empty = tmp_path / "bad", tmp_path / "used", tmp_path / "empty"
    for folder in (bad, used, empty):
        folder.mkdir()
    (bad / "x.txt").write_text("?")
    (bad / "x.jsonl").write_text("{}\n")
    (used / "log.db").write_text("")
    return {
        "NOWHERE": str(tmp_path / "nowhere"),
        "BAD": str(bad),
        "USED": str(used),
        "EMPTY": str(empty),
        "RULES": str(ROOT / "risk_rules"),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("argv", "words"), WRONG, ids=[" ".join(argv) for argv, _ in WRONG])
def test_what_the_person_can_mend_is_said_with_the_way_out(
    argv: list[str], words: dict[str, str], lang: str, places: dict[str, str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(ROOT)
    given = []
    for word in argv:
        for name, path in places.items():
            word = word.replace(name, path)
        given.append(word)
    assert main([*given, "--lang", lang]) == MUST_FAIL
    told = capsys.readouterr()
    assert words[lang] in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", {"--log": "expected kafka://", "--sink": "expected clickhouse://", "RISKSTREAM_ROLE": "expected steps"}),
        ("zh", {"--log": "应为 kafka://", "--sink": "应为 clickhouse://", "RISKSTREAM_ROLE": "应为 steps"}),
    ],
)
def test_a_worker_with_wrong_settings_says_which(
    lang: str, words: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKSTREAM_LANG", lang)
    for name, expected in words.items():
        given = ["--log", f"embedded:{tmp_path / 'log.db'}"]
        if name.startswith("--"):
            given += [name, "nonsense"]
        else:
            monkeypatch.setenv(name, "nonsense")
        assert main(["worker", *given]) == MUST_FAIL
        assert expected in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["no-such-verb"], ["replay"], ["rules"], ["demo", "--seconds", "soon"]])
def test_what_cannot_be_parsed_is_exit_code_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == MUST_FAIL
    assert "usage: riskstream" in capsys.readouterr().err


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 141)])
def test_an_interrupt_and_a_closed_pipe_have_their_codes(
    raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(_: argparse.Namespace) -> int:
        raise raised

    monkeypatch.setattr("riskstream.rules._check", ended)
    assert main(["rules", "check"]) == code


@pytest.mark.parametrize(("env", "lang"), [
    ({}, "zh"), ({"LANG": "C.UTF-8"}, "zh"), ({"LANG": "en_US.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB"}, "en"),
    ({"LANG": "en_US.UTF-8", "RISKSTREAM_LANG": "zh"}, "zh"),
])  # fmt: skip
def test_the_locale_decides_the_language_and_chinese_where_it_says_nothing(
    env: dict[str, str], lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RISKSTREAM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert language(None) == lang
    assert language("en") == "en"


class _Odd(ValueError):
    code = "no-such-code"
    details: dict[str, object] = {}  # noqa: RUF012


def test_an_error_that_the_catalogue_does_not_know_is_still_said() -> None:
    assert str(coded_error(_Odd("line 3 is odd"), "input", "zh")) == "line 3 is odd"
    assert "at least 1 second" in str(user_error("demo.bad_seconds", "en", seconds=0))
