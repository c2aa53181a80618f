"""`riskstream simulate`: an invented world to a file or a log, with the truth about its incidents beside it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from backfill.inputs import SUFFIXES, InputError, InputRecord
from backfill.simulate import Simulation, Spec, World, drawn
from backfill.simulate.incident_files import seconds_of, spec_of, specs_of_yaml
from backfill.simulate.incidents import DoesNotFit
from backfill.simulate.output import labels_path, write_labels, write_stream
from backfill.simulate.world import SIZES
from riskstream.console import UserError, language, user_error
from riskstream.targets import is_log, open_records
from streams.domain.catalogue import Lang, text
from streams.steps.ports import RecordPort

Sleep = Callable[[float], Awaitable[None]]
_SLICE_MS = 200


def register(verbs: Any) -> None:
    """Adds the verb to the command line."""
    lang = language(None)
    verb = verbs.add_parser("simulate", help=text("simulate.about", lang), description=text("simulate.about", lang))
    verb.add_argument("--scale", choices=tuple(SIZES), default="county", help=text("simulate.help.scale", lang))
    verb.add_argument("--seed", type=int, default=1, help=text("simulate.help.seed", lang))
    verb.add_argument("--start", default="2026-01-05T08:00:00+08:00", help=text("simulate.help.start", lang))
    verb.add_argument("--duration", default="1h", help=text("simulate.help.duration", lang))
    verb.add_argument("--period", type=int, help=text("simulate.help.period", lang))
    verb.add_argument("--rate", default="real", help=text("simulate.help.rate", lang))
    verb.add_argument("--out", required=True, help=text("simulate.help.out", lang))
    verb.add_argument("--incidents", default="auto", help=text("simulate.help.incidents", lang))
    verb.add_argument("--incident", action="append", default=[], help=text("simulate.help.incident", lang))
    verb.add_argument("--quiet-world", action="store_true", help=text("simulate.help.quiet", lang))
    verb.add_argument("--no-registry", action="store_true", help=text("simulate.help.no_registry", lang))
    verb.add_argument("--labels", type=Path, help=text("simulate.help.labels", lang))
    verb.add_argument("--json", action="store_true", help=text("simulate.help.json", lang))
    verb.add_argument("--lang", choices=("zh", "en"))
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 done; what cannot be done as asked is a UserError (2)."""
    lang = language(args.lang)
    out = str(args.out)
    if not is_log(out) and not out.endswith(SUFFIXES):
        raise user_error("simulate.bad_out", lang, out=out, known=", ".join(SUFFIXES))
    duration = seconds_of(args.duration)
    if not duration or duration < 1:
        raise user_error("simulate.bad_duration", lang, given=args.duration)
    start_ms = _start_ms(args.start, lang)
    rate = _rate(args.rate, lang)
    world = World.generate(args.scale, args.seed, args.period)
    specs = () if args.quiet_world else _specs(args, world, int(duration), lang)
    try:
        simulation = Simulation(world, start_ms, args.seed, specs)
    except DoesNotFit as error:
        raise user_error("simulate.does_not_fit", lang, what=error) from error
    until_ms = start_ms + int(duration * 1000)
    registry = [] if args.no_registry else simulation.registry_records(start_ms)
    gc.freeze()  # the world stays; looking through it again and again would slow the stream down
    began = time.perf_counter()
    counted = _Counted(chain(registry, simulation.records(until_ms)))
    labels: Path | None = args.labels or (None if is_log(out) else labels_path(Path(out)))
    if is_log(out):
        asyncio.run(_produce(out, counted, simulation, rate, lang))
    else:
        try:
            write_stream(Path(out), counted)
        except (OSError, InputError) as error:
            raise user_error("simulate.not_written", lang, detail=error) from error
    if labels is not None:
        write_labels(labels, simulation.labels)
    _report(args, lang, world, simulation, counted.count, time.perf_counter() - began, labels)
    return 0


class _Counted:
    """Passes records on and counts them."""

    def __init__(self, records: Iterator[InputRecord]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[InputRecord]:
        for record in self._records:
            self.count += 1
            yield record


def _start_ms(given: str, lang: Lang) -> int:
    if given == "now":
        return int(time.time()) * 1000
    try:
        return int(datetime.fromisoformat(given).timestamp()) * 1000 if not given.isdigit() else int(given) // 1000 * 1000
    except ValueError:
        raise user_error("simulate.bad_start", lang, given=given) from None


def _rate(given: str, lang: Lang) -> float | None:
    """Readings a second; None: in real time; 0: as fast as the log takes them."""
    if given == "real":
        return None
    if given == "max":
        return 0.0
    if given.isdigit() and int(given) > 0:
        return float(given)
    raise user_error("simulate.bad_rate", lang, given=given)


def _specs(args: argparse.Namespace, world: World, duration_s: int, lang: Lang) -> Sequence[Spec]:
    named = []
    for given in args.incident:
        spec = spec_of(given)
        if spec is None:
            raise user_error("simulate.bad_spec", lang, given=given)
        named.append(spec)
    if args.incidents == "none" or (named and args.incidents == "auto"):
        return named
    if args.incidents == "auto":
        return drawn(world, duration_s, args.seed)
    path = Path(args.incidents)
    try:
        specs, problems = specs_of_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise user_error("simulate.not_read", lang, path=path, detail=error) from error
    if problems:
        raise UserError("\n".join(problem.line_of_text(lang) for problem in problems))
    return [*specs, *named]


async def _produce(out: str, records: _Counted, simulation: Simulation, rate: float | None, lang: Lang) -> None:
    async with open_records(out, lang) as port:
        await play(records, port, lambda: simulation.readings, rate, time.monotonic, asyncio.sleep)


async def play(
    records: Any, port: RecordPort, readings: Callable[[], int], rate: float | None, clock: Callable[[], float], sleep: Sleep
) -> None:
    """Append `records` to a log, at their own pace (`rate` None), at most `rate` readings a second, or as fast as it takes them (0)."""
    began = clock()
    first_ms: int | None = None
    slice_ms = 0
    for record in records:
        if first_ms is None:
            first_ms = slice_ms = record.arrival_ms
        if record.arrival_ms >= slice_ms + _SLICE_MS:
            slice_ms = record.arrival_ms
            due = (slice_ms - first_ms) / 1000 if rate is None else readings() / rate if rate else 0.0
            ahead = began + due - clock()
            if ahead > 0:
                await port.flush()
                await sleep(ahead)
        await port.append(record.topic, None, record.key, record.value)
    await port.flush()


def _report(
    args: argparse.Namespace, lang: Lang, world: World, simulation: Simulation, records: int, seconds: float, labels: Path | None
) -> None:
    said = {
        "scale": args.scale, "seed": args.seed, "enterprises": len(world.enterprises), "gateways": len(world.gateways),
        "points": world.points, "records": records, "readings": simulation.readings, "incidents": len(simulation.labels),
        "seconds": round(seconds, 3), "readings_per_s": round(simulation.readings / seconds), "out": str(args.out), "labels": str(labels or "-"),
    }  # fmt: skip
    print(json.dumps(said, ensure_ascii=False) if args.json else text("simulate.done", lang, **said))
    sys.stdout.flush()
