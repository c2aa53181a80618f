"""What the demo plays: the same for the same seed, in arrival order, complete enough that its first minute can be judged."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import msgspec
import pytest

from backfill.showcase import INCIDENTS, START_MS, Showcase, showcase
from streams.domain.messages import Frame
from streams.domain.registry import Enterprise

RULES = Path(__file__).parents[3] / "risk_rules"
SECONDS = 400


@pytest.fixture(scope="module")
def show() -> Showcase:
    return showcase(1, SECONDS, RULES)


@pytest.fixture(scope="module")
def stream(show: Showcase) -> list[object]:
    return list(show.stream)


def test_rules_registry_and_model_come_before_time_begins(show: Showcase) -> None:
    assert {r.arrival_ms for r in show.first} == {START_MS + 1}
    topics = [r.topic for r in show.first]
    assert topics[:2] == ["parameters", "rules"]
    assert topics[-1] == "models"
    registered = [r for r in show.first if (r.key or b"").startswith(b"enterprise/")]
    assert len(registered) == show.enterprises
    records = [msgspec.json.decode(r.value or b"", type=Enterprise) for r in registered]
    assert show.county.code in {e.region for e in records}
    assert sum(len(e.sources) for e in records) == show.sources
    assert sum(len(d.points) for e in records for d in [*e.devices, *(d for s in e.sources for d in s.devices)]) == show.points
    assert show.model.source in {s.code for e in records for s in e.sources}


def test_the_stream_is_in_arrival_order_and_within_its_time(stream: list[object]) -> None:
    times = [r.arrival_ms for r in stream]  # type: ignore[attr-defined]
    assert all(a <= b for a, b in pairwise(times))
    assert times[0] >= START_MS
    assert times[-1] < START_MS + SECONDS * 1000


def test_everybody_who_is_registered_sends(show: Showcase, stream: list[object]) -> None:
    senders = {r.key for r in stream if r.topic == "readings"}  # type: ignore[attr-defined]
    registered = {(r.key or b"").partition(b"/")[2] for r in show.first if (r.key or b"").startswith(b"enterprise/")}
    assert senders == registered


def test_it_has_the_flaws_of_real_senders(stream: list[object]) -> None:
    bad = 0
    for record in stream:
        if record.topic == "readings":  # type: ignore[attr-defined]
            try:
                msgspec.json.decode(record.value, type=Frame)  # type: ignore[attr-defined]
            except (msgspec.DecodeError, UnicodeDecodeError):
                bad += 1
    assert bad == 4, "an unknown point decodes, and is the engine's to refuse"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(stream: list[object]) -> None:
    assert list(showcase(1, SECONDS, RULES).stream) == stream
    assert list(islice(showcase(2, SECONDS, RULES).stream, 200)) != stream[:200]


def test_incidents_of_every_gravity_are_played_in_the_half_minute_of_make_demo() -> None:
    assert {"leak", "overfill", "runaway", "cut_line", "missed_commitment"} <= {spec.kind for spec in INCIDENTS}
    assert any(spec.grave for spec in INCIDENTS)
    assert max(spec.after_s for spec in INCIDENTS) < 30 * 300
