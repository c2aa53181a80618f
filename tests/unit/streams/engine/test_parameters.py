"""Parameters: the files are the shipped numbers, every number has its tag, and nothing unapproved can relax."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.domain.strict_yaml import YamlRefused, load
from streams.engine.parameters import Parameters, shipped, strictest

FOLDER = Path(__file__).parents[4] / "risk_rules" / "parameters"
TAGS = {"proposal", "regulation", "recalled", "common", "standard"}


def files() -> dict[str, str]:
    """The parameters and the ladders, as they are published."""
    found = sorted([*FOLDER.glob("*.yaml"), *(FOLDER.parent / "ladders").glob("*.yaml")])
    return {f"{p.parent.name}/{p.name}": p.read_text(encoding="utf-8") for p in found}


def leaves(node: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict) and "value" in node:
        return [(path, node)]
    if isinstance(node, dict):
        return [leaf for k, v in node.items() if k != "about" for leaf in leaves(v, f"{path}/{k}")]
    return [(path, node)]


def test_files_are_the_numbers_that_are_shipped() -> None:
    assert Parameters.from_files(files()) == shipped()


@pytest.mark.parametrize("name", sorted(name for name in files() if name.startswith("parameters/")))
def test_every_number_names_its_source(name: str) -> None:
    for path, leaf in leaves(load(files()[name], name).value):
        assert isinstance(leaf, dict), f"{name}{path} has no tag"
        assert leaf["tag"] in TAGS, f"{name}{path}"


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        Parameters.from_files({"holds.yaml": "min_sec: {value: 1, tag: proposal}"})


def test_a_section_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Parameters.from_files({"a/holds.yaml": "min_s: 600", "b/holds.yaml": "min_s: 900"})


def test_yaml_that_reads_differently_from_what_it_shows_is_refused() -> None:
    with pytest.raises(YamlRefused):
        Parameters.from_files({"holds.yaml": "min_s: 0600"})


def test_hash_changes_with_any_number() -> None:
    other = msgspec.structs.replace(shipped(), holds=msgspec.structs.replace(shipped().holds, min_s=601))
    assert other.hash != shipped().hash


def changed(section: str, **values: Any) -> Parameters:
    return msgspec.structs.replace(shipped(), **{section: msgspec.structs.replace(getattr(shipped(), section), **values)})


@pytest.mark.parametrize(
    ("section", "tighter", "looser"),
    [
        ("holds", {"min_s": 1200}, {"min_s": 60}),
        ("holds", {"stale_min_s": 60}, {"stale_min_s": 6000}),
        ("tiers", {"attention_after_s": 60}, {"attention_after_s": 6000}),
        ("tiers", {"fire_window_s": 1200}, {"fire_window_s": 1}),
        ("tiers", {"lost_share": 0.2}, {"lost_share": 0.9}),
    ],
)
def test_tightening_acts_without_an_approver_and_relaxing_does_not(
    section: str, tighter: dict[str, Any], looser: dict[str, Any]
) -> None:
    assert strictest(shipped(), changed(section, **tighter)) == changed(section, **tighter)
    assert strictest(shipped(), changed(section, **looser)) == shipped()


def test_a_milder_cell_of_the_matrix_waits_and_a_graver_one_acts() -> None:
    rows = [list(r) for r in shipped().matrix.hazchem.rows]
    rows[2], rows[1] = ["blue"] * 4, ["yellow"] * 4
    wanted = changed("matrix", hazchem=msgspec.structs.replace(shipped().matrix.hazchem, rows=tuple(map(tuple, rows))))
    got = strictest(shipped(), wanted).matrix.hazchem.rows
    assert got[2] == shipped().matrix.hazchem.rows[2]
    assert got[1] == ("yellow",) * 4


def test_what_has_no_known_direction_waits_for_an_approver() -> None:
    assert strictest(shipped(), changed("management", items=())) == shipped()
    assert strictest(shipped(), changed("signing", yellow=(("operator",),))) == shipped()
