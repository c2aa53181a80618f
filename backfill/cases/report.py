"""Verdicts as people read them: what was expected, what was found, and what the engine said around that time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from backfill.cases.case import Case
from backfill.cases.checking import Difference, Verdict
from backfill.cases.playing import Said
from backfill.cases.times import shown
from streams.domain.catalogue import Lang, text

MOST_LINES = 12
_LEFT_OUT = frozenset(("id", "episode", "enterprise_name", "source_name", "region", "supervisor", "park", "profile", "parameters",
                       "rule_hash", "inherent", "causation", "opened_ms", "cause", "rule_version"))  # fmt: skip
_QUIET_TOPICS = ("aggregates", "region-close", "risk")


def verdict_lines(verdict: Verdict, lang: Lang) -> list[str]:
    """One case: a line when it passed, everything that helps when it did not."""
    case = verdict.case
    word = "pending" if case.pending and verdict.passed else "passed" if verdict.passed else "failed"
    head = text(f"cases.{word}", lang, name=case.title(lang), where=f"{case.file}:{case.line}", kind=text(f"cases.kind.{case.kind}", lang),
                seconds=verdict.seconds, why=case.pending)  # fmt: skip
    lines = [head]
    if case.pending and not verdict.failed:
        lines.append("  " + text("cases.pending_passes", lang))
    if verdict.error:
        lines.append(f"  {case.file}:{verdict.error_line}: " + text(verdict.error, lang, **verdict.error_details))
    return lines + ([line for d in verdict.differences for line in _difference(verdict, d, lang)] if not verdict.passed else [])


def summary(verdicts: Sequence[Verdict], lang: Lang) -> str:
    failed = sum(not v.passed for v in verdicts)
    pending = sum(bool(v.case.pending) and v.passed for v in verdicts)
    return text("cases.summary", lang, cases=len(verdicts), passed=len(verdicts) - failed - pending, failed=failed, pending=pending,
                seconds=sum(v.seconds for v in verdicts))  # fmt: skip


def _difference(verdict: Verdict, difference: Difference, lang: Lang) -> list[str]:
    case = verdict.case
    head = text(f"cases.differs.{difference.code}", lang, at=shown(difference.at_ms))
    lines = [f"  {case.file}:{difference.line}: {head}",
             "    " + text("cases.expected", lang, what=told(difference.wanted, case))]  # fmt: skip
    found = difference.found if isinstance(difference.found, list) else [difference.found]
    if difference.code.startswith("events"):
        found = [f for f in found if f.get("topic") not in _QUIET_TOPICS]
    if not found:
        lines.append("    " + text("cases.found_nothing", lang))
    lines += ["    " + text("cases.found", lang, what=told(item, case)) for item in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append("    " + text("cases.more", lang, count=len(found) - MOST_LINES))
    said = [s for s in verdict.around.get(difference.at_ms, ()) if s.topic not in _QUIET_TOPICS]
    if not difference.code.startswith("events") and said:
        lines.append("    " + text("cases.said", lang))
        lines += [f"      {sentence(s, case)}" for s in said[-MOST_LINES:]]
    return lines


def sentence(said: Said, case: Case) -> str:
    """An output in short: when, what, and its telling fields."""
    fields = {k: v for k, v in said.fields.items() if k not in _LEFT_OUT and k != "topic"}
    at_ms = fields.pop("at_ms", None)
    when = shown(at_ms - case.start_ms) if isinstance(at_ms, int) else "?"
    kind = fields.pop("kind", said.topic)
    return f"{when:>8}  {kind}  {told(fields, case)}"


def told(value: Any, case: Case) -> str:
    """A value on one line, with times as the case counts them."""
    return json.dumps(_short(value, case), ensure_ascii=False, sort_keys=False)


def _short(value: Any, case: Case) -> Any:
    if isinstance(value, dict):
        out = {}
        for key, inner in value.items():
            if key in _LEFT_OUT or inner in ("", [], {}, None):
                continue
            if key.endswith("_ms") and isinstance(inner, int) and abs(inner - case.start_ms) < 40 * 86_400_000:
                out[key.removesuffix("_ms")] = shown(inner - case.start_ms)
            else:
                out[key] = _short(inner, case)
        return out
    if isinstance(value, list | tuple):
        return [_short(v, case) for v in value]
    return value
