"""The coverage table as a document: what there is, how much it counts, and every cell with its rules or its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from backfill.coverage import LIVE, RECORDS, Coverage, Covered, Plan, shapes
from streams.engine.rules import Rule

_HEAD = """# Coverage of the rules

Generated from the rules by `riskstream rules coverage`; do not edit. Profile x kind of hazard source x quantity x row of what comes in
(ING) -> rules. A cell without a rule has its reason, in `risk_rules/coverage.yaml`. *Own* rules are made for that kind of source, *common*
ones for every kind. Sandbox rules are left out: they never raise.
"""


def document(rules: Iterable[Rule], found: Coverage, plan: Plan) -> str:
    rules = list(rules)
    return "\n".join([_HEAD, *_counts(rules), *_of_profiles(found, plan), *_register(rules)]) + "\n"


def _counts(rules: list[Rule]) -> Iterator[str]:
    status = Counter(rule.status for rule in rules)
    provenance = Counter(rule.provenance for rule in rules if rule.status == "stable")
    yield "## Counts\n"
    yield f"- {status['stable']} stable rules, {status['sandbox']} in the sandbox, {status['deprecated']} deprecated."
    yield (
        f"- **{len(shapes(rules))} stable rules when a rule repeated for another quantity, another number, another window or another "
        "kind of record counts once** (`shape` in `backfill/coverage.py`)."
    )
    words = ", ".join(
        f"{provenance[p]} {p}" for p in ("regulation", "standard", "source", "recalled", "proposal") if provenance[p]
    )
    yield f"- Where the stable ones come from: {words}. A proposal is ours: no public number was found, and none is claimed.\n"


def _of_profiles(found: Coverage, plan: Plan) -> Iterator[str]:
    for (profile, kind), cells in groupby(found.cells, key=lambda c: (c.cell.profile, c.cell.kind)):
        yield f"## {profile}: {kind}\n"
        yield "| row | quantity | own rules | common rules |\n|---|---|---|---|"
        for cell in cells:
            yield _line(cell, plan)
        yield ""


def _line(covered: Covered, plan: Plan) -> str:
    cell = covered.cell
    what = plan.records[cell.ing].en if cell.quantity == RECORDS else cell.quantity
    if covered.empty:
        why = f"*{covered.why.en}*" if covered.why is not None else "**NO RULE AND NO REASON**"
        return f"| {cell.ing} | {what} | {why} | |"
    return f"| {cell.ing} | {what} | {_ids(covered.own)} | {_ids(covered.common)} |"


def _ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids) or "-"


def _register(rules: list[Rule]) -> Iterator[str]:
    """Every rule that lives: what it is called, where it comes from."""
    yield "## The rules\n"
    yield "| rule | scope | effect | title | provenance | reference |\n|---|---|---|---|---|---|"
    for rule in sorted(rules, key=lambda r: r.id):
        if rule.status in LIVE:
            cells = (
                f"`{rule.id}`",
                rule.scope,
                _effect(rule),
                f"{rule.title.zh} · {rule.title.en}",
                rule.provenance,
                rule.reference,
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _effect(rule: Rule) -> str:
    effect = rule.effect
    if effect.evidence:
        return f"{effect.evidence}, tier {effect.tier}"
    return f"step up: {effect.step_up}" if effect.step_up else f"finding: {effect.finding}"
