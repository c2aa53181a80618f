"""What `topics.yaml` says, checked and typed: the one list of topics, their keys, partitions, retention, readers and writers.

Everything that creates, checks or emulates topics starts here. Pure: it opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from streams.domain.catalogue import Lang
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.problems import Problem, in_order
from streams.domain.strict_yaml import Node, Path, YamlRefused
from streams.domain.strict_yaml import load as load_yaml

Group = Literal["raw", "broadcast", "output"]
Cleanup = Literal["delete", "compact"]

GROUPS: tuple[Group, ...] = ("raw", "broadcast", "output")
DAY_MS = 86_400_000
OUTPUTS = ("steps", "warnings", "level", "risk", "aggregates", "region-close", "region-risk", "dead-letters", "checkpoints")
MOST_PARTITIONS = 1024
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}
_DURATION = re.compile(r"([1-9]\d{0,6})([smhd])\Z", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,100}\Z")
# what else a topic may set on the broker; the rest follows from the fields above
_CONFIG_KEYS = frozenset(("segment.bytes", "segment.ms", "compression.type", "min.insync.replicas", "max.compaction.lag.ms"))


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `own` partitions: as many as the house has. `retention_ms` None: for ever (compacted)."""

    name: str
    group: Group
    meaning: tuple[str, str]
    key: str
    schema: int
    partitions: int
    own: bool
    cleanup: Cleanup
    retention_ms: int | None
    compaction_lag_ms: int
    max_bytes: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    dead_letter: str = ""
    serves: str = ""
    config: tuple[tuple[str, str], ...] = ()

    def says(self, lang: Lang) -> str:
        return self.meaning[0 if lang == "zh" else 1]

    def broker_config(self) -> dict[str, str]:
        """What the broker must have for this topic, with Kafka's names."""
        settings = {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(-1 if self.retention_ms is None else self.retention_ms),
            "retention.bytes": "-1",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.max_bytes),
            "min.compaction.lag.ms": str(self.compaction_lag_ms),
        }
        return settings | dict(self.config)


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics, in the order of the file."""

    partitions: int
    by_name: Mapping[str, Topic]

    def __iter__(self) -> Iterator[Topic]:
        return iter(self.by_name.values())

    def __getitem__(self, name: str) -> Topic:
        return self.by_name[name]

    def of(self, group: Group) -> tuple[Topic, ...]:
        return tuple(t for t in self if t.group == group)

    def with_partitions(self, partitions: int) -> Topics:
        """The same topics for a house of another size: a small site, a demo, a test."""
        resized = {t.name: replace(t, partitions=partitions) if t.own else t for t in self}
        return Topics(partitions, resized)


class TopicsRefused(ValueError):
    """The file cannot be used; `problems` has every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.line_of_text("en") for p in problems))
        self.problems = problems


def load(text: str, name: str = "topics.yaml") -> Topics:
    """The topics in `text`. Raises TopicsRefused with all problems at once."""
    try:
        node = load_yaml(text, name)
    except YamlRefused as refused:
        raise TopicsRefused(refused.problems) from None
    return _Loading(node).result()


def duration_ms(text: str) -> int | None:
    """Milliseconds of a duration such as 90s, 5m, 12h or 14d; None when it is none.

    >>> duration_ms("14d"), duration_ms("2 weeks")
    (1209600000, None)
    """
    found = _DURATION.match(text)
    return int(found.group(1)) * _UNITS_MS[found.group(2)] if found else None


