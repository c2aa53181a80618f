"""Replay of recordings: places in the log, windows, what is no input, and the one hash."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from backfill import replay
from backfill.configuration import configuration, configuration_records
from backfill.inputs import InputRecord
from backfill.replay import Recording, Summary, known, log_hash
from streams.domain.log import NO_HASH, Outcome
from streams.domain.messages import Frame
from streams.domain.partitions import partition_of
from streams.domain.registry import Region
from tests.scenarios.plants import QUIET, plant, source

RULES = Path(__file__).parents[3] / "risk_rules"
START = 1_767_571_200_000
CODES = ("E1", "E2", "E3", "E4")


def records(pressure: float = 1.9, frames: int = 12) -> list[InputRecord]:
    encode = msgspec.json.encode
    made = [*configuration_records(configuration(RULES), START, "test"),
            InputRecord(START, "registry", b"region/R1", encode(Region(code="R1", name="R1", kind="county")))]  # fmt: skip
    made += [
        InputRecord(START + 1, "registry", f"enterprise/{c}".encode(), encode(plant(source(f"{c}-S1"), code=c))) for c in CODES
    ]
    for i in range(frames):
        at_ms = START + 5000 * (i + 1)
        for code in CODES:
            values = {**QUIET, "P1": pressure if code == "E2" else 1.0}
            frame = Frame(enterprise=code, gateway="G", collected_at=at_ms, codes=list(values), values=list(values.values()))
            made.append(InputRecord(at_ms + 100, "readings", code.encode(), encode(frame)))
    return made


def played(partitions: int, given: list[InputRecord], until_ms: int | None = None) -> tuple[Summary, list[tuple[int, Outcome]]]:
    outcomes: list[tuple[int, Outcome]] = []
    recording = Recording(partitions, lambda partition, outcome: outcomes.append((partition, outcome)))
    for _ in recording.play(given, until_ms):
        pass
    return recording.summary, outcomes


def levels(outcomes: list[tuple[int, Outcome]]) -> Counter[tuple[str, str]]:
    return Counter((str(v["code"]), str(v["level"])) for _, outcome in outcomes for o in outcome.outputs if o.topic == "level"
                   for v in [msgspec.json.decode(o.value)])  # fmt: skip


def test_each_enterprise_is_judged_by_the_partition_of_its_key_and_by_no_other() -> None:
    _, outcomes = played(3, records())
    keys = {(partition, o.key) for partition, outcome in outcomes for o in outcome.outputs if o.topic == "risk"}
    assert {key for _, key in keys} >= {b"E2", b"E2-S1"}
    assert {p for p, key in keys if (key or b"").startswith(b"E2")} == {partition_of("E2", 3)}


@pytest.mark.parametrize("partitions", [1, 3, 8])
def test_people_are_told_the_same_by_any_number_of_partitions(partitions: int) -> None:
    assert levels(played(partitions, records())[1]) == levels(played(1, records())[1])
    assert ("E2-S1", "yellow") in levels(played(partitions, records())[1])


@pytest.mark.parametrize("window_ms", [1, 333, 7_000, 3_600_000])
def test_windows_do_not_change_the_hash(window_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = played(2, records(), START + 90_000)[0]
    monkeypatch.setattr(replay, "WINDOW_MS", window_ms)
    found = played(2, records(), START + 90_000)[0]
    assert found.log_hash() == wanted.log_hash()
    assert (found.readings, found.records, found.log_ms) == (wanted.readings, wanted.records, wanted.log_ms)


def test_one_value_changed_is_another_hash() -> None:
    assert played(2, records(1.9))[0].log_hash() != played(2, records(1.89))[0].log_hash()


def test_it_ends_where_it_is_told_and_counts_what_it_played() -> None:
    given = records()
    whole, _ = played(1, given)
    part, _ = played(1, given, START + 30_050)
    assert (whole.readings, whole.records) == (12 * 4 * 5, len(given))
    assert part.readings == 5 * 4 * 5
    assert part.log_ms == START + 30_050


def test_time_after_the_last_record_is_played_too() -> None:
    """Silence is evidence: whole sites fall silent, and the end of a recording is no end of time."""
    _, outcomes = played(1, records(1.0), START + 30 * 60_000)
    assert ("E1-SITE", "yellow") in levels(outcomes)


def test_nothing_played_is_the_hash_of_nothing() -> None:
    summary, outcomes = played(3, [])
    assert outcomes == []
    assert summary.log_hash() == hashlib.sha256(bytes.fromhex(NO_HASH) * 3).hexdigest()


def test_the_hash_of_a_log_depends_on_which_partition_said_what() -> None:
    a, b = "ab" * 32, "cd" * 32
    assert log_hash({0: a, 1: b}) == log_hash({1: b, 0: a}) != log_hash({0: b, 1: a})
    assert log_hash({1: a}) == log_hash({0: NO_HASH, 1: a}) != log_hash({0: a})


def test_what_is_no_input_is_counted_and_not_played() -> None:
    def given() -> Iterator[InputRecord]:
        yield InputRecord(1, "readings", b"E1", b"{}")
        yield InputRecord(2, "labels", None, b"{}")
        yield InputRecord(3, "warnings", b"E1", b"{}")
        yield InputRecord(4, "weather", b"R1", b"{}")

    skipped: Counter[str] = Counter()
    assert [r.topic for r in known(given(), skipped)] == ["readings", "weather"]
    assert skipped == {"labels": 1, "warnings": 1}
