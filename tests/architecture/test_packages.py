"""The house keeps its shape: packages are listed, layered, typed, and nothing of the tests is in the wheel."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = {"api", "backfill", "models", "reports", "riskstream", "streams"}
NOT_SHIPPED = {"benchmarks", "deploy", "docs", "risk_rules", "schemas", "tests", "requirements", "build", "dist", "data"}


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def test_every_top_level_package_is_in_the_wheel_and_in_the_layers() -> None:
    tool = _pyproject()["tool"]
    assert set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    assert set(tool["importlinter"]["root_packages"]) == PACKAGES
    (top,) = [contract for contract in tool["importlinter"]["contracts"] if contract["id"] == "top"]
    assert {name.strip() for layer in top["layers"] for name in layer.split("|")} == PACKAGES
    with_code = {path.parent.name for path in PROJECT.glob("*/*.py")}
    assert with_code <= PACKAGES | NOT_SHIPPED, "a new folder with code chooses its layer, or is not shipped"


def test_no_dependency_brings_a_package_of_our_name() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners.get(name, [])) - {"riskstream"} for name in PACKAGES} == {name: set() for name in PACKAGES}


def test_every_package_folder_is_a_package() -> None:
    folders = {path.parent for name in PACKAGES for path in (PROJECT / name).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    shipped = {name for name in names if name.endswith(".py")}
    assert shipped == {str(p.relative_to(PROJECT)) for name in PACKAGES for p in (PROJECT / name).rglob("*.py")}


def test_the_version_is_that_of_the_changelog_or_ahead_of_it() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text()
    released = [line.split("[")[1].split("]")[0] for line in changelog.splitlines() if line.startswith("## [")]
    assert released[0] == "Unreleased"
    assert len(released) == 1 or released[1] == _pyproject()["project"]["version"]


def test_both_transports_of_faust_are_entry_points() -> None:
    assert set(_pyproject()["project"]["entry-points"]["faust.transports"]) == {"embedded", "batched"}
