"""The plain threshold rules that scenarios use, so that a tuned rule file does not move what the decisions are tested for."""

from __future__ import annotations

from streams.engine.rules import Effect, QualityDefaults, Rule, RuleSet, Select, Title


def _rule(
    name: str, evidence: str, tier: int, op: str, limit: str, side: str, quantities: tuple[str, ...], delay_s: float
) -> Rule:
    return Rule(
        id=name, version="1", title=Title(zh=name, en=name),
        when=f"value {op} limit.{limit}", saturation=limit == "hh",
        effect=Effect(evidence=evidence, tier=tier, side=side), select=Select(quantity=quantities),  # type: ignore[arg-type]
        on_delay_s=delay_s, off_delay_s=delay_s,
    )  # fmt: skip


def _step(item: str, when: str, scope: str = "enterprise", from_rest: bool = False) -> Rule:
    return Rule(id=f"step-{item}{'-rest' if from_rest else ''}".replace("_", "-"), version="1", title=Title(zh=item, en=item),
                when=when, scope=scope, effect=Effect(step_up=item, from_rest=from_rest))  # type: ignore[arg-type]  # fmt: skip


_STEPS = (
    _step("commitment", "commitment.missing or commitment.incomplete"), _step("prevention", "prevention.inspection < 0.95"),
    _step("duty", "duty.absent >= 1"), _step("permits", "permit.hot_work_special.live >= 1"),
    _step("positioning", "positioning.left_post >= 1", "source"), _step("positioning", "positioning.sos >= 1", "source", True),
    _step("weather", "weather.warning >= 3"), _step("special_period", "special_period"),
)  # fmt: skip
PROCESS = ("pressure", "level", "temperature", "flow", "flow_difference", "speed", "generic", "volume", "weight")
GAS = ("combustible_gas", "toxic_gas")


def standard_rules() -> RuleSet:
    """H, HH, L, LL after 10 s; gas of first and second level after 5 s."""
    return RuleSet([
        _rule("level-h", "h", 1, ">=", "h", "any", PROCESS, 10.0), _rule("level-hh", "hh", 2, ">=", "hh", "high", PROCESS, 10.0),
        _rule("level-l", "l", 1, "<=", "l", "low", PROCESS, 10.0), _rule("level-ll", "ll", 2, "<=", "ll", "low", PROCESS, 10.0),
        *_STEPS, _rule("gas-1", "gas_1", 1, ">=", "h", "high", GAS, 5.0), _rule("gas-2", "gas_2", 2, ">=", "hh", "high", GAS, 5.0),
    ], quality=[QualityDefaults(zero_share=0.0)])  # a detector at rest says 0.5 %LEL here  # fmt: skip
