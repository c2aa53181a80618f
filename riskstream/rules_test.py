"""`riskstream rules test`: the cases beside the rules, played through the engine itself."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from backfill.cases.case import Case
from backfill.cases.checking import Verdict
from backfill.cases.covering import covered
from backfill.cases.junit import junit_xml
from backfill.cases.mutating import survivors
from backfill.cases.reading import Refused
from backfill.cases.report import summary, verdict_lines
from backfill.cases.running import Suite, found, run_all, suite
from riskstream.console import language, user_error
from streams.domain.catalogue import Lang, text
from streams.engine.rules_load import RulesRefused

DEFAULT = Path("risk_rules")


def register(parts: Any) -> None:
    """Add `test` under the verb `rules`."""
    lang = language(None)
    part = parts.add_parser("test", help=text("cases.about", lang), description=text("cases.about", lang))
    part.add_argument("path", type=Path, nargs="*", help=text("cases.help.path", lang, default=DEFAULT))
    part.add_argument("--run", dest="regex", metavar="REGEX", default="", help=text("cases.help.run", lang))
    part.add_argument("--junit", type=Path, metavar="FILE", help=text("cases.help.junit", lang))
    part.add_argument("--rules", type=Path, default=DEFAULT, help=text("cases.help.rules", lang))
    part.add_argument("--verbose", "-v", action="store_true", help=text("cases.help.verbose", lang))
    part.add_argument("--compiled", action="store_true", help=text("cases.help.compiled", lang))
    part.add_argument("--coverage", action="store_true", help=text("cases.help.coverage", lang))
    part.add_argument("--mutate", action="store_true", help=text("cases.help.mutate", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_test)


def _test(args: argparse.Namespace) -> int:
    """Exit code 0: all pass, 1: some fail, 2: the files cannot be used."""
    lang = language(args.lang)
    made = _suite(args.path or [args.rules], args.rules, lang)
    if made is None:
        return 2
    if args.coverage:
        return _coverage(made, lang)
    if args.mutate:
        return _mutate(made, args.regex, lang)
    chosen = _chosen(made.cases, args.regex, lang)

    def show(verdict: Verdict) -> None:
        if args.verbose or not verdict.passed or verdict.case.pending:
            print("\n".join(verdict_lines(verdict, lang)), flush=True)

    verdicts = run_all(chosen, made, plain=not args.compiled, listen=show)
    print(summary(verdicts, lang))
    if args.junit is not None:
        args.junit.write_bytes(junit_xml(verdicts, lang))
    return 0 if all(v.passed for v in verdicts) else 1


def _coverage(made: Suite, lang: Lang) -> int:
    """Exit code 0: every stable rule has cases of each kind, and they are what they say."""
    lacks = covered(made).lacks(made.given.rules.rules)
    for lack in lacks:
        kind = text(f"cases.kind.{lack.kind}", lang)
        print(text(f"cases.lacks.{lack.code}", lang, rule=lack.rule, kind=kind, case=lack.case))
    stable = sum(rule.status == "stable" for rule in made.given.rules.rules)
    print(text("cases.coverage", lang, rules=stable, lacking=len({lack.rule for lack in lacks})))
    return 1 if lacks else 0


def _mutate(made: Suite, regex: str, lang: Lang) -> int:
    """Exit code 0: whatever is changed about a rule, one of its cases fails."""
    tried = alive = 0
    wanted = _regex(regex, lang)
    for rule, count, left in survivors(made, [r.id for r in made.given.rules.rules if wanted.search(r.id)]):
        tried, alive = tried + count, alive + len(left)
        for survivor in left:
            print(text("cases.survivor", lang, rule=rule, what=survivor.mutant.what, cases=survivor.cases), flush=True)
    print(text("cases.mutated", lang, tried=tried, alive=alive))
    return 1 if alive else 0


def _suite(paths: list[Path], rules: Path, lang: Lang) -> Suite | None:
    """The cases, or None when their problems were printed. Raises UserError."""
    try:
        files = found(paths)
        if not files:
            raise user_error("cases.no_files", lang)
        return suite(files, rules)
    except (Refused, RulesRefused) as refused:
        for problem in refused.problems:
            print(problem.line_of_text(lang), file=sys.stderr)
    except FileNotFoundError as missing:
        raise user_error("cases.no_path", lang, path=missing) from None
    except ValueError as error:
        print(error, file=sys.stderr)
    return None


def _chosen(cases: list[Case], regex: str, lang: Lang) -> list[Case]:
    wanted = _regex(regex, lang)
    chosen = [c for c in cases if any(wanted.search(word) for word in (c.id, *c.name, *c.rules))]
    if not chosen:
        raise user_error("cases.no_match", lang, regex=regex)
    return chosen


def _regex(regex: str, lang: Lang) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except re.error as error:
        raise user_error("cases.bad_regex", lang, why=error) from None
