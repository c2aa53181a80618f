"""Rule files -> RuleSet, or every problem of every file at once. Pure: texts in, no file is opened.

A file lies in a folder named after its profile (`common` = all profiles) and holds one of: `rules`, `exposure_limits`,
`quality`. All keys, features, operators and thresholds are checked here, so that what is published can always be judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from streams.domain.problems import Problem, in_order
from streams.domain.registry import Profile
from streams.domain.strict_yaml import Node, Path, YamlRefused, load
from streams.engine.rulecode import FEATURES, OPERATORS, source_of
from streams.engine.rules import (
    AllOf,
    AnyOf,
    Condition,
    Effect,
    Exposure,
    NotOf,
    QualityDefaults,
    Rule,
    RuleSet,
    Select,
    Term,
    Title,
    files_hash,
)  # fmt: skip

FOLDERS = ("common", *get_args(Profile))
SECTIONS = ("rules", "exposure_limits", "quality")
SCHEMA = 1
MAX_DEPTH, MAX_PARTS = 6, 12
MAX_ON_DELAY_S = 600.0
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_RULE_FIELDS: dict[str, tuple[Any, bool]] = {  # type, required
    "id": (str, True), "version": (str, True), "title": (Title, True), "when": (Any, True), "effect": (Effect, True),
    "status": (str, False), "select": (Select, False), "on_delay_s": (float, False), "off_delay_s": (float, False),
    "on_delay_max_s": (float, False), "reference": (str, True), "provenance": (str, True), "owner": (str, True),
}  # fmt: skip
_TERM_FIELDS = ("feature", "op", "threshold", "at_most", "saturation", "deadband")


class RulesRefused(ValueError):
    """The files cannot be used; `problems` has all of them, in reading order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.line_of_text("en") for p in problems))
        self.problems = problems


def load_rules(files: Mapping[str, str]) -> RuleSet:
    """The set of these files (path -> text). Files outside the profile folders and `*.cases.yaml` are not rules: not read.

    Raises RulesRefused: a set is taken whole or not at all.
    """
    mine = {path: text for path, text in sorted(files.items()) if is_rule_file(path)}
    reader = _Reader()
    for path, text in mine.items():
        reader.read(path, text)
    if not mine:
        reader.problems.append(Problem("", 0, 0, "rules/none", "rules.none", {"folders": ", ".join(FOLDERS)}))
    if any(p.severity == "error" for p in reader.problems):
        raise RulesRefused(in_order(reader.problems))
    return RuleSet(reader.rules.values(), reader.exposures, reader.quality, files_hash(mine))


