"""The registry from a folder of YAML or CSV files: everything or nothing, and all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.decode.registry_checks import check_all
from streams.decode.registry_csv import add_csv
from streams.decode.registry_items import Item, build, check_fields
from streams.decode.registry_yaml import items_of_yaml
from streams.domain.problems import Problem, in_order
from streams.domain.registry import Enterprise, Park, Region, RegistryRecord

LARGEST_FILE = 64 << 20  # bytes
_ENDINGS = (".yaml", ".yml", ".csv")


@dataclass(frozen=True, slots=True)
class Registry:
    """A whole registry, parents before children. Immutable."""

    regions: tuple[Region, ...] = ()
    parks: tuple[Park, ...] = ()
    enterprises: tuple[Enterprise, ...] = ()

    def records(self) -> tuple[RegistryRecord, ...]:
        return (*self.regions, *self.parks, *self.enterprises)


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: `registry` is None when there is any error."""

    registry: Registry | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        return sum(1 for p in self.problems if p.severity == "error")


def key_of(record: RegistryRecord) -> str:
    """Key of a record on the topic `registry`.

    >>> key_of(Park(code="P1", name="x", region="C1"))
    'park/P1'
    """
    kind = {Region: "region", Park: "park", Enterprise: "enterprise"}[type(record)]
    return f"{kind}/{record.code}"


def encoded(record: RegistryRecord) -> bytes:
    """Value of a record on the topic `registry`."""
    return msgspec.json.encode(record)


def check_files(files: Mapping[str, str]) -> Checked:
    """The registry in `files` (name -> text; .yaml, .yml and .csv), or None with every problem that could be found. Pure."""
    problems: list[Problem] = []
    top: list[Item] = []
    for name in sorted(files):
        if name.endswith((".yaml", ".yml")):
            top += items_of_yaml(files[name], name, problems.append)
    add_csv({name: text for name, text in files.items() if name.endswith(".csv")}, top, problems.append)
    for item in (entry for root in top for entry in root.walk()):
        check_fields(item, problems.append)
    for root in top:
        build(root)
    if not top and not problems:
        problems.append(Problem("", 0, 0, "registry/empty", "registry.empty"))
    check_all(top, problems.append)
    ordered = tuple(in_order(problems))
    if any(p.severity == "error" for p in ordered):
        return Checked(None, ordered)
    return Checked(_registry(top), ordered)


def _registry(top: list[Item]) -> Registry:
    regions = [item.record for item in top if item.kind == "region"]
    order = {"province": 0, "city": 1, "county": 2}
    return Registry(
        tuple(sorted(regions, key=lambda region: order[region.kind])),
        tuple(item.record for item in top if item.kind == "park"),
        tuple(item.record for item in top if item.kind == "enterprise"),
    )


def read_folder(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """Texts of all registry files of a folder (or of one file) by name relative to it, and what could not be read."""
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in _ENDINGS)
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for file in found:
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        if (size := file.stat().st_size) > LARGEST_FILE:
            problems.append(Problem(name, 0, 0, "registry/too-large", "yaml.too_large", {"size": size, "limit": LARGEST_FILE}))
            continue
        data = file.read_bytes()
        try:
            texts[name] = data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problems.append(Problem(name, line, 1, "registry/not-utf8", "registry.not_utf8", {}, "error", "registry.hint.utf8"))
    return texts, problems


def check_folder(path: Path) -> Checked:
    """`check_files` over a folder or one file. A file that cannot be read is an error like any other."""
    texts, unread = read_folder(path)
    checked = check_files(texts) if texts or not unread else Checked(None, ())
    if not unread:
        return checked
    return Checked(None, tuple(in_order([*unread, *checked.problems])))
