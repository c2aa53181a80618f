"""Processor time of this process and of all that it started: a JVM and its workers count as the one core that they share."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu_s() -> float:
    """Seconds of processor of this process, its living descendants, and the dead that were waited for."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        spent[int(entry.name)] = sum(map(int, fields[11:15])) / _TICKS
    waiting, total = [os.getpid()], 0.0
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


class Stopwatch:
    """Processor and wall time since it was made."""

    def __init__(self, whole_tree: bool = False) -> None:
        self._cpu = tree_cpu_s if whole_tree else time.process_time
        self._began, self._began_wall = self._cpu(), time.perf_counter()

    def cpu_s(self) -> float:
        return self._cpu() - self._began

    def wall_s(self) -> float:
        return time.perf_counter() - self._began_wall