class _Loading:
    def __init__(self, node: Node) -> None:
        self._node = node
        self._problems: list[Problem] = []

    def result(self) -> Topics:
        top = self._node.value
        if not isinstance(top, dict) or not isinstance(top.get("topics"), dict):
            self._say((), "shape", hint="shape")
            raise TopicsRefused(self._problems)
        for name in top:
            if name not in ("version", "partitions", "topics"):
                self._say((name,), "unknown_field", field=name, known="version, partitions, topics")
        if top.get("version") != 1:
            self._say(("version",), "version", found=top.get("version"))
        house = self._whole((), top, "partitions", 1, MOST_PARTITIONS)
        topics = {n: t for n, v in top["topics"].items() if (t := self._topic(n, v, house)) is not None}
        if not self._problems:
            self._check_all(topics)
        if self._problems:
            raise TopicsRefused(in_order(self._problems))
        return Topics(house, topics)

    def _say(self, path: Path, what: str, *, hint: str = "", **args: Any) -> None:
        hint_key = f"topics.hint.{hint}" if hint else ""
        self._problems.append(
            self._node.problem(path, f"topics/{what.replace('_', '-')}", f"topics.{what}", hint_key=hint_key, **args)
        )

    def _topic(self, name: str, value: object, house: int) -> Topic | None:
        path: Path = ("topics", name)
        if not _NAME.match(name):
            self._say(path, "bad_name", name=name, hint="bad_name")
        if not isinstance(value, dict):
            self._say(path, "shape", hint="shape")
            return None
        unknown = [k for k in value if k not in _FIELDS]
        for key in unknown:
            self._say((*path, key), "unknown_field", field=key, known=", ".join(sorted(_FIELDS)))
        missing = [k for k in _NEEDED if k not in value]
        for key in missing:
            self._say(path, "missing_field", name=name, field=key)
        if missing:
            return None
        before = len(self._problems)
        topic = self._read(name, path, value, house)
        return topic if len(self._problems) == before else None

    def _read(self, name: str, path: Path, value: dict[str, object], house: int) -> Topic:
        own = value["partitions"] == "own"
        cleanup: Cleanup = "compact" if self._choice(path, value, "cleanup", ("delete", "compact")) == "compact" else "delete"
        group = self._choice(path, value, "group", GROUPS)
        self._choice(path, value, "time", ("append",))
        return Topic(
            name=name,
            group=next((g for g in GROUPS if g == group), "output"),
            meaning=self._meaning(path, value),
            key=self._text(path, value, "key"),
            schema=self._whole(path, value, "schema", 1, 999),
            partitions=house if own else self._whole(path, value, "partitions", 1, MOST_PARTITIONS),
            own=own,
            cleanup=cleanup,
            retention_ms=self._retention(path, value, cleanup),
            compaction_lag_ms=self._duration(path, value, "compaction_lag") or 0,
            max_bytes=self._whole(path, value, "max_bytes", 1024, 1 << 30),
            producers=self._names(path, value, "producers"),
            consumers=self._names(path, value, "consumers"),
            dead_letter=self._text(path, value, "dead_letter") if "dead_letter" in value else "",
            serves=self._text(path, value, "serves") if "serves" in value else "",
            config=self._config(path, value),
        )

    def _text(self, path: Path, value: Mapping[str, object], field: str) -> str:
        text = value[field]
        if not isinstance(text, str) or not text.strip():
            self._say((*path, field), "not_text", field=field)
            return ""
        return text

    def _choice(self, path: Path, value: Mapping[str, object], field: str, known: tuple[str, ...]) -> str:
        text = value[field]
        if text not in known:
            self._say((*path, field), "not_one_of", field=field, found=text, known=", ".join(known))
        return str(text)

    def _whole(self, path: Path, value: Mapping[str, object], field: str, least: int, most: int) -> int:
        number = value.get(field)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            self._say((*path, field), "not_whole", field=field, found=number, least=least, most=most)
            return least
        return number

    def _meaning(self, path: Path, value: Mapping[str, object]) -> tuple[str, str]:
        words = value["meaning"]
        if not isinstance(words, dict) or set(words) != {"zh", "en"} or not all(isinstance(w, str) and w for w in words.values()):
            self._say((*path, "meaning"), "meaning", hint="meaning")
            return "", ""
        return words["zh"], words["en"]

    def _names(self, path: Path, value: Mapping[str, object], field: str) -> tuple[str, ...]:
        names = value[field]
        if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
            self._say((*path, field), "not_names", field=field)
            return ()
        return tuple(names)

    def _duration(self, path: Path, value: Mapping[str, object], field: str) -> int | None:
        if field not in value:
            return None
        found = duration_ms(str(value[field]))
        if found is None:
            self._say((*path, field), "not_duration", field=field, found=value[field], hint="duration")
        return found

    def _retention(self, path: Path, value: Mapping[str, object], cleanup: str) -> int | None:
        if cleanup == "delete" and "retention" not in value:
            self._say(path, "no_retention", hint="duration")
        if cleanup == "compact" and "retention" in value:
            self._say((*path, "retention"), "compact_retention")
        return self._duration(path, value, "retention")

    def _config(self, path: Path, value: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        extra = value.get("config", {})
        if not isinstance(extra, dict) or not all(isinstance(v, str) for v in extra.values()):
            self._say((*path, "config"), "config", hint="config")
            return ()
        for key in extra:
            if key not in _CONFIG_KEYS:
                self._say((*path, "config", key), "unknown_field", field=key, known=", ".join(sorted(_CONFIG_KEYS)))
        return tuple(sorted(extra.items()))

    def _check_all(self, topics: Mapping[str, Topic]) -> None:
        """What only shows when all topics are known."""
        groups: tuple[tuple[Group, Iterable[str]], ...] = (
            ("raw", RAW_TOPICS),
            ("broadcast", BROADCAST_TOPICS),
            ("output", OUTPUTS),
        )
        expected = {name: group for group, names in groups for name in names}
        for name in expected:
            if name not in topics:
                self._say(("topics",), "topic_missing", name=name)
        for topic in topics.values():
            if topic.name not in expected:
                self._say(("topics", topic.name), "topic_unknown", name=topic.name)
            for check in _CHECKS:
                problem = check(topic, expected, topics)
                if problem:
                    field, what, args = problem
                    self._say(("topics", topic.name, field), what, **args)


_NEEDED = ("group", "meaning", "key", "schema", "partitions", "time", "cleanup", "max_bytes", "producers", "consumers")
_FIELDS = frozenset((*_NEEDED, "retention", "compaction_lag", "dead_letter", "serves", "config"))
_Found = tuple[str, str, dict[str, Any]] | None


def _group_fits(topic: Topic, expected: Mapping[str, Group], _: Mapping[str, Topic]) -> _Found:
    if topic.group != expected.get(topic.name, topic.group):
        return "group", "wrong_group", {"name": topic.name, "wants": expected[topic.name]}
    return None


def _partitions_fit(topic: Topic, expected: Mapping[str, Group], topics: Mapping[str, Topic]) -> _Found:
    """Raw topics and steps are merged partition by partition; a broadcast topic has one order for all."""
    if topic.group == "broadcast" and topic.partitions != 1:
        return "partitions", "broadcast_partitions", {"name": topic.name}
    if (topic.group == "raw" or topic.name in ("steps", "checkpoints")) and not topic.own:
        return "partitions", "own_partitions", {"name": topic.name}
    return None


def _history_fits(topic: Topic, expected: Mapping[str, Group], topics: Mapping[str, Topic]) -> _Found:
    """Raw topics and steps are kept equally long, and tables longer: a range that cannot be applied again is no history."""
    steps = topics.get("steps")
    raw_ms = max((t.retention_ms or 0 for t in topics.values() if t.group == "raw"), default=0)
    if topic.group == "raw" and steps is not None and topic.retention_ms != steps.retention_ms:
        return "retention", "history_retention", {"name": topic.name}
    if topic.group == "broadcast" and topic.cleanup == "compact" and topic.compaction_lag_ms <= raw_ms:
        return "compaction_lag", "short_lag", {"name": topic.name}
    if topic.group == "broadcast" and topic.cleanup == "delete" and (topic.retention_ms or 0) < raw_ms:
        return "retention", "history_retention", {"name": topic.name}
    return None


def _dead_letters_fit(topic: Topic, expected: Mapping[str, Group], topics: Mapping[str, Topic]) -> _Found:
    if topic.group != "output" and topic.dead_letter != "dead-letters":
        return "dead_letter", "no_dead_letter", {"name": topic.name}
    return None


_CHECKS: tuple[Callable[[Topic, Mapping[str, Group], Mapping[str, Topic]], _Found], ...] = (
    _group_fits,
    _partitions_fit,
    _history_fits,
    _dead_letters_fit,
)
