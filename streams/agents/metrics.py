"""Counts what happens, under the names of `streams.domain.metric_names`, for Prometheus. One `Metrics` a process."""

from __future__ import annotations

import contextlib

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Gauge as PrometheusGauge
from prometheus_client import Histogram as PrometheusHistogram

from streams.domain.metric_names import METRICS, Counter, Gauge, Histogram, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All metrics of a process. Label values are given in the order of the metric's labels.

    >>> from streams.domain.metric_names import STEPS
    >>> metrics = Metrics()
    >>> metrics.add(STEPS, 2, "0")
    >>> b'riskstream_steps_total{partition="0"} 2.0' in metrics.exposition()
    True
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counters = {m.name: PrometheusCounter(m.name, m.help, m.labels, registry=self._registry) for m in _of(Counter)}
        self._gauges = {m.name: PrometheusGauge(m.name, m.help, m.labels, registry=self._registry) for m in _of(Gauge)}
        self._histograms = {
            m.name: PrometheusHistogram(m.name, m.help, m.labels, buckets=m.buckets, registry=self._registry)
            for m in METRICS
            if isinstance(m, Histogram)
        }

    def add(self, counter: Counter, by: float = 1.0, *labels: object) -> None:
        found = self._counters[counter.name]
        (found.labels(*map(str, labels)) if counter.labels else found).inc(by)

    def set(self, gauge: Gauge, value: float, *labels: object) -> None:
        found = self._gauges[gauge.name]
        (found.labels(*map(str, labels)) if gauge.labels else found).set(value)

    def observe(self, histogram: Histogram, value: float, *labels: object) -> None:
        found = self._histograms[histogram.name]
        (found.labels(*map(str, labels)) if histogram.labels else found).observe(value)

    def forget(self, gauge: Gauge, *labels: object) -> None:
        """Drop one series of a gauge, such as the lag of a partition that another worker owns now."""
        with contextlib.suppress(KeyError):
            self._gauges[gauge.name].remove(*map(str, labels))

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


def _of(kind: type[Counter] | type[Gauge]) -> list[Metric]:
    return [metric for metric in METRICS if isinstance(metric, kind)]
