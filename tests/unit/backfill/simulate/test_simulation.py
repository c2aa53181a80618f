"""The simulated stream: the same bytes for the same seed, in order, decodable, quiet when it should be, labelled where it is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec
import pytest

from backfill.inputs import InputRecord
from backfill.simulate import KINDS, Simulation, Spec, World, drawn
from backfill.simulate.days import DAY, EnterpriseDay, local_date, midnight_of
from backfill.simulate.incidents import DoesNotFit, Kind
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS, Commitment, Frame, Outage
from streams.domain.registry import Limits, Point

START = 1_767_571_200_000  # 2026-01-05 08:00 in the simulated country
HOUR = 3_600_000
TYPES = {**RAW_TOPICS, **{topic: kind for topic, kind in BROADCAST_TOPICS.items() if kind is not None}}


@pytest.fixture(scope="module")
def county() -> World:
    return World.generate("county", 11, 30)


def points_of(world: World) -> dict[tuple[str, str], Point]:
    found: dict[tuple[str, str], Point] = {}
    for enterprise in world.enterprises:
        devices = [d for owner in (enterprise.devices, *(s.devices for s in enterprise.sources)) for d in owner]
        found |= {(enterprise.code, point.code): point for device in devices for point in device.points}
    return found


def frames(records: Iterable[InputRecord]) -> Iterator[tuple[int, Frame]]:
    decoder = msgspec.json.Decoder(Frame)
    for record in records:
        if record.topic == "readings":
            yield record.arrival_ms, decoder.decode(record.value or b"")


def sent(world: World, until_ms: int, *specs: Spec, seed: int = 1) -> list[InputRecord]:
    return list(Simulation(world, START, seed, specs).records(until_ms))


def test_the_same_seed_gives_the_same_bytes_however_it_is_asked_for(county: World) -> None:
    specs = (Spec(kind="leak", after_s=30), Spec(kind="overfill", after_s=10))
    whole = sent(county, START + 400_000, *specs)
    again = Simulation(World.generate("county", 11, 30), START, 1, specs)
    pieces: list[InputRecord] = []
    for until in range(START + 700, START + 400_701, 700):
        pieces += again.records(min(until, START + 400_000))
    assert pieces == whole
    assert len(whole) > 300
    assert sent(county, START + 400_000, *specs, seed=2) != whole


def test_a_consumer_that_stops_in_the_middle_gets_the_rest_later(county: World) -> None:
    one, two = Simulation(county, START, 1), Simulation(county, START, 1)
    stream = one.records(START + 60_000)
    first = [next(stream) for _ in range(7)]
    assert first + list(one.records(START + 60_000)) == list(two.records(START + 60_000))


def test_records_arrive_in_order_inside_the_time_asked_for(county: World) -> None:
    records = sent(county, START + HOUR, Spec(kind="cut_line", after_s=600, duration_s=300))
    assert all(a.arrival_ms <= b.arrival_ms for a, b in pairwise(records))
    assert records[0].arrival_ms >= START
    assert records[-1].arrival_ms < START + HOUR


def test_every_message_is_what_its_topic_takes_and_is_keyed_by_enterprise(county: World) -> None:
    seen = Counter[str]()
    for record in sent(county, START + 24 * HOUR, Spec(kind="runaway", after_s=100)):
        message: object = msgspec.json.decode(record.value or b"", type=TYPES[record.topic])
        assert record.key == getattr(message, "enterprise", getattr(message, "region", "")).encode()
        seen[record.topic] += 1
    assert set(seen) >= {"readings", "video-status", "commitments", "work-permits", "duty-records", "prevention-indicators", "weather",
                         "enterprise-alarms", "interlocks", "outages"}  # fmt: skip
    assert seen["video-status"] == pytest.approx(8 * 1440, rel=0.01)


def test_frames_carry_registered_points_in_range_and_in_steps(county: World) -> None:
    registered = points_of(county)
    for _, frame in frames(sent(county, START + 120_000)):
        assert len(frame.codes) == len(frame.values)
        for code, value in zip(frame.codes, frame.values, strict=True):
            point = registered[frame.enterprise, code]
            if value is not None:
                assert point.range_lo <= value <= point.range_hi
                steps = value / (point.resolution or 1.0)
                assert abs(steps - round(steps)) < 1e-6
                assert len(repr(value)) <= 12  # as an instrument shows it, no binary tail


def beyond(limits: Limits, danger: str, value: float) -> bool:
    high, low = limits.h, limits.l
    return (danger != "low" and high is not None and value >= high) or (danger != "high" and low is not None and value <= low)


def at_rest(point: Point) -> Limits:
    """A launder is empty between casts, which its rules know."""
    metal = point.quantity == "level" and point.medium == "铝液"
    return Limits(None, None, point.limits.h, point.limits.hh) if metal else point.limits


def test_a_quiet_day_crosses_no_limit_but_in_filed_calibrations(county: World) -> None:
    """The crying-wolf test needs a world in which every alarm is false."""
    registered = points_of(county)
    records = sent(county, START + 24 * HOUR)
    filed = defaultdict(list)
    for record in records:
        if record.topic == "outages":
            outage = msgspec.json.decode(record.value or b"", type=Outage)
            assert outage.filed_at + 600_000 <= outage.start_at
            for code in outage.points:
                filed[outage.enterprise, code].append((outage.start_at, outage.end_at))
    nulls = total = 0
    for arrival, frame in frames(records):
        for code, value in zip(frame.codes, frame.values, strict=True):
            total += 1
            nulls += value is None
            point = registered[frame.enterprise, code]
            if value is not None and point.quantity != "wind" and beyond(at_rest(point), point.danger, value):
                windows = filed[frame.enterprise, code]
                assert any(start <= arrival <= end for start, end in windows), (code, value, arrival)
    assert 0.002 < nulls / total < 0.012


EVIDENCE: dict[Kind, tuple[str, int]] = {  # which limit the label's first points pass, and how many of them
    "leak": ("hh", 2), "co_leak": ("hh", 2), "overfill": ("hh", 1), "overpressure": ("hh", 1), "runaway": ("hh", 2),
    "mould_water_loss": ("ll", 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(EVIDENCE))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_readings_show_the_labelled_incident_when_the_label_says_so(county: World, kind: Kind, seed: int) -> None:
    simulation = Simulation(county, START, seed, (Spec(kind=kind, after_s=120),))
    (label,) = simulation.labels
    name, count = EVIDENCE[kind]
    registered = points_of(county)
    series: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for arrival, frame in frames(simulation.records(label.end_ms + 120_000)):
        if frame.enterprise == label.enterprise:
            for code, value in zip(frame.codes, frame.values, strict=True):
                if value is not None:
                    series[code].append((arrival, value))
    for code in label.points[:count]:
        limits = registered[label.enterprise, code].limits
        limit = getattr(limits, name)
        passed = [at for at, value in series[code] if (value >= limit if name == "hh" else value <= limit)]
        assert passed, code
        assert label.start_ms <= passed[0] <= label.evidence_ms + 660_000  # a level may start low in its cycle
        assert passed[-1] <= label.end_ms
    assert label.expect in ("yellow", "orange", "red")


def test_a_frozen_level_stands_still_while_the_tank_fills(county: World) -> None:
    simulation = Simulation(county, START, 1, (Spec(kind="frozen_sensor", after_s=60),))
    (label,) = simulation.labels
    (code,) = label.points
    shown, flow = [], []
    for arrival, frame in frames(simulation.records(label.end_ms)):
        if frame.enterprise == label.enterprise and code in frame.codes and label.start_ms + 60_000 < arrival < label.end_ms:
            shown.append(frame.values[frame.codes.index(code)])
            inflow = code.removesuffix("LI") + "FI"
            if inflow in frame.codes:
                flow.append(frame.values[frame.codes.index(inflow)])
    assert len(shown) > 50
    assert len({value for value in shown if value is not None}) == 1
    assert not flow or max(value or 0 for value in flow) > 50


def test_a_cut_line_is_silent_and_a_missed_commitment_is_missing(county: World) -> None:
    victim, other = county.enterprises[0].code, county.enterprises[1].code
    simulation = Simulation(county, START, 1, (Spec(kind="cut_line", after_s=600, source=victim, duration_s=900),
                                               Spec(kind="missed_commitment", after_s=60, source=other)))  # fmt: skip
    cut, missed = simulation.labels
    heard: dict[str, int] = Counter()
    committed: set[str] = set()
    for record in simulation.records(START + 2 * HOUR):
        if record.topic == "commitments":
            committed.add(msgspec.json.decode(record.value or b"", type=Commitment).enterprise)
    for arrival, frame in frames(Simulation(county, START, 1, (Spec(kind="cut_line", after_s=600, source=victim, duration_s=900),))
                                 .records(START + HOUR)):  # fmt: skip
        if cut.start_ms + 3000 < arrival < cut.end_ms:
            heard[frame.enterprise] += 1
    assert (cut.expect, missed.expect) == ("yellow", "finding")
    assert heard[victim] == 0
    assert heard[other] > 0
    assert missed.enterprise == other
    assert other not in committed
    assert len(committed) >= 6


def test_grave_incidents_send_a_failed_interlock_that_is_registered(county: World) -> None:
    simulation = Simulation(county, START, 1, (Spec(kind="overfill", after_s=10, grave=True),))
    known = {(e.code, i.code) for e in county.enterprises for s in e.sources for i in s.interlocks}
    states = [msgspec.json.decode(r.value or b"") for r in simulation.records(START + HOUR) if r.topic == "interlocks"]
    assert [state["state"] for state in states] == ["failed"]
    assert (states[0]["enterprise"], states[0]["interlock"]) in known
    assert simulation.labels[0].expect == "red"


def test_an_incident_that_no_source_can_have_is_refused(county: World) -> None:
    hazchem = next(e.code for e in county.enterprises if e.profile == "hazchem")
    with pytest.raises(DoesNotFit, match="mould_water_loss"):
        Simulation(county, START, 1, (Spec(kind="mould_water_loss", after_s=1, source=hazchem),))


def test_drawn_incidents_are_the_same_again_and_cover_the_kinds() -> None:
    world = World.generate("city", 1)
    specs = drawn(world, 86_400, 3, per_source_day=0.3)
    assert specs == drawn(world, 86_400, 3, per_source_day=0.3)
    assert {spec.kind for spec in specs} == set(KINDS)
    assert all(0 <= spec.after_s < 86_400 for spec in specs)
    Simulation(world, START, 3, specs)


def test_commitments_come_before_ten_but_for_a_few() -> None:
    world = World.generate("city", 4)
    on_time = late = 0
    for midnight in range(midnight_of(START // 1000), midnight_of(START // 1000) + 20 * DAY, DAY):
        for index, enterprise in enumerate(world.enterprises):
            gateways = [gateway for gateway in world.gateways if gateway.enterprise == enterprise.code]
            for record in EnterpriseDay(enterprise, gateways, midnight, 4, index).made(commits=True).records:
                if record.topic == "commitments":
                    message = msgspec.json.decode(record.value or b"", type=Commitment)
                    assert message.date == local_date(record.arrival_ms // 1000)
                    of_day_h = (record.arrival_ms / HOUR + 8) % 24
                    on_time, late = (on_time + 1, late) if of_day_h < 10 else (on_time, late + 1)
    assert 0.985 * 800 < on_time + late < 800  # some are missing
    assert 0 < late < 0.06 * on_time
