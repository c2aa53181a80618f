"""What is done to signals: driven to a value, held still, or lost. Incidents, calibrations and repairs are made of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backfill.simulate.signals import Floats


class Effect(NamedTuple):
    """One point, from `start_s`: over `rise_s` toward `target`, held until `end_s`, back over `fall_s`.

    `toward` drives to the target, `freeze` repeats what was shown at the start, `lost` sends null.
    """

    enterprise: str
    point: str
    start_s: int
    end_s: int
    shape: Literal["toward", "freeze", "lost"] = "toward"
    target: float = 0.0
    rise_s: float = 0.0
    fall_s: float = 0.0

    @property
    def over_s(self) -> float:
        """When nothing of it is left."""
        return self.end_s + (self.fall_s if self.shape == "toward" else 0.0)

    def crossing_s(self, resting: float, limit: float) -> int:
        """About when the signal passes `limit` on its way from `resting` to the target."""
        share = (limit - resting) / (self.target - resting)
        return self.start_s + int(np.ceil(self.rise_s * min(max(share, 0.0), 1.0)))


def weight(effect: Effect, at_s: NDArray[np.int64]) -> Floats:
    """How far each second is toward the target, 0 to 1; a rise or fall of less than a second is a step."""
    up = np.ones(len(at_s)) if effect.rise_s < 1 else (at_s - effect.start_s) / effect.rise_s
    down = (at_s <= effect.end_s).astype(np.float64) if effect.fall_s < 1 else (effect.over_s - at_s) / effect.fall_s
    trapezoid: Floats = np.clip(np.minimum(up, down), 0.0, 1.0)
    return trapezoid


@dataclass(slots=True)
class Active:
    """Effects on the points of one band, kept while they last."""

    columns: dict[tuple[str, str], int]
    waiting: list[tuple[int, Effect]] = field(default_factory=list)
    frozen: dict[Effect, float] = field(default_factory=dict)

    def add(self, effect: Effect) -> bool:
        column = self.columns.get((effect.enterprise, effect.point))
        if column is not None:
            self.waiting.append((column, effect))
        return column is not None

    def apply(self, at_s: NDArray[np.int64], values: Floats) -> None:
        """Changes the block in place; forgets what is over."""
        if not len(at_s) or not self.waiting:
            return
        for column, effect in self.waiting:
            inside = (at_s >= effect.start_s) & (at_s <= effect.over_s)
            if inside.any():
                self._one(column, effect, at_s, values, inside)
        last = int(at_s[-1])
        self.waiting = [(column, effect) for column, effect in self.waiting if effect.over_s > last]

    def _one(self, column: int, effect: Effect, at_s: NDArray[np.int64], values: Floats, inside: NDArray[np.bool_]) -> None:
        if effect.shape == "lost":
            values[inside, column] = np.nan
        elif effect.shape == "freeze":
            held = self.frozen.setdefault(effect, float(values[int(np.argmax(inside)), column]))
            values[inside, column] = held
        else:
            now = values[:, column]
            values[:, column] = now + (effect.target - now) * weight(effect, at_s) * inside
