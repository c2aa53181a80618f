"""A contender in a process of its own: its memory is its own, its crash is one row, and it ends when its time is over.

`python -m benchmarks.harness.children MODULE FUNCTION ARGUMENTS` calls the function with the arguments (JSON) and writes the sample it
gives as the last line of standard output. The module is imported by the interpreter that runs it, so peers have theirs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.harness.measuring import Unavailable
from benchmarks.harness.results import Sample

HOME = Path(__file__).resolve().parents[2]
MARK = "sample: "


def in_child(module: str, function: str, arguments: Mapping[str, Any], *, python: str = sys.executable, one_core: bool = True,
             limit_s: float = 900.0) -> Callable[[float], Sample]:  # fmt: skip
    """A contender's `run`: `module.function(**arguments)` elsewhere. Raises Unavailable with the end of what it said."""

    def run(left_s: float) -> Sample:
        command = [python, "-m", "benchmarks.harness.children", module, function, json.dumps(dict(arguments))]
        environment = {**os.environ, "PYTHONPATH": str(HOME), "PYTHONHASHSEED": "0"}
        if one_core:
            environment |= {
                "BENCHMARK_ONE_CORE": "1",
                "POLARS_MAX_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "NUMBA_NUM_THREADS": "1",
            }
        process = subprocess.Popen(
            command,
            cwd=HOME,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            told, _ = process.communicate(timeout=min(left_s, limit_s))
        except subprocess.TimeoutExpired:
            told = _killed(process)
            raise Unavailable(f"did not end within {min(left_s, limit_s):.0f} s; {_last(told)}") from None
        except BaseException:
            _killed(process)
            raise
        lines = [line for line in told.splitlines() if line.startswith(MARK)]
        if process.returncode != 0 or not lines:
            raise Unavailable(f"exit {process.returncode}: {_last(told)}")
        return msgspec.json.decode(lines[-1].removeprefix(MARK), type=Sample)

    return run


def _killed(process: subprocess.Popen[str]) -> str:
    """End the process and everything it started; it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.communicate()[0]


def _last(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def main(arguments: list[str]) -> int:
    module, function, given = arguments
    if os.environ.get("BENCHMARK_ONE_CORE"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sample = getattr(importlib.import_module(module), function)(**json.loads(given))
    print(f"\n{MARK}{msgspec.json.encode(sample).decode()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
