"""Data files inside the installed package bibmon (Apache-2.0; the real stretch CC-BY 4.0). Its code is never imported."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from backfill.datasets.dataset import DatasetError

PACKAGE = "bibmon"


def data_file(relative: str) -> Path:
    """Path of a file of the package. Raises DatasetError that says how to get it."""
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise DatasetError(
            "not_installed", f"the package {PACKAGE} with the data files is missing: pip install --no-deps bibmon==1.2.0",
            package=PACKAGE,
        ) from None  # fmt: skip
    path = Path(str(distribution.locate_file(f"{PACKAGE}/{relative}")))
    if not path.is_file():
        raise DatasetError("no_file", f"{path}: the installed {PACKAGE} {distribution.version} has no such file", file=str(path))
    return path
