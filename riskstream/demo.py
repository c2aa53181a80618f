"""`riskstream demo`: the whole service in this process, on the embedded log and the embedded ClickHouse engine, with input played to it.

The same agents as in production. The player owns the log's clock and moves it on when everything played so far is in steps and
stored, so the same seed and length give the same log hash, on any machine and at any speed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backfill.datasets.dataset import DatasetError
from riskstream.console import coded_error, language, user_error
from riskstream.present import Presenter
from riskstream.rules import checked
from streams.domain.catalogue import text
from streams.domain.scale import Level

SPEED = 60  # seconds of log time a second: half a minute shows half an hour; what two cores keep up with, all rules on
DEFAULT_S = 60


def register(verbs: Any) -> None:
    lang = language(None)
    verb = verbs.add_parser("demo", help=text("demo.about", lang), description=text("demo.about", lang))
    verb.add_argument(
        "--seconds", type=int, default=DEFAULT_S, help=text("demo.help.seconds", lang, speed=SPEED, default=DEFAULT_S)
    )
    verb.add_argument("--seed", type=int, default=1, help=text("demo.help.seed", lang))
    verb.add_argument("--data", type=Path, default=None, help=text("demo.help.data", lang))
    verb.add_argument("--rules", type=Path, default=Path("risk_rules"), help=text("demo.help.rules", lang))
    verb.add_argument("--least", choices=[level.code for level in Level], default="yellow", help=text("replay.least", lang))
    verb.add_argument("--updates", action="store_true", help=text("demo.help.updates", lang))
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
    verb.add_argument("--lang", choices=["zh", "en"], default=None, help=text("cli.lang", lang))
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    if args.seconds < 1:
        raise user_error("demo.bad_seconds", lang, seconds=args.seconds)
    out = sys.stderr if args.json else sys.stdout
    if find_spec("chdb") is None or find_spec("sklearn") is None:
        raise user_error("demo.no_database", lang)
    if checked(args.rules, lang) is None:
        return 1
    folder = args.data or Path(tempfile.mkdtemp(prefix="riskstream-demo-"))
    if args.data is not None and (folder / "log.db").exists():
        raise user_error("demo.data_used", lang, path=folder)
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.WARNING)
    presenter = Presenter(lang, out, Level[args.least.upper()], updates=args.updates)
    try:
        playing = importlib.import_module("riskstream.playing")
        closing = asyncio.run(playing.play(args, lang, folder, presenter))
    except DatasetError as error:
        raise coded_error(error, "dataset", lang) from error
    finally:
        if args.data is None:
            shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        print(json.dumps(closing, ensure_ascii=False), flush=True)
    return 0
