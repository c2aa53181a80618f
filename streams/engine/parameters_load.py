"""Parameters from YAML: the hardened reader, then the form, then what no number may undo. Every problem with file and line.

A file is a section (`parameters/holds.yaml`), what one region changes (`parameters/regions/<region code>.yaml`) or a ladder. It has a
version, and each number stands with its provenance, `{value: .., tag: .., note: ..}`: a proposal must not pass for a regulation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from streams.domain.problems import Problem, in_order
from streams.domain.strict_yaml import Node, Path, YamlRefused, load
from streams.engine import parameters_bounds as bounds
from streams.engine.episodes.ladder_load import LADDERS, LaddersRefused, load_ladders
from streams.engine.episodes.ladder_load import TAGS as LADDER_TAGS
from streams.engine.parameters import REGIONAL, SECTIONS, VERSIONS, Parameters, Regional, Section
from streams.engine.policies import merged

REGIONS = "regions"
TAGS = (*LADDER_TAGS, "common")
VERSION = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}")
_OWN = ("about", "version", "region")  # of a file, beside its numbers
_PLACE = re.compile(r"^(?P<why>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_PART = re.compile(r"\.([A-Za-z_][\w]*)|\[(\d+)\]|\[\.\.\.\]")
Kind = Literal["section", "region"]


class ParametersRefused(ValueError):
    """These parameters cannot be used; `problems` has every reason that could be found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(p.line_of_text("en") for p in problems))
        self.problems = problems


def load_parameters(files: Mapping[str, str]) -> Parameters:
    """The set in `files` (path -> text). What no file gives is as shipped.

    Raises ParametersRefused: a set is taken whole or not at all.
    """
    reader = _Reader()
    ladders = {path: text for path, text in files.items() if path.startswith(LADDERS)}
    regions = sorted(path for path in files.keys() - ladders.keys() if _folder(path) == REGIONS)
    for path in sorted(files.keys() - ladders.keys() - set(regions)):
        reader.section(path, files[path])
    for path in regions:
        reader.region(path, files[path])
    try:
        found: dict[str, Any] = {"ladders": load_ladders(ladders)} if ladders else {}
    except LaddersRefused as refused:
        reader.problems += refused.problems
    if reader.problems:
        raise ParametersRefused(in_order(reader.problems))
    return Parameters(**reader.sections, **found, regions=reader.regions, versions={**VERSIONS, **reader.versions})


def _folder(path: str) -> str:
    return path.split("/")[-2] if "/" in path else ""


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".yaml")


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sections: dict[str, Any] = {}
        self.versions: dict[str, str] = {}
        self.regions: dict[str, Regional] = {}

    def section(self, path: str, text: str) -> None:
        """A file of one section, for everywhere."""
        node, name = self._node(path, text), _stem(path)
        if node is None:
            return
        if name not in SECTIONS:
            self._say(node, (), "section", section=name, known=", ".join(SECTIONS))
        elif name in self.versions:
            self._say(node, (), "twice", section=name)
        else:
            self.versions[name] = self._version(node)
            found = self._formed(node, (), name, {})
            if found is not None:
                self.sections[name] = found

    def region(self, path: str, text: str) -> None:
        """What one region changes. Read after the sections, because that is what it changes."""
        node = self._node(path, text)
        if node is None:
            return
        code = node.value.get("region")
        if not isinstance(code, str) or code != _stem(path):
            self._say(node, ("region",), "region", region=_stem(path))
            return
        version, changes = self._version(node), {}
        for name, fields in node.value.items():
            if name in _OWN:
                continue
            if name not in REGIONAL:
                self._say(node, (name,), "not_regional", section=name, known=", ".join(REGIONAL))
            elif not isinstance(fields, dict) or not fields:
                self._say(node, (name,), "form", where=name, why="Expected `object`")
            elif self._formed(node, (name,), name, msgspec.to_builtins(self.sections.get(name, getattr(Parameters(), name)))):
                changes[name] = _plain(fields)
        self.regions[code] = Regional(version=version, changes=changes)

    def _node(self, path: str, text: str) -> Node | None:
        try:
            node = load(text, path)
        except YamlRefused as refused:
            self.problems += refused.problems
            return None
        if not isinstance(node.value, dict):
            self._say(node, (), "form", where="-", why="Expected `object`")
            return None
        return node

    def _version(self, node: Node) -> str:
        version = node.value.get("version")
        if isinstance(version, str) and VERSION.fullmatch(version):
            return version
        self._say(node, ("version",), "version")
        return ""

    def _formed(self, node: Node, at: Path, name: str, base: dict[str, Any]) -> Section | None:
        """The numbers at `at` over `base` as section `name`, or None when there is something wrong with them."""
        before = len(self.problems)
        given = node.value
        for part in at:
            given = given[part]
        given = given if at else {key: value for key, value in given.items() if key not in _OWN}
        self.problems += _unsourced(node, at, given)
        try:
            kind = type(getattr(Parameters(), name))
            found: Section = msgspec.convert(merged(base, _plain(given)), kind)
        except msgspec.ValidationError as error:
            parts = _PLACE.match(str(error))
            why, where = (parts["why"], parts["path"] or "") if parts else (str(error), "")
            self._say(node, (*at, *_path_of(why, where)), "form", where=f"{name}{where}", why=why)
            return None
        for path, code, args in bounds.beyond(name, found):
            self._say(node, (*at, *path), code, **args)
        return found if len(self.problems) == before else None

    def _say(self, node: Node, path: Path, code: str, **args: Any) -> None:
        self.problems.append(node.problem(path, f"parameters/{code.replace('_', '-')}", f"parameters.{code}", **args))


def _unsourced(node: Node, at: Path, given: Any) -> Iterator[Problem]:
    """Numbers without provenance."""
    for path, value in _leaves(given, at):
        tag = value.get("tag") if isinstance(value, dict) else None
        if tag is None:
            yield node.problem(path, "parameters/no-source", "parameters.no_source", field=path[-1], tags=", ".join(TAGS))
        elif tag not in TAGS:
            yield node.problem((*path, "tag"), "parameters/tag", "parameters.tag", tag=tag, tags=", ".join(TAGS))
        elif tag not in ("proposal", "common") and not value.get("note"):
            yield node.problem(path, "parameters/no-note", "parameters.no_note", field=path[-1], tag=tag)
        if isinstance(value, dict) and value.keys() - {"value", "tag", "note"}:
            odd = min(value.keys() - {"value", "tag", "note"})
            yield node.problem((*path, odd), "parameters/form", "parameters.form", where=path[-1], why=odd)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and "value" not in value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def _plain(node: Any) -> Any:
    """Values without their provenance: a mapping with `value` stands for its value."""
    if isinstance(node, dict):
        return _plain(node["value"]) if "value" in node else {key: _plain(item) for key, item in node.items()}
    return [_plain(item) for item in node] if isinstance(node, list) else node


def _path_of(why: str, where: str) -> Path:
    """`.hazchem.rows[0]` as a path; of an unknown field, the field itself."""
    path: Path = tuple(name or int(index) for name, index in _PART.findall(where) if name or index)
    unknown = re.search(r"unknown field `(\w+)`", why)
    return (*path, unknown[1]) if unknown else path
