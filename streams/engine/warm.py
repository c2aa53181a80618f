"""`python -m streams.engine.warm` compiles all kernels into numba's cache: at install, so that no worker compiles while it watches."""

from __future__ import annotations

import os
import sys

import numpy as np

from streams.domain.catalogue import text
from streams.engine.groups.members import Series
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.kernel import HAVE_COMPILER, versions
from streams.engine.kernels.points import PointSpec
from streams.engine.presence import Presence
from streams.engine.truth.kernel import tracer
from streams.engine.truth.points import new_table


def warm() -> None:
    """Call every kernel once with the types that workers use."""
    judge = Judge()
    judge.define([PointSpec(0, "temperature", "hazchem", "tank_farm", "high", "C", 0.0, 100.0)])
    point, stamp, value, wire = np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros(1), np.zeros(1, np.uint8)
    judge.judge(point, stamp, stamp, value, wire)
    judge.tick(1000)
    none, nowhere = np.zeros(0), np.zeros(0, np.bool_)
    nobody = Series(stamp[:0], stamp, stamp[:0], none, none, none, nowhere, nowhere, nowhere)
    judge.fold((0, 0, 0, 0), 0, nobody, Presence(), np.zeros(0, np.uint8), none, none)
    table = new_table()
    tracer(False)(
        0, 0, point, stamp, value, wire, table.whole("V"), table.whole("H"), np.zeros((1, 3), np.int64), np.zeros(1, np.int64)
    )


def main() -> int:
    warm()
    names = ", ".join(f"{name} {version}" for name, version in versions().items())
    key = "engine.kernels_ready" if HAVE_COMPILER else "engine.kernels_plain"
    print(text(key, "zh" if os.environ.get("LANG", "").startswith("zh") else "en", versions=names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
