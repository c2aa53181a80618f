"""Rule files -> RuleSet, or every problem of every file at once. Pure: texts in, no file is opened.

A file lies in a folder named after its profile (`common` = all profiles) and holds one of: `rules`, `exposure_limits`,
`quality`. Keys and values are checked here, expressions are parsed and typed, so that what is published can always be judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from streams.domain.problems import Problem, in_order
from streams.domain.registry import Profile
from streams.domain.strict_yaml import Node, Path, YamlRefused, load
from streams.engine.rulelang.measures import is_known_unit
from streams.engine.rules import Effect, Exposure, QualityDefaults, Rule, RuleSet, Select, files_hash
from streams.engine.rules_crowd import MOST_MEMORIES, MOST_RULES, crowd
from streams.engine.rules_text import Expressions

FOLDERS = ("common", *get_args(Profile))
SECTIONS = ("rules", "exposure_limits", "quality")
SCHEMA = 2
MAX_ON_DELAY_S, MAX_OFF_DELAY_S = 600.0, 86_400.0
MOST_READINGS = 32  # of n_of_m: bits of the kernels
MOST_TIER = 4
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\Z")
ING = re.compile(r"[A-Z]{3}-[0-9]+\Z")
CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
REQUIRED = ("id", "version", "title", "when", "effect", "reference", "provenance", "owner")
OWN_FIELDS = ("file", "line")  # of Rule, not of a file
EXPRESSIONS = ("when", "clear", "deadband")
OF_POINTS = ("quantity", "danger", "unit", "lacks", "role")  # keys of select


RULE_FIELDS: dict[str, Any] = {f.name: f.type for f in msgspec.structs.fields(Rule) if f.name not in OWN_FIELDS}
"""Key -> type of everything that a rule may say."""


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
    rules = RuleSet(reader.rules.values(), reader.exposures, reader.quality, files_hash(mine))
    most = crowd(rules)
    if not most.fits():
        args = most._asdict() | {"most_rules": MOST_RULES, "most_memories": MOST_MEMORIES}
        raise RulesRefused([Problem("", 0, 0, "rules/crowd", "rules.crowd", args, "error", "rules.hint.crowd")])
    return rules


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
        self.node, self.text = node, text
        if not isinstance(node.value, dict):
            return self.say((), "not-a-mapping", known=", ".join(SECTIONS))
        for key in node.value:
            if key not in ("schema", *SECTIONS):
                self.say((key,), "unknown-key", key=key, of="", known=", ".join(("schema", *SECTIONS)))
        if node.value.get("schema") != SCHEMA:
            hint = "rules.hint.schema_1" if node.value.get("schema") == 1 else ""
            return self.say(("schema",), "schema", hint=hint, found=node.value.get("schema"), wants=SCHEMA)
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
            if key not in RULE_FIELDS:
                self.say((*path, key), "unknown-key", key=key, of=name, known=", ".join(RULE_FIELDS))
        for key in REQUIRED:
            if key not in entry:
                self.say(path, "missing-key", key=key, of=name)
        fields = {k: self.converted((*path, k), entry[k], kind) for k, kind in RULE_FIELDS.items() if k in entry}
        self.check(path, fields)
        self.check_effect(path, fields)
        self.check_select(node, path, fields)
        if isinstance(fields.get("when"), str):
            self.problems += Expressions(node, self.text, path, name, fields).checked()
        if len(self.problems) > before:
            return
        folder = node.name.partition("/")[0]
        if folder != "common":
            fields["select"] = msgspec.structs.replace(fields.get("select", Select()), profile=(folder,))
        if fields.get("n_of_m") and "on_delay_s" not in fields:
            fields["on_delay_s"] = fields.get("on_delay_max_s", 60.0)
        self.rules[name] = Rule(**fields, file=node.name, line=node.line_of(path))

    def check(self, path: Path, fields: dict[str, Any]) -> None:
        """What a type cannot say."""
        name = fields.get("id")
        if isinstance(name, str):
            if not ID.match(name):
                self.say((*path, "id"), "id", found=name)
            elif name in self.rules:
                other = self.rules[name]
                self.say((*path, "id"), "duplicate-id", found=name, at=f"{other.file}:{other.line}")
        version = fields.get("version")
        if isinstance(version, str) and not VERSION.match(version):
            self.say((*path, "version"), "version", found=version)
        for i, row in enumerate(fields.get("ing") or ()):
            if not ING.match(row):
                self.say((*path, "ing", i), "ing", found=row)
        for key, most in (("on_delay_s", MAX_ON_DELAY_S), ("off_delay_s", MAX_OFF_DELAY_S), ("on_delay_max_s", MAX_ON_DELAY_S)):
            value = fields.get(key)
            if isinstance(value, float) and not 0.0 <= value <= most:
                self.say((*path, key), "delay", hint="rules.hint.delay", key=key, found=value, most=most)
        counted = fields.get("n_of_m")
        if counted and not 1 <= counted[0] <= counted[1] <= MOST_READINGS:
            self.say((*path, "n_of_m"), "n-of-m", found=list(counted), most=MOST_READINGS)
        if fields.get("saturation") and fields.get("scope", "point") != "point":
            self.say((*path, "saturation"), "of-points", key="saturation")

    def check_effect(self, path: Path, fields: dict[str, Any]) -> None:
        effect = fields.get("effect")
        if not isinstance(effect, Effect):
            return
        scope = fields.get("scope") or "point"
        at = (*path, "effect")
        kinds = [
            k for k, given in (("evidence", effect.evidence), ("step_up", effect.step_up), ("finding", effect.finding)) if given
        ]
        if len(kinds) != 1:
            return self.say(at, "effect", found=", ".join(kinds) or "-")
        for key in ("step_up", "finding"):
            if (code := getattr(effect, key)) and not CODE.match(code):
                self.say((*at, key), "code", key=key, found=code)
        if not 0 <= effect.tier <= (3 if scope == "point" else MOST_TIER):
            self.say((*at, "tier"), "tier", found=effect.tier, most=3 if scope == "point" else MOST_TIER)
        if effect.step_up and scope == "point":
            self.say((*at, "step_up"), "step-up-scope", hint="rules.hint.step_up_scope")
        if (effect.evidence == "rule") == (scope == "point") and effect.evidence:
            self.say((*at, "evidence"), "evidence-scope", found=effect.evidence, scope=scope)

    def check_select(self, node: Node, path: Path, fields: dict[str, Any]) -> None:
        select = fields.get("select")
        if not isinstance(select, Select):
            return
        at = (*path, "select")
        if select.profile and not node.name.startswith("common/"):
            self.say((*at, "profile"), "profile")
        for key in OF_POINTS if fields.get("scope", "point") != "point" else ():
            if getattr(select, key):
                self.say((*at, key), "of-points", key=f"select.{key}")
        for i, unit in enumerate(select.unit):
            if not is_known_unit(unit):
                self.say((*at, "unit", i), "unknown-unit", found=unit)

    def converted(self, path: Path, value: Any, kind: Any) -> Any:
        """The value as `kind`, or None and a problem at the place that is wrong."""
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is str and isinstance(value, int | float) and not isinstance(value, bool) and path[-1] in EXPRESSIONS:
            value = str(value)
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            parts = tuple(int(p) if p.isdigit() else p for p in re.findall(r"[A-Za-z_]\w*|\d+", where))
            at = (*path, *parts)
            known = _words_of(kind, parts)
            if known and isinstance(found := _reached(value, parts), str):
                close = get_close_matches(found, known, 1)
                self.say(at, "unknown-value", hint="registry.hint.did_you_mean" if close else "", key=".".join(map(str, at[2:])),
                         found=found, known=", ".join(known), close=close[0] if close else "")  # fmt: skip
            else:
                hint = "rules.hint.quote" if text.startswith("Expected `str`") else ""
                self.say(at, "wrong-type", hint=hint, key=".".join(map(str, at[2:])), detail=text)
            return None


def _reached(value: Any, parts: tuple[str | int, ...]) -> Any:
    for part in parts:
        value = value[part]
    return value


def _words_of(kind: Any, parts: tuple[str | int, ...]) -> tuple[str, ...]:
    """The words that may stand at `parts` of a value of this kind; none: anything, or no word."""
    for part in parts:
        if isinstance(part, int):
            kind = (get_args(kind) or (None,))[0]
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            kind = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}.get(part)
    inner = get_args(kind) if get_origin(kind) in (Literal, Union, UnionType) else ()
    return tuple(word for one in inner for word in ((one,) if isinstance(one, str) else _words_of(one, ())) if word)
