"""A watched folder of rules: what is saved there goes to the log by itself, whole and checked, or not at all.

A folder counts as saved when two looks in a row read the same: an editor that writes several files one after the other must not
publish half of them. What cannot be used is reported once and leaves what is in force alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from backfill.configuration import Configuration, configuration
from streams.domain.log import TopicPartition
from streams.domain.problems import Problem
from streams.engine.rules import files_hash
from streams.engine.rules_load import RulesRefused
from streams.steps.ports import LogReader


class Saved(NamedTuple):
    """A configuration that may be published."""

    found: Configuration


class UnusableFolder(NamedTuple):
    """What was saved cannot be used."""

    problems: list[Problem]
    why: str


class FolderWatch:
    """Looks at one folder; says something only when something new was saved."""

    def __init__(self, folder: Path, known: tuple[str, str] = ("", "")) -> None:
        """`known`: hashes of rules and parameters that are published already."""
        self._folder = folder
        self._known = known
        self._last: dict[str, tuple[int, int]] | None = None
        self._done: dict[str, tuple[int, int]] | None = None

    def look(self) -> Saved | UnusableFolder | None:
        """What was saved since the last look and has settled, or None. A folder that cannot be read is UnusableFolder, once."""
        seen = self._stamps()
        settled, self._last = seen == self._last, seen
        if not settled or seen == self._done:
            return None
        self._done = seen
        try:
            found = configuration(self._folder)
        except RulesRefused as refused:
            return UnusableFolder(refused.problems, "")
        except (ValueError, OSError) as error:
            return UnusableFolder([], str(error))
        if seen != self._stamps():  # saved again while it was read
            self._done = None
            return None
        hashes = (files_hash(found.rule_files), found.parameters.hash)
        if hashes == self._known:
            return None
        self._known = hashes
        return Saved(found)

    def _stamps(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of every rule file; a file that vanishes meanwhile is simply not there."""
        found: dict[str, tuple[int, int]] = {}
        for path in sorted(self._folder.rglob("*.yaml")) if self._folder.is_dir() else []:
            try:
                stat = path.stat()
            except OSError:
                continue
            found[str(path.relative_to(self._folder))] = (stat.st_size, stat.st_mtime_ns)
        return found


class _Hash(msgspec.Struct):
    hash: str = ""


async def published(reader: LogReader) -> tuple[str, str]:
    """Hashes of the newest rules and parameters in the log; empty where there are none."""
    return await _newest(reader, "rules"), await _newest(reader, "parameters")


async def _newest(reader: LogReader, topic: str) -> str:
    place = TopicPartition(topic, 0)
    position, end = (await reader.begin_offsets([place]))[place], (await reader.end_offsets([place]))[place]
    found = ""
    while position < end:
        records, position = await reader.read(place, position, end)
        for record in records:
            if record.value:
                try:
                    found = msgspec.json.decode(record.value, type=_Hash).hash
                except msgspec.DecodeError:
                    continue
    return found
