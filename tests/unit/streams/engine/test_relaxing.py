"""The strictest of two definitions of a point."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from streams.domain.registry import Limits, Point
from streams.engine.relaxing import strictest
from tests.scenarios.plants import pressure, temperature

maybe = st.none() | st.floats(0.5, 3.5)
limits = st.builds(Limits, ll=maybe, l=maybe, h=maybe, hh=maybe)


@given(limits, limits)
def test_neither_definition_is_beyond_a_limit_that_the_strictest_is_not(a: Limits, b: Limits) -> None:
    got = strictest(pressure(limits=a), pressure(limits=b)).limits
    for name in ("h", "hh"):
        wanted = [x for x in (getattr(a, name), getattr(b, name)) if x is not None]
        assert getattr(got, name) == (min(wanted) if wanted else None)
    for name in ("l", "ll"):
        wanted = [x for x in (getattr(a, name), getattr(b, name)) if x is not None]
        assert getattr(got, name) == (max(wanted) if wanted else None)


@given(limits, limits)
def test_the_same_again_changes_nothing_and_order_does_not_matter_for_limits(a: Limits, b: Limits) -> None:
    one, other = pressure(limits=a), pressure(limits=b)
    both = strictest(one, other)
    assert strictest(both, other) == both
    assert strictest(one, other).limits == strictest(other, one).limits


def test_a_definition_that_only_tightens_is_taken_as_it_is() -> None:
    new = pressure(limits=Limits(h=1.0, hh=1.2), on_delay_s=1.0, name="renamed", medium="LPG")
    assert strictest(pressure(on_delay_s=5.0), new) == new


@pytest.mark.parametrize(
    ("force", "new", "field", "kept"),
    [
        ({"on_delay_s": 5.0}, {"on_delay_s": 50.0}, "on_delay_s", 5.0),
        ({"on_delay_s": 5.0}, {}, "on_delay_s", 5.0),
        ({"off_delay_s": 60.0}, {"off_delay_s": 1.0}, "off_delay_s", 60.0),
        ({"deadband": 0.2}, {"deadband": 0.0}, "deadband", 0.2),
        ({"stale_s": 60.0}, {}, "stale_s", 60.0),
        ({"danger": "high"}, {"danger": "low"}, "danger", "both"),
        ({"range_hi": 2.0}, {"range_hi": 9.0}, "range_hi", 2.0),
    ],
)
def test_what_would_relax_is_kept(force: dict[str, Any], new: dict[str, Any], field: str, kept: object) -> None:
    got = strictest(pressure(**force), pressure(**new))
    assert getattr(got, field) == kept
    assert got != pressure(**new)


def test_limits_are_compared_in_the_unit_of_the_new_definition() -> None:
    """Readings come in kPa from now on; 1.8 MPa stays 1,800 kPa."""
    new = pressure(unit="kPa", range_hi=4000.0, limits=Limits(h=1700.0, hh=2500.0))
    got = strictest(pressure(), new)
    assert got.unit == "kPa"
    assert got.limits.h == pytest.approx(1600.0)
    assert got.limits.hh == pytest.approx(1800.0)


def test_a_point_that_measures_something_else_now_is_judged_as_what_it_is() -> None:
    new = msgspec.structs.replace(temperature(), code="P1")
    assert strictest(pressure(), new) == new


def test_every_field_of_a_point_is_decided_here() -> None:
    """A field that this module forgets would be lost at the first change of the registry."""
    full = pressure(limits=Limits(0.1, 0.2, 1.6, 1.8), area="a", medium="m", phase="gas", resolution=0.1, deadband=0.1, on_delay_s=1.0,
                    off_delay_s=2.0, period_s=3.0, stale_s=4.0, rate_max=5.0, danger="both", role="inlet")  # fmt: skip
    assert strictest(full, full) == full
    defaults = {f.name: f.default for f in msgspec.structs.fields(Point) if f.default is not msgspec.NODEFAULT}
    assert all(getattr(full, name) != default for name, default in defaults.items()), "fill in the new field above"


def test_a_role_that_paperwork_takes_away_stays_and_a_new_one_is_taken_at_once() -> None:
    assert strictest(pressure(role="inlet"), pressure(role="")).role == "inlet"
    assert strictest(pressure(role="inlet"), pressure(role="outlet")).role == "inlet"
    assert strictest(pressure(), pressure(role="outlet")).role == "outlet"
