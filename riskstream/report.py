"""`riskstream report daily`: the rankings of a day, out of the tables that the sink filled."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from typing import Any

from reports.as_json import daily_json
from reports.daily import DailyReport, UnknownRegion, daily_report
from reports.facts import DayFacts, facts_of
from reports.text import daily_text
from riskstream.console import language, user_error
from streams.domain.catalogue import Lang, text
from streams.sinks.engines import connector
from streams.sinks.ports import EngineError, SinkEngine

_MOST_NAMED = 40


def register(verbs: Any) -> None:
    """Adds the verb and its parts to the command line."""
    lang = language(None)
    verb = verbs.add_parser("report", help=text("report.about", lang), description=text("report.about", lang))
    kinds = verb.add_subparsers(dest="kind", required=True, metavar="KIND")
    daily = kinds.add_parser("daily", help=text("report.about.daily", lang), description=text("report.about.daily", lang))
    daily.add_argument("--region", required=True, help=text("report.help.region", lang))
    daily.add_argument("--date", required=True, help=text("report.help.date", lang))
    daily.add_argument("--by", choices=("county", "enterprise"), help=text("report.help.by", lang))
    daily.add_argument("--sink", default=os.environ.get("RISKSTREAM_CLICKHOUSE", ""), help=text("report.help.sink", lang))
    daily.add_argument("--format", choices=("text", "json"), default="text", help=text("report.help.format", lang))
    daily.add_argument("--lang", choices=("zh", "en"))
    daily.set_defaults(run=_daily)


def daily(engine: SinkEngine, region: str, day: date, by: Any = None, lang: Lang = "zh") -> DailyReport:
    """The report from the tables of `engine`. Raises EngineError, UnknownRegion."""
    return daily_report(facts_of(engine, day), region, by, lang)


def _daily(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    day = _day(args.date, lang)
    if not args.sink:
        raise user_error("report.no_sink", lang)
    facts = _facts(args.sink, day, lang)
    try:
        report = daily_report(facts, args.region, args.by, lang)
    except UnknownRegion:
        codes = [f"{r.code} {r.name}" for r in facts.regions] + [f"{p.code} {p.name}" for p in facts.parks]
        known = ", ".join(codes[:_MOST_NAMED]) or text("report.nothing_known", lang)
        raise user_error("report.unknown_region", lang, region=args.region, date=args.date, known=known) from None
    if args.format == "json":
        print(json.dumps(daily_json(report), ensure_ascii=False))
    else:
        sys.stdout.write(daily_text(report, lang))
    return 0


def _day(asked: str, lang: Lang) -> date:
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise user_error("report.bad_date", lang, date=asked) from None


def _facts(sink: str, day: date, lang: Lang) -> DayFacts:
    try:
        engine = connector(sink)()
        try:
            return facts_of(engine, day)
        finally:
            engine.close()
    except EngineError as error:
        raise user_error("report.sink_failed", lang, sink=sink.rpartition("@")[2], error=error) from None
