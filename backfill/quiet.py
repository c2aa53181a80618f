"""How often do we cry wolf? A quiet simulated world through the real decode and engine, and the warnings counted by source and day.

    python -m backfill.quiet --days 7

Quiet means: half a percent of the points offline, short cuts of lines, fillings, bump tests, permits, weather; no emergency. What is
promised is a rate a hazard source and day; the numerator counts every raise and upgrade, those of site sources too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from backfill.configuration import configuration, configuration_records
from backfill.replay import Recording
from backfill.simulate import Simulation, World
from streams.domain.catalogue import Lang, text
from streams.domain.log import Outcome, Output
from streams.domain.outputs import PointAlarm, Warning
from streams.domain.scale import Level

START_MS = 1_767_542_400_000  # 2026-01-05 00:00 in UTC+8
DAY_MS = 86_400_000
LIMITS = {"orange": 0.005, "red": 0.0005}  # a hazard source and day
ALARM_LIMIT = 0.22  # point alarms: the national system's 4,500 a day over 20,000 sources
TOLD = 40  # alarms and warnings that are explained one by one; the rest are counted by rule
PARTITIONS = 2
PROGRESS_EVERY_S = 10.0
SCALES = ("county", "city", "province")


class _Kind(msgspec.Struct):
    kind: str = ""


_kind, _warning, _alarm = msgspec.json.Decoder(_Kind), msgspec.json.Decoder(Warning), msgspec.json.Decoder(PointAlarm)


class Why(NamedTuple):
    """One point alarm or warning of a quiet time, and what it came from."""

    at_ms: int
    what: str  # alarm, or the level that was reached
    rule: str
    where: str
    value: float | None
    limit: float | None
    unit: str


@dataclass(slots=True)
class Quiet:
    """What a quiet world was warned of. `raised` counts raises and upgrades of sources by the level that they reached."""

    enterprises: int
    sources: int
    points: int
    days: float
    seed: int
    period_s: int
    rules: str
    readings: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)  # level:cause, of those raises and upgrades
    alarms: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)  # point alarms by rule
    reasons: list[Why] = field(default_factory=list)

    @property
    def alarm_rate(self) -> float:
        """Point alarms a hazard source and day."""
        return self.alarms / (self.sources * self.days)

    def rate(self, level: str) -> float:
        """Warnings of `level` a hazard source and day."""
        return self.raised[level] / (self.sources * self.days)

    def too_many(self) -> list[str]:
        """Levels whose promise is broken, and `alarms`."""
        broken = [level for level, limit in LIMITS.items() if self.rate(level) > limit]
        return [*broken, "alarms"] if self.alarm_rate > ALARM_LIMIT else broken

    def take(self, output: Output) -> None:
        if output.topic != "warnings":
            return
        kind = _kind.decode(output.value).kind
        if kind == "alarm_on":
            self._alarm(_alarm.decode(output.value))
        if kind not in ("raise", "upgrade"):
            return
        warning = _warning.decode(output.value)
        if warning.scope == "source":
            self.raised[warning.level] += 1
            self.reasons += [
                Why(warning.at_ms, warning.level, r.rule or r.code.removeprefix("cause."), f"{warning.source}/{r.point or r.device}",
                    r.value, r.limit, r.unit) for r in warning.reasons
            ]  # fmt: skip
            self.causes.update(
                f"{warning.level}:{code}" for code in sorted({r.code.removeprefix("cause.") for r in warning.reasons})
            )

    def _alarm(self, alarm: PointAlarm) -> None:
        self.alarms += 1
        self.by_rule[alarm.rule] += 1
        self.reasons.append(
            Why(alarm.at_ms, "alarm", alarm.rule, f"{alarm.source}/{alarm.point}", alarm.value, alarm.limit, alarm.unit)
        )


def measured(days: float, rules: Path, *, scale: str = "county", seed: int = 1, period_s: int = 30,
             progress: Callable[[float, Quiet], None] | None = None) -> Quiet:  # fmt: skip
    """Play a quiet world from midnight on for `days`. Raises RulesRefused, ValueError for rules that cannot be used."""
    given = configuration(rules)
    world = World.generate(scale, seed, period_s)  # type: ignore[arg-type]  # argparse knows the scales
    simulation = Simulation(world, START_MS, seed)
    enterprises = world.enterprises
    quiet = Quiet(
        len(enterprises), sum(len(e.sources) for e in enterprises), world.points, days, seed, period_s, given.rules.hash[:16]
    )

    def listen(_partition: int, outcome: Outcome) -> None:
        for output in outcome.outputs:
            quiet.take(output)

    recording = Recording(PARTITIONS, listen)
    registry = simulation.registry_records(START_MS)
    stream = chain(configuration_records(given, START_MS, "quiet"), registry, simulation.records(START_MS + int(days * DAY_MS)))
    for log_ms in recording.play(stream):
        quiet.readings = recording.summary.readings
        if progress is not None:
            progress((log_ms - START_MS) / DAY_MS, quiet)
    return quiet


def said(quiet: Quiet, lang: Lang) -> str:
    """The measurement in words: one line a level, with its limit."""
    lines = [text("quiet.head", lang, enterprises=quiet.enterprises, sources=quiet.sources, points=quiet.points, days=quiet.days,
                  period=quiet.period_s, readings=quiet.readings, seed=quiet.seed, rules=quiet.rules)]  # fmt: skip
    for level in sorted(Level, reverse=True):
        limit = LIMITS.get(level.code)
        lines.append(text("quiet.row", lang, level=text(f"level.{level.code}", lang), count=quiet.raised[level.code],
                          rate=quiet.rate(level.code), limit=text("quiet.no_limit", lang) if limit is None else limit))  # fmt: skip
    lines.append(text("quiet.alarms", lang, count=quiet.alarms, rate=quiet.alarm_rate, limit=ALARM_LIMIT))
    causes = ", ".join(f"{name} {count}" for name, count in sorted(quiet.causes.items())) or "-"
    lines.append(text("quiet.causes", lang, causes=causes))
    return "\n".join([*lines, *_explained(quiet, lang)])


def _explained(quiet: Quiet, lang: Lang) -> list[str]:
    """Each alarm and warning by rule, point and value; past `TOLD` of a rule only counted."""
    lines: list[str] = []
    told: Counter[str] = Counter()
    for why in sorted(quiet.reasons, key=lambda w: (w.what == "alarm", w.rule, w.at_ms)):
        told[why.rule] += 1
        if told[why.rule] <= TOLD:
            value = "-" if why.value is None else f"{why.value:g} {why.unit}"
            limit = "-" if why.limit is None else f"{why.limit:g}"
            day = (why.at_ms - START_MS) / DAY_MS
            lines.append(
                text("quiet.why", lang, day=day, what=why.what, rule=why.rule, where=why.where, value=value, limit=limit)
            )
    lines += [text("quiet.more", lang, rule=rule, count=n - TOLD) for rule, n in sorted(told.items()) if n > TOLD]
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0: within the promise, 1: too many warnings."""
    lang: Lang = "en" if os.environ.get("LANG", "").startswith("en") else "zh"
    parser = argparse.ArgumentParser(prog="python -m backfill.quiet", description=text("quiet.about", lang))
    parser.add_argument("--days", type=float, default=7.0, help=text("quiet.days", lang))
    parser.add_argument("--scale", choices=SCALES, default="county", help=text("quiet.scale", lang))
    parser.add_argument("--seed", type=int, default=1, help=text("quiet.seed", lang))
    parser.add_argument("--period", type=int, default=30, help=text("quiet.period", lang))
    parser.add_argument("--rules", type=Path, default=Path("risk_rules"), help=text("quiet.rules", lang))
    parser.add_argument("--json", action="store_true", help=text("cli.json", lang))
    parser.add_argument("--lang", choices=["zh", "en"], default=lang, help=text("cli.lang", lang))
    args = parser.parse_args(argv)
    shown = time.monotonic()

    def progress(day: float, quiet: Quiet) -> None:
        nonlocal shown
        if time.monotonic() - shown > PROGRESS_EVERY_S:
            shown = time.monotonic()
            words = text("quiet.progress", args.lang, day=day, readings=quiet.readings, warnings=quiet.raised.total())
            print(words, file=sys.stderr, flush=True)

    quiet = measured(args.days, args.rules, scale=args.scale, seed=args.seed, period_s=args.period, progress=progress)
    print(said(quiet, args.lang))
    if args.json:
        rates = {level.code: quiet.rate(level.code) for level in Level}
        print(json.dumps({"raised": dict(quiet.raised), "rates": rates, "causes": dict(quiet.causes), "sources": quiet.sources,
                          "days": quiet.days, "readings": quiet.readings, "alarms": quiet.alarms, "alarm_rate": quiet.alarm_rate,
                          "by_rule": dict(quiet.by_rule), "too_many": quiet.too_many()}))  # fmt: skip
    return 1 if quiet.too_many() else 0


if __name__ == "__main__":
    sys.exit(main())
