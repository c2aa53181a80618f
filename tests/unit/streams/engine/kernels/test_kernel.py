"""How kernels are compiled: the same results without a compiler, a cache that notices every change, one CPU target."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from streams.engine.kernels import kernel
from tests.unit.streams.engine.kernels.judging import T0, Reading, judge_of, play, point, shipped

HOME = Path(__file__).parents[5]
PROGRAM = "from tests.unit.streams.engine.kernels.test_kernel import fingerprint; print(fingerprint())"


def fingerprint() -> str:
    """Hash of transitions and state after a log with most of what can happen in it."""
    rng = np.random.default_rng(5)
    quantities = ("temperature", "level", "combustible_gas", "toxic_gas", "pressure")
    judge = judge_of(shipped(), *(point(i, quantity=q, unit="%LEL", danger="both") for i, q in enumerate(quantities)))
    values = 50.0 + np.cumsum(rng.normal(0.0, 6.0, 2000))
    late = rng.choice([0, 0, 0, 0, 4_000, -70_000], 2000)
    log = [Reading(T0 + i * 300, i % 5, T0 + i * 300 - int(late[i]), float(values[i])) for i in range(2000)]
    out = play(judge, log, until_s=700)
    digest = hashlib.blake2b(repr([tuple(t) for t in out]).encode(), digest_size=16)
    for name, data in judge.snapshot():
        digest.update(name.encode() + data)
    return f"{len(out)} {digest.hexdigest()}"


@pytest.mark.parametrize("environment", [{"RISKSTREAM_PLAIN_KERNELS": "1"}, {}])
def test_another_process_says_the_same_with_and_without_a_compiler(environment: dict[str, str]) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=HOME, env={**os.environ, **environment}, capture_output=True,
                         text=True, check=True)  # fmt: skip
    assert ran.stdout.strip() == fingerprint()
    assert int(ran.stdout.split()[0]) > 20


def test_the_engine_needs_no_compiler_to_be_imported() -> None:
    program = (
        "import sys; sys.modules['numba'] = None\nimport streams.engine.engine as e; print(e.Engine(0, 1).versions()['numba'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=HOME, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "none"


def test_every_source_of_machine_code_is_in_the_key_of_the_cache() -> None:
    for path in Path(kernel.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "@inner" in text or "kernel_judge" in path.name:
            assert path.stem in kernel.KERNEL_SOURCES, path.name


@pytest.mark.skipif(not kernel.HAVE_COMPILER, reason="no numba")
def test_the_target_is_one_that_every_machine_has() -> None:
    import numba

    assert os.environ.get("NUMBA_CPU_NAME", "generic") == numba.config.CPU_NAME
