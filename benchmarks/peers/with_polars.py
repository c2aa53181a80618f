"""Polars: the whole table at once, window expressions by point. It sees the end before it says the beginning; a stream cannot.
docs.pola.rs/user-guide/expressions/window-functions/
"""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.harness.results import Sample
from benchmarks.peers.job import HH, LL, MEAN, PANE_S, PANES, POINTS, SAMPLES, SOURCES, H, L, data, hashed
from benchmarks.peers.timing import Stopwatch


def believed(beyond: pl.Expr) -> pl.Expr:
    """Three in a row change the mind, anything else leaves it."""
    run = beyond.cast(pl.Int8).rolling_sum(SAMPLES)
    return pl.when(run == SAMPLES).then(1).when(run == 0).then(0).forward_fill().fill_null(0).cast(pl.Int8).over("point")


def levels(table: pl.DataFrame) -> pl.DataFrame:
    table = table.with_columns((pl.col("second") // PANE_S).alias("pane"))
    panes = table.group_by("point", "pane").agg(pl.col("value").sum().alias("sum"), pl.len().alias("n")).sort("point", "pane")
    full = [pl.col(c).cast(pl.Float64).rolling_sum(PANES - 1, min_samples=1).shift(1).over("point").fill_null(0.0).alias(f"{c}_full")
            for c in ("sum", "n")]  # fmt: skip
    panes = panes.select("point", "pane", *full)
    table = table.join(panes, on=["point", "pane"], how="left", maintain_order="left")
    open_sum, open_n = pl.col("value").cum_sum().over("point", "pane"), pl.col("value").cum_count().over("point", "pane")
    table = table.with_columns(((pl.col("sum_full") + open_sum) / (pl.col("n_full") + open_n)).alias("mean"))
    value, mean = pl.col("value"), pl.col("mean")
    serious = pl.max_horizontal(believed(value >= HH), believed(value <= LL))
    slight = pl.max_horizontal(believed(value >= H), believed(value <= L), believed(mean >= MEAN))
    table = table.with_columns(pl.max_horizontal(2 * serious, slight).alias("tier"))
    of_source = table.group_by("source", "second").agg(pl.col("tier").max().alias("target")).sort("source", "second")
    before = pl.col("target").shift(1, fill_value=0).over("source")
    of_source = of_source.with_columns(pl.max_horizontal("target", before).alias("level"))
    return of_source.filter(pl.col("level") != pl.col("level").shift(1, fill_value=0).over("source"))


def run(readings: int, seed: int) -> Sample:
    given = data(readings, seed)
    n = SOURCES * POINTS
    table = pl.DataFrame({
        "source": np.tile(np.arange(n) // POINTS, given.seconds), "point": np.tile(np.arange(n), given.seconds),
        "second": np.repeat(np.arange(given.seconds), n), "value": given.value.ravel(),
    })  # fmt: skip
    watch = Stopwatch()
    found = levels(table)
    took = watch.cpu_s()
    said = [(f"S{s}", second, level) for s, second, level in found.select("source", "second", "level").rows()]
    return Sample(work=given.size, seconds=took, hash=hashed(said, given.seconds))
