"""Step records and their chain."""

from __future__ import annotations

import pytest

from streams.domain.log import NO_HASH, Cut, Gap, Outcome, Range, RawRecord
from streams.steps.codec import BadStep, Chain, cut_of, decode_step, encode_step, link, step_of

CUT = Cut(partition=2, number=1, log_ms=1_700_000_000_000, ranges=(Range("readings", 2, 0, 99), Range("rules", 0, 3, 3)),
          blind=("actions",), gaps=(Gap("outages", 2, 5, 8),), skip=(Range("readings", 2, 7, 7),), platform_gap_ms=6_000,
          degraded=("lag",))  # fmt: skip
OUTCOME = Outcome((), "ab" * 32)


def record(offset: int, data: bytes) -> RawRecord:
    return RawRecord("steps", 2, offset, 0, None, data)


def test_a_step_comes_back_as_it_was_and_gives_its_cut() -> None:
    step = step_of(CUT, OUTCOME, NO_HASH, {"engine": "1"})
    assert decode_step(encode_step(step)) == step
    assert cut_of(step) == CUT


def test_a_plain_step_is_small() -> None:
    cut = Cut(partition=2, number=1234567, log_ms=1_700_000_000_000, ranges=(Range("readings", 2, 1_000_000, 1_000_900),))
    assert len(encode_step(step_of(cut, OUTCOME, "cd" * 32, {}))) < 300


def test_the_chain_follows_number_and_predecessor() -> None:
    first = encode_step(step_of(CUT, OUTCOME, NO_HASH, {}))
    second = encode_step(step_of(Cut(partition=2, number=2, log_ms=1), OUTCOME, link(first), {}))
    chain = Chain()
    assert chain.follow(record(0, first)).number == 1
    assert chain.follow(record(2, second)).number == 2
    assert chain.head == link(second)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"partition":"x"}'])
def test_what_is_no_step_is_refused(data: bytes) -> None:
    with pytest.raises(BadStep):
        Chain().follow(record(0, data))


def test_a_step_that_follows_another_history_is_refused() -> None:
    stranger = encode_step(step_of(Cut(partition=2, number=1, log_ms=1), OUTCOME, "ee" * 32, {}))
    with pytest.raises(BadStep, match="does not follow"):
        Chain().follow(record(0, stranger))
