"""What the demo plays: a simulated county with incidents, two public data sets as plants of that county, and the flaws of real senders.

All of it carries its own arrival times, so that the same seed and length give the same log. The time is the invented morning of
2026-01-05 from 08:00 on: tanks fill, commitments come in until 10:00; what a data set has left over is played again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from backfill.configuration import configuration, configuration_records
from backfill.datasets import petrobras, tep
from backfill.datasets.dataset import Dataset, Play, played
from backfill.inputs import InputRecord
from backfill.simulate import Simulation, World
from backfill.simulate.incidents import Spec
from backfill.training import publication, trained
from streams.domain.messages import ModelPublished
from streams.domain.registry import Region

START_MS = 1_767_571_200_000  # 2026-01-05 08:00 in UTC+8
DATE = "2026-01-05"
PERIOD_S = 5
TEP_FAULT = 6  # loss of feed A: trips the plant
TEP_SPEEDUP, PETROBRAS_SPEEDUP = 20.0, 120.0  # a row each 9 s and each 2.5 s
APPROVER = "demo"
_AFTER_MS = 1  # configuration and registry come first, just inside the first minute: its seconds are due from then on

INCIDENTS: tuple[Spec, ...] = (
    Spec(kind="leak", after_s=600, duration_s=900),
    Spec(kind="overfill", after_s=1_500, duration_s=900),
    Spec(kind="mould_water_loss", after_s=2_400, duration_s=600),
    Spec(kind="runaway", after_s=3_300, duration_s=900, grave=True),
    Spec(kind="cut_line", after_s=4_200, duration_s=900),
    Spec(kind="missed_commitment", after_s=300),
)


@dataclass(frozen=True, slots=True)
class Showcase:
    """Everything to play, in arrival order, and the county whose ranking closes the demo."""

    county: Region
    enterprises: int
    sources: int
    points: int
    model: ModelPublished
    first: list[InputRecord]  # configuration, registry, model: before time begins
    stream: Iterator[InputRecord]


def showcase(seed: int, duration_s: int, rules: Path) -> Showcase:
    """The demo's input of `duration_s` seconds of log time. Raises DatasetError when the data sets are not installed."""
    world = World.generate("county", seed, PERIOD_S)
    county = next(r for r in world.registry if isinstance(r, Region) and r.kind == "county")
    until_ms = START_MS + duration_s * 1000
    simulation = Simulation(world, START_MS, seed, [spec for spec in INCIDENTS if spec.after_s < duration_s])
    plants = [
        tep.dataset(TEP_FAULT).faster(TEP_SPEEDUP).settled(county),
        petrobras.dataset().faster(PETROBRAS_SPEEDUP).settled(county),
    ]
    model = publication(trained(plants[0]), plants[0].source)
    at_ms = START_MS + _AFTER_MS
    first = [
        *configuration_records(configuration(rules), at_ms, APPROVER),
        *(r._replace(arrival_ms=at_ms) for r in simulation.registry_records(at_ms)),
        *(
            next(r for r in played(plant) if r.key == f"enterprise/{plant.enterprise.code}".encode())._replace(arrival_ms=at_ms)
            for plant in plants
        ),
        InputRecord(at_ms, "models", model.source.encode(), msgspec.json.encode(model)),
    ]
    streams = [simulation.records(until_ms), *(_rows(plant, until_ms) for plant in plants), iter(_flawed(world, until_ms))]
    enterprises = [*world.enterprises, *(plant.enterprise for plant in plants)]
    return Showcase(
        county=county, enterprises=len(enterprises), sources=sum(len(e.sources) for e in enterprises),
        points=world.points + sum(len(plant.codes) for plant in plants), model=model, first=first,
        stream=heapq.merge(*streams, key=lambda record: record.arrival_ms),
    )  # fmt: skip


def _rows(plant: Dataset, until_ms: int) -> Iterator[InputRecord]:
    for turn in count():
        start_ms = START_MS + round(turn * len(plant.rows.values) * plant.period_s * 1000)
        for record in played(plant, Play(start_ms=start_ms, registry=False)):
            if record.arrival_ms >= until_ms:
                return
            yield record


def _flawed(world: World, until_ms: int) -> Sequence[InputRecord]:
    """What real gateways send now and then. Each is a dead letter with its reason; what is good in it is judged."""
    gateway = world.gateways[0]
    key = gateway.enterprise.encode()
    code = gateway.signals[0].code
    stamp = START_MS + 60_000
    head = f'{{"enterprise":"{gateway.enterprise}","gateway":"{gateway.gateway}","collected_at":{stamp},'
    bodies = [
        f'{head}"codes":["{code}"],"values":[NaN]}}'.encode(),
        f'{head}"codes":["{code}"],"values":["12.5"]}}'.encode(),
        f'{head}"codes":["NO-SUCH-POINT"],"values":[3.0]}}'.encode(),
        f'{head}"codes":["{code}"'.encode(),
        b"\xff\xfe\x00",
    ]
    return [InputRecord(stamp + 500 + i * 60_000, "readings", key, body) for i, body in enumerate(bodies)
            if stamp + 500 + i * 60_000 < until_ms]  # fmt: skip
