"""`riskstream rules coverage`: the coverage table of the rules, written, checked, or why it cannot be."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from backfill.configuration import configuration
from backfill.coverage import Coverage, Plan, covered, shapes
from backfill.coverage_document import document
from riskstream.console import language, user_error
from streams.domain.catalogue import Lang, text
from streams.domain.strict_yaml import YamlRefused, load
from streams.engine.rules import RuleSet
from streams.engine.rules_load import RulesRefused

RULES, PLAN, DOCUMENT = Path("risk_rules"), "coverage.yaml", Path("docs/coverage.md")


def register(parts: Any) -> None:
    """Add `coverage` under the verb `rules`."""
    lang = language(None)
    part = parts.add_parser("coverage", help=text("coverage.about", lang), description=text("coverage.about", lang))
    part.add_argument("path", type=Path, nargs="?", default=RULES, help=text("rules.help.path", lang))
    part.add_argument("--out", type=Path, default=DOCUMENT, help=text("coverage.help.out", lang, default=DOCUMENT))
    part.add_argument("--check", action="store_true", help=text("coverage.help.check", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_run)


def plan_of(folder: Path) -> Plan:
    """The cells and reasons that the folder's `coverage.yaml` gives. Raises OSError, YamlRefused, msgspec.ValidationError."""
    path = folder / PLAN
    return msgspec.convert(load(path.read_text(encoding="utf-8"), str(path)).value, Plan)


def table(folder: Path) -> tuple[RuleSet, Coverage, Plan]:
    """Everything that the document is made of. Raises as `plan_of`, and RulesRefused."""
    rules, plan = configuration(folder).rules, plan_of(folder)
    return rules, covered(rules.rules, plan), plan


def _run(args: argparse.Namespace) -> int:
    """Exit code 0: written, or current and complete; 1: an empty cell without reason, an idle reason, or out of date; 2: unreadable."""
    lang = language(args.lang)
    try:
        rules, found, plan = table(args.path)
    except OSError:
        raise user_error("rules.no_path", lang, path=args.path) from None
    except (RulesRefused, YamlRefused) as refused:
        print("\n".join(p.line_of_text(lang) for p in refused.problems), file=sys.stderr)
        return 2
    except msgspec.ValidationError as error:
        raise user_error("coverage.plan", lang, path=args.path / PLAN, why=error) from None
    complete = _problems(found, lang)
    wanted = document(rules.rules, found, plan)
    if args.check:
        current = args.out.is_file() and args.out.read_text(encoding="utf-8") == wanted
        if not current:
            print(text("coverage.stale", lang, path=args.out), file=sys.stderr)
        return 0 if current and complete else 1
    args.out.write_text(wanted, encoding="utf-8")
    print(
        text("coverage.written", lang, path=args.out, cells=len(found.cells), shapes=len(shapes(rules.rules)), rules=len(rules))
    )
    return 0 if complete else 1


def _problems(found: Coverage, lang: Lang) -> bool:
    """Say what is missing; True when nothing is."""
    for cell in found.unexplained:
        print(text("coverage.empty", lang, **cell._asdict()), file=sys.stderr)
    for reason in found.idle_reasons:
        print(text("coverage.idle", lang, why=getattr(reason.why, lang)), file=sys.stderr)
    return not found.unexplained and not found.idle_reasons
