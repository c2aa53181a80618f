"""Case files found, read, played and checked. The only part that opens files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from backfill.cases.case import Case
from backfill.cases.checking import Difference, Verdict, check
from backfill.cases.playing import Played, PlayProblem, again, play
from backfill.cases.reading import Ground, Refused, read_cases
from backfill.configuration import Configuration, configuration
from streams.domain.problems import Problem
from streams.domain.strict_yaml import YamlRefused, load
from streams.engine.rules_load import RulesRefused, load_rules
from streams.steps.applying import EngineFailed

SUFFIX = ".cases.yaml"
SEEDS = (0, 1)  # 0: a restart after each minute; 1: cut at random places


@dataclass(slots=True)
class Suite:
    """Cases with the rules that they run against."""

    cases: list[Case]
    given: Configuration
    texts: dict[str, str] = field(default_factory=dict)  # rule files that cases name for themselves
    own: dict[tuple[str, ...], Configuration] = field(default_factory=dict)

    def configuration_of(self, case: Case) -> Configuration:
        """All rules of the folder, or those of the files that the case names. Raises RulesRefused."""
        if not case.rule_files:
            return self.given
        if case.rule_files not in self.own:
            named = {f"common/{Path(name).name}": name for name in case.rule_files}
            files = {file: self.texts[name] for file, name in named.items()}
            try:
                rules = load_rules(files)
            except RulesRefused as refused:
                raise RulesRefused([replace(p, file=named.get(p.file, p.file)) for p in refused.problems]) from None
            self.own[case.rule_files] = self.given._replace(rules=rules, rule_files=files)
        return self.own[case.rule_files]


def found(paths: Sequence[Path]) -> list[Path]:
    """Case files under `paths`, each once, sorted. Raises FileNotFoundError for a path that is not there."""
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(sorted(path.rglob(f"*{SUFFIX}"))))
        elif path.is_file():
            files[path] = None
        else:
            raise FileNotFoundError(str(path))
    return list(files)


def ready_plants(folder: Path) -> dict[str, Any]:
    """The ready-made plants of `folder/plants`. Raises Refused."""
    plants: dict[str, Any] = {}
    problems: list[Problem] = []
    for path in sorted((folder / "plants").glob("*.yaml")):
        try:
            plants[path.stem] = load(path.read_text(encoding="utf-8"), str(path)).value
        except YamlRefused as refused:
            problems += refused.problems
    if problems:
        raise Refused(problems)
    return plants


def suite(files: Sequence[Path], rules: Path, given: Configuration | None = None) -> Suite:
    """The cases of `files` with the rules under `rules` (`given` when they were read already). Raises Refused, RulesRefused,
    ValueError, OSError."""
    given = given or configuration(rules)
    ground = Ground(ready_plants(rules), {rule.id: rule.file for rule in given.rules.rules})
    cases = read_cases({str(path): path.read_text(encoding="utf-8") for path in files}, ground)
    made = Suite(cases, given)
    for name in {name for case in cases for name in case.rule_files}:
        made.texts[name] = Path(name).read_text(encoding="utf-8")
    for case in cases:
        made.configuration_of(case)  # what is wrong with their own rules is said before anything is played
    return made


def run(case: Case, given: Configuration, *, plain: bool = True, restarts: bool | None = None) -> Verdict:
    """Play and check one case; with `restart_everywhere`, the same history again, cut and restarted at random places."""
    verdict, _ = run_with(case, given, plain=plain, restarts=restarts)
    return verdict


def run_with(
    case: Case, given: Configuration, *, plain: bool = True, restarts: bool | None = None
) -> tuple[Verdict, Played | None]:
    """As `run`, with what was played."""
    began = time.perf_counter()
    played: Played | None = None
    try:
        played = play(case, given, plain=plain)
        verdict = check(case, played)
        if restarts if restarts is not None else case.restart_everywhere:
            for seed in SEEDS:
                if again(case, given, played, seed=seed, plain=plain) != played.hash:
                    verdict.differences.append(Difference(case.end_ms, case.line, "restart", played.hash[:16], f"seed {seed}"))
                    break
    except PlayProblem as problem:
        verdict = Verdict(case, error=f"cases.event.{problem.problem.code}", error_line=problem.event.line,
                          error_details=problem.problem.details)  # fmt: skip
    except EngineFailed as failed:
        verdict = Verdict(case, error="cases.engine_failed", error_line=case.line, error_details={"why": str(failed)})
    verdict.seconds = time.perf_counter() - began
    return verdict, played


def run_all(
    cases: Iterable[Case], of: Suite, *, plain: bool = True, listen: Callable[[Verdict], None] | None = None
) -> list[Verdict]:
    verdicts = []
    for case in cases:
        verdicts.append(run(case, of.configuration_of(case), plain=plain))
        if listen is not None:
            listen(verdicts[-1])
    return verdicts
