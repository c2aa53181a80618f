"""What gets installed is what was written down: every pin of pyproject.toml in its lock, every file with its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = {path.stem: path.read_text() for path in sorted((PROJECT / "requirements").glob("*.lock"))}
_PIN = re.compile(r"^([a-zA-Z0-9._-]+)==([^\s;]+)(.*?)(?=^\S|\Z)", re.M | re.S)


def _pins(lock: str) -> dict[str, str]:
    return {str(canonicalize_name(name)): version for name, version, _ in _PIN.findall(LOCKS[lock])}


def _extra(name: str) -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    rows = project["dependencies"] if name == "base" else project["optional-dependencies"][name]
    found: list[Requirement] = []
    for row in map(Requirement, rows):
        found += [inner for extra in sorted(row.extras) for inner in _extra(extra)] if row.name == "riskstream" else [row]
    return found


def test_there_is_a_lock_for_each_way_to_install() -> None:
    assert sorted(LOCKS) == ["base", "bench", "build", "datasets", "demo", "dev"]


@pytest.mark.parametrize(
    ("lock", "extra"),
    [
        ("base", "base"),
        ("demo", "base"),
        ("demo", "demo"),
        ("dev", "base"),
        ("dev", "dev"),
        ("dev", "demo"),
        ("datasets", "datasets"),
    ],
)
def test_a_lock_holds_the_pins_of_pyproject(lock: str, extra: str) -> None:
    pins = _pins(lock)
    for wanted in _extra(extra):
        assert str(wanted.specifier) == f"=={pins.get(str(canonicalize_name(wanted.name)))}", f"run `make lock`: {wanted}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_lock_names_an_index(lock: str) -> None:
    rows = _PIN.findall(LOCKS[lock])
    assert rows
    assert [name for name, _, rest in rows if "--hash=sha256:" not in rest] == []
    assert "://" not in LOCKS[lock]
    assert "index" not in LOCKS[lock]


def test_locks_agree_with_each_other() -> None:
    dev = _pins("dev")
    for lock in ("base", "demo", "build"):
        assert {name: version for name, version in _pins(lock).items() if dev.get(name) != version} == {}


def test_a_production_image_stays_lean() -> None:
    heavy = {"chdb", "chdb-core", "bibmon", "pandas", "pyarrow", "scikit-learn", "scipy", "pytest", "hypothesis", "mypy", "ruff"}
    assert heavy & _pins("base").keys() == set()
