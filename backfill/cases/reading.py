"""Case files in, cases out: every problem of every file at once, with line and hint, and never half a case."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from backfill.cases.case import KINDS, Case
from backfill.cases.plants import Plant, PlantProblem, plant_of
from backfill.cases.reading_events import read_events
from backfill.cases.reading_expected import read_moments
from backfill.cases.reading_series import at_rest, read_series
from backfill.cases.scope import Scope
from backfill.cases.times import DAY_MS, clock_ms
from streams.domain.problems import Problem, in_order
from streams.domain.strict_yaml import Node, Path, YamlRefused, load

SCHEMA = 1
FIRST_DAY_MS = 1_767_542_400_000  # 2026-01-05 00:00 in UTC+8, a Monday
USUAL_START = "08:00:00"
COMMON = ("rule", "plant", "every", "start", "day", "rules", "committed", "others", "restart_everywhere", "trap", "pending")
OWN = ("name", "kind", "series", "events", "expect")
FILE = ("schema", "cases", *COMMON)


class Refused(ValueError):
    """Files that cannot be used; `problems` has every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.line_of_text("en") for p in problems))
        self.problems = in_order(problems)


class Ground(NamedTuple):
    """What stands around case files: the ready-made plants, and the rules by id with the file that holds each."""

    plants: Mapping[str, Any]
    rules: Mapping[str, str]


