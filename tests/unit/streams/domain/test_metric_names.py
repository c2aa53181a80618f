"""Names follow Prometheus' conventions, and no label can grow with the number of what is watched."""

from __future__ import annotations

import re

import pytest

from deploy.metrics_page import PAGE, page
from streams.domain.metric_names import METRICS, Counter, Histogram, Metric

BOUNDED = {"partition", "topic", "level", "kind", "reason", "result", "table", "version"}


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS) > 20


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: str(metric.name))
def test_a_metric_is_named_by_its_kind_and_unit_and_has_bounded_labels(metric: Metric) -> None:
    assert re.fullmatch(r"riskstream_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == isinstance(metric, Counter)
    assert metric.help
    assert set(metric.labels) <= BOUNDED, "never the code of a source, point, enterprise or region"
    if isinstance(metric, Histogram):
        assert metric.name.endswith("_seconds")
        assert list(metric.buckets) == sorted(metric.buckets)


def test_the_page_for_operators_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run `python -m deploy.metrics_page`"
