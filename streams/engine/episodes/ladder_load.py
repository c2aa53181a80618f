"""Ladders from YAML: the hardened reader, then the form, then what a ladder must make sense in. Every problem with file and line.

Each number stands with its provenance, `{value: .., tag: .., note: ..}`: a ladder without sources cannot be loaded, because a
proposal that passes for a regulation is the worst mistake that such a file can make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from streams.domain.problems import Problem, in_order
from streams.domain.registry import Profile
from streams.domain.strict_yaml import Node, Path, YamlRefused, load
from streams.engine.episodes.ladders import LEVELS, SHIPPED, Ladder

LADDERS = "ladders/"
TAGS = ("regulation", "standard", "source", "recalled", "proposal")
_SOURCED = frozenset(
    ("sent_from", "clock", "forget_below_s", "quiet_after_raise_s", "close_after_s", "repeat_raises", "repeat_window_s", "every_s",
     "due_after_s", "latest_after_first_s", "after_return_s", "overdue_every_s", "keep_s", "blue", "yellow", "orange", "red", "to", "by",
     "filed_by", "checked_by")
)  # fmt: skip
_PLACE = re.compile(r"^(?P<why>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_PART = re.compile(r"\.([A-Za-z_][\w]*)|\[(\d+)\]|\[\.\.\.\]")


class LaddersRefused(ValueError):
    """These ladders cannot be used; `problems` has every reason that could be found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(p.line_of_text("en") for p in problems))
        self.problems = problems


def load_ladders(files: Mapping[str, str]) -> dict[str, Ladder]:
    """The ladders in `files` (path -> text) by id; profiles that none of them serves everywhere keep the shipped one.

    Raises LaddersRefused: a set is taken whole or not at all.
    """
    reader = _Reader()
    for path in sorted(files):
        reader.read(path, files[path])
    if reader.problems:
        raise LaddersRefused(in_order(reader.problems))
    served = {profile for ladder in reader.ladders.values() if not ladder.regions for profile in ladder.profiles}
    for ladder in SHIPPED.values():
        if ladder.id not in reader.ladders and not served.issuperset(ladder.profiles):
            reader.ladders[ladder.id] = ladder
    return dict(sorted(reader.ladders.items()))


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.ladders: dict[str, Ladder] = {}
        self.places: dict[tuple[str, str], str] = {}  # profile, region -> ladder

    def read(self, path: str, text: str) -> None:
        try:
            node = load(text, path)
        except YamlRefused as refused:
            self.problems += refused.problems
            return
        before = len(self.problems)
        self.problems += _unsourced(node)
        ladder = self._formed(node)
        if ladder is None or len(self.problems) > before:
            return
        self.problems += _senseless(node, ladder)
        self._placed(node, ladder)
        if ladder.id in self.ladders:
            self.problems.append(node.problem(("id",), "ladder/twice", "ladder.twice", id=ladder.id))
        self.ladders[ladder.id] = ladder

    def _formed(self, node: Node) -> Ladder | None:
        given = dict(node.value) if isinstance(node.value, dict) else node.value
        if isinstance(given, dict) and given.pop("schema", 1) != 1:
            self.problems.append(node.problem(("schema",), "ladder/schema", "ladder.schema"))
            return None
        try:
            return msgspec.convert(_plain(given), Ladder)
        except msgspec.ValidationError as error:
            found = _PLACE.match(str(error))
            why, where = (found["why"], found["path"] or "") if found else (str(error), "")
            self.problems.append(
                node.problem(_path_of(where), "ladder/form", "ladder.form", why=why, where=where.lstrip(".") or "-")
            )
            return None

    def _placed(self, node: Node, ladder: Ladder) -> None:
        """Two ladders for one profile and place: nobody could say which holds."""
        for profile in ladder.profiles:
            for region in ladder.regions or ("",):
                other = self.places.setdefault((profile, region), ladder.id)
                if other != ladder.id:
                    self.problems.append(node.problem(("regions" if region else "profiles",), "ladder/place", "ladder.place",
                                                      profile=profile, region=region or "*", other=other))  # fmt: skip


