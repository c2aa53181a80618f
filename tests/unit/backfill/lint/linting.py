"""Rules in a few lines, linted: what a check needs beside its example is filled in."""

from __future__ import annotations

from pathlib import Path

from backfill.lint.ground import Ground
from backfill.lint.running import Files, linted, subjects_of
from backfill.lint.settings import settings
from streams.domain.problems import Problem
from streams.domain.strict_yaml import load
from streams.engine.rules_load import load_rules

ROOT = Path(__file__).parents[4]
USUAL = {
    "version": 'version: "1.0.0"', "title": "title: {zh: 规则, en: a rule}", "reference": "reference: from somewhere",
    "provenance": "provenance: proposal", "owner": "owner: somebody",
}  # fmt: skip


def completed(rules: str) -> str:
    """The file with what every rule must have, each rule with a title of its own."""
    entries = load("schema: 2\nrules:\n" + rules.strip("\n"), "x").value["rules"]
    out: list[str] = []
    seen = -1
    for line in rules.strip("\n").splitlines():
        out.append(line)
        if line.startswith("  - id:"):
            seen += 1
            given = USUAL | {"title": f"title: {{zh: 规则{seen}, en: rule {seen}}}"}
            out += [f"    {text}" for key, text in given.items() if key not in entries[seen]]
    return "schema: 2\nrules:\n" + "\n".join(out) + "\n"


def ground(text: str, tmp_path: Path, folder: str = "common", kept_s: float = 43_200.0) -> Ground:
    """What the checks look at; readings are kept for twelve hours, and no rule has a case."""
    path = tmp_path / folder
    path.mkdir(exist_ok=True)
    (path / "x.yaml").write_text(text)
    files = Files(tmp_path)
    rules = load_rules(files.texts)
    return Ground(
        subjects_of(rules, files), settings(ROOT / "risk_rules"), (), {"readings": kept_s}, ROOT, ("permits", "prevention")
    )


def found(rules: str, tmp_path: Path, folder: str = "common") -> list[Problem]:
    """Problems of these rules, without the one that they have no cases and no runbook."""
    usual = ("lint/untested", "lint/runbook")
    return [p for p in linted(ground(completed(rules), tmp_path, folder)) if p.id not in usual]


def ids(rules: str, tmp_path: Path, folder: str = "common") -> list[str]:
    return [p.id.removeprefix("lint/") for p in found(rules, tmp_path, folder)]
