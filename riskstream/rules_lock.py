"""`riskstream rules lock`: write down version and content of every rule, so that none changes its meaning unsaid."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backfill import parameters_lock
from backfill.configuration import parameter_files_of
from backfill.rules_lock import NAME, Lock, differences, locked, read_lock, text_of
from riskstream.console import language, user_error
from streams.domain.catalogue import Lang, text
from streams.domain.problems import Problem, in_order
from streams.domain.rule_files import read_rule_files
from streams.engine.parameters_load import ParametersRefused, load_parameters
from streams.engine.rules import RuleSet
from streams.engine.rules_load import RulesRefused, load_rules


def register(parts: Any) -> None:
    lang = language(None)
    part = parts.add_parser("lock", help=text("rules.about.lock", lang))
    part.add_argument("path", type=Path, nargs="?", default=Path("risk_rules"), help=text("rules.help.path", lang))
    part.add_argument("--removed", action="store_true", help=text("rules.help.removed", lang))
    part.add_argument("--unreleased", action="store_true", help=text("rules.help.unreleased", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_lock)


def held(folder: Path, rules: RuleSet, parameter_files: Mapping[str, str]) -> list[Problem]:
    """What differs from the locks of `folder`; nothing where there is no lock."""
    found: list[Problem] = []
    path, numbers = folder / NAME, folder / parameters_lock.NAME
    if path.is_file():
        lock, problems = read_lock(path.read_text(encoding="utf-8"))
        found += problems or differences(rules, lock)
    if numbers.is_file():
        lock, problems = parameters_lock.read(numbers.read_text(encoding="utf-8"))
        found += problems or parameters_lock.differences(parameters_lock.found_in(parameter_files), lock)
    return in_order(found)


def said(problems: list[Problem], lang: Lang) -> None:
    for problem in problems:
        print(problem.line_of_text(lang), file=sys.stderr)


def _lock(args: argparse.Namespace) -> int:
    """Exit code 0: written, 1: problems, 2: the path cannot be read."""
    lang = language(args.lang)
    if not args.path.is_dir():
        raise user_error("rules.no_path", lang, path=args.path)
    try:
        files = read_rule_files(args.path)
        rules, numbers = load_rules(files), parameter_files_of(files)
        load_parameters(numbers)
    except (RulesRefused, ParametersRefused) as refused:
        said(refused.problems, lang)
        return 1
    path = args.path / NAME
    before: Lock = {}
    if path.is_file():
        before, problems = read_lock(path.read_text(encoding="utf-8"))
        if problems:
            said(problems, lang)
            return 1
    now, hindering = locked(rules, before, args.removed, args.unreleased)
    known, wrong = _known_numbers(args.path)
    locked_numbers, more = parameters_lock.locked(parameters_lock.found_in(numbers), known, args.removed, args.unreleased)
    hindering += wrong or more
    if hindering:
        said(in_order(hindering), lang)
        return 1
    path.write_text(text_of(now), encoding="utf-8")
    (args.path / parameters_lock.NAME).write_text(parameters_lock.text_of(locked_numbers), encoding="utf-8")
    print(text("rules.locked", lang, rules=len(rules), path=path))
    return 0


def _known_numbers(folder: Path) -> tuple[Lock, list[Problem]]:
    path = folder / parameters_lock.NAME
    return parameters_lock.read(path.read_text(encoding="utf-8")) if path.is_file() else ({}, [])
