"""The daily report as one JSON object: every rate with its two numbers, and the hash of what it was made from."""

from __future__ import annotations

from typing import Any

import msgspec

from reports.daily import DailyReport, Rate


def daily_json(report: DailyReport) -> dict[str, Any]:
    """Plain values, in the order of the report."""
    return {"report": "daily", **_plain(report)}


def _plain(value: object) -> Any:
    if isinstance(value, Rate):
        return {"part": value.part, "of": value.of, "percent": value.percent}
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
