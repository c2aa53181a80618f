"""`riskstream topics` without a broker: what counts as drift, what is created, what is said, which exit code."""

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from riskstream import topics as verb
from riskstream.console import UserError
from streams.domain.topics import Topic, Topics, load
from streams.transport.kafka_admin import FoundTopic

ROOT = Path(__file__).parents[3]
TOPICS = load((ROOT / "topics.yaml").read_text(encoding="utf-8"))


class FakeBroker:
    """A broker in memory, as far as administration sees it."""

    def __init__(self, present: Iterable[Topic] = ()) -> None:
        self.held = {t.name: FoundTopic(t.name, t.partitions, 1, {"segment.bytes": "1"} | t.broker_config()) for t in present}
        self.created: list[str] = []

    def __enter__(self) -> "FakeBroker":
        return self

    def __exit__(self, *_: object) -> None: ...

    def topics(self, names: Iterable[str]) -> dict[str, FoundTopic]:
        return {name: self.held[name] for name in names if name in self.held}

    def create(self, topics: Iterable[Topic], replicas: int) -> None:
        for topic in topics:
            self.created.append(topic.name)
            self.held[topic.name] = FoundTopic(topic.name, topic.partitions, replicas, topic.broker_config())

    def set_config(self, name: str, changes: Mapping[str, str]) -> None:
        old = self.held[name]
        self.held[name] = FoundTopic(name, old.partitions, old.replicas, dict(old.config) | dict(changes))


def run(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    monkeypatch.setattr(verb, "KafkaAdmin", lambda bootstrap: broker)
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())
    args = parser.parse_args(["topics", *argv])
    code: int = args.run(args)
    return code


def test_apply_creates_what_is_missing_and_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = FakeBroker([TOPICS["readings"]])
    assert run(broker, monkeypatch, "apply", "--lang", "en") == 0
    assert broker.created == [t.name for t in TOPICS if t.name != "readings"]
    assert "created topic steps with 8 partitions" in capsys.readouterr().out
    assert run(broker, monkeypatch, "apply", "--lang", "en") == 0
    assert capsys.readouterr().out == f"all {len(TOPICS.by_name)} topics are as the file says\n"


def test_check_changes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broker = FakeBroker([TOPICS["readings"]])
    assert run(broker, monkeypatch, "check", "--lang", "en") == 1
    assert not broker.created
    assert "topic steps is missing; create it with riskstream topics apply" in capsys.readouterr().out


def test_partitions_are_never_changed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broker = FakeBroker(TOPICS.with_partitions(3))
    assert run(broker, monkeypatch, "apply", "--alter", "--lang", "en") == 1
    assert "topic readings has 3 partitions instead of 8" in capsys.readouterr().out
    assert broker.held["readings"].partitions == 3


def test_configuration_is_set_only_when_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broker = FakeBroker(TOPICS)
    broker.set_config("steps", {"retention.ms": "1", "message.timestamp.type": "CreateTime"})
    assert run(broker, monkeypatch, "apply", "--lang", "en") == 1
    assert broker.held["steps"].config["retention.ms"] == "1"
    capsys.readouterr()
    assert run(broker, monkeypatch, "apply", "--alter", "--lang", "en") == 0
    assert "set retention.ms of topic steps from 1 to 604800000" in capsys.readouterr().out
    assert run(broker, monkeypatch, "check") == 0


def test_json_names_every_difference(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broker = FakeBroker(TOPICS)
    broker.set_config("level", {"cleanup.policy": "delete"})
    assert run(broker, monkeypatch, "check", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"]
    assert said["drift"] == [
        {"topic": "level", "what": "config", "setting": "cleanup.policy", "found": "delete", "wanted": "compact"}
    ]


def test_a_smaller_house(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = FakeBroker()
    assert run(broker, monkeypatch, "apply", "--partitions", "2") == 0
    assert (broker.held["readings"].partitions, broker.held["rules"].partitions) == (2, 1)


def test_a_broken_file_is_said_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(
        (ROOT / "topics.yaml").read_text(encoding="utf-8").replace("time: append", "time: create", 1), encoding="utf-8"
    )
    with pytest.raises(UserError, match=r"topics\.yaml:\d+:\d+: error topics/not-one-of"):
        verb.read_topics(path, "en")
    with pytest.raises(UserError, match="--file"):
        verb.read_topics(tmp_path / "nowhere.yaml", "en")


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from streams.steps.ports import LogError

    def refuse(bootstrap: str) -> FakeBroker:
        raise LogError("no route")

    monkeypatch.setattr(verb, "KafkaAdmin", refuse)
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())
    args = parser.parse_args(["topics", "check", "--lang", "en", "--bootstrap", "nowhere:1"])
    with pytest.raises(UserError, match="Kafka at nowhere:1 does not answer: no route"):
        args.run(args)


def test_schemas_are_written_and_found_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = FakeBroker()
    folder = str(tmp_path / "schemas")
    assert run(broker, monkeypatch, "schemas", "--folder", folder, "--check") == 1
    assert run(broker, monkeypatch, "schemas", "--folder", folder) == 0
    assert run(broker, monkeypatch, "schemas", "--folder", folder, "--check") == 0
    (tmp_path / "schemas" / "level" / "v1.json").write_text("{}")
    capsys.readouterr()
    assert run(broker, monkeypatch, "schemas", "--folder", folder, "--check", "--lang", "en") == 1
    assert capsys.readouterr().out.count("renew it with") == 1


def test_the_house_file_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RISKSTREAM_TOPICS", raising=False)
    assert isinstance(verb.read_topics(), Topics)
