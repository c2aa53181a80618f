"""Plays the demo's input to the whole service in this process. What it needs is not in a production image, so only `demo` imports it.

The player owns the log's clock and moves it on when everything played so far is in steps, so the same seed and length give the same
log hash, on any machine and at any speed.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from backfill.inputs import InputRecord
from backfill.replay import log_hash
from backfill.showcase import DATE, START_MS, Showcase, showcase
from reports.text import daily_text
from riskstream.console import local_time, user_error
from riskstream.demo import SPEED
from riskstream.present import Presenter
from riskstream.report import daily
from streams.agents.settings import Settings
from streams.app import House
from streams.domain.catalogue import Lang, text
from streams.domain.cloudevents import data_of
from streams.domain.log import Output, RawRecord, TopicPartition
from streams.engine import warm
from streams.sinks.engines import connector
from streams.transport.clocks import PlayerClock
from streams.transport.embedded import Append, EmbeddedLog

WINDOW_S = 60  # of log time played at once: five windows a second
SUMMARY_EVERY_S = 5.0
READY_WITHIN_S = 120
_SHOWN = ("warnings", "dead-letters")


class _At(msgspec.Struct):
    """Only the log time of an output."""

    at_ms: int = 0


_at = msgspec.json.Decoder(_At)


async def play(args: argparse.Namespace, lang: Lang, folder: Path, presenter: Presenter) -> dict[str, Any]:
    presenter.say(text("demo.preparing", lang))
    await asyncio.to_thread(warm.warm)
    show = await asyncio.to_thread(showcase, args.seed, args.seconds * SPEED, args.rules)
    presenter.say(text("demo.playing", lang, enterprises=show.enterprises, sources=show.sources, points=show.points,
                       at=local_time(START_MS), speed=SPEED, seconds=args.seconds))  # fmt: skip
    log = EmbeddedLog.open(folder / "log.db", PlayerClock(show.first[0].arrival_ms))
    settings = Settings(log=f"embedded:{folder / 'log.db'}", sink=f"chdb:{folder / 'clickhouse'}", name="riskstream-demo")
    house = House(settings, log=log)
    try:
        await house.start()
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await house.ready()
        except TimeoutError:
            raise user_error("demo.not_ready", lang, seconds=READY_WITHIN_S) from None
        player = _Player(house, log, presenter, lang)
        await player.play(show, args.seconds)
        await house.drained()
        hashes = house.log_hashes()
    finally:
        await house.stop()
        log.close()
    rows = await asyncio.to_thread(_report, settings.sink, show.county.code, presenter, lang)
    closing = {
        "readings": player.readings, "readings_per_s": round(player.readings / player.seconds), **presenter.counts(), "report_rows": rows,
        "log_hash": log_hash(hashes), "seconds": round(player.seconds, 1), "log_until": local_time(player.at_ms),
    }  # fmt: skip
    presenter.say(text("demo.closing", lang, **{**closing, "warnings": presenter.words()}))
    presenter.say(text("demo.next", lang))
    return closing


class _Player:
    """Appends what arrives, moves the clock, waits until all of it is settled, shows what it caused."""

    def __init__(self, house: House, log: EmbeddedLog, presenter: Presenter, lang: Lang) -> None:
        self.readings = 0
        self.seconds = 0.0
        self.at_ms = START_MS
        self._house, self._log, self._presenter, self._lang = house, log, presenter, lang
        self._reader = log.reader()
        self._shown: dict[TopicPartition, int] = {}
        self._stop = False

    async def play(self, show: Showcase, seconds: int) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._ask_to_stop)
        await self._log.append_batch([_append(record) for record in show.first])
        await self._settle(START_MS + 1)
        began = said = time.monotonic()
        try:
            for end_ms, records in _windows(show.stream, START_MS + seconds * SPEED * 1000):
                if records:
                    await self._log.append_batch([_append(record) for record in records])
                self.readings += sum(_readings(record) for record in records)
                await self._settle(end_ms)
                if time.monotonic() - said > SUMMARY_EVERY_S:
                    said = time.monotonic()
                    self._summary(said - began)
                ahead_s = (end_ms - START_MS) / 1000 / SPEED - (time.monotonic() - began)
                if self._stop:
                    break
                if ahead_s > 0:
                    await asyncio.sleep(ahead_s)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        self.seconds = time.monotonic() - began
        self._summary(self.seconds)
        await self._reader.close()

    def _ask_to_stop(self) -> None:
        self._stop = True

    async def _settle(self, at_ms: int) -> None:
        """Everything before `at_ms` is in the log: let time come there, and show what that caused."""
        self._log.set_now(at_ms)
        self.at_ms = at_ms
        await self._house.drained(stored=False)
        caused: list[RawRecord] = []
        for topic in _SHOWN:
            for partition in range(self._house.partitions):
                caused += await self._news(TopicPartition(topic, partition))
        caused.sort(key=lambda r: (_at.decode(data_of(r.value or b"{}")).at_ms, r.partition))  # stable: a partition's order stays
        self._presenter.take(Output(r.topic, r.key, data_of(r.value or b"")) for r in caused)

    async def _news(self, place: TopicPartition) -> list[RawRecord]:
        ends = await self._reader.end_offsets([place])
        found: list[RawRecord] = []
        at = self._shown.get(place, 0)
        while at < ends[place]:
            records, at = await self._reader.read(place, at, ends[place])
            found += records
        self._shown[place] = at
        return found

    def _summary(self, seconds: float) -> None:
        counts = self._presenter.counts()
        levels: Counter[str] = Counter(self._presenter.present.values())
        self._presenter.say(text("demo.summary", self._lang, at=local_time(self._log.now_ms()), readings=self.readings,
                                 rate=round(self.readings / seconds) if seconds else 0, red=levels["red"], orange=levels["orange"],
                                 yellow=levels["yellow"], alarms=self._presenter.kinds["alarm_on"], dead_letters=counts["dead_letters"]))  # fmt: skip


def _windows(stream: Iterator[InputRecord], until_ms: int) -> Iterator[tuple[int, Sequence[InputRecord]]]:
    """Records of each window of log time, with the window's end; empty windows too: time goes on without data."""
    width_ms = WINDOW_S * 1000
    end_ms = START_MS + width_ms
    for number, group in groupby(stream, key=lambda r: max(0, -(-(r.arrival_ms - START_MS) // width_ms) - 1)):
        while end_ms < START_MS + (number + 1) * width_ms:
            yield end_ms, ()
            end_ms += width_ms
        yield end_ms, list(group)
        end_ms += width_ms
    while end_ms <= until_ms:
        yield end_ms, ()
        end_ms += width_ms


def _append(record: InputRecord) -> Append:
    return Append(record.topic, None, record.key, record.value, record.arrival_ms)


def _readings(record: InputRecord) -> int:
    """How many values a frame brings, without decoding it: commas inside its list of values."""
    if record.topic != "readings" or record.value is None:
        return 0
    start = record.value.find(b'"values":[')
    stop = record.value.find(b"]", start)
    return record.value.count(b",", start, stop) + 1 if 0 <= start < stop else 0


def _report(sink: str, county: str, presenter: Presenter, lang: Lang) -> int:
    """Print the county's ranking of the day; returns its number of rows."""
    engine = connector(sink)()
    try:
        report = daily(engine, county, date.fromisoformat(DATE), "enterprise", lang)
    finally:
        engine.close()
    presenter.say("\n" + daily_text(report, lang))
    return len(report.rows)