def is_rule_file(path: str) -> bool:
    """
    >>> is_rule_file("steel/gas.yaml"), is_rule_file("steel/gas.cases.yaml"), is_rule_file("ladders/hazchem.yaml")
    (True, False, False)
    """
    folder, _, name = path.partition("/")
    return folder in FOLDERS and name.endswith(".yaml") and not name.endswith(".cases.yaml")


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rules: dict[str, Rule] = {}
        self.exposures: list[Exposure] = []
        self.quality: list[QualityDefaults] = []

    def read(self, path: str, text: str) -> None:
        try:
            node = load(text, path)
        except YamlRefused as refused:
            self.problems += refused.problems
            return
        self.node = node
        if not isinstance(node.value, dict):
            return self.say((), "not-a-mapping", known=", ".join(SECTIONS))
        for key in node.value:
            if key not in ("schema", *SECTIONS):
                self.say((key,), "unknown-key", key=key, of="", known=", ".join(("schema", *SECTIONS)))
        if node.value.get("schema") != SCHEMA:
            self.say(("schema",), "schema", found=node.value.get("schema"), wants=SCHEMA)
        for section in SECTIONS:
            entries = node.value.get(section, [])
            if not isinstance(entries, list):
                self.say((section,), "not-a-list", key=section)
                continue
            for i, entry in enumerate(entries):
                self.entry(node, section, (section, i), entry)

    def say(self, path: Path, what: str, hint: str = "", **args: object) -> None:
        line, column = self.node.position_of(path)
        key = "rules." + what.replace("-", "_")
        self.problems.append(Problem(self.node.name, line, column, f"rules/{what}", key, args, "error", hint))

    def entry(self, node: Node, section: str, path: Path, entry: Any) -> None:
        if not isinstance(entry, dict):
            return self.say(path, "not-a-mapping", known=section)
        if section == "rules":
            return self.rule(node, path, entry)
        before = len(self.problems)
        kind: Any = Exposure if section == "exposure_limits" else QualityDefaults
        value = self.converted(path, entry, kind)
        if value is None or len(self.problems) > before:
            return
        if isinstance(value, Exposure):
            if not value.names or value.mg_m3 <= 0.0 or (value.molar_mass is not None and value.molar_mass <= 0.0):
                self.say(path, "not-positive", key="names, mg_m3, molar_mass")
            self.exposures.append(value)
        else:
            self.quality.append(value)

    def rule(self, node: Node, path: Path, entry: dict[str, Any]) -> None:
        """One rule, field by field, so that one wrong field does not hide the next."""
        before = len(self.problems)
        name = str(entry.get("id", ""))
        for key in entry:
            if key not in _RULE_FIELDS:
                self.say((*path, key), "unknown-key", key=key, of=name, known=", ".join(_RULE_FIELDS))
        fields: dict[str, Any] = {}
        for key, (kind, required) in _RULE_FIELDS.items():
            if key not in entry:
                if required:
                    self.say(path, "missing-key", key=key, of=name)
            elif key == "when":
                fields[key] = self.condition((*path, key), entry[key], 0)
            else:
                fields[key] = self.converted((*path, key), entry[key], kind)
        self.check(path, fields)
        if len(self.problems) > before:
            return
        folder = node.name.partition("/")[0]
        if folder != "common":
            fields["select"] = msgspec.structs.replace(fields.get("select", Select()), profile=(folder,))
        self.rules[name] = Rule(**fields, file=node.name, line=node.line_of(path))

    def check(self, path: Path, fields: dict[str, Any]) -> None:
        """What a type cannot say."""
        name = fields.get("id")
        if isinstance(name, str):
            if not _ID.match(name):
                self.say((*path, "id"), "id", found=name)
            elif name in self.rules:
                other = self.rules[name]
                self.say((*path, "id"), "duplicate-id", found=name, at=f"{other.file}:{other.line}")
        if fields.get("status", "active") not in ("active", "off"):
            self.say((*path, "status"), "unknown-value", key="status", found=fields["status"], known="active, off")
        for key, most in (("on_delay_s", MAX_ON_DELAY_S), ("off_delay_s", 86_400.0), ("on_delay_max_s", MAX_ON_DELAY_S)):
            value = fields.get(key)
            if isinstance(value, float) and not 0.0 <= value <= most:
                self.say((*path, key), "delay", hint="rules.hint.delay", key=key, found=value, most=most)
        effect = fields.get("effect")
        if isinstance(effect, Effect) and not 0 <= effect.tier <= 3:
            self.say((*path, "effect", "tier"), "tier", found=effect.tier)
        select = fields.get("select")
        if isinstance(select, Select) and select.profile:
            self.say((*path, "select", "profile"), "profile")

    def converted(self, path: Path, value: Any, kind: Any) -> Any:
        """The value as `kind`, or None and a problem at the place that is wrong."""
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            parts = tuple(int(p) if p.isdigit() else p for p in re.findall(r"[A-Za-z_]\w*|\d+", where))
            self.say((*path, *parts), "wrong-type", key=".".join(map(str, (*path[2:], *parts))), detail=text)
            return None

    def condition(self, path: Path, value: Any, depth: int) -> Condition | None:
        """A whitelisted tree: a comparison, or one of `all`, `any`, `not` over such."""
        if not isinstance(value, dict):
            self.say(path, "condition")
            return None
        if depth > MAX_DEPTH:
            self.say(path, "too-deep", most=MAX_DEPTH)
            return None
        if "not" in value and len(value) == 1:
            part = self.condition((*path, "not"), value["not"], depth + 1)
            return NotOf(part) if part else None
        for word, kind in (("all", AllOf), ("any", AnyOf)):
            if word in value and len(value) == 1:
                parts = value[word]
                if not isinstance(parts, list) or not 2 <= len(parts) <= MAX_PARTS:
                    self.say((*path, word), "parts", key=word, most=MAX_PARTS)
                    return None
                found = [self.condition((*path, word, i), part, depth + 1) for i, part in enumerate(parts)]
                whole = tuple(f for f in found if f is not None)
                return kind(whole) if len(whole) == len(found) else None
        return self.term(path, value)

    def term(self, path: Path, value: dict[str, Any]) -> Term | None:
        before = len(self.problems)
        for key in value:
            if key not in _TERM_FIELDS:
                self.say((*path, key), "unknown-key", key=key, of="when", known=", ".join((*_TERM_FIELDS, "all", "any", "not")))
        for key in _TERM_FIELDS[:3]:
            if key not in value:
                self.say(path, "missing-key", key=key, of="when")
        feature, op = value.get("feature"), value.get("op")
        if feature is not None and feature not in FEATURES:
            self.say((*path, "feature"), "unknown-value", key="feature", found=feature, known=", ".join(FEATURES))
        if op is not None and op not in OPERATORS:
            self.say((*path, "op"), "unknown-value", key="op", found=op, known=" ".join(OPERATORS))
        if not isinstance(value.get("saturation", False), bool):
            self.say((*path, "saturation"), "wrong-type", key="saturation", detail="Expected `bool`")
        threshold = value.get("threshold", [0])
        thresholds = threshold if isinstance(threshold, list) else [threshold]
        for i, source in enumerate(thresholds):
            self.source((*path, "threshold", i), source)
        for key in ("at_most", "deadband"):
            if key in value:
                self.source((*path, key), value[key])
        if len(self.problems) > before:
            return None
        return Term(feature=str(feature), op=op, threshold=tuple(map(_text_or_number, thresholds)),  # type: ignore[arg-type]
                    at_most=_text_or_number(value.get("at_most")), saturation=value.get("saturation", False),
                    deadband=_text_or_number(value.get("deadband")))  # fmt: skip

    def source(self, path: Path, value: Any) -> None:
        ok = isinstance(value, str | int | float) and not isinstance(value, bool)
        try:
            if ok:
                source_of(value)
        except ValueError:
            ok = False
        if not ok:
            self.say(path, "threshold", hint="rules.hint.threshold", found=value)


def _text_or_number(value: Any) -> Any:
    """Numbers as floats: 23 and 23.0 are the same threshold, and the same bytes of a snapshot."""
    return float(value) if isinstance(value, int) else value
