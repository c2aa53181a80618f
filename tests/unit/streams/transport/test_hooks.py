"""Bytes on their way: bounded for each partition, given back exactly, woken at the right moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.domain.log import Batch, RawRecord, TopicPartition
from streams.transport.hooks import Flow, Hooks, bytes_of, hooks_of, install

A, B = TopicPartition("a", 0), TopicPartition("b", 0)


def batch(place: TopicPartition, size: int) -> Batch:
    return Batch(*place, 0, 1, [RawRecord(*place, 0, 0, None, bytes(size))])


def test_a_full_partition_has_no_room_and_the_others_have() -> None:
    flow = Flow(limit_bytes=1_000)
    assert flow.has_room(A)
    flow.took(batch(A, 5_000))  # one batch may go over: any batch fits
    assert not flow.has_room(A)
    assert flow.has_room(B)


def test_the_listener_is_called_when_room_comes_and_only_then() -> None:
    flow, rung = Flow(limit_bytes=1_000), list[int]()
    flow.on_room(lambda: rung.append(flow.held_bytes()))
    small, large = batch(A, 10), batch(A, 2_000)
    flow.took(small)
    flow.gave_back(small)
    assert rung == []
    flow.took(small)
    flow.took(large)
    flow.gave_back(small)
    assert rung == []
    flow.gave_back(large)
    assert rung == [0]


def test_forgetting_gives_room_and_a_late_return_does_no_harm() -> None:
    flow, rung = Flow(limit_bytes=100), list[bool]()
    flow.on_room(lambda: rung.append(True))
    flow.took(batch(A, 500))
    flow.took(batch(B, 500))
    flow.forget([A])
    assert (flow.has_room(A), flow.has_room(B), rung) == (True, False, [True])
    flow.gave_back(batch(A, 500))
    flow.forget()
    assert flow.held_bytes() == 0


@given(sizes=st.lists(st.integers(0, 2_000), max_size=20))
def test_what_was_taken_and_given_back_adds_up(sizes: list[int]) -> None:
    flow = Flow(limit_bytes=1_000)
    batches = [batch(A if n % 2 else B, size) for n, size in enumerate(sizes)]
    for one in batches:
        flow.took(one)
    assert flow.held_bytes() == sum(map(bytes_of, batches))
    for one in reversed(batches):
        flow.gave_back(one)
    assert flow.held_bytes() == 0
    assert flow.has_room(A)


def test_an_empty_batch_has_a_weight_too() -> None:
    """Or a stream of markers could pile up without bound."""
    assert bytes_of(Batch("a", 0, 0, 1, [])) > 0


def test_each_app_has_its_own_hooks() -> None:
    class App:
        pass

    one, two, hooks = App(), App(), Hooks(release_on_ack=False)
    install(one, hooks)
    assert hooks_of(one) is hooks
    assert hooks_of(two) is hooks_of(two)
    assert hooks_of(two).release_on_ack
