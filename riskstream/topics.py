"""`riskstream topics apply|check|schemas`: the broker's topics and the message schemas, held to what topics.yaml and the code say."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from riskstream.console import UserError, language, user_error
from riskstream.schemas import schema_of, text_of
from streams.domain.catalogue import Lang, text
from streams.domain.topics import Topic, Topics, TopicsRefused, load
from streams.steps.ports import LogError
from streams.transport.kafka_admin import FoundTopic, KafkaAdmin

DRIFTED = 1
_HOME = Path(__file__).parents[1]


class Drift(NamedTuple):
    """One thing that differs, or was mended. `what` is a code of the catalogue (topics.drift.*)."""

    topic: str
    what: str
    setting: str = ""
    found: str = ""
    wanted: str = ""

    @property
    def mended(self) -> bool:
        return self.what in ("created", "altered")

    def line(self, lang: Lang) -> str:
        return text(f"topics.drift.{self.what}", lang, **{k: v for k, v in self._asdict().items() if k != "what"})


def drift_of(topics: Topics, found: Mapping[str, FoundTopic]) -> list[Drift]:
    """How the broker differs from the file, in the order of the file."""
    return [drift for topic in topics for drift in _of_one(topic, found.get(topic.name))]


def _of_one(topic: Topic, found: FoundTopic | None) -> list[Drift]:
    if found is None:
        return [Drift(topic.name, "missing", wanted=str(topic.partitions))]
    drifts = []
    if found.partitions != topic.partitions:
        drifts.append(Drift(topic.name, "partitions", "partitions", str(found.partitions), str(topic.partitions)))
    for setting, wanted in topic.broker_config().items():
        value = found.config.get(setting, "")
        if value != wanted:
            drifts.append(Drift(topic.name, "config", setting, value, wanted))
    return drifts


def topics_file(given: Path | None = None) -> Path:
    """Where topics.yaml is: the one given, RISKSTREAM_TOPICS, the working folder, or beside the code."""
    if given is not None:
        return given
    named = os.environ.get("RISKSTREAM_TOPICS")
    if named:
        return Path(named)
    here = Path("topics.yaml")
    return here if here.exists() else _HOME / "topics.yaml"


def read_topics(given: Path | None = None, lang: Lang = "zh", partitions: int | None = None) -> Topics:
    """The topics of the house. Raises UserError with every problem of the file."""
    path = topics_file(given)
    try:
        topics = load(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError):
        raise user_error("topics.no_file", lang, path=path) from None
    except TopicsRefused as refused:
        raise UserError("\n".join(problem.line_of_text(lang) for problem in refused.problems)) from None
    return topics if partitions is None else topics.with_partitions(partitions)


def register(verbs: Any) -> None:
    """Adds the verb and its parts to the command line."""
    lang = language(None)
    verb = verbs.add_parser("topics", help=text("topics.about", lang), description=text("topics.about", lang))
    parts = verb.add_subparsers(dest="part", required=True, metavar="PART")
    for name, run in (("apply", _apply), ("check", _check), ("schemas", _schemas)):
        part = parts.add_parser(name, help=text(f"topics.about.{name}", lang), description=text(f"topics.about.{name}", lang))
        part.add_argument("--file", type=Path, help=text("topics.help.file", lang))
        part.add_argument("--lang", choices=("zh", "en"))
        part.set_defaults(run=run)
        if name == "schemas":
            part.add_argument("--folder", type=Path, default=_HOME / "schemas", help=text("topics.help.folder", lang))
            part.add_argument("--check", action="store_true", help=text("topics.help.check_schemas", lang))
            continue
        part.add_argument("--bootstrap", default=os.environ.get("RISKSTREAM_KAFKA", "127.0.0.1:9092"),
                          help=text("topics.help.bootstrap", lang))  # fmt: skip
        part.add_argument("--partitions", type=int, help=text("topics.help.partitions", lang))
        part.add_argument("--json", action="store_true", help=text("topics.help.json", lang))
        if name == "apply":
            part.add_argument("--replication-factor", type=int, default=1, help=text("topics.help.replicas", lang))
            part.add_argument("--alter", action="store_true", help=text("topics.help.alter", lang))


def _apply(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    topics = read_topics(args.file, lang, args.partitions)
    with _admin(args.bootstrap, lang) as admin:
        try:
            drifts = apply(admin, topics, args.replication_factor, args.alter)
        except LogError as error:
            raise user_error("topics.failed", lang, error=error) from None
    return _say(drifts, topics, args.json, lang)


def apply(admin: KafkaAdmin, topics: Topics, replicas: int = 1, alter: bool = False) -> list[Drift]:
    """Create what is missing and, if asked to, set configuration that differs. What was done and what is left, in order."""
    said: list[Drift] = []
    for drift in drift_of(topics, admin.topics(t.name for t in topics)):
        if drift.what == "missing":
            admin.create([topics[drift.topic]], replicas)
            said.append(drift._replace(what="created"))
        elif drift.what == "config" and alter:
            admin.set_config(drift.topic, {drift.setting: drift.wanted})
            said.append(drift._replace(what="altered"))
        else:
            said.append(drift)
    return said


def _check(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    topics = read_topics(args.file, lang, args.partitions)
    with _admin(args.bootstrap, lang) as admin:
        drifts = drift_of(topics, admin.topics(t.name for t in topics))
    return _say(drifts, topics, args.json, lang)


def _admin(bootstrap: str, lang: Lang) -> KafkaAdmin:
    try:
        return KafkaAdmin(bootstrap)
    except LogError as error:
        raise user_error("topics.unreachable", lang, bootstrap=bootstrap, error=error) from None


def _say(drifts: Sequence[Drift], topics: Topics, as_json: bool, lang: Lang) -> int:
    left = [drift for drift in drifts if not drift.mended]
    if as_json:
        print(json.dumps({"ok": not left, "topics": len(topics.by_name), "drift": [d._asdict() for d in left],
                          "done": [d._asdict() for d in drifts if d.mended]}, ensure_ascii=False))  # fmt: skip
    else:
        for drift in drifts:
            print(drift.line(lang))
        print(text("topics.drifted", lang, count=len(left)) if left else text("topics.in_step", lang, count=len(topics.by_name)))
    return DRIFTED if left else 0


def _schemas(args: argparse.Namespace) -> int:
    """Write the JSON Schemas, or with --check say which are stale. Examples are written by hand and not touched."""
    lang = language(args.lang)
    topics = read_topics(args.file, lang)
    wanted = {args.folder / topic.name / f"v{topic.schema}.json": text_of(schema_of(topic)) for topic in topics}
    if args.check:
        stale = [path for path, body in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != body]
        for path in stale:
            print(text("topics.schemas.stale", lang, path=path))
        if not stale:
            print(text("topics.schemas.in_step", lang, count=len(wanted)))
        return DRIFTED if stale else 0
    for path, body in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    print(text("topics.schemas.written", lang, count=len(wanted), folder=args.folder))
    return 0
