"""The expressions of one rule: parsed, typed, put into canonical text; their mistakes with the line and column of the file."""

from __future__ import annotations

from typing import Any, Literal

from streams.domain.problems import Problem
from streams.domain.strict_yaml import Node, Path
from streams.engine.rulelang.parse import ExpressionRefused, parse
from streams.engine.rulelang.show import show
from streams.engine.rulelang.types import Where, checked
from streams.engine.rules import Select

KINDS: dict[str, Literal["boolean", "constant"]] = {"when": "boolean", "clear": "boolean", "deadband": "constant"}


class Expressions:
    """Checks `when`, `clear` and `deadband` among the fields of a rule, and replaces them by their canonical text."""

    def __init__(self, node: Node, text: str, path: Path, rule: str, fields: dict[str, Any]) -> None:
        self.node, self.lines, self.path, self.rule, self.fields = node, text.splitlines(), path, rule, fields
        select = fields.get("select")
        select = select if isinstance(select, Select) else Select()
        self.where = Where(fields.get("scope") or "point", select.quantity, select.unit)

    def checked(self) -> list[Problem]:
        problems: list[Problem] = []
        for key, wants in KINDS.items():
            source = self.fields.get(key)
            if not isinstance(source, str) or (key != "when" and not source):
                continue
            problems += self.expression(key, source, wants)
        return problems

    def expression(self, key: str, source: str, wants: Literal["boolean", "constant"]) -> list[Problem]:
        try:
            tree = parse(source)
        except ExpressionRefused as refused:
            hint = refused.hint_key
            return [self.problem(key, source, refused.column, refused.what, refused.message_key, hint, dict(refused.args_of))]
        self.fields[key] = show(tree)
        return [
            self.problem(key, source, m.at, m.what, f"expr.{m.what}", f"expr.hint.{m.hint}" if m.hint else "", m.args)
            for m in checked(tree, self.where, wants)
        ]

    def problem(self, key: str, source: str, at: int, what: str, message: str, hint: str, args: dict[str, object]) -> Problem:
        line, column = self.place(key, source, at)
        code = "expr/" + what.replace("_", "-")
        return Problem(self.node.name, line, column, code, message, args | {"rule": self.rule, "key": key}, "error", hint)

    def place(self, key: str, source: str, at: int) -> tuple[int, int]:
        """Line and column of the character `at` of an expression. Where it is not written as it is read (folded over lines, with
        escapes), the nearest line that has the words around it; else the key."""
        line, column = self.node.position_of((*self.path, key))
        first = self.lines[line - 1] if line <= len(self.lines) else ""
        if (start := first.find(source, column - 1)) >= 0:
            return line, start + at + 1
        words = source[at : at + 24].split("\n")[0].rstrip()
        for number in range(line, min(line + 12, len(self.lines) + 1)):
            start = self.lines[number - 1].find(words, column - 1 if number == line else 0) if words else -1
            if start >= 0:
                return number, start + 1
        return line, column
