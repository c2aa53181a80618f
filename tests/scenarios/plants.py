"""Small enterprises for scenarios: one hazard source with a tank, a reactor and gas detectors, at any inherent risk."""

from __future__ import annotations

from typing import Any

from streams.domain.registry import Camera, Chemical, Device, Enterprise, HazardSource, Interlock, Limits, Person, Point

PERIOD_S = 5.0


def pressure(code: str = "P1", **fields: Any) -> Point:
    given: dict[str, Any] = {"name": code, "quantity": "pressure", "unit": "MPa", "range_lo": 0.0, "range_hi": 4.0,
                             "limits": Limits(h=1.6, hh=1.8), "resolution": 0.001,
                             "period_s": PERIOD_S, **fields}  # fmt: skip
    return Point(code=code, **given)


def temperature(code: str = "T1", **fields: Any) -> Point:
    given: dict[str, Any] = {"name": code, "quantity": "temperature", "unit": "degC", "range_lo": -50.0, "range_hi": 400.0,
                             "limits": Limits(h=150.0, hh=180.0),
                             "period_s": PERIOD_S, **fields}  # fmt: skip
    return Point(code=code, **given)


def tank_level(code: str = "L1", **fields: Any) -> Point:
    given: dict[str, Any] = {"name": code, "quantity": "level", "unit": "m", "range_lo": 0.0, "range_hi": 20.0,
                             "limits": Limits(ll=1.0, l=2.0, h=16.0, hh=18.0),
                             "period_s": PERIOD_S, **fields}  # fmt: skip
    return Point(code=code, **given)


def gas(code: str = "G1", **fields: Any) -> Point:
    given: dict[str, Any] = {"name": code, "quantity": "combustible_gas", "unit": "%LEL", "range_lo": 0.0, "range_hi": 100.0,
                             "limits": Limits(h=25.0, hh=50.0),
                             "period_s": PERIOD_S, **fields}  # fmt: skip
    return Point(code=code, **given)


def source(code: str = "S1", r: float = 0.5, points: tuple[Point, ...] | None = None, **fields: Any) -> HazardSource:
    """A source with R = r exactly: one substance with beta = 1, nobody outside (alpha 0.5)."""
    if points is None:
        points = (pressure(), temperature(), tank_level(), gas("G1"), gas("G2"))
    given: dict[str, Any] = {
        "name": f"Source {code}", "kind": "tank_farm",
        "chemicals": (Chemical(name="test", design_t=2 * r * 100.0, critical_t=100.0, beta=1.0),) if r else (),
        "devices": (Device(code=f"{code}-D1", name="Tank 1", points=points),),
        "interlocks": (Interlock(code=f"{code}-SIS", name="SIS", device=f"{code}-D1", guards=tuple(p.code for p in points)),),
        "cameras": (Camera(code=f"{code}-C1", name="camera", place="tank_farm"),),
        "persons": (Person(role="operational", name="Li Si"),),
        **fields,
    }  # fmt: skip
    return HazardSource(code=code, **given)


def plant(*sources: HazardSource, code: str = "E1", **fields: Any) -> Enterprise:
    given: dict[str, Any] = {
        "name": f"Enterprise {code}",
        "region": "R1",
        "supervisor": "R1",
        "sources": sources or (source(),),
        **fields,
    }
    return Enterprise(code=code, **given)


QUIET = {"P1": 1.0, "T1": 80.0, "L1": 10.0, "G1": 0.5, "G2": 0.5}
