"""A contender in a process of its own: its sample comes back, its failure is one reason, its end is in time."""

from __future__ import annotations

import pytest

from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Unavailable

PLAIN = "benchmarks.peers.plain"


def test_the_sample_of_a_child_comes_back() -> None:
    sample = in_child(PLAIN, "null", {"readings": 20_000, "seed": 1})(60.0)
    assert sample.work == 20_000
    assert sample.seconds >= 0.0


def test_what_a_child_says_last_is_the_reason() -> None:
    with pytest.raises(Unavailable, match="unexpected keyword"):
        in_child(PLAIN, "null", {"colour": "red"})(60.0)


def test_a_child_ends_when_its_time_is_over() -> None:
    with pytest.raises(Unavailable, match="did not end"):
        in_child(PLAIN, "null", {"readings": 20_000, "seed": 1})(0.01)
