"""The machine that a figure was taken on: what a reader needs to judge it, and nothing that names anybody's computer."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
PACKAGES = ("numpy", "numba", "msgspec", "faust-streaming", "aiokafka", "clickhouse-driver", "chdb", "pyarrow")


def described() -> dict[str, str]:
    """Processor, cores, memory, load before the run, versions of what does the work."""
    found = {
        "processor": _processor(), "cores": str(len(os.sched_getaffinity(0))), "memory": _memory(), "system": platform.system(),
        "load before": f"{os.getloadavg()[0]:.1f}", "python": platform.python_version(),
    }  # fmt: skip
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "-"
    return found


def revision() -> str:
    """The commit that was measured, with a mark when the tree had changes."""
    try:
        done = subprocess.run(
            ["git", "-C", str(HOME), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "-"
