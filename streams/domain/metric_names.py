"""Every metric of the service: name, meaning, labels, in one typed place. docs/metrics.md is made from it.

Labels are few and bounded (partition, topic, level, ...). The code of a source, point, enterprise or region is never a label: a nation has
440,000 points, and a time series each would end the monitoring before the plant.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Label = Literal["partition", "topic", "level", "kind", "reason", "result", "table", "version"]

# Seconds; the promise is 0.5 s at the 99th percentile, so the steps are fine around it.
_LATENCY_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Counter(NamedTuple):
    name: str
    help: str
    labels: tuple[Label, ...] = ()


class Gauge(NamedTuple):
    name: str
    help: str
    labels: tuple[Label, ...] = ()


class Histogram(NamedTuple):
    name: str
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = _LATENCY_S


Metric = Counter | Gauge | Histogram

# The way of a reading
READINGS = Counter("riskstream_readings_total", "Readings judged by the engine", ("partition",))
RECORDS = Counter("riskstream_records_total", "Records taken into steps, by raw topic", ("topic",))
DEAD_LETTERS = Counter("riskstream_dead_letters_total", "Records and values that could not be used, by reason", ("reason",))
STEPS = Counter("riskstream_steps_total", "Steps committed", ("partition",))
STEP_SECONDS = Histogram("riskstream_step_seconds", "From the first record of a step to its acknowledged commit")
COMMIT_SECONDS = Histogram("riskstream_commit_seconds", "One transaction: outputs and step")
APPLY_SECONDS = Histogram("riskstream_apply_seconds", "Decode and engine of one step")
WARNING_LATENCY = Histogram("riskstream_warning_latency_seconds", "From a reading's broker time to its acknowledged warning")
LAG = Gauge("riskstream_lag_seconds", "Log time behind broker time", ("partition",))

# What comes out
WARNINGS = Counter(
    "riskstream_warnings_total", "Events of warnings: raise, upgrade, downgrade, clear, notice ...", ("kind", "level")
)
ACTIVE = Gauge("riskstream_active_warnings", "Hazard sources and enterprises at this level now", ("partition", "level"))
STEP_LATENESS = Histogram(
    "riskstream_ladder_step_lateness_seconds", "From when a step of a ladder was due to when it was said, on log time", ("kind",),
    (1.0, 5.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0),
)  # fmt: skip
POINT_ALARMS = Counter("riskstream_point_alarms_total", "Point alarms raised and ended", ("kind",))

# Staying alive
ASSIGNED = Gauge("riskstream_assigned_partitions", "Partitions that this worker owns")
RESTORED = Gauge("riskstream_restored_partitions", "Partitions that this worker owns and has restored")
RESTORE_SECONDS = Histogram("riskstream_restore_seconds", "Checkpoint and steps of one partition brought back")
CHECKPOINT_SECONDS = Histogram("riskstream_checkpoint_seconds", "Copy, write and commit of one checkpoint")
CHECKPOINT_BYTES = Gauge("riskstream_checkpoint_bytes", "Size of the last checkpoint", ("partition",))
INCARNATIONS = Counter("riskstream_incarnations_ended_total", "Engines given up: fenced, commit unknown, error", ("reason",))
DIVERGENCES = Counter("riskstream_divergences_total", "Re-applied steps whose hash differs: must stay 0", ("partition",))
PLATFORM_GAPS = Counter("riskstream_platform_gaps_total", "Times without a step from anyone for more than 5 s")
BLIND_STEPS = Counter("riskstream_blind_steps_total", "Steps cut without an answer from this topic for 10 s", ("topic",))
SKIPPED_RECORDS = Counter("riskstream_skipped_records_total", "Records passed over because the engine failed on them", ("topic",))
LOOP_DELAY = Gauge("riskstream_loop_delay_seconds", "How late the event loop was at its last beat")

# Sink, roll-up, configuration
SINK_ROWS = Counter("riskstream_sink_rows_total", "Rows written", ("table",))
SINK_SECONDS = Histogram("riskstream_sink_insert_seconds", "One insert", ("table",))
SINK_ERRORS = Counter("riskstream_sink_errors_total", "Inserts that failed and were tried again", ("table",))
SINK_LAG = Gauge("riskstream_sink_lag_records", "Records not yet in ClickHouse", ("topic",))
ROLLUP_MINUTES = Counter("riskstream_rollup_minutes_total", "Minutes combined over all partitions", ("kind",))
CONFIGURATION = Counter(
    "riskstream_configuration_changes_total", "Rule sets, parameters, models: in force or refused", ("kind", "result")
)
BUILD = Gauge("riskstream_build_info", "Always 1; says which version runs", ("version",))

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Counter | Gauge | Histogram))
