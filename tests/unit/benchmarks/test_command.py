"""`python -m benchmarks`: the list, its ids, what is written, what the exit code tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec
import pytest

from benchmarks import __main__ as command
from benchmarks.harness.measuring import Case, Contender
from benchmarks.harness.results import Run, Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.harness.showing import put_into
from benchmarks.scenarios.known import SCENARIOS

README = Path(command.__file__).with_name("README.md")
# Permanent: figures of years are compared by them. A scenario whose work changes gets a new id, and this table a new line.
SEEDS = {
    "engine": 20240101, "intake": 20240102, "peers": 20240103, "replay": 20240104, "sink": 20240105, "live": 20240106,
    "recovery": 20240107, "workers": 20240108,
}  # fmt: skip


def scenario(*hashes: str) -> Scenario:
    """A scenario whose contenders say these hashes."""

    @contextmanager
    def opened(options: Options) -> Iterator[Iterable[Case]]:
        def saying(said: str) -> Contender:
            return Contender(f"says {said}", lambda left_s: Sample(work=1000, seconds=0.5, hash=said))

        yield [Case("one", "readings", [saying(h) for h in hashes])]

    return Scenario("invented", 7, "nothing", 10.0, 10.0, opened)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> dict[str, Scenario]:
    known: dict[str, Scenario] = {}
    monkeypatch.setattr(command, "SCENARIOS", known)
    return known


def test_ids_and_seeds_are_permanent() -> None:
    assert {s.id: s.seed for s in SCENARIOS.values()} == SEEDS


def test_the_list_has_a_line_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    assert all(str(SEEDS[line.split()[0]]) in line for line in lines)


def test_an_unknown_scenario_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["speed"]) == 2
    assert "speed" in capsys.readouterr().err


def test_a_run_is_written_as_json_and_markdown(only: dict[str, Scenario], tmp_path: Path) -> None:
    only["invented"] = scenario("x", "x")
    assert command.main(["invented", "--quick", "--json", str(tmp_path / "out.json")]) == 0
    run = msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=Run)
    assert (run.scenario, run.seed, run.quick) == ("invented", 7, True)
    assert run.machine["cores"]
    assert run.machine["python"]
    assert run.tables[0].rows[0].rate is not None
    assert run.tables[0].rows[0].rate.median == 2000.0
    assert "| says x | 2 k |" in (tmp_path / "out.md").read_text(encoding="utf-8")


def test_all_writes_a_file_a_scenario_and_goes_on_after_a_failure(only: dict[str, Scenario], tmp_path: Path) -> None:
    def failing(options: Options) -> AbstractContextManager[Iterable[Case]]:
        raise OSError("no disk")

    only["broken"] = scenario("x")._replace(id="broken", cases=failing)
    only["invented"] = scenario("x", "x")
    assert command.main(["all", "--json", str(tmp_path / "out")]) == 1
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["invented.json", "invented.md"]


def test_unequal_outputs_are_an_error_and_print_no_figure(only: dict[str, Scenario], capsys: pytest.CaptureFixture[str]) -> None:
    only["invented"] = scenario("x", "y")
    assert command.main(["invented"]) == 1
    told = capsys.readouterr().out
    assert "outputs differ" in told
    assert "2 k" not in told


def test_the_readme_has_a_place_for_every_scenario(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(README.read_text(encoding="utf-8"), encoding="utf-8")
    assert [name for name in SCENARIOS if not put_into(copy, name, f"figures of {name}")] == []
    text = copy.read_text(encoding="utf-8")
    assert all(f"figures of {name}" in text for name in SCENARIOS)


def test_what_was_written_comes_into_the_readme_with_its_plots(
    only: dict[str, Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "README.md"
    copy.write_text("# B\n<!-- engine: begin -->\nold\n<!-- engine: end -->\n", encoding="utf-8")
    monkeypatch.setattr(command, "README", copy)

    @contextmanager
    def opened(options: Options) -> Iterator[Iterable[Case]]:
        for points in (1_000.0, 10_000.0):
            work = Contender("whole", lambda left_s: Sample(work=1000, seconds=0.5, hash="x"))
            made.append(Case(f"{points}", "readings", [work], axes={"points": points, "rules": 10.0, "share": 0.01}))
        yield made

    made: list[Case] = []
    only["engine"] = Scenario("engine", 7, "nothing", 10.0, 10.0, opened)
    assert command.main(["engine", "--json", str(tmp_path / "runs" / "engine.json")]) == 0
    assert command.main(["--readme", str(tmp_path / "runs")]) == 0
    text = copy.read_text(encoding="utf-8")
    assert "| whole | 2 k |" in text
    assert "old" not in text
    assert "<polyline" in (tmp_path / "plots" / "engine-points.svg").read_text(encoding="utf-8")


def test_only_named_cases_are_measured() -> None:
    assert [table.name for table in command.run_scenario(scenario("a"), True, ["on"]).tables] == ["one"]
    assert command.run_scenario(scenario("a"), True, ["two"]).tables == ()
