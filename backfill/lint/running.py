"""A folder or a file of rules, linted: everything that is wrong with it, in reading order. The only part that opens files.

What cannot be read is said as `riskstream rules check` says it, and the files that can be read are linted all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backfill.cases.case import Case
from backfill.cases.reading import Ground as CaseGround
from backfill.cases.reading import Refused, read_cases
from backfill.cases.running import found as case_files
from backfill.cases.running import ready_plants
from backfill.lint.allowing import allowances, allowed
from backfill.lint.check import Linted
from backfill.lint.checks_in_order import CHECKS
from backfill.lint.ground import Ground, Subject
from backfill.lint.settings import settings
from backfill.rules_lock import NAME as LOCK
from backfill.rules_lock import differences, read_lock
from streams.domain.problems import Problem, in_order
from streams.domain.rule_files import read_rule_files, text_of
from streams.domain.strict_yaml import load
from streams.domain.topics import load as load_topics
from streams.engine.rules import RuleSet
from streams.engine.rules_load import FOLDERS, RulesRefused, is_rule_file, load_rules


class Files:
    """Rule files by the names that the loader knows, with the names that people know."""

    def __init__(self, path: Path) -> None:
        self.folder = path if path.is_dir() else path.parent
        self.alone = path.is_file() or not any((path / name).is_dir() for name in FOLDERS)
        self.texts: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.cases = sorted(
            self.folder.glob("*.cases.yaml")
        )  # beside the rules; of one file: its own, others are for other rules
        if path.is_file():
            self._take(path)
            self.cases = [case for case in self.cases if case.name == f"{path.stem}.cases.yaml"]
        elif self.alone:
            for file in sorted(path.glob("*.yaml")):
                if file.name not in ("lint.yaml", LOCK) and not file.name.endswith(".cases.yaml"):
                    self._take(file)
        else:
            for name, text in read_rule_files(path).items():
                if is_rule_file(name):
                    self.texts[name], self.shown[name] = text, (path / name).as_posix()

    def _take(self, file: Path) -> None:
        folder = file.parent.name if file.parent.name in FOLDERS else "common"
        self.texts[f"{folder}/{file.name}"] = text_of(file)
        self.shown[f"{folder}/{file.name}"] = file.as_posix()


def lint(path: Path, around: Path, topics: Path | None = None) -> list[Problem]:
    """All problems of the rules under `path`; what it lacks (settings, parameters, plants of cases) is taken from `around`.

    Raises OSError, and ValueError for settings or topics that are wrong.
    """
    files = Files(path)
    around = around if files.alone else files.folder
    problems: list[Problem] = []
    rules = _rules(files.texts, problems)
    subjects = subjects_of(rules, files)
    cases = _cases(files, around, rules, problems)
    ground = Ground(subjects, settings(around), cases, _retention(around, topics), _runbooks(around),
                    _items(around))  # fmt: skip
    found = linted(ground)
    if not files.alone:
        found += _lock(files, rules)
    return in_order([*(_shown(p, files.shown) for p in problems), *found])


def linted(ground: Ground) -> list[Problem]:
    """What the checks say of the ground, without what the rules allow with a reason."""
    whole = Linted(ground)
    said = [problem for check in CHECKS for problem in check.run(whole)]
    return in_order(allowed(said, allowances(ground.subjects), [check.id for check in CHECKS]))


def subjects_of(rules: RuleSet, files: Files) -> tuple[Subject, ...]:
    """The rules as they are written."""
    documents = {name: load(files.texts[name], name) for name in sorted({rule.file for rule in rules.rules})}
    out = []
    for rule in rules.rules:
        document = documents[rule.file]
        written = document.value["rules"]
        index = next(i for i, entry in enumerate(written) if isinstance(entry, dict) and entry.get("id") == rule.id)
        out.append(Subject(rule, document, files.texts[rule.file], index, files.shown[rule.file]))
    return tuple(sorted(out, key=lambda s: (s.file, s.rule.line)))


def _rules(texts: Mapping[str, str], problems: list[Problem]) -> RuleSet:
    """The rules of all files; where some cannot be used, those of the others."""
    try:
        return load_rules(texts)
    except RulesRefused as refused:
        problems += refused.problems
    wrong = {p.file for p in problems}
    try:
        return load_rules({name: text for name, text in texts.items() if name not in wrong})
    except RulesRefused:
        return RuleSet()


def _cases(files: Files, around: Path, rules: RuleSet, problems: list[Problem]) -> tuple[Case, ...] | None:
    names = case_files([files.folder]) if not files.alone else files.cases
    try:
        ground = CaseGround(ready_plants(around), {rule.id: rule.file for rule in rules.rules})
        return tuple(read_cases({path.as_posix(): path.read_text(encoding="utf-8") for path in names}, ground))
    except Refused as refused:
        problems += refused.problems
        return None


def _retention(folder: Path, topics: Path | None) -> dict[str, float]:
    path = topics or next((p for p in (folder / "topics.yaml", folder.parent / "topics.yaml") if p.is_file()), None)
    if path is None:
        return {}
    found = load_topics(path.read_text(encoding="utf-8"), str(path))
    return {topic.name: topic.retention_ms / 1000 for topic in found if topic.retention_ms is not None}


def _runbooks(folder: Path) -> Path | None:
    """Runbooks are named from the folder that holds the rules."""
    return next((p for p in (folder.parent, folder.parent.parent, folder.parent.parent.parent) if (p / "docs").is_dir()), None)


def _items(folder: Path) -> tuple[str, ...]:
    """Items of site management; whether the file is right is for `riskstream rules check`."""
    path = folder / "parameters" / "management.yaml"
    if not path.is_file():
        return ()
    items = load(path.read_text(encoding="utf-8"), str(path)).value.get("items")
    return tuple(items["value"] if isinstance(items, dict) else items or ())


def _lock(files: Files, rules: RuleSet) -> list[Problem]:
    path = files.folder / LOCK
    if not path.is_file():
        return []
    lock, problems = read_lock(path.read_text(encoding="utf-8"))
    shown = files.shown | {LOCK: path.as_posix()}
    return [_shown(p, shown) for p in (problems or differences(rules, lock))]


def _shown(problem: Problem, names: Mapping[str, str]) -> Problem:
    shown = names.get(problem.file, problem.file)
    return Problem(
        shown, problem.line, problem.column, problem.id, problem.message_key, problem.args, problem.severity, problem.hint_key
    )
