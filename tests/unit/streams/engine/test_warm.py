"""What is compiled at install is all that an engine needs: no worker meets a compiler while it watches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.engine.kernels.kernel import HAVE_COMPILER

_PROGRAM = """
from streams.engine.groups.kernel import folder
from streams.engine.kernels.judging import judge_readings
from streams.engine.truth.kernel import tracer
from streams.engine.warm import warm
from tests.scenarios.plants import QUIET, plant, source
from tests.scenarios.timeline import running

def signatures():
    return [list(kernel.signatures) for kernel in (judge_readings(False), folder(False), tracer(False))]

warm()
before = signatures()
assert all(before), before
line = running(plant(source()), QUIET)
line.feed("P1", 1.9)
line.wait(minutes=1)
line.play()
assert signatures() == before
"""


@pytest.mark.slow
@pytest.mark.skipif(not HAVE_COMPILER, reason="no numba: nothing is compiled")
def test_after_warming_an_engine_compiles_nothing() -> None:
    root = Path(__file__).resolve().parents[4]
    run = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
