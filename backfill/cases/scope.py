"""Where a reader of case files stands: the document, the problems so far, and what the present case may name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from backfill.cases.plants import codes
from backfill.cases.times import duration_ms, moment_ms
from streams.domain.problems import Problem
from streams.domain.registry import Enterprise
from streams.domain.strict_yaml import Node, Path


class Scope:
    """Shared by the readers of series, events and expectations."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.problems: list[Problem] = []
        self.plants: tuple[Enterprise, ...] = ()
        self.codes: dict[str, dict[str, str]] = {}  # enterprise -> code -> what it is
        self.start_ms = 0
        self.every_ms = 5000

    def enter(self, plants: Sequence[Enterprise], start_ms: int, every_ms: int) -> None:
        self.plants, self.start_ms, self.every_ms = tuple(plants), start_ms, every_ms
        self.codes = {plant.code: codes(plant) for plant in plants}

    def say(self, path: Path, what: str, /, *, hint: str = "", **args: object) -> None:
        """A problem at `path`; `what` is the end of a key cases.*"""
        code = "cases/" + what.replace("_", "-").replace(".", "/")
        line, column = self.node.position_of(path)
        hint_key = f"cases.hint.{hint}" if hint else ""
        self.problems.append(Problem(self.node.name, line, column, code, f"cases.{what}", args, "error", hint_key))

    def only(self, path: Path, given: Mapping[str, Any], known: Collection[str]) -> None:
        """Say every key of `given` that nobody knows."""
        for key in given:
            if key not in known:
                self.say((*path, key), "unknown_key", key=key, near=self.near(key, known))

    def near(self, word: object, known: Collection[str]) -> str:
        """What may have been meant."""
        close = get_close_matches(str(word), sorted(known), 3, 0.5)
        return ", ".join(close or sorted(known))

    def duration(self, value: Any, path: Path) -> int | None:
        try:
            return duration_ms(value)
        except ValueError:
            self.say(path, "duration", hint="duration", found=value)
            return None

    def moment(self, value: Any, path: Path) -> int | None:
        """ms after the start of the case."""
        try:
            return moment_ms(value, self.start_ms)
        except ValueError:
            self.say(path, "moment", hint="moment", found=value)
            return None

    def named(self, word: object, kinds: Collection[str], path: Path) -> tuple[str, str] | None:
        """(enterprise, code) of what `word` names: a code, or `E2/CODE` where two enterprises have it."""
        enterprise, _, code = str(word).rpartition("/")
        found = [(plant, code) for plant, of in self.codes.items() if enterprise in ("", plant) and of.get(code, "") in kinds]
        if len(found) == 1:
            return found[0]
        if found:
            self.say(path, "ambiguous", name=word, of=", ".join(f"{plant}/{code}" for plant, code in found))
        else:
            known = {code for of in self.codes.values() for code, kind in of.items() if kind in kinds}
            self.say(path, "no_such_code", name=word, near=self.near(code, known), kinds="/".join(sorted(kinds)))
        return None
