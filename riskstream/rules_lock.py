"""`riskstream rules lock`: write down version and content of every rule, so that none changes its meaning unsaid."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from backfill.rules_lock import NAME, Lock, differences, locked, read_lock, text_of
from riskstream.console import language, user_error
from streams.domain.catalogue import Lang, text
from streams.domain.problems import Problem, in_order
from streams.domain.rule_files import read_rule_files
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


def held(folder: Path, rules: RuleSet) -> list[Problem]:
    """What differs from the lock of `folder`; nothing where there is no lock."""
    path = folder / NAME
    if not path.is_file():
        return []
    lock, problems = read_lock(path.read_text(encoding="utf-8"))
    return in_order(problems or differences(rules, lock))


def said(problems: list[Problem], lang: Lang) -> None:
    for problem in problems:
        print(problem.line_of_text(lang), file=sys.stderr)


def _lock(args: argparse.Namespace) -> int:
    """Exit code 0: written, 1: problems, 2: the path cannot be read."""
    lang = language(args.lang)
    if not args.path.is_dir():
        raise user_error("rules.no_path", lang, path=args.path)
    try:
        rules = load_rules(read_rule_files(args.path))
    except RulesRefused as refused:
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
    if hindering:
        said(in_order(hindering), lang)
        return 1
    path.write_text(text_of(now), encoding="utf-8")
    print(text("rules.locked", lang, rules=len(rules), path=path))
    return 0
