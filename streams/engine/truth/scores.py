"""Scores of the five qualities (QUA-1): true 真实, immediate 即时, complete 完整, normalised 规范, accurate 准确, a point and local day.

Each is a share of readings, from sums that can be added: of the points of a source, of the sources of an enterprise, and of what several
partitions say of one region. docs/quality.md has the definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.domain.outputs import QualityDay
from streams.engine.desk import Desk
from streams.engine.kernels.judge import PointMinuteColumns
from streams.engine.presence import Presence
from streams.engine.state import PointEntry
from streams.engine.truth.points import (
    D_ABSENT,
    D_DUE_MS,
    D_INACCURATE,
    D_IRREGULAR,
    D_SEEN,
    D_UNTIMELY,
    D_UNTRUE,
)  # fmt: skip
from streams.engine.truth.settings import Truth
from streams.engine.truth.state import TruthState
from streams.engine.truth.table import Table

Ints = NDArray[np.int64]
SUMS = ("due", "got", "seen", "untrue", "untimely", "irregular", "inaccurate")
ROWS_A_MINUTE = 10_000  # of points: what a day leaves to say is spread over the first minutes of the next
_OTHER, _ABSENT, _UNTRUE, _UNTIMELY, _IRREGULAR, _INACCURATE = 0, 1, 2, 3, 4, 5


class Scores(NamedTuple):
    """0 to 100, one decimal; None where too few readings were due to say anything."""

    true: float | None
    immediate: float | None
    complete: float | None
    normalised: float | None
    accurate: float | None
    score: float | None


def count(t: Table, columns: PointMinuteColumns, silence: Presence) -> None:
    """Add one minute to the running day."""
    n = min(t.n, len(columns.n))
    day, against = t["day"][:n], columns.against[:n]
    expected = np.zeros(n, np.int64)
    m = min(n, silence.n)
    expected[:m] = silence.expected[:m]
    day[:, D_DUE_MS] += (60_000 * expected).astype(np.int32)
    day[:, D_SEEN] += (columns.n[:n] + against[:, _OTHER]).astype(np.int32)
    for column, of in ((D_ABSENT, _ABSENT), (D_UNTRUE, _UNTRUE), (D_UNTIMELY, _UNTIMELY), (D_IRREGULAR, _IRREGULAR),
                       (D_INACCURATE, _INACCURATE)):  # fmt: skip
        day[:, column] += against[:, of].astype(np.int32)


def sums_of(t: Table, which: str, ids: Ints) -> Ints:
    """Rows of `SUMS` for these points. A point whose data are excused (nothing due) has nothing to complete."""
    day = t[which][ids].astype(np.int64)
    due = day[:, D_DUE_MS] // t["period_ms"][ids]
    seen = day[:, D_SEEN]
    return np.stack([due, np.minimum(seen, due), seen, day[:, D_UNTRUE], day[:, D_UNTIMELY], day[:, D_IRREGULAR],
                     day[:, D_INACCURATE]], axis=1)  # fmt: skip


def scores_of(sums: Sequence[int], settings: Truth) -> Scores:
    """The five qualities from a row of sums."""
    due, got, seen, *against = (int(v) for v in sums)
    if max(due, seen) < settings.score_due_min:
        return Scores(None, None, None, None, None, None)
    true, immediate, normalised, accurate = (None if seen == 0 else 100.0 * (1.0 - min(a, seen) / seen) for a in against)
    complete = None if due == 0 else 100.0 * got / due
    parts = (true, immediate, complete, normalised, accurate)
    weight = sum(w for w, v in zip(settings.weights, parts, strict=True) if v is not None or seen == 0)
    total = (
        sum(w * v for w, v in zip(settings.weights, parts, strict=True) if v is not None) / weight
    )  # nothing came: 0 of its share
    rounded = [None if v is None else round(v, 1) for v in (*parts, total)]
    return Scores(*rounded)


def running(desk: Desk, t: Table, points: Sequence[int]) -> Scores:
    """Of today until now, over these points: for `explain`."""
    ids = np.array([p for p in points if p < t.n], np.int64)
    return scores_of(sums_of(t, "day", ids).sum(axis=0).tolist(), desk.parameters.truth)


def end_day(desk: Desk, t: Table, state: TruthState, day_ms: int) -> None:
    """The local day that began at `day_ms` is over: sources, enterprises and regions are said at once, points in the next minutes."""
    t["before"][:] = t["day"]
    t["day"][:] = 0
    state.next_row, state.ended_day_ms = 0, day_ms
    sources: list[tuple[str, str, str, Ints]] = []
    sites: list[tuple[str, str, str, Ints]] = []
    regions: dict[str, Ints] = {}
    for site in desk.state.sites.values():
        if site.removed or site.record.closed:
            continue
        region, total = site.record.region, np.zeros(len(SUMS), np.int64)
        for source in (desk.source(s) for s in site.sources):
            ids = np.array([p for p in source.points if p < t.n and not desk.point(p).removed], np.int64)
            sums = sums_of(t, "before", ids).sum(axis=0)
            total += sums
            if ids.size:
                sources.append((region, site.code, source.code, sums))
        sites.append((region, site.code, site.code, total))
        regions[region] = regions.get(region, np.zeros(len(SUMS), np.int64)) + total
    _say(desk, "source", day_ms, sources)
    _say(desk, "enterprise", day_ms, sites)
    _say(desk, "region", day_ms, [(r, "", r, sums) for r, sums in sorted(regions.items())])


def say_points(desk: Desk, t: Table, state: TruthState) -> None:
    """The next points of the day that is over."""
    if state.next_row < 0:
        return
    stop = min(state.next_row + ROWS_A_MINUTE, t.n)
    entries: list[PointEntry] = [e for e in desk.state.points[state.next_row : stop] if not e.retired]
    sums = sums_of(t, "before", np.array([e.id for e in entries], np.int64))
    rows = [(desk.state.sites[e.enterprise].record.region, e.enterprise, e.code, s) for e, s in zip(entries, sums, strict=True)]
    _say(desk, "point", state.ended_day_ms, rows)
    state.next_row = -1 if stop >= t.n else stop


def _say(desk: Desk, of: str, day_ms: int, rows: list[tuple[str, str, str, Ints]]) -> None:
    if not rows:
        return
    values = [[int(v) for v in sums] for *_, sums in rows]
    scores = [scores_of(v, desk.parameters.truth) for v in values]
    columns: dict[str, Any] = {name: [v[i] for v in values] for i, name in enumerate(SUMS)}
    marks: dict[str, Any] = {name: [getattr(s, name) for s in scores] for name in Scores._fields}
    desk.voice.say_columns(f"quality-{of}", QualityDay(
        at_ms=day_ms, of=of, partition=desk.state.partition, region=[r[0] for r in rows], enterprise=[r[1] for r in rows],  # type: ignore[arg-type]
        code=[r[2] for r in rows], **columns, **marks,
    ))  # fmt: skip
