"""Rules over groups for laws and timelines: one of each kind of question, so that every sort of memory is in play."""

from __future__ import annotations

from typing import Any

from streams.engine.rules import Effect, Rule, RuleSet, Select, Title
from tests.scenarios.standard_rules import standard_rules


def rule(when: str, scope: str = "source", /, **fields: Any) -> Rule:
    effect = fields.pop("effect", {"evidence": "rule", "tier": 2})
    given: dict[str, Any] = {"id": "watched", "version": "1", "title": Title(zh="被测规则", en="watched rule"), **fields}
    return Rule(when=when, scope=scope, effect=Effect(**effect), **given)  # type: ignore[arg-type]


def group_rules() -> RuleSet:
    """With the standard rules."""
    return RuleSet([
        *standard_rules().rules,
        rule("permit.hot_work.hours > 0.1", id="work-hours"),
        rule("permit.hot_work.untested >= 1 or permit.hot_work.break_min > 1", id="work-test", effect={"step_up": "permits"}),
        rule("weather.wind_ms >= 8 and permit.live >= 1", "enterprise", id="wind", effect={"finding": "wind"}, on_delay_s=20.0),
        rule("interlock.bypassed_hours > 0.01 or interlock.failed >= 1", "device", id="lock", off_delay_s=30.0),
        rule("positioning.sos >= 1", id="sos", effect={"step_up": "positioning", "from_rest": True}),
        rule("special_period", "enterprise", id="holiday", effect={"step_up": "special_period"}),
        rule("lost.share_unfiled > 0.3 and alarm.open >= 1", id="lost"),
        rule("own_alarm.only_theirs >= 1 or own_alarm.only_ours >= 1", id="own", effect={"finding": "own"}),
        rule("spread(combustible_gas) > 20 %LEL", id="spread", deadband="5 %LEL", status="sandbox"),
        rule("highest(temperature) >= 150 degC and highest(rise(temperature, 1m)) >= 5 degC", "device", id="hot", on_delay_s=8.0),
        rule("since(highest(pressure) >= 1.5 MPa) < 30", id="since", effect={"finding": "since"}),
        rule("for_share(total(pressure) >= 1.5 MPa, 1m) >= 0.5", id="share", effect={"finding": "share"}),
        rule("commitment.missing or commitment.incomplete", "enterprise", id="missing", effect={"step_up": "commitment"}),
        Rule(id="sibling", version="1", title=Title(zh="x", en="x"), when="value >= 1.2 MPa and temperature >= 100 degC",
             select=Select(quantity=("pressure",)), effect=Effect(evidence="trend", tier=1)),
        Rule(id="at-work", version="1", title=Title(zh="x", en="x"), when="value >= 1.6 MPa and permit.hot_work.live >= 1",
             select=Select(quantity=("pressure",)), effect=Effect(finding="at_work"), on_delay_s=7.0),
    ])  # fmt: skip
