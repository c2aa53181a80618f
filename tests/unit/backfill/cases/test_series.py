"""The shorthand of series: how many samples, which values, which marks; and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.cases.series import Sample, SeriesProblem, parsed, samples


def values(text: str, every_ms: int = 5000) -> list[float | None]:
    return [s.value for s in samples(parsed(text, every_ms)[0])]


def test_counts_as_promtool_does() -> None:
    assert values("12+0.5x30") == [12 + 0.5 * i for i in range(31)]
    assert values("12x2 7") == [12, 12, 12, 7]
    assert values("-3-2x2") == [-3, -5, -7]
    assert values("1e2 .5") == [100, 0.5]


def test_time_is_whole_samples() -> None:
    assert len(values("12*10m")) == 120
    assert values("12->20*20s") == [12, 14, 16, 18, 20]
    assert values("1+1*15s 9") == [1, 2, 3, 9]


def test_gaps_send_nothing() -> None:
    assert values("1 _x10 2") == [1, 2]
    runs, stale = parsed("1 _*20s 2 stale", 5000)
    assert sum(run.length for run in runs) == 6
    assert stale


def test_marks() -> None:
    sent = list(samples(parsed("12!bad 3!at-2h!twice bad nan null 5!unit=kPa", 5000)[0]))
    assert sent == [Sample(12.0, valid=False), Sample(3.0, stamp_ms=-7_200_000, twice=True), Sample(3.0, valid=False),
                    Sample(None, nan=True), Sample(None), Sample(5.0, unit="kPa")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [("12y3", "token"), ("12 stale 3", "after_stale"), ("bad", "bad_first"), ("12*7s", "not_whole"), ("12->20", "goal"), ("", "empty"),
     ("1!suspect", "suspect"), ("1!x", "mark"), ("1x3000000", "too_long"), ("1!at+xx", "token"), ("--3", "token"), ("12*0s", "not_whole")],
)  # fmt: skip
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(SeriesProblem) as refused:
        parsed(text, 5000)
    assert refused.value.code == code


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(0, 50)), min_size=1, max_size=10))
def test_a_series_has_one_sample_more_than_it_says(parts: list[tuple[int, int]]) -> None:
    text = " ".join(f"{value}x{times}" for value, times in parts)
    assert values(text) == [float(value) for value, times in parts for _ in range(times + 1)]
