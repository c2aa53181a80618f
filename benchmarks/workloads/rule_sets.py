"""Rule sets of a given size: the rules that ship, the few of them that most points have, or more of the same kind.

More rules than ship are what a nation's provinces would add: each for one quantity at one kind of source, so a point meets some of
them and not all.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import yaml

from benchmarks.workloads.nation import KINDS, LIMITS, QUANTITIES, T0
from streams.domain.rule_files import read_rule_files
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import PointSpec
from streams.engine.rules import RuleSet
from streams.engine.rules_load import is_rule_file, load_rules

HOME = Path(__file__).resolve().parents[2]
ALL = 0  # as a count: the rules that ship


def shipped() -> dict[str, str]:
    """The rule files that ship (path -> text)."""
    return {name: text for name, text in read_rule_files(HOME / "risk_rules").items() if is_rule_file(name)}


def rule_files(count: int) -> dict[str, str]:
    """Files with `count` rules; the same count gives the same files."""
    files = shipped()
    if count == ALL:
        return files
    rules = load_rules(files)
    if count <= len(rules):
        return _only(_most_used(rules, count), files)
    return {**files, "hazchem/provinces.yaml": _more(count - len(rules))}


def counted(count: int) -> int:
    """How many rules `rule_files(count)` has."""
    return len(load_rules(shipped())) if count == ALL else count


def specs(points: int) -> list[PointSpec]:
    """Points as the kernels know them, in the proportions of `workloads.nation`."""
    out = []
    limits = {name: getattr(LIMITS, name) for name in ("ll", "l", "h", "hh")}
    for i in range(points):
        quantity, unit = QUANTITIES[i % 22 % len(QUANTITIES)]
        own = {} if "gas" in quantity else limits
        out.append(PointSpec(i, quantity, "hazchem", KINDS[i // 22 % len(KINDS)], "both", unit, 0.0, 100.0, **own))
    return out


def _most_used(rules: RuleSet, count: int) -> set[str]:
    judge = Judge(True)
    judge.use(rules, T0)
    judge.define(specs(22 * len(KINDS)))
    uses = judge.uses()
    most = sorted(range(len(rules)), key=lambda i: (-uses.get(i, 0), rules[i].id))[:count]
    return {rules[i].id for i in most}


def _only(wanted: set[str], files: dict[str, str]) -> dict[str, str]:
    out = {}
    for name, text in files.items():
        content = yaml.safe_load(text)
        if "rules" in content:
            content["rules"] = [rule for rule in content["rules"] if rule["id"] in wanted]
        out[name] = json.dumps(content, ensure_ascii=False)
    return out


def _more(count: int) -> str:
    """Thresholds and windows for each quantity and kind of source in turn, none of them reached at rest."""
    shapes = ("value >= {v} * range.hi", "mean(1m) >= {v} * range.hi", "max(10m) >= {v} * range.hi", "rise(1m) >= {v} * span")
    places = list(product((quantity for quantity, _ in QUANTITIES), KINDS))
    rules = []
    for n in range(count):
        quantity, kind = places[n % len(places)]
        when = shapes[n // len(places) % len(shapes)].format(v=round(0.9 + n % 7 / 100, 2))
        rules.append({
            "id": f"province-{n:04}", "version": "1.0.0", "title": {"zh": f"{n}", "en": f"{n}"}, "when": when, "deadband": "0.01 * span",
            "select": {"quantity": [quantity], "kind": [kind]}, "on_delay_s": 10, "off_delay_s": 10,
            "effect": {"evidence": "trend", "tier": 1}, "reference": "benchmark", "provenance": "proposal", "owner": "bench",
        })  # fmt: skip
    return json.dumps({"schema": 2, "rules": rules}, ensure_ascii=False)
