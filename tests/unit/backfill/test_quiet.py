"""Point alarms of a quiet time are counted against their limit, and each is explained."""

from __future__ import annotations

import pytest

from backfill.quiet import Quiet, said
from streams.domain.outputs import PointAlarm, encode


def quiet(alarms: int) -> Quiet:
    found = Quiet(enterprises=1, sources=10, points=100, days=1.0, seed=1, period_s=30, rules="x")
    for n in range(alarms):
        made = PointAlarm(id=str(n), kind="alarm_on", enterprise="E", source="S", region="R", point="P1", device="D", quantity="pressure",
                          limit_kind="H", rule="pressure-h", at_ms=0, event_ms=0, value=1.7, limit=1.6, unit="MPa")  # fmt: skip
        found.take(encode("warnings", "S", made))
    return found


@pytest.mark.parametrize(("alarms", "broken"), [(2, []), (3, ["alarms"])])
def test_more_than_so_many_a_source_and_day_break_the_promise(alarms: int, broken: list[str]) -> None:
    assert quiet(alarms).too_many() == broken


def test_each_alarm_is_explained_and_the_rest_are_counted() -> None:
    words = said(quiet(45), "en")
    assert words.count("alarm pressure-h S/P1: 1.7 MPa (limit 1.6)") == 40
    assert "pressure-h: 5 more" in words
