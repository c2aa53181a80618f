"""`riskstream rules check|publish`: the rule files before they act, and on their way into the log."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from backfill.configuration import Configuration, configuration, configuration_records
from riskstream import rules_coverage, rules_lint, rules_lock, rules_reference, rules_schema, rules_show, rules_test, rules_watch
from riskstream.console import language, user_error
from riskstream.targets import open_records
from streams.domain.catalogue import Lang, text
from streams.engine.parameters_load import ParametersRefused
from streams.engine.rules_load import RulesRefused

DEFAULT = Path("risk_rules")


def register(verbs: Any) -> None:
    lang = language(None)
    verb = verbs.add_parser("rules", help=text("rules.about", lang), description=text("rules.about", lang))
    parts = verb.add_subparsers(dest="part", required=True, metavar="PART")
    rules_coverage.register(parts)
    rules_lint.register(parts)
    rules_lock.register(parts)
    rules_reference.register(parts)
    rules_schema.register(parts)
    rules_show.register(parts)
    rules_test.register(parts)
    rules_watch.register(parts)
    for name, run in (("check", _check), ("publish", _publish)):
        part = parts.add_parser(name, help=text(f"rules.about.{name}", lang))
        part.add_argument("path", type=Path, nargs="?", default=DEFAULT, help=text("rules.help.path", lang))
        part.add_argument("--lang", choices=("zh", "en"))
        part.set_defaults(run=run)
        if name == "publish":
            part.add_argument("--to", required=True, help=text("registry.help.to", lang))
            part.add_argument("--approved-by", default="", help=text("rules.help.approved_by", lang))


def checked(path: Path, lang: Lang) -> Configuration | None:
    """The configuration under `path`, or None when its problems were printed. Raises UserError when it cannot be read."""
    if not path.is_dir():
        raise user_error("rules.no_path", lang, path=path)
    try:
        found = configuration(path)
        different = rules_lock.held(path, found.rules, found.parameter_files)
        if not different:
            return found
        rules_lock.said(different, lang)
    except (RulesRefused, ParametersRefused) as refused:
        rules_lock.said(refused.problems, lang)
    except ValueError as error:
        print(error, file=sys.stderr)
    return None


def _check(args: argparse.Namespace) -> int:
    """Exit code 0: usable, 1: problems, 2: the path cannot be read."""
    lang = language(args.lang)
    found = checked(args.path, lang)
    if found is None:
        return 1
    print(text("rules.accepted", lang, rules=len(found.rules), hash=found.rules.hash[:16], parameters=found.parameters.hash))
    return 0


def _publish(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    found = checked(args.path, lang)
    if found is None:
        return 1

    async def send() -> None:
        async with open_records(args.to, lang) as port:
            for record in configuration_records(found, time.time_ns() // 1_000_000, args.approved_by):
                await port.append(record.topic, 0, record.key, record.value)
            await port.flush()

    asyncio.run(send())
    print(text("rules.published", lang, rules=len(found.rules), hash=found.rules.hash[:16], to=args.to))
    return 0
