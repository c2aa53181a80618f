"""The figures count what they say, and the floors are where they must be."""

from __future__ import annotations

import numpy as np
import pytest

from models.detectors.arithmetic import Bools, Floats
from models.detectors.evaluation import Run, delay_of, figures, floors

ROWS = np.arange(100.0)[:, None]
RUNS = [
    Run("normal", ROWS),
    Run("a", ROWS, 40),
    Run("b", ROWS, 40, repeated=True),
    Run("unseen", ROWS, 40, hard=True, repeated=True),
]


def flags(rows: Floats) -> Bools:
    """Fires on rows 10, 50 and from 60 on."""
    at = rows[:, 0]
    hits: Bools = (at == 10) | (at == 50) | (at >= 60)
    return hits


def test_each_figure_counts_its_own_rows() -> None:
    found = figures(flags, RUNS)
    assert found.detection == pytest.approx(41 / 60)
    assert found.detection_all == pytest.approx(41 / 60)
    assert found.false_alarms == pytest.approx(42 / 100)
    assert found.false_alarms_before == pytest.approx(1 / 40)  # row 10 of run a only
    assert found.delay_rows == 20
    assert found.episodes_per_1000 == pytest.approx(30)
    assert [(r.name, r.hard) for r in found.runs] == [("a", False), ("b", False), ("unseen", True)]


def test_a_delay_needs_six_in_a_row() -> None:
    assert delay_of(np.array([1, 1, 1, 1, 1, 0] * 3 + [1] * 6, dtype=bool)) == 18
    assert delay_of(np.array([1] * 5, dtype=bool)) is None


def test_what_is_never_found_has_no_delay() -> None:
    assert figures(lambda rows: np.zeros(len(rows), dtype=bool), RUNS).delay_rows == np.inf


def test_floors() -> None:
    found = {name: figures(f, RUNS) for name, f in floors().items()}
    assert (found["always on"].detection, found["always on"].false_alarms) == (1.0, 1.0)
    assert (found["never on"].detection, found["never on"].false_alarms) == (0.0, 0.0)
    assert 0.0 < found["clock (6 of every 60 rows)"].detection < 0.2
    assert 0.3 < found["random (50%)"].detection < 0.7


def test_floors_are_repeatable() -> None:
    assert figures(floors(seed=3)["random (50%)"], RUNS) == figures(floors(seed=3)["random (50%)"], RUNS)
