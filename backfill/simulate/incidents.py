"""Labelled incidents: what happens to the points of a source, what else is sent about it, and the truth that is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, get_args

import msgspec
import numpy as np

from backfill.simulate.effects import Effect
from backfill.simulate.templates import Part
from backfill.simulate.world import Gateway, Signal, World
from streams.domain.messages import EnterpriseAlarm, InterlockState, Message

Kind = Literal[
    "leak", "overfill", "overpressure", "runaway", "frozen_sensor", "cut_line", "missed_commitment", "mould_water_loss", "co_leak"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
GASES = ("combustible_gas", "toxic_gas")
FLAT_S = 1800  # a level that stands still for less is no evidence


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A wanted incident, as the command line or a YAML file gives it. `source` is a source or enterprise code, "" any that fits;
    `after_s` counts from the start of the simulation. `grave`: the interlock fails too."""

    kind: Kind
    after_s: int
    source: str = ""
    duration_s: int | None = None
    grave: bool = False


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """Ground truth of one incident. `expect` is the least level that must come, "finding" where only a finding is due;
    `evidence_ms` is about when the readings show it. `end_ms`: back at rest."""

    id: str
    kind: Kind
    enterprise: str
    source: str
    points: tuple[str, ...]
    start_ms: int
    evidence_ms: int
    end_ms: int
    expect: Literal["finding", "yellow", "orange", "red"]


class Incident(NamedTuple):
    label: Label
    effects: tuple[Effect, ...] = ()
    messages: tuple[tuple[int, str, Message], ...] = ()  # (ms, topic, message)
    silent: tuple[str, int, int] | None = None  # (enterprise, from, to): nothing is sent, seconds
    uncommitted: tuple[str, int] | None = None  # (enterprise, second of the day that gets no commitment)


class DoesNotFit(ValueError):
    """No source of the world can have this incident."""


class _Scene(NamedTuple):
    """Where and when: what the makers of incidents need."""

    spec: Spec
    gateway: Gateway
    start_s: int
    id: str
    rng: np.random.Generator

    def label(self, points: Iterable[str], evidence_s: int, end_s: float, expect: str, **changes: str) -> Label:
        return Label(id=self.id, kind=self.spec.kind, enterprise=self.gateway.enterprise, source=changes.get("source", self.gateway.source),
                     points=tuple(points), start_ms=self.start_s * 1000, evidence_ms=evidence_s * 1000, end_ms=int(end_s * 1000),
                     expect=msgspec.convert(expect, Literal["finding", "yellow", "orange", "red"]))  # fmt: skip

    def toward(self, signal: Signal, target: float, rise_s: float, hold_s: float, fall_s: float, after_s: int = 0) -> Effect:
        start = self.start_s + after_s
        hold = self.spec.duration_s if self.spec.duration_s is not None else hold_s
        part = signal.part
        return Effect(self.gateway.enterprise, signal.code, start, int(start + rise_s + hold), "toward",
                      min(max(target, part.lo), part.hi), rise_s, fall_s)  # fmt: skip

    def own_alarm(self, signal: Signal, state: Literal["HH", "LL"], at_s: int, target: float) -> tuple[int, str, Message]:
        """The enterprise's own system sees it too, a little later."""
        ms = at_s * 1000 + int(self.rng.integers(800, 4000))
        return ms, "enterprise-alarms", EnterpriseAlarm(enterprise=self.gateway.enterprise, point=signal.code, state=state, at=ms,
                                                        value=round(target, 3), id=f"{self.id}-{signal.code}")  # fmt: skip

    def interlock(self, signal: Signal, at_s: int) -> tuple[int, str, Message]:
        state: Literal["failed", "tripped"] = "failed" if self.spec.grave else "tripped"
        code = f"{signal.device[:3]}-IL-{signal.device[4:]}-{signal.part.code}"
        ms = at_s * 1000 + 1500
        return (
            ms,
            "interlocks",
            InterlockState(enterprise=self.gateway.enterprise, interlock=code, state=state, at=ms, reason=self.spec.kind),
        )


def _of_devices(gateway: Gateway, wanted: Callable[[Part], bool]) -> list[Signal]:
    return [signal for signal in gateway.signals if wanted(signal.part)]


def _one(scene: _Scene, signals: Sequence[Signal]) -> Signal:
    if not signals:
        raise DoesNotFit(scene.spec.kind)
    return signals[int(scene.rng.integers(len(signals)))]


