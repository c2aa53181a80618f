"""Files of simulated streams: the form that readers of recordings take, the truth beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backfill.inputs import InputRecord, line_of, read_inputs
from backfill.simulate import Simulation, Spec, World
from backfill.simulate.incident_files import spec_of, specs_of_yaml
from backfill.simulate.output import labels_path, lines_of, read_labels, write_labels, write_stream

START = 1_767_571_200_000


@pytest.fixture(scope="module")
def simulation_records() -> list[InputRecord]:
    simulation = Simulation(World.generate("county", 2), START, 2, (Spec(kind="leak", after_s=5),))
    return [*simulation.registry_records(START), *simulation.records(START + 60_000)]


def test_fast_lines_are_the_lines_of_recordings(simulation_records: list[InputRecord]) -> None:
    assert b"".join(lines_of(simulation_records)) == b"".join(line_of(record) + b"\n" for record in simulation_records)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_files_read_back_as_written_and_are_the_same_again(
    tmp_path: Path, simulation_records: list[InputRecord], name: str
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    write_stream(tmp_path / name, simulation_records)
    (tmp_path / "again").mkdir()
    write_stream(tmp_path / "again" / name, iter(simulation_records))
    assert list(read_inputs(tmp_path / name)) == simulation_records
    assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_labels_beside_the_data_are_no_input(tmp_path: Path, simulation_records: list[InputRecord]) -> None:
    labels = Simulation(
        World.generate("county", 2), START, 2, (Spec(kind="leak", after_s=5), Spec(kind="cut_line", after_s=9))
    ).labels
    write_stream(tmp_path / "a.jsonl", simulation_records[:20])
    write_labels(labels_path(tmp_path / "a.jsonl"), labels)
    assert read_labels(labels_path(tmp_path / "a.jsonl")) == labels
    assert len(list(read_inputs(tmp_path))) == 20
    write_labels(tmp_path / "none.json", [])
    assert read_labels(tmp_path / "none.json") == []


def test_a_stream_that_breaks_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> object:
        yield InputRecord(1, "readings", b"E", b"{}")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        write_stream(tmp_path / "a.jsonl", broken())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_incidents_from_yaml() -> None:
    text = "incidents:\n  - {kind: leak, after_s: 10m, source: 'S1'}\n  - {kind: overfill, after_s: 5, duration_s: 2h, grave: true}\n"
    specs, problems = specs_of_yaml(text, "i.yaml")
    assert problems == []
    assert specs == [Spec(kind="leak", after_s=600, source="S1"), Spec(kind="overfill", after_s=5, duration_s=7200, grave=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("incidents:\n  - {kind: flood, after_s: 1}\n  - {kind: leak, after_s: soon}\n  - leak\n",
         [(2, "simulate/bad-incident"), (3, "simulate/bad-incident"), (4, "simulate/not-an-incident")]),
        ("incidents:\n  - {kind: leak, after_s: 1, after_s: 2}\n", [(2, "yaml/duplicate-key")]),
        ("incidents:\n  - {kind: leak, when: 1}\n", [(2, "simulate/bad-incident")]),
        ("incident: []\n", [(1, "simulate/not-incidents")]),
        ("- leak\n", [(1, "simulate/not-incidents")]),
    ],
)  # fmt: skip
def test_problems_of_incident_files_have_lines(text: str, expected: list[tuple[int, str]]) -> None:
    specs, problems = specs_of_yaml(text, "i.yaml")
    assert specs == []
    assert [(p.line, p.id) for p in problems] == expected
    assert all(p.line_of_text("en") and p.line_of_text("zh") for p in problems)


@pytest.mark.parametrize("text", ["leak@", "leak@x", "flood@1", "", "@1", "leak!!@1"])
def test_what_is_no_incident_is_none(text: str) -> None:
    assert spec_of(text) is None


def test_incident_of_the_command_line() -> None:
    assert spec_of("cut_line@1h:E1") == Spec(kind="cut_line", after_s=3600, source="E1")
    assert spec_of("overfill!@90s:S1") == Spec(kind="overfill", after_s=90, source="S1", grave=True)
    assert spec_of("leak") == Spec(kind="leak", after_s=0)


def test_the_example_file_of_incidents_can_be_played() -> None:
    file = Path(__file__).parents[4] / "examples" / "incidents.yaml"
    specs, problems = specs_of_yaml(file.read_text(), file.name)
    assert problems == []
    assert [label.kind for label in Simulation(World.generate("county", 2), START, 2, specs).labels] == [
        spec.kind for spec in specs
    ]
