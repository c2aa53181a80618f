"""What a rule over a group does when it becomes true or false: evidence, a step up of site management, or a finding.

What is true is kept in the state of the source (of its site source for rules of an enterprise), frozen as the rule was at that time:
a rule that is changed or taken away while it is true never ends anything silently. A sandbox rule says what it would have done.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from streams.engine.desk import Desk
from streams.engine.rules import Rule
from streams.engine.state import Judged, Source
from streams.engine.voice import identity


class Seen(NamedTuple):
    """What a rule saw at a group: value and threshold of the comparison that is true, and the points that it looked at."""

    value: float | None = None
    limit: float | None = None
    unit: str = ""
    points: tuple[int, ...] = ()


def key_of(rule: str, subject: str) -> str:
    return f"{rule}|{subject}"


def effect_of(rule: Rule) -> str:
    if rule.status == "sandbox":
        return "sandbox"
    return "evidence" if rule.effect.evidence else "step_up" if rule.effect.step_up else "finding"


def begin(desk: Desk, source: Source, rule: Rule, rule_hash: str, subject: str, seen: Seen, at_ms: int) -> None:
    """The rule became true here."""
    key = key_of(rule.id, subject)
    before = source.judged.get(key)
    if before is not None and not before.config:
        return
    judged = source.judged[key] = Judged(
        id=identity("judged", source.enterprise, source.code, rule.id, subject, at_ms), rule=rule.id, version=rule.version,
        hash=rule_hash, scope=rule.scope, effect=effect_of(rule), since_ms=at_ms, subject=subject, tier=rule.effect.tier,
        item=rule.effect.step_up or rule.effect.finding, from_rest=rule.effect.from_rest, title_zh=rule.title.zh,
        title_en=rule.title.en, value=seen.value, limit=seen.limit, unit=seen.unit, points=list(seen.points),
    )  # fmt: skip
    _tell(desk, source, judged, rule, "on", at_ms)
    _touch(desk, source, judged)


def end(desk: Desk, source: Source, rule_id: str, subject: str, at_ms: int) -> None:
    """The rule is safely false here. One whose rule went unsigned stays until a person has looked."""
    judged = source.judged.get(key_of(rule_id, subject))
    if judged is None or judged.config:
        return
    del source.judged[key_of(rule_id, subject)]
    _tell(desk, source, judged, None, "off", at_ms)
    _touch(desk, source, judged)


def gone(desk: Desk, source: Source, key: str, signed: bool, at_ms: int) -> None:
    """The rule, or what made it one for this group, is no more. Signed for: its cause is held and ends as `config`. Not signed for:
    a person must look, because nothing says that the danger is over."""
    judged = source.judged.get(key)
    if judged is None:
        return
    if judged.effect == "evidence" and not signed:
        judged.config = True
    else:
        del source.judged[key]
        for cause in source.causes.values():
            if cause.alarm == f"rule:{key}":
                cause.verdict = "config"
        _tell(desk, source, judged, None, "off", at_ms, config=True)
    _touch(desk, source, judged)


def forget_verified(source: Source, cause_alarm: str) -> None:
    """A person has looked at a cause whose rule is gone: nothing else can end it."""
    key = cause_alarm.removeprefix("rule:")
    judged = source.judged.get(key)
    if judged is not None and judged.config:
        del source.judged[key]


def _touch(desk: Desk, source: Source, judged: Judged) -> None:
    if judged.scope == "enterprise":
        desk.dirty.update(desk.site_of(source).sources)
    else:
        desk.dirty.add(source.id)
        if source.id == desk.site_of(source).sources[0]:
            desk.dirty.update(desk.site_of(source).sources)


def _tell(desk: Desk, source: Source, judged: Judged, rule: Rule | None, state: str, at_ms: int, config: bool = False) -> None:
    """Findings and sandbox rules are events; evidence and step-ups show in the level."""
    if judged.effect not in ("finding", "sandbox"):
        return
    detail: dict[str, Any] = {"rule": judged.rule, "version": judged.version, "hash": judged.hash, "state": state,
                              "title_zh": judged.title_zh, "title_en": judged.title_en}  # fmt: skip
    if judged.effect == "finding":
        detail["finding"] = judged.item
    elif rule is not None:
        detail["would"] = {k: v for k, v in (("evidence", rule.effect.evidence), ("tier", rule.effect.tier),
                                              ("step_up", rule.effect.step_up), ("finding", rule.effect.finding)) if v}  # fmt: skip
    if judged.subject:
        detail["subject"] = judged.subject
    if judged.value is not None:
        detail |= {"value": judged.value, "limit": judged.limit, "unit": judged.unit}
    if state == "off":
        detail["since_ms"] = judged.since_ms
    if config:
        detail["cause"] = "config"
    code = "sandbox_rule" if judged.effect == "sandbox" else "rule"
    entry = desk.point(judged.points[0]) if judged.scope == "point" and judged.points else None
    desk.voice.finding(code, source.enterprise, at_ms, subject=f"{judged.id}:{state}", source=source.code,
                       region=desk.site_of(source).record.region, point=entry.code if entry is not None else "", detail=detail)  # fmt: skip
