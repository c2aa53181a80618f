"""A platform that cries wolf is switched off: quiet hours of a county and of two real plants make no orange, no red, hardly a yellow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backfill import quiet
from backfill.configuration import configuration, configuration_records
from backfill.datasets import Dataset, Play, petrobras, played, tep
from backfill.inputs import InputRecord
from backfill.quiet import Quiet, measured
from backfill.replay import Recording
from streams.domain.log import Outcome, Output
from streams.domain.outputs import Reason, Warning, encode
from tests.scenarios.timeline import Said
from tests.stack.stage import RULES

SPEEDUP = 120.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5, 6])
def test_quiet_hours_of_a_county_make_at_most_one_yellow(seed: int) -> None:
    """From midnight to 06:00 and past it: offline points, cut lines, fillings, bump tests, permits."""
    found = measured(0.25, RULES, seed=seed)
    assert found.readings > 100_000, "it was awake"
    assert (found.raised["orange"], found.raised["red"]) == (0, 0), found.causes
    assert found.raised["yellow"] <= 1, found.causes


def said_of(data: Dataset, play: Play) -> Said:
    outputs: list[Output] = []

    def keep(_: int, outcome: Outcome) -> None:
        outputs.extend(outcome.outputs)

    rules: list[InputRecord] = configuration_records(configuration(RULES), play.start_ms - 1000, "test")
    for _ in Recording(1, keep).play([*rules, *played(data, play)]):
        pass
    return Said(outputs)


@pytest.mark.slow
def test_the_normal_run_of_the_eastman_process_is_quiet() -> None:
    data = tep.dataset()
    said = said_of(data.faster(SPEEDUP), Play(last_row=480))
    assert said.risks(data.source) != [], "it was judged"
    assert said.warnings() == []


@pytest.mark.slow
def test_the_quiet_days_of_the_real_plant_are_quiet() -> None:
    data = petrobras.dataset()
    said = said_of(data.faster(SPEEDUP), Play(last_row=min(event.first for event in data.events)))
    assert said.risks(data.source) != [], "it was judged"
    assert [(w.kind, w.level) for w in said.warnings() if w.level in ("orange", "red")] == []
    assert len([w for w in said.warnings() if w.kind == "raise"]) <= 1


def warning(kind: str, level: str, scope: str = "source", code: str = "cause.hh") -> Output:
    reason = Reason(cause="c", code=code, tier=2, opened_ms=0)
    made = Warning(id="1", episode="e", sequence=1, kind=kind, scope=scope, enterprise="E", enterprise_name="E", source="S", source_name="S",  # type: ignore[arg-type]
                   region="R", level=level, previous="blue", at_ms=0, event_ms=0, reasons=(reason,))  # fmt: skip
    return encode("warnings", "S", made)


def test_what_is_counted_are_raises_and_upgrades_of_sources() -> None:
    found = Quiet(enterprises=2, sources=10, points=100, days=2.0, seed=1, period_s=30, rules="x")
    for output in (warning("raise", "yellow"), warning("upgrade", "orange"), warning("downgrade", "yellow"), warning("clear", "blue"),
                   warning("raise", "orange", "enterprise")):  # fmt: skip
        found.take(output)
    found.take(Output("level", b"S", b"{}"))
    assert found.raised == {"yellow": 1, "orange": 1}
    assert found.rate("orange") == 1 / 20
    assert found.too_many() == ["orange"]
    assert found.causes == {"yellow:hh": 1, "orange:hh": 1}


@pytest.mark.parametrize("broken", [False, True])
def test_the_command_says_the_figures_and_fails_when_the_promise_is_broken(
    broken: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(days: float, rules: Path, **_: object) -> Quiet:
        found = Quiet(enterprises=2, sources=1000, points=100, days=days, seed=1, period_s=30, rules="x", readings=7)
        found.raised.update({"red": 2} if broken else {"yellow": 3})
        return found

    monkeypatch.setattr(quiet, "measured", made)
    assert quiet.main(["--days", "1", "--json", "--lang", "en", "--rules", str(RULES)]) == (1 if broken else 0)
    lines = capsys.readouterr().out.splitlines()
    closing = json.loads(lines[-1])
    assert closing["too_many"] == (["red"] if broken else [])
    assert closing["rates"]["red"] == (0.002 if broken else 0.0)
    assert any("0.0005" in line for line in lines), "the limit is said beside the figure"
