"""What tests of the kernels share: small rules, points, and logs of readings with ticks between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from streams.domain.rule_files import read_rule_files
from streams.domain.scale import Wire
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import Kind, PointSpec, Transition
from streams.engine.rules import Effect, QualityDefaults, Rule, RuleSet, Title
from streams.engine.rules_load import load_rules

T0 = 1_700_000_040_000  # a full minute
TITLE = Title(zh="规则", en="rule")


class Reading(NamedTuple):
    log_ms: int
    point: int
    event_ms: int
    value: float
    wire: int = int(Wire.OK)


def shipped() -> RuleSet:
    return load_rules(read_rule_files(Path(__file__).parents[5] / "risk_rules"))


class When(NamedTuple):
    """A condition with what the rule says beside it."""

    text: str
    more: dict[str, Any]


def rule(name: str, when: When | str, *, evidence: Any = "hh", tier: int = 2, side: Any = "any", **more: Any) -> Rule:
    text, beside = (when, {}) if isinstance(when, str) else when
    effect = Effect(evidence=evidence, tier=tier, side=side)
    return Rule(id=name, version="1", title=TITLE, when=text, effect=effect, **beside, **more)


def above(threshold: str | float, feature: str = "value", **more: Any) -> When:
    return _compared(feature, ">=", threshold, more)


def below(threshold: str | float, feature: str = "value", **more: Any) -> When:
    return _compared(feature, "<=", threshold, more)


def _compared(feature: str, op: str, threshold: str | float, more: dict[str, Any]) -> When:
    if "deadband" in more:
        more["deadband"] = str(more["deadband"])
    return When(f"{feature} {op} {threshold}", more)


def limit_rules(on_s: float = 5.0, off_s: float = 5.0, quality: Iterable[QualityDefaults] = ()) -> RuleSet:
    """HH, H, L, LL with a deadband of 1 % of the span."""
    more: Any = {"on_delay_s": on_s, "off_delay_s": off_s}
    return RuleSet(
        [
            rule("hh", above("limit.hh", saturation=True, deadband="span * 0.01"), side="high", **more),
            rule("h", above("limit.h", deadband="span * 0.01"), evidence="h", tier=1, side="high", **more),
            rule("l", below("limit.l", deadband="span * 0.01"), evidence="l", tier=1, side="low", **more),
            rule("ll", below("limit.ll", saturation=True, deadband="span * 0.01"), evidence="ll", side="low", **more),
        ],
        quality=quality,
    )


def point(number: int = 0, quantity: str = "temperature", **more: Any) -> PointSpec:
    given: dict[str, Any] = {"profile": "hazchem", "source_kind": "tank_farm", "danger": "high", "unit": "C", "range_lo": 0.0,
                             "range_hi": 100.0, "h": 60.0, "hh": 80.0, "l": 20.0, "ll": 10.0}  # fmt: skip
    return PointSpec(id=number, quantity=quantity, **(given | more))


def judge_of(rules: RuleSet, *specs: PointSpec, plain: bool = False) -> Judge:
    judge = Judge(plain)
    judge.use(rules, T0)
    judge.define(specs or [point()])
    return judge


def put(judge: Judge, readings: Sequence[Reading]) -> list[Transition]:
    return judge.judge(
        np.array([r.point for r in readings], np.int32), np.array([r.event_ms for r in readings], np.int64),
        np.array([r.log_ms for r in readings], np.int64), np.array([r.value for r in readings], np.float64),
        np.array([r.wire for r in readings], np.uint8),
    )  # fmt: skip


def play(judge: Judge, log: Sequence[Reading], until_s: int | None = None, cuts: Iterable[int] = (),
         between: Callable[[], list[Transition]] | None = None,
         at_tick: Callable[[int], None] | None = None) -> list[Transition]:  # fmt: skip
    """The log with a tick for every full second that it passes; cut into further calls before the readings in `cuts`, where
    `between` happens. `at_tick` comes behind each tick."""

    def tick() -> list[Transition]:
        found = judge.tick(second * 1000)
        if at_tick:
            at_tick(second * 1000)
        return found

    out: list[Transition] = []
    pending: list[Reading] = []
    second = (log[0].log_ms if log else T0) // 1000
    marks = set(cuts)
    for i, reading in enumerate(log):
        while reading.log_ms > (second + 1) * 1000:
            second += 1
            out += put(judge, pending) + tick()
            pending = []
        if i in marks:
            out += put(judge, pending) + (between() if between else [])
            pending = []
        pending.append(reading)
    out += put(judge, pending)
    end = T0 // 1000 + until_s if until_s is not None else second
    while second < end:
        second += 1
        out += tick()
    return out


def series(values: Iterable[float | None], *, start_s: float = 0.0, every_s: float = 1.0, number: int = 0, late_s: float = 0.0,
           wire: int = int(Wire.OK)) -> list[Reading]:  # fmt: skip
    """Readings of one point; None is a reading that did not come. `late_s`: log time behind event time."""
    out = []
    for i, value in enumerate(values):
        at = T0 + round((start_s + i * every_s) * 1000)
        if value is not None:
            out.append(Reading(at + round(late_s * 1000), number, at, value, wire))
    return out


def said(transitions: Iterable[Transition], rules: RuleSet) -> list[tuple[str, str, float]]:
    """(kind, rule or flag bit, seconds of log time since T0), to compare with what is expected."""
    out = []
    for t in transitions:
        name = rules[t.rule].id if t.kind in (Kind.ALARM_ON, Kind.ALARM_OFF, Kind.LATE_EXCURSION) else str(t.rule)
        out.append((Kind(t.kind).name, name, (t.log_ms - T0) / 1000))
    return out


def alarms(transitions: Iterable[Transition], rules: RuleSet) -> list[tuple[str, str, float]]:
    return [s for s in said(transitions, rules) if s[0].startswith("ALARM")]
