"""`riskstream worker`: runs steps, roll-up and sink of one process until it is told to stop, and ends loudly when it cannot go on."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from riskstream.console import UserError, language
from streams.domain.catalogue import Lang, text

_log = logging.getLogger("riskstream.worker")
FAILED = 1
STOP_WITHIN_S = 10.0


def register(verbs: Any) -> None:
    """Adds the verb to the command line."""
    lang = language(None)
    verb = verbs.add_parser("worker", help=text("worker.about", lang), description=text("worker.about", lang))
    verb.add_argument("--log", help=text("worker.help.log", lang))
    verb.add_argument("--role", choices=("steps", "rollup", "sink", "all"), help=text("worker.help.role", lang))
    verb.add_argument("--sink", help=text("worker.help.sink", lang))
    verb.add_argument("--instance", help=text("worker.help.instance", lang))
    verb.add_argument("--topics", type=Path, help=text("worker.help.topics", lang))
    verb.add_argument("--any-version", action="store_true", help=text("worker.help.any_version", lang))
    verb.add_argument("--settle", action="store_true", help=text("worker.help.settle", lang))
    verb.add_argument("--rules", type=Path, help=text("worker.help.rules", lang))
    verb.add_argument("--approved-by", default="", help=text("worker.help.approved_by", lang))
    verb.add_argument("--verbose", action="store_true")
    verb.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from streams.agents.faust_app import calm_loggers
    from streams.agents.settings import BadSettings, from_environment
    from streams.steps.ports import LogError

    lang = language(None)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    calm_loggers(logging.INFO if args.verbose else logging.WARNING)
    given = {"log": args.log, "role": args.role, "sink": args.sink, "instance": args.instance, "topics_file": args.topics}
    try:
        settings = replace(from_environment(), **{k: v for k, v in given.items() if v is not None})
        settings = replace(settings, any_version=settings.any_version or args.any_version)
        settings = replace(settings, role="steps") if args.settle else settings
        return _loop(_serve(settings, lang, args.settle, args.rules, args.approved_by))
    except BadSettings as problem:
        raise UserError(problem.said(lang)) from problem
    except LogError as problem:
        raise UserError(str(problem)) from problem


def _loop(main: Any) -> int:
    """Run on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        code: int = asyncio.run(main)
        return code
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(main)
        return code


async def _serve(settings: Any, lang: Lang, settle: bool, rules: Path | None, approved_by: str) -> int:
    """Serve until SIGTERM or SIGINT (exit 0), or until a part cannot go on (exit 1). `settle`: until every partition is restored."""
    from streams.app import House

    house = House(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await house.start()
    print(text("worker.started", lang, role=settings.role, log=settings.log), file=sys.stderr, flush=True)
    told = asyncio.create_task(stop.wait())
    failed = asyncio.create_task(house.failed())
    waiting = {told, failed}
    watch = asyncio.create_task(_watch(house, rules, approved_by, lang)) if rules is not None else None
    if settle:
        waiting.add(asyncio.create_task(house.ready()))
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    code = 0
    if failed.done():
        print(text("worker.failed", lang, error=failed.exception()), file=sys.stderr, flush=True)
        code = FAILED
    for task in (told, failed, watch):
        if task is not None:
            task.cancel()
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await house.stop()
    except TimeoutError:
        # What is committed is committed, whatever hangs now; the next start reads what really happened.
        _log.error("the end took longer than %.0f s", STOP_WITHIN_S)
        sys.stderr.flush()
        os._exit(code or FAILED)
    if settle and not code:
        return _settled(house, lang)
    return code


async def _watch(house: Any, folder: Path, approved_by: str, lang: Lang) -> None:
    """Publish what is saved under `folder`; the file of an embedded log is ours alone, so it is written through the house."""
    from riskstream.rules_watch import for_worker
    from riskstream.targets import open_records
    from streams.transport.embedded import Append

    async def send(records: list[Any]) -> None:
        if house.embedded is not None:
            await house.embedded.append_batch([Append(r.topic, 0, r.key, r.value) for r in records])
            return
        async with open_records(house.settings.log, lang) as port:
            for record in records:
                await port.append(record.topic, 0, record.key, record.value)

    await for_worker(folder, house.log.reader(), send, approved_by, lang)


def _settled(house: Any, lang: Lang) -> int:
    """Whether every partition now has a checkpoint at its last committed step."""
    open_ones = [s.partition for s in house.settled_statuses if s.checkpoint_number != s.number]
    if open_ones:
        print(text("worker.not_settled", lang, partitions=", ".join(map(str, open_ones))), file=sys.stderr)
        return FAILED
    print(text("worker.settled", lang, partitions=len(house.settled_statuses)))
    return 0


def main(argv: list[str] | None = None) -> int:
    """`python -m riskstream.worker`: the verb alone, for supervisors and tests."""
    top = argparse.ArgumentParser(prog="riskstream")
    register(top.add_subparsers(dest="verb", required=True))
    args = top.parse_args(["worker", *(sys.argv[1:] if argv is None else argv)])
    try:
        code: int = args.run(args)
    except UserError as problem:
        print(problem, file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
