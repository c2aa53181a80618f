"""pandas: the whole table at once, a column a point. Like Polars it is no stream.
pandas.pydata.org/docs/user_guide/window.html
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.harness.results import Sample
from benchmarks.peers.job import HH, LL, MEAN, PANE_S, PANES, POINTS, SAMPLES, H, L, data, hashed
from benchmarks.peers.timing import Stopwatch


def believed(beyond: pd.DataFrame) -> pd.DataFrame:
    """Three in a row change the mind, anything else leaves it."""
    run = beyond.astype("float32").rolling(SAMPLES).sum()
    return run.where((run == SAMPLES) | (run == 0)).ffill().fillna(0.0) == SAMPLES


def means(wide: pd.DataFrame) -> pd.DataFrame:
    pane = wide.index // PANE_S
    sums, counts = wide.groupby(pane).sum(), wide.groupby(pane).size()
    full = sums.rolling(PANES - 1, min_periods=1).sum().shift(1).fillna(0.0).loc[pane].set_axis(wide.index)
    n_full = counts.rolling(PANES - 1, min_periods=1).sum().shift(1).fillna(0.0).loc[pane].set_axis(wide.index)
    open_n = wide.index % PANE_S + 1
    return (full + wide.groupby(pane).cumsum()).div(n_full + open_n, axis=0)


def levels(wide: pd.DataFrame) -> pd.Series:
    serious = believed(wide >= HH) | believed(wide <= LL)
    slight = believed(wide >= H) | believed(wide <= L) | believed(means(wide) >= MEAN)
    tier = slight.astype("int8").where(~serious, 2)
    target = tier.T.groupby(np.arange(wide.shape[1]) // POINTS).max().T
    level = np.maximum(target, target.shift(1, fill_value=0))
    return level.where(level != level.shift(1, fill_value=0)).stack()


def run(readings: int, seed: int) -> Sample:
    given = data(readings, seed)
    wide = pd.DataFrame(given.value)
    watch = Stopwatch()
    found = levels(wide)
    took = watch.cpu_s()
    said = [(f"S{source}", second, int(level)) for (second, source), level in found.dropna().items()]
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))
