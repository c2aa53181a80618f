"""topics.yaml as it stands, and what its reader says about a broken one: each problem with its line."""

from pathlib import Path

import pytest

from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.topics import OUTPUTS, TopicsRefused, duration_ms, load

FILE = Path(__file__).parents[4] / "topics.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def problems_of(old: str, new: str) -> list[tuple[str, str]]:
    assert old in TEXT, "the test changes nothing"
    with pytest.raises(TopicsRefused) as refused:
        load(TEXT.replace(old, new, 1))
    for problem in refused.value.problems:
        assert problem.line > 0
        assert problem.message("zh") != problem.message("en")
    return [(TEXT.replace(old, new, 1).splitlines()[p.line - 1].strip(), p.id) for p in refused.value.problems]


def test_every_topic_of_the_house_is_there() -> None:
    topics = load(TEXT)
    assert {t.name for t in topics} == set(RAW_TOPICS) | set(BROADCAST_TOPICS) | set(OUTPUTS)
    assert topics.partitions == 8
    assert {t.partitions for t in topics.of("raw")} == {8}
    assert {t.partitions for t in topics.of("broadcast")} == {1}


def test_every_input_requirement_is_served() -> None:
    served = {name.strip() for t in load(TEXT) for name in t.serves.split(",")}
    assert {f"ING-{i}" for i in range(1, 16)} <= served


def test_no_topic_is_an_orphan() -> None:
    for topic in load(TEXT):
        assert topic.producers, topic.name
        assert topic.consumers, topic.name
        assert topic.says("zh") != topic.says("en")


def test_broker_time_decides_everywhere() -> None:
    for topic in load(TEXT):
        assert topic.broker_config()["message.timestamp.type"] == "LogAppendTime"


def test_a_table_keeps_its_versions_longer_than_the_records_they_judge() -> None:
    topics = load(TEXT)
    raw_ms = topics["readings"].retention_ms
    assert raw_ms == topics["steps"].retention_ms
    for name in ("registry", "rules", "parameters", "models"):
        assert raw_ms is not None
        assert topics[name].compaction_lag_ms > raw_ms
        assert topics[name].broker_config()["cleanup.policy"] == "compact"


def test_a_smaller_house_keeps_broadcast_topics_at_one() -> None:
    small = load(TEXT).with_partitions(2)
    assert (small["readings"].partitions, small["steps"].partitions, small["registry"].partitions) == (2, 2, 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("retention: 7d", "retention: 2 weeks", "retention: 2 weeks", "topics/not-duration"),
        ("retention: 7d", "retention: 9d", "retention: 9d", "topics/history-retention"),
        ("    retention: 7d\n", "", "readings:", "topics/no-retention"),
        ("compaction_lag: 14d", "compaction_lag: 6d", "compaction_lag: 6d", "topics/short-lag"),
        ("partitions: own", "partitions: 8", "partitions: 8", "topics/own-partitions"),
        ("partitions: 1", "partitions: 2", "partitions: 2", "topics/broadcast-partitions"),
        ("partitions: 8", "partitions: 0", "partitions: 0", "topics/not-whole"),
        ("time: append", "time: create", "time: create", "topics/not-one-of"),
        ("group: raw", "group: output", "group: output", "topics/wrong-group"),
        ("consumers: [steps, replay]", "consumers: []", "consumers: []", "topics/not-names"),
        ("    dead_letter: dead-letters\n", "", "readings:", "topics/no-dead-letter"),
        ("key: enterprise code", "keys: enterprise code", "keys: enterprise code", "topics/unknown-field"),
        ("  readings:", "  readings2:", "readings2:", "topics/topic-unknown"),
        ("  readings:", "  readings2:", "topics:", "topics/topic-missing"),
        ("version: 1", "version: 2", "version: 2", "topics/version"),
        ("    key: enterprise code\n", "", "readings:", "topics/missing-field"),
        ('segment.ms: "600000"', "segment.ms: 600000", 'config: {segment.bytes: "67108864", segment.ms: 600000}', "topics/config"),
        ("  video-status:", "  readings:", "readings:", "yaml/duplicate-key"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_line(old: str, new: str, line: str, problem: str) -> None:
    assert (line, problem) in problems_of(old, new)


def test_all_mistakes_come_at_once() -> None:
    broken = TEXT.replace("time: append", "time: create", 2).replace("max_bytes: 2097152", "max_bytes: lots", 1)
    with pytest.raises(TopicsRefused) as refused:
        load(broken)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("text", ["", "[]", "topics: 5", "version: 1\npartitions: 8\ntopics: {a: 5}", "\x00", "{"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(TopicsRefused):
        load(text)


@pytest.mark.parametrize(
    ("text", "ms"), [("90s", 90_000), ("5m", 300_000), ("1h", 3_600_000), ("0d", None), ("", None), ("1w", None)]
)
def test_durations(text: str, ms: int | None) -> None:
    assert duration_ms(text) == ms