def _unsourced(node: Node) -> Iterator[Problem]:
    """Numbers and choices without provenance."""
    for path, key, value in _leaves(node.value, ()):
        if key not in _SOURCED:
            continue
        tag = value.get("tag") if isinstance(value, dict) else None
        if tag is None:
            yield node.problem(path, "ladder/no-source", "ladder.no_source", field=key, tags=", ".join(TAGS))
        elif tag not in TAGS:
            yield node.problem((*path, "tag"), "ladder/tag", "ladder.tag", tag=tag, tags=", ".join(TAGS))
        elif tag != "proposal" and not value.get("note"):
            yield node.problem(path, "ladder/no-note", "ladder.no_note", field=key, tag=tag)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Fields of the ladder itself, not of the wrapping of a sourced value."""
    if isinstance(value, dict):
        for key, item in value.items():
            here = (*path, key)
            yield here, key, item
            if not (isinstance(item, dict) and "value" in item):
                yield from _leaves(item, here)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, (*path, i))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value["value"]) if "value" in value else {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _path_of(where: str) -> Path:
    """`.steps[0].every_s` as a path."""
    return tuple(name or int(index) for name, index in _PART.findall(where) if name or index)


def _senseless(node: Node, ladder: Ladder) -> Iterator[Problem]:
    yield from _times(node, ladder)
    lowest = LEVELS.index(ladder.sent_from)
    for level in LEVELS[lowest:]:
        if not ladder.tell.get(level):
            yield node.problem(("tell",), "ladder/nobody", "ladder.nobody", level=level)
    seen: set[str] = set()
    for i, step in enumerate(ladder.steps):
        if step.id in seen:
            yield node.problem(("steps", i, "id"), "ladder/step-twice", "ladder.step_twice", id=step.id)
        seen.add(step.id)
        if (step.kind == "supervision") != (step.by is not None):
            yield node.problem(("steps", i), "ladder/by", "ladder.by", id=step.id)
        if LEVELS.index(step.level) < lowest:
            yield node.problem(("steps", i, "level"), "ladder/unsent", "ladder.unsent", id=step.id, level=step.level)
        if not step.to:
            yield node.problem(("steps", i, "to"), "ladder/nobody", "ladder.nobody", level=step.level)
    for profile in ladder.profiles:
        if profile not in get_args(Profile):
            yield node.problem(("profiles",), "ladder/form", "ladder.form", why=profile, where="profiles")
    if not ladder.profiles or set(ladder.title) != {"zh", "en"}:
        yield node.problem(("title",), "ladder/title", "ladder.title")


def _times(node: Node, ladder: Ladder) -> Iterator[Problem]:
    """No time may be so short that it floods, nor so odd that a rule of the ladder cannot hold."""
    shortest = min((step.every_s for step in ladder.steps), default=0)
    for i, step in enumerate(ladder.steps):
        if step.every_s < 60:
            yield node.problem(("steps", i, "every_s"), "ladder/too-short", "ladder.too_short", field="every_s", least=60)
    if ladder.steps and ladder.quiet_after_raise_s * 2 > shortest:
        yield node.problem(("quiet_after_raise_s",), "ladder/quiet", "ladder.quiet", shortest=shortest)
    for name in ("forget_below_s", "close_after_s", "repeat_raises", "repeat_window_s"):
        if getattr(ladder, name) < 1:
            yield node.problem((name,), "ladder/too-short", "ladder.too_short", field=name, least=1)
    for name in ("due_after_s", "latest_after_first_s", "after_return_s", "overdue_every_s", "keep_s"):
        if getattr(ladder.report, name) < 60:
            yield node.problem(("report", name), "ladder/too-short", "ladder.too_short", field=name, least=60)
    if ladder.report.latest_after_first_s < ladder.report.due_after_s:
        yield node.problem(("report", "latest_after_first_s"), "ladder/latest", "ladder.latest")
