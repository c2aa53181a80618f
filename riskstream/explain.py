"""`riskstream explain`: why a hazard source has, or had, its level; from a log or a recording, at any moment of it."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backfill.inputs import InputError, InputRecord, read_inputs
from backfill.moments import WarningFound, match, of_log, of_recording, warning_in
from backfill.replay import known
from riskstream.console import coded_error, language, user_error
from riskstream.replay import ruled
from riskstream.targets import is_log, opened_log
from streams.domain.catalogue import Lang, text
from streams.domain.explained import lines
from streams.domain.explanation import Explanation
from streams.domain.log import Output
from streams.domain.registry import SITE
from streams.engine.engine import Engine
from streams.engine.explaining.explaining import explain
from streams.steps.ports import LogError

_LOCAL = timezone(timedelta(hours=8))  # the law's time zone is UTC+8 everywhere


class Question(NamedTuple):
    source: str
    enterprise: str
    at_ms: int | None


def register(verbs: Any) -> None:
    lang = language(None)
    verb = verbs.add_parser("explain", help=text("explain.about", lang), description=text("explain.about", lang))
    verb.add_argument("target", help=text("explain.help.target", lang))
    verb.add_argument("--source", default="", help=text("explain.help.source", lang))
    verb.add_argument("--enterprise", default="", help=text("explain.help.enterprise", lang))
    verb.add_argument("--at", default="", help=text("explain.help.at", lang))
    verb.add_argument("--warning", default="", help=text("explain.help.warning", lang))
    verb.add_argument("--rules", type=Path, default=None, help=text("replay.rules", lang))
    verb.add_argument("--partitions", type=int, default=8, help=text("replay.partitions", lang))
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
    verb.add_argument("--lang", choices=("zh", "en"), help=text("cli.lang", lang))
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0: explained; 2: cannot be asked like this."""
    lang = language(args.lang)
    if not args.source and not args.warning:
        raise user_error("explain.need", lang)
    asked = Question(args.source, args.enterprise, moment(args.at, lang) if args.at else None)
    try:
        engines, asked = _of_log(args, asked, lang) if is_log(args.target) else _of_recording(args, asked, lang)
    except LogError as error:
        raise user_error("explain.gone", lang, why=error) from error
    told = answer(engines, asked, lang)
    if args.json:
        print(msgspec.json.encode(told).decode())
    else:
        print("\n".join(lines(told, lang)))
    return 0


def moment(given: str, lang: Lang) -> int:
    """Log time in ms of a local time (UTC+8 where it names no zone), or of a number of ms.

    >>> moment("1970-01-01T08:00:01", "en"), moment("1500", "en")
    (1000, 1500)
    """
    if given.isdigit():
        return int(given)
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise user_error("explain.bad_time", lang, at=given) from None
    return round((at if at.tzinfo else at.replace(tzinfo=_LOCAL)).timestamp() * 1000)


def answer(engines: list[Engine], asked: Question, lang: Lang) -> Explanation:
    """The explanation from the engine that knows the source. Raises UserError when none or several do."""
    found = [(engine, site.code) for engine in engines for site in engine.state.sites.values()
             if asked.enterprise in ("", site.code) and _has(engine, site.code, asked.source)]  # fmt: skip
    if not found:
        raise user_error("explain.no_source", lang, source=asked.source)
    if len(found) > 1:
        raise user_error("explain.many", lang, source=asked.source, enterprises=", ".join(code for _, code in found))
    [(engine, enterprise)] = found
    return explain(engine, enterprise, asked.source)


def _has(engine: Engine, enterprise: str, source: str) -> bool:
    return (enterprise, source) in engine.desk.source_ids or source == f"{enterprise}-{SITE}"


def _named(found: WarningFound | None, args: argparse.Namespace, lang: Lang) -> Question:
    if found is None:
        raise user_error("explain.no_warning", lang, id=args.warning)
    return Question(found.source, found.enterprise, found.at_ms)


def _of_log(args: argparse.Namespace, asked: Question, lang: Lang) -> tuple[list[Engine], Question]:
    async def whole() -> tuple[list[Engine], Question]:
        everyone = range(args.partitions)
        with opened_log(args.target, lang) as log:
            question = _named(await warning_in(log, everyone, args.warning), args, lang) if args.warning else asked
            return await of_log(log, everyone, args.partitions, question.at_ms), question

    return asyncio.run(whole())


def _of_recording(args: argparse.Namespace, asked: Question, lang: Lang) -> tuple[list[Engine], Question]:
    path = Path(args.target)
    if not path.exists():
        raise user_error("replay.no_file", lang, path=path)
    try:
        question = _named(_search(path, args, lang), args, lang) if args.warning else asked
        return of_recording(_records(path, args, lang), args.partitions, question.at_ms), question
    except InputError as error:
        raise coded_error(error, "input", lang) from error


def _records(path: Path, args: argparse.Namespace, lang: Lang) -> Iterator[InputRecord]:
    return ruled(known(read_inputs(path), Counter()), args.rules, lang)


def _search(path: Path, args: argparse.Namespace, lang: Lang) -> WarningFound | None:
    found: list[WarningFound] = []

    def seen(output: Output) -> None:
        if output.topic == "warnings" and (hit := match(output.value, args.warning)) is not None:
            found.append(hit)

    of_recording(_records(path, args, lang), args.partitions, None, seen)
    return found[0] if found else None
