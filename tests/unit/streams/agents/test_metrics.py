from __future__ import annotations

import pytest

from streams.agents.metrics import Metrics
from streams.domain.metric_names import ASSIGNED, LAG, METRICS, SINK_SECONDS, STEP_SECONDS, WARNINGS


def test_each_metric_of_the_one_place_is_exposed() -> None:
    exposed = Metrics().exposition().decode()
    assert [metric.name for metric in METRICS if f"# HELP {metric.name} " not in exposed] == []


def test_counts_add_up_by_label_in_their_order() -> None:
    metrics = Metrics()
    metrics.add(WARNINGS, 1, "raise", "red")
    metrics.add(WARNINGS, 2, "raise", "red")
    metrics.add(WARNINGS, 1, "clear", "red")
    exposed = metrics.exposition()
    assert b'riskstream_warnings_total{kind="raise",level="red"} 3.0' in exposed
    assert b'riskstream_warnings_total{kind="clear",level="red"} 1.0' in exposed


def test_the_half_second_of_the_promise_is_a_bucket() -> None:
    metrics = Metrics()
    metrics.observe(STEP_SECONDS, 0.4)
    metrics.observe(SINK_SECONDS, 0.7, "warnings")
    exposed = metrics.exposition()
    assert b'riskstream_step_seconds_bucket{le="0.3"} 0.0' in exposed
    assert b'riskstream_step_seconds_bucket{le="0.5"} 1.0' in exposed
    assert b'riskstream_sink_insert_seconds_bucket{le="0.5",table="warnings"} 0.0' in exposed


def test_a_partition_that_left_is_forgotten() -> None:
    metrics = Metrics()
    metrics.set(ASSIGNED, 2)
    metrics.set(LAG, 99, "3")
    metrics.forget(LAG, 3)
    metrics.forget(LAG, 4)
    exposed = metrics.exposition()
    assert b'riskstream_lag_seconds{partition="3"}' not in exposed
    assert b"riskstream_assigned_partitions 2.0" in exposed


def test_a_label_too_few_is_an_error() -> None:
    with pytest.raises(ValueError, match="Incorrect label count"):
        Metrics().add(WARNINGS, 1, "raise")
