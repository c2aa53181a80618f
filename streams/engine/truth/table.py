"""Columns by row id that grow and are saved under their names: what the tests on truth remember of points and gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Table:
    """Named arrays of one length. `spec`: name -> (dtype, columns or 0 for one dimension, value of a new row)."""

    def __init__(self, prefix: str, spec: Mapping[str, tuple[Any, int, float]]) -> None:
        self.prefix, self.spec = prefix, spec
        self.n = 0
        self.arrays: dict[str, NDArray[Any]] = {name: self._new(name, 0) for name in spec}

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The rows in use, writable."""
        return self.arrays[name][: self.n]

    def whole(self, name: str) -> NDArray[Any]:
        """With the rows that are not in use yet, contiguous: for kernels."""
        return self.arrays[name]

    def grow(self, n: int) -> None:
        """At least `n` rows; doubling, so that adding rows one by one stays linear."""
        have = len(next(iter(self.arrays.values())))
        if n > have:
            more = max(n, 2 * have, 64) - have
            for name in self.spec:
                self.arrays[name] = np.concatenate([self.arrays[name], self._new(name, more)])
        self.n = max(self.n, n)

    def bytes_a_row(self) -> int:
        return sum(a.nbytes for a in self.arrays.values()) // max(1, len(next(iter(self.arrays.values()))))

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [(f"{self.prefix}.{name}", self[name].tobytes()) for name in self.spec]

    def load(self, chunks: Mapping[str, bytes]) -> None:
        for name, (dtype, columns, _) in self.spec.items():
            flat = np.frombuffer(chunks[f"{self.prefix}.{name}"], dtype).copy()
            self.arrays[name] = flat.reshape(-1, columns) if columns else flat
        self.n = len(next(iter(self.arrays.values())))

    def _new(self, name: str, rows: int) -> NDArray[Any]:
        dtype, columns, fill = self.spec[name]
        return np.full((rows, columns) if columns else rows, fill, dtype)