def read_cases(files: Mapping[str, str], ground: Ground) -> list[Case]:
    """The cases of `files` (name -> text), in order of the files. Raises Refused."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for name, text in files.items():
        try:
            node = load(text, name)
        except YamlRefused as refused:
            problems += refused.problems
            continue
        reader = _FileReader(node, ground)
        cases += reader.read()
        problems += reader.scope.problems
    if any(p.severity == "error" for p in problems):
        raise Refused(problems)
    return cases


class _FileReader:
    def __init__(self, node: Node, ground: Ground) -> None:
        self.ground = ground
        self.scope = Scope(node)
        self.names: dict[str, int] = {}

    def read(self) -> list[Case]:
        scope, value = self.scope, self.scope.node.value
        if not isinstance(value, dict) or not isinstance(value.get("cases"), list) or not value["cases"]:
            scope.say((), "no_cases", hint="no_cases")
            return []
        scope.only((), value, FILE)
        if value.get("schema", SCHEMA) != SCHEMA:
            scope.say(("schema",), "schema", wants=SCHEMA, found=value["schema"])
        shared = {key: (value[key], (key,)) for key in COMMON if key in value}
        found = [self._case(("cases", i), entry, shared) for i, entry in enumerate(value["cases"])]
        return [case for case in found if case is not None]

    def _case(self, path: Path, entry: Any, shared: Mapping[str, tuple[Any, Path]]) -> Case | None:
        scope = self.scope
        before = len(scope.problems)
        if not isinstance(entry, dict):
            scope.say(path, "not_a_mapping", known=", ".join((*OWN, *COMMON)))
            return None
        scope.only(path, entry, (*OWN, *COMMON))
        given = {key: (value, where) for key, (value, where) in shared.items()}
        given |= {key: (value, (*path, key)) for key, value in entry.items()}

        def take(key: str, usual: Any = None) -> tuple[Any, Path]:
            return given.get(key, (usual, path))

        name = self._name(*take("name"))
        every_ms = self._every(*take("every", "5s"))
        start_ms = self._start(take("start", USUAL_START), take("day", 0))
        found = self._plants(*take("plant"), every_ms)
        plants = tuple(plant.record for plant in found)
        scope.enter(plants, start_ms, every_ms)
        series = read_series(scope, *take("series", {}))
        if self._others(*take("others", "rest")):
            series += at_rest(found, series, every_ms)
        events = read_events(scope, *take("events", []))
        moments = read_moments(scope, *take("expect"))
        rules = self._rules(*take("rule", []), own_rules=given.get("rules") is not None)
        swapped = given.get("rules") is not None or any(event.what == "rules" for event in events)
        if not swapped and len(scope.problems) == before:
            self._rules_named(*take("expect"))
        case = Case(
            file=scope.node.name, line=scope.node.line_of(path), index=int(path[-1]), name=name,
            kind=self._kind(*take("kind")), rules=rules, plants=plants, series=series, events=events, moments=moments,
            every_ms=every_ms, start_ms=start_ms, rule_files=self._rule_files(*take("rules", [])),
            committed=self._flag(*take("committed", True), "committed"),
            restart_everywhere=self._flag(*take("restart_everywhere", False), "restart_everywhere"),
            traps=self._texts(*take("trap", []), "trap"), pending=str(take("pending", "")[0] or ""),
        )  # fmt: skip
        return case if len(scope.problems) == before else None

    # --- fields ---------------------------------------------------------------------------------------------------
    def _name(self, value: Any, path: Path) -> tuple[str, str]:
        if isinstance(value, str) and value.strip():
            name = ("", value.strip())
        elif (
            isinstance(value, dict)
            and set(value) == {"zh", "en"}
            and all(isinstance(v, str) and v.strip() for v in value.values())
        ):
            name = (value["zh"].strip(), value["en"].strip())
        else:
            self.scope.say(path, "name", hint="name")
            return "", ""
        if name[1] in self.names:
            self.scope.say(path, "name_twice", name=name[1], line=self.names[name[1]])
        self.names[name[1]] = self.scope.node.line_of(path)
        return name

    def _kind(self, value: Any, path: Path) -> Any:
        if value not in KINDS:
            self.scope.say(path, "kind", found=value, known=", ".join(KINDS))
        return value

    def _others(self, value: Any, path: Path) -> bool:
        """Whether points that have no series send what they send at rest."""
        if value not in ("rest", "silent"):
            self.scope.say(path, "others", found=value)
        return bool(value == "rest")

    def _every(self, value: Any, path: Path) -> int:
        every_ms = self.scope.duration(value, path)
        if every_ms is not None and every_ms <= 0:
            self.scope.say(path, "duration", hint="duration", found=value)
        return every_ms if every_ms and every_ms > 0 else 5000

    def _start(self, start: tuple[Any, Path], day: tuple[Any, Path]) -> int:
        """Log time of the start: a local clock time of the case's day; day 0 is a Monday."""
        try:
            clock = clock_ms(start[0])
        except ValueError:
            self.scope.say(start[1], "clock", found=start[0])
            clock = 0
        if not isinstance(day[0], int) or isinstance(day[0], bool) or not 0 <= day[0] <= 3650:
            self.scope.say(day[1], "day", found=day[0])
            return FIRST_DAY_MS
        return FIRST_DAY_MS + day[0] * DAY_MS + clock

    def _plants(self, value: Any, path: Path, every_ms: int) -> tuple[Plant, ...]:
        plants: list[Plant] = []
        for given, where in [(v, (*path, i)) for i, v in enumerate(value)] if isinstance(value, list) else [(value, path)]:
            if given is None:
                self.scope.say(where, "plant.none", hint="plant", known=", ".join(sorted(self.ground.plants)))
                continue
            try:
                plants.append(plant_of(given, self.ground.plants, every_ms / 1000))
            except PlantProblem as problem:
                self.scope.say((*where, *problem.path), f"plant.{problem.code}", hint="plant",
                               **{"known": ", ".join(sorted(self.ground.plants)), **problem.details})  # fmt: skip
        return tuple(plants)

    def _rules(self, value: Any, path: Path, *, own_rules: bool) -> tuple[str, ...]:
        rules = self._texts(value, path, "rule")
        for i, rule in enumerate(rules):
            if not own_rules and rule not in self.ground.rules:
                where = (*path, i) if isinstance(value, list) else path
                self.scope.say(where, "no_such_rule", rule=rule, near=_near(rule, self.ground.rules))
        return rules

    def _rules_named(self, value: Any, path: Path) -> None:
        """An expectation names rules that there are: `none` of a misspelt one would always hold."""
        if isinstance(value, list):
            for i, entry in enumerate(value):
                self._rules_named(entry, (*path, i))
        elif isinstance(value, dict):
            for key, entry in value.items():
                if key == "rule" and isinstance(entry, str) and entry not in self.ground.rules:
                    self.scope.say((*path, key), "no_such_rule", rule=entry, near=_near(entry, self.ground.rules))
                else:
                    self._rules_named(entry, (*path, str(key)))

    def _rule_files(self, value: Any, path: Path) -> tuple[str, ...]:
        files = self._texts(value, path, "rules")
        return tuple(str(PurePosixPath(self.scope.node.name).parent / name) for name in files)

    def _texts(self, value: Any, path: Path, key: str) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
            self.scope.say(path, "texts", key=key)
            return ()
        return tuple(map(str, items))

    def _flag(self, value: Any, path: Path, key: str) -> bool:
        if not isinstance(value, bool):
            self.scope.say(path, "flag", key=key, found=value)
        return value is True


def _near(word: str, known: Mapping[str, Any]) -> str:
    return ", ".join(get_close_matches(word, list(known), 3)) or "-"
