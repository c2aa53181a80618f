"""`parameters.lock.yaml`: version and content of every file of parameters and ladders that was released, so that no number changes its
meaning under a version that scores and warnings have already named. The sibling of `lock.yaml`, with the same three ways out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from backfill.rules_lock import Lock, Locked
from streams.domain.problems import Problem
from streams.domain.strict_yaml import Node, YamlRefused, load

NAME = "parameters.lock.yaml"
SCHEMA = 1
_HEADER = """# Version and content of each file of numbers. Written by `riskstream rules lock`, held by `riskstream rules check`: not edited by hand.
schema: 1
files:
"""


def found_in(files: Mapping[str, str]) -> Lock:
    """Version and content of each file, whatever the way of writing it or the order of its keys."""
    found: Lock = {}
    for path, text in files.items():
        value = dict(load(text, path).value)
        version = str(value.pop("version", ""))
        content = json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
        found[path] = Locked(version, hashlib.sha256(content).hexdigest()[:32])
    return found


def read(text: str) -> tuple[Lock, list[Problem]]:
    """The lock, or why it cannot be read."""
    try:
        node = load(text, NAME)
    except YamlRefused as refused:
        return {}, refused.problems
    rows = node.value.get("files") if isinstance(node.value, dict) else None
    if not isinstance(rows, dict) or node.value.get("schema") != SCHEMA:
        return {}, [_unreadable(node, ())]
    lock: Lock = {}
    problems = []
    for path, row in rows.items():
        if isinstance(row, dict) and isinstance(row.get("version"), str) and isinstance(row.get("content"), str):
            lock[path] = Locked(row["version"], row["content"], row.get("removed") is True)
        else:
            problems.append(_unreadable(node, ("files", path)))
    return lock, problems


def _unreadable(node: Node, path: tuple[str, ...]) -> Problem:
    return node.problem(path, "lock/unreadable", "lock.unreadable", hint_key="lock.hint.lock")


def text_of(lock: Lock) -> str:
    rows = (
        f'  {path}: {{version: "{row.version}", content: "{row.content}"{", removed: true" if row.removed else ""}}}\n'
        for path, row in sorted(lock.items())
    )
    return _HEADER + "".join(rows)


def differences(now: Lock, lock: Lock) -> Iterator[Problem]:
    """Every file that is not what was released under its version, every new one, every one that is gone."""
    for path, row in now.items():
        known = lock.get(path)
        if known is None or (known.version == row.version and known.content == row.content and known.removed):
            yield _problem(path, row.version, "new", "lock")
        elif known.version == row.version and known.content != row.content:
            yield _problem(path, row.version, "changed", "version", next=_next(row.version))
        elif _numbers(row.version) < _numbers(known.version):
            yield _problem(path, row.version, "older", "version", known=known.version, next=_next(known.version))
        elif known.version != row.version:
            yield _problem(path, row.version, "released", "lock", known=known.version)
    for gone in sorted(lock.keys() - now.keys()):
        if not lock[gone].removed:
            yield _problem(gone, lock[gone].version, "removed", "removed")


def locked(now: Lock, lock: Lock, removed: bool, unreleased: bool) -> tuple[Lock, list[Problem]]:
    """The lock of these files, and what keeps it from being written; as for rules."""
    allowed = {"lock/file-new", "lock/file-released"}
    allowed |= {"lock/file-removed"} if removed else set()
    allowed |= {"lock/file-changed"} if unreleased else set()
    hindering = [p for p in differences(now, lock) if p.id not in allowed]
    gone = {path: row._replace(removed=True) for path, row in lock.items() if path not in now}
    return now | gone, hindering


def _problem(path: str, version: str, what: str, hint: str, **more: object) -> Problem:
    args = {"file": path, "version": version, **more}
    return Problem(path, 1, 1, f"lock/file-{what}", f"lock.file_{what}", args, "error", f"lock.hint.file_{hint}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _next(version: str) -> str:
    major, minor, patch = _numbers(version)
    return f"{major}.{minor}.{patch + 1}"
