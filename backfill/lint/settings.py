"""What rules are held against: `risk_rules/lint.yaml`, read like every other file of ours."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from streams.domain.strict_yaml import load
from streams.domain.units import conversion

NAME = "lint.yaml"


class Plausible(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be measured in a unit, and in every unit that converts into it."""

    unit: str
    lo: float
    hi: float


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    lo: float
    hi: float


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    share: float


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    schema: Literal[1] = 1
    noise_share: float
    off_delay_instead_s: float
    hh_on_delay_s: float
    drift_share: float
    deadband_most_share: float
    period_most_s: float
    usual_limits: tuple[Usual, ...]
    severities: tuple[tuple[str, ...], ...]
    plausible: tuple[Plausible, ...]
    features: tuple[Feature, ...]
    regulations: tuple[str, ...]

    @cached_property
    def usual_place(self) -> dict[str, float]:
        return {u.name: u.share for u in self.usual_limits}

    @cached_property
    def of_feature(self) -> dict[str, tuple[float, float]]:
        return {f.name: (f.lo, f.hi) for f in self.features}

    def plausible_in(self, unit: str) -> tuple[float, float] | None:
        """Lowest and highest number that a value in `unit` can have; None: not known."""
        for entry in self.plausible:
            how = conversion(entry.unit, unit)
            if how is not None:
                return how.of(entry.lo), how.of(entry.hi)
        return None


def settings(folder: Path) -> Settings:
    """Those of a folder of rules. Raises YamlRefused, ValueError, OSError."""
    path = folder / NAME
    read: dict[str, Any] = load(path.read_text(encoding="utf-8"), str(path)).value
    plain = {key: value["value"] if isinstance(value, dict) else value for key, value in read.items()}
    return msgspec.convert(plain, Settings)
