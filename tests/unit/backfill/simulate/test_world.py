"""Invented worlds: right by the registry's own checks, of all grades and profiles, the same for the same seed."""

from __future__ import annotations

import msgspec
import pytest

from backfill.simulate import Scale, World
from backfill.simulate.world import SIZES
from models import inherent
from streams.decode.registry_files import check_files
from streams.domain.registry import Enterprise, Park, Region


def as_file(world: World) -> str:
    """The registry as JSON, which is YAML."""
    lists = {
        "regions": [record for record in world.registry if isinstance(record, Region)],
        "parks": [record for record in world.registry if isinstance(record, Park)],
        "enterprises": [record for record in world.registry if isinstance(record, Enterprise)],
    }
    return msgspec.json.encode(lists).decode()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_registry_of_a_world_passes_the_checks(seed: int) -> None:
    world = World.generate("city", seed)
    checked = check_files({"world.yaml": as_file(world)})
    assert [p.line_of_text("en") for p in checked.problems] == []
    assert checked.registry is not None
    assert checked.registry.records() == world.registry


def test_the_same_seed_is_the_same_world_and_another_is_not() -> None:
    one, two, other = World.generate("county", 5), World.generate("county", 5), World.generate("county", 6)
    assert one == two
    assert msgspec.json.encode(one.registry) == msgspec.json.encode(two.registry)
    assert one.registry != other.registry


@pytest.mark.parametrize("scale", ["county", "city", "province"])
def test_scales_have_the_nations_proportions(scale: Scale) -> None:
    world = World.generate(scale, 1)
    sources = sum(len(enterprise.sources) for enterprise in world.enterprises)
    assert len(world.enterprises) == SIZES[scale].enterprises
    assert {enterprise.profile for enterprise in world.enterprises} == {"hazchem", "steel", "aluminium"}
    assert 2.3 < sources / len(world.enterprises) < 3.6  # eight enterprises of a county are few
    assert 50 < world.points / len(world.enterprises) < 80


def test_a_province_has_every_grade_and_sources_below_the_threshold() -> None:
    grades = set()
    for enterprise in World.generate("province", 1).enterprises:
        for source in enterprise.sources:
            if source.chemicals:
                substances = [inherent.Substance(c.name, c.design_t, c.cas) for c in source.chemicals]
                grades.add(inherent.assess(substances, source.people).grade)
    assert grades == {None, "I", "II", "III", "IV"}


def test_scope_cannot_be_read_from_codes() -> None:
    world = World.generate("province", 1)
    regions = {record.code: record for record in world.registry if isinstance(record, Region)}
    strangers = [r for r in regions.values() if r.parent and not r.code.startswith(r.parent)]
    assert strangers
    assert all(regions[r.parent].kind == "city" for r in strangers if r.parent)
    supervisors = {enterprise.supervisor in regions for enterprise in world.enterprises}
    assert supervisors == {True, False}  # counties and parks both supervise


def test_a_given_period_changes_nothing_else() -> None:
    slow, mixed = World.generate("county", 3, 30), World.generate("county", 3)
    assert {gateway.period_s for gateway in slow.gateways} == {30}
    assert {gateway.period_s for gateway in mixed.gateways} >= {1, 5}
    assert [e.name for e in slow.enterprises] == [e.name for e in mixed.enterprises]
    assert [g.signals for g in slow.gateways] == [g.signals for g in mixed.gateways]
