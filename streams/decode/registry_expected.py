"""What should be connected against what is (QUA-2): a list of an office, line by line, held against the registry.

Each entry names an enterprise, usually a hazard source, and what must be there: the source itself, so many points of a quantity (at one
device, in one area, or at each device of a kind), cameras by place, interlocks, persons. What is missing is an error at the line of the
list; a source that the list does not know is a warning, because a list with holes is how a source is left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from streams.decode.registry_files import Registry
from streams.domain.problems import Problem, in_order
from streams.domain.registry import CameraPlace, Device, Enterprise, HazardSource, Quantity
from streams.domain.strict_yaml import YamlRefused, load

WHAT = ("source", "point", "camera", "interlock", "person")
COLUMNS = ("enterprise", "source", "what", "quantity", "device", "each", "area", "place", "count", "note")


class Entry(NamedTuple):
    """One thing expected. `each`: a kind of device, each of which must have it."""

    file: str
    line: int
    enterprise: str
    source: str = ""
    what: str = "source"
    quantity: str = ""
    device: str = ""
    each: str = ""
    area: str = ""
    place: str = ""
    wants: int = 1
    note: str = ""

    def problem(self, what: str, severity: Any = "error", **args: object) -> Problem:
        where = "/".join(part for part in (self.enterprise, self.source, self.device) if part)
        key = what.replace("-", "_")
        said = {"where": where, "note": self.note, **args}
        return Problem(self.file, self.line, 1, f"expected/{what}", f"expected.{key}", said, severity, f"expected.hint.{key}")


def read_expected(text: str, name: str) -> tuple[list[Entry], list[Problem]]:
    """The list, in YAML (`expected:`) or CSV with the columns of `COLUMNS`; and what is wrong with it."""
    try:
        rows = list(_of_csv(text)) if name.endswith(".csv") else list(_of_yaml(text, name))
    except YamlRefused as refused:
        return [], refused.problems
    entries: list[Entry] = []
    problems: list[Problem] = []
    for line, row in rows:
        found = _entry(name, line, row)
        (problems if isinstance(found, Problem) else entries).append(found)  # type: ignore[arg-type]
    if not rows:
        problems.append(Problem(name, 0, 0, "expected/empty", "expected.empty"))
    return entries, problems


def _of_csv(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for row in reader:
        yield reader.line_num, {str(key): value for key, value in row.items() if value not in (None, "")}


def _of_yaml(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    node = load(text, name)
    rows = node.value.get("expected") if isinstance(node.value, dict) else None
    for i, row in enumerate(rows if isinstance(rows, list) else ()):
        yield node.line_of(("expected", i)), row if isinstance(row, dict) else {"": row}


def _entry(file: str, line: int, row: Mapping[str, Any]) -> Entry | Problem:
    bad = Entry(file, line, str(row.get("enterprise", "")))
    if unknown := [key for key in row if key not in COLUMNS]:
        return bad.problem("bad-entry", found=", ".join(map(str, unknown)), known=", ".join(COLUMNS))
    count = row.get("count", 1)
    if not str(count).isdecimal() or isinstance(count, bool) or int(count) < 1:
        return bad.problem("bad-entry", found=f"count {count}", known="1, 2, ..")
    given = {key: str(value) for key, value in row.items() if key != "count"}
    entry = Entry(file, line, **{"enterprise": "", **given}, wants=int(count))
    if not entry.enterprise:
        return bad.problem("bad-entry", found="-", known="enterprise")
    for value, known in (
        (entry.what, WHAT),
        (entry.quantity, ("", *get_args(Quantity))),
        (entry.place, ("", *get_args(CameraPlace))),
    ):
        if value not in known:
            return bad.problem("bad-entry", found=value, known=", ".join(k for k in known if k))
    if entry.what == "point" and not entry.quantity:
        return bad.problem("bad-entry", found="point", known="quantity")
    return entry


def differences(entries: list[Entry], registry: Registry) -> list[Problem]:
    """What the list expects and the registry lacks, and sources that the list does not know."""
    problems = [problem for entry in entries for problem in _missing(entry, registry)]
    listed = {(e.enterprise, e.source) for e in entries if e.source}
    first = {e.enterprise: e for e in reversed(entries)}
    problems += [
        first[enterprise.code].problem("unlisted-source", "warning", source=source.code, name=source.name)
        for enterprise in registry.enterprises if enterprise.code in first and not enterprise.closed
        for source in enterprise.sources if (enterprise.code, source.code) not in listed
    ]  # fmt: skip
    return in_order(problems)


def _missing(entry: Entry, registry: Registry) -> Iterator[Problem]:
    enterprise = next((e for e in registry.enterprises if e.code == entry.enterprise), None)
    if enterprise is None:
        yield entry.problem("missing-enterprise")
        return
    owner: Enterprise | HazardSource | None = enterprise
    if entry.source:
        owner = next((s for s in enterprise.sources if s.code == entry.source), None)
    if owner is None:
        yield entry.problem("missing-source")
        return
    if entry.device and not any(d.code == entry.device for d in owner.devices):
        yield entry.problem("missing-device")
        return
    match entry.what:
        case "point":
            yield from _points(entry, owner.devices)
        case "camera":
            found = sum(
                (not entry.place or c.place == entry.place) and (not entry.area or c.area == entry.area) for c in owner.cameras
            )
            yield from _too_few(entry, found)
        case "interlock":
            yield from _too_few(entry, len(owner.interlocks) if isinstance(owner, HazardSource) else 0)
        case "person":
            yield from _too_few(entry, len(owner.persons))
        case _:
            pass


def _points(entry: Entry, devices: tuple[Device, ...]) -> Iterator[Problem]:
    """So many points of the quantity; with `each`, at every device of that kind."""
    chosen = [d for d in devices if not entry.device or d.code == entry.device]
    if entry.each:
        for device in chosen:
            if device.kind == entry.each:
                yield from _too_few(entry._replace(device=device.code), _count(entry, (device,)))
        return
    yield from _too_few(entry, _count(entry, tuple(chosen)))


def _count(entry: Entry, devices: tuple[Device, ...]) -> int:
    return sum(
        p.quantity == entry.quantity and (not entry.area or (p.area or d.area) == entry.area) for d in devices for p in d.points
    )


def _too_few(entry: Entry, found: int) -> Iterator[Problem]:
    if found < entry.wants:
        thing = " ".join(part for part in (entry.what, entry.quantity, entry.place, entry.area) if part)
        yield entry.problem("missing", thing=thing, wants=entry.wants, found=found)
