"""Turns what runners tell into metrics and health. Labels stay few; readiness is false while anything is not restored or diverged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import msgspec

from streams.agents.health import Health
from streams.agents.metrics import Metrics
from streams.domain import metric_names as names
from streams.domain.cloudevents import data_of
from streams.domain.log import Outcome, Output, Range, Step
from streams.domain.outputs import AlarmKind
from streams.steps.observing import Observer, Status


class _Said(msgspec.Struct):
    """The few fields of an output that are counted."""

    kind: str = ""
    level: str = ""
    reason: str = ""
    at_ms: int = 0
    due_ms: int = 0
    count: int = 1


_said = msgspec.json.Decoder(_Said)
_POINT_ALARMS = get_args(AlarmKind)
_STEPS = frozenset(("notice", "supervision", "report_overdue"))


class SinkReporting:
    """What the sink tells of its inserts, as metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def inserted(self, table: str, rows: int, seconds: float) -> None:
        self._metrics.add(names.SINK_ROWS, rows, table)
        self._metrics.observe(names.SINK_SECONDS, seconds, table)

    def failed(self, table: str) -> None:
        self._metrics.add(names.SINK_ERRORS, 1, table)


class Reporting(Observer):
    def __init__(self, metrics: Metrics, health: Health) -> None:
        self._metrics = metrics
        self._health = health

    def assigned(self, partitions: frozenset[int]) -> None:
        self._health.assigned(partitions)
        self._metrics.set(names.ASSIGNED, len(partitions))

    def running(self, status: Status, seconds: float) -> None:
        self._metrics.observe(names.RESTORE_SECONDS, seconds)
        if not status.diverged:
            self._health.restored(status.partition)

    def watched(self, status: Status) -> None:
        self._metrics.set(names.LAG, status.lag_ms / 1000, status.partition)
        self._health.lag(status.partition, status.lag_ms / 1000)

    def applied(self, status: Status, outcome: Outcome, seconds: float) -> None:
        self._metrics.observe(names.APPLY_SECONDS, seconds)
        self._metrics.add(names.READINGS, outcome.readings, status.partition)

    def committed(self, status: Status, step: Step, outputs: Sequence[Output], broker_ms: int, seconds: float) -> None:
        metrics = self._metrics
        metrics.add(names.STEPS, 1, status.partition)
        metrics.observe(names.COMMIT_SECONDS, seconds)
        for taken in step.ranges:
            metrics.add(names.RECORDS, taken.last - taken.first + 1, taken.topic)
        if any(taken.topic == "readings" for taken in step.ranges):
            self._health.judging(step.partition, bool(step.versions.get("rules")))
        for topic in step.blind:
            metrics.add(names.BLIND_STEPS, 1, topic)
        if step.platform_gap_ms:
            metrics.add(names.PLATFORM_GAPS)
        for output in outputs:
            if output.topic in ("warnings", "dead-letters"):
                self._count(output, broker_ms)

    def _count(self, output: Output, broker_ms: int) -> None:
        try:
            said = _said.decode(data_of(output.value))
        except msgspec.MsgspecError:
            return  # not countable; the record itself is in the log
        if output.topic == "dead-letters":
            self._metrics.add(names.DEAD_LETTERS, said.count, said.reason)
        elif said.kind in _POINT_ALARMS:
            self._metrics.add(names.POINT_ALARMS, 1, said.kind)
        else:
            self._metrics.add(names.WARNINGS, 1, said.kind, said.level)
            self._metrics.observe(names.WARNING_LATENCY, max(0, broker_ms - said.at_ms) / 1000)
            if said.kind in _STEPS:
                self._metrics.observe(names.STEP_LATENESS, max(0, said.at_ms - said.due_ms) / 1000, said.kind)

    def diverged(self, status: Status, number: int) -> None:
        self._metrics.add(names.DIVERGENCES, 1, status.partition)
        self._health.lost(status.partition)

    def passed_over(self, status: Status, skip: Sequence[Range]) -> None:
        for taken in skip:
            self._metrics.add(names.SKIPPED_RECORDS, taken.last - taken.first + 1, taken.topic)

    def ended(self, status: Status, error: BaseException) -> None:
        self._metrics.add(names.INCARNATIONS, 1, type(error).__name__)
        self._health.lost(status.partition)

    def checkpointed(self, status: Status, size: int, pause_seconds: float) -> None:
        self._metrics.observe(names.CHECKPOINT_SECONDS, pause_seconds)
        self._metrics.set(names.CHECKPOINT_BYTES, size, status.partition)
