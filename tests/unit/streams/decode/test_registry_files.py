"""Registry files: broken ones say everything at once with file and line; good ones are the same from YAML and from CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.decode import (
    registry_checks,
    registry_coverage_checks,
    registry_csv,
    registry_files,
    registry_items,
    registry_meaning_checks,
    registry_point_checks,
    registry_yaml,
)
from streams.decode.registry_csv import TABLES, columns_of, required_columns
from streams.decode.registry_files import Checked, check_files, check_folder, encoded, key_of
from streams.domain.catalogue import catalogue
from streams.domain.registry import Enterprise

ROOT = Path(__file__).parents[4]
DATA = ROOT / "tests" / "data" / "registry"
EXAMPLE = ROOT / "examples" / "registry"
BROKEN = ("yaml-form", "links", "points", "chemicals", "csv-form", "meaning")


def lines(checked: Checked) -> str:
    return "".join(p.line_of_text("en") + "\n" for p in checked.problems)


@pytest.mark.parametrize("case", BROKEN)
def test_broken_registries_say_everything_at_once_and_load_nothing(case: str) -> None:
    checked = check_folder(DATA / case)
    assert checked.registry is None
    assert lines(checked) == (DATA / f"{case}.expected.txt").read_text()


def test_every_problem_that_the_checks_can_say_is_in_a_broken_registry() -> None:
    modules = (registry_checks, registry_csv, registry_files, registry_items, registry_point_checks, registry_yaml, registry_meaning_checks,
               registry_coverage_checks)  # fmt: skip
    sources = "".join(Path(str(m.__file__)).read_text() for m in modules)
    known = {key.removeprefix("registry.") for key in catalogue() if re.fullmatch(r"registry\.[a-z_0-9]+", key)}
    said = {word for word in re.findall(r'"([a-z_0-9]+)"', sources) if word in known}
    shown = {p.message_key.removeprefix("registry.") for case in BROKEN for p in check_folder(DATA / case).problems}
    assert said - shown == set()


def test_the_example_passes_without_a_word() -> None:
    checked = check_folder(EXAMPLE)
    assert lines(checked) == ""
    assert checked.registry is not None
    assert [e.profile for e in checked.registry.enterprises] == ["hazchem", "steel", "aluminium"]
    keys = [key_of(record) for record in checked.registry.records()]
    assert keys[:4] == ["region/990000", "region/990100", "region/990121", "park/YQ9901"]
    for record in checked.registry.records():
        assert msgspec.json.decode(encoded(record), type=type(record)) == record


def test_csv_and_yaml_give_the_same_registry() -> None:
    from_csv, from_yaml = check_folder(DATA / "csv-good"), check_folder(DATA / "csv-good.yaml")
    assert lines(from_csv) == lines(from_yaml) == ""
    assert from_csv.registry is not None
    assert from_csv.registry == from_yaml.registry


def test_csv_rows_attach_to_enterprises_from_yaml() -> None:
    files = {"base.yaml": (DATA / "csv-good.yaml").read_text()}
    files["more/cameras.csv"] = "enterprise,source,code,name,place\n990121001,990121001001,C7,罐区西,tank_farm\n"
    registry = check_files(files).registry
    assert registry is not None
    assert [camera.code for camera in registry.enterprises[0].sources[0].cameras] == ["C1", "C7"]


def test_one_error_anywhere_refuses_the_whole_folder(tmp_path: Path) -> None:
    for file in EXAMPLE.rglob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    assert check_folder(tmp_path).registry is not None
    (tmp_path / "zz.yaml").write_text('parks:\n  - {code: P9, name: 园, region: "990199"}\n')
    assert check_folder(tmp_path).registry is None
    (tmp_path / "zz.yaml").write_bytes(b"\xff\xfe")
    checked = check_folder(tmp_path)
    assert (checked.registry, [p.id for p in checked.problems]) == (None, ["registry/not-utf8"])


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    checked = check_folder(tmp_path)
    assert (checked.registry, [p.id for p in checked.problems]) == (None, ["registry/empty"])


def test_the_documented_columns_are_the_real_ones() -> None:
    readme = (EXAMPLE / "README.md").read_text()
    for name in TABLES:
        row = next(line for line in readme.splitlines() if line.startswith(f"| {name} "))
        told = re.sub(r"\([^)]*\)", "", row.split("|")[2])
        assert set(re.findall(r"[a-z_]+", told)) == set(columns_of(name)), name
        bold = " ".join(re.findall(r"\*\*([^*]+)\*\*", told))
        assert set(re.findall(r"[a-z_]+", bold)) == set(required_columns(name)), name


def _enterprise_texts() -> Iterator[str]:
    for file in sorted(EXAMPLE.rglob("*.yaml")):
        yield file.read_text()


@given(st.integers(0, 3), st.integers(0, 4000), st.text(max_size=3), st.integers(0, 40))
def test_any_damage_is_read_or_refused_never_a_crash(which: int, at: int, put: str, cut: int) -> None:
    texts = list(_enterprise_texts())
    texts[which] = texts[which][:at] + put + texts[which][at + cut :]
    checked = check_files({f"{i}.yaml": text for i, text in enumerate(texts)})
    assert (checked.registry is None) == (checked.errors > 0)


def test_a_limit_changed_in_the_file_is_a_limit_changed_in_the_record() -> None:
    text = (DATA / "csv-good.yaml").read_text().replace("hh: 14.4", "hh: 14")
    registry = check_files({"x.yaml": text}).registry
    assert registry is not None
    enterprise = registry.enterprises[0]
    assert isinstance(enterprise, Enterprise)
    assert enterprise.sources[0].devices[0].points[0].limits.hh == 14.0
