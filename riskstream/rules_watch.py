"""`riskstream rules watch`, and the same inside a worker: a folder of rules that is published whenever it was saved."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from backfill.configuration import Configuration, configuration_records
from backfill.inputs import InputRecord
from backfill.watching import FolderWatch, Saved, UnusableFolder, published
from riskstream.console import UserError, language, user_error
from riskstream.targets import EMBEDDED, open_records, opened_log
from streams.domain.catalogue import Lang, text
from streams.steps.ports import LogError, LogReader

Send = Callable[[list[InputRecord]], Awaitable[None]]
EVERY_S = 1.0
AGAIN_S = 10.0


def register(parts: Any) -> None:
    lang = language(None)
    part = parts.add_parser("watch", help=text("rules.about.watch", lang))
    part.add_argument("path", type=Path, nargs="?", default=Path("risk_rules"), help=text("rules.help.path", lang))
    part.add_argument("--to", required=True, help=text("registry.help.to", lang))
    part.add_argument("--approved-by", default="", help=text("rules.help.approved_by", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_watch)


def _watch(args: argparse.Namespace) -> int:
    """Until interrupted."""
    lang = language(args.lang)
    if not args.path.is_dir():
        raise user_error("rules.no_path", lang, path=args.path)

    async def send(records: list[InputRecord]) -> None:
        async with open_records(args.to, lang) as port:
            for record in records:
                await port.append(record.topic, 0, record.key, record.value)
            await port.flush()

    async def run() -> None:
        try:
            known = await _known_at(args.to, lang)
        except LogError as error:
            raise user_error("registry.not_written", lang, detail=error) from error
        await watching(args.path, known, send, args.approved_by, lang)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return 0
    return 0


def _not_yet(target: str) -> bool:
    """Whether `target` is the file of an embedded log that the first publication will make."""
    return target.startswith(EMBEDDED) and not Path(target.removeprefix(EMBEDDED).removeprefix("//")).exists()


async def _known_at(target: str, lang: Lang) -> tuple[str, str]:
    if _not_yet(target):
        return "", ""
    with opened_log(target, lang) as log:
        return await known_of(log.reader())


async def for_worker(folder: Path, reader: LogReader, send: Send, approved_by: str, lang: Lang) -> None:
    """The same beside a worker, whose work must not end because of it: after an error of the log it is tried again."""
    known: tuple[str, str] | None = None
    while True:
        try:
            known = known if known is not None else await known_of(reader)
            await watching(folder, known, send, approved_by, lang)
        except (LogError, UserError) as error:
            print(text("rules.watch_failed", lang, path=folder, why=error), file=sys.stderr, flush=True)
            await asyncio.sleep(AGAIN_S)


async def known_of(reader: LogReader) -> tuple[str, str]:
    """What is published already, so that a start publishes nothing twice."""
    try:
        return await published(reader)
    finally:
        await reader.close()


async def watching(folder: Path, known: tuple[str, str], send: Send, approved_by: str, lang: Lang) -> None:
    """Look each second, publish what was saved, say what cannot be used. For ever; the log's errors end it."""
    watch = FolderWatch(folder, known)
    print(text("rules.watching", lang, path=folder), file=sys.stderr, flush=True)
    while True:
        seen = await asyncio.to_thread(watch.look)
        if isinstance(seen, Saved):
            await send(configuration_records(seen.found, time.time_ns() // 1_000_000, approved_by))
            print(_told(seen.found, folder, lang), file=sys.stderr, flush=True)
        elif isinstance(seen, UnusableFolder):
            for problem in seen.problems:
                print(problem.line_of_text(lang), file=sys.stderr)
            print(text("rules.watch_unusable", lang, path=folder, why=seen.why), file=sys.stderr, flush=True)
        await asyncio.sleep(EVERY_S)


def _told(found: Configuration, folder: Path, lang: Lang) -> str:
    return text("rules.watch_published", lang, path=folder, rules=len(found.rules), hash=found.rules.hash[:16])