def _limit(part: Part, which: int) -> float:
    limit = part.limits[which]
    if limit is None:
        raise DoesNotFit(part.code)
    return limit


def _leak(scene: _Scene) -> Incident:
    """A cloud reaches one detector, then its neighbour of the same kind: two at second level in one area are an emergency."""
    wanted = "一氧化碳" if scene.spec.kind == "co_leak" else ""
    gas = _of_devices(scene.gateway, lambda p: p.quantity in GASES and (not wanted or p.medium == wanted))
    first = _one(scene, gas)
    others = [s for s in gas if s.area == first.area and s.part.quantity == first.part.quantity and s is not first]
    second = _one(scene, others)
    effects, messages, evidence = [], [], scene.start_s
    for signal, after_s, rise_s in ((first, 0, 150.0), (second, 60, 180.0)):
        high_high = _limit(signal.part, 3)
        effect = scene.toward(signal, high_high * 1.6, rise_s, 900, 600, after_s)
        effects.append(effect)
        evidence = effect.crossing_s(0.0, high_high)
        messages.append(scene.own_alarm(signal, "HH", evidence, effect.target))
    label = scene.label((first.code, second.code), evidence, max(e.over_s for e in effects), "red")
    return Incident(label, tuple(effects), tuple(messages))


def _overfill(scene: _Scene) -> Incident:
    signal = _one(
        scene, _of_devices(scene.gateway, lambda p: p.quantity == "level" and p.limits[3] is not None and p.danger != "low")
    )
    part = signal.part
    high_high = _limit(part, 3)
    effect = scene.toward(signal, high_high + (part.hi - high_high) * 0.4, 1800, 900, 1800)
    inflow = [
        s for s in scene.gateway.signals if s.device == signal.device and s.part.drive == "in" and s.part.quantity == "flow"
    ]
    effects = [effect, *(scene.toward(s, s.part.base + s.part.gain, 30, 1770, 30) for s in inflow)]
    evidence = effect.crossing_s(part.base + part.gain / 2, high_high)
    messages = (scene.own_alarm(signal, "HH", evidence, effect.target), scene.interlock(signal, evidence))
    return Incident(
        scene.label((signal.code,), evidence, effect.over_s, "red" if scene.spec.grave else "yellow"), tuple(effects), messages
    )


def _overpressure(scene: _Scene) -> Incident:
    signal = _one(
        scene, _of_devices(scene.gateway, lambda p: p.quantity == "pressure" and p.limits[3] is not None and p.danger != "low")
    )
    high_high = _limit(signal.part, 3)
    effect = scene.toward(signal, high_high + (signal.part.hi - high_high) * 0.25, 420, 600, 900)
    evidence = effect.crossing_s(signal.part.base, high_high)
    return Incident(scene.label((signal.code,), evidence, effect.over_s, "yellow"), (effect,),
                    (scene.own_alarm(signal, "HH", evidence, effect.target),))  # fmt: skip


def _runaway(scene: _Scene) -> Incident:
    """Cooling is lost, temperature and pressure of a reactor run past HH."""
    temperature = _one(scene, [s for s in scene.gateway.signals if s.part.name == "釜温"])
    same = {s.part.code: s for s in scene.gateway.signals if s.device == temperature.device}
    pressure, cooling = same["PI"], same["FC"]
    effects, messages, evidence = [], [], scene.start_s
    for signal, after_s, rise_s in ((temperature, 60, 780.0), (pressure, 240, 660.0)):
        high_high = _limit(signal.part, 3)
        effect = scene.toward(signal, high_high + (signal.part.hi - high_high) * 0.3, rise_s, 900, 1800, after_s)
        effects.append(effect)
        at = effect.crossing_s(signal.part.base, high_high)
        evidence = max(evidence, at)
        messages += [scene.own_alarm(signal, "HH", at, effect.target), scene.interlock(signal, at)]
    effects.append(scene.toward(cooling, 6.0, 90, 1500, 300))
    points = (temperature.code, pressure.code, cooling.code)
    expect = "red" if scene.spec.grave else "orange"
    return Incident(scene.label(points, evidence, max(e.over_s for e in effects), expect), tuple(effects), tuple(messages))


