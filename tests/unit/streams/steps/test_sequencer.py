"""Merge, holding back, blindness, the clock, gaps: the sequencer in plain steps and under random arrival."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.steps.merging import merged
from streams.steps.sequencer import Pace, Prepared, Sequencer

ACTIONS, READINGS, REGISTRY = TopicPartition("actions", 3), TopicPartition("readings", 3), TopicPartition("registry", 0)
PLACES = (ACTIONS, READINGS, REGISTRY)


def sequencer(
    positions: dict[TopicPartition, int] | None = None, pace: Pace | None = None, log_ms: int = 0, number: int = 0
) -> Sequencer:
    at = positions or dict.fromkeys(PLACES, 0)
    return Sequencer(3, at, number=number, log_ms=log_ms, at_ms=0, pace=pace or Pace())


def record(place: TopicPartition, offset: int, broker_ms: int, value: bytes = b"v") -> RawRecord:
    return RawRecord(place.topic, place.partition, offset, broker_ms, b"k", value)


def batch(place: TopicPartition, start: int, *broker_ms: int, stop: int | None = None) -> Batch:
    records = [record(place, start + i, at) for i, at in enumerate(broker_ms)]
    return Batch(place.topic, place.partition, start, start + len(records) if stop is None else stop, records)


def places_of(prepared: Prepared | None) -> list[tuple[str, int, int]]:
    assert prepared is not None
    return [(r.topic, r.offset, at) for r, at in zip(prepared.records, prepared.log_ms, strict=True)]


def test_merges_by_running_maximum_of_broker_time_then_topic_then_offset() -> None:
    seq = sequencer()
    seq.offer(batch(READINGS, 0, 100, 90, 120), 0)
    seq.offer(batch(ACTIONS, 0, 100, 110), 0)
    assert places_of(seq.cut(0)) == [
        ("actions", 0, 100), ("readings", 0, 100), ("readings", 1, 100), ("actions", 1, 110), ("readings", 2, 120),
    ]  # fmt: skip


def test_a_cut_names_exactly_what_it_took_and_where_its_time_ends() -> None:
    seq = sequencer(number=6, log_ms=50)
    seq.offer(batch(READINGS, 0, 100, 120), 0)
    prepared = seq.cut(0)
    assert prepared is not None
    assert (prepared.cut.number, prepared.cut.log_ms) == (7, 120)
    assert [tuple(r.__class__.__struct_fields__) and (r.topic, r.first, r.last) for r in prepared.cut.ranges] == [
        ("readings", 0, 1)
    ]
    assert prepared.positions == {ACTIONS: 0, READINGS: 2, REGISTRY: 0}


def test_a_record_older_than_log_time_gets_the_present_log_time() -> None:
    seq = sequencer(log_ms=500)
    seq.offer(batch(READINGS, 0, 100, 600), 0)
    assert places_of(seq.cut(0)) == [("readings", 0, 500), ("readings", 1, 600)]


def test_repeated_records_are_trimmed_and_missing_ones_sought() -> None:
    seq = sequencer()
    assert seq.offer(batch(READINGS, 0, 1, 2, 3), 0) is None
    assert seq.offer(batch(READINGS, 1, 2, 3, 4), 0) is None
    assert seq.offer(batch(READINGS, 6, 7), 0) == 4
    assert seq.offer(batch(READINGS, 4, 5, 6), 0) is None
    assert [offset for _, offset, _ in places_of(seq.cut(0))] == [0, 1, 2, 3, 4, 5]


def test_counted_batches_come_out_once_when_worked_off() -> None:
    seq = sequencer()
    first, refused, repeated = batch(READINGS, 0, 1, 2), batch(READINGS, 9, 5), batch(READINGS, 0, 1)
    for fed in (first, refused, repeated):
        seq.offer(fed, 0, counted=True)
    assert seq.done_with() == [refused, repeated]
    seq.cut(0)
    assert seq.done_with() == [first]
    assert seq.done_with() == []


def test_a_topic_with_known_lag_and_nothing_in_hand_holds_the_merge_back() -> None:
    seq = sequencer()
    seq.learned({ACTIONS: 1, READINGS: 2, REGISTRY: 0}, None, 0)
    seq.offer(batch(READINGS, 0, 100, 200), 0)
    assert seq.cut(1_000) is None
    seq.offer(batch(ACTIONS, 0, 150), 1_000)
    assert places_of(seq.cut(1_000)) == [("readings", 0, 100), ("actions", 0, 150), ("readings", 1, 200)]


def test_a_broadcast_topic_holds_the_merge_back_too() -> None:
    seq = sequencer()
    seq.learned({ACTIONS: 0, READINGS: 1, REGISTRY: 1}, None, 0)
    seq.offer(batch(READINGS, 0, 100), 0)
    assert seq.cut(1_000) is None
    seq.offer(batch(REGISTRY, 0, 50), 1_000)
    assert places_of(seq.cut(1_000)) == [("registry", 0, 50), ("readings", 0, 100)]


def test_a_topic_exhausted_in_mid_merge_holds_back_what_may_be_younger() -> None:
    seq = sequencer()
    seq.learned({ACTIONS: 5, READINGS: 2, REGISTRY: 0}, None, 0)
    seq.offer(batch(ACTIONS, 0, 100), 0)
    seq.offer(batch(READINGS, 0, 50, 150), 0)
    assert places_of(seq.cut(0)) == [("readings", 0, 50), ("actions", 0, 100)]


def test_a_topic_silent_for_ten_seconds_is_named_blind_and_no_longer_waited_for() -> None:
    seq = sequencer()
    seq.learned({ACTIONS: 1, READINGS: 1, REGISTRY: 0}, None, 0)
    seq.offer(batch(READINGS, 0, 100), 0)
    assert seq.cut(10_000) is None
    prepared = seq.cut(10_001)
    assert prepared is not None
    assert prepared.cut.blind == ("actions",)
    assert len(prepared.records) == 1


def test_time_moves_without_records_only_to_the_moment_of_the_asking_and_only_when_all_is_taken() -> None:
    seq = sequencer(log_ms=1_500)
    ends = {ACTIONS: 0, READINGS: 1, REGISTRY: 0}
    seq.learned(ends, 3_200, 0)
    assert seq.cut(1_000) is None  # behind: no tick overtakes the backlog
    seq.offer(batch(READINGS, 0, 1_600), 0)
    prepared = seq.cut(1_000)
    assert prepared is not None
    assert (prepared.log_ms, prepared.cut.log_ms) == ([1_600], 3_200)


def test_an_idle_partition_steps_when_a_tick_is_passed_and_not_before() -> None:
    seq = sequencer(log_ms=1_500)
    seq.learned(dict.fromkeys(PLACES, 0), 2_000, 0)
    assert seq.cut(10_000) is None
    seq.learned(dict.fromkeys(PLACES, 0), 2_001, 0)
    prepared = seq.cut(10_000)
    assert prepared is not None
    assert (prepared.cut.log_ms, prepared.records, prepared.cut.ranges) == (2_001, [], ())


def test_a_backlog_that_does_not_fit_one_step_moves_time_by_its_records() -> None:
    seq = sequencer(log_ms=1, pace=Pace(weight=2))
    seq.learned({ACTIONS: 0, READINGS: 4, REGISTRY: 0}, 99_000, 0)
    seq.offer(batch(READINGS, 0, 100, 5_000, 9_000, 9_500), 0)
    times = []
    while (prepared := seq.cut(10_000)) is not None and prepared.records:
        times.append(prepared.cut.log_ms)
    assert times[:-1] == sorted(times[:-1])
    assert times[0] < 9_500
    assert times[-1] == 99_000


def test_a_step_holds_at_least_one_record_however_heavy() -> None:
    seq = sequencer(pace=Pace(weight=1))
    heavy = Batch("readings", 3, 0, 2, [record(READINGS, 0, 5, b"x" * 1_000_000), record(READINGS, 1, 6)])
    seq.offer(heavy, 0)
    assert [offset for _, offset, _ in places_of(seq.cut(0))] == [0]
    assert [offset for _, offset, _ in places_of(seq.cut(1_000))] == [1]


def test_transaction_markers_at_the_end_count_as_taken() -> None:
    seq = sequencer(log_ms=10)
    seq.learned({ACTIONS: 0, READINGS: 3, REGISTRY: 0}, 5_000, 0)
    seq.offer(batch(READINGS, 0, 20, 30, stop=3), 0)
    prepared = seq.cut(1_000)
    assert prepared is not None
    assert prepared.positions[READINGS] == 3
    assert prepared.cut.log_ms == 5_000


def test_what_retention_removed_is_named_as_a_gap_and_passed() -> None:
    seq = sequencer(log_ms=10)
    seq.learned({ACTIONS: 0, READINGS: 9, REGISTRY: 0}, None, 0)
    seq.lost(READINGS, 7)
    seq.offer(batch(READINGS, 7, 20, 30), 0)
    prepared = seq.cut(0)
    assert prepared is not None
    assert [(g.topic, g.first, g.last) for g in prepared.cut.gaps] == [("readings", 0, 6)]
    assert [(r.first, r.last) for r in prepared.cut.ranges] == [(7, 8)]


def test_hello_takes_nothing_and_keeps_the_time() -> None:
    seq = sequencer(log_ms=77, number=4)
    seq.offer(batch(READINGS, 0, 100), 0)
    hello = seq.hello(0)
    assert (hello.cut.number, hello.cut.log_ms, hello.cut.ranges, hello.records) == (5, 77, (), [])
    assert len(places_of(seq.cut(0))) == 1


def test_the_interval_is_kept_between_steps_unless_enough_waits() -> None:
    seq = sequencer(pace=Pace(interval_ms=200, weight=3))
    seq.offer(batch(READINGS, 0, 1), 0)
    assert seq.cut(0) is not None
    seq.offer(batch(READINGS, 1, 2), 100)
    assert seq.cut(100) is None
    assert seq.wake_in_ms(100) == 100
    heavy = Batch("readings", 3, 2, 3, [record(READINGS, 2, 3, b"x" * 100)])
    seq.offer(heavy, 110)
    assert seq.cut(110) is not None


def test_under_a_player_the_order_does_not_depend_on_which_topic_was_fetched_first() -> None:
    seq = sequencer(pace=Pace(by_clock=True))
    seq.learned(dict.fromkeys(PLACES, 0), 1_000, 0)
    seq.offer(batch(READINGS, 0, 1_100, 2_400), 0)  # fetched before anyone asked how far the other topics reach
    first = seq.cut(0)
    assert first is not None
    assert (first.cut.log_ms, first.records) == (1_000, [])
    seq.learned({**dict.fromkeys(PLACES, 0), READINGS: 2, ACTIONS: 1}, 2_000, 10)
    assert seq.cut(1_000) is None  # the action may be older than any reading
    seq.offer(batch(ACTIONS, 0, 1_050), 20)
    assert places_of(seq.cut(2_000)) == [("actions", 0, 1_050), ("readings", 0, 1_100)]
    seq.learned({**dict.fromkeys(PLACES, 0), READINGS: 2, ACTIONS: 1}, 3_000, 30)
    assert places_of(seq.cut(3_000)) == [("readings", 1, 2_400)]


# --- laws --------------------------------------------------------------------------------------------------------------

times = st.lists(st.integers(0, 5_000), max_size=12)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[dict[TopicPartition, list[RawRecord]], list[Batch]]:
    """Records of three topics, and one way in which they arrive: batches of any size, interleaved, some repeated."""
    logs = {place: [record(place, i, at) for i, at in enumerate(draw(times))] for place in PLACES}
    queues = {place: list(records) for place, records in logs.items()}
    arriving: list[Batch] = []
    while any(queues.values()):
        place = draw(st.sampled_from([p for p, q in queues.items() if q]))
        count = draw(st.integers(1, len(queues[place])))
        taken, queues[place] = queues[place][:count], queues[place][count:]
        start = max(0, taken[0].offset - draw(st.integers(0, 2)))
        arriving.append(Batch(*place, start, taken[-1].offset + 1, [*logs[place][start : taken[0].offset], *taken]))
    return logs, arriving


@settings(max_examples=200, deadline=None)
@given(arrivals(), st.integers(1, 30), st.booleans())
def test_with_known_ends_the_order_does_not_depend_on_arrival_or_on_cuts(
    case: tuple[dict[TopicPartition, list[RawRecord]], list[Batch]], weight: int, eager: bool
) -> None:
    logs, arriving = case
    seq = sequencer(log_ms=1_000, pace=Pace(interval_ms=0, weight=weight))
    seq.learned({place: len(records) for place, records in logs.items()}, None, 0)
    taken: list[tuple[RawRecord, int]] = []
    steps: list[Prepared] = []

    def cut_all() -> None:
        while (prepared := seq.cut(1)) is not None:
            steps.append(prepared)
            taken.extend(zip(prepared.records, prepared.log_ms, strict=True))

    for arrived in arriving:
        assert seq.offer(arrived, 1) is None
        if eager:
            cut_all()
    cut_all()
    records, log_ms = merged(1_000, logs.values())
    assert taken == list(zip(records, log_ms, strict=True))
    assert all(prepared.records for prepared in steps)


@settings(max_examples=200, deadline=None)
@given(
    arrivals(),
    st.integers(1, 30),
    st.lists(st.booleans(), min_size=40, max_size=40),
    st.lists(st.integers(0, 9_000), max_size=40),
)
def test_ranges_cover_everything_once_and_fix_order_and_time(
    case: tuple[dict[TopicPartition, list[RawRecord]], list[Batch]], weight: int, cuts: list[bool], clocks: list[int]
) -> None:
    """Live order is whatever the race made of it, but step and ranges alone give it back; nothing is lost or taken twice."""
    logs, arriving = case
    seq = sequencer(log_ms=0, pace=Pace(interval_ms=0, weight=weight))
    steps: list[Prepared] = []
    have = dict.fromkeys(PLACES, 0)

    def cut() -> bool:
        prepared = seq.cut(1)
        if prepared is not None:
            steps.append(prepared)
        return prepared is not None and bool(prepared.records)

    for i, arrived in enumerate(arriving):
        seq.offer(arrived, 1)
        place = TopicPartition(arrived.topic, arrived.partition)
        have[place] = max(have[place], arrived.stop)
        if i < len(clocks):
            seq.learned(have, clocks[i], 1)
        if cuts[i % len(cuts)]:
            cut()
    while cut():
        pass

    position = dict.fromkeys(PLACES, 0)
    base_ms = 0
    for number, prepared in enumerate(steps, start=1):
        assert prepared.cut.number == number
        sources = []
        for taken in prepared.cut.ranges:
            place = TopicPartition(taken.topic, taken.partition)
            assert taken.first == position[place]
            sources.append(logs[place][taken.first : taken.last + 1])
            position[place] = taken.last + 1
        assert (prepared.records, prepared.log_ms) == merged(base_ms, sources)
        assert prepared.cut.log_ms >= base_ms
        assert not prepared.log_ms or prepared.log_ms[-1] <= prepared.cut.log_ms
        assert prepared.positions == position
        base_ms = prepared.cut.log_ms
    assert position == {place: len(records) for place, records in logs.items()}
