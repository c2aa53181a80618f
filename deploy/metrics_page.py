"""Writes docs/metrics.md from the one place of metric names: `python -m deploy.metrics_page`. A test holds the two together."""

from __future__ import annotations

from pathlib import Path

from streams.domain.metric_names import METRICS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
_HEAD = """\
# Metrics

Served at `/metrics` of every worker, sink and roll-up. Made from `streams/domain/metric_names.py` by `python -m deploy.metrics_page`.
No label carries the code of a source, point, enterprise or region.

| name | kind | labels | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = (f"| `{m.name}` | {type(m).__name__.lower()} | {', '.join(m.labels)} | {m.help} |" for m in METRICS)
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
