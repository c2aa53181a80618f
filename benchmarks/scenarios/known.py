"""Every scenario by its id, in the order in which `all` runs them."""

from __future__ import annotations

from benchmarks.harness.scenario import Scenario
from benchmarks.scenarios import engine, intake, live, peers, recovery, replay, sink, workers

_ALL = (
    engine.SCENARIO,
    intake.SCENARIO,
    peers.SCENARIO,
    replay.SCENARIO,
    workers.SCENARIO,
    sink.SCENARIO,
    recovery.SCENARIO,
    live.SCENARIO,
)
SCENARIOS: dict[str, Scenario] = {s.id: s for s in _ALL}
