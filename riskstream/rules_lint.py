"""`riskstream rules lint`: mistakes that can be read off the rules, before anything is judged by them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from backfill.lint.document import document
from backfill.lint.running import lint
from riskstream.console import language, user_error
from streams.domain.catalogue import text
from streams.domain.problems import Problem

DEFAULT = Path("risk_rules")
CLEAN, ERRORS, WARNINGS = 0, 1, 3  # exit codes; 3 for what is only doubtful, as other linters of rules have it


def register(parts: Any) -> None:
    """Add `lint` under the verb `rules`."""
    lang = language(None)
    part = parts.add_parser("lint", help=text("lint.about", lang), description=text("lint.about", lang))
    part.add_argument("path", type=Path, nargs="?", default=DEFAULT, help=text("lint.help.path", lang))
    part.add_argument("--rules", type=Path, default=DEFAULT, help=text("lint.help.rules", lang))
    part.add_argument("--topics", type=Path, help=text("lint.help.topics", lang))
    part.add_argument("--json", action="store_true", help=text("lint.help.json", lang))
    part.add_argument("--fatal-warnings", action="store_true", help=text("lint.help.fatal", lang))
    part.add_argument("--document", type=Path, metavar="FILE", help=text("lint.help.document", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_lint)


def exit_code(problems: list[Problem], fatal_warnings: bool = False) -> int:
    """0: nothing, or hints only; 1: errors; 3: warnings."""
    found = Counter(p.severity for p in problems)
    if found["error"] or (fatal_warnings and found["warning"]):
        return ERRORS
    return WARNINGS if found["warning"] else CLEAN


def _lint(args: argparse.Namespace) -> int:
    """Exit code 2: the path or what stands around it cannot be read."""
    lang = language(args.lang)
    if args.document is not None:
        args.document.write_text(document(), encoding="utf-8")
        print(args.document)
        return CLEAN
    if not args.path.exists():
        raise user_error("rules.no_path", lang, path=args.path)
    try:
        problems = lint(args.path, args.rules, args.topics)
    except (ValueError, OSError) as error:
        raise user_error("lint.bad_settings", lang, why=error) from None
    found = Counter(p.severity for p in problems)
    if args.json:
        counts = {"errors": found["error"], "warnings": found["warning"], "infos": found["info"]}
        print(json.dumps({**counts, "problems": [p.as_json(lang) for p in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem.line_of_text(lang))
        print(text("lint.summary", lang, errors=found["error"], warnings=found["warning"], infos=found["info"]))
    return exit_code(problems, args.fatal_warnings)
