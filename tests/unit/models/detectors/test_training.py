"""What may be learnt from, what is refused, and what the artefact says about itself."""

from __future__ import annotations

import numpy as np
import pytest

from models.checks import POINTS, plant
from models.detectors.preparation import TrainingRefused, blocks, filled, prepared, von_neumann, wandering
from models.detectors.recipes import RECIPES, Options
from models.detectors.training import Stretch, train


def test_dead_copied_and_missing_channels_are_left_out_by_name() -> None:
    rows = np.column_stack([plant(500, 1), np.full(500, 3.0), plant(500, 1)[:, 0] * 2.0 + 1.0, plant(500, 2)[:, 0]])
    valid = np.ones(rows.shape, dtype=bool)
    valid[:200, 8] = False
    found = prepared(rows, (*POINTS, "dead", "twin", "gaps"), valid)
    assert found.points == POINTS
    assert found.dropped == {"dead": "constant", "twin": "copy:P1", "gaps": "missing:0.40"}


def test_a_channel_that_moves_in_one_block_only_has_no_scale() -> None:
    rows = plant(400, 1)
    rows[:, 3] = 5.0
    rows[310:320, 3] = 6.0
    assert prepared(rows, POINTS).dropped == {"P4": "one_block"}


def test_short_gaps_are_filled_with_the_value_before() -> None:
    rows = np.array([[np.nan], [1.0], [np.nan], [np.nan], [4.0]])
    assert filled(rows, np.isfinite(rows))[:, 0].tolist() == [1.0, 1.0, 1.0, 1.0, 4.0]


@pytest.mark.parametrize(("n", "code"), [(99, "rows"), (100, "")])
def test_too_few_rows_are_refused(n: int, code: str) -> None:
    if code:
        with pytest.raises(TrainingRefused) as caught:
            prepared(plant(n, 1), POINTS)
        assert caught.value.code == code
    else:
        assert prepared(plant(n, 1), POINTS).points == POINTS


def test_many_channels_need_many_rows() -> None:
    rows = np.random.default_rng(1).standard_normal((119, 30))
    with pytest.raises(TrainingRefused, match="120 are needed"):
        prepared(rows, [f"c{j}" for j in range(30)])


def test_blocks_cover_everything_once() -> None:
    for n in (7, 100, 501):
        covered = [i for start, stop in blocks(n, 4) for i in range(start, stop)]
        assert covered == list(range(n))


def test_slow_and_wandering_channels_are_told_apart() -> None:
    generator = np.random.default_rng(1)
    noise = generator.standard_normal(2000)
    swinging = np.sin(np.arange(2000) / 30) + 0.01 * noise  # slow, but it stays where it is
    drifting = np.cumsum(noise)  # slow, and it wanders
    rows = np.column_stack([noise, swinging, drifting])
    assert (von_neumann(rows) < 0.1).tolist() == [False, True, True]
    assert (wandering(rows, 4) >= 2.0).tolist() == [False, False, True]


def test_a_wandering_channel_is_treated_and_named() -> None:
    rows = plant(1000, 3)
    rows[:, 5] = np.cumsum(np.random.default_rng(7).standard_normal(1000))
    artefact = train("mahalanobis", POINTS, Stretch(rows), period_s=1.0, options=Options(allow_contaminated=True))
    assert "P6" in artefact.meta["slow_treated"]


def test_contamination_is_refused_or_said_aloud() -> None:
    rows = plant(800, 1, shift=6.0, shift_from=600)
    with pytest.raises(TrainingRefused) as caught:
        train("mahalanobis", POINTS, Stretch(rows), period_s=1.0, holdout=Stretch(plant(100, 2)))
    assert (caught.value.code, caught.value.details["first_row"], caught.value.details["last_row"]) == ("contaminated", 600, 799)
    anyway = train(
        "mahalanobis",
        POINTS,
        Stretch(rows),
        period_s=1.0,
        holdout=Stretch(plant(100, 2)),
        options=Options(allow_contaminated=True),
    )
    assert [w["code"] for w in anyway.meta["warnings"]][:1] == ["contaminated"]


def test_false_alarms_on_rows_kept_apart_are_stored_and_said() -> None:
    quiet = train("mahalanobis", POINTS, Stretch(plant(2000, 1)), period_s=1.0, holdout=Stretch(plant(500, 2)))
    loud = train("mahalanobis", POINTS, Stretch(plant(2000, 1)), period_s=1.0, holdout=Stretch(plant(500, 2, shift=5.0)))
    assert quiet.meta["warnings"] == []
    assert loud.meta["holdout"]["false_alarm_rate"] > 0.9
    assert [w["code"] for w in loud.meta["warnings"]] == ["false_alarms"]


def test_without_another_stretch_the_last_fifth_is_kept_apart() -> None:
    meta = train("mahalanobis", POINTS, Stretch(plant(1000, 1)), period_s=1.0).meta
    assert (meta["origin"]["rows"], meta["holdout"]["rows"]) == (800, 200)


def test_the_artefact_names_what_it_was_made_from() -> None:
    meta = train("pca", POINTS, Stretch(plant(1000, 1)), period_s=2.5, origin={"dataset": "x"}).meta
    other = train("pca", POINTS, Stretch(plant(1000, 2)), period_s=2.5, origin={"dataset": "x"}).meta
    assert meta["origin"]["dataset"] == "x"
    assert meta["origin"]["data_sha256"] != other["origin"]["data_sha256"]
    assert meta["options"]["alpha"] == 0.01
    assert set(meta["trained_with"]) == {"numpy", "scikit-learn"}


@pytest.mark.parametrize("kind", sorted(RECIPES))
def test_limits_do_not_come_from_the_rows_that_were_fitted(kind: str) -> None:
    """In sample, a full-rank fit on few rows looks tight; its limits must be those of rows it has not seen."""
    generator = np.random.default_rng(5)
    names = [f"c{j}" for j in range(30)]
    few = generator.standard_normal((200, 30))
    unseen = generator.standard_normal((4000, 30))
    artefact = train(kind, names, Stretch(few), period_s=1.0, holdout=Stretch(unseen))
    assert artefact.meta["holdout"]["false_alarm_rate"] < 0.05
