"""`lock.yaml`: version and content of every rule that was released, so that no rule changes its meaning under a version that warnings
have already named. A rule that is gone stays listed: its id is never given to another rule with a version that was used before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from streams.domain.problems import Problem
from streams.domain.strict_yaml import Node, YamlRefused, load
from streams.engine.rules import Rule, RuleSet

NAME = "lock.yaml"
SCHEMA = 1
_HEADER = """# Version and content of each rule. Written by `riskstream rules lock`, held by `riskstream rules check`: not edited by hand.
schema: 1
rules:
"""


class Locked(NamedTuple):
    """What was released of one rule. `removed`: no file has it any more."""

    version: str
    content: str
    removed: bool = False


Lock = dict[str, Locked]


def content_hash(rule: Rule) -> str:
    """Of everything the rule says, whatever the way of writing it, the order of its keys or the file it stands in."""
    return hashlib.sha256(rule.content).hexdigest()[:32]


def read_lock(text: str) -> tuple[Lock, list[Problem]]:
    """The lock, or why it cannot be read."""
    try:
        node = load(text, NAME)
    except YamlRefused as refused:
        return {}, refused.problems
    rows = node.value.get("rules") if isinstance(node.value, dict) else None
    if not isinstance(rows, dict) or node.value.get("schema") != SCHEMA:
        return {}, [_unreadable(node, ())]
    lock: Lock = {}
    problems = []
    for rule, row in rows.items():
        if isinstance(row, dict) and isinstance(row.get("version"), str) and isinstance(row.get("content"), str):
            lock[rule] = Locked(row["version"], row["content"], row.get("removed") is True)
        else:
            problems.append(_unreadable(node, ("rules", rule)))
    return lock, problems


def _unreadable(node: Node, path: tuple[str, ...]) -> Problem:
    return node.problem(path, "lock/unreadable", "lock.unreadable", hint_key="lock.hint.lock")


def text_of(lock: Lock) -> str:
    rows = (
        f'  {rule}: {{version: "{row.version}", content: "{row.content}"{", removed: true" if row.removed else ""}}}\n'
        for rule, row in sorted(lock.items())
    )
    return _HEADER + "".join(rows)


def differences(rules: RuleSet, lock: Lock) -> Iterator[Problem]:
    """Every rule that is not what was released under its version, every new one, every one that is gone."""
    for rule in rules.rules:
        known = lock.get(rule.id)
        if known is None:
            yield _problem(rule, "new", "lock")
        elif known.version == rule.version:
            if known.content != content_hash(rule):
                yield _problem(rule, "changed", "version", next=_next(rule.version))
            elif known.removed:
                yield _problem(rule, "new", "lock")
        elif _numbers(rule.version) < _numbers(known.version):
            yield _problem(rule, "older", "version", known=known.version, next=_next(known.version))
        else:
            yield _problem(rule, "released", "lock", known=known.version)
    for gone in sorted(lock.keys() - rules.index.keys()):
        if not lock[gone].removed:
            args = {"rule": gone, "version": lock[gone].version}
            yield Problem(NAME, 0, 0, "lock/removed", "lock.removed", args, "error", "lock.hint.removed")


def locked(rules: RuleSet, lock: Lock, removed: bool, unreleased: bool) -> tuple[Lock, list[Problem]]:
    """The lock of these rules, and what keeps it from being written. `removed`: rules that are gone are meant to be gone;
    `unreleased`: what the lock says of changed rules was never published."""
    allowed = (
        {"lock/new", "lock/released"} | ({"lock/removed"} if removed else set()) | ({"lock/changed"} if unreleased else set())
    )
    hindering = [p for p in differences(rules, lock) if p.id not in allowed]
    now: Lock = {rule.id: Locked(rule.version, content_hash(rule)) for rule in rules.rules}
    gone = {rule: row._replace(removed=True) for rule, row in lock.items() if rule not in now}
    return now | gone, hindering


def _problem(rule: Rule, what: str, hint: str, **more: object) -> Problem:
    args = {"rule": rule.id, "version": rule.version, **more}
    return Problem(rule.file, rule.line, 1, f"lock/{what}", f"lock.{what}", args, "error", f"lock.hint.{hint}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _next(version: str) -> str:
    major, minor, patch = _numbers(version)
    return f"{major}.{minor}.{patch + 1}"