def _frozen(scene: _Scene) -> Incident:
    """The level of a filling tank stands still. Begins at the next filling of one of the tanks."""
    signals = [s for s in scene.gateway.signals if s.part.quantity == "level" and s.part.drive == "state"]
    if not signals:
        raise DoesNotFit(scene.spec.kind)

    def next_filling(signal: Signal) -> int:
        cycle = signal.cycle
        place = (scene.start_s / cycle.period_s + cycle.phase) % 1.0
        return scene.start_s if place < cycle.fill * 0.3 else scene.start_s + int((1.0 - place) * cycle.period_s) + 60

    signal = min(signals, key=lambda s: (next_filling(s), s.code))
    start = next_filling(signal)
    end = start + (scene.spec.duration_s or int(min(5400.0, signal.cycle.fill * signal.cycle.period_s * 0.6)))
    effect = Effect(scene.gateway.enterprise, signal.code, start, end, "freeze")
    label = scene._replace(start_s=start).label((signal.code,), start + FLAT_S, end, "yellow")
    return Incident(label, (effect,))


def _cut(scene: _Scene) -> Incident:
    """All gateways of the enterprise fall silent, nothing was filed."""
    end = scene.start_s + (scene.spec.duration_s or 1800)
    label = scene.label((), scene.start_s, end, "yellow", source="")
    return Incident(label, silent=(scene.gateway.enterprise, scene.start_s, end))


def _uncommitted(scene: _Scene) -> Incident:
    local_day = (scene.start_s + 8 * 3600) // 86_400
    due = (local_day * 86_400 - 8 * 3600) + 10 * 3600
    return Incident(scene.label((), due, due, "finding", source=""), uncommitted=(scene.gateway.enterprise, scene.start_s))


def _mould_water(scene: _Scene) -> Incident:
    pressure = _one(scene, [s for s in scene.gateway.signals if s.part.name == "结晶器进水压力"])
    same = {s.part.code: s for s in scene.gateway.signals if s.device == pressure.device}
    flow, outlet = same["FI"], same["TO"]
    effects, messages, evidence = [], [], scene.start_s
    for signal, rise_s in ((pressure, 12.0), (flow, 20.0)):
        low_low = _limit(signal.part, 0)
        effect = scene.toward(signal, low_low * 0.3, rise_s, 420, 60)
        effects.append(effect)
        at = effect.crossing_s(signal.part.base, low_low)
        evidence = max(evidence, at)
        messages += [scene.own_alarm(signal, "LL", at, effect.target), scene.interlock(signal, at)]
    effects.append(scene.toward(outlet, 74, 240, 200, 600))
    expect = "red" if scene.spec.grave else "orange"
    points = (pressure.code, flow.code, outlet.code)
    return Incident(scene.label(points, evidence, max(e.over_s for e in effects), expect), tuple(effects), tuple(messages))


_MAKERS: dict[Kind, Callable[[_Scene], Incident]] = {
    "leak": _leak, "co_leak": _leak, "overfill": _overfill, "overpressure": _overpressure, "runaway": _runaway, "frozen_sensor": _frozen,
    "cut_line": _cut, "missed_commitment": _uncommitted, "mould_water_loss": _mould_water,
}  # fmt: skip


def staged(world: World, specs: Sequence[Spec], start_ms: int, seed: int) -> list[Incident]:
    """The incidents of `specs`, each at its source. Raises DoesNotFit naming a kind that its source cannot have."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 3])))
    out = []
    for n, spec in enumerate(specs):
        start_s = start_ms // 1000 + spec.after_s
        named = [g for g in world.gateways if not spec.source or spec.source in (g.source, g.enterprise)]
        order = rng.permutation(len(named))
        for i in order:
            try:
                out.append(_MAKERS[spec.kind](_Scene(spec, named[int(i)], start_s, f"I{n + 1:04d}", rng)))
                break
            except DoesNotFit:
                continue
        else:
            raise DoesNotFit(f"{spec.kind} {spec.source}".strip())
    return out


def drawn(world: World, duration_s: int, seed: int, per_source_day: float = 0.2) -> list[Spec]:
    """A seeded mix of incidents over the duration, at least one, whose kinds the world can have."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 4])))
    profiles = {gateway.profile for gateway in world.gateways}
    only: dict[Kind, str] = {"mould_water_loss": "aluminium", "co_leak": "steel", "leak": "hazchem", "runaway": "hazchem"}
    kinds = [kind for kind in KINDS if only.get(kind, "hazchem") in profiles]
    count = max(1, int(rng.poisson(len(world.gateways) * duration_s / 86_400 * per_source_day)))
    picks = rng.permutation(max(count, len(kinds))) % len(kinds)
    times = np.sort(rng.uniform(0.02, 0.8, count) * duration_s)
    return [Spec(kind=kinds[int(pick)], after_s=int(at)) for pick, at in zip(picks[:count], times, strict=True)]
