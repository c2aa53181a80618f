"""The work of the scenarios: the same seed is the same work, however it is cut; the job in Python says what the engine says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers import job, with_riskstream
from benchmarks.peers.plain import run as plain_run
from benchmarks.scenarios.live import growing
from benchmarks.workloads import probes
from benchmarks.workloads.nation import LIVE_MS, REPLAY_MS, arrivals_ms, frames_of, nation, steps, values_of
from benchmarks.workloads.rule_sets import rule_files
from streams.decode.decoder import Decoder
from streams.domain.log import RawRecord
from streams.domain.partitions import partition_of
from streams.engine.kernels.layout import SHORT_COUNT, SHORT_PANE_MS
from streams.engine.rules_load import load_rules


def test_steps_of_any_length_hold_the_same_records_at_the_same_times() -> None:
    given = nation(2_000, 0.1, 3)
    taken = []
    for step_ms in (LIVE_MS, REPLAY_MS):
        parts = [(cut, decoded.frames) for cut, decoded in steps(given, 5, step_ms)]
        assert all(frame.log_ms <= cut.log_ms for cut, frames in parts for frame in frames.at)
        taken.append((
            [(frame.log_ms, frame.offset) for _, frames in parts for frame in frames.at],
            [code for _, frames in parts for code in frames.codes], np.concatenate([f.value for _, f in parts]).tolist(),
        ))  # fmt: skip
    assert taken[0] == taken[1]
    assert len(taken[0][0]) == given.frames
    assert taken[0][0][0][0] < taken[0][0][-1][0]


def test_frames_as_bytes_decode_to_the_columns_of_the_steps() -> None:
    given = nation(500, 0.1, 3)
    raw = [
        RawRecord("readings", 0, i, at, k, v)
        for i, (at, (k, v)) in enumerate(zip(arrivals_ms(given, 2), frames_of(given, 2), strict=True))
    ]
    decoded = Decoder().decode(raw, [r.broker_ms for r in raw])
    ((_, of_steps),) = steps(given, 2, REPLAY_MS)
    assert not decoded.rejected
    assert not decoded.events
    assert decoded.frames.value.tolist() == of_steps.frames.value.tolist()
    assert decoded.frames.codes == of_steps.frames.codes
    assert decoded.frames.event_ms.tolist() == of_steps.frames.event_ms.tolist()


def test_the_share_in_alarm_is_the_one_asked_for() -> None:
    for share in (0.0, 0.01, 0.3):
        given = nation(100_000, share, 1)
        beyond = [(values_of(given, number) > 60.0).mean() for number in (100, 117, 143)]
        assert all(abs(found - share) <= 0.003 for found in beyond)


@pytest.mark.slow
def test_rule_sets_have_the_size_asked_for_and_are_read_as_files_are() -> None:
    sizes = [len(load_rules(rule_files(count))) for count in (10, 300)]
    assert sizes == [10, 300]
    assert rule_files(300) == rule_files(300)


def test_the_jobs_panes_are_those_of_the_engine() -> None:
    assert (job.PANE_S * 1000, job.PANES) == (SHORT_PANE_MS, SHORT_COUNT)


def test_frames_and_readings_are_the_same_job() -> None:
    assert plain_run(100_000, 5).hash == plain_run(100_000, 5, frames=True).hash


@pytest.mark.slow
def test_the_engine_says_what_the_job_says() -> None:
    readings = 900_000  # 90 s: panes fall out of the minute
    reference, ours = plain_run(readings, 5), with_riskstream.run(readings, 5)
    assert reference.more["said"] > 300
    assert ours.hash == reference.hash


def test_every_partition_has_a_probe() -> None:
    assert [partition_of(owner.encode(), 8) for owner in probes.owners(8)] == list(range(8))


def test_a_way_that_becomes_longer_is_seen() -> None:
    steady = [(n * 200, n * 200 + 100 + n % 7) for n in range(300)]
    assert not growing(steady)
    assert growing([(stamp, receipt + n * 10) for n, (stamp, receipt) in enumerate(steady)])
    assert growing([])
