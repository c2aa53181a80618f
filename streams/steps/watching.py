"""Asks the log how far its topics reach, reads the broadcast topics, and whatever the fetching side does not bring.

The answer is stamped with the time of the *asking*: log time may move no further than that without records.
"""

from __future__ import annotations

import logging

from streams.domain.log import Batch, TopicPartition
from streams.steps.observing import READY_LAG_MS
from streams.steps.ports import LogError, PositionLost
from streams.steps.sequencer import Sequencer
from streams.steps.state import Shared, State, rung

_log = logging.getLogger(__name__)
SILENT_MS = 3_000  # known lag and nothing fetched for so long: read it ourselves
PULL_BYTES = 1 << 20
AFTER_TICK_MS = 3
OWNED_CLOCK_MS = 20  # how often a log with a clock of its own is looked at; asking it costs nothing


class Watcher:
    def __init__(self, shared: Shared, state: State) -> None:
        self._shared = shared
        self._state = state
        self._direct = frozenset(
            shared.settings.broadcast_places() + (shared.settings.raw_places() if shared.settings.pull else [])
        )
        self.asked = 0  # serial of the last asking begun
        self.answered = 0  # serial of the last one answered

    async def run(self) -> None:
        """Until cancelled. A log that does not answer is no reason to end: topics go blind and time stands still meanwhile."""
        bells = self._shared.bells
        while True:
            bells.watch.clear()
            try:
                await self.ask()
            except LogError as error:
                _log.warning("partition %d: the log does not answer: %s", self._shared.settings.partition, error)
            bells.work.set()
            bells.progress.set()
            self._shared.observer.watched(self._shared.status)
            await rung(bells.watch, self._pause_ms())

    async def ask(self) -> None:
        """One round: end offsets, then what has to be read here."""
        shared, sequencer = self._shared, self._state.sequencer
        self.asked += 1
        serial = self.asked
        clock_ms = shared.broker_now_ms(self._state)
        ends = await shared.reader.end_offsets(shared.settings.places())
        sequencer.learned(ends, clock_ms, shared.mono_ms())
        for place, end, answered_ms in list(sequencer.lagging()):
            silent = shared.mono_ms() - answered_ms > SILENT_MS
            if place in self._direct or silent:
                await self._pull(sequencer, place, end, silent)
        self.answered = serial
        self._note_lag(clock_ms)

    async def _pull(self, sequencer: Sequencer, place: TopicPartition, end: int, silent: bool) -> None:
        shared = self._shared
        start = sequencer.expected(place)
        try:
            records, stop = await shared.reader.read(place, start, end, PULL_BYTES)
        except PositionLost as lost:
            _log.error("partition %d: %s", shared.settings.partition, lost)
            sequencer.lost(place, lost.begin)
            await shared.intake.seek(place, lost.begin)
            return
        sequencer.offer(Batch(place.topic, place.partition, start, stop, records), shared.mono_ms())
        if silent and place not in self._direct:
            _log.warning(
                "partition %d: %s brings nothing; read directly from %d to %d",
                shared.settings.partition,
                place.topic,
                start,
                stop,
            )
            await shared.intake.seek(place, sequencer.expected(place))
        if stop < end:
            shared.bells.watch.set()  # more to read: do not wait for the next round
        shared.bells.work.set()

    def _note_lag(self, clock_ms: int | None) -> None:
        """Lag above 10 s is an event of its own; so is its end."""
        state, status = self._state, self._shared.status
        status.lag_records = state.sequencer.lag()
        behind = clock_ms is not None and state.sequencer.log_ms > 0 and status.lag_records > 0
        status.lag_ms = max(0, (clock_ms or 0) - state.sequencer.log_ms) if behind else 0
        if self._shared.settings.player:
            status.lag_ms = 0  # the player's clock runs ahead of its own records by intent
        if status.lag_ms > READY_LAG_MS and not state.lagging:
            state.lagging = True
            state.degraded.append("lag")
        elif status.lag_ms < READY_LAG_MS // 2 and state.lagging:
            state.lagging = False
            state.degraded.append("lag_over")

    def _pause_ms(self) -> int:
        """Until just after the next tick of log time, so that what is due then is said then."""
        if self._shared.log.now_ms() is not None:
            return OWNED_CLOCK_MS
        every_ms = self._shared.settings.ask_every_ms
        now_ms = self._shared.broker_now_ms(self._state)
        return every_ms if now_ms is None else every_ms - now_ms % every_ms + AFTER_TICK_MS
