"""`riskstream replay`: recorded input or a log's own steps, once more, with the outcome hash. Nothing is sent to anyone."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from backfill.configuration import configuration_records
from backfill.inputs import InputError, InputRecord, read_inputs
from backfill.replay import Recording, Summary, known, replay_log
from riskstream.console import coded_error, language, local_time, user_error
from riskstream.present import Presenter
from riskstream.rules import checked
from riskstream.targets import is_log, opened_log
from streams.domain.catalogue import Lang, text
from streams.domain.log import Outcome
from streams.domain.scale import Level
from streams.steps.ports import LogError

PROGRESS_EVERY_S = 2.0


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    lang = language(None)
    parser = verbs.add_parser("replay", help=text("replay.help", lang))
    parser.add_argument("source", help=text("replay.source", lang))
    parser.add_argument("--partitions", type=int, default=8, help=text("replay.partitions", lang))
    parser.add_argument("--until-ms", type=int, default=None, help=text("replay.until", lang))
    parser.add_argument("--least", choices=[level.code for level in Level], default="yellow", help=text("replay.least", lang))
    parser.add_argument("--rules", type=Path, default=None, help=text("replay.rules", lang))
    parser.add_argument("--json", action="store_true", help=text("cli.json", lang))
    parser.add_argument("--lang", choices=["zh", "en"], default=None, help=text("cli.lang", lang))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0: done; 1: a step's hash is not what live wrote down."""
    lang = language(args.lang)
    presenter = Presenter(lang, sys.stderr if args.json else sys.stdout, Level[args.least.upper()])
    started = time.monotonic()
    try:
        summary = _of_log(args, presenter, lang) if is_log(args.source) else _of_recording(args, presenter, lang)
    except LogError as error:
        raise user_error("replay.log_failed", lang, source=args.source, error=error) from error
    seconds = time.monotonic() - started
    closing = {
        "readings": summary.readings, "readings_per_s": round(summary.readings / seconds) if seconds else 0, **presenter.counts(),
        "records": summary.records, "steps": summary.steps, "log_ms": summary.log_ms, "log_hash": summary.log_hash(),
        "diverged": [list(place) for place in summary.diverged],
    }  # fmt: skip
    if args.json:
        print(json.dumps(closing, ensure_ascii=False))
    else:
        presenter.say(text("replay.closing", lang, **{**closing, "warnings": presenter.words(), "seconds": f"{seconds:.1f}"}))
        for partition, number in summary.diverged[:10]:
            presenter.say(text("replay.diverged", lang, partition=partition, number=number))
    return 1 if summary.diverged else 0


def _of_recording(args: argparse.Namespace, presenter: Presenter, lang: Lang) -> Summary:
    path = Path(args.source)
    if not path.exists():
        raise user_error("replay.no_file", lang, path=path)
    skipped: Counter[str] = Counter()
    recording = Recording(args.partitions, lambda _partition, outcome: presenter.take(outcome.outputs))
    shown = time.monotonic()
    try:
        for log_ms in recording.play(ruled(known(read_inputs(path), skipped), args.rules, lang), args.until_ms):
            if time.monotonic() - shown > PROGRESS_EVERY_S:
                shown = time.monotonic()
                words = text("replay.progress", lang, readings=recording.summary.readings, at=local_time(log_ms))
                print(words, file=sys.stderr, flush=True)
    except InputError as error:
        raise coded_error(error, "input", lang) from error
    for topic, count in sorted(skipped.items()):
        print(text("replay.skipped", lang, topic=topic, count=count), file=sys.stderr)
    return recording.summary


def ruled(records: Iterator[InputRecord], folder: Path | None, lang: Lang) -> Iterator[InputRecord]:
    """`records`, with the rules and parameters of `folder` in force before the first of them. Raises UserError."""
    found = None if folder is None else checked(folder, lang)
    if folder is not None and found is None:
        raise user_error("replay.rules_unusable", lang, path=folder)
    first = next(records, None)
    if first is None:
        return
    if found is not None:
        yield from configuration_records(found, first.arrival_ms - 1, "replay")
    yield first
    yield from records


def _of_log(args: argparse.Namespace, presenter: Presenter, lang: Lang) -> Summary:
    def listener(_partition: int, outcome: Outcome) -> None:
        presenter.take(outcome.outputs)

    async def whole() -> Summary:
        with opened_log(args.source, lang) as log:
            return await replay_log(log, range(args.partitions), args.partitions, listener)

    return asyncio.run(whole())
