"""The peers' own environment: installed once from requirements/bench.lock, so that none of their pins touches the project's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness.measuring import Unavailable

HOME = Path(__file__).resolve().parents[2]
LOCK = HOME / "requirements" / "bench.lock"
FOLDER = HOME / ".cache" / "bench-venv"
LIMIT_S = 1800.0


def python(say: Callable[[str], None]) -> str:
    """The interpreter that has the peers. Raises Unavailable with what pip said."""
    stamp, wanted = FOLDER / ".made", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    program = FOLDER / "bin" / "python"
    if program.exists() and stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted:
        return str(program)
    say("installing the peers into .cache/bench-venv (about 1.5 GB, once)")
    shutil.rmtree(FOLDER, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(FOLDER)])
    pip = [str(program), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    _run([*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)])
    stamp.write_text(wanted + "\n", encoding="ascii")
    return str(program)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"the peers could not be installed: {error}") from error
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Unavailable(f"the peers could not be installed: {lines[-1][:300] if lines else done.returncode}")
