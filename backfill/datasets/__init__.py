"""Public and own data sets played as hazard sources: a table of columns, a registry record around it, frames by arrival time.

tep        Tennessee Eastman process, simulated, faults known (files of the package bibmon)
petrobras  a real stretch of an oil plant, anonymous tags, bad-quality words (same package)
table      any CSV or Parquet file by a small YAML mapping: docs/recipes/play-your-data.md
"""

from backfill.datasets.dataset import Dataset, DatasetError, Event, Play, Rows, played

__all__ = ["Dataset", "DatasetError", "Event", "Play", "Rows", "played"]
