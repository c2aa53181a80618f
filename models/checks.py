"""Contract of a detector, as checks that run over every registered kind: what the engine relies on, tested in one place.

A new kind registered in `models.detectors.recipes.RECIPES` is under all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from models.detectors.arithmetic import Floats
from models.detectors.arrays import ArtefactError
from models.detectors.artefact import Artefact, load, save
from models.detectors.detector import Detector
from models.detectors.preparation import TrainingRefused
from models.detectors.recipes import RECIPES
from models.detectors.training import Stretch, train

POINTS = ("P1", "P2", "P3", "P4", "P5", "P6")


class Subject(NamedTuple):
    """What a check looks at: a kind, trained on the plant below, and a folder to write to."""

    kind: str
    artefact: Artefact
    folder: Path


Check = Callable[[Subject], None]


def plant(n: int, seed: int, shift: float = 0.0, shift_from: int = 0) -> Floats:
    """A small stationary plant: six correlated channels, one of them slow, with an optional step on one channel."""
    generator = np.random.default_rng(seed)
    cause = generator.standard_normal((n, 2))
    mixing = np.array([[1.0, 0.5, 0.0, -0.7, 0.2, 0.0], [0.0, 0.8, 1.0, 0.3, -0.5, 0.0]])
    rows: Floats = cause @ mixing + 0.3 * generator.standard_normal((n, 6))
    slow = generator.standard_normal(n)
    for i in range(1, n):
        slow[i] = 0.9 * slow[i - 1] + 0.4 * slow[i]
    rows[:, 5] = slow
    rows[shift_from:, 2] += shift
    rows = rows * np.array([1.0, 10.0, 0.1, 5.0, 100.0, 2.0]) + np.array([20.0, 300.0, 1.0, 0.0, -50.0, 7.0])
    return rows


def subject(kind: str, folder: Path) -> Subject:
    return Subject(kind, train(kind, POINTS, Stretch(plant(2000, 1)), period_s=1.0, holdout=Stretch(plant(800, 2))), folder)


def _must(condition: bool, says: str) -> None:
    if not condition:
        raise AssertionError(says)


def batches_and_steps_agree(s: Subject) -> None:
    """`score` in one go, in two pieces, and `step` row by row: the same bits."""
    detector, rows = s.artefact.detector(), plant(300, 3, shift=3.0, shift_from=150)
    generator = np.random.default_rng(4)
    valid = generator.random(rows.shape) > 0.1
    valid[40:45] = False
    whole = detector.score(rows, valid)
    first = detector.score(rows[:101], valid[:101])
    second = detector.score(rows[101:], valid[101:], first.state)
    _must(np.array_equal(np.concatenate([first.statistic, second.statistic]), whole.statistic), "two batches differ from one")
    state = detector.initial()
    for i, row in enumerate(rows):
        verdict = detector.step(state, row, valid[i])
        state = verdict.state
        same = (verdict.statistic, verdict.limit, verdict.alarmed) == (whole.statistic[i], whole.limit[i], whole.alarmed[i])
        _must(same, f"row {i}: step and score differ")
    _must(state.tobytes() == whole.state.tobytes() == second.state.tobytes(), "states differ")


def a_step_changes_nothing_it_was_given(s: Subject) -> None:
    detector, row = s.artefact.detector(), plant(1, 5)[0]
    state, valid = detector.initial(), np.ones(len(POINTS), dtype=bool)
    before = (state.tobytes(), row.tobytes(), valid.tobytes())
    detector.step(state, row, valid)
    _must((state.tobytes(), row.tobytes(), valid.tobytes()) == before, "an argument was changed")


def round_trip(s: Subject) -> None:
    """Saved, loaded, and sent as JSON: the same verdicts and the same hash."""
    path = s.folder / f"{s.kind}.json"
    save(s.artefact, path)
    loaded = load(path)
    _must(loaded == s.artefact, "the file is not what was saved")
    wire = msgspec.json.decode(msgspec.json.encode({"meta": loaded.meta, "arrays": loaded.arrays}))
    rows = plant(50, 6)
    again = Detector.restore(wire["meta"], wire["arrays"]).score(rows)
    _must(again.state.tobytes() == s.artefact.detector().score(rows).state.tobytes(), "a restored detector differs")


def a_wrong_hash_is_refused(s: Subject) -> None:
    for broken in (
        msgspec.structs.replace(s.artefact, hash="0" * 64),
        msgspec.structs.replace(s.artefact, meta={**s.artefact.meta, "open_rows": 99}),
        msgspec.structs.replace(s.artefact, arrays={**s.artefact.arrays, "chart_limit": s.artefact.arrays["chart_start"]}),
    ):
        path = s.folder / f"{s.kind}-broken.json"
        save(broken, path)
        _refused(lambda path=path: load(path), ArtefactError, "hash")  # type: ignore[misc]


def _refused(what: Callable[[], object], error: type[Exception], says: str) -> None:
    try:
        what()
    except error as problem:
        _must(says in str(problem), f"the error {problem} does not say {says!r}")
        return
    raise AssertionError(f"not refused: {says}")


def a_missing_column_is_refused_in_training_and_completed_in_service(s: Subject) -> None:
    _refused(lambda: train(s.kind, POINTS[:-1], Stretch(plant(400, 7)), period_s=1.0), TrainingRefused, "columns")
    detector = s.artefact.detector()
    rows = plant(300, 8)
    valid = np.ones(rows.shape, dtype=bool)
    valid[:, 1] = False
    scores = detector.score(rows, valid)
    _must(bool(np.isfinite(scores.statistic).all()), "a missing column made the statistic not a number")
    _must(float(np.mean(scores.over)) < 0.1, "a missing column alone made alarms")


def a_fault_is_seen_while_another_column_is_missing(s: Subject) -> None:
    rows = plant(400, 9, shift=8.0, shift_from=200)
    valid = np.ones(rows.shape, dtype=bool)
    valid[:, 4] = False
    scores = s.artefact.detector().score(rows, valid)
    _must(bool(scores.alarmed[200:260].any()), "a fault was hidden by a missing column")


def not_a_number_is_a_missing_value_whatever_valid_says(s: Subject) -> None:
    detector, rows = s.artefact.detector(), plant(100, 10)
    valid = np.ones(rows.shape, dtype=bool)
    holes = rows.copy()
    holes[10:20, 0], holes[30, 3] = np.nan, np.inf
    flagged = valid.copy()
    flagged[10:20, 0], flagged[30, 3] = False, False
    _must(detector.score(holes, valid).state.tobytes() == detector.score(rows, flagged).state.tobytes(), "NaN is not missing")


def lost_data_neither_raises_nor_ends_an_alarm(s: Subject) -> None:
    detector = s.artefact.detector()
    rows = plant(300, 11, shift=10.0, shift_from=100)
    alarmed = detector.score(rows)
    _must(bool(alarmed.alarmed[-1]), "the step was not seen")
    nothing = np.zeros(rows.shape, dtype=bool)
    after = detector.score(rows, nothing, alarmed.state)
    _must(bool(after.alarmed.all()), "lost data ended an alarm")
    _must(not detector.score(rows, nothing).alarmed.any(), "lost data raised an alarm")


def columns_have_names_and_their_order_does_not_matter(s: Subject) -> None:
    """Trained on shuffled columns, fed in the order of its own `points`: the same alarms (arrays may differ in the last bits)."""
    order = [3, 0, 5, 1, 4, 2]
    shuffled = train(
        s.kind,
        [POINTS[j] for j in order],
        Stretch(plant(2000, 1)[:, order]),
        period_s=1.0,
        holdout=Stretch(plant(800, 2)[:, order]),
    ).detector()
    rows = plant(400, 12, shift=3.0, shift_from=200)
    columns = [POINTS.index(point) for point in shuffled.points]
    ours, theirs = s.artefact.detector().score(rows), shuffled.score(rows[:, columns])
    _must(bool(np.allclose(ours.statistic, theirs.statistic, rtol=1e-5)), "the order of columns changed the statistic")


def training_is_deterministic(s: Subject) -> None:
    _must(subject(s.kind, s.folder).artefact.hash == s.artefact.hash, "the same rows gave another artefact")


def one_alarm_an_episode(s: Subject) -> None:
    rows = plant(600, 13, shift=8.0, shift_from=200)
    rows[400:] = plant(600, 13)[400:]
    alarmed = s.artefact.detector().score(rows).alarmed
    rises = np.flatnonzero(np.diff(alarmed.astype(np.int8), prepend=0) > 0)
    _must(int(np.count_nonzero((rises >= 200) & (rises < 420))) == 1, f"one fault made alarms at rows {rises.tolist()}")
    _must(not alarmed[520:560].any(), "the alarm was not armed again")


def a_wild_row_does_not_ring_for_long(s: Subject) -> None:
    rows = plant(300, 14)
    rows[100] = 1e12
    alarmed = s.artefact.detector().score(rows).alarmed
    _must(not alarmed[180:].any(), "one wild row was still heard 80 rows later")


def contributions_name_the_channel(s: Subject) -> None:
    detector, rows = s.artefact.detector(), plant(60, 15)
    rows[:, 2] += 5.0  # fifty times its standard deviation or so: nothing else can be blamed
    state, valid = detector.initial(), np.ones(len(POINTS), dtype=bool)
    verdict = detector.step(state, plant(1, 15)[0], valid)
    verdict = detector.step(verdict.state, rows[1], valid)
    _must(int(np.argmax(verdict.contributions)) == 2, f"channel P3 was moved, shares are {verdict.contributions}")
    _must(abs(float(verdict.contributions.sum()) - 1.0) < 1e-9, "shares do not add up to 1")


def a_normal_stretch_stays_quiet(s: Subject) -> None:
    holdout = s.artefact.meta["holdout"]
    _must(holdout["rows"] == 800 and holdout["false_alarm_rate"] <= 0.05, f"false alarms on normal rows: {holdout}")


def a_contaminated_stretch_is_refused_or_said_aloud(s: Subject) -> None:
    rows = plant(800, 16, shift=6.0, shift_from=600)
    _refused(
        lambda: train(s.kind, POINTS, Stretch(rows), period_s=1.0, holdout=Stretch(plant(100, 2))),
        TrainingRefused,
        "rows 600 to 799",
    )


CHECKS: tuple[Check, ...] = (
    batches_and_steps_agree,
    a_step_changes_nothing_it_was_given,
    round_trip,
    a_wrong_hash_is_refused,
    a_missing_column_is_refused_in_training_and_completed_in_service,
    a_fault_is_seen_while_another_column_is_missing,
    not_a_number_is_a_missing_value_whatever_valid_says,
    lost_data_neither_raises_nor_ends_an_alarm,
    columns_have_names_and_their_order_does_not_matter,
    training_is_deterministic,
    one_alarm_an_episode,
    a_wild_row_does_not_ring_for_long,
    contributions_name_the_channel,
    a_normal_stretch_stays_quiet,
    a_contaminated_stretch_is_refused_or_said_aloud,
)


def every_check() -> Iterator[tuple[str, Check]]:
    """All pairs of a registered kind and a check."""
    for kind in sorted(RECIPES):
        for check in CHECKS:
            yield kind, check
