"""Members of groups: what is left of them when only some groups are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.engine.groups.members import Series, among

ALL = Series(
    points=np.array([4, 5, 7, 1, 2, 9]), starts=np.array([0, 2, 3, 6]), rows=np.array([0, 2, 5]), before=np.arange(6.0),
    scale=np.arange(6.0) + 1.0, after=np.arange(6.0) + 2.0, high=np.array([True, False] * 3), low=np.array([False, True] * 3),
    mixed=np.array([False, True, False]),
)  # fmt: skip


def chosen(*rows: int) -> NDArray[np.bool_]:
    mask = np.zeros(7, np.bool_)
    mask[list(rows)] = True
    return mask


def test_chosen_groups_keep_their_members_and_numbers() -> None:
    some = among(ALL, chosen(0, 5, 6))
    assert some.rows.tolist() == [0, 5]
    assert some.mixed.tolist() == [False, False]
    for row in (0, 5):
        assert some.members(row) == ALL.members(row)
    assert some.members(2) == []
    for name in ("before", "scale", "after", "high", "low"):
        assert getattr(some, name).tolist() == getattr(ALL, name)[[0, 1, 3, 4, 5]].tolist()


def test_nothing_chosen_has_no_members() -> None:
    none = among(ALL, chosen())
    assert len(none.points) == 0
    assert none.starts.tolist() == [0]


def test_all_chosen_is_the_series_itself() -> None:
    assert among(ALL, chosen(0, 2, 5)) is ALL
